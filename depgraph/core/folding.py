"""Breaking lines that do not fit a terminal; loads nothing heavy, for every error is said with it."""

import re
import textwrap

NARROWEST_SCREEN = 20  # columns: what is narrower is drawn as if it had these
# what a line begins with if it is a label, a gap of two or more blanks, and text
LABEL = re.compile(r" *\S+(?: \S+)* {2,}(?=\S)")


def fold(text: str, width: int | None) -> str:
    """Break the lines of a text that do not fit a terminal; a line goes on below its own text.

    Parameters
    ----------
    text
        Lines, each with the indent that it shall keep.
    width
        Columns of the terminal; None leaves the text as it is.

    Returns
    -------
    str
        No line is longer than the width, or than `NARROWEST_SCREEN`. A line that fits stays as it is.

    Examples
    --------
    >>> print(fold("  Stock   Japan has 60 days, the United States none", 32))
      Stock   Japan has 60 days, the
              United States none
    """
    if width is None:
        return text
    room = max(width, NARROWEST_SCREEN)
    return "\n".join(line if len(line) <= room else _folded(line, room) for line in text.split("\n"))


def _folded(line: str, room: int) -> str:
    """Break one line; what follows a label and a gap goes on below itself, other text a little to the right."""
    indent = len(line) - len(line.lstrip())
    label = LABEL.match(line)
    hanging = label.end() if label and label.end() <= room // 3 else indent + 2 * bool(indent)
    return textwrap.fill(line, room, subsequent_indent=" " * min(hanging, room // 2), break_on_hyphens=False, tabsize=2)
