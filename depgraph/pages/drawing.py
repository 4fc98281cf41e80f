"""What all charts share: colours, how a chart becomes SVG and PNG, and what a drawing may hold."""

import hashlib
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from xml.etree import ElementTree as ET

from depgraph.core.errors import DepgraphError
from depgraph.core.render import for_page

Chart = Any  # an Altair chart; the library is imported only when something is drawn
Row = Mapping[str, Any]

# Okabe and Ito (2008), told apart under every common colour blindness; yellow last, as it is pale.
# Black is left for text.
NAMED = ("#D55E00", "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#CC79A7", "#F0E442")
OTHER = "#B8B8B8"
UNNAMED = "#FFFFFF"
INK, SOFT, FAINT = "#1A1A1A", "#4D4D4D", "#D9D9D9"
MAGNITUDE = ("#FFF5EB", "#F2994A", "#8C2D04")  # one hue, pale to dark
FONT = "Arial, Helvetica, sans-serif"
SAFE = 10  # characters that are never cut: emoji are wide
WIDEST_NAME = 230  # pixels; a longer name is cut in the drawing and whole in its table

# quiet axes, dark text, no frame: the look of all charts
LOOK = {
    "aria": False, "font": FONT, "background": "white", "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "labelLimit": WIDEST_NAME, "titleLimit": 2 * WIDEST_NAME, "gridColor": "#E8E8E8", "domainColor": SOFT,
        "tickColor": SOFT,
    },
    "text": {"fontSize": 12, "color": INK, "limit": WIDEST_NAME},
}  # fmt: skip

# elements that a drawing consists of; anything else did not come from a chart
ELEMENTS = frozenset(
    {"svg", "g", "path", "rect", "text", "tspan", "line", "defs", "clipPath", "circle", "linearGradient", "stop"}
)
SVG = "http://www.w3.org/2000/svg"


def altair() -> Any:  # noqa: ANN401 - a module
    """Import the charting library.

    Returns
    -------
    module
        Altair.

    Raises
    ------
    DepgraphError
        If it is not installed.
    """
    try:
        import altair as alt
        import vl_convert  # noqa: F401 - a chart that cannot be drawn is of no use
    except ImportError as error:
        msg = "charts need the packages altair and vl-convert-python: pip install 'depgraph[report]'"
        raise DepgraphError(msg) from error
    return alt


