"""Records into one body, a few at a time, in memory that does not depend on how many they are."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from typing import BinaryIO, Final, Protocol, cast

from pydantic import BaseModel

from . import formats
from .endpoints import ARRAY_MODELS
from .errors import EncodeError, SourceError, reason
from .formats import Format
from .formats.bounds import text_problem
from .formats.csv import spell_cell
from .formats.text import lone_surrogate
from .lanes.writer import RecordSpeller, Undocumented, frame_of, safe_cell
from .models import CompletedResponse, Response
from .payloads import KINDS
from .payloads.candidates import KNOWN
from .payloads.layout import ItemsField, items_of, layout_of, response_of
from .problems import Problem, rules
from .tree import Table, fold, to_builtins

__all__ = ["FORMATS", "RecordWriter", "dump", "record_as_json"]

FORMATS: Final = ("json", "xml", "csv", "jsonl")

_FEW: Final = 4
"""Records that are written one by one where they cannot be written together."""

_SPOOLED: Final = 2**24
"""Bytes of rows that are kept in memory before they go to a temporary file."""


class RecordWriter:
    """Writes records of one model as the body of their endpoint, or a line of JSON for each.

    An undocumented field that shows up after many rows of CSV is a column for all of them.
    """

    def __init__(
        self, stream: BinaryIO, format: str, model: type[Response] = Response, *, excel_safe: bool = False
    ) -> None:
        self._stream = stream
        self._format = format
        self._excel_safe = excel_safe
        self._writer: _Writer | None = None
        self._items: ItemsField | None = None
        items = layout_of(model).items
        self._response = _response_of(items.layout.model) if items else CompletedResponse
        """The model of the body, which only a record or whoever asks for an endpoint can tell."""

    @property
    def model(self) -> type[BaseModel] | None:
        """The model of the records, once there has been one."""
        return self._items.layout.model if self._items else None

    def write(self, records: Sequence[BaseModel]) -> Iterator[tuple[int, Problem]]:
        """Write records, all of the one model, and give the positions of those that the format cannot carry.

        Raises:
            SourceError: there is no room for what is kept until the end.
        """
        if not records:
            return
        if self._items is None:
            self._begin(type(records[0]))
        yield from self._write(records, 0)

    def _write(self, records: Sequence[BaseModel], first: int) -> Iterator[tuple[int, Problem]]:
        """Write records together, or those apart of which one cannot be written so."""
        writer = cast(_Writer, self._writer)
        spelled = writer.speller.spell(records)
        if spelled is not None:
            writer.several(spelled)
        elif len(records) > _FEW:
            middle = len(records) // 2
            yield from self._write(records[:middle], first)
            yield from self._write(records[middle:], first + middle)
        else:
            for position, record in enumerate(records, first):
                try:
                    writer.one(record)
                except EncodeError as error:
                    yield position, error.problem

    def _begin(self, model: type[BaseModel]) -> None:
        self._response = _response_of(model)
        self._items = items_of(self._response)
        make = _Rows if self._format == "csv" else _Body
        self._writer = make(self._stream, self._format, self._response, excel_safe=self._excel_safe)

    def end(self) -> None:
        """Write what stands behind the last record; without a record, an empty body."""
        if self._writer is not None:
            self._writer.end()
        else:
            self._stream.write(_empty(self._response, self._format))

    def close(self) -> None:
        """Let go of what was kept until the end."""
        if self._writer is not None:
            self._writer.close()


def _response_of(model: type[BaseModel]) -> type[Response]:
    return next(one for one in ARRAY_MODELS if items_of(one).layout.model is model)


def _empty(model: type[Response], format: str) -> bytes:
    return b"" if format == "jsonl" else dump(response_of(model, ()), format=format)


def record_as_json(record: BaseModel) -> object:
    """Give what a record holds in values that JSON knows, by the names that the service has for them."""
    fields = layout_of(type(record)).written
    nodes = ((field, field.spelling.write(record.__dict__[field.attribute])) for field in fields)
    held = {field.wire.name: to_builtins(node) for field, node in nodes if node is not None or field.wire.nullable}
    return held | (record.model_extra or {})


class _Writer(Protocol):
    speller: RecordSpeller

    def several(self, spelled: bytes) -> None: ...
    def one(self, record: BaseModel) -> None: ...
    def end(self) -> None: ...
    def close(self) -> None: ...


def _vouch(undocumented: Undocumented, record: BaseModel) -> None:
    """Note what undocumented fields records may have, now that one has been written with them."""
    names = tuple(record.model_extra or ())
    if not any(fold(name) in KNOWN for name in names):  # else it depends on the others what may stand beside them
        undocumented.together.add(names)


class _Body:
    """Records of JSON, XML or JSON Lines."""

    def __init__(self, stream: BinaryIO, format: str, model: type[Response], *, excel_safe: bool) -> None:
        self._stream = stream
        self._format = format
        self._model = model
        layout = items_of(model).layout
        self._undocumented = Undocumented(set(), [])
        self.speller = RecordSpeller(format, layout, self._undocumented)
        self._before, self._between, self._behind = (part.encode() for part in frame_of(format, layout))
        self._begun = False

    def one(self, record: BaseModel) -> None:
        format = "json" if self._format == "jsonl" else self._format
        before, _, behind = frame_of(format, items_of(self._model).layout)
        body = dump(response_of(self._model, (record,)), format=format)[len(before.encode()) : -len(behind.encode())]
        self.several(body + b"\n" if self._format == "jsonl" else body)
        _vouch(self._undocumented, record)

    def several(self, spelled: bytes) -> None:
        self._stream.write((self._between if self._begun else self._before) + spelled)
        self._begun = True

    def end(self) -> None:
        self._stream.write(self._behind if self._begun else _empty(self._model, self._format))

    def close(self) -> None: ...


class _Rows:
    """Rows of CSV, held back until all columns are known."""

    def __init__(self, stream: BinaryIO, format: str, model: type[Response], *, excel_safe: bool) -> None:
        self._stream = stream
        self._model = model
        self._excel_safe = excel_safe
        self._layout = items_of(model).layout
        self._extra: list[str] = []
        self._undocumented = Undocumented(set(), self._extra)
        self.speller = RecordSpeller("csv-safe" if excel_safe else "csv", self._layout, self._undocumented)
        self._narrower: list[tuple[int, int]] = []
        """Where rows ended that know fewer columns, and how many of the undocumented ones they know."""
        self._rows = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115 - closed by close

    def several(self, spelled: bytes) -> None:
        with _room():
            self._rows.write(spelled)

    def one(self, record: BaseModel) -> None:
        table = cast(Table, KINDS["table"].write(response_of(self._model, (record,)), "csv"))
        known = len(self._layout.fields)
        new = [name for name in table.header[known:] if name not in self._extra]
        held = dict(zip(table.header[known:], table.rows[0][known:], strict=True))
        row = self._row([*table.rows[0][:known], *(held.get(name, "") for name in [*self._extra, *new])])
        if new:
            self._narrower.append((self._rows.tell(), len(self._extra)))
            self._extra += new
        self.several(row)
        _vouch(self._undocumented, record)

    def _row(self, cells: Sequence[str]) -> bytes:
        safe = map(safe_cell, cells) if self._excel_safe else cells
        try:
            return (",".join(map(spell_cell, safe)) + "\n").encode()
        except UnicodeEncodeError:
            problem = Problem.of(
                rules.CANNOT_CARRY, "expected characters that CSV can carry, got a lone surrogate", "/response/0"
            )
            raise EncodeError(problem, "csv") from None

    def end(self) -> None:
        self._stream.write(self._row([*(field.label for field in self._layout.fields), *self._extra]))
        self._rows.seek(0)
        for end, known in self._narrower:
            self._widen(end, b"," * (len(self._extra) - known) + b"\n")
        shutil.copyfileobj(self._rows, self._stream)

    def close(self) -> None:
        self._rows.close()

    def _widen(self, end: int, cells: bytes) -> None:
        """Copy the rows up to a place, each with blank cells for the columns that came later."""
        inside = False
        while self._rows.tell() < end:
            line = self._rows.readline()
            inside ^= line.count(b'"') % 2 == 1  # then the line end stands in a cell
            self._stream.write(line if inside else line[:-1] + cells)


@contextlib.contextmanager
def _room() -> Generator[None]:
    try:
        yield
    except OSError as error:
        message = f"expected room for a temporary file, got a fault: {reason(error)}"
        raise SourceError(tempfile.gettempdir(), message) from None


def dump(response: Response, *, format: str = "json") -> bytes:
    """Write a model as a response body, always spelled the same way.

    Raises:
        EncodeError: the format cannot carry the model without loss.
        UnknownFormatError: there is no such format.

    >>> from bevparse import parse
    >>> dump(parse(b'<response><id>5</id></response>'))
    b'{"response":{"id":5}}'
    """
    if not isinstance(cast("object", response), Response):
        raise TypeError(f"expected a response model, got {type(response).__name__}")
    from .lanes.writer import dump_by_lane  # noqa: PLC0415 - it brings all formats, which nobody needs who only reads

    chosen = formats.get(format)
    try:
        return dump_by_lane(chosen, response) or _encode(chosen, response)
    except RecursionError:
        raise EncodeError(
            Problem.of(rules.CANNOT_CARRY, "expected fewer levels of nesting, got too many"), chosen.name
        ) from None


def _encode(chosen: Format, response: Response) -> bytes:
    tree = KINDS[chosen.kind].write(response, chosen.name)
    try:
        return chosen.encode(tree)
    except EncodeError as error:
        if not isinstance(tree, Table):
            raise
        fields = KINDS["typed"].write(response, chosen.name)  # a table has rows and columns, a problem has a pointer
        problem = text_problem(fields, lone_surrogate, chosen.name.upper()) or error.problem
        raise EncodeError(problem, chosen.name) from None
