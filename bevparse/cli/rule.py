"""`bevparse rule`: explain a code."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Sequence
from typing import Final

from ..problems import format_value
from ..problems.rules import RULES, Rule, nearest
from .options import SOUND, UNREADABLE, USAGE, Commands, exit_codes, fail

__all__ = ["add", "run"]

_ALL: Final = "BEV"
"""The prefix of all codes."""

_WIDTH: Final = 88
_DESCRIPTION = """\
Explain a code such as BEV203: what it means, and what to do about it.

Without a code all are listed, and with the beginning of codes, such as BEV3, those that begin so."""

_EXAMPLES = """examples:
  bevparse rule BEV203                  one code
  bevparse rule bad-check               the same, by its name
  bevparse rule BEV3                    all that begin so
  bevparse rule --output json > codes.json
"""

_CODES: Final = {
    SOUND: "the rules were printed",
    UNREADABLE: "they could not be written",
}


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "rule",
        help="explain a code",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "code", nargs="?", metavar="CODE", help="a code, its name or its beginning, such as BEV203, bad-check or BEV2"
    )
    which.add_argument("--all", action="store_true", help="list all codes, as without CODE")
    parser.add_argument(
        "--output",
        choices=("text", "json"),
        default="text",
        help="text, or JSON with all that is known: an object for one code, an array for a list (default: text)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one explanation, or a list of codes."""
    name = _ALL if arguments.code is None else str(arguments.code).upper()
    by_name = {**RULES, **{rule.slug.upper(): rule for rule in RULES.values()}}
    rule = by_name.get(name)
    if rule is not None:
        print(json.dumps(rule._asdict(), indent=2) if arguments.output == "json" else _explained(rule))
        return SOUND
    group = [known for code, known in RULES.items() if name.startswith(_ALL) and code.startswith(name)]
    if not group:
        return _unknown(str(arguments.code))
    print(json.dumps([known._asdict() for known in group], indent=2) if arguments.output == "json" else _listed(group))
    return SOUND


def _explained(rule: Rule) -> str:
    parts = (
        f"{rule.code} {rule.slug} ({rule.severity})",
        _filled(rule.explanation),
        f"Example: {rule.example}",
        _filled(f"What to do: {rule.remedy}"),
    )
    return "\n\n".join(parts)


def _filled(text: str) -> str:
    """Fill lines, without a break inside an option or a name."""
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False)


def _listed(rules: Sequence[Rule]) -> str:
    return "\n".join(f"{rule.code}  {rule.severity:7}  {rule.slug}" for rule in rules)


def _unknown(code: str) -> int:
    near = nearest(code)
    hint = f"; did you mean {near}?" if near else "; bevparse rule lists them"
    return fail(f"expected a code of bevparse or a prefix such as BEV3, got {format_value(code)}{hint}", USAGE)
