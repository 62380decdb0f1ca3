"""One source in, everything that is to be said about it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ..api import Inspection, inspect
from ..endpoints import MODELS
from ..errors import DecodeError, SourceError
from ..files import plain_name
from ..models import Response
from ..places import places_of
from ..problems import Problem
from .consistency import inconsistencies
from .excerpts import excerpts
from .facts import facts_of
from .globs import matches
from .profile import profile_of
from .report import Checked, Seen
from .settings import Settings
from .sources import Source, body_of_records, recording_of, refused

__all__ = ["check", "model_of"]

_PARTIAL: Final = ("BEV0", "BEV1", "BEV201", "BEV202", "BEV211", "BEV212")
"""How the codes begin of what keeps others from being found: what was not read, or not as what it is."""


def check(source: Source, settings: Settings) -> Iterator[Checked]:
    """Read one source, a body or a recording of several, and check it; nothing is raised for what it holds."""
    if source.outcome != "body":
        yield _remark(source, settings)
        return
    try:
        data = source.read(settings.limits)
    except (SourceError, DecodeError) as error:
        yield _remark(refused(source, error, "body"), settings)
        return
    recording = None if source.alone else recording_of(source, data)
    if recording is None:
        yield _check_body(source, data, settings)
        return
    foreign = recording.holds(data)
    try:
        for member in recording.members(source, data, settings.limits):
            foreign = False
            yield _check_member(member, settings)
        if foreign:  # there was something to look at all the same
            yield Checked(source.file, source.inner, outcome="remark")
    except (SourceError, DecodeError) as error:
        yield _remark(refused(source, error), settings)


def _check_member(member: Source, settings: Settings) -> Checked:
    if member.outcome == "body":
        return _check_body(member, member.read(settings.limits), settings)
    return _remark(member, settings)


def _remark(source: Source, settings: Settings) -> Checked:
    problems = settings.selection.chosen(source.problems, source.name)
    size = source.size if source.outcome == "body" else 0  # as it is, since nobody has seen what it becomes
    seen: Seen = "part" if _seen(source.problems) == "part" else "all"  # what it says of a request is about no body
    return Checked(source.file, source.inner, problems=problems, outcome=source.outcome, size=size, seen=seen)


def _check_body(source: Source, data: bytes, settings: Settings) -> Checked:
    model = model_of(source, settings)
    declared = settings.format or source.declared
    body = body_of_records(data) if source.record else data
    found = inspect(body, model, format=declared, limits=settings.limits)
    problems = _problems(body, found, settings)
    crossed = not source.named if settings.cross is None else settings.cross
    compared = crossed and not any(problem.severity == "error" for problem in problems)
    problems = (*source.problems, *(map(source.unwrapped, problems) if source.record else problems))
    seen = _seen(problems)
    problems = settings.selection.chosen(problems, source.name)
    shown = excerpts(data, found.format, problems) if settings.excerpts and problems else ()
    return Checked(
        source.file,
        source.inner,
        found.format,
        found.endpoint,
        tuple(map(source.moved, problems)) if source.first_line else problems,
        shown,
        size=len(data),
        in_file=source.first_line is not None
        and source.inner.startswith("#")
        and plain_name(source.file) == source.file,
        profile=profile_of(found.response, len(data), len(problems)) if settings.profile else None,
        facts=tuple(facts_of(source, found.response, found.format)) if compared else (),
        seen=seen,
    )


def _seen(problems: tuple[Problem, ...]) -> Seen:
    if any(problem.code.startswith(_PARTIAL) for problem in problems):
        return "part"
    errors = [problem.code for problem in problems if problem.severity == "error"]
    return "all" if not errors else "alone" if all(code.startswith("BEV4") for code in errors) else "form"


def model_of(source: Source, settings: Settings) -> type[Response]:
    """Settle on the model to read a body as: what was asked for, or its URL or path tells, or `Response`."""
    if settings.model is not Response:
        return settings.model
    if source.endpoint is not None:
        return MODELS[source.endpoint]
    fitting = (MODELS[endpoint] for pattern, endpoint in settings.endpoints if matches(pattern, source.name))
    return next(fitting, Response)


def _problems(data: bytes, found: Inspection, settings: Settings) -> tuple[Problem, ...]:
    """Add to the problems of a body what contradicts itself in it, where it can be read without an error."""
    problems = tuple(map(_softened, found.problems))
    if found.response is None or any(problem.severity == "error" for problem in problems):
        return problems
    contradictions = tuple(inconsistencies(found.response, now=settings.now))
    if not contradictions:
        return problems
    pointers = {problem.pointer for problem in contradictions}
    model = type(found.response)
    places = places_of(data, model, pointers, format=found.format, limits=settings.limits)
    return (*problems, *(_at(problem, places.get(problem.pointer)) for problem in contradictions))


def _at(problem: Problem, place: tuple[int, int] | None) -> Problem:
    return replace(problem, line=place[0], column=place[1]) if place else problem


def _softened(problem: Problem) -> Problem:
    """Whoever checks a saved body need not know its endpoint: that it is too empty to tell is no fault of it."""
    return replace(problem, code="BEV220") if problem.code == "BEV216" else problem
