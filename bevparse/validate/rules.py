"""What is asked of one body."""

from __future__ import annotations

from dataclasses import dataclass

from ..api import inspect
from ..errors import DecodeError, SourceError
from ..limits import DEFAULT_LIMITS, Limits
from ..models import Response
from ..problems import Problem
from .report import Checked
from .sources import Source

__all__ = ["Settings", "check"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of every body."""

    model: type[Response] = Response
    """The model of the endpoint; without it the payload decides."""
    format: str | None = None
    """The format; without it the name of the source and the body decide."""
    limits: Limits = DEFAULT_LIMITS


def check(source: Source, settings: Settings) -> Checked:
    """Read one source and say everything that is to be said about it; nothing is raised for what it holds."""
    try:
        data = source.read(settings.limits)
    except SourceError as error:
        return Checked(source.name, None, None, (Problem("BEV001", error.reason),))
    except DecodeError as error:
        return Checked(source.name, None, None, (error.problem,))
    declared = settings.format or source.declared
    found = inspect(data, settings.model, format=declared, limits=settings.limits)
    return Checked(source.name, found.format, found.endpoint, tuple(map(_softened, found.problems)))


def _softened(problem: Problem) -> Problem:
    """Whoever checks a saved body need not know its endpoint: that it is too empty to tell is no fault of it."""
    if problem.code != "BEV216":
        return problem
    return Problem("BEV220", problem.message, problem.pointer, problem.line, problem.column)
