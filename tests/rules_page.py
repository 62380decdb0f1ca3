"""The page docs/rules.md, generated from the rules: `python -m tests.rules_page` writes it."""

from __future__ import annotations

from bevparse.problems.rules import RULES, Group

from .paths import ROOT

PAGE = ROOT / "docs" / "rules.md"


def rules_page() -> str:
    """Return the page: every rule under the title of its group."""
    parts = [
        "# Rules\n",
        "`bevparse rule CODE` prints the same text, and `bevparse rule --output-format json` prints it for programs.",
        "This page is generated from `bevparse/problems/rules.py`.\n",
    ]
    for digit, group in enumerate(Group):
        parts.append(f"## BEV{digit}xx: {group.value}\n")
        for rule in RULES.values():
            if rule.group is group:
                parts.append(f"### {rule.code} {rule.slug}\n")
                parts.append(f"*{rule.severity.capitalize()}.* {rule.explanation}\n")
                parts.append(f"Example: `{rule.example}`\n")
                parts.append(f"What to do: {rule.remedy}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(rules_page(), "utf-8")
