"""SARIF 2.1.0 for code scanning: one run with the rules, the results, and how the run went."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Final, TextIO

from ... import __version__
from ...problems import escape, line_of, message_of
from ...problems.rules import RULES, Rule, Severity
from ..report import Checked, Summary
from .groups import Group, Groups, Place
from .json import summary_object
from .wording import counted, message_inside, path_of, place_in_file, uri_of

__all__ = ["SarifRenderer"]

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "note"}
_MOST_NOTIFICATIONS: Final = 100

_Object = dict[str, object]


class SarifRenderer:
    """Gathers equal findings, and writes the log at the end; what it holds is bounded."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._groups = Groups()
        self._unreadable: list[_Object] = []

    def body(self, checked: Checked) -> None:
        """Take in what was found in one body."""
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
            self._stream.write(before + json.dumps(_result(group, codes[group.key[0]], artifacts)))
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
            notifications.append(_notification("error", f"{counted(more, 'more source')} not readable"))
        if summary.interrupted:
            notifications.append(_notification("warning", "interrupted, so there is more to check"))
        successful = not (summary.unreadable or summary.interrupted)
        return {"executionSuccessful": successful, "toolExecutionNotifications": notifications}


class _Artifacts:
    """The files that results are in, and the bodies inside of them."""

    def __init__(self) -> None:
        self.listed: list[_Object] = []
        self._indexes: dict[tuple[str, str], int] = {}

    def location(self, file: str, inner: str = "") -> _Object:
        """Point at a file, or at what stands inside of one."""
        key = path_of(file), inner
        uri = uri_of(inner) if inner else uri_of(file)
        if key not in self._indexes:
            artifact: _Object = {"location": {"uri": uri}}
            if inner:
                artifact["parentIndex"] = self.location(file)["index"]
            self._indexes[key] = len(self.listed)
            self.listed.append(artifact)
        return {"uri": uri, "index": self._indexes[key]}


def _result(group: Group, rule: int, artifacts: _Artifacts) -> _Object:
    code = group.key[0]
    first, *others = group.places
    inside = [_inside(place, artifacts) for place in group.places if place.checked.inner]
    related = [*inside, *(_location(place, artifacts) for place in others)]
    result: _Object = {
        "ruleId": code,
        "ruleIndex": rule,
        "level": _LEVELS[RULES[code].severity],
        "message": {"text": _message(group)},
        "locations": [_location(first, artifacts)],
        "partialFingerprints": {"bevparse/v1": _fingerprint(group)},
        "occurrenceCount": group.count,
    }
    if related:
        result["relatedLocations"] = [{"id": number, **one} for number, one in enumerate(related, 1)]
    return result


def _message(group: Group) -> str:
    first = group.places[0]
    least = "" if len(group.key) > 1 else "at least "
    bodies = f" in {least}{group.bodies} bodies" if group.bodies > 1 else ""
    more = f"; {group.count} findings like it{bodies}" if group.count > 1 else ""
    return message_inside(first.checked, first.problem) + more


def _fingerprint(group: Group) -> str:
    """Give what tells a result from others; as indexes have no part in it, it stays when records come and go."""
    code, *pattern = group.key[:2]
    source = [path_of(group.key[2]), group.key[3]] if len(group.key) > 2 else []
    return sha256("\n".join(map(repr, (code, *source, *pattern))).encode()).hexdigest()[:32]


def _location(place: Place, artifacts: _Artifacts) -> _Object:
    """Point at the file; code scanning takes no result without a line."""
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
    """Point at the place in a body that stands inside of a file."""
    physical: _Object = {"artifactLocation": artifacts.location(place.checked.file, place.checked.inner)}
    own = Checked(place.checked.file + place.checked.inner, format=place.checked.format)
    line, column = place_in_file(own, place.problem)
    if line:
        physical["region"] = _region(line, column)
    return {"physicalLocation": physical, "message": {"text": message_of(place.problem)}}


def _region(line: int, column: int | None) -> _Object:
    return {"startLine": line} if column is None else {"startLine": line, "startColumn": column}


def _notification(level: str, text: str) -> _Object:
    return {"level": level, "message": {"text": text}}


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
