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

from ..errors import DecodeError, SourceError, reason
from ..files import replacing
from ..files.paths import INSIDE, absolute, split_location
from ..problems import Problem, escape, format_value, rules
from ..problems.rules import RULES, Group
from ..sources import ANYTHING, Search
from ..sources.source import STDIN
from .report import Checked
from .settings import DEFAULT_SELECTION, Selection

__all__ = ["Baseline"]

_VERSION: Final = 1
_MOST_STALE: Final = 100

_ACROSS: Final = frozenset({rules.COUNTS_DISAGREE, rules.FORMATS_DISAGREE, rules.UNREADY_AGAIN})
"""Contradictions across bodies."""

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

    def __init__(self, path: str = "", *, selection: Selection = DEFAULT_SELECTION, search: Search = ANYTHING) -> None:
        self._path = path
        self._folder = os.path.dirname(absolute(path))  # noqa: PTH120 - a Path leaves .. in
        self._selection = selection
        self._is_selective = bool(search.include or search.exclude)
        self._counts = Counter[_Key]()
        self._left = Counter[_Key]()
        self._new = Counter[_Key]()
        self._unmet = set[str]()
        """Sources of entries that this run has not come to."""
        self._files: dict[str, bool | None] = {}
        """Files that hold sources of entries, and whether this run went through all of them, if it came to them."""
        self._unsound = set[str]()
        """Sources of entries that have errors now."""
        self._compared = False
        """Whether bodies were compared with each other."""
        self._all_sound = True
        """Whether no body had an error, or could not be read, and so was not compared."""

    @classmethod
    def read(cls, path: str, *, selection: Selection = DEFAULT_SELECTION, search: Search = ANYTHING) -> Baseline:
        """Read what `write` wrote.

        Args:
            path: the file.
            selection: the codes that the run looks for; entries of others are neither told nor dropped.
            search: what the run looks at.

        Raises:
            SourceError: the file cannot be read.
            DecodeError: it is no baseline, or one of another version.
        """
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            hint = "; --update-baseline writes it" if isinstance(error, FileNotFoundError) else ""
            raise SourceError(path, f"expected a readable file, got a fault: {reason(error)}{hint}") from None
        baseline = cls(path, selection=selection, search=search)
        for entry in _entries(data):
            baseline._counts[_Key(entry.source, entry.code, entry.pointer)] += entry.count  # a merge may repeat one
        baseline._left.update(baseline._counts)
        baseline._unmet.update(key.source for key in baseline._counts)
        baseline._files.update((source[:end], None) for source in baseline._unmet for end in _ends(source))
        return baseline

    @classmethod
    def renewed(cls, path: str, *, selection: Selection = DEFAULT_SELECTION, search: Search = ANYTHING) -> Baseline:
        """Read what is to be written anew, if there is anything.

        Raises:
            SourceError: the file cannot be read.
            DecodeError: it is no baseline, which nobody wants to lose, or one of another version.
        """
        make = cls.read if os.path.lexists(path) else cls
        return make(path, selection=selection, search=search)

    def add(self, checked: Checked) -> None:
        """Take in what was found, for `write`."""
        self._meet(checked)
        if checked.outcome != "unreadable":
            self._new.update(self._keys(checked))

    def known(self, checked: Checked) -> Checked:
        """Leave out the findings that are known, each as often as the baseline has it."""
        self._meet(checked)
        if checked.outcome == "unreadable" or not checked.problems:
            return checked
        new = [index for index, key in enumerate(self._keys(checked)) if not self._take(key)]
        return replace(
            checked,
            problems=tuple(checked.problems[index] for index in new),
            known=len(checked.problems) - len(new),
            excerpts=tuple(checked.excerpts[index] for index in new) if checked.excerpts else (),
        )

    def _meet(self, checked: Checked) -> None:
        """Note how far the run has gone through what there are entries of."""
        if not self._counts:
            return
        file = self._file(checked)
        source = file + escape(checked.inner)
        part = checked.seen == "part" or checked.outcome == "unreadable"
        self._compared |= bool(checked.facts)
        self._all_sound &= not part and checked.seen == "all"
        if file in self._files and self._files[file] is None:
            self._files[file] = True
        if part and source in self._files:
            self._files[source] = False
        if checked.seen == "form":
            self._unsound.add(source)
        self._unmet.discard(source)

    def _take(self, key: _Key) -> bool:
        left = self._left[key]
        if left:
            self._left[key] = left - 1
        return left > 0

    def stale(self) -> tuple[Checked, ...]:
        """Say which entries do not occur any more, in one remark if there are any.

        They are of codes that the run looks for, in sources that it went through or that are gone. Contradictions
        (BEV4xx) are looked for in bodies without an error; those across bodies (BEV42x) are only told when all bodies
        are without, and no source is left to look at, since they may be about any of them.
        """
        settled = self._settled()
        stale = sorted(key for key, left in self._left.items() if left and key in settled)
        if not stale:
            return ()
        problems = [self._stale(key) for key in stale[:_MOST_STALE]]
        more = len(stale) - _MOST_STALE
        if more > 0:
            problems.append(
                Problem.of(rules.STALE_BASELINE, f"expected every entry to occur, got {more} more that do not")
            )
        return (Checked(self._path, problems=tuple(problems), outcome="notice"),)

    def _settled(self) -> set[_Key]:
        """Give the entries that would have been found if they still occurred."""
        left = set(filter(self._may_occur, {key.source for key in self._counts}))
        across = self._compared and self._all_sound and not left
        return {key for key in self._counts if key.source not in left and self._looks_for(key, across=across)}

    def _may_occur(self, source: str) -> bool:
        """Tell whether findings may be left in a source; its own name may hold what leads inside a file."""
        holders = [self._files[source[:end]] for end in _ends(source)]
        if source not in self._unmet:
            return holders[-1] is False
        if True in holders and False not in holders and not self._is_selective:
            return False
        spellings = {source, _unescaped(source)}
        places = (absolute(spelled[:end], self._folder) for spelled in spellings for end in _ends(spelled))
        return source.startswith(STDIN) or any(map(os.path.lexists, places))

    def _looks_for(self, key: _Key, *, across: bool) -> bool:
        file, inner = split_location(_unescaped(key.source))
        source = absolute(file, self._folder) + inner
        rule = RULES.get(key.code)
        if rule in _ACROSS and not across and os.path.lexists(absolute(file, self._folder)):
            return False
        if rule is not None and rule.group is Group.CONSISTENCY and key.source in self._unsound:
            return False
        return rule is not None and bool(self._selection.chosen((Problem.of(rule, ""),), source))

    def _keys(self, checked: Checked) -> Iterator[_Key]:
        source = self._file(checked) + escape(checked.inner)
        return (_Key(source, problem.code, escape(problem.pointer)) for problem in checked.problems)

    def _file(self, checked: Checked) -> str:
        """Spell a file alike on every system and however the path was given, and so that a diff shows it."""
        if checked.file == STDIN:
            return STDIN
        file = absolute(checked.file)
        with suppress(ValueError):  # it is on another drive
            file = os.path.relpath(file, self._folder)
        return escape(PurePath(file).as_posix())

    def _stale(self, key: _Key) -> Problem:
        count, left = self._counts[key], self._left[key]
        times = f" {count} times" if count > 1 else ""
        place = f" at {escape(key.pointer)}" if key.pointer else ""
        came = "none" if left == count else str(count - left)
        source = escape(key.source)
        return Problem.of(rules.STALE_BASELINE, f"expected {escape(key.code)} in {source}{place}{times}, got {came}")

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
        settled = self._settled()
        kept = {key: count for key, count in self._counts.items() if key not in settled}
        for key, count in sorted((self._new | Counter(kept)).items()):
            yield (before + json.dumps({**key._asdict(), "count": count})).encode()
            before = ",\n"
        yield b"\n]}\n"


