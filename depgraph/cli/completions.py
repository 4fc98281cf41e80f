"""The names of a study that a shell offers while one types.

They are read from single tables, never from a checked study, so that a study that is broken still
completes what it can, quickly and without a word. Nothing heavy is imported here.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from depgraph.core import files, tables, units
from depgraph.study import location

if TYPE_CHECKING:
    Text = click.ParamType[str]
else:  # takes no parameters in older versions of click
    Text = click.ParamType

Found = Iterator[tuple[str, str]]


def stand_in(words: Sequence[str]) -> click.Command | None:
    """Return a command that knows just the option whose value is being typed, to spare loading the real one.

    Parameters
    ----------
    words
        The command and what follows it, without the word that is being typed.

    Returns
    -------
    click.Command or None
        None where the last word is no option that takes a name.
    """
    option = words[-1]
    kind = NAMED.get((words[0], option)) or NAMED.get(("", option))
    if kind is None or len(words) < 2:
        return None
    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(words[0], params=[click.Option([option], type=Named(kind))], context_settings=settings)


def offer_names(command: click.Command) -> None:
    """Let the options of a command that take a name offer those of the study.

    Parameters
    ----------
    command
        Its options get another type, which takes what the old one took.
    """
    for parameter in command.params:
        kind = NAMED.get((command.name or "", parameter.opts[0])) or NAMED.get(("", parameter.opts[0]))
        if kind:
            parameter.type = Named(kind)


class Named(Text):
    """Text of which the study knows the possible values."""

    name = "text"

    def __init__(self, kind: str) -> None:
        """Keep what is named, a key of `NAMES`."""
        self.kind = kind

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the names that begin with what was typed; none if they cannot be read."""
        try:
            root = location.find(ctx.find_root().params.get("folder"))
            found = NAMES[self.kind](root, incomplete)
            return [CompletionItem(value, help=text or None) for value, text in found]
        except Exception:  # noqa: BLE001 - whatever is wrong with the study, the shell hears nothing of it
            return []


def _rows(root: Path, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of one table of one file that have a key."""
    schema = tables.schemas()[table]
    for row in tables.read(root, schema.file, schema).rows:
        if row[schema.key]:
            yield row


def _of(table: str, text: str) -> Callable[[Path, str], Found]:
    """Return a function that yields the keys of a table that begin with what was typed."""
    key = tables.schemas()[table].key

    def find(root: Path, typed: str) -> Found:
        return ((row[key], row[text] or "") for row in _rows(root, table) if row[key].startswith(typed))

    return find


def _parties(root: Path, typed: str) -> Found:
    """Yield economies and blocs whose code or name begins with what was typed.

    A code is offered with its name beside it; a name that was begun is offered as it is.
    """
    begun = units.normalise(typed)
    for table, key in (("blocs", "bloc_id"), ("economies", "iso3")):
        for row in _rows(root, table):
            name = row["name"] or ""
            if units.normalise(row[key]).startswith(begun):
                yield row[key], name
            elif units.normalise(name).startswith(begun):
                # the scripts of the shells part their answers by commas
                yield (row[key] if "," in name else name), row[key]


def _cuts(root: Path, typed: str) -> Found:
    """Yield ECONOMY:STAGE: first the economy, then, behind the colon, the stage."""
    party, colon, stage = typed.partition(":")
    if colon:
        return ((f"{party}:{name}", text) for name, text in _of("stages", "name")(root, stage))
    return ((f"{code}:", name) for code, name in _parties(root, typed) if name != code)


def _sources(root: Path, typed: str) -> Found:
    """Yield the sources: folders of documents, then publications of figures."""
    folders = sorted(
        path.name for path in (root / "seeds").iterdir() if path.is_dir() and not files.is_leftover(path.name)
    )
    yield from ((name, "source document") for name in folders if name.startswith(typed))
    yield from _of("figure_sources", "document")(root, typed)


def _shocks(root: Path, typed: str) -> Found:
    """Yield the shocks of the study."""
    names = [Path(name).stem for name in files.matching(root, "datasets/shocks/*.toml")]
    return ((name, "shock of the study") for name in names if name.startswith(typed))


def _subjects(root: Path, typed: str) -> Found:
    """Yield what one can ask about: products, stages, economies and blocs."""
    yield from _of("products", "name")(root, typed)
    yield from _of("stages", "name")(root, typed)
    yield from _parties(root, typed)


NAMES: dict[str, Callable[[Path, str], Found]] = {
    "product": _of("products", "name"),
    "stage": _of("stages", "name"),
    "party": _parties,
    "cut": _cuts,
    "source": _sources,
    "shock": _shocks,
    "subject": _subjects,
}
# (command, option) -> what it names; the empty command is every one
NAMED = {
    ("", "--product"): "product",
    ("", "--stage"): "stage",
    ("", "--of"): "stage",
    ("report", "--cone"): "stage",
    ("", "--economy"): "party",
    ("", "--member"): "party",
    ("", "--for"): "party",
    ("", "--against"): "party",
    ("", "--to"): "party",
    ("", "--from"): "party",
    ("", "--attacker"): "party",
    ("", "--source"): "source",
    ("said", "--about"): "subject",
    ("survive", "--cut"): "party",
    ("shock", "--cut"): "cut",
    ("shock", "--replay"): "shock",
}
