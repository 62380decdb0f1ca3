"""The outputs of a run: standard output and files, in one or several formats at once."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Generator, Sequence
from typing import BinaryIO, Final, Literal, TextIO, TypeAlias, cast

from typing_extensions import Buffer

from ..errors import DecodeError, SourceError
from ..files import replacing
from ..files.compression import SUFFIXES, Sink, open_writer
from ..problems import escape, format_value
from ..sources import may_be_body
from ..validate.conditions import Conditions
from ..validate.renderers import FORMATS, Renderer, renderer_of
from ..validate.renderers.terminal import ConciseRenderer, Screen
from ..validate.report import Checked, Summary
from .exit_codes import UsageError
from .remarks import remark_written

__all__ = ["COLORS", "Color", "Outputs", "check_overwrite", "open_file", "opened", "output_of", "replacing_file"]

Color: TypeAlias = Literal["auto", "always", "never"]
COLORS: Final[tuple[Color, ...]] = ("auto", "always", "never")
"""The values of `--color`, the default first."""
_FOR_PEOPLE: Final = ("text", "concise")


def output_of(text: str) -> tuple[str, str | None]:
    """Parse `FORMAT` or `FORMAT=FILE`; the file is None for standard output.

    Raises:
        UsageError: no output format has this name, or no file is named after the equals sign.
    """
    name, equals, path = text.partition("=")
    if name not in FORMATS:
        ending = name.rpartition(".")[2] if "." in name else ""
        hint = f"; did you mean {ending}={escape(text)}?" if ending in FORMATS else ""
        raise UsageError(f"expected an output format among {', '.join(FORMATS)}, got {format_value(name)}{hint}")
    if equals and not path:
        raise UsageError(f"file missing after {name}=")
    return name, path if equals and path != "-" else None


def check_overwrite(path: str) -> None:
    """Check that a file to write does not look like a saved response.

    Raises:
        UsageError: the file looks like a saved response.
    """
    if may_be_body(path):
        raise UsageError(f"refusing to overwrite {escape(path)}: it looks like a saved response")


class Outputs:
    """The renderers of a run, which all get the same results."""

    def __init__(self, renderers: Sequence[Renderer]) -> None:
        self._renderers = renderers

    def body(self, checked: Checked) -> None:
        """Write what was found in one body."""
        for renderer in self._renderers:
            renderer.body(checked)

    def end(self, summary: Summary) -> None:
        """Write the counts over all bodies."""
        for renderer in self._renderers:
            renderer.end(summary)


@contextlib.contextmanager
def opened(
    wanted: Sequence[tuple[str, str | None]], conditions: Conditions, color: Color, *, quiet: bool
) -> Generator[Outputs]:
    """Open all outputs. Files appear only when the block ends without an exception.

    Args:
        wanted: the formats, each with its file, or None for standard output.
        conditions: what is checked, and how.
        color: whether standard output has colours; files never have any.
        quiet: whether to write no remarks about files.

    Raises:
        SourceError: a file cannot be written, or a package is not installed.
    """
    with contextlib.ExitStack() as stack:
        renderers: list[Renderer] = []
        for name, path in wanted:
            stream = stack.enter_context(_text_file(path, quiet=quiet)) if path else _standard_output(name)
            renderer = _opened(name, path, stream, conditions, stack)
            if isinstance(renderer, ConciseRenderer) and not path:
                renderer.screen = _screen_of(stream, color)
            renderers.append(renderer)
        yield Outputs(renderers)


def _opened(
    name: str, path: str | None, stream: TextIO, conditions: Conditions, stack: contextlib.ExitStack
) -> Renderer:
    try:
        renderer = renderer_of(name, stream, conditions)
    except ImportError as error:
        raise SourceError(path or "<stdout>", str(error)) from None
    if isinstance(renderer, contextlib.AbstractContextManager):
        stack.enter_context(cast("contextlib.AbstractContextManager[object]", renderer))
    return renderer


def _standard_output(name: str) -> TextIO:
    """Return standard output for an output format.

    Formats for people are written in the encoding of the terminal, and all others in UTF-8.
    """
    stream: object = sys.stdout
    if name not in _FOR_PEOPLE and isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return sys.stdout


def _screen_of(stream: TextIO, color: Color) -> Screen:
    """Return whether a stream shows colours, and its number of columns, if it is a terminal.

    Args:
        stream: standard output.
        color: "always" and "never" decide. With "auto", NO_COLOR and FORCE_COLOR decide, or else whether the stream is
            a terminal.
    """
    return Screen(
        colored=color == "always" or (color == "auto" and _shows_colors(stream)),
        columns=shutil.get_terminal_size().columns if stream.isatty() else None,
    )


def _shows_colors(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    # consoles of Windows show escape sequences as text, unless a program changes their mode
    return stream.isatty() and os.environ.get("TERM") != "dumb" and os.name == "posix"


@contextlib.contextmanager
def replacing_file(path: str, *, quiet: bool) -> Generator[BinaryIO]:
    """Open a file to write, which appears or changes only when the block ends without an exception.

    A remark on standard error then says that the file was written.

    Args:
        path: the file.
        quiet: whether to write no remark.

    Raises:
        SourceError: the file cannot be written.
    """
    with replacing(path) as stream:
        yield stream
        size = stream.tell() if stream.seekable() else 0  # a pipe has no size, and the size of a device is 0
    if size and not quiet:
        remark_written(path, size)


@contextlib.contextmanager
def open_file(path: str, name: str, *, quiet: bool) -> Generator[Sink]:
    """Open a file to write, as `replacing_file` does, and compress what is written.

    Args:
        path: the file.
        name: a name whose suffix says how to compress; without such a suffix, nothing is compressed.
        quiet: whether to write no remark.

    Raises:
        SourceError: the file cannot be written, or the package that compresses it is not installed.
    """
    with replacing_file(path, quiet=quiet) as stream:
        try:
            into = open_writer(stream, name)
        except DecodeError as error:
            raise SourceError(path, error.problem.message) from None
        yield into
        into.end()


@contextlib.contextmanager
def _text_file(path: str, *, quiet: bool) -> Generator[TextIO]:
    name = path if path.lower().endswith(SUFFIXES) else ""  # .tgz is the suffix of an archive
    with open_file(path, name, quiet=quiet) as stream:
        raw = cast(BinaryIO, _Raw(stream))
        text = io.TextIOWrapper(raw, "utf-8", "backslashreplace", newline="\n", write_through=True)
        try:
            yield text
        finally:
            text.detach()


class _Raw(io.RawIOBase):
    """A binary stream that can be wrapped as text, and that `detach` leaves open."""

    def __init__(self, into: Sink) -> None:
        self._into = into

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._into.write(bytes(data))
        return memoryview(data).nbytes
