"""What `FakeService` receives and what it sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from ..apikeys import masked
from ..endpoints import endpoint_of, model_of_url
from ..models import EndpointName, Response

__all__ = ["Call", "Reply"]

_KEY: Final = "apiKey"


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """A request that the service received. API keys in its `repr` are masked."""

    method: str
    path: str
    """The path and query of the URL."""
    parameters: Mapping[str, object] | None
    """The JSON object in the body without `apiKey`; None if the body is not a JSON object."""
    key: str | None = None
    """The value of `apiKey`; None if it is missing or not a string."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """The headers, with their names in lower case."""

    @classmethod
    def of(cls, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Call:
        """Return the call for an HTTP request."""
        try:
            decoded: object = json.loads(body)
        except (ValueError, RecursionError):
            decoded = None
        lower = {name.lower(): value for name, value in headers.items()}
        if not isinstance(decoded, dict):
            return cls(method, path, None, None, lower)
        parameters = cast("dict[str, object]", decoded)
        key = parameters.pop(_KEY, None)
        return cls(method, path, parameters, key if isinstance(key, str) else None, lower)

    @property
    def endpoint(self) -> EndpointName | None:
        """The name of the endpoint; None if the service has no such URL."""
        model = model_of_url(self.path)
        return endpoint_of(model) if model else None

    def __repr__(self) -> str:
        return masked(f"Call({self.method!r}, {self.path!r}, {self.parameters!r})")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service sends for one request.

    Examples:
        >>> Reply(b"<html>Bad Gateway</html>", 502, "text/html").status
        502
    """

    body: Response | bytes | None = None
    """The body: bytes, or a model, which is written in the requested format, and an error reply always in JSON. None is
    the reply that the service would send anyway, with its own status and content type."""
    status: int = 200
    content_type: str | None = None
    """The content type of bytes; None is that of the requested format."""
    delay: float = 0
    """Seconds before anything is sent."""
    cut: bool = False
    """Whether the connection is closed after the first half of the body."""
