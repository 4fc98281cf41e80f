"""Keeping what native code prints away from the data: file descriptor 1 is shut while it runs.

A library compiled from C or C++ may print to file descriptor 1, past Python. In a pipe that text
would stand in front of the data. The command line shuts the descriptor once, for good; around a
solver it is shut for as long as the call lasts.
"""

import contextlib
import ctypes
import io
import os
import sys
import threading
from collections.abc import Iterator
from functools import cache

STANDARD_OUTPUT = 1

_lock = threading.Lock()
_depth = 0
_saved = -1
_for_good = False


def flush_native() -> None:
    """Empty the buffers of the C library, so that what was printed goes where it was meant to go."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # a system whose C library cannot be called
        _c_library().fflush(None)


@cache
def _c_library() -> ctypes.CDLL:
    """Return the C library of this process, opened once."""
    return ctypes.CDLL("ucrtbase" if os.name == "nt" else None)


def shut_for_good() -> None:
    """Give standard output a descriptor of its own and lead descriptor 1 nowhere.

    To be called once, at the start of a program. What Python prints arrives as before: encoding,
    buffering and the terminal stay. Whatever native code prints is dropped, also what it still
    holds in its buffers when the program ends. Where standard output is no file nothing is done.
    Where it is closed the descriptor is taken, so that no file that the program opens gets its number
    and with it what native code prints.
    """
    global _for_good  # noqa: PLW0603 - the descriptor belongs to the process
    try:
        os.fstat(STANDARD_OUTPUT)
    except OSError:
        _lead_nowhere()
        _for_good = True
        return
    try:
        sys.stdout.flush()
        own = os.dup(sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):  # closed, or replaced by something that is no file
        return
    if sys.stdout.fileno() != STANDARD_OUTPUT:
        os.close(own)
        return
    flush_native()
    old = sys.stdout
    stream = io.TextIOWrapper(
        # python -u: every byte at once
        os.fdopen(own, "wb", 0 if getattr(old, "write_through", False) else -1),
        encoding=old.encoding,
        errors=old.errors,
        line_buffering=getattr(old, "line_buffering", False),
        write_through=getattr(old, "write_through", False),
    )
    _lead_nowhere()
    _for_good = True
    sys.stdout = sys.__stdout__ = stream  # type: ignore[misc] # the terminal's width is asked of __stdout__


def let_go() -> None:
    """Drop what standard output could not take, at the end of a program that has already said so.

    A full disk or a reader that has gone would be reported once more by the interpreter, with an
    exit code of its own.
    """
    try:
        sys.stdout.flush()
    except (AttributeError, ValueError):  # closed
        return
    except OSError:
        _lead_nowhere(sys.stdout.fileno())


def _lead_nowhere(descriptor: int = STANDARD_OUTPUT) -> None:
    """Point a descriptor at the null device."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere == descriptor:  # it was closed, and is the one that was given out
        os.set_inheritable(descriptor, True)
        return
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextlib.contextmanager
def native_output_dropped() -> Iterator[None]:
    """Drop what native code prints to standard output while the block runs.

    Blocks may be nested and may run in several threads: the descriptor is shut by the first and
    opened by the last. What another thread prints through descriptor 1 in the meantime is dropped
    too; the output of a notebook does not pass there. Where the descriptor is shut for good nothing
    is left to do, and it costs nothing.

    Examples
    --------
    >>> with native_output_dropped():
    ...     written = os.write(1, b"from C")
    >>> written
    6
    """
    if _for_good:
        yield
        return
    _shut()
    try:
        yield
    finally:
        _open()


def _shut() -> None:
    """Keep a copy of descriptor 1 and lead it nowhere, if nobody has yet."""
    global _depth, _saved  # noqa: PLW0603 - the descriptor belongs to the process
    with _lock:
        _depth += 1
        if _depth > 1:
            return
        with contextlib.suppress(AttributeError, OSError, ValueError):
            sys.stdout.flush()
        flush_native()
        try:
            _saved = os.dup(STANDARD_OUTPUT)
        except OSError:  # closed: nothing can be spoilt
            return
        try:
            _lead_nowhere()
        except OSError:  # no descriptor is left: better noise than no answer
            os.close(_saved)
            _saved = -1


def _open() -> None:
    """Give descriptor 1 back, if nobody else holds it shut."""
    global _depth, _saved  # noqa: PLW0603 - likewise
    with _lock:
        _depth -= 1
        if _depth or _saved < 0:
            return
        flush_native()
        os.dup2(_saved, STANDARD_OUTPUT)
        os.close(_saved)
        _saved = -1
