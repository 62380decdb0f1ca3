"""Where findings go: standard output and files, in as many formats at once as are asked for."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO, cast

from typing_extensions import Buffer

from ..errors import DecodeError, SourceError
from ..files import replacing
from ..files.compression import SUFFIXES, Sink, open_writer
from ..problems import escape, format_value

if TYPE_CHECKING:
    from ..validate.renderers import Renderer
    from ..validate.report import Checked, Summary

__all__ = ["FORMATS", "Outputs", "opened", "output_of"]

FORMATS: Final = ("text", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "html")


def output_of(text: str) -> tuple[str, str | None]:
    """Read `FORMAT` or `FORMAT=FILE`.

    Raises:
        ValueError: there is no such format.
    """
    name, equals, path = text.partition("=")
    if name not in FORMATS:
        ending = name.rpartition(".")[2] if "." in name else ""
        hint = f"; did you mean {ending}={escape(text)}?" if ending in FORMATS else ""
        raise ValueError(f"expected an output format among {', '.join(FORMATS)}, got {format_value(name)}{hint}")
    if equals and not path:
        raise ValueError(f"expected a file behind {name}=, got none")
    return name, path if equals and path != "-" else None


class Outputs:
    """The renderers of a run, which are told everything one after the other."""

    def __init__(self, renderers: Sequence[Renderer]) -> None:
        self._renderers = renderers

    def body(self, checked: Checked) -> None:
        """Show what was found in one body."""
        for renderer in self._renderers:
            renderer.body(checked)

    def end(self, summary: Summary) -> None:
        """Show the counts over all bodies."""
        for renderer in self._renderers:
            renderer.end(summary)


@contextlib.contextmanager
def opened(wanted: Sequence[tuple[str, str | None]]) -> Generator[Outputs]:
    """Open all outputs; files appear only when the block has ended well.

    Raises:
        SourceError: a file cannot be written.
    """
    from ..validate.renderers import RENDERERS  # noqa: PLC0415 - brings pydantic, which --help does not need

    with contextlib.ExitStack() as stack:
        renderers: list[Renderer] = []
        for name, path in wanted:
            if path is None:
                renderers.append(RENDERERS[name](sys.stdout))
            else:
                renderers.append(RENDERERS[name](stack.enter_context(_file(path))))
        yield Outputs(renderers)


@contextlib.contextmanager
def _file(path: str) -> Generator[TextIO]:
    """Open a file that appears, or changes, only when it is whole, compressed as its name says."""
    with replacing(path) as stream:
        try:
            into = open_writer(stream, path if path.lower().endswith(SUFFIXES) else "")  # .tgz is that of an archive
        except DecodeError as error:  # what compresses so is not installed
            raise SourceError(path, error.problem.message) from None
        text = io.TextIOWrapper(
            cast(BinaryIO, _Raw(into)), "utf-8", "backslashreplace", newline="\n", write_through=True
        )
        try:
            yield text
        finally:
            text.detach()
        into.end()


class _Raw(io.RawIOBase):
    """A sink as what a text is written to."""

    def __init__(self, into: Sink) -> None:
        self._into = into

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._into.write(bytes(data))
        return memoryview(data).nbytes
