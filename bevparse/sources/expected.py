"""What a body that is to be converted is taken for: what was asked for, or what has records as those before."""

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
"""What records are called."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What bodies are read as."""

    model: type[Response] = Response
    """The model of the endpoint; without it a recorded URL, `endpoints` or the payload decide."""
    format: str | None = None
    """The format; without it a recorded content type, the name of the source or the body decide."""
    endpoints: tuple[tuple[str, EndpointName], ...] = ()
    """Patterns of paths with the endpoints whose answers are in them; the first that fits decides."""
    limits: Limits = DEFAULT_LIMITS


def expected_of(source: Source, settings: ReadSettings, kind: type[BaseModel] | None = None) -> Expected:
    """Return what a body is expected to be.

    Args:
        source: the body.
        settings: what was asked for.
        kind: the model of the records before it, if there were any.
    """
    format, model = settings.format or source.declared, model_of(source, settings)
    if settings.model is not Response:
        return Expected((model,), format)
    if model is Response:
        return Expected((model,) if kind is None else RESPONSES[kind], format)
    return Expected((model,), format, by_source=True)


def mismatch(expected: Expected, kind: type[BaseModel] | None) -> Problem | None:
    """Return why no record of a body fits: its source says that it holds others than those before, or none."""
    model = expected.models[0]
    items = layout_of(model).items
    if not expected.by_source or (items is not None and kind in (None, items.layout.model)):
        return None
    wanted = f"{KINDS[kind]}, as those before" if kind else "records"
    message = f"expected {wanted}, got the answer of {endpoint_of(model)}"
    return Problem.of(rules.OTHER_ENDPOINT, message, "/response")


def model_of(source: Source, settings: ReadSettings) -> type[Response]:
    """Settle on the model to read a body as: what was asked for, or its URL or path tells, or `Response`."""
    if settings.model is not Response:
        return settings.model
    if source.endpoint is not None:
        return MODELS[source.endpoint]
    fitting = (MODELS[endpoint] for pattern, endpoint in settings.endpoints if matches(pattern, source.name))
    return next(fitting, Response)
