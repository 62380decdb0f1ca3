"""Writing: responses, and streams of records, as bodies."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, cast

from pydantic import BaseModel

from . import formats
from .endpoints import RESPONSES
from .errors import EncodeError, SourceError, reason
from .formats import Format
from .formats.bounds import text_problem
from .formats.text import lone_surrogate
from .lanes.csv import CsvDialect, SafeCsvDialect
from .lanes.writer import RecordSpeller, dialect_of, dump_by_lane
from .models import CompletedResponse, Response
from .payloads import KINDS
from .payloads.derived import plain
from .payloads.layout import items_of, layout_of, response_of
from .problems import Problem, rules
from .tree import Table, to_builtins

__all__ = ["FORMATS", "RecordWriter", "dump", "record_as_json"]

FORMATS: Final = ("json", "xml", "csv", "jsonl")
_FEW: Final = 4
"""At most so many records are written one by one if they cannot be written together. More are halved first."""
_SPOOLED: Final = 2**24
"""The bytes of rows that are kept in memory before they go to a temporary file."""


class RecordWriter:
    """Writes records of one model as the body of their endpoint, or as JSON Lines, in constant memory.

    An undocumented field that first appears after many rows of CSV becomes a column of all rows.

    Args:
        stream: where the body is written.
        format: one of `FORMATS`.
        model: the response to write if there are no records; otherwise the first record decides.
        excel_safe: whether cells of CSV that a spreadsheet would take for formulas are quoted with an apostrophe.
        typed: whether JSON Lines contain the JSON of the models, with Python's field names and types.
    """

    def __init__(
        self,
        stream: BinaryIO,
        format: str,
        model: type[Response] = Response,
        *,
        excel_safe: bool = False,
        typed: bool = False,
    ) -> None:
        self._stream = stream
        self._format = format
        self._excel_safe = excel_safe
        self._typed = typed
        self._writer: _StreamedRecords | _SpooledRows | _TypedLines | None = None
        items = layout_of(model).items
        self._response = RESPONSES[items.layout.model][0] if items else CompletedResponse

    def write(self, records: Sequence[BaseModel]) -> Iterator[tuple[int, Problem]]:
        """Write records of one model, and return index and problem of each record that the format cannot represent.

        Raises:
            SourceError: the disk is full.
        """
        if not records:
            return
        if self._writer is None:
            self._response = RESPONSES[type(records[0])][0]
            self._writer = self._writer_of(self._response)
        yield from self._write(self._writer, records, 0)

    def _writer_of(self, response: type[Response]) -> _StreamedRecords | _SpooledRows | _TypedLines:
        if self._typed:
            return _TypedLines(self._stream, response)
        if self._format == "csv":
            return _SpooledRows(self._stream, response, excel_safe=self._excel_safe)
        return _StreamedRecords(self._stream, self._format, response)

    def _write(
        self, writer: _StreamedRecords | _SpooledRows | _TypedLines, records: Sequence[BaseModel], first: int
    ) -> Iterator[tuple[int, Problem]]:
        """Write records by the fast path, and one by one those that it cannot write. Return as for `write`."""
        spelled = writer.spell(records)
        if spelled is not None:
            writer.write_spelled(spelled)
        elif len(records) > _FEW:
            middle = len(records) // 2
            yield from self._write(writer, records[:middle], first)
            yield from self._write(writer, records[middle:], first + middle)
        else:
            for position, record in enumerate(records, first):
                try:
                    writer.write_one(record)
                except EncodeError as error:
                    yield position, error.problem

    def end(self) -> None:
        """Write what is after the last record, or an empty body if there were no records."""
        if self._writer is not None:
            self._writer.end()
        else:
            self._stream.write(_empty(self._response, self._format))

    def close(self) -> None:
        """Delete the temporary file, if there is one."""
        if self._writer is not None:
            self._writer.close()


def _empty(model: type[Response], format: str) -> bytes:
    return b"" if format == "jsonl" else dump(response_of(model, ()), format=format)


def record_as_json(record: BaseModel) -> object:
    """Return a record as JSON values, with the field names of the service."""
    documented = {name: to_builtins(node) for name, node in layout_of(type(record)).pairs(record)}
    return documented | (record.model_extra or {})


class _StreamedRecords:
    """Writes records as JSON, XML or JSON Lines to the stream, without a temporary file."""

    def __init__(self, stream: BinaryIO, format: str, model: type[Response]) -> None:
        self._stream = stream
        self._format = format
        self._model = model
        layout, dialect = items_of(model).layout, dialect_of(format)
        self.speller = RecordSpeller(dialect, layout)
        self.spell = self.speller.spell
        self._before, self._after = (text.encode() for text in dialect.around(layout))
        self._between = dialect.between.encode()
        self._begun = False

    def write_one(self, record: BaseModel) -> None:
        """Write a record that the fast path cannot write.

        Raises:
            EncodeError: the format cannot represent the record.
        """
        is_lines = self._format == "jsonl"
        format = "json" if is_lines else self._format
        before, after = dialect_of(format).around(self.speller.layout)
        body = dump(response_of(self._model, (record,)), format=format)[len(before) : -len(after)]
        self.write_spelled(body + b"\n" if is_lines else body)
        self.speller.allow_extra_of(record)

    def write_spelled(self, spelled: bytes) -> None:
        """Write what `spell` has returned for some records."""
        self._stream.write((self._between if self._begun else self._before) + spelled)
        self._begun = True

    def end(self) -> None:
        """Write what is after the last record."""
        self._stream.write(self._after if self._begun else _empty(self._model, self._format))

    def close(self) -> None:
        """Do nothing: there is no temporary file."""


class _TypedLines:
    """Writes the JSON of each model on its own line, with Python's field names and types."""

    def __init__(self, stream: BinaryIO, model: type[Response]) -> None:
        self._stream = stream
        self._model = model

    def spell(self, records: Sequence[BaseModel]) -> bytes | None:
        """Return the lines of records, or None if one of them cannot be written."""
        try:
            return "".join([f"{record.model_dump_json()}\n" for record in records]).encode()
        except (ValueError, RecursionError):
            return None

    def write_one(self, record: BaseModel) -> None:
        """Write a record.

        Raises:
            EncodeError: JSON cannot represent the record.
        """
        line = self.spell([record])
        if line is None:
            dump(response_of(self._model, (record,)))  # raises the error, with the place of the value
            raise _too_deep("json")  # pydantic writes fewer levels than JSON has
        self.write_spelled(line)

    def write_spelled(self, lines: bytes) -> None:
        """Write lines."""
        self._stream.write(lines)

    def end(self) -> None:
        """Do nothing: nothing is after the last record."""

    def close(self) -> None:
        """Do nothing: there is no temporary file."""


