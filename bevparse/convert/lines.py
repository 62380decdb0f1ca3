"""Records that stand on lines of their own: read many at a time where they are plain, and each alone where not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, cast

import msgspec
from pydantic import BaseModel

from ..endpoints import RESPONSES, Expected
from ..limits import Limits
from ..payloads.layout import layout_of
from ..problems import Problem, rules
from ..reader import BodyReader, Inspection
from ..sources import Source, body_of_records
from ..sources.expected import ReadSettings, expected_of, mismatch
from ..tree import fold
from ..writer import RecordWriter, record_as_json
from .rejects import Reject, RejectCollector

__all__ = ["LineConverter"]

_ALONE: Final = "/response/0"
"""The pointer of a record that stands on a line of its own."""

_DOCUMENTED: Final = frozenset(name for model in RESPONSES for name in layout_of(model).by_fold)
"""The folded names of the fields that any record has."""

_RECORD: Final = re.compile(r"/response/([0-9]+)(?:/|\Z)")


@dataclass(frozen=True, slots=True)
class LineConverter:
    """Reads records from lines and writes them.

    A line is a body by itself: what it holds does not depend on the lines beside it.

    Args:
        writer: takes the records.
        settings: the endpoint and format to expect.
        limits: the bounds.
        on_written: is called with how many records were written.
        on_reject: is called with whatever is not written.
    """

    writer: RecordWriter
    settings: ReadSettings
    limits: Limits
    on_written: Callable[[int], object]
    on_reject: Callable[[Reject], object]

    def convert(self, sources: Sequence[Source]) -> None:
        """Convert lines of one file, the well-formed ones among them at once."""
        lines = iter(sources)
        while self.writer.model is None and (line := next(lines, None)):  # the first record decides for those behind
            self._alone(line)
        for are_objects, some in groupby(lines, key=_is_object):
            if are_objects:
                self._together([*some])
            else:
                for line in some:
                    self._alone(line)

    def _together(self, sources: Sequence[Source]) -> None:
        """Write the records of lines about which there is nothing to say that another line could have changed."""
        found = self._inspected(sources, self._expected(sources[0]))
        records = _records_of(found)
        bad = {pointer for pointer, _ in found.rejected}
        if len(records) + len(bad) != len(sources):
            for source in sources:
                self._alone(source)
            return
        odd = {int(match[1]) for match in map(_about, found.problems) if match}
        plain: list[tuple[Source, BaseModel]] = []
        following = iter(records)
        for number, source in enumerate(sources):
            record = None if f"/response/{number}" in bad else next(following)
            if record is not None and number not in odd and self.writer.model in (None, type(record)):
                plain.append((source, record))
                continue
            self._write(plain)
            plain = []
            self._alone(source)
        self._write(plain)

    def _alone(self, source: Source) -> None:
        expected = self._expected(source)
        found = self._inspected([source], expected)
        told = RejectCollector(source.name, self.on_reject)
        for problem in found.problems:
            told.problem(problem)
        records, rejected = _records_of(found), found.rejected
        if told.rest or len(records) + len(rejected) != 1:
            problems = told.remaining() or [
                Problem.of(rules.BAD_CONTAINER, "expected a record on the line, got something else", "", 1, 1)
            ]
            self._reject(source, problems, _held(source), other=told.other and not expected.by_source)
        elif rejected:
            self._reject(source, told.pop_for(_ALONE), rejected[0][1])
        elif unfit := mismatch(expected, self.writer.model):
            self._reject(source, [unfit], record_as_json(records[0]), other=True)
        else:
            self._write([(source, records[0])])

    def _expected(self, source: Source) -> Expected:
        return expected_of(source, self.settings, self.writer.model)

    def _inspected(self, sources: Sequence[Source], expected: Expected) -> Inspection:
        body = body_of_records(b",\n".join(cast(bytes, source.data) for source in sources))
        return BodyReader(body, expected._replace(models=expected.models[:1]), self.limits).inspect()

    def _write(self, lines: Sequence[tuple[Source, BaseModel]]) -> None:
        bad = 0
        for position, problem in self.writer.write([record for _, record in lines]) if lines else ():
            bad += 1
            source, record = lines[position]
            self._reject(source, [problem], record_as_json(record))
        self.on_written(len(lines) - bad)

    def _reject(self, source: Source, problems: Iterable[Problem], held: object, *, other: bool = False) -> None:
        """Set a line aside with what was found in a body of it alone."""
        moved = (replace(source.unwrapped(problem), line=source.first_line) for problem in problems)
        self.on_reject(Reject(source.name, tuple(moved), _ALONE, held, other=other))


def _about(problem: Problem) -> re.Match[str] | None:
    """Find the number of a record that might be another one, or none, if it stood alone."""
    other = problem.rule is rules.UNKNOWN_FIELD and fold(problem.pointer.rpartition("/")[2]) in _DOCUMENTED
    return _RECORD.match(problem.pointer) if other or problem.severity == "error" else None


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


def _records_of(found: Inspection) -> Sequence[BaseModel]:
    items = layout_of(type(found.response)).items if found.response else None
    return cast("tuple[BaseModel, ...]", getattr(found.response, items.attribute)) if items else ()
