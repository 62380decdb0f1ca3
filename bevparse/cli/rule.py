"""`bevparse rule`: explain a rule."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Sequence
from typing import Final

from ..problems.rules import RULES, Rule
from ..validate.settings import ALL, UnknownCodeError, expanded
from .exit_codes import OK, UNREADABLE, UsageError
from .options import add_text_or_json

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Explain a rule by its code, such as BEV203: what the rule means, and how to fix what it reports.

Without CODE all rules are listed; with a prefix such as BEV3, the rules whose codes begin with it."""
EXAMPLES: Final = """\
  bevparse rule BEV203                  one rule
  bevparse rule bad-check               the same rule, by its name
  bevparse rule BEV3                    all rules whose codes begin with BEV3
  bevparse rule --output-format json > codes.json
"""
CODES: Final = {
    OK: "the rules were printed",
    UNREADABLE: "the rules could not be written",
}
_WIDTH: Final = 88


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "code", nargs="?", metavar="CODE", help="a code, a name or a prefix, such as BEV203, bad-check or BEV2"
    )
    which.add_argument("--all", action="store_true", help="list all rules, as without CODE")
    about = "text, or JSON with everything about a rule: an object, or an array for a list (default: text)"
    add_text_or_json(parser.add_argument, about)


def run(arguments: argparse.Namespace) -> int:
    """Print one explanation, or a list of rules."""
    try:
        (code,) = expanded([ALL if arguments.code is None else arguments.code])
    except UnknownCodeError as error:
        raise UsageError(str(error)) from None
    rules = [rule for known, rule in RULES.items() if known.startswith(code)]
    if arguments.output_format == "json":
        found = [rule._asdict() for rule in rules]
        print(json.dumps(found[0] if code in RULES else found, indent=2))
    else:
        print(_explained(RULES[code]) if code in RULES else _listed(rules))
    return OK


def _explained(rule: Rule) -> str:
    parts = (
        f"{rule.code} {rule.slug} ({rule.severity})",
        _filled(rule.explanation),
        f"Example: {rule.example}",
        _filled(f"What to do: {rule.remedy}"),
    )
    return "\n\n".join(parts)


def _filled(text: str) -> str:
    """Return a text with lines of the same width, broken between words but not at a hyphen."""
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False)


def _listed(rules: Sequence[Rule]) -> str:
    return "\n".join(f"{rule.code}  {rule.severity:7}  {rule.slug}" for rule in rules)
