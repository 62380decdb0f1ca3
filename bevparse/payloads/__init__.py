"""Trees to models and back, driven by the wire marks of the models.

Each kind of tree has a module with a `TreeKind`: it opens a tree, reads its payload as a model, writes a model, and
finds nodes by their pointers.
"""

from __future__ import annotations

from typing import Final

from ..endpoints import endpoint_of
from ..formats import Kind
from ..models import EndpointName, Response
from .detection import Payload, chosen_model
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
    chosen = chosen_model(payload, model)
    return (kind.read(payload, chosen), endpoint_of(chosen)) if chosen else (None, None)
