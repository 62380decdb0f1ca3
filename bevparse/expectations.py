"""What a body that is to be converted is taken for: what was asked for, or what has records as those before."""

from __future__ import annotations

from typing import Final, NamedTuple

from pydantic import BaseModel

from .endpoints import endpoint_of
from .models import BulkRequest, EmailRecord, FailedEmail, Response
from .problems import Problem
from .record_reading import RESPONSES
from .shapes.layout import layout_of
from .validate.checking import model_of
from .validate.settings import Settings
from .validate.sources import Source

__all__ = ["KINDS", "Expected", "expected_of"]

KINDS: Final[dict[type[BaseModel], str]] = {
    BulkRequest: "requests (of status or list)",
    EmailRecord: "completed records",
    FailedEmail: "failed records",
}
"""What records are called."""


class Expected(NamedTuple):
    """What a body is taken for."""

    models: tuple[type[Response], ...]
    """What it may be the answer of, the likeliest first."""
    declared: bool = False
    """Whether its URL or its path says so, so that another answer is a fault, and not just another one."""
    misfit: Problem | None = None
    """Why none of its records is to be written, if it is what it is taken for."""


def expected_of(source: Source, settings: Settings, kind: type[BaseModel] | None) -> Expected:
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
    return Expected((model,), declared=True, misfit=Problem("BEV212", message, "/response"))
