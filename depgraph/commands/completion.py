"""Completion in the shell: the script, and the names of a study that it offers.

Names are read from single tables of the study, never from a checked study, so that a study that
is broken still completes what it can, quickly and without a word.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from depgraph import study, tables, units
from depgraph.commands.common import put

if TYPE_CHECKING:
    Text = click.ParamType[str]
else:  # takes no parameters in older versions of click
    Text = click.ParamType

Found = Iterator[tuple[str, str]]

PROGRAM = "depgraph"
VARIABLE = "_DEPGRAPH_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

# Bash takes a colon for the end of a word and does not quote what it inserts; identifiers hold
# colons and names of economies blanks, so its words are put together here and its answers quoted.
BASH = """\
_depgraph_completion() {
    local IFS=$'\\n' answer type value word number
    local -a words=()
    for ((number = 0; number <= COMP_CWORD; number++)); do
        if ((number)) && [[ ${COMP_WORDS[number]} == :* || ${COMP_WORDS[number - 1]} == *: ]]; then
            words[${#words[@]} - 1]+=${COMP_WORDS[number]}
        else
            words+=("${COMP_WORDS[number]}")
        fi
    done
    word=${words[${#words[@]} - 1]}
    COMPREPLY=()
    for answer in $(env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \\
        _DEPGRAPH_COMPLETE=bash_complete "$1" 2>/dev/null); do
        type=${answer%%,*}
        value=${answer#*,}
        if [[ $type == dir ]]; then
            compopt -o dirnames
        elif [[ $type == file ]]; then
            compopt -o default
        else
            [[ $word == *:* ]] && value=${value#"${word%"${word##*:}"}"}
            [[ $word == [\\"\\']* ]] || printf -v value %q "$value"
            COMPREPLY+=("$value")
        fi
    done
}

complete -o nosort -F _depgraph_completion depgraph
"""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print the script that completes commands, options and names of the study in a shell.

    Load it where the shell starts: eval "$(depgraph completion bash)" in ~/.bashrc, the same with
    zsh in ~/.zshrc; for fish save it as ~/.config/fish/completions/depgraph.fish.

    \b
    Examples:
      depgraph completion bash
      depgraph completion fish
    """
    put(script(context.find_root().command, shell).encode(), None)


def script(program: click.Command, shell: str) -> str:
    """Return the script of a shell.

    Parameters
    ----------
    program
        The group of all commands.
    shell
        One of `SHELLS`.

    Returns
    -------
    str
        To be sourced.
    """
    if shell == "bash":
        return BASH
    maker = get_completion_class(shell)
    assert maker is not None
    return maker(program, {}, PROGRAM, VARIABLE).source()


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
            root = study.find(ctx.find_root().params.get("folder"))
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
    folders = sorted(path.name for path in (root / "seeds").iterdir() if path.is_dir() and path.name[0] != ".")
    yield from ((name, "source document") for name in folders if name.startswith(typed))
    yield from _of("figure_sources", "document")(root, typed)


def _shocks(root: Path, typed: str) -> Found:
    """Yield the shocks of the study."""
    names = sorted(path.stem for path in (root / "datasets" / "shocks").glob("*.toml"))
    return ((name, "shock of the study") for name in names if name.startswith(typed))


NAMES: dict[str, Callable[[Path, str], Found]] = {
    "product": _of("products", "name"),
    "stage": _of("stages", "name"),
    "party": _parties,
    "cut": _cuts,
    "source": _sources,
    "shock": _shocks,
}
# (command, option) -> what it names; the empty command is every one
NAMED = {
    ("", "--product"): "product",
    ("", "--stage"): "stage",
    ("", "--of"): "stage",
    ("", "--economy"): "party",
    ("", "--for"): "party",
    ("", "--against"): "party",
    ("", "--to"): "party",
    ("", "--from"): "party",
    ("", "--attacker"): "party",
    ("", "--source"): "source",
    ("survive", "--cut"): "party",
    ("shock", "--cut"): "cut",
    ("shock", "--replay"): "shock",
}

COMMANDS = {"completion": completion}