class _SpooledRows:
    """Keeps rows of CSV in a temporary file until all columns are known."""

    def __init__(self, stream: BinaryIO, model: type[Response], *, excel_safe: bool) -> None:
        self._stream = stream
        self._model = model
        self._dialect = SafeCsvDialect() if excel_safe else CsvDialect()
        self._labels = [field.label for field in items_of(model).layout.fields]
        self.speller = RecordSpeller(self._dialect, items_of(model).layout)
        self.spell = self.speller.spell
        self._narrower: list[tuple[int, int]] = []
        """Where rows with fewer columns end, and how many undocumented columns they have."""
        self._rows = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115 - `close` closes it

    def write_spelled(self, spelled: bytes) -> None:
        """Add the rows that `spell` has returned to a temporary file.

        Raises:
            SourceError: it cannot be written, for example because the disk is full.
        """
        try:
            self._rows.write(spelled)
        except OSError as error:
            raise SourceError(tempfile.gettempdir(), f"cannot write temporary file: {reason(error)}") from None

    def write_one(self, record: BaseModel) -> None:
        """Keep the row of a record that may have new columns.

        Raises:
            EncodeError: CSV cannot represent the record.
            SourceError: the disk is full.
        """
        table = cast(Table, KINDS["table"].write(response_of(self._model, (record,)), "csv"))
        documented, columns = len(self._labels), self.speller.columns
        extra = dict(zip(table.header[documented:], table.rows[0][documented:], strict=True))
        new = [name for name in extra if name not in columns]
        row = self._row([*table.rows[0][:documented], *(extra.get(name, "") for name in [*columns, *new])])
        if new:
            self._narrower.append((self._rows.tell(), len(columns)))
            columns += new
        self.write_spelled(row)
        self.speller.allow_extra_of(record)

    def _row(self, cells: Sequence[str]) -> bytes:
        try:
            return (",".join(map(self._dialect.cell, cells)) + "\n").encode()
        except UnicodeEncodeError:
            problem = Problem.of(
                rules.CANNOT_CARRY, "expected characters that CSV can carry, got a lone surrogate", "/response/0"
            )
            raise EncodeError(problem, "csv") from None

    def end(self) -> None:
        """Write the header and all rows."""
        self._stream.write(self._row([*self._labels, *self.speller.columns]))
        self._rows.seek(0)
        for end, count in self._narrower:
            self._widen(end, b"," * (len(self.speller.columns) - count) + b"\n")
        shutil.copyfileobj(self._rows, self._stream)

    def close(self) -> None:
        """Delete the temporary file."""
        self._rows.close()

    def _widen(self, end: int, cells: bytes) -> None:
        """Copy the rows up to a position to the stream, each with blank cells for the columns that appeared later."""
        is_quoted = False
        while self._rows.tell() < end:
            line = self._rows.readline()
            is_quoted ^= line.count(b'"') % 2 == 1  # then the line end is in a cell
            self._stream.write(line if is_quoted else line[:-1] + cells)


def dump(response: Response, *, format: str = "json") -> bytes:
    """Write a model as a response body. Equal models give equal bytes.

    Args:
        response: the model.
        format: "json", "xml", "csv" or a registered one.

    Raises:
        EncodeError: the format cannot represent the model without loss.
        UnknownFormatError: there is no such format.
        TypeError: `response` is no response, or a field that a subclass has redefined holds another type of value.

    >>> from bevparse import parse
    >>> dump(parse(b'<response><id>5</id></response>'))
    b'{"response":{"id":5}}'
    """
    if not isinstance(cast("object", response), Response):
        raise TypeError(f"expected a response model, got {type(response).__name__}")
    chosen = formats.get(format)
    response = plain(response, as_text=chosen.kind != "typed")
    try:
        return dump_by_lane(chosen, response) or _encode(chosen, response)
    except RecursionError:
        raise _too_deep(chosen.name) from None


def _too_deep(format: str) -> EncodeError:
    return EncodeError(Problem.of(rules.CANNOT_CARRY, "the response is nested too deeply to be written"), format)


def _encode(chosen: Format, response: Response) -> bytes:
    tree = KINDS[chosen.kind].write(response, chosen.name)
    try:
        return chosen.encode(tree)
    except EncodeError as error:
        if not isinstance(tree, Table):
            raise
        fields = KINDS["typed"].write(response, chosen.name)  # to find the pointer, which a table does not have
        problem = text_problem(fields, lone_surrogate, chosen.name.upper()) or error.problem
        raise EncodeError(problem, chosen.name) from None
