"""The interactions in a cassette in YAML. Only plain data is read, one interaction at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, TypeAlias, cast

from ..errors import DecodeError, missing_extra
from ..files.encodings import from_base64
from ..limits import Limits
from ..problems import Problem, rules

__all__ = ["YAML_LIST", "Interactions", "Value"]

_LISTS: Final = ("interactions", "http_interactions")
"""The names of the list of interactions."""
YAML_LIST: Final = re.compile(
    rb"(?:---[ \t]*\r?\n)?(?:[ \t]*\r?\n)*+-[ \t]*+(?:!ruby/struct:VCR::\w{1,99}[ \t]*+)?(?:\r?\n[ \t]*+)?request:"
)
"""The beginning of a cassette in YAML that is only the list."""
Value: TypeAlias = "str | bytes | list[Value] | dict[str, Value] | None"
"""A value in a cassette; numbers and booleans stay the text that is in the file."""
_STANDARD: Final = "tag:yaml.org,2002:"
_SCALARS: Final = {"str", "int", "float", "bool", "timestamp", "python/str", "python/unicode"}
_COLLECTIONS: Final = {"seq", "map", "python/tuple", "!tape"}
"""Tags of lists and mappings. Betamax for Java writes `!tape`."""
_RUBY: Final = "!ruby/struct:VCR::"
"""The beginning of the tags of VCR for Ruby before 2.0."""
_BINARY: Final = {"binary", "!binary"}
"""Tags of base64. Ruby writes `!binary`."""
_NULLS: Final = {"", "~", "null", "Null", "NULL"}
_UTF16: Final = (b"\xfe\xff", b"\xff\xfe")
_DIRECTIVE: Final = re.compile(rb"%TAG(?<![^\n\r\x85\xa8\xa9]%TAG)")
"""A directive %TAG. libyaml compares each of them with all before it, so that many take hours."""
_VALUES_EACH: Final = 50
"""The number of values that a cassette may have for each interaction that the limits allow."""
_FEWEST: Final = 100_000
"""The number of values that a cassette may have, even if the limits allow few interactions."""


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
    """The part of PyYAML that is used here."""

    CSafeLoader: type
    YAMLError: type[Exception]

    def parse(self, stream: bytes, Loader: type) -> Iterator[_Event]: ...  # noqa: N803 - as PyYAML calls it


@dataclass(slots=True)
class _OpenValue:
    """A list or a mapping that has not ended."""

    value: list[Value] | dict[str, Value]
    anchor: str | None
    values_before: int
    """How many values there were before it."""
    name: Value = None
    """The name in a mapping whose value is next."""
    has_name: bool = False


class Interactions:
    """Iterates over the interactions of a cassette.

    Only text, bytes, lists and mappings are built. Aliases share the value that they refer to, but count each time.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.found: str | None = None
        """The name of the list of interactions, once it has begun; empty if it is the whole cassette."""
        self._data = data
        self._limits = limits
        self._open: list[_OpenValue] = []
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._values = 0
        self._most_values = max(_VALUES_EACH * limits.archive_members, _FEWEST)
        self._documents = 0
        self._interactions: list[Value] | None = None
        self._fault: DecodeError | None = None
        """The error for the first value of the current interaction that cannot be read."""

    def __iter__(self) -> Iterator[Value | Problem]:
        """Iterate over the interactions, each as soon as it ends. One with an unreadable value is a problem instead.

        Raises:
            DecodeError: the cassette is not well-formed, is not plain data, or exceeds a limit.
        """
        yaml = _pyyaml()
        if self._data.startswith(_UTF16):
            raise _fault("UTF-16 is not supported")
        if _DIRECTIVE.search(self._data):
            raise _fault("%TAG is not supported")
        try:
            for event in yaml.parse(self._data, Loader=yaml.CSafeLoader):
                yield from self._process(type(event).__name__, event)
        except yaml.YAMLError as error:
            raise _fault_of(error) from None
        if self._fault is not None:  # the unreadable value is after the interactions
            raise self._fault

    def _process(self, kind: str, event: _Event) -> Sequence[Value | Problem]:
        """Process an event of the parser, and return the interaction that ends with it; empty if there is none."""
        if kind == "ScalarEvent":
            self._count(event)
            value: Value = None
            try:
                value = _scalar(event)
            except DecodeError as error:
                self._blame(error)
            return self._add(value, event.anchor, 1)
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            ended = self._open.pop()
            return self._add(ended.value, ended.anchor, self._values - ended.values_before)
        if kind == "AliasEvent":
            return self._add(*self._aliased(event))
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._begin([] if kind == "SequenceStartEvent" else {}, event)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise _fault("more than one document", event.start_mark)
        return ()

    def _begin(self, value: list[Value] | dict[str, Value], event: _Event) -> None:
        self._count(event)
        tag = event.tag
        if tag is not None and tag.removeprefix(_STANDARD) not in _COLLECTIONS and not tag.startswith(_RUBY):
            self._blame(_fault("a tag is not supported", event.start_mark))
        if len(self._open) == self._limits.depth:
            raise _fault(f"nested deeper than {self._limits.depth} levels (limits.depth)", event.start_mark)
        top = self._open[0] if len(self._open) == 1 else None
        if not self._open and isinstance(value, list) and YAML_LIST.match(self._data):
            self.found, self._interactions = "", value
        elif top and top.has_name and top.name in _LISTS and isinstance(value, list):
            if self.found is not None:
                raise _fault("more than one list of interactions", event.start_mark)
            self.found, self._interactions = top.name, value
        self._open.append(_OpenValue(value, event.anchor, self._values - 1))

    def _blame(self, error: DecodeError) -> None:
        """Keep the first error in the current interaction, or raise it if the list of interactions has not begun."""
        if self._interactions is None:
            raise error
        self._fault = self._fault or error

    def _add(self, value: Value, anchor: str | None, size: int) -> Sequence[Value | Problem]:
        """Add a value to the list or mapping around it. If it is an interaction, return it instead, or its problem."""
        if anchor is not None and self._fault is None:
            self._anchors[anchor] = value, size
        if not self._open:
            return ()
        parent = self._open[-1]
        if parent.value is self._interactions:
            fault, self._fault = self._fault, None
            return (fault.problem if fault else value,)
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.has_name:
            if isinstance(parent.name, bytes):  # Ruby writes some names of headers as bytes
                parent.name = parent.name.decode("iso-8859-1")
            if isinstance(parent.name, str):
                parent.value[parent.name] = value
            parent.has_name = False
        else:
            parent.name, parent.has_name = value, True
        return ()

    def _aliased(self, event: _Event) -> tuple[Value, None, int]:
        """Return the value that an alias refers to, which must have ended."""
        value, size = self._anchors.get(event.anchor or "", (None, 0))
        if not size:
            self._blame(_fault("an alias refers to no value before it", event.start_mark))
        self._values += size
        if self._values > self._most_values:
            raise _fault(f"aliases expand to more than {self._most_values} values", event.start_mark)
        return value, None, size

    def _count(self, event: _Event) -> None:
        self._values += 1
        if self._values > self._most_values:
            passed = self._limits.passed("archive_members")
            raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, passed, "", *_position(event.start_mark)))


