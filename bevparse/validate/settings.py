"""What is asked of every body of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ..catalogue import Severity
from ..limits import DEFAULT_LIMITS, Limits
from ..models import EndpointName, Response
from .selection import DEFAULT_SELECTION, Selection

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of every body; it pickles, so that other processes can ask the same."""

    model: type[Response] = Response
    """The model of the endpoint; without it a recorded URL, `endpoints` or the payload decide."""
    format: str | None = None
    """The format; without it a recorded content type, the name of the source or the body decide."""
    endpoints: tuple[tuple[str, EndpointName], ...] = ()
    """Patterns of paths with the endpoints whose answers are in them; the first that fits decides."""
    selection: Selection = DEFAULT_SELECTION
    """Which codes are reported."""
    limits: Limits = DEFAULT_LIMITS
    excerpts: bool = False
    """Whether the lines are shown that problems point at."""
    profile: bool = False
    """Whether it is counted what bodies contain."""
    cross: bool | None = None
    """Whether bodies are compared with each other; None for those that were found in folders and containers."""
    fail_on: Severity = "error"
    """What is bad enough for a body not to be sound."""
    now: float = field(default_factory=time.time)
    """Seconds since 1970: later dates are in the future."""
