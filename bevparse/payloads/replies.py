"""Error replies, in the shapes of the service and of gateways in front of it."""

from __future__ import annotations

from typing import Final, cast

from ..models import ErrorResponse
from ..problems import format_value, rules
from ..problems.collector import Cursor
from ..tree import Fields, Node, fold
from ..wire import INTEGER, UNREAD, Deviation
from .fields import ExtraFields
from .instances import build

__all__ = ["OWN_NAMES", "REPLIES", "REPLY_LISTS", "read_reply"]

OWN_NAMES: Final = frozenset({"error", "errors"})
"""The folded names of errors in replies of the service."""
_FOREIGN: Final = frozenset({"message", "messages", "msg"})
REPLY_LISTS: Final = frozenset({"errors", "messages", "errormessage"})
"""The folded names of fields with several texts, or with fields that contain texts."""
REPLIES: Final = OWN_NAMES | _FOREIGN | REPLY_LISTS
"""The folded names of all fields with the text of an error."""
_KNOWN: Final = REPLIES | {"code"}


def read_reply(node: Fields, at: Cursor, envelope: ExtraFields, *, untyped: bool) -> ErrorResponse | None:
    """Read an error reply of any known shape, or report why it cannot be read.

    Args:
        node: the fields of the error.
        at: their cursor.
        envelope: undocumented fields next to the response, which are also kept.
        untyped: whether every value is text, and a repeated name spells a list.
    """
    reader = _ReplyReader(untyped=untyped)
    reader.read(node, at)
    if "code" in envelope.values and reader.code is None:
        code, place = envelope.take("code")
        place.report(rules.ERROR_SHAPE, "expected code in response, accepted it next to response")
        reader.read_code(cast(Node, code), place)
    if not reader.texts and reader.complete:
        at.report(rules.EMPTY_ERRORS, "expected at least one error, got none")
        return None
    if not (reader.complete and reader.extra.complete):
        return None
    values: dict[str, object] = {"endpoint": "error", "errors": tuple(reader.texts), "code": reader.code}
    envelope.merge(reader.extra, at.root)
    return build(ErrorResponse, values, envelope.values) if envelope.fits(ErrorResponse, at) else None


class _ReplyReader:
    def __init__(self, *, untyped: bool) -> None:
        self.texts: list[str] = []
        self.extra = ExtraFields(repeats=untyped)
        self.code: object = None
        self.complete = True
        self._untyped = untyped

    def read(self, node: Fields, at: Cursor, *, foreign: bool = False) -> None:
        """Collect the texts, the code and the other fields of an error reply."""
        seen: set[str] = set()
        for position, (name, value) in enumerate(node.pairs):
            place, folded = at.child(position, name), fold(name)
            if folded in seen:
                self._repeated(folded, name, place)
            if folded in _KNOWN:
                seen.add(folded)
            if folded in OWN_NAMES:
                if name != folded and not foreign:
                    message = f"expected the name {folded}, accepted {format_value(name)}"
                    place.report(rules.NAME_SPELLING, message)
                self._own(folded, value, place)
            elif folded in _FOREIGN or folded == "errormessage":
                _report_foreign(name, place)
                if isinstance(value, Fields) and folded == "errormessage":
                    self.read(value, place, foreign=True)
                else:
                    self._collect(value, place)
            elif folded == "code":
                self.read_code(value, place)
            else:
                self.extra.keep(name, value, place)

    def read_code(self, value: Node, at: Cursor) -> None:
        """Read the status code in the body."""
        code = INTEGER.text(value) if self._untyped and isinstance(value, str) else INTEGER.typed(value)
        if isinstance(code, Deviation):
            for note in code.notes:
                at.report(note.rule, note.message)
            code = code.value
        self.complete = self.complete and code is not UNREAD
        self.code = code

    def _repeated(self, folded: str, name: str, at: Cursor) -> None:
        if self._untyped and folded in REPLIES:
            message = "expected one element with a member for each error, accepted several"
            at.report_once(rules.INFERRED_SPELLING, folded, message)
        else:
            at.report(rules.DUPLICATE_FIELD, f"expected {format_value(name)} once, got it again")
            self.complete = False

    def _own(self, folded: str, value: Node, at: Cursor) -> None:
        if not self._untyped and isinstance(value, str if folded == "errors" else list):
            expected = "an array of texts" if folded == "errors" else "a text"
            at.report(rules.LIST_SPELLING, f"expected {expected}, accepted {format_value(value)}")
        if folded == "errors" and self._untyped and isinstance(value, str) and not value.strip():
            return  # an element without members
        self._collect(value, at)

    def _collect(self, value: Node, at: Cursor) -> None:
        """Collect every text below a node, in the order of the document."""
        if isinstance(value, str):
            self.texts.append(value)
        elif isinstance(value, list):
            for index, member in enumerate(value):
                self._collect(member, at.child(index, index))
        elif isinstance(value, Fields):
            for position, (name, member) in enumerate(value.pairs):
                place = at.child(position, name)
                if not self._untyped:
                    _report_foreign(name, place)
                self._collect(member, place)
        elif type(value) is int:
            at.report(rules.TEXT_SPELLING, f"expected a text, accepted {format_value(value)}")
            self.texts.append(str(value))
        elif value is not None:
            at.report(rules.WRONG_KIND, f"expected a text, got {format_value(value)}")
            self.complete = False
        else:
            at.report(rules.UNSAID_SPELLING, "expected a text, accepted null")


def _report_foreign(name: str, at: Cursor) -> None:
    at.report(rules.ERROR_SHAPE, f"expected error or errors, accepted {format_value(name)}")
