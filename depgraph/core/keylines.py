"""On which line of a TOML text each key stands, which the parser does not say.

The text has been parsed before, so only its outline is followed here: headers, keys, and where a value ends.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # texts of several lines first, as they begin like empty ones
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|\n"
    r"|[\[\]{}=,.]"
    r"|[^\s\[\]{}=,.\"'#]+",
    re.DOTALL,
)
PLACE = re.compile(r" \(at line (\d+), column \d+\)")

Path = tuple[str | int, ...]


def find(text: str) -> dict[Path, int]:
    r"""Find the line of every key, header and entry.

    Parameters
    ----------
    text
        TOML that a parser accepts.

    Returns
    -------
    dict
        Path of keys, the entries of ``[[table]]`` numbered from 0, to the line, from 1, on which it stands first.
        Keys of an inline table stand on the line of the key that holds them and are not listed.

    Examples
    --------
    >>> find('years = "2026/2030"\n\n[[cap]]\nshare = 0.5\n')
    {('years',): 1, ('cap',): 3, ('cap', 0): 3, ('cap', 0, 'share'): 4}
    """
    lines: dict[Path, int] = {}
    count: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        if statement[0] == "[":
            table = _table(statement, count)
            _note(lines, table, line)
        else:
            _note(lines, (*table, *_keys(statement[: statement.index("=")])), line)
    return lines


def nearest(lines: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """Return the line of a key, or of the nearest that holds it.

    Parameters
    ----------
    lines
        What `find` returned.
    path
        Keys and numbers of entries, from the outside in.

    Returns
    -------
    int
        From 1.

    Examples
    --------
    >>> nearest({("cap",): 3, ("cap", 0): 3}, ["cap", 0, "share"]), nearest({}, ["cap"])
    (3, 1)
    """
    ends = range(len(path), 0, -1)
    return next((lines[tuple(path[:end])] for end in ends if tuple(path[:end]) in lines), 1)


def fault(text: str, error: Exception) -> tuple[int, str]:
    """Say on which line a text is no TOML, and why.

    Parameters
    ----------
    text
        What was parsed.
    error
        What the parser raised.

    Returns
    -------
    line, message
        Line 1 where the parser names none; a key that is there twice is named.
    """
    found = PLACE.search(str(error))
    if found is None:
        ends = "at end of document" in str(error)
        return (text.rstrip().count("\n") + 1 if ends else 1), f"not TOML: {error}"
    line = int(found[1])
    if "overwrite" in str(error) or "Cannot declare" in str(error) or "Duplicate" in str(error):
        written = text.splitlines()[line - 1].split("=")[0].strip(" []") if text.splitlines()[line - 1 : line] else ""
        return line, f"not TOML: the key {written} is there twice"
    return line, f"not TOML: {PLACE.sub('', str(error))}"


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the pieces of each statement: a header, or a key with its value."""
    line, depth, held = 1, 0, list[str]()
    first = 1
    for piece in TOKEN.findall(text):
        if piece == "\n" and not depth:
            if held:
                yield first, held
            held = []
        elif piece != "\n" and piece[0] != "#":
            first = first if held else line
            held.append(piece)
            depth += (piece in {"[", "{"}) - (piece in {"]", "}"})
        line += piece.count("\n")
    if held:
        yield first, held


def _keys(pieces: Sequence[str]) -> Path:
    """Return a dotted key as its parts."""
    return tuple(_unquoted(piece) for piece in pieces if piece != ".")


def _unquoted(piece: str) -> str:
    """Return what a key means; an escape in quotes is read by the parser."""
    return str(tomllib.loads(f"key = {piece}")["key"]) if piece[0] in "\"'" else piece


def _table(statement: Sequence[str], count: dict[Path, int]) -> Path:
    """Return the path of a header; tables of entries get the number of the last one."""
    entry = statement[1] == "["
    keys = _keys([piece for piece in statement if piece not in {"[", "]"}])
    path: Path = ()
    for place, key in enumerate(keys, start=1):
        path = (*path, key)
        if entry and place == len(keys):
            count[path] = count.get(path, -1) + 1
        if path in count:
            path = (*path, count[path])
    return path


def _note(lines: dict[Path, int], path: Path, line: int) -> None:
    """Note the line of a path, and of what holds it where that has none of its own."""
    for end in range(1, len(path) + 1):
        lines.setdefault(path[:end], line)
