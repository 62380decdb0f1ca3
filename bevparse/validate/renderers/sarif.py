"""SARIF 2.1.0 for code scanning: one run with the rules, the results, and how the run went."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Final, TextIO

from ... import __version__
from ...problems import Problem, escape, line_of, message_of
from ...problems.rules import RULES, Rule, Severity
from ..report import Checked, Summary
from .groups import FindingGroup, Groups, Place, pointer_pattern
from .json import summary_object
from .phrases import counted, message_inside, path_of, place_in_file, uri_of

__all__ = ["SarifRenderer"]

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "note"}
_MOST_NOTIFICATIONS: Final = 100
_MOST_GROUPS: Final = 5000
"""Code scanning shows 5,000 results of a run, and refuses a run of more than 25,000."""
_MOST_PLACES: Final = 10
_ESCAPED: Final = str.maketrans({character: f"\\{character}" for character in "[]\\"})
_Object = dict[str, object]


class SarifRenderer:
    """Collects equal findings in bounded memory, and writes the log at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._groups = Groups(_key, (4, 2, 1), groups=_MOST_GROUPS, places=_MOST_PLACES, places_of_body=_MOST_PLACES)
        self._unreadable: list[_Object] = []

    def body(self, checked: Checked) -> None:
        """Collect the findings of one body."""
        self._groups.add(checked)
        if checked.outcome == "unreadable" and len(self._unreadable) < _MOST_NOTIFICATIONS:
            self._unreadable += [
                _notification("error", line_of(checked.source, problem)) for problem in checked.problems
            ]

    def end(self, summary: Summary) -> None:
        """Write the log."""
        artifacts = _Artifacts()
        codes = {code: index for index, code in enumerate(sorted({group.key[0] for group in self._groups}))}
        self._stream.write(f'{{"$schema":"{_SCHEMA}","version":"2.1.0","runs":[{{"columnKind":"unicodeCodePoints",')
        self._stream.write('"results":[\n')
        before = ""
        for group in self._groups:
            self._stream.write(
                before + json.dumps(_result(group, codes[group.key[0]], artifacts, at_least=self._groups.inexact))
            )
            before = ",\n"
        driver = {"name": "bevparse", "version": __version__, "rules": [_rule(RULES[code]) for code in codes]}
        rest = {
            "tool": {"driver": driver},
            "artifacts": artifacts.listed,
            "invocations": [self._invocation(summary)],
            "properties": summary_object(summary),
        }
        self._stream.write(f"\n],{json.dumps(rest)[1:-1]}}}]}}\n")

    def _invocation(self, summary: Summary) -> _Object:
        notifications = self._unreadable[:_MOST_NOTIFICATIONS]
        more = summary.unreadable - len(notifications)
        if more > 0:
            notifications.append(_notification("error", f"{counted(more, 'more source')} unreadable"))
        if summary.interrupted:
            notifications.append(_notification("warning", "interrupted before everything was checked"))
        successful = not (summary.unreadable or summary.interrupted)
        return {"executionSuccessful": successful, "toolExecutionNotifications": notifications}


def _key(checked: Checked, problem: Problem) -> tuple[str, ...]:
    return problem.code, pointer_pattern(problem.pointer), checked.file, checked.inner


class _Artifacts:
    """The files that results are in, and the bodies inside them."""

    def __init__(self) -> None:
        self.listed: list[_Object] = []
        self._indexes: dict[tuple[str, str], int] = {}

    def location(self, file: str, inner: str = "") -> _Object:
        """Return the location of a file, or of a body inside a file."""
        key = path_of(file), inner
        uri = uri_of(inner) if inner else uri_of(file)
        if key not in self._indexes:
            artifact: _Object = {"location": {"uri": uri}}
            if inner:
                artifact["parentIndex"] = self.location(file)["index"]
            self._indexes[key] = len(self.listed)
            self.listed.append(artifact)
        return {"uri": uri, "index": self._indexes[key]}


def _result(group: FindingGroup, rule: int, artifacts: _Artifacts, *, at_least: bool) -> _Object:
    code = group.key[0]
    first, *others = group.places
    inside = [_inside(place, artifacts) for place in group.places if place.checked.inner]
    related = [*inside, *(_location(place, artifacts) for place in others)]
    result: _Object = {
        "ruleId": code,
        "ruleIndex": rule,
        "level": _LEVELS[RULES[code].severity],
        "message": _message_object(_message(group, at_least=at_least)),
        "locations": [_location(first, artifacts)],
        "partialFingerprints": {"bevparse/v1": _fingerprint(group)},
        "occurrenceCount": group.count,
    }
    if related:
        result["relatedLocations"] = [{"id": number, **one} for number, one in enumerate(related, 1)]
    return result


def _message(group: FindingGroup, *, at_least: bool) -> str:
    first = group.places[0]
    bodies = f" in {'at least ' if at_least else ''}{group.bodies} bodies" if group.bodies > 1 else ""
    more = f"; {group.count} findings like this{bodies}" if group.count > 1 else ""
    return message_inside(first.checked, first.problem) + more


def _fingerprint(group: FindingGroup) -> str:
    """Return an id of a result. It contains no index, so that it stays the same when records are added or removed."""
    code, *pattern = group.key[:2]
    source = [path_of(group.key[2]), group.key[3]] if len(group.key) > 2 else []
    return sha256("\n".join(map(repr, (code, *source, *pattern))).encode()).hexdigest()[:32]


def _location(place: Place, artifacts: _Artifacts) -> _Object:
    """Return the location in the file. Without a line it is line 1, because code scanning requires one."""
    line, column = place_in_file(place.checked, place.problem)
    location: _Object = {
        "physicalLocation": {
            "artifactLocation": artifacts.location(place.checked.file),
            "region": _region(line or 1, column if line else None),
        }
    }
    named = escape(place.checked.inner + place.problem.pointer)
    return {**location, "logicalLocations": [{"fullyQualifiedName": named}]} if named else location


def _inside(place: Place, artifacts: _Artifacts) -> _Object:
    """Return the location in a body that is inside a file."""
    physical: _Object = {"artifactLocation": artifacts.location(place.checked.file, place.checked.inner)}
    own = Checked(place.checked.file + place.checked.inner, format=place.checked.format)
    line, column = place_in_file(own, place.problem)
    if line:
        physical["region"] = _region(line, column)
    return {"physicalLocation": physical, "message": _message_object(message_of(place.problem))}


def _region(line: int, column: int | None) -> _Object:
    return {"startLine": line} if column is None else {"startLine": line, "startColumn": column}


def _notification(level: str, text: str) -> _Object:
    return {"level": level, "message": _message_object(text)}


def _message_object(text: str) -> _Object:
    """Return a message in which nothing is a link; square brackets would begin one."""
    return {"text": text.translate(_ESCAPED)}


def _rule(rule: Rule) -> _Object:
    words = rule.slug.split("-")
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in words),
        "shortDescription": {"text": " ".join(words).capitalize()},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": f"{rule.explanation}\n\nFor example: {rule.example}\n\nWhat to do: {rule.remedy}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
