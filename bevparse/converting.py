"""Many bodies into one, record by record: what is good is written, what is not is set aside, and nothing vanishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice
from typing import Final, TypeAlias, cast

import msgspec
from pydantic import BaseModel

from .api import inspect
from .errors import DecodeError, SourceError
from .files import read_blocks
from .lanes.cutting import BLOCK, blocks_of
from .models import BulkRequest, EmailRecord, FailedEmail
from .problems import Problem
from .record_reading import RecordReader
from .record_writing import RecordWriter, record_as_json
from .rejects import Reject, Told
from .shapes.layout import layout_of
from .validate.checking import model_of
from .validate.settings import Settings
from .validate.sources import Source, body_of_records, recording_of, refused

__all__ = ["KINDS", "Tally", "convert_records"]

KINDS: Final[dict[type[BaseModel], str]] = {
    BulkRequest: "requests (of status or list)",
    EmailRecord: "completed records",
    FailedEmail: "failed records",
}
"""What records are called."""
_CHUNK: Final = 1000
_LARGE: Final = 2**20
"""Bytes of lines that are read at once."""
_UNBOUNDED: Final = 2**62
_ALONE: Final = "/response/0"
"""The pointer of a record that stands on a line of its own."""
_SHIFT: Final = body_of_records(b" ").index(b" ")


@dataclass(slots=True)
class Tally:
    """How many records there were; a body that could not be read, or its rest, counts as one."""

    written: int = 0
    rejected: int = 0
    unreadable: int = 0
    """How many of the rejected are files that could not be opened."""
    bodies: int = 0
    """How many bodies the records came from, each line of JSON Lines being one."""
    others: int = 0
    """How many bodies of other endpoints were passed over."""

    @property
    def read(self) -> int:
        """All of them."""
        return self.written + self.rejected


_OnReject: TypeAlias = Callable[[Reject], object]


def convert_records(
    sources: Iterable[Source],
    writer: RecordWriter,
    settings: Settings,
    on_reject: _OnReject,
    *,
    skip_others: bool = False,
) -> Tally:
    """Read records from bodies, archives and recordings, and write them.

    Args:
        sources: bodies of any format, all with records of the same model.
        writer: takes the records.
        settings: the endpoint and format to expect, and the limits; a body may be of any length, unless it is of a
            shape that is read as a whole.
        on_reject: is called with whatever is not written.
        skip_others: whether bodies of other endpoints are passed over.

    Raises:
        SourceError: the writer has no room.
    """
    tally = Tally()

    def reject(rejected: Reject) -> None:
        if rejected.other and skip_others:
            tally.others += 1
            tally.bodies -= 1
            return
        tally.rejected += 1
        tally.unreadable += rejected.unreadable
        on_reject(rejected)

    converter = _Converter(writer, settings, tally, reject)
    for lines, group in groupby(sources, key=lambda source: source.record):
        if lines:
            for some in _line_chunks(group):
                converter.lines(some)
        else:
            for source in group:
                converter.source(source)
    return tally


def _line_chunks(lines: Iterable[Source]) -> Iterator[list[Source]]:
    some: list[Source] = []
    size = 0
    for line in lines:
        some.append(line)
        size += line.size
        if len(some) == _CHUNK or size > _LARGE:
            yield some
            some, size = [], 0
    if some:
        yield some


class _Converter:
    def __init__(self, writer: RecordWriter, settings: Settings, tally: Tally, on_reject: _OnReject) -> None:
        self._writer = writer
        self._settings = settings
        self._tally = tally
        self._on_reject = on_reject
        self._limits = replace(settings.limits, records=_UNBOUNDED, problems=_UNBOUNDED)

    def source(self, source: Source) -> None:
        """Convert a body, or what is in a recording."""
        if source.outcome != "body":
            problems = tuple(problem for problem in source.problems if not problem.code.startswith("BEV5"))
            if problems:  # else they are about keys in a request, which is no record
                self._on_reject(Reject(source.name, problems, unreadable=source.outcome == "unreadable"))
            return
        try:
            if source.data is not None:
                blocks = iter(blocks_of(source.read(self._limits)))
            else:
                blocks = read_blocks(source.file, BLOCK, replace(self._limits, body=_UNBOUNDED))
            first = next(blocks, b"")
            recording = None if source.alone else recording_of(source, first)
            if recording is None:
                self._body(source, chain([first], blocks))
                return
            for inner in recording.members(source, source.read(self._limits), self._limits):
                self.source(inner)
        except (SourceError, DecodeError) as error:
            self.source(refused(source, error))

    def lines(self, sources: Sequence[Source]) -> None:
        """Convert records that stand on lines of their own, those that are well-formed all at once."""
        sound = [source for source in sources if _is_object(source)]
        odd = (source for source in sources if not _is_object(source)) if len(sound) < len(sources) else ()
        self._tally.bodies += len(sources)
        if sound:
            self._together(sound)
        for source in odd:
            self._together([source])

    def _together(self, sources: Sequence[Source]) -> None:
        body = body_of_records(b",\n".join(cast(bytes, source.data) for source in sources))
        model, declared = model_of(sources[0], self._settings), self._settings.format or sources[0].declared
        found = inspect(body, model, format=declared, limits=self._limits)
        told = Told(sources[0].name, self._on_reject)
        for problem in found.problems:
            told.problem(problem)
        records = _records_of(found.response)
        if len(records) + len(found.rejected) == len(sources) and not told.rest:
            self._separated(sources, records, dict(found.rejected), told)
            return
        if len(sources) > 1:
            for source in sources:
                self._together([source])
            return
        problems = told.left() or [Problem("BEV011", "expected a record on the line, got something else", "", 1, 1)]
        self._reject_line(sources[0], 0, problems, _held(sources[0]), other=told.other)

    def _separated(
        self, sources: Sequence[Source], records: Sequence[BaseModel], rejected: dict[str, object], told: Told
    ) -> None:
        """Write the good records of several lines, and set the others aside."""
        good: list[Source] = []
        for number, source in enumerate(sources):
            pointer = f"/response/{number}"
            if pointer in rejected:
                self._reject_line(source, number, told.about(pointer), rejected[pointer])
            else:
                good.append(source)
        other = self._misfit(records[0]) if records else None
        bad = ((position, other) for position in range(len(records))) if other else self._writer.write(records)
        count = 0
        for position, problem in bad:
            count += 1
            held = record_as_json(records[position])
            self._reject_line(good[position], 0, [problem], held, other=other is not None)
        self._tally.written += len(records) - count

    def _reject_line(
        self, source: Source, number: int, problems: Iterable[Problem], held: object, *, other: bool = False
    ) -> None:
        """Set a line aside with what was found in a body in which it stands at a number."""
        pointer = f"/response/{number}"
        moved = (
            replace(
                problem,
                pointer=problem.pointer.replace(pointer, _ALONE, 1),
                line=source.first_line,
                column=problem.column and max(problem.column - (0 if number else _SHIFT), 1),
            )
            for problem in problems
        )
        self._on_reject(Reject(source.name, tuple(moved), _ALONE, held, other=other))

    def _body(self, source: Source, blocks: Iterable[bytes]) -> None:
        """Convert one body, as far as it can be read."""
        read = rejected = 0
        self._tally.bodies += 1
        told = Told(source.name, self._on_reject, source.first_line or 1)
        declared = self._settings.format or source.declared
        model = model_of(source, self._settings)
        records = told.listened(RecordReader(blocks, (model,), declared, self._limits, told).records())
        while some := list(islice(records, _CHUNK)):
            if other := self._misfit(some[0]):
                told.problem(other)
                break
            for position, problem in self._writer.write(some):
                pointer = told.pointer(read + position)
                alone = _ALONE if problem.pointer.startswith(_ALONE) else "/response"
                here = replace(problem, pointer=pointer + problem.pointer.removeprefix(alone))
                rejected += 1
                self._on_reject(Reject(source.name, (here,), pointer, record_as_json(some[position])))
            read += len(some)
        told.end()
        self._tally.written += read - rejected

    def _misfit(self, record: BaseModel) -> Problem | None:
        """Say what is wrong with a record that is not of the same model as those before."""
        model = self._writer.model
        if model is None or model is type(record):
            return None
        before, came = KINDS[model], KINDS[type(record)]
        message = f"expected {before}, as those before, got {came}"
        return Problem("BEV212", message, "/response")


def _is_object(source: Source) -> bool:
    try:
        msgspec.json.decode(cast(bytes, source.data), type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):  # also of msgspec
        return False
    return True


def _held(source: Source) -> object:
    """Give what a line holds, or its text where it is no JSON."""
    data = cast(bytes, source.data)
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return data.decode("utf-8", "backslashreplace").strip()


def _records_of(response: object) -> Sequence[BaseModel]:
    items = layout_of(type(cast(BaseModel, response))).items if response else None
    return cast("tuple[BaseModel, ...]", getattr(response, items.attribute)) if items else ()