def _pyyaml() -> _Yaml:
    """Import PyYAML with libyaml. Without libyaml, it takes a minute for some megabytes."""
    try:
        yaml = import_module("yaml")
    except ImportError:
        raise missing_extra("reading cassettes", "PyYAML", "vcr") from None
    if not hasattr(yaml, "CSafeLoader"):
        raise missing_extra("reading cassettes", "a wheel of PyYAML, which contains libyaml", "vcr")
    return cast(_Yaml, yaml)


def _scalar(event: _Event) -> Value:
    tag = event.tag
    if tag is None:
        return None if event.implicit[0] and event.value in _NULLS else event.value
    kind = tag.removeprefix(_STANDARD)
    if kind in _BINARY:
        try:
            return from_base64(event.value)
        except DecodeError:
            raise _fault("!!binary is not base64", event.start_mark) from None
    if kind not in _SCALARS and kind != "null":
        raise _fault("a tag is not supported", event.start_mark)
    return None if kind == "null" else event.value


def _fault_of(error: Exception) -> DecodeError:
    """Return the DecodeError for an error of PyYAML, with its message: libyaml quotes nothing from the file."""
    reason: object = getattr(error, "problem", None) or getattr(error, "reason", None)
    return _fault(str(reason or "unreadable text"), cast("_Mark | None", getattr(error, "problem_mark", None)))


def _fault(reason: str, mark: _Mark | None = None) -> DecodeError:
    return DecodeError(Problem.of(rules.BAD_CONTAINER, f"invalid cassette: {reason}", "", *_position(mark)))


def _position(mark: _Mark | None) -> tuple[int | None, int | None]:
    return (mark.line + 1, mark.column + 1) if mark else (None, None)
