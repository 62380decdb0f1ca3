"""Error replies, in the service's own shapes and in those of the gateways and services around it."""

from __future__ import annotations

from typing import Final, cast

from ..formats import Kind
from ..models import ErrorResponse
from ..problems import format_value, join_pointer, rules
from ..problems.findings import Findings
from ..tree import Fields, Node, Path, fold
from ..wire import INTEGER, UNREAD, Deviation
from .fields import Keeper, fits
from .instances import build

__all__ = ["OWN_NAMES", "REPLIES", "REPLY_LISTS", "read_reply"]

OWN_NAMES: Final = frozenset({"error", "errors"})
"""The names that the service itself gives to errors."""

_FOREIGN: Final = frozenset({"message", "messages", "msg"})

REPLY_LISTS: Final = frozenset({"errors", "messages", "errormessage"})
"""Folded names that may hold several texts, or fields with them."""

REPLIES: Final = OWN_NAMES | _FOREIGN | REPLY_LISTS
"""Folded names of everything that holds the text of an error."""

_KNOWN: Final = REPLIES | {"code"}


class _ReplyReader:
    def __init__(self, kind: Kind, findings: Findings) -> None:
        self.texts: list[str] = []
        self.extra: dict[str, object] = {}
        self.code: object = None
        self.sound = True
        self._kind: Kind = kind
        self._findings = findings
        self.keeper = Keeper(kind, findings)

    def read(self, node: Fields, path: Path, pointer: str, *, foreign: bool = False) -> None:
        """Gather the texts, the code and the rest of an error reply."""
        seen: set[str] = set()
        for position, (name, value) in enumerate(node.pairs):
            here, place, folded = (*path, position), join_pointer(pointer, name), fold(name)
            if folded in seen:
                self._repeated(folded, name, here, place)
            if folded in _KNOWN:
                seen.add(folded)
            if folded in OWN_NAMES:
                if name != folded and not foreign:
                    self._findings.add(
                        rules.NAME_SPELLING, f"expected the name {folded}, accepted {format_value(name)}", place, here
                    )
                self._own(folded, value, here, place)
            elif folded in _FOREIGN or folded == "errormessage":
                self._foreign(name, here, place)
                if isinstance(value, Fields) and folded == "errormessage":
                    self.read(value, here, place, foreign=True)
                else:
                    self._gather(value, here, place)
            elif folded == "code":
                self.read_code(value, here, place)
            else:
                self.sound = self.keeper.keep(self.extra, name, value, here, place) and self.sound

    def _repeated(self, folded: str, name: str, path: Path, pointer: str) -> None:
        if self._kind == "text" and folded in REPLIES:
            message = "expected one element with a member for each error, accepted several"
            self._findings.add_once(rules.LIST_SPELLING, folded, message, pointer, path)
        else:
            self._findings.add(
                rules.DUPLICATE_FIELD, f"expected {format_value(name)} once, got it again", pointer, path
            )
            self.sound = False

    def _own(self, folded: str, value: Node, path: Path, pointer: str) -> None:
        if self._kind == "typed" and isinstance(value, str if folded == "errors" else list):
            expected = "an array of texts" if folded == "errors" else "a text"
            self._findings.add(
                rules.LIST_SPELLING, f"expected {expected}, accepted {format_value(value)}", pointer, path
            )
        if folded == "errors" and self._kind == "text" and isinstance(value, str) and not value.strip():
            return  # an element without members
        self._gather(value, path, pointer)

    def _foreign(self, name: str, path: Path, pointer: str) -> None:
        self._findings.add(rules.ERROR_SHAPE, f"expected error or errors, accepted {format_value(name)}", pointer, path)

    def _gather(self, value: Node, path: Path, pointer: str) -> None:
        """Take every text below a node, in the order of the document."""
        if isinstance(value, str):
            self.texts.append(value)
        elif isinstance(value, list):
            for index, member in enumerate(value):
                self._gather(member, (*path, index), join_pointer(pointer, index))
        elif isinstance(value, Fields):
            for position, (name, member) in enumerate(value.pairs):
                if self._kind == "typed":
                    self._foreign(name, (*path, position), join_pointer(pointer, name))
                self._gather(member, (*path, position), join_pointer(pointer, name))
        elif type(value) is int:
            self._findings.add(rules.TEXT_SPELLING, f"expected a text, accepted {format_value(value)}", pointer, path)
            self.texts.append(str(value))
        elif value is not None:
            self._findings.add(rules.WRONG_KIND, f"expected a text, got {format_value(value)}", pointer, path)
            self.sound = False
        else:
            self._findings.add(rules.UNSAID_SPELLING, "expected a text, accepted null", pointer, path)

    def read_code(self, value: Node, path: Path, pointer: str) -> None:
        """Read the status code that a body names."""
        text = self._kind == "text" and isinstance(value, str)
        code = INTEGER.text(value) if text and isinstance(value, str) else INTEGER.typed(value)
        if isinstance(code, Deviation):
            for note in code.notes:
                self._findings.add(note.rule, note.message, pointer, path)
            code = code.value
        self.sound = self.sound and code is not UNREAD
        self.code = code


def read_reply(
    node: Fields, kind: Kind, path: Path, pointer: str, findings: Findings, envelope: dict[str, object]
) -> ErrorResponse | None:
    """Read an error reply of any known shape, or note why it cannot be read.

    Args:
        node: the fields that hold the error.
        kind: the kind of tree they come from.
        path: their path.
        pointer: their pointer.
        findings: where problems go.
        envelope: undocumented fields beside the response, which are kept too.
    """
    reader = _ReplyReader(kind, findings)
    reader.read(node, path, pointer)
    if "code" in envelope and reader.code is None:
        findings.add(rules.ERROR_SHAPE, "expected code in response, accepted it beside response", "/code", path)
        reader.read_code(cast(Node, envelope.pop("code")), path, "/code")
    if not reader.texts and reader.sound:
        findings.add(rules.EMPTY_ERRORS, "expected at least one error, got none", pointer, path)
        return None
    if not reader.sound:
        return None
    values: dict[str, object] = {"endpoint": "error", "errors": tuple(reader.texts), "code": reader.code}
    extra = reader.keeper.merge(envelope, reader.extra)
    return build(ErrorResponse, values, extra) if fits(ErrorResponse, extra, path, findings) else None
