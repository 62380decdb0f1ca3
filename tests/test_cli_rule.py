"""`bevparse rule`: codes explained."""

from __future__ import annotations

import pytest

from bevparse.catalogue import CATALOGUE
from bevparse.cli import main


@pytest.mark.parametrize("name", ["BEV203", "bev203", "bad-check", "BAD-Check"])
def test_a_code_or_its_name_is_explained_in_capitals_or_not(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["rule", name])

    expected = (
        "BEV203 bad-check (error)\n\n"
        'A check is something other than "true", "false" or "null".\n\n'
        'Example: "smtpCheck":"maybe"\n'
    )
    assert (code, *capsys.readouterr()) == (0, expected, "")


@pytest.mark.parametrize("code", CATALOGUE)
def test_an_explanation_fits_a_terminal(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", code]) == 0

    shown = capsys.readouterr().out
    assert CATALOGUE[code].explanation in shown.replace("\n", " ")
    assert all(len(line) <= 90 for line in shown.splitlines() if not line.startswith("Example: "))


def test_without_a_code_all_are_listed_with_severity_and_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule"]) == 0

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [[rule.code, rule.severity, rule.slug] for rule in CATALOGUE.values()]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("BEV20", "got 'BEV20'; did you mean BEV2"),
        ("bad-chek", "got 'bad-chek'; did you mean bad-check?"),
        ("nonsense", "got 'nonsense'"),
        ("", "got ''"),
        ("\x1b[2J\u202e", "got '\\x1b[2J\\u202e'"),
        ("x" * 5000, "got 'xxx"),
    ],
)
def test_an_unknown_code_is_a_usage_error_that_names_the_nearest(
    name: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["rule", name])

    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    assert shown.err.startswith("bevparse: expected a code of bevparse, got ")
    assert complaint in shown.err
    assert len(shown.err) < 150
