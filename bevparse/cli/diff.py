"""`bevparse diff`: whether two saved bodies hold the same."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import DecodeError, SourceError, UnknownFormatError
from ..problems import Problem, escape
from .options import (
    PROBLEMS,
    SOUND,
    UNREADABLE,
    USAGE,
    Commands,
    add_body_options,
    add_limit_option,
    exit_codes,
    fail,
    model_of,
)

if TYPE_CHECKING:
    from pydantic import JsonValue

    from ..compare import Difference
    from ..limits import Limits
    from ..reader import Inspection
    from ..sources import Source

__all__ = ["add", "run"]

_DESCRIPTION = """\
Compare two saved bodies, A and B, in whatever formats: whether they hold the same, and if not, what differs, by its
place in the canonical JSON spelling.

A and B are files, also with .gz, .bz2, .xz or .zst behind the name, or places inside archives, recordings and JSON
Lines as validate tells them; one of them may be - for standard input. Requests are found again by their ids and other
records by their addresses, so that one that was put in does not make all behind it differ. How things are spelled makes
no difference. Undocumented fields are compared, too; where one body is XML or CSV, which know nothing but text, they
are the same when their texts are, and a blank one when it is not there at all.

A body that is not sound ends with 3, and not with 1, since nobody knows then what differs: its problems are told."""

_EXAMPLES = """examples:
  bevparse diff completed.json completed.xml
  bevparse diff monday/status.json friday/status.json.gz
  bevparse diff session.har#/log/entries/3 session.har#/log/entries/7
  bevparse diff --endpoint completed old.csv new.csv --output json
"""

_CODES: Final = {
    SOUND: "they hold the same",
    PROBLEMS: "they differ",
    UNREADABLE: "one of them could not be read, or is not sound",
}

_MOST: Final = 100
_LONGEST: Final = 60


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "diff",
        help="compare two bodies",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name in ("A", "B"):
        parser.add_argument(name.lower(), metavar=name, help="a file, or - for standard input")
    add_body_options(parser.add_argument)
    add_limit_option(parser.add_argument)
    for name in ("A", "B"):
        parser.add_argument(f"--format-{name.lower()}", metavar="NAME", help=f"the format of {name} alone")
    parser.add_argument("--output", choices=("text", "json"), default="text", help="how it is shown (default: text)")


def run(arguments: argparse.Namespace) -> int:
    """Compare the two bodies and show what differs."""
    from ..compare import differences, errors_of, inspect_pair, is_untyped  # noqa: PLC0415 - bring pydantic
    from ..sources import is_container  # noqa: PLC0415 - see above
    from .configuration import UsageError, limits_of  # noqa: PLC0415 - see above

    if arguments.a == arguments.b == "-":
        return fail("expected standard input to be read once, got - and -", USAGE)
    try:
        for path in (arguments.a, arguments.b):
            if is_container(path):
                hint = "write one with bevparse convert, or name a place in it, as validate tells it"
                return fail(f"expected a file with one body, got {escape(path)}; {hint}", USAGE)
        limits = limits_of(arguments.limit or (), {})
        one = _body(arguments.a, arguments.format_a or arguments.format, limits)
        other = _body(arguments.b, arguments.format_b or arguments.format, limits)
    except (UnknownFormatError, UsageError) as error:
        return fail(str(error), USAGE)
    except SourceError as error:
        return fail(escape(str(error)), UNREADABLE)
    recorded = one.source.endpoint if one.source.endpoint == other.source.endpoint else None
    model = model_of(arguments.endpoint or recorded)
    read = inspect_pair((one.data, other.data), (one.format, other.format), model, limits=limits)
    left, right = (found.response for found in read)
    if left is None or right is None or any(map(errors_of, read)):
        return _refuse((one, other), [errors_of(found) for found in read])
    found = differences(left, right, as_text=any(map(is_untyped, read)))
    differ = _show_json(found, (one, other), read) if arguments.output == "json" else _show_text(found)
    return PROBLEMS if differ else SOUND


class _Body(NamedTuple):
    source: Source
    data: bytes
    format: str | None


def _body(path: str, format: str | None, limits: Limits) -> _Body:
    from .. import formats  # noqa: PLC0415 - bring pydantic, which --help does not need
    from ..sources import named_source  # noqa: PLC0415 - see above

    named = formats.get(format).name if format else None
    source = named_source(path, limits)
    try:
        data = source.read(limits)
    except DecodeError as error:
        raise SourceError(source.name, error.problem.message) from None
    return _Body(source, source.wrapped(data), named or source.declared)


def _refuse(bodies: Sequence[_Body], faults: Sequence[Sequence[Problem]]) -> int:
    from ..problems import line_of  # noqa: PLC0415 - brings pydantic, which --help does not need

    for body, problems in zip(bodies, faults, strict=True):
        for problem in problems:
            fail(line_of(body.source.name, body.source.moved(body.source.unwrapped(problem))), UNREADABLE)
    return UNREADABLE


def _show_text(found: Iterator[Difference]) -> bool:
    """Write what differs, and tell whether anything does."""
    shown = [*map(_line, islice(found, _MOST))]
    more = sum(1 for _ in found)
    for line in (*shown, *([f"and {more} more"] if more else ())):
        print(line)
    return bool(shown)


def _line(difference: Difference) -> str:
    left, right = difference.left, difference.right
    if left is None or right is None:
        (name, side) = next((name, side) for name, side in (("A", left), ("B", right)) if side is not None)
        value = "" if side.value is None else f" ({_worded(side.value)})"
        return f"{escape(side.pointer)}: only in {name}{value}"
    if difference.kind == "order":
        return f"{escape(left.pointer)}: in another order, {escape(right.pointer)} in B"
    if difference.kind == "endpoint":
        return f"{escape(left.pointer)}: the answer of {left.value} in A, the answer of {right.value} in B"
    elsewhere = "" if left.pointer == right.pointer else f" ({escape(right.pointer)})"
    return f"{escape(left.pointer)}: {_worded(left.value)} in A, {_worded(right.value)} in B{elsewhere}"


def _worded(value: JsonValue) -> str:
    text = escape(json.dumps(value, ensure_ascii=False)) if value is not None else "not said"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _show_json(found: Iterator[Difference], bodies: Sequence[_Body], read: Sequence[Inspection]) -> bool:
    shown = [_object(difference) for difference in islice(found, _MOST)]
    more = sum(1 for _ in found)
    sides = {
        name: {"source": body.source.name, "format": one.format, "endpoint": one.endpoint}
        for name, body, one in zip(("a", "b"), bodies, read, strict=True)
    }
    print(json.dumps({"equal": not shown, **sides, "differences": shown, "more": more}))
    return bool(shown)


def _object(difference: Difference) -> dict[str, object]:
    sides = {"a": difference.left, "b": difference.right}
    return {"kind": difference.kind, **{name: side and side._asdict() for name, side in sides.items()}}
