"""Records as tables: Arrow, and through it Parquet, pandas, polars and DuckDB (extra `tables`); Excel (extra `excel`).

    polars.DataFrame(records_of("dumps/", EmailRecord, skip_others=True))

The columns are those of `bevparse.tables.schema`, which needs no extra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, cast

from pydantic import BaseModel

from .. import formats
from ..batches import Batch, OnProblem, OnReject, Reject, Tally, read_batches
from ..endpoints import RESPONSES
from ..errors import DecodeError, PayloadError, SourceError
from ..files.paths import Paths, texts_of
from ..limits import DEFAULT_LIMITS, Limits
from ..models import BulkRequest, EmailRecord, FailedEmail, Response
from ..payloads.layout import layout_of
from ..problems import Problem, shortened
from ..problems.rules import UNREAD
from ..sources import ANYTHING, LineBlock, Search, Source, fetched_sources, find_files, open_blocks
from ..sources.expected import ReadSettings
from ..sources.source import UNREADABLE
from .schema import PROVENANCE, Column, columns_of, values_of

if TYPE_CHECKING:
    from .arrow import RecordStream

__all__ = [
    "FORMATS",
    "PROVENANCE",
    "Column",
    "FileWriter",
    "Output",
    "TableWriter",
    "columns_of",
    "records_in",
    "records_of",
    "values_of",
]


def records_of(
    paths: Paths,
    model: type[BulkRequest | EmailRecord | FailedEmail],
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    search: Search = ANYTHING,
    skip_others: bool = False,
    on_problem: OnProblem | None = None,
    on_reject: OnReject | None = None,
) -> RecordStream:
    """Return the records of saved bodies as one table. Each record has its body, its index in it, and its request.

    The table is a stream of the Arrow PyCapsule protocol: `polars.DataFrame(records_of("dumps/", EmailRecord))`. It can
    be read once. Bodies are read at that time, in memory that does not depend on their number and length.

    Args:
        paths: what `bevparse.validate.validate` reads: files, folders, archives, recordings, patterns, URLs, or "-".
        model: the model of the records.
        format: "json", "xml", "csv" or a registered one; by default it is detected.
        limits: bounds on each body. The number of records and problems has no bound unless it is set.
        search: what is searched for in folders and archives.
        skip_others: whether bodies of other endpoints are skipped. Otherwise they are rejected.
        on_problem: is called with the name of the body and the problem, for every error and warning. For a body that is
            skipped, these are only warnings about its text.
        on_reject: is called with each record that cannot be read, and with each body that cannot be read to its end.
            It is also called with undocumented fields next to the records of a body.

    Returns:
        The stream. Without callbacks, the first error is raised while the stream is read, as one of the exceptions
        below. The library that reads the stream may raise an exception of its own with the same text.

    Raises:
        ImportError: pyarrow is not installed.
        TypeError: `model` is not the model of a record.
        ValueError: the search has limits other than `limits`.
        UnknownFormatError: there is no such format.
        SourceError: a file cannot be read.
        DecodeError: a body is no JSON, XML or CSV, or exceeds a limit.
        PayloadError: a record cannot be read, or a body is a response of another endpoint.
    """
    if model not in RESPONSES:
        raise TypeError(f"expected BulkRequest, EmailRecord or FailedEmail, got {shortened(repr(model), 100)}")
    if format is not None:
        formats.get(format)
    search = search.within(limits)
    files = fetched_sources(find_files(texts_of(paths), search))
    sources = chain.from_iterable(open_blocks(file, search) for file in files)
    settings = ReadSettings(format=format, limits=limits)
    return records_in(sources, model, settings, skip_others=skip_others, on_problem=on_problem, on_reject=on_reject)


def records_in(
    sources: Iterable[Source | LineBlock],
    model: type[BaseModel],
    settings: ReadSettings,
    *,
    skip_others: bool = False,
    on_problem: OnProblem | None = None,
    on_reject: OnReject | None = None,
    words: bool = True,
) -> RecordStream:
    """Return the records of sources as one table, see `records_of`.

    Args:
        sources: bodies and lines.
        model: the model of the records.
        settings: how bodies are read.
        skip_others: as for `records_of`.
        on_problem: as for `records_of`.
        on_reject: as for `records_of`.
        words: whether columns of the type "word" are dictionary-encoded.
    """
    stream = cast("type[RecordStream]", _imported("arrow.RecordStream"))

    def reject(rejected: Reject) -> None:
        if on_problem:
            for problem in rejected.problems:
                on_problem(rejected.source, problem)
        if on_reject:
            on_reject(rejected)
        elif not on_problem:
            _raise(rejected)

    batches = read_batches(
        sources, settings, Tally(model=model), reject, skip_others=skip_others, on_warning=on_problem
    )
    return stream(batches, model, words=words)


def _raise(rejected: Reject) -> None:
    """Raise the first error of a reject. Undocumented fields next to the records of a body are no error."""
    errors = [problem for problem in rejected.problems if problem.severity == "error"]
    if not errors:
        return
    if errors[0].rule in UNREADABLE:
        raise SourceError(rejected.source, errors[0].message)
    if errors[0].rule.group in UNREAD:
        raise DecodeError(errors[0], source=rejected.source)
    raise PayloadError(tuple(errors), source=rejected.source)


class FileWriter(Protocol):
    """Writes records of one model as a table."""

    def write(self, batch: Batch) -> Iterable[tuple[int, Problem]]:
        """Write records, and return index and problem of each record that the format cannot represent.

        Raises:
            SourceError: the disk is full.
        """
        ...

    def end(self) -> None:
        """Complete the file.

        Raises:
            SourceError: the disk is full.
        """
        ...

    def close(self) -> None:
        """Release the file, which may be incomplete."""
        ...


class Output:
    """A stream for libraries that also write when an unfinished file is released, such as after a failure."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.drops = False
        """Whether `write` drops all data."""

    def write(self, data: bytes) -> int:
        """Write data.

        Raises:
            SourceError: the disk is full.
        """
        if not self.drops:
            self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the stream is flushed by its owner."""

    def close(self) -> None:
        """Do nothing: the stream is closed by its owner."""


FORMATS: Final = {
    "arrow": "writers.arrow_writer",
    "parquet": "writers.parquet_writer",
    "xlsx": "excel.WorkbookWriter",
}
"""For each format of tables, the module and function that return its writer. The name is also the suffix of files."""


class TableWriter:
    """Writes records as a table.

    Args:
        stream: where the table is written.
        format: one of `FORMATS`.
        model: the response whose columns are written if there are no records. Otherwise the first record decides.

    Raises:
        ImportError: a package is missing; the message has the command that installs it.
    """

    def __init__(self, stream: BinaryIO, format: str, model: type[Response] = Response) -> None:
        self._make = cast("Callable[[BinaryIO, type[BaseModel]], FileWriter]", _imported(FORMATS[format]))
        self._stream = stream
        items = layout_of(model).items
        self._record = items.layout.model if items else EmailRecord
        self._file: FileWriter | None = None

    def write(self, batch: Batch) -> Iterable[tuple[int, Problem]]:
        """Write records, see `FileWriter`."""
        if self._file is None:
            self._file = self._make(self._stream, type(batch.records[0]))
        return self._file.write(batch)

    def end(self) -> None:
        """Complete the file. If there were no records, it has columns and no rows."""
        self._file = self._file or self._make(self._stream, self._record)
        self._file.end()

    def close(self) -> None:
        """Release the file, which may be incomplete."""
        if self._file is not None:
            self._file.close()


def _imported(place: str) -> object:
    """Return an object in a module of this package, such as "arrow.RecordStream". It may raise ImportError."""
    module, _, name = place.partition(".")
    return getattr(import_module(f".{module}", __name__), name)
