"""Records as tables: views that a notebook shows, and data frames to go on with.

Every function takes what the package returns, frozen dataclasses, and tables of a study, which are
mappings. Units stand in the names of columns; shares are fractions in a frame and percent in a view.
What is not known is an empty cell.
"""

import dataclasses
import html
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from depgraph.core import render

if TYPE_CHECKING:
    import pandas as pd

Record = Any  # a dataclass, a named tuple or a mapping
Columns = str | Sequence[str] | Mapping[str, str]

SHARE = "share"
MUSD = "MUSD"  # million US dollars, present value
LEAST = 0.01  # percent below which a share is only said to be above nothing
SPREAD = ("low", "central", "high")

# module and class of a record to the units of its fields, a star for the rest of a name; a field that
# is not here has none, or another column names it
UNITS: dict[str, dict[str, str]] = {
    "analysis.leverage.Balance": {"theirs": SHARE, "ours": SHARE, "net": SHARE, "members": SHARE},
    "diversion.answers.Built": {"cost": MUSD},
    "analysis.chokepoints.Chokepoint": dict.fromkeys(("share", "direct", "embodied", "loss", "reach", "goods"), SHARE),
    "diversion.answers.Cost": {"value": MUSD},
    "analysis.shocks.Direct": {"supply": SHARE, "goods": SHARE},
    "evidence.estimates.Disagreement": {"relaxation": SHARE},
    "analysis.endurance.Endurance": {
        "supply": SHARE,
        "survive": "days",
        "counted": "days",
        "recover": "days",
        "bridge": "days",
        "value_of_stock": "days",
        "value_of_tonne": "days",
    },
    "evidence.estimates.Estimate": {"low": SHARE, "central": SHARE, "high": SHARE},
    "evidence.intervals.Evidence": {"low": SHARE, "central": SHARE, "high": SHARE},
    "diversion.answers.Exposure": {"direct": SHARE, "low": SHARE, "high": SHARE},
    "diversion.answers.Missing": {"part": SHARE},
    "analysis.endurance.Month": {"lost_at_once": SHARE, "lost_evenly": SHARE},
    "diversion.sweeps.Point": {
        "results.diversion_cost": MUSD,
        "results.private_cost": MUSD,
        "results.investment": MUSD,
        "results.exposure_before": SHARE,
        "results.exposure_first": SHARE,
        "results.exposure_last": SHARE,
        "results.unmet_*": MUSD,
    },
    "diversion.outcomes.Outcome": dict.fromkeys(("low", "value", "high"), MUSD),
    "diversion.pooling.Pooling": {
        "unchanged": MUSD,
        "alone": MUSD,
        "pooled": MUSD,
        "premium": SHARE,
        "break_even": "share of price",
        "gap": SHARE,
    },
    "analysis.robustness.RuleRanks": {"loss": SHARE},
    "analysis.robustness.Sureness": {"first": SHARE, "top10": SHARE},
    "analysis.robustness.First": {"part": SHARE},
    "analysis.leverage.Retaliation": {"ours": SHARE, "theirs": SHARE, "net": SHARE},
    "analysis.shocks.StageLoss": {"world": SHARE, "bloc": SHARE, "members": SHARE, "upstream": SHARE},
}


@dataclasses.dataclass(frozen=True)
class View:
    """A table as text and as HTML; a notebook shows the one that it can."""

    text: str
    html: str

    def __repr__(self) -> str:
        """Return the text."""
        return self.text

    def _repr_html_(self) -> str:
        """Return the HTML, as notebooks ask for it."""
        return self.html


def show(records: Iterable[Record], columns: Columns = (), *, top: int | None = None) -> View:
    """Return a view of records: a row each, for people.

    Parameters
    ----------
    records
        Records of one kind.
    columns
        Names, as a list or in one text with blanks between, or name to heading. A dot leads into a
        record or mapping (``row.stage``). ``range`` stands for the fields low, central or value, and
        high together. Without it all columns are shown.
    top
        Show so many rows and say how many there are.

    Returns
    -------
    View
        Three significant digits, shares in percent, ranges as ``central (low-high)``.

    Raises
    ------
    AttributeError
        If a record has no such field.

    Examples
    --------
    >>> show([{"stage": "gallium/primary", "tonnes": 750.0}, {"stage": "gallium/wafer", "tonnes": None}])
    stage            tonnes
    ---------------  --------
    gallium/primary  750
    gallium/wafer
    """
    found = list(records)
    if not found:
        return View("nothing found", "<p>nothing found</p>")
    kept = found[:top]
    headings = _headings(found[0], columns)
    header = [render.clean(_heading(kept, name, heading)) for name, heading in headings.items()]
    values = [[_find(record, name) for name in headings] for record in kept]
    cells = [[_cell(value, unit) for value, unit in line] for line in values]
    numeric = [all(_is_number(line[i][0]) for line in values) for i in range(len(header))]
    note = f"{len(kept)} of {len(found)} rows" if len(kept) < len(found) else ""
    return View(_text(header, cells, note), _html(header, cells, numeric, note))


