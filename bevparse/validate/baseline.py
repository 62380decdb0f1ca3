"""The baseline: findings that are known, so that only new ones are reported."""

from __future__ import annotations

import ast
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Annotated, Final, Literal, NamedTuple, TypeVar, cast

import msgspec

from ..errors import DecodeError, SourceError
from ..files import absolute, reason, replacing
from ..problems import Problem, printable, shown
from .globs import INSIDE
from .report import Checked
from .sources.source import STDIN

__all__ = ["Baseline"]

_VERSION: Final = 1
_MOST_STALE: Final = 100
_ACROSS: Final = "BEV42"
_ESCAPE: Final = re.compile(r"\\(?:[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U000[0-9a-f]{5})")
_T = TypeVar("_T")
_POINTED: Final = re.compile(r"(.*?)(?: - at `\$(.*)`)?\Z", re.DOTALL)


class _Key(NamedTuple):
    source: str
    """The path from the folder of the baseline, and the way inside."""
    code: str
    pointer: str


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    code: str
    pointer: str
    count: Annotated[int, msgspec.Meta(ge=1)]


class _Head(msgspec.Struct):
    baseline: Literal["bevparse"]
    version: int
    findings: list[object]


class Baseline:
    """Counted findings, each by its code, its source and its pointer; lines may move.

    What could not be read is never known, as nothing can be said about it.
    """

    def __init__(self, path: str = "") -> None:
        self._path = path
        self._folder = os.path.dirname(absolute(path))  # noqa: PTH120 - a Path leaves .. in
        self._counts = Counter[_Key]()
        self._left = Counter[_Key]()
        self._new = Counter[_Key]()
        self._unmet = set[str]()
        """Sources of entries that this run has not come to."""

    @classmethod
    def read(cls, path: str) -> Baseline:
        """Read what `write` wrote.

        Raises:
            SourceError: the file cannot be read.
            DecodeError: it is no baseline, or one of another version.
        """
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            hint = "; --update-baseline writes it" if isinstance(error, FileNotFoundError) else ""
            raise SourceError(path, f"expected a readable file, got a fault: {reason(error)}{hint}") from None
        baseline = cls(path)
        for entry in _entries(data):
            baseline._counts[_Key(entry.source, entry.code, entry.pointer)] += entry.count  # a merge may repeat one
        baseline._left.update(baseline._counts)
        baseline._unmet.update(key.source for key in baseline._counts)
        return baseline

    @classmethod
    def renewed(cls, path: str) -> Baseline:
        """Read what is to be written anew, if there is anything.

        Raises:
            SourceError: the file cannot be read.
            DecodeError: it is no baseline, which nobody wants to lose, or one of another version.
        """
        return cls.read(path) if os.path.lexists(path) else cls(path)

    def add(self, checked: Checked) -> None:
        """Take in what was found, for `write`."""
        self._unmet.discard(self._source(checked))
        if checked.outcome != "unreadable":
            self._new.update(self._keys(checked))

    def known(self, checked: Checked) -> Checked:
        """Leave out the findings that are known, each as often as the baseline has it."""
        if self._unmet:
            self._unmet.discard(self._source(checked))
        if checked.outcome == "unreadable" or not checked.problems:
            return checked
        new = [index for index, key in enumerate(self._keys(checked)) if not self._take(key)]
        return replace(
            checked,
            problems=tuple(checked.problems[index] for index in new),
            known=len(checked.problems) - len(new),
            excerpts=tuple(checked.excerpts[index] for index in new) if checked.excerpts else (),
        )

    def _take(self, key: _Key) -> bool:
        left = self._left[key]
        if left:
            self._left[key] = left - 1
        return left > 0

    def stale(self) -> tuple[Checked, ...]:
        """Say which entries do not occur any more, in one remark if there are any.

        They are those of sources that `known` was asked about, and of files that are gone; what bodies say against each
        other (BEV42x) is only told when there are no others, since it may be about one of them.
        """
        whole = self._is_whole()
        stale = sorted(key for key, left in self._left.items() if left and self._is_settled(key, whole=whole))
        if not stale:
            return ()
        problems = [self._stale(key) for key in stale[:_MOST_STALE]]
        more = len(stale) - _MOST_STALE
        if more > 0:
            problems.append(Problem("BEV015", f"expected every entry to occur, got {more} more that do not"))
        return (Checked(self._path, problems=tuple(problems), outcome="remark"),)

    def _is_whole(self) -> bool:
        return all(map(self._met, self._unmet))

    def _is_settled(self, key: _Key, *, whole: bool) -> bool:
        return self._met(key.source) and (whole or not key.code.startswith(_ACROSS))

    def _met(self, source: str) -> bool:
        return source not in self._unmet or not (self._exists(source) or self._exists(_unescaped(source)))

    def _exists(self, source: str) -> bool:
        """Tell whether there is the file of a source, whose own name may hold what leads inside."""
        ends = [inside.start() for inside in INSIDE.finditer(source)]
        return any(os.path.lexists(absolute(source[:end], self._folder)) for end in (*ends, len(source)))

    def _keys(self, checked: Checked) -> Iterator[_Key]:
        source = self._source(checked)
        return (_Key(source, problem.code, printable(problem.pointer)) for problem in checked.problems)

    def _source(self, checked: Checked) -> str:
        """Spell a source alike on every system and however the path was given, and so that a diff shows it."""
        if checked.file == STDIN:
            return printable(checked.source)
        file = absolute(checked.file)
        with suppress(ValueError):  # it is on another drive
            file = os.path.relpath(file, self._folder)
        return printable(PurePath(file).as_posix() + checked.inner)

    def _stale(self, key: _Key) -> Problem:
        count, left = self._counts[key], self._left[key]
        times = f" {count} times" if count > 1 else ""
        place = f" at {printable(key.pointer)}" if key.pointer else ""
        came = "none" if left == count else str(count - left)
        source = printable(key.source)
        return Problem("BEV015", f"expected {printable(key.code)} in {source}{place}{times}, got {came}")

    def write(self) -> None:
        """Write all findings that were added, and those that nobody has looked for, sorted, one a line.

        Raises:
            SourceError: the file cannot be written.
        """
        with replacing(self._path) as stream:
            stream.writelines(self._lines())

    def _lines(self) -> Iterator[bytes]:
        yield f'{{"baseline":"bevparse","version":{_VERSION},"findings":['.encode()
        before = "\n"
        whole = self._is_whole()
        kept = {key: count for key, count in self._counts.items() if not self._is_settled(key, whole=whole)}
        for key, count in sorted((self._new | Counter(kept)).items()):
            yield (before + json.dumps({**key._asdict(), "count": count})).encode()
            before = ",\n"
        yield b"\n]}\n"


