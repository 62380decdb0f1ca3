"""One source in, everything that is to be said about it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ..apikeys import masked
from ..errors import DecodeError, SourceError
from ..files.paths import plain_name
from ..problems import Problem, rules
from ..problems.rules import UNREAD, Group
from ..reader import BodyReader, Inspection
from ..sources import Source, recording_of, refused
from ..sources.expected import expected_of
from .consistency import inconsistencies
from .cross_checks import facts_of
from .excerpts import excerpts
from .profile import profile_of
from .report import Checked, Seen
from .settings import Settings

__all__ = ["check"]

_MISREAD: Final = frozenset(
    (rules.UNKNOWN_PAYLOAD, rules.AMBIGUOUS_ENDPOINT, rules.MISSING_ENVELOPE, rules.OTHER_ENDPOINT)
)
"""Rules that keep others from being applied: the body was not read as what it is."""


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
    recording = recording_of(source, data)
    if recording is None:
        yield _check_body(source, data, settings)
        return
    foreign = recording.holds(data)
    try:
        for member in recording.members(source, data, settings.limits):
            foreign = False
            yield _check_member(member, settings)
        if foreign:  # there was something to look at all the same
            yield Checked(source.file, source.inner, outcome="notice")
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
    reader = BodyReader(source.wrapped(data), expected_of(source, settings), settings.limits)
    found = reader.inspect()
    problems = _problems(reader, found, settings)
    crossed = not source.named if settings.cross is None else settings.cross
    compared = crossed and not any(problem.severity == "error" for problem in problems)
    problems = (*source.problems, *map(source.unwrapped, problems))
    seen = _seen(problems)
    problems = tuple(map(_without_keys, settings.selection.chosen(problems, source.name)))
    shown = excerpts(data, found.format, problems) if settings.excerpts and problems else ()
    return Checked(
        source.file,
        source.inner,
        found.format,
        found.endpoint,
        tuple(map(source.moved, problems)),
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
    broken = {problem.rule for problem in problems}
    if any(rule.group in UNREAD or rule in _MISREAD for rule in broken):
        return "part"
    errors = {rule.group for rule in broken if rule.severity == "error"}
    return "all" if not errors else "alone" if errors == {Group.CONSISTENCY} else "form"


def _problems(reader: BodyReader, found: Inspection, settings: Settings) -> tuple[Problem, ...]:
    """Add to the problems of a body what contradicts itself in it, where it can be read without an error."""
    problems = tuple(map(_softened, found.problems))
    if found.response is None or any(problem.severity == "error" for problem in problems):
        return problems
    contradictions = tuple(inconsistencies(found.response, now=settings.now))
    if not contradictions:
        return problems
    pointers = {problem.pointer for problem in contradictions}
    places = reader.locate(pointers, type(found.response))
    return (*problems, *(_at(problem, places.get(problem.pointer)) for problem in contradictions))


def _at(problem: Problem, place: tuple[int, int] | None) -> Problem:
    return replace(problem, line=place[0], column=place[1]) if place else problem


def _without_keys(problem: Problem) -> Problem:
    """Overwrite API keys where a message shows a value and where a pointer has a name of the body.

    A part of a key stays: messages cut values, and a key that was cut is not one any more.
    """
    message, pointer = masked(problem.message), masked(problem.pointer)
    unchanged = (message, pointer) == (problem.message, problem.pointer)
    return problem if unchanged else replace(problem, message=message, pointer=pointer)


def _softened(problem: Problem) -> Problem:
    """Whoever checks a saved body need not know its endpoint: that it is too empty to tell is no fault of it."""
    return replace(problem, code=rules.ENDPOINT_UNKNOWN.code) if problem.rule is rules.EMPTY_PAYLOAD else problem