def palette(codes: Iterable[str]) -> dict[str, str]:
    """Give each of the first seven names a colour of its own; all others are grey.

    Parameters
    ----------
    codes
        Names, the most important first.

    Returns
    -------
    dict
        Name to colour, in the order given.

    Examples
    --------
    >>> palette(["CHN", "JPN"])
    {'CHN': '#D55E00', 'JPN': '#0072B2'}
    """
    unique = list(dict.fromkeys(codes))
    return {code: NAMED[place] if place < len(NAMED) else OTHER for place, code in enumerate(unique)}


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 for black to 1 for white.

    References
    ----------
    Web Content Accessibility Guidelines 2.2, relative luminance.

    Examples
    --------
    >>> luminance("#FFFFFF"), luminance("#000000")
    (1.0, 0.0)
    """
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21.

    Examples
    --------
    >>> round(contrast("#000000", "#FFFFFF"), 1)
    21.0
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink(background: str) -> str:
    """Return the colour of text on a background: black or white, whichever stands out more.

    Examples
    --------
    >>> ink("#0072B2"), ink("#F0E442")
    ('#FFFFFF', '#000000')
    """
    return max("#FFFFFF", "#000000", key=lambda text: contrast(text, background))


def shade(part: float) -> str:
    """Return the colour of a magnitude between 0 and 1.

    Examples
    --------
    >>> shade(0), shade(0.5), shade(1)
    ('#FFF5EB', '#F2994A', '#8C2D04')
    """
    along = min(1.0, max(0.0, part)) * (len(MAGNITUDE) - 1)
    first = min(int(along), len(MAGNITUDE) - 2)
    ends = [[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in MAGNITUDE[first : first + 2]]
    mixed = (round(low + (high - low) * (along - first)) for low, high in zip(*ends, strict=True))
    return "#" + "".join(f"{value:02X}" for value in mixed)


def legible(text: str) -> str:
    """Return a text as a drawing can hold it: applied twice it changes nothing more.

    Where the library cuts a text that is too long it may cut a character outside the basic plane
    in two and fail; such texts are cut here, and marked so that two that begin alike stay two.

    Examples
    --------
    >>> legible("gallium/primary"), legible("\U0001f600" * 20)
    ('gallium/primary', '😀😀😀😀😀…01cf')
    """
    shown = for_page(text)
    if len(shown) <= SAFE or all(ord(letter) < 0x10000 for letter in shown):
        return shown
    return f"{shown[: SAFE - 5]}…{hashlib.sha256(shown.encode()).hexdigest()[:4]}"


def data(rows: Sequence[Row]) -> Any:  # noqa: ANN401 - an Altair object
    """Turn rows into the data of a chart; no control character reaches the drawing.

    Returns
    -------
    altair.InlineData
        The rows themselves.
    """
    safe = [{key: legible(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows]
    return altair().Data(values=safe)


def svg(chart: Chart) -> str:
    """Draw a chart without a browser.

    Parameters
    ----------
    chart
        From any function that makes one.

    Returns
    -------
    str
        SVG; the same chart gives the same text.

    Raises
    ------
    DepgraphError
        If the drawing holds anything but shapes and text.
    """
    import vl_convert

    # a control character in any text, be it of an axis, ends the whole process; the look is added here, as
    # the library copies a chart with all its data each time that a part of it is set
    specification = _all_legible(chart.to_dict(validate=False)) | {"config": LOOK}
    drawn: str = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    _refuse_active(drawn)
    return drawn


def _all_legible(part: Any) -> Any:  # noqa: ANN401 - any part of a specification
    """Make every text of a specification legible."""
    if isinstance(part, dict):
        return {key: _all_legible(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_all_legible(value) for value in part]
    return legible(part) if isinstance(part, str) else part


def _refuse_active(drawn: str) -> None:
    """Refuse a drawing with scripts, links, styles or events; text of the data must have stayed text.

    Raises
    ------
    DepgraphError
        Naming what was found.
    """
    for element in ET.fromstring(drawn).iter():  # noqa: S314 - made above, without a document type
        name = element.tag.removeprefix(f"{{{SVG}}}")
        if name not in ELEMENTS:
            msg = f"a chart came out with <{name}>, which is no shape and no text"
            raise DepgraphError(msg)
        for attribute, value in element.attrib.items():
            if attribute.lower().startswith("on") or "href" in attribute or "javascript:" in value.lower():
                msg = f"a chart came out with the attribute {attribute}, which is no shape and no text"
                raise DepgraphError(msg)


def inline(drawn: str, name: str, statement: str) -> str:
    """Make a drawing part of a page: named for screen readers, its inner names its own.

    Parameters
    ----------
    drawn
        From `svg`.
    name
        A prefix for inner names, so that those of several drawings do not meet.
    statement
        What the chart shows, in a sentence.

    Returns
    -------
    str
        An ``svg`` element.
    """
    named = re.sub(r'\bid="', f'id="{name}-', drawn).replace("url(#", f"url(#{name}-")
    label = escape(for_page(statement), quote=True)
    return named.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


TITLE_SIZE, FOOT_SIZE, MARGIN = 17, 11, 16


def framed(drawn: str, title: str, foot: str) -> str:
    """Put title and footer around a drawing that goes out on its own.

    Parameters
    ----------
    drawn
        From `svg`.
    title
        The finding.
    foot
        Version, data and scenario.

    Returns
    -------
    str
        A larger SVG.
    """
    width, height = (float(size) for size in re.findall(r' (?:width|height)="([\d.]+)"', drawn)[:2])
    width = max(width, 480.0)
    lines = textwrap.wrap(for_page(title), max(20, int(width / (TITLE_SIZE * 0.52)))) or [""]
    head = MARGIN + len(lines) * (TITLE_SIZE + 5)
    whole = head + height + MARGIN + FOOT_SIZE + 6
    first, step = MARGIN + TITLE_SIZE - 3, TITLE_SIZE + 5
    texts = [
        _line((MARGIN, first + place * step), TITLE_SIZE, INK, line, " font-weight='bold'")
        for place, line in enumerate(lines)
    ]
    texts.append(_line((MARGIN, whole - 8), FOOT_SIZE, SOFT, for_page(foot)))
    inner = drawn.replace("<svg ", f'<svg x="0" y="{head}" ', 1)
    return (
        f'<svg xmlns="{SVG}" role="img" aria-label="{escape(for_page(title), quote=True)}" width="{width:g}" '
        f'height="{whole:g}" viewBox="0 0 {width:g} {whole:g}"><rect width="{width:g}" height="{whole:g}" '
        f'fill="white"/>{"".join(texts)}{inner}</svg>\n'
    )


def _line(at: tuple[float, float], size: int, colour: str, text: str, more: str = "") -> str:
    """Write one line of text."""
    place = f'x="{at[0]:g}" y="{at[1]:g}"'
    return f'<text {place} font-family="{FONT}" font-size="{size}" fill="{colour}"{more}>{escape(text)}</text>'


def png(drawn: str, scale: float = 2.0) -> bytes:
    """Turn a drawing into pixels.

    Parameters
    ----------
    drawn
        SVG.
    scale
        Pixels for each unit; 2 for documents.

    Returns
    -------
    bytes
        A PNG file.
    """
    import vl_convert

    pixels: bytes = vl_convert.svg_to_png(drawn, scale=scale)
    return pixels
