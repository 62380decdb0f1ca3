"""What a body that is to be converted is taken for: what was asked for, or what has records as those before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from pydantic import BaseModel

from ..endpoints import MODELS, RESPONSES, endpoint_of
from ..files.paths import matches
from ..limits import DEFAULT_LIMITS, Limits
from ..models import BulkRequest, EmailRecord, EndpointName, FailedEmail, Response
from ..payloads.layout import layout_of
from ..problems import Problem, rules
from . import Source

__all__ = ["KINDS", "Expected", "ReadSettings", "expected_of", "model_of"]

KINDS: Final[dict[type[BaseModel], str]] = {
    BulkRequest: "requests (of status or list)",
    EmailRecord: "completed records",
    FailedEmail: "failed records",
}
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


class Expected(NamedTuple):
    """What a body is taken for."""

    models: tuple[type[Response], ...]
    """What it may be the answer of, the likeliest first."""
    declared: bool = False
    """Whether its URL or its path says so, so that another answer is a fault, and not just another one."""
    misfit: Problem | None = None
    """Why none of its records is to be written, if it is what it is taken for."""


def expected_of(source: Source, settings: ReadSettings, kind: type[BaseModel] | None) -> Expected:
    """Settle what a body is taken for.

    Args:
        source: the body.
        settings: what was asked for.
        kind: the model of the records before it, if there were any.
    """
    model = model_of(source, settings)
    if settings.model is not Response:
        return Expected((model,))
    if model is Response:
        return Expected((model,) if kind is None else RESPONSES[kind])
    items = layout_of(model).items
    if items is not None and kind in (None, items.layout.model):
        return Expected((model,), declared=True)
    wanted = f"{KINDS[kind]}, as those before" if kind else "records"
    message = f"expected {wanted}, got the answer of {endpoint_of(model)}"
    return Expected((model,), declared=True, misfit=Problem.of(rules.OTHER_ENDPOINT, message, "/response"))


def model_of(source: Source, settings: ReadSettings) -> type[Response]:
    """Settle on the model to read a body as: what was asked for, or its URL or path tells, or `Response`."""
    if settings.model is not Response:
        return settings.model
    if source.endpoint is not None:
        return MODELS[source.endpoint]
    fitting = (MODELS[endpoint] for pattern, endpoint in settings.endpoints if matches(pattern, source.name))
    return next(fitting, Response)
