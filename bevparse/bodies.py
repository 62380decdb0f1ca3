"""From the bytes of a body to its document, and from paths in it back to lines and columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from . import formats
from .endpoints import open_payload
from .errors import DecodeError
from .formats import Document, Format, Locator
from .formats.text import body_head, is_blank
from .limits import Limits
from .problems import Problem, format_value, rules
from .problems.findings import Findings
from .tree import Path, Table

__all__ = ["choose_format", "decode", "placed"]


def choose_format(data: bytes | str, declared: str | None, limits: Limits) -> tuple[Format, Format | None]:
    """Settle on a format: what the body surely is, else what was declared, else CSV. Give the declared one too.

    Raises:
        DecodeError: the body is empty, or too large.
    """
    named = formats.get(declared) if declared else None
    if len(data) > limits.body:
        raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body", len(data))), declared)
    if is_blank(data) and (named is None or named.kind != "table"):
        raise DecodeError(Problem.of(rules.EMPTY_BODY, "expected an answer, got an empty body", "", 1, 1), declared)
    head = body_head(data)
    sure = named if named and named.sniff(head) else formats.sniff(head)
    return sure or named or formats.get("csv"), named


def decode(data: bytes | str, chosen: Format, named: Format | None, limits: Limits) -> tuple[Format, Document]:
    """Decode in the format that was settled on, unless that was a mere guess.

    Raises:
        DecodeError: the body is not well-formed in any format, or passes a limit.
    """
    document = chosen.decode(data, limits)
    if chosen is not named and _names_nothing(document):
        if named is None:
            start = format_value(body_head(data).decode("utf-8", "backslashreplace"))
            message = f"expected JSON, XML or CSV, got a text that starts {start}"
            raise DecodeError(Problem.of(rules.UNKNOWN_FORMAT, message, "", 1, 1))
        return named, named.decode(data, limits)
    if named and chosen is not named:
        other = Problem.of(
            rules.OTHER_FORMAT, f"expected {named.name}, which was declared, accepted {chosen.name}", "", 1, 1
        )
        document = replace(document, problems=(other, *document.problems))
    return chosen, document


def _names_nothing(document: Document) -> bool:
    """Tell whether this is a table without a known column, so most likely a text and no table at all."""
    if not isinstance(document.root, Table):
        return False
    payload = open_payload(document.root, "table", Findings(1))
    return not (payload and payload.candidates)


def placed(chosen: Format, data: bytes | str, found: Iterable[tuple[Problem, Path]]) -> list[Problem]:
    """Add lines and columns, where the format can tell them, and sort by them."""
    listed = list(found)
    if not listed or not hasattr(chosen, "locate"):
        return [problem for problem, _ in listed]
    places = cast(Locator, chosen).locate(data, {path for _, path in listed})
    placed = [
        replace(problem, line=places[path][0], column=places[path][1]) if path in places else problem
        for problem, path in listed
    ]
    return sorted(placed, key=lambda problem: (problem.line or 0, problem.column or 0))
