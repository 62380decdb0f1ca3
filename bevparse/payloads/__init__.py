"""From trees to models and back, as the `Wire` annotations of the models say.

A tree is what a format decodes a body to. Its payload is what is in the envelope: an array of records or an object.
There are three kinds of trees: typed (JSON), text (XML) and table (CSV). Each has a module with a `TreeKind`, which
finds the payload, reads it as a model, writes a model as a tree, and finds nodes by their JSON pointers.

A folded name is the name of a field without case and punctuation (`tree.fold`), the same for all spellings of the name.
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
    """Read a payload as the requested model, or as an error reply. For `Response`, read it as the model that fits.

    Returns:
        The response, and its endpoint. The response is None if the payload cannot be read, and the endpoint is None if
        it could not be decided.
    """
    chosen = chosen_model(payload, model)
    return (kind.read(payload, chosen), endpoint_of(chosen)) if chosen else (None, None)