def facts(record: Record) -> View:
    """Return a view of one record: a row for each field, with its unit.

    Parameters
    ----------
    record
        A dataclass, named tuple or mapping.

    Returns
    -------
    View
        With the columns quantity, value and unit.

    Examples
    --------
    >>> facts({"stages": 51, "claims": 532})
    quantity    value
    ----------  -------
    stages      51
    claims      532
    """
    units = _units(record)
    rows = [
        {"quantity": name, "value": _cell(value, units.get(name, ""))}
        | ({"unit": "" if units.get(name) == SHARE else units.get(name, "")} if units else {})
        for name, value in _fields(record).items()
    ]
    return show(rows)


def frame(records: Iterable[Record]) -> "pd.DataFrame":
    """Return a data frame of records in full precision, units in the names of columns.

    Parameters
    ----------
    records
        Records of one kind; a range becomes three columns.

    Returns
    -------
    pandas.DataFrame
        A share is a fraction; what is not known is missing.

    Examples
    --------
    >>> list(frame([{"stage": "gallium/primary", "tonnes": 750.0}]).columns)
    ['stage', 'tonnes']
    """
    import pandas as pd

    return pd.DataFrame([_spread(record) for record in records])


def where(records: Iterable[Record], **wanted: object) -> list[Record]:
    """Keep the records whose fields have the values wanted.

    Parameters
    ----------
    records
        Records of one kind.
    **wanted
        Field to value.

    Returns
    -------
    list
        In the order given.

    Raises
    ------
    AttributeError
        If a record has no such field.

    Examples
    --------
    >>> where([{"economy": "CHN", "rank": 1}, {"economy": "TWN", "rank": 2}], economy="TWN")
    [{'economy': 'TWN', 'rank': 2}]
    """
    return [record for record in records if all(_find(record, name)[0] == value for name, value in wanted.items())]


def count(records: Iterable[Record], name: str) -> list[dict[str, object]]:
    """Count records by one field, the most frequent first.

    Parameters
    ----------
    records
        Records of one kind.
    name
        The field.

    Returns
    -------
    list of dict
        Its value and ``number``.

    Raises
    ------
    AttributeError
        If a record has no such field.

    Examples
    --------
    >>> count([{"kind": "share"}, {"kind": "cost"}, {"kind": "share"}], "kind")
    [{'kind': 'share', 'number': 2}, {'kind': 'cost', 'number': 1}]
    """
    numbers = Counter(_find(record, name)[0] for record in records)
    return [
        {name: value, "number": n} for value, n in sorted(numbers.items(), key=lambda pair: (-pair[1], str(pair[0])))
    ]


def _units(record: Record) -> dict[str, str]:
    """Return the units of the fields of a record."""
    kind = type(record)
    return UNITS.get(f"{kind.__module__.removeprefix('depgraph.')}.{kind.__name__}", {})


def _fields(record: Record) -> dict[str, Any]:
    """Return the fields of a record."""
    if isinstance(record, Mapping):
        return dict(record)
    if dataclasses.is_dataclass(record):
        return {item.name: getattr(record, item.name) for item in dataclasses.fields(record)}
    return dict(record._asdict())


def _find(record: Record, name: str) -> tuple[Any, str]:
    """Return a value and its unit, following dots.

    Raises
    ------
    AttributeError
        If there is no such field.
    """
    units = _units(record)
    fields = _fields(record)
    if name == "range" and name not in fields:
        middle = fields.get("central", fields.get("value"))
        known = fields["low"] is not None and fields["high"] is not None
        return ((fields["low"], middle, fields["high"]) if known else middle), units.get("low", _own_unit(fields))
    first, _, rest = name.partition(".")
    if first not in fields and not isinstance(record, Mapping) and hasattr(record, first):
        fields[first] = getattr(record, first)  # what a record derives
    if first not in fields:
        msg = f"{type(record).__name__} has no field {first}; it has {', '.join(fields)}"
        raise AttributeError(msg)
    if not rest:
        return fields[first], _unit(units, name) or (_own_unit(fields) if name in {*SPREAD, "value"} else "")
    inner = fields[first]
    if inner is None:
        return None, ""
    value, unit = (inner.get(rest), "") if isinstance(inner, Mapping) else _find(inner, rest)
    return value, _unit(units, name) or unit


def _unit(units: Mapping[str, str], name: str) -> str:
    """Return the unit of a field, empty if it has none."""
    starred = (unit for start, unit in units.items() if start.endswith("*") and name.startswith(start[:-1]))
    return units.get(name) or next(starred, "")


