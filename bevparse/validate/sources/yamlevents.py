"""The interactions of a cassette in YAML: plain values, made one interaction at a time of the events of libyaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, NoReturn, Protocol, TypeAlias, cast

from ...errors import DecodeError
from ...limits import Limits
from ...problems import Problem
from .undoing import from_base64

__all__ = ["Interactions", "Value"]

Value: TypeAlias = "str | bytes | list[Value] | dict[str, Value] | None"
"""What a cassette holds; numbers and truth values stay the text that they are written as."""

_STANDARD: Final = "tag:yaml.org,2002:"
_SCALARS: Final = {"str", "int", "float", "bool", "timestamp", "python/str", "python/unicode"}
_COLLECTIONS: Final = {"seq", "map", "python/tuple"}
_NULLS: Final = {"", "~", "null", "Null", "NULL"}
_UTF16: Final = (b"\xfe\xff", b"\xff\xfe")
_DIRECTIVE: Final = re.compile(rb"%TAG(?<![^\n\r\x85\xa8\xa9]%TAG)")
"""Each of these is compared with all before it, so that many take hours."""
_VALUES_EACH: Final = 50
"""Values that a cassette may hold for each interaction that it may have."""
_FEWEST: Final = 100_000
"""Values that it may hold whatever the limits are."""


class _Mark(Protocol):
    line: int
    column: int


class _Event(Protocol):
    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]


class _Yaml(Protocol):
    """What is used of PyYAML."""

    CSafeLoader: type
    YAMLError: type[Exception]

    def parse(self, stream: bytes, Loader: type) -> Iterator[_Event]: ...  # noqa: N803 - as PyYAML calls it


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end has not come."""

    value: list[Value] | dict[str, Value]
    anchor: str | None
    before: int
    """How many values there had been."""
    name: Value = None
    """The name that waits for its value."""
    named: bool = False


class Interactions:
    """Iterates over the interactions of a cassette.

    Nothing is built but text, bytes, lists and mappings. What aliases stand for is shared, and counted each time.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.found = False
        """Whether the list of interactions has begun."""
        self._data = data
        self._limits = limits
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._values = 0
        self._most = max(_VALUES_EACH * limits.archive_members, _FEWEST)
        self._documents = 0
        self._interactions: list[Value] | None = None

    def __iter__(self) -> Iterator[Value]:
        """Give each when its end has come.

        Raises:
            DecodeError: what follows is not well-formed, no plain data, or passes a limit.
        """
        yaml = _pyyaml()
        if self._data.startswith(_UTF16):
            _refuse("got UTF-16")
        if _DIRECTIVE.search(self._data):
            _refuse("got a %TAG directive")
        try:
            for event in yaml.parse(self._data, Loader=yaml.CSafeLoader):
                yield from self._take(type(event).__name__, event)
        except yaml.YAMLError as error:
            _refuse_fault(error)

    def _take(self, kind: str, event: _Event) -> Sequence[Value]:
        """Take one event, and give the interaction that ends with it, if one does."""
        if kind == "ScalarEvent":
            self._count(event)
            return self._add(_scalar(event), event.anchor, 1)
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            ended = self._open.pop()
            return self._add(ended.value, ended.anchor, self._values - ended.before)
        if kind == "AliasEvent":
            return self._add(*self._behind(event))
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._begin([] if kind == "SequenceStartEvent" else {}, event)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                _refuse("got more than one document", event)
        return ()

    def _begin(self, value: list[Value] | dict[str, Value], event: _Event) -> None:
        self._count(event)
        tag = event.tag
        if tag is not None and tag.removeprefix(_STANDARD) not in _COLLECTIONS:
            _refuse("got a tag that is not for plain data", event)
        if len(self._open) == self._limits.depth:
            _refuse(f"got one that is nested deeper than {self._limits.depth} levels (limits.depth)", event)
        top = self._open[0] if len(self._open) == 1 else None
        if top and top.named and top.name == "interactions" and isinstance(value, list):
            if self.found:
                _refuse("got interactions twice", event)
            self.found, self._interactions = True, value
        self._open.append(_Open(value, event.anchor, self._values - 1))

    def _add(self, value: Value, anchor: str | None, size: int) -> Sequence[Value]:
        """Put a value where it belongs, or give it where it is an interaction."""
        if anchor is not None:
            self._anchors[anchor] = value, size
        if not self._open:
            return ()
        parent = self._open[-1]
        if parent.value is self._interactions:
            return (value,)
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.named:
            if isinstance(parent.name, str):
                parent.value[parent.name] = value
            parent.named = False
        else:
            parent.name, parent.named = value, True
        return ()

    def _behind(self, event: _Event) -> tuple[Value, None, int]:
        """Give what an alias stands for, which is known once its end has come."""
        value, size = self._anchors.get(event.anchor or "", (None, 0))
        if not size:
            _refuse("got an alias of nothing before it", event)
        self._values += size
        if self._values > self._most:
            _refuse(f"got aliases that stand for more than {self._most} values", event)
        return value, None, size

    def _count(self, event: _Event) -> None:
        self._values += 1
        if self._values > self._most:
            raise DecodeError(Problem("BEV009", self._limits.passed("archive_members"), "", *_place(event.start_mark)))


def _pyyaml() -> _Yaml:
    """Import PyYAML, with libyaml: its own parser takes a minute for some megabytes."""
    try:
        yaml = import_module("yaml")
    except ImportError:
        message = "expected the package PyYAML for cassettes, got none; pip install 'bevparse[vcr]' brings it"
        raise DecodeError(Problem("BEV013", message)) from None
    if not hasattr(yaml, "CSafeLoader"):
        message = "expected the package PyYAML with libyaml for cassettes, got one without; its wheels bring it"
        raise DecodeError(Problem("BEV013", message))
    return cast(_Yaml, yaml)


def _scalar(event: _Event) -> Value:
    tag = event.tag
    if tag is None:
        return None if event.implicit[0] and event.value in _NULLS else event.value
    kind = tag.removeprefix(_STANDARD)
    if kind == "binary":
        try:
            return from_base64(event.value)
        except DecodeError:
            _refuse("got !!binary that is not in base64", event)
    if kind not in _SCALARS and kind != "null":
        _refuse("got a tag that is not for plain data", event)
    return None if kind == "null" else event.value


def _refuse(came: str, event: _Event | None = None) -> NoReturn:
    raise DecodeError(
        Problem("BEV011", f"expected a cassette in YAML, {came}", "", *_place(event.start_mark if event else None))
    )


def _refuse_fault(error: Exception) -> NoReturn:
    """Word an error of PyYAML; libyaml puts nothing of the file into its texts."""
    fault: object = getattr(error, "problem", None) or getattr(error, "reason", None)
    mark = cast("_Mark | None", getattr(error, "problem_mark", None))
    message = f"expected a cassette in YAML, got a fault: {fault or 'text that is not readable'}"
    raise DecodeError(Problem("BEV011", message, "", *_place(mark))) from None


def _place(mark: _Mark | None) -> tuple[int | None, int | None]:
    return (mark.line + 1, mark.column + 1) if mark else (None, None)