def _unescaped(source: str) -> str:
    """Undo what `printable` did, if it did anything."""
    return _ESCAPE.sub(lambda found: str(ast.literal_eval(f"'{found[0]}'")), source)


def _entries(data: bytes) -> list[_Entry]:
    try:
        document: object = json.loads(data)
    except json.JSONDecodeError as error:
        problem = Problem(
            "BEV110", f"expected a baseline, got a fault: {error.msg.lower()}", "", error.lineno, error.colno
        )
        raise DecodeError(problem, "json") from None
    except (ValueError, RecursionError):  # no UTF-8, a number of thousands of digits, or brackets without end
        raise DecodeError(Problem("BEV110", "expected a baseline, got what no program wrote"), "json") from None
    head = _converted(document, _Head, "")
    if head.version != _VERSION:
        message = f"expected a baseline of version {_VERSION}, got {shown(head.version)}"
        raise DecodeError(Problem("BEV110", message, "/version"), "json")
    return _converted(head.findings, list[_Entry], "/findings")


def _converted(value: object, model: type[_T], above: str) -> _T:
    try:
        return msgspec.convert(value, model)
    except msgspec.ValidationError as error:
        message, path = cast("re.Match[str]", _POINTED.match(str(error))).groups("")
        pointer = above + path.replace(".", "/").replace("[", "/").replace("]", "")
        text = f"expected a baseline, got a fault: {message.lower().replace('`', '')}"
        raise DecodeError(Problem("BEV110", text, pointer), "json") from None
