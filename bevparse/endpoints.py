"""The endpoints, derived from the classes in `models.py`: name, path, model and records.

>>> ENDPOINTS["failed"].path
'/request/failed'

`payloads/detection.py` decides to which endpoint a body belongs, by the names of its fields. An option, or the URL or
path of the body, may say which endpoint is expected (`sources/expected.py`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple, cast, get_args

from pydantic import BaseModel

from .models import AnyResponse, EndpointName, Response
from .wire import Items

__all__ = [
    "ANY",
    "ARRAY_MODELS",
    "ENDPOINTS",
    "MODELS",
    "RESPONSES",
    "Endpoint",
    "Expected",
    "endpoint_of",
    "is_like_service",
    "model_of_segment",
    "model_of_url",
    "noun_of",
]


ANY: Final = cast("type[AnyResponse]", Response)
"""The default of `model`: the payload decides which response it is. To a type checker, the result is `AnyResponse`."""


class Endpoint(NamedTuple):
    """One endpoint, or the error reply of all endpoints."""

    name: EndpointName
    path: str | None
    """The end of its URL, such as /request/failed; None for error replies."""
    model: type[Response]
    record: type[BaseModel] | None
    """The model of its records; None if the response has none."""
    is_array: bool
    """Whether the response is an array of records."""
    noun: str
    """What messages call its records, such as "requests"; empty if it has none."""


def _endpoint(model: type[Response]) -> Endpoint:
    record: type[BaseModel] | None = None
    is_array = False
    for info in model.model_fields.values():
        for mark in info.metadata:
            if isinstance(mark, Items):
                record, is_array = get_args(info.annotation)[0], not mark.name
    return Endpoint(endpoint_of(model), model.wire_path, model, record, is_array, model.wire_noun or "")


@cache
def endpoint_of(model: type[Response]) -> EndpointName:
    """Return the name of a model's endpoint."""
    return cast(EndpointName, get_args(model.model_fields["endpoint"].annotation)[0])


ENDPOINTS: Final[dict[EndpointName, Endpoint]] = {
    endpoint_of(model): _endpoint(model) for model in get_args(get_args(AnyResponse)[0])
}
"""Every endpoint by its name."""
MODELS: Final = {name: endpoint.model for name, endpoint in ENDPOINTS.items()}
"""The model of each endpoint."""
ARRAY_MODELS: Final = tuple(endpoint.model for endpoint in ENDPOINTS.values() if endpoint.is_array)
"""The models of the endpoints whose response is an array."""
RESPONSES: Final[dict[type[BaseModel], tuple[type[Response], ...]]] = {
    record: tuple(
        endpoint.model
        for endpoint in sorted(ENDPOINTS.values(), key=lambda endpoint: not endpoint.is_array)
        if endpoint.record is record
    )
    for record in (endpoint.record for endpoint in ENDPOINTS.values())
    if record is not None
}
"""For each model of a record, the models of the responses that contain such records. Arrays come first."""


def noun_of(record: type[BaseModel]) -> str:
    """Return what messages call records of a model, with the names of their endpoints if there are several.

    >>> from bevparse.models import BulkRequest
    >>> noun_of(BulkRequest)
    'requests (of status or list)'
    """
    names: list[EndpointName] = [endpoint_of(model) for model in RESPONSES[record]]
    return ENDPOINTS[names[0]].noun + (f" (of {' or '.join(names)})" if len(names) > 1 else "")


_BY_PATH: Final = {endpoint.path: endpoint.model for endpoint in ENDPOINTS.values() if endpoint.path}
_BY_SEGMENT: Final = {path.rpartition("/")[2]: model for path, model in _BY_PATH.items()}
_URL: Final = re.compile(r"[^?#]*/bevService(/request(?:/\w+)?)/?(?:[?#]|\Z)", re.IGNORECASE)


def model_of_url(url: str) -> type[Response] | None:
    """Return the model of the response to a request with this URL, or None for a URL of another service.

    >>> model_of_url("https://emailverification.whoisxmlapi.com/api/bevService/request/status").__name__
    'StatusResponse'
    """
    found = _URL.match(url)
    return _BY_PATH.get(found[1].lower()) if found else None


_LIKE_SERVICE: Final = re.compile(
    r"[^?#]*(?:/bevService/[^?#]*|/bev[^/?#]*/(?:[^?#]*/)?request/?|(/request/\w+)/?)(?:[?#]|\Z)", re.IGNORECASE
)
_SEGMENT: Final = re.compile(r"[^?#]*/(\w+)/?(?:[?#]|\Z)")


def is_like_service(url: str) -> bool:
    """Return whether a URL may be one of the service, perhaps through a proxy. Only its path is compared.

    >>> is_like_service("https://proxy.internal/bev/request/status"), is_like_service("https://other.example/status")
    (True, False)
    """
    found = _LIKE_SERVICE.match(url)
    return found is not None and (found[1] is None or found[1].lower() in _BY_PATH)


def model_of_segment(url: str) -> type[Response]:
    """Return the model of the endpoint that the last segment of a URL names, or `Response` if it names none.

    >>> model_of_segment("https://proxy.internal/bev/status?x=1").__name__
    'StatusResponse'
    """
    found = _SEGMENT.match(url)
    return _BY_SEGMENT.get(found[1].lower(), Response) if found else Response


class Expected(NamedTuple):
    """The expected endpoint and format of a body."""

    models: tuple[type[Response], ...] = (Response,)
    """The possible models, the likeliest first. With `Response`, the payload decides."""
    format: str | None = None
    """The declared format; None to detect it from the body."""
    by_source: bool = False
    """Whether the URL or path of the body determines the endpoint, so that a response of another one is an error."""
