"""From the root of a tree to the payload in it, and which endpoints it could be the answer of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ..formats import Kind
from ..models import BulkRequest, CreateResponse, EmailRecord, EndpointName, FailedEmail, ListResponse
from ..problems import join_pointer, rules
from ..problems.findings import Findings
from ..tree import Fields, Node, Path, fold
from .fields import Keeper
from .layout import layout_of
from .replies import OWN_NAMES, REPLIES, REPLY_LISTS

__all__ = [
    "ARRAYS",
    "ENVELOPE_NAMES",
    "KNOWN",
    "LISTS",
    "Item",
    "Payload",
    "candidates_of_items",
    "candidates_of_names",
    "candidates_of_object",
    "folded_names",
    "keep_envelope",
    "reply_outside",
]

Item: TypeAlias = tuple[Node, Path]
"""A record that has not been read yet, and its path."""

ENVELOPE_NAMES: Final = OWN_NAMES | {"response"}
"""The folded names that cannot stand beside the response as undocumented fields."""

ARRAYS: Final[tuple[EndpointName, ...]] = ("status", "completed", "failed")
"""The endpoints that answer with an array, so that an empty one could be any of theirs."""

_RECORD: Final = frozenset(layout_of(EmailRecord).by_fold) - {"emailaddress"}
_CHECKS: Final = _RECORD - {"result", "mxrecords"}
_FAILED: Final = frozenset(layout_of(FailedEmail).by_fold) - {"emailaddress"}
_REQUEST: Final = frozenset(layout_of(BulkRequest).by_fold) - {"id"}
_PAGE: Final = (frozenset(layout_of(ListResponse).by_fold) | {"data"}) - {"from", "to", "total"}
_CREATE: Final = frozenset(layout_of(CreateResponse).by_fold)
LISTS: Final = REPLY_LISTS | {"data", "mxrecords"}
KNOWN: Final = _RECORD | _FAILED | _REQUEST | _PAGE | _CREATE | REPLIES | LISTS | {"emailaddress"}


@dataclass(slots=True)
class Payload:
    """What is in the envelope."""

    node: Node
    """For "typed" the value of `response`; for "text" the first element below the root that holds fields or items."""
    path: Path
    pointer: str
    candidates: tuple[EndpointName, ...]
    """The endpoints that answer so: one, several where the payload is too bare to tell, none where nothing fits."""
    envelope: dict[str, object] = field(default_factory=dict[str, object])
    """Undocumented fields beside the response."""
    enveloped: bool = True
    """Whether nothing but the envelope is around the node; otherwise it is itself the one item of a list."""
    also: tuple[EndpointName, ...] = ()
    """The endpoints that could answer so when they are asked for, though another is likelier."""
    empty: bool = False
    """Whether there is nothing in it, so that it tells nothing about the endpoint."""
    repeated: bool = False
    """Whether the items are repeated envelopes."""

    @property
    def endpoint(self) -> EndpointName | None:
        """The one endpoint that answers so, if it is one."""
        return self.candidates[0] if len(self.candidates) == 1 else None


def candidates_of_names(names: frozenset[str], *, array: bool) -> tuple[EndpointName, ...]:
    """Tell by folded field names which endpoints answer so.

    Args:
        names: the folded names of a record, or of a response that is an object.
        array: whether they are a record's.
    """
    if "emailaddress" in names:
        if names & _CHECKS or (names & _RECORD and not names & _FAILED):
            return ("completed",)
        return ("failed",) if names & _FAILED else ("completed", "failed")
    if array:
        if names & (_REQUEST | {"id"}):
            return ("status",)
        return ("completed",) if names & _RECORD else ("failed",) if names & _FAILED else ()
    if names & OWN_NAMES:
        return ("error",)
    if names & _PAGE:
        return ("list",)
    return ("create",) if "id" in names else ("error",) if names & REPLIES else ()


def candidates_of_object(names: frozenset[str], kind: Kind) -> tuple[EndpointName, ...]:
    """Tell by the folded names in the envelope which endpoints answer so; in elements it may be a single record."""
    found = candidates_of_names(names, array=False)
    return ("status",) if found == ("create",) and kind == "text" and names & _REQUEST else found


def folded_names(fields: Fields) -> frozenset[str]:
    """Return the names of fields, folded."""
    return frozenset(fold(name) for name, _ in fields.pairs)


def candidates_of_items(items: list[Node]) -> tuple[EndpointName, ...]:
    """Let the first record that says anything decide."""
    for item in items:
        found = candidates_of_names(folded_names(item), array=True) if isinstance(item, Fields) else ()
        if found:
            return found
    return () if items else ARRAYS


def reply_outside(root: Node, path: Path, findings: Findings) -> Payload:
    """Let an error that stands beside the response win: whatever the response holds, it is not to be relied on."""
    findings.add(rules.ERROR_SHAPE, "expected an error in response, accepted one beside it", "", path)
    return Payload(root, path, "", ("error",))


def keep_envelope(others: list[tuple[int, str, Node]], path: Path, findings: Findings, kind: Kind) -> dict[str, object]:
    """Return the undocumented fields next to the response, kept for `model_extra`."""
    envelope: dict[str, object] = {}
    keeper = Keeper(kind, findings)
    for position, name, value in others:
        keeper.keep(envelope, name, value, (*path, position), join_pointer("", name))
    return envelope
