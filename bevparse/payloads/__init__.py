"""Trees to models and back, driven by the wire marks of the models.

Each kind of tree has a module with a `TreeKind`: it opens a tree, reads its payload as a model, writes a model, and
finds nodes by their pointers.
"""

from __future__ import annotations

from typing import Final

from ..endpoints import ENDPOINTS, endpoint_of
from ..formats import Kind
from ..models import EndpointName, ErrorResponse, Response
from ..problems import rules
from ..tree import Table
from .candidates import Payload
from .elements import ElementTrees
from .responses import TreeKind
from .tables import Tables
from .typed import TypedTrees

__all__ = ["KINDS", "Payload", "TreeKind", "read_payload"]


KINDS: Final[dict[Kind, TreeKind]] = {"typed": TypedTrees(), "text": ElementTrees(), "table": Tables()}
"""The kinds of trees, as formats declare them."""


def read_payload(
    kind: TreeKind, payload: Payload, model: type[Response]
) -> tuple[Response | None, EndpointName | None]:
    """Return a payload as a model, as an error reply, or for `Response` as the model that fits.

    Returns:
        The model, or None if the payload cannot be read, and the endpoint that it was read as.
    """
    chosen = _choose(payload, model)
    return (kind.read(payload, chosen), endpoint_of(chosen)) if chosen else (None, None)


def _choose(payload: Payload, model: type[Response]) -> type[Response] | None:
    """Return the model to read a payload as, or report that none fits."""
    candidates, at = payload.candidates, payload.at.root.at(payload.at.path, "response")
    names = " or ".join(candidates)
    if model is Response:
        if len(candidates) == 1:
            return ENDPOINTS[candidates[0]].model
        if candidates:
            rule, what = (rules.EMPTY_PAYLOAD, "an empty one") if payload.empty else (rules.AMBIGUOUS_ENDPOINT, "one")
            if isinstance(payload.node, Table) and payload.node.rows and payload.empty:
                what = "one of nothing but ids"
            at.report(rule, f"expected the response of one endpoint, got {what} that fits {names}; name the endpoint")
        else:
            at.report(rules.UNKNOWN_PAYLOAD, "expected the response of an endpoint, got a body that fits no endpoint")
        return None
    endpoint = endpoint_of(model)
    if candidates == ("error",):
        return ErrorResponse
    if not candidates or endpoint in (*candidates, *payload.also_if_requested):
        return model
    at.report(rules.OTHER_ENDPOINT, f"expected a response of {endpoint}, got one of {names}")
    return None
