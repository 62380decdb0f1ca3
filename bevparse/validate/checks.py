"""The check of one source: everything that is reported about its bodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from ..errors import DecodeError, SourceError, reason
from ..files.paths import plain_name
from ..garbage import LARGE, without_collector
from ..problems import Problem, rules
from ..problems.rules import UNREAD, Group
from ..reader import BodyReader
from ..sources import Source, document_kind, refused
from ..sources.expected import expected_of
from ..sources.keys import are_reported, problems_in
from .consistency import inconsistencies
from .content import Content, surveyed
from .cross_checks import facts_of
from .excerpts import excerpts
from .profile import profile_of
from .report import Checked, Coverage
from .settings import Settings

__all__ = ["check"]

_MISREAD: Final = frozenset(
    (rules.UNKNOWN_PAYLOAD, rules.AMBIGUOUS_ENDPOINT, rules.MISSING_ENVELOPE, rules.OTHER_ENDPOINT)
)
"""Rules that keep others from being applied, because the endpoint is unknown or wrong."""


def check(source: Source, settings: Settings) -> Iterator[Checked]:
    """Read and check one source, which is a body, or a document with several. Its content raises no exception."""
    try:
        yield from _check(source, settings)
    except MemoryError as error:
        yield _unchecked(source, error, settings)


def _check(source: Source, settings: Settings) -> Iterator[Checked]:
    if source.outcome != "body":
        yield _notice(source, settings)
        return
    try:
        data = source.read()
    except (SourceError, DecodeError) as error:
        yield _notice(refused(source, error, "body"), settings)
        return
    document = document_kind(source, data)
    if document is None:
        yield _check_body(source, data, settings)
        return
    is_foreign = document.holds(data)
    reported, is_skipped = False, not (is_foreign or source.named)
    try:
        for member in document.members(source, data):
            if member.outcome == "body":
                checked = _check_body(member, member.read(), settings)
            else:
                checked = _notice(member, settings)
            is_foreign = is_foreign and bool(member.other_urls) and not checked.problems
            reported |= are_reported((*member.problems, *checked.problems))
            is_skipped = False
            yield checked
        if is_foreign:  # so that it counts as checked
            yield Checked(source.file, source.inner, outcome="notice")
    except (SourceError, DecodeError) as error:
        yield _notice(refused(source, error), settings)
    if not is_skipped:
        yield from _keys_elsewhere(source, data, settings, are_reported=reported)


def _keys_elsewhere(source: Source, data: bytes, settings: Settings, *, are_reported: bool) -> Iterator[Checked]:
    """Report the API keys in the parts of a recording that are neither requests nor responses of the service."""
    found = tuple(problems_in(data, settings.limits, are_keys_reported=are_reported))
    if problems := settings.selection.chosen(found, source.name):
        lines = excerpts(data, None, problems) if settings.excerpts else ()
        yield Checked(source.file, source.inner, problems=problems, excerpts=lines, outcome="notice")


def _notice(source: Source, settings: Settings) -> Checked:
    """Return the problems of a source that is not a readable body."""
    problems = settings.selection.chosen(source.problems, source.name)
    size = source.size if source.outcome == "body" else 0  # the stored size, as the size of the body is unknown
    # a notice is not about a body, of which a check could be left out
    coverage: Coverage = "partial" if _coverage(source.problems) == "partial" else "full"
    return Checked(
        source.file,
        source.inner,
        problems=problems,
        outcome=source.outcome,
        size=size,
        coverage=coverage,
        depends_on_files=source.depends_on_files,
        skipped=source.skipped,
        other_urls=source.other_urls,
    )


def _unchecked(source: Source, error: MemoryError, settings: Settings) -> Checked:
    return _notice(refused(source, SourceError(source.name, f"cannot check body: {reason(error)}")), settings)


def _check_body(source: Source, data: bytes, settings: Settings) -> Checked:
    """Check a body. If there is too little memory, return this as its problem, because other bodies may need less."""
    checked = partial(_checked_body, source, data, settings)
    try:
        return checked() if len(data) < LARGE else without_collector(checked)  # paused until the records are freed
    except MemoryError as error:
        return _unchecked(source, error, settings)


def _checked_body(source: Source, data: bytes, settings: Settings) -> Checked:
    expected = expected_of(source, settings)
    reader = BodyReader(source.wrapped(data), expected, settings.limits, budget=source.budget, salvage=True)
    survey = reader.survey()
    found, content = survey.found, surveyed(survey)
    problems = tuple(map(_tolerate_unknown_endpoint, found.problems))
    if content and not _has_errors(problems):
        problems += _contradictions(reader, content, settings)
    crossed = not source.named if settings.cross is None else settings.cross
    facts = facts_of(source, content, found.format) if content and crossed and not _has_errors(problems) else ()
    problems = (*source.problems, *map(source.unwrapped, problems))
    coverage = _coverage(problems)
    keys = problems_in(data, settings.limits)
    problems = settings.selection.chosen((*problems, *keys), source.name)
    lines = excerpts(data, found.format, problems) if settings.excerpts and problems else ()
    is_line = source.first_line is not None
    return Checked(
        source.file,
        source.inner,
        found.format,
        found.endpoint,
        tuple(map(source.moved, problems)),
        lines,
        size=len(data),
        in_file=is_line and source.inner.startswith("#") and plain_name(source.file) == source.file,
        profile=profile_of(content, len(data), len(problems)) if settings.profile else None,
        facts=tuple(facts),
        depends_on_files=source.depends_on_files,
        coverage=coverage,
    )


def _has_errors(problems: tuple[Problem, ...]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _coverage(problems: tuple[Problem, ...]) -> Coverage:
    broken = {problem.rule for problem in problems}
    if any(rule.group in UNREAD or rule in _MISREAD for rule in broken):
        return "partial"
    groups = {rule.group for rule in broken if rule.severity == "error"}
    if not groups:
        return "full"
    return "no_cross_checks" if groups == {Group.CONSISTENCY} else "no_consistency"


def _contradictions(reader: BodyReader, content: Content, settings: Settings) -> tuple[Problem, ...]:
    """Return the contradictions within a body that was read without errors, with their lines and columns."""
    problems = tuple(inconsistencies(content, now=settings.now))
    if not problems:
        return ()
    pointers = {problem.pointer for problem in problems}
    positions = reader.locate(pointers, content.model)
    return tuple(_at(problem, positions.get(problem.pointer)) for problem in problems)


def _at(problem: Problem, place: tuple[int, int] | None) -> Problem:
    return replace(problem, line=place[0], column=place[1]) if place else problem


def _tolerate_unknown_endpoint(problem: Problem) -> Problem:
    """Replace the error for an empty body by an info: the endpoint of a saved body need not be known."""
    return replace(problem, code=rules.ENDPOINT_UNKNOWN.code) if problem.rule is rules.EMPTY_PAYLOAD else problem
