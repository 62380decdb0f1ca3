"""`bevparse diff`: compare two saved bodies."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from pydantic import JsonValue

from ..apikeys import masked
from ..compare import Difference, differences, errors_of, inspect_pair, is_untyped
from ..errors import DecodeError, SourceError
from ..limits import Limits
from ..problems import Problem, escape, line_of
from ..reader.events import Inspection
from ..sources import Search, Source, is_container, named_source
from .configuration import format_of, limits_of
from .exit_codes import OK, PROBLEMS, UNREADABLE, UsageError, fail
from .options import add_body_options, add_limit_option, add_renamed, add_text_or_json, model_of

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Compare two saved bodies, A and B, in any formats. Each difference is reported with its location, which is a JSON
pointer into the body as convert writes it to JSON.

A and B are files or URLs, also with the suffix .gz, .bz2, .xz or .zst, or locations in archives, recordings and JSON
Lines, as reported by validate. One of them can be - for standard input. Requests are matched by id, and other records
by address, so that an inserted record is one difference. Spelling makes no difference. Undocumented fields are
compared, too. If one body is XML or CSV, which contain only text, they are compared as text, and an empty field equals
a missing one.

If a body is not valid, its problems are reported and the exit code is 3, because the differences are unknown."""
EXAMPLES: Final = """\
  bevparse diff completed.json completed.xml
  bevparse diff monday/status.json friday/status.json.gz
  bevparse diff session.har#/log/entries/3 session.har#/log/entries/7
  bevparse diff --endpoint completed old.csv new.csv --output-format json
"""
CODES: Final = {
    OK: "the bodies are equal",
    PROBLEMS: "the bodies differ",
    UNREADABLE: "a body could not be read, or is not valid",
}
_MOST: Final = 100
"""The most differences that are shown."""
_LONGEST: Final = 60
"""The most characters of a value that are shown."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    for name in ("A", "B"):
        parser.add_argument(name.lower(), metavar=name, help="a file, or - for standard input")
    add_body_options(parser.add_argument)
    add_limit_option(parser.add_argument)
    for name in ("A", "B"):
        side = name.lower()
        names, about = (f"--format-{side}", f"--from-{side}"), f"format of {name} only"
        add_renamed(parser.add_argument, *names, dest=f"format_{side}", metavar="NAME", help=about)
    add_text_or_json(parser.add_argument)


def run(arguments: argparse.Namespace) -> int:
    """Compare the two bodies and print the differences."""
    if arguments.a == arguments.b == "-":
        raise UsageError("A and B cannot both be standard input (-)")
    for path in (arguments.a, arguments.b):
        if is_container(path):
            hint = "write one body with bevparse convert, or name a location that bevparse validate reports"
            raise UsageError(f"expected a file with one body, got {escape(path)}; {hint}")
    limits = limits_of(arguments.limit or (), {})
    one = _read(arguments.a, arguments.format_a or arguments.format, limits)
    other = _read(arguments.b, arguments.format_b or arguments.format, limits)
    recorded = one.source.endpoint if one.source.endpoint == other.source.endpoint else None
    model = model_of(arguments.endpoint or recorded)
    read = inspect_pair((one.data, other.data), (one.format, other.format), model, limits=limits)
    left, right = (inspection.response for inspection in read)
    if left is None or right is None or any(map(errors_of, read)):
        return _refuse((one, other), [errors_of(inspection) for inspection in read])
    found = differences(left, right, as_text=any(map(is_untyped, read)))
    differ = _show_json(found, (one, other), read) if arguments.output_format == "json" else _show_text(found)
    return PROBLEMS if differ else OK


class _SavedBody(NamedTuple):
    source: Source
    data: bytes
    format: str | None


def _read(path: str, format: str | None, limits: Limits) -> _SavedBody:
    named = format_of(format) if format else None
    source = named_source(path, Search(limits=limits))
    try:
        data = source.read()
    except DecodeError as error:
        raise SourceError(source.name, error.problem.message) from None
    return _SavedBody(source, source.wrapped(data), named or source.declared)


def _refuse(bodies: Sequence[_SavedBody], faults: Sequence[Sequence[Problem]]) -> int:
    for body, problems in zip(bodies, faults, strict=True):
        for problem in problems:
            fail(line_of(body.source.name, body.source.moved(body.source.unwrapped(problem))), UNREADABLE)
    return UNREADABLE


def _show_text(found: Iterator[Difference]) -> bool:
    """Print the differences, and return whether there are any."""
    shown = [*map(_line, islice(found, _MOST))]
    more = sum(1 for _ in found)
    for line in (*shown, *([f"and {more} more"] if more else ())):
        print(line)
    return bool(shown)


def _line(difference: Difference) -> str:
    left, right = difference.left, difference.right
    if left is None or right is None:
        (name, side) = next((name, side) for name, side in (("A", left), ("B", right)) if side is not None)
        value = "" if side.value is None else f" ({_shortened(side.value)})"
        return f"{escape(side.pointer)}: only in {name}{value}"
    if difference.kind == "order":
        return f"{escape(left.pointer)}: in another order, {escape(right.pointer)} in B"
    if difference.kind == "endpoint":
        return f"{escape(left.pointer)}: response of {left.value} in A, response of {right.value} in B"
    elsewhere = "" if left.pointer == right.pointer else f" ({escape(right.pointer)})"
    return f"{escape(left.pointer)}: {_shortened(left.value)} in A, {_shortened(right.value)} in B{elsewhere}"


def _shortened(value: JsonValue) -> str:
    text = escape(json.dumps(value, ensure_ascii=False)) if value is not None else "missing"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _show_json(found: Iterator[Difference], bodies: Sequence[_SavedBody], read: Sequence[Inspection]) -> bool:
    shown = [_object(difference) for difference in islice(found, _MOST)]
    more = sum(1 for _ in found)
    sides = {
        name: {"source": body.source.name, "format": one.format, "endpoint": one.endpoint}
        for name, body, one in zip(("a", "b"), bodies, read, strict=True)
    }
    print(masked(json.dumps({"equal": not shown, **sides, "differences": shown, "more": more})))
    return bool(shown)


def _object(difference: Difference) -> dict[str, object]:
    sides = {"a": difference.left, "b": difference.right}
    return {"kind": difference.kind, **{name: side and side._asdict() for name, side in sides.items()}}
