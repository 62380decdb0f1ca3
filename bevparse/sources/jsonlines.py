"""JSON Lines: a body or a record on each line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from ..errors import DecodeError
from ..files.compression import Budget, Readable
from ..formats.text import without_mark
from ..problems import Problem, rules
from . import reports
from .source import NameFilter, Source, refused

__all__ = ["NESTS", "SUFFIXES", "LineBlock", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".jsonl", ".ndjson")
NESTS: bool = False
_OBJECT: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+\{")
_NEXT_OBJECT: Final = re.compile(rb"(?<=[} \t])\s*\n\{")
_RECORD: Final = re.compile(
    rb'"(?:[eE]mail[ _-]?[aA]ddress|date_start|total_emails|ready)"\s*:'
    rb'|\A(?:\xef\xbb\xbf)?\s*\{\s*"id"\s*:\s*\d+\s*[,}]'
)
"""What only a record contains: documented names, the address in any usual spelling, or an id as the first member."""
_BLOCK: Final = 2**18
_MOST: Final = 1000
"""The maximum number of lines in a block."""


def holds(data: bytes) -> bool:
    """Return whether data begins with two objects on separate lines."""
    start = _OBJECT.match(data)
    end = data.find(b"\n", start.end()) if start else -1  # a pattern would take long for a large body in one line
    if start is None or end < 0:
        return False
    first = data.find(b"\r", start.end(), end)
    return _NEXT_OBJECT.match(data, end if first < 0 else first) is not None


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Adjacent lines of JSON Lines, which can be read together."""

    file: str
    """The path of the file, or `<stdin>`."""
    inner: str
    """The location inside the file without the index of a line."""
    first: int
    """The index of the first line in JSON Lines."""
    lines: tuple[bytes, ...]
    size: int
    """The bytes of the lines together."""
    budget: Budget = field(compare=False, repr=False)

    def name(self, number: int) -> str:
        """Return the name of a line, such as `dump.jsonl#/16`."""
        return f"{self.file}{self.inner}{self.first + number}"

    def source(self, number: int) -> Source | None:
        """Return a line as a source, such as `dump.jsonl#/16`, or None if it is blank.

        Args:
            number: the index of the line in this block.
        """
        line, index = self.lines[number], self.first + number
        text = line.strip()
        if not text:
            return None
        record = b'"response"' not in line and _RECORD.search(line) is not None
        body, problems = without_mark(line) if record else (line, ())
        if text.endswith(b","):
            body, problems = _without_comma(body, problems)
        return Source(
            self.file,
            f"{self.inner}{index}",
            data=body,
            size=len(line),
            first_line=index + 1,
            record=record,
            problems=problems,
            format="json",
            budget=self.budget,
        )

    def are_records(self) -> list[bool]:
        """Return whether each line is a record rather than a body."""
        search = _RECORD.search
        if b'"response"' in b"\n".join(self.lines):  # else it need not be searched in each of them
            return [b'"response"' not in line and search(line) is not None for line in self.lines]
        return [search(line) is not None for line in self.lines]

    def sources(self) -> Iterator[Source]:
        """Return the lines that are not blank as sources."""
        return (source for source in map(self.source, range(len(self.lines))) if source is not None)


def members(source: Source, stream: Readable, is_wanted: NameFilter) -> Iterator[Source | LineBlock]:
    """Iterate over blocks of lines. A line that is too large is a source with this problem."""
    limits = source.budget.limits
    held: list[bytes] = []
    first = size = 0

    def block() -> LineBlock:
        return LineBlock(source.file, f"{source.inner}#/", first, tuple(held), size, source.budget)

    try:
        for index, line in enumerate(_documents(_lines(stream, limits.body), limits.body)):
            if index == 0 and line and not source.named and reports.holds(line):
                return
            if held and (line is None or len(held) == _MOST or size > _BLOCK):
                yield block()
                held.clear()
            if not held:
                first, size = index, 0
            if line is None:
                message = limits.passed("body")
                too_large = DecodeError(Problem.of(rules.BODY_TOO_LARGE, message, "", index + 1, 1))
                yield refused(Source(source.file, f"{source.inner}#/{index}", first_line=index + 1), too_large)
            else:
                held.append(line)
                size += len(line)
    except Exception:
        if held:  # the lines before the fault can be read
            yield block()
        raise
    if held:
        yield block()


def _without_comma(line: bytes, problems: tuple[Problem, ...]) -> tuple[bytes, tuple[Problem, ...]]:
    """Return a line without the comma after its document, and its problems with one more about the comma."""
    text = line.rstrip()[:-1]
    column = len(text.decode("utf-8", "replace")) + 1
    message = "expected one document on a line, got a comma after it, which was skipped"
    return text, (*problems, Problem.of(rules.SKIPPED_TEXT, message, "", 1, column))


def _documents(lines: Iterator[bytes | None], most: int) -> Iterator[bytes | None]:
    """Return the lines. If the file is one JSON document with line breaks, return it as one line."""
    for line in lines:
        start = line and line.strip()
        if start not in (b"{", b"["):
            yield line
        else:
            second = next(lines, b"")
            if start == b"{" and second and second.startswith((b"{", b"[")):  # a damaged line
                yield from (line, second)
            else:
                yield _joined(chain((line, second), lines), most)
        if start != b"":
            yield from lines


def _joined(lines: Iterable[bytes | None], most: int) -> bytes | None:
    """Return all lines as one line, or None if it would be too long."""
    joined: list[bytes] = []
    size = 0
    for line in lines:
        size += most + 1 if line is None else len(line) + 1
        if line is not None and size <= most + 1:
            joined.append(line)
    return b"\n".join(joined) if size <= most + 1 else None


def _lines(stream: Readable, most: int) -> Iterator[bytes | None]:
    """Split a stream into lines. A line that is too long is returned as None."""
    pieces: list[bytes] = []
    held = 0
    while block := stream.read(_BLOCK):
        *ended, rest = block.split(b"\n")
        for end in ended:
            yield b"".join((*pieces, end)) if held + len(end) <= most else None
            pieces, held = [], 0
        held += len(rest)
        pieces.append(rest)
        if held > most:
            pieces = []
    yield b"".join(pieces) if held <= most else None