def _own_unit(fields: Mapping[str, Any]) -> str:
    """Return the unit that a record names itself, where it changes how its numbers are written."""
    return SHARE if fields.get("unit") == SHARE else ""


def _headings(record: Record, columns: Columns) -> dict[str, str]:
    """Return name to heading."""
    if isinstance(columns, Mapping):
        return dict(columns)
    names = columns.split() if isinstance(columns, str) else columns
    return {name: name.replace("_", " ") if columns else name for name in names or _fields(record)}


def _heading(records: Sequence[Record], name: str, heading: str) -> str:
    """Return a heading with the unit; percent stands in the cells."""
    unit = next((unit for unit in (_find(record, name)[1] for record in records) if unit), "")
    return f"{heading} [{unit}]" if unit not in {"", SHARE} else heading


def _spread(record: Record) -> dict[str, Any]:
    """Return the fields of a record for a frame."""
    units = _units(record)
    found: dict[str, Any] = {}
    for name, value in _fields(record).items():
        unit = f" [{units[name]}]" if name in units else ""
        if _is_range(value):
            found |= {f"{name}_{part}{unit}": number for part, number in zip(SPREAD, value, strict=True)}
        else:
            found[name + unit] = value
    return found


def _is_range(value: object) -> bool:
    """Say whether a value is low, central and high."""
    return (
        isinstance(value, tuple)
        and len(value) == len(SPREAD)
        and all(part is None or (isinstance(part, (int, float)) and not isinstance(part, bool)) for part in value)
    )


def _is_number(value: object) -> bool:
    """Say whether a value is written as a number, a range or nothing."""
    return value is None or isinstance(value, (int, float)) or _is_range(value) or hasattr(value, "central")


def _cell(value: Any, unit: str) -> str:  # noqa: ANN401 - any value of a record
    """Write one value for people."""
    if hasattr(value, "low") and hasattr(value, "central"):  # a range, or a stock with one
        value = (value.low, value.central, value.high)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value, unit)
    if _is_range(value):
        return _range(value, unit)
    if isinstance(value, Mapping):
        return ", ".join(f"{render.clean(str(key))} {_cell(part, unit)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(_cell(part, unit) for part in value)
    return " ".join(render.clean(render.flat(value)).split())


def _number(value: float, unit: str) -> str:
    """Write a number: three significant digits or all before the point, never as a power of ten.

    Examples
    --------
    >>> _number(0.8765, SHARE), _number(0.0012, SHARE), _number(0.9996, SHARE), _number(1e-6, SHARE)
    ('88%', '0.12%', '>99.9%', '<0.01%')
    >>> _number(12345.6, ""), _number(0.01234, "")
    ('12,346', '0.0123')
    """
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "without end" if value > 0 else "no number"
    return _percent(100 * value) if unit == SHARE else _significant(value, 3)


def _percent(value: float) -> str:
    """Write a percentage; what is neither all nor nothing does not look like it."""
    if 0 < value < LEAST or 0 < 100 - value < 10 * LEAST:
        return f"<{LEAST:g}%" if value < 1 else f">{100 - 10 * LEAST:g}%"
    if 99 < value < 100:
        return f"{value:.1f}%"
    return _significant(value, 2) + "%"


def _significant(value: float, digits: int) -> str:
    """Write some significant digits, but every digit before the point."""
    if value == 0:
        return "0"
    text = f"{value:,.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _range(value: tuple[float | None, ...], unit: str) -> str:
    """Write a range; where the middle is not known, the ends or the lower end alone."""
    low, central, high = ("" if part is None else _number(part, unit) for part in value)
    sign = "%" if unit == SHARE else ""
    ends = " to " if low.startswith("-") else "-"
    between = f"{low.removesuffix('%') if high else low}{ends}{high.removesuffix('%')}" if high and low != high else low
    if not central:
        return f"{between}{sign}" if high and low != high else f"{low} or more" if low and not high else low
    if low == central == high:
        return central
    return f"{central} ({between})" if high else f"{central} ({low} or more)"


def _text(header: Sequence[str], cells: Sequence[Sequence[str]], note: str) -> str:
    """Draw the table as text."""
    from tabulate import tabulate

    drawn = tabulate(cells, headers=header, tablefmt="simple", disable_numparse=True)
    lines = [line.rstrip() for line in drawn.splitlines()]
    return "\n".join([*lines, note] if note else lines)


def _html(header: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool], note: str) -> str:
    """Write the table as HTML in which nothing of the data is markup."""
    sides = ["right" if number else "left" for number in numeric]
    head = "".join(f'<th scope="col" style="text-align: left">{html.escape(name)}</th>' for name in header)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td dir="auto" style="text-align: {side}">{html.escape(cell)}</td>'
            for cell, side in zip(line, sides, strict=True)
        )
        + "</tr>"
        for line in cells
    )
    foot = f"\n<p>{html.escape(note)}</p>" if note else ""
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{foot}"
