"""The baseline: known findings, so that only new findings are reported."""

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
from ..stores import is_url
from .cross_checks import ACROSS
from .report import Checked
from .settings import DEFAULT_SELECTION, Selection

__all__ = ["Baseline"]

_VERSION: Final = 1
_MOST_STALE: Final = 100
_ESCAPE: Final = re.compile(r"\\(?:[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U000[0-9a-f]{5})")
_T = TypeVar("_T")
_POINTED: Final = re.compile(r"(.*?)(?: - at `\$(.*)`)?\Z", re.DOTALL)


class _Key(NamedTuple):
    source: str
    """The path relative to the folder of the baseline, and the location inside."""
    code: str
    pointer: str


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    code: str
    pointer: str
    count: Annotated[int, msgspec.Meta(ge=1)]


class _Document(msgspec.Struct):
    baseline: Literal["bevparse"]
    version: int
    findings: list[object]


class Baseline:
    """Known findings, counted by code, source and pointer. Lines and columns do not matter.

    Findings about unreadable sources are never known.
    """

    def __init__(self, path: str = "", *, selection: Selection = DEFAULT_SELECTION, search: Search = ANYTHING) -> None:
        self.path = path
        self._folder = os.path.dirname(absolute(path))  # noqa: PTH120 - a Path leaves .. in
        self._selection = selection
        self._is_selective = bool(search.include or search.exclude)
        self._counts = Counter[_Key]()
        self._left = Counter[_Key]()
        self._new = Counter[_Key]()
        self._unmet = set[str]()
        """Sources of entries that this run has not checked."""
        self._files: dict[str, bool | None] = {}
        """The files of entries: None before the run has checked anything in a file, False after it was read in part."""
        self._without_consistency = set[str]()
        """Sources in which contradictions were not looked for, because they have other errors."""
        self._compared = False
        """Whether any body was compared with others."""
        self._all_compared = True
        """Whether no body was left out of the comparison because it has an error or could not be read."""

    @classmethod
    def read(cls, path: str, *, selection: Selection = DEFAULT_SELECTION, search: Search = ANYTHING) -> Baseline:
        """Read a baseline file.

        Args:
            path: the file.
            selection: the codes that the run looks for; entries with other codes are kept and not reported as stale.
            search: what the run searches for.

        Raises:
            SourceError: the file cannot be read.
            DecodeError: the file is not a baseline, or has another version.
        """
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            hint = "; --update-baseline writes it" if isinstance(error, FileNotFoundError) else ""
            raise SourceError(path, f"cannot read file: {reason(error)}{hint}") from None
        baseline = cls(path, selection=selection, search=search)
        for entry in _entries(data):
            baseline._counts[_Key(entry.source, entry.code, entry.pointer)] += (
                entry.count
            )  # a merge of two versions may repeat an entry
        baseline._left.update(baseline._counts)
        baseline._unmet.update(key.source for key in baseline._counts)
        baseline._files.update((source[:end], None) for source in baseline._unmet for end in _ends(source))
        return baseline

    @classmethod
    def renewed(cls, path: str, *, selection: Selection = DEFAULT_SELECTION, search: Search = ANYTHING) -> Baseline:
        """Read a baseline file to update it, or return an empty baseline if there is no file.

        Raises:
            SourceError: the file cannot be read.
            DecodeError: the file is not a baseline, so that it must not be replaced, or has another version.
        """
        make = cls.read if os.path.lexists(path) else cls
        return make(path, selection=selection, search=search)

    def add(self, checked: Checked) -> None:
        """Add the findings of a body to those that `write` writes."""
        self._note_coverage(checked)
        if checked.outcome != "unreadable":
            self._new.update(self._keys(checked))

    def known(self, checked: Checked) -> Checked:
        """Return a result without its known findings. Each is known at most as often as the baseline counts it."""
        self._note_coverage(checked)
        if checked.outcome == "unreadable" or not checked.problems:
            return checked
        new = [index for index, key in enumerate(self._keys(checked)) if not self._take(key)]
        return replace(
            checked,
            problems=tuple(checked.problems[index] for index in new),
            known=len(checked.problems) - len(new),
            excerpts=tuple(checked.excerpts[index] for index in new) if checked.excerpts else (),
        )

    def _note_coverage(self, checked: Checked) -> None:
        """Note how much of a source the run has checked: `stale` judges only the entries of such sources."""
        if not self._counts:
            return
        file = self._file(checked)
        source = file + escape(checked.inner)
        is_partial = checked.coverage == "partial" or checked.outcome == "unreadable"
        self._compared |= bool(checked.facts)
        self._all_compared &= not is_partial and checked.coverage == "full"
        if file in self._files and self._files[file] is None:
            self._files[file] = True
        if is_partial and source in self._files:
            self._files[source] = False
        if checked.coverage == "no_consistency":
            self._without_consistency.add(source)
        self._unmet.discard(source)

    def _take(self, key: _Key) -> bool:
        left = self._left[key]
        if left:
            self._left[key] = left - 1
        return left > 0

    def stale(self) -> tuple[Checked, ...]:
        """Return the entries that no longer occur, as the problems of one notice. It is empty if there are none.

        An entry is stale if the run looked for its code and checked its whole source, or if the source is gone.
        Contradictions (BEV4xx) are only looked for in bodies without another error. Contradictions across bodies
        (BEV42x) may be about any body, so they are only stale if all bodies were compared.
        """
        settled = self._settled()
        stale = sorted(key for key, left in self._left.items() if left and key in settled)
        if not stale:
            return ()
        problems = [self._stale(key) for key in stale[:_MOST_STALE]]
        more = len(stale) - _MOST_STALE
        if more > 0:
            problems.append(Problem.of(rules.STALE_BASELINE, f"{more} more entries no longer occur"))
        return (Checked(self.path, problems=tuple(problems), outcome="notice"),)

    def _settled(self) -> set[_Key]:
        """Return the entries that the run would have found again if they still occurred."""
        unchecked = set(filter(self._is_unchecked, {key.source for key in self._counts}))
        across = self._compared and self._all_compared and not unchecked
        return {key for key in self._counts if key.source not in unchecked and self._looks_for(key, across=across)}

    def _is_unchecked(self, source: str) -> bool:
        """Return whether a source exists, or may exist, and was not checked to its end.

        The name of a file may contain a separator of locations, so that each prefix of the source may be the file.
        """
        holders = [self._files[source[:end]] for end in _ends(source)]
        if source not in self._unmet:
            return holders[-1] is False
        if True in holders and False not in holders and not self._is_selective:
            return False
        spellings = {source, _unescaped(source)}
        places = (absolute(spelled[:end], self._folder) for spelled in spellings for end in _ends(spelled))
        return source.startswith(STDIN) or any(map(_may_exist, places))

    def _looks_for(self, key: _Key, *, across: bool) -> bool:
        file, inner = split_location(_unescaped(key.source))
        source = absolute(file, self._folder) + inner
        rule = RULES.get(key.code)
        if rule in ACROSS and not across and _may_exist(absolute(file, self._folder)):
            return False
        if rule is not None and rule.group is Group.CONSISTENCY and key.source in self._without_consistency:
            return False
        return rule is not None and bool(self._selection.chosen((Problem.of(rule, ""),), source))

    def _keys(self, checked: Checked) -> Iterator[_Key]:
        source = self._file(checked) + escape(checked.inner)
        return (_Key(source, problem.code, escape(problem.pointer)) for problem in checked.problems)

    def _file(self, checked: Checked) -> str:
        """Return the escaped path of a file. However the path is given, and on every system, the result is the same."""
        if checked.file == STDIN:
            return STDIN
        if is_url(checked.file):
            return escape(checked.file)
        file = absolute(checked.file)
        with suppress(ValueError):  # the file is on another drive
            file = os.path.relpath(file, self._folder)
        return escape(PurePath(file).as_posix())

    def _stale(self, key: _Key) -> Problem:
        count, left = self._counts[key], self._left[key]
        place = f" at {escape(key.pointer)}" if key.pointer else ""
        occurs = "no longer occurs" if left == count else f"occurs {count - left} of {count} times"
        return Problem.of(rules.STALE_BASELINE, f"{escape(key.code)} in {escape(key.source)}{place} {occurs}")

    def write(self) -> int:
        """Write the findings that were added, and the old entries that the run did not look for, sorted, one a line.

        Returns:
            The size of the file in bytes.

        Raises:
            SourceError: the file cannot be written.
        """
        with replacing(self.path) as stream:
            return sum(map(stream.write, self._lines()))

    def _lines(self) -> Iterator[bytes]:
        yield f'{{"baseline":"bevparse","version":{_VERSION},"findings":['.encode()
        before = "\n"
        settled = self._settled()
        kept = {key: count for key, count in self._counts.items() if key not in settled}
        for key, count in sorted((self._new | Counter(kept)).items()):
            yield (before + json.dumps({**key._asdict(), "count": count})).encode()
            before = ",\n"
        yield b"\n]}\n"


def _may_exist(path: str) -> bool:
    """Return whether a file exists, or a path is a URL, whose object may exist."""
    return is_url(path) or os.path.lexists(path)


def _ends(source: str) -> list[int]:
    """Return the indexes in a source at which the name of the file may end."""
    return [*(inside.start() for inside in INSIDE.finditer(source)), len(source)]


def _unescaped(source: str) -> str:
    """Undo `escape`."""
    return _ESCAPE.sub(lambda found: str(ast.literal_eval(f"'{found[0]}'")), source)


def _entries(data: bytes) -> list[_Entry]:
    try:
        document: object = json.loads(data)
    except json.JSONDecodeError as error:
        raise _refusal(error.msg, line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError):  # no UTF-8, a number of thousands of digits, or endless brackets
        raise _refusal() from None
    head = _converted(document, _Document, "")
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
        raise _refusal(message.replace("`", ""), pointer) from None


def _refusal(cause: str = "", pointer: str = "", line: int | None = None, column: int | None = None) -> DecodeError:
    message = f"not a bevparse baseline file: {cause}" if cause else "not a bevparse baseline file"
    return DecodeError(Problem.of(rules.JSON_SYNTAX, message, pointer, line, column), "json")
