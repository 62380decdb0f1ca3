"""Records on lines of their own. Valid lines are read many at a time, the others one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, cast

import msgspec
from pydantic import BaseModel

from ..endpoints import RESPONSES, Expected
from ..payloads.layout import layout_of, records_of
from ..problems import Problem, rules
from ..reader import BodyReader, Inspection
from ..sources import Source, body_of_records
from ..sources.expected import ReadSettings, expected_of, mismatch
from ..tree import fold, guard_stack
from ..writer import RecordWriter, record_as_json
from .rejects import ALONE, OnReject, Reject, RejectCollector, Tally

__all__ = ["LineConverter"]

_FAULTS: Final = (msgspec.MsgspecError, ValueError, RecursionError)  # msgspec 0.20 has no ValueError
_DOCUMENTED: Final = frozenset(name for model in RESPONSES for name in layout_of(model).by_fold)
"""The folded names of the fields of all records."""
_RECORD: Final = re.compile(r"/response/([0-9]+)(?:/|\Z)")


@dataclass(frozen=True, slots=True)
class LineConverter:
    """Reads records from lines and writes them.

    Each line is a body of its own: how it is read does not depend on other lines.

    Args:
        writer: writes the records.
        settings: the endpoint and format to expect, and the limits.
        tally: counts the lines and the written records.
        on_reject: is called with each line that is not written.
    """

    writer: RecordWriter
    settings: ReadSettings
    tally: Tally
    on_reject: OnReject

    def convert(self, sources: Sequence[Source]) -> None:
        """Convert lines of one file, adjacent well-formed ones together."""
        self.tally.bodies += len(sources)
        lines = iter(sources)
        while self.writer.model is None and (line := next(lines, None)):  # the first record decides for later lines
            self._convert_one(line)
        for are_objects, group in groupby(lines, key=_is_object):
            if are_objects:
                self._convert_together([*group])
            else:
                for line in group:
                    self._convert_one(line)

    def _convert_together(self, sources: Sequence[Source]) -> None:
        """Convert lines as one body, and those separately that could be read differently in a body of their own."""
        found = self._inspect(sources, self._expected(sources[0]))
        records = records_of(found.response)
        rejected = {pointer for pointer, _ in found.rejected}
        if len(records) + len(rejected) != len(sources):
            for source in sources:
                self._convert_one(source)
            return
        irregular = {int(match[1]) for match in map(_irregular_record, found.problems) if match}
        valid: list[tuple[Source, BaseModel]] = []
        following = iter(records)
        for number, source in enumerate(sources):
            record = None if f"/response/{number}" in rejected else next(following)
            if record is not None and number not in irregular and self.writer.model in (None, type(record)):
                valid.append((source, record))
                continue
            self._write(valid)
            valid = []
            self._convert_one(source)
        self._write(valid)

    def _convert_one(self, source: Source) -> None:
        expected = self._expected(source)
        found = self._inspect([source], expected)
        collector = RejectCollector(source.name, self.on_reject)
        for problem in found.problems:
            collector.add(problem)
        records, rejected = records_of(found.response), found.rejected
        if collector.of_body or len(records) + len(rejected) != 1:
            problems = collector.remaining() or [
                Problem.of(rules.BAD_CONTAINER, "expected a record on the line, got something else", "", 1, 1)
            ]
            self._reject(source, problems, _value_of(source), other=collector.other and not expected.by_source)
        elif rejected:
            self._reject(source, collector.pop_for(ALONE), rejected[0][1])
        elif other := mismatch(expected, self.writer.model):
            self._reject(source, [other], record_as_json(records[0]), other=True)
        else:
            self._write([(source, records[0])])

    def _expected(self, source: Source) -> Expected:
        return expected_of(source, self.settings, self.writer.model)

    def _inspect(self, sources: Sequence[Source], expected: Expected) -> Inspection:
        body = body_of_records(b",\n".join(cast(bytes, source.data) for source in sources))
        return BodyReader(body, expected._replace(models=expected.models[:1]), self.settings.limits).inspect()

    def _write(self, lines: Sequence[tuple[Source, BaseModel]]) -> None:
        self.tally.written += len(lines)
        for index, problem in self.writer.write([record for _, record in lines]):
            self.tally.written -= 1
            source, record = lines[index]
            self._reject(source, [problem], record_as_json(record))

    def _reject(self, source: Source, problems: Iterable[Problem], value: object, *, other: bool = False) -> None:
        """Reject a line with the problems of a body that holds only this line."""
        located = (replace(source.unwrapped(problem), line=source.first_line) for problem in problems)
        self.on_reject(Reject(source.name, tuple(located), ALONE, value, other=other))


def _irregular_record(problem: Problem) -> re.Match[str] | None:
    """Match the number of a record that has an error, or may be one of another endpoint in a body of its own."""
    other = problem.rule is rules.UNKNOWN_FIELD and fold(problem.pointer.rpartition("/")[2]) in _DOCUMENTED
    return _RECORD.match(problem.pointer) if other or problem.severity == "error" else None


def _is_object(source: Source) -> bool:
    try:
        guard_stack(cast(bytes, source.data))
        msgspec.json.decode(cast(bytes, source.data), type=dict[str, msgspec.Raw])
    except _FAULTS:
        return False
    return True


def _value_of(source: Source) -> object:
    """Return the JSON value on a line, or its text if it is not JSON."""
    data = cast(bytes, source.data)
    try:
        guard_stack(data)
        return msgspec.json.decode(data)
    except _FAULTS:
        return data.decode("utf-8", "backslashreplace").strip()
