"""`bevparse rule`: explain a code."""

from __future__ import annotations

import argparse
import difflib
import textwrap

from ..catalogue import CATALOGUE, Rule
from ..problems import shown
from .options import SOUND, USAGE, Commands, fail

__all__ = ["add", "run"]


def add(commands: Commands, epilog: str) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "rule",
        help="explain a code",
        description="Explain a code such as BEV203, or list them all.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("code", nargs="?", metavar="CODE", help="a code or its name, such as BEV203 or bad-check")


def run(arguments: argparse.Namespace) -> int:
    """Print one explanation, or the list of codes."""
    if arguments.code is None:
        for known in CATALOGUE.values():
            print(f"{known.code}  {known.severity:7}  {known.slug}")
        return SOUND
    by_name = {**CATALOGUE, **{rule.slug.upper(): rule for rule in CATALOGUE.values()}}
    rule = by_name.get(str(arguments.code).upper())
    if rule is None:
        near = difflib.get_close_matches(str(arguments.code).upper(), by_name, n=1)
        found = by_name[near[0]] if near else None
        hint = f"; did you mean {near[0] if near[0] in CATALOGUE else found.slug}?" if found else ""
        return fail(f"expected a code of bevparse, got {shown(arguments.code)}{hint}", USAGE)
    print(_explained(rule))
    return SOUND


def _explained(rule: Rule) -> str:
    text = textwrap.fill(rule.explanation, 88)
    return f"{rule.code} {rule.slug} ({rule.severity})\n\n{text}\n\nExample: {rule.example}"
