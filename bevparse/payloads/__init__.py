"""Trees to models and back, driven by the models' wire marks.

There is a module for each kind of tree, with the same four functions: open a tree, read its payload as a model, write
a model, and find nodes by their pointers.
"""

from __future__ import annotations

from typing import Final, Protocol

from ..endpoints import ENDPOINTS, endpoint_of
from ..formats import Kind
from ..models import EndpointName, ErrorResponse, Response
from ..problems import rules
from ..problems.collector import Collector
from ..tree import Node
from .candidates import Payload
from .elements import ElementTrees
from .layout import Layout
from .responses import Finder
from .tables import Tables
from .typed import TypedTrees

__all__ = ["KINDS", "Payload", "TreeKind", "read_payload"]


class TreeKind(Protocol):
    """What can be done with one kind of tree."""

    def open(self, root: Node, collector: Collector, stray_attribute: str | None = None) -> Payload | None:
        """Return the payload in a tree and the endpoints that answer so, or report that there is none."""
        ...

    def read(self, payload: Payload, model: type[Response]) -> Response | None:
        """Return a payload as a model, or report why that cannot be done."""
        ...

    def write(self, response: Response, format: str) -> Node:
        """Return a response as a tree.

        Raises:
            EncodeError: the format cannot carry it.
        """
        ...

    def finder(self, payload: Payload, layout: Layout) -> Finder:
        """Return what finds the nodes of a payload by their pointers."""
        ...


KINDS: Final[dict[Kind, TreeKind]] = {"typed": TypedTrees(), "text": ElementTrees(), "table": Tables()}
"""By what a format says its tree is."""


def read_payload(
    kind: TreeKind, payload: Payload, model: type[Response]
) -> tuple[Response | None, EndpointName | None]:
    """Return a payload as the model that was asked for, as an error reply, or with `Response` as whatever it is.

    Returns:
        The model, or None where that cannot be done, and the endpoint that the payload was read as.
    """
    chosen = _choose(payload, model)
    return (kind.read(payload, chosen), endpoint_of(chosen)) if chosen else (None, None)


def _choose(payload: Payload, model: type[Response]) -> type[Response] | None:
    """Return the model to read a payload as, or report why there is none."""
    candidates, at = payload.candidates, payload.at.root.at(payload.at.path, "response")
    names = " or ".join(candidates)
    if model is Response:
        if len(candidates) == 1:
            return ENDPOINTS[candidates[0]].model
        if candidates:
            rule, what = (rules.EMPTY_PAYLOAD, "an empty one") if payload.empty else (rules.AMBIGUOUS_ENDPOINT, "one")
            at.report(rule, f"expected one endpoint's answer, got {what} that fits {names}; name the endpoint")
        else:
            at.report(rules.UNKNOWN_PAYLOAD, "expected an endpoint's answer, got one that fits none")
        return None
    endpoint = endpoint_of(model)
    if candidates == ("error",):
        return ErrorResponse
    if not candidates or endpoint in (*candidates, *payload.also_if_requested):
        return model
    at.report(rules.OTHER_ENDPOINT, f"expected the answer of {endpoint}, got that of {names}")
    return None