def _ends(source: str) -> list[int]:
    """Give where the name of the file may end in that of a source."""
    return [*(inside.start() for inside in INSIDE.finditer(source)), len(source)]


def _unescaped(source: str) -> str:
    """Undo what `printable` did, if it did anything."""
    return _ESCAPE.sub(lambda found: str(ast.literal_eval(f"'{found[0]}'")), source)


def _entries(data: bytes) -> list[_Entry]:
    try:
        document: object = json.loads(data)
    except json.JSONDecodeError as error:
        problem = Problem.of(
            rules.JSON_SYNTAX, f"expected a baseline, got a fault: {error.msg.lower()}", "", error.lineno, error.colno
        )
        raise DecodeError(problem, "json") from None
    except (ValueError, RecursionError):  # no UTF-8, a number of thousands of digits, or brackets without end
        raise DecodeError(
            Problem.of(rules.JSON_SYNTAX, "expected a baseline, got what no program wrote"), "json"
        ) from None
    head = _converted(document, _Head, "")
    if head.version != _VERSION:
        message = f"expected a baseline of version {_VERSION}, got {format_value(head.version)}"
        raise DecodeError(Problem.of(rules.JSON_SYNTAX, message, "/version"), "json")
    return _converted(head.findings, list[_Entry], "/findings")


def _converted(value: object, model: type[_T], above: str) -> _T:
    try:
        return msgspec.convert(value, model)
    except msgspec.ValidationError as error:
        message, path = cast("re.Match[str]", _POINTED.match(str(error))).groups("")
        pointer = above + path.replace(".", "/").replace("[", "/").replace("]", "")
        text = f"expected a baseline, got a fault: {message.lower().replace('`', '')}"
        raise DecodeError(Problem.of(rules.JSON_SYNTAX, text, pointer), "json") from None
