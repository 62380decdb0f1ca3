"""Which endpoint and format a body is expected to have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from ..endpoints import MODELS, RESPONSES, Expected, endpoint_of, noun_of
from ..files.paths import matches
from ..limits import DEFAULT_LIMITS, Limits
from ..models import EndpointName, Response
from ..payloads.layout import layout_of
from ..problems import Problem, rules
from . import Source

__all__ = ["KINDS", "ReadSettings", "expected_of", "mismatch", "model_of"]

KINDS: Final[dict[type[BaseModel], str]] = {record: noun_of(record) for record in RESPONSES}
"""What records are called in messages, such as "email records", by their model."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How bodies are read."""

    model: type[Response] = Response
    """The model of the endpoint; `Response` to detect it by a recorded URL, by `endpoints` or by the payload."""
    format: str | None = None
    """The format; None to detect it by a recorded content type, by the name of the source or by the body."""
    endpoints: tuple[tuple[str, EndpointName], ...] = ()
    """Patterns of paths and their endpoints; the first match counts."""
    limits: Limits = DEFAULT_LIMITS
    plugins: tuple[str, ...] = ()
    """The modules of formats that worker processes import and register."""

    @property
    def are_lines_alike(self) -> bool:
        """Whether the same is expected of all lines of JSON Lines. A pattern of `endpoints` may fit a single line."""
        return not self.endpoints and self.format in (None, "json")


def expected_of(source: Source, settings: ReadSettings, kind: type[BaseModel] | None = None) -> Expected:
    """Return the models and the format that a body is expected to have.

    Args:
        source: the body.
        settings: how bodies are read.
        kind: the model of the records of earlier bodies, None without earlier records.
    """
    format, model = settings.format or source.declared, model_of(source, settings)
    if settings.model is not Response:
        return Expected((model,), format)
    if model is Response:
        return Expected((model,) if kind is None else RESPONSES[kind], format)
    return Expected((model,), format, by_source=True)


def mismatch(expected: Expected, kind: type[BaseModel] | None) -> Problem | None:
    """Return a problem if the URL or the path of a body names an endpoint with other records than earlier bodies.

    An endpoint without records is such a problem, too. Otherwise, return None.

    Args:
        expected: what the body is expected to have.
        kind: the model of the records of earlier bodies, None without earlier records.
    """
    model = expected.models[0]
    items = layout_of(model).items
    if not expected.by_source or (items is not None and kind in (None, items.layout.model)):
        return None
    wanted = f"{KINDS[kind]} as in earlier bodies" if kind else "records"
    message = f"expected {wanted}, got a response of {endpoint_of(model)}"
    return Problem.of(rules.OTHER_ENDPOINT, message, "/response")


def model_of(source: Source, settings: ReadSettings) -> type[Response]:
    """Return the model that the settings, or the URL or path of a body, name for it; otherwise `Response`."""
    if settings.model is not Response:
        return settings.model
    if source.endpoint is not None:
        return MODELS[source.endpoint]
    matching = (MODELS[endpoint] for pattern, endpoint in settings.endpoints if matches(pattern, source.name))
    return next(matching, Response)
