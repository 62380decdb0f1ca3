"""The parameters of requests, as JSON Schema."""

from __future__ import annotations

from typing import Final, TypedDict

from ..models import EndpointName

__all__ = ["REQUIRED", "Parameter", "parameters_of"]


class Parameter(TypedDict, total=False):
    """The JSON Schema of a parameter."""

    type: str
    items: Parameter
    enum: list[object]
    default: object
    minimum: int
    maximum: int
    minItems: int
    maxItems: int
    description: str


_ID: Final[Parameter] = {"type": "integer", "minimum": 1}
_FORMAT: Final[Parameter] = {
    "type": "string",
    "enum": ["json", "xml", "csv"],
    "default": "json",
    "description": "The format of the response. Source: documented, but an error reply of create names only json and "
    "xml.",
}
_OWN: Final[dict[EndpointName, dict[str, Parameter]]] = {
    "create": {
        "emails": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": 50_000,
            "description": "The addresses, at most 50,000. Source: documented, at least one inferred.",
        },
        "version": {
            "type": "integer",
            "enum": [2, 3],
            "default": 3,
            "description": "The version of the Email Verification API. Version 2 ended in 2024. Source: documented.",
        },
    },
    "list": {
        "page": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": "The number of the page, from 1. Source: documented.",
        },
        "perPage": {
            "type": "integer",
            "minimum": 10,
            "maximum": 50,
            "default": 10,
            "description": "The maximum number of requests on a page. Source: documented.",
        },
        "onlyIds": {
            "type": "boolean",
            "default": True,
            "description": "Whether only the ids of the requests are listed. Source: documented.",
        },
        "sort": {
            "type": "string",
            "enum": ["asc", "desc"],
            "default": "desc",
            "description": "The order of the requests. Source: documented.",
        },
    },
    "status": {
        "ids": {
            "type": "array",
            "items": _ID,
            "minItems": 1,
            "description": "The ids of the requests. Source: documented, at least one inferred.",
        },
    },
    "completed": {"id": {**_ID, "description": "The id of the request. Source: documented."}},
    "failed": {"id": {**_ID, "description": "The id of the request. Source: observed."}},
}
REQUIRED: Final = frozenset(("emails", "id", "ids"))
"""The names of the parameters that must be present, at any endpoint that has them."""


def parameters_of(endpoint: EndpointName) -> dict[str, Parameter]:
    """Return the parameters of a request by their names, without the API key."""
    return {"format": _FORMAT, **_OWN.get(endpoint, {})}
