"""The page docs/rules.md, made from the rules: `python -m tests.rules_page` writes it."""

from __future__ import annotations

from bevparse.problems.rules import RULES

from .paths import ROOT

PAGE = ROOT / "docs" / "rules.md"
GROUPS = {
    "0": "The source could not be read, or a limit was passed",
    "1": "Not well-formed",
    "2": "Does not fit the endpoint",
    "3": "Accepted though not documented",
    "4": "Contradictory, within a body or across bodies",
    "5": "An API key in a recording",
}


def rules_page() -> str:
    """Write out every code under its group."""
    parts = [
        "# Rules\n",
        "`bevparse rule CODE` says the same, and `bevparse rule --all --output json` says it to programs.",
        "This page is made from `bevparse/problems/rules.py`.\n",
    ]
    for group, title in GROUPS.items():
        parts.append(f"## BEV{group}xx: {title}\n")
        for rule in RULES.values():
            if rule.code[3] == group:
                parts.append(f"### {rule.code} {rule.slug}\n")
                parts.append(f"*{rule.severity.capitalize()}.* {rule.explanation}\n")
                parts.append(f"Example: `{rule.example}`\n")
                parts.append(f"What to do: {rule.remedy}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(rules_page(), "utf-8")
