"""Error replies, as the service and the gateways in front of it write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias, cast

from ..models import ErrorResponse
from ..problems import format_value, rules
from ..problems.collector import Cursor
from ..tree import Fields, Node, fold
from ..wire import CODE, UNREAD, Deviation, list_in_object, names_no_error
from .fields import ExtraFields
from .instances import build

__all__ = [
    "OWN_NAMES",
    "REPLIES",
    "REPLY_LISTS",
    "FoldedField",
    "is_no_error",
    "is_reply",
    "read_reply",
    "report_no_error",
]

OWN_NAMES: Final = frozenset({"error", "errors"})
"""The folded names of errors in replies of the service."""
_FOREIGN: Final = frozenset({"message", "messages", "msg"})
REPLY_LISTS: Final = frozenset({"errors", "messages", "errormessage"})
"""The folded names of fields that may contain several messages."""
REPLIES: Final = OWN_NAMES | _FOREIGN | REPLY_LISTS
"""The folded names of all fields that contain the message of an error."""
_KNOWN: Final = REPLIES | {"code"}
_OF_ONE_ERROR: Final = _FOREIGN | {"code"}
"""The folded names of fields that show that an object in an error is one error, and not a list of errors."""
_MEMBERS: Final = re.compile(r"(?:error|errors|item|string|message)[0-9]*\Z")
"""The folded names of elements for the members of a list of errors."""
_LEVELS: Final = frozenset({"level", "levelname", "loglevel", "lvl", "severity"})
_TIMES: Final = frozenset({"asctime", "date", "datetime", "time", "timestamp", "ts"})
_SUCCESS: Final = re.compile(r"2[0-9][0-9]\Z|ok\Z|success(?:ful)?\Z|true\Z", re.IGNORECASE)


def is_no_error(node: Node) -> bool:
    """Return whether the value of a field named error means that there is none: null, false, 0, blank or empty."""
    if isinstance(node, str):
        return names_no_error(node) and node.lower() != "true"
    if isinstance(node, (list, Fields)):
        return all(map(is_no_error, node if isinstance(node, list) else node.values()))
    return not node


def report_no_error(name: str, value: Node, at: Cursor) -> None:
    """Report a field named error that says there is no error."""
    message = f"expected no field {format_value(name)} where there is no error, accepted {format_value(value)}"
    at.report(rules.MISSING_SPELLING, message)


FoldedField: TypeAlias = tuple[str, str, Node]
"""The name of a field, its folded name, and its value."""


def is_reply(fields: Sequence[FoldedField]) -> bool:
    """Return whether the fields of a body without a payload are an error reply, and no line of a log or a success."""
    names = frozenset(folded for _, folded, _ in fields)
    if names.isdisjoint(REPLIES):
        return False
    if _is_log_line(names) or (names.isdisjoint(OWN_NAMES) and any(name.startswith("@") for name, _, _ in fields)):
        return False
    if any(folded in OWN_NAMES and not is_no_error(value) for _, folded, value in fields) or "errormessage" in names:
        return True
    return not any(_is_success(folded, value) for _, folded, value in fields)


def _is_log_line(names: frozenset[str]) -> bool:
    if names.isdisjoint(_FOREIGN):
        return False
    signs = (not names.isdisjoint(_LEVELS)) + (not names.isdisjoint(_TIMES))
    is_plain = names.isdisjoint(OWN_NAMES) and not any(map(_is_status, names))
    return signs == 2 or (signs == 1 and is_plain)


def _is_status(name: str) -> bool:
    return name.endswith(("code", "status"))


def _is_success(name: str, value: Node) -> bool:
    has_state = name in _FOREIGN or name == "success" or _is_status(name)
    return has_state and _SUCCESS.match(str(value)) is not None


def read_reply(node: Fields, at: Cursor, envelope: ExtraFields, *, untyped: bool) -> ErrorResponse | None:
    """Read an error reply, or report why it cannot be read and return None.

    Args:
        node: the fields of the error.
        at: the cursor of the node.
        envelope: undocumented fields next to the response, which are also kept.
        untyped: whether every value is text, and fields with the same name are a list, as in XML.
    """
    reader = _ReplyReader(untyped=untyped)
    reader.read(node, at)
    if "code" in envelope.values and reader.code is None:
        code, place = envelope.take("code")
        place.report(rules.ERROR_SHAPE, "expected a code in response, accepted a code next to response")
        reader.read_code(cast(Node, code), place)
    if not reader.texts and isinstance(reader.code, str):
        reader.texts.append(reader.code)
    if not reader.texts and reader.complete:
        at.report(rules.EMPTY_ERRORS, "expected at least one error, got none")
        return None
    if not (reader.complete and reader.extra.complete):
        return None
    values: dict[str, object] = {"endpoint": "error", "errors": tuple(reader.texts), "code": reader.code}
    outside = list(envelope.values)
    envelope.merge(reader.extra, at.root)
    return build(ErrorResponse, values, envelope.of(ErrorResponse, outside))


class _ReplyReader:
    def __init__(self, *, untyped: bool) -> None:
        self.texts: list[str] = []
        self.extra = ExtraFields(repeats=untyped)
        self.code: object = None
        self.complete = True
        self._untyped = untyped

    def read(self, node: Fields, at: Cursor, *, nested: bool = False) -> None:
        """Collect the messages, the code and the undocumented fields of an error reply, or of one error in it."""
        seen: set[str] = set()
        codes_first = sorted(enumerate(node.pairs), key=lambda member: fold(member[1][0]) != "code")
        for position, (name, value) in codes_first:
            place, folded = at.child(position, name), fold(name)
            if folded in seen:
                self._repeated(folded, name, place)
            if folded in _KNOWN:
                seen.add(folded)
            if folded in OWN_NAMES:
                if name != folded and not nested:
                    message = f"expected the name {folded}, accepted {format_value(name)}"
                    place.report(rules.NAME_SPELLING, message)
                self._own(folded, value, place)
            elif folded in _FOREIGN or folded == "errormessage":
                _report_foreign(name, place)
                if isinstance(value, Fields) and folded == "errormessage":
                    self.read(value, place, nested=True)
                else:
                    self._collect(value, place)
            elif folded == "code":
                self.read_code(value, place)
            else:
                self.extra.keep(name, value, place, gather=nested)

    def read_code(self, value: Node, at: Cursor) -> None:
        """Read a code. A value that cannot be one is kept as a message."""
        code = CODE.text(value) if self._untyped and isinstance(value, str) else CODE.typed(value)
        if isinstance(code, Deviation):
            if code.value is UNREAD:
                at.report(rules.ERROR_SHAPE, f"expected a code, accepted {format_value(value)} as a message")
                self._collect(value, at)
                return
            for note in code.notes:
                at.report(note.rule, note.message)
            code = code.value
        if self.code is None:
            self.code = code
        elif code not in (None, self.code):
            at.report(rules.ERROR_SHAPE, f"expected one code, left out the second one, {format_value(code)}")

    def _repeated(self, folded: str, name: str, at: Cursor) -> None:
        if self._untyped and folded in REPLIES:
            message = "expected one element with a member for each error, accepted several elements"
            at.report_once(rules.INFERRED_SPELLING, folded, message)
        else:
            at.report(rules.DUPLICATE_FIELD, f"expected {format_value(name)} once, got a second one")
            self.complete = False

    def _own(self, folded: str, value: Node, at: Cursor) -> None:
        if not self._untyped and isinstance(value, str if folded == "errors" else list):
            expected = "an array of strings" if folded == "errors" else "a string"
            at.report(rules.LIST_SPELLING, f"expected {expected}, accepted {format_value(value)}")
        if folded == "errors" and self._untyped and isinstance(value, str) and not value.strip():
            return  # an element without members
        self._collect(value, at)

    def _collect(self, value: Node, at: Cursor) -> None:
        """Collect all text in a node as messages, in the order of the document."""
        if isinstance(value, list):
            for index, member in enumerate(value):
                self._collect(member, at.child(index, index))
        elif isinstance(value, Fields):
            self._collect_fields(value, at)
        elif names_no_error(str(value)):  # also None, True and False
            at.report(rules.MISSING_SPELLING, f"expected text, accepted {format_value(value)}")
        else:
            if not isinstance(value, str):
                at.report(rules.TEXT_SPELLING, f"expected text, accepted {format_value(value)}")
            self.texts.append(str(value))

    def _collect_fields(self, node: Fields, at: Cursor) -> None:
        """Read an object in an error: one error, a list that a tool wrote as an object, or errors by their fields."""
        listed = list_in_object(node)
        if listed is not None:
            at.report(rules.LIST_SPELLING, "expected an array of strings, accepted an object")
            for index, (member, path) in enumerate(listed):
                self._collect(member, at.at((*at.path, *path), index))
        elif any(fold(name) in _OF_ONE_ERROR for name, _ in node.pairs):
            self.read(node, at, nested=True)
        else:
            for position, (name, member) in enumerate(node.pairs):
                place = at.child(position, name)
                if not (self._untyped and _MEMBERS.match(fold(name))):
                    _report_foreign(name, place)
                self._collect(member, place)


def _report_foreign(name: str, at: Cursor) -> None:
    at.report(rules.ERROR_SHAPE, f"expected error or errors, accepted {format_value(name)}")
