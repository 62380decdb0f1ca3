"""`bevparse rule`: codes explained."""

from __future__ import annotations

import json

import pytest

from bevparse.cli import main
from bevparse.problems.rules import RULES


@pytest.mark.parametrize("name", ["BEV203", "bev203", "bad-check", "BAD-Check"])
def test_code_or_name_in_any_case_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["rule", name])

    expected = (
        "BEV203 bad-check (error)\n\n"
        'A check is something other than "true", "false" or "null".\n\n'
        'Example: "smtpCheck":"maybe"\n\n'
        'What to do: For a check that could not be made, write "null" and no other word. If the\n'
        "service itself sent the value, open an issue in the repository of bevparse.\n"
    )
    assert (code, *capsys.readouterr()) == (0, expected, "")


@pytest.mark.parametrize("code", RULES)
def test_explanation_fits_a_terminal(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", code]) == 0

    shown = capsys.readouterr().out
    assert RULES[code].explanation in shown.replace("\n", " ")
    assert RULES[code].remedy in shown.replace("\n", " ")
    assert all(len(line) <= 90 for line in shown.splitlines() if not line.startswith("Example: "))


@pytest.mark.parametrize("asked", [[], ["--all"], ["BEV"], ["--output-format", "text"]])
def test_all_are_listed_with_severity_and_name(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", *asked]) == 0

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [[rule.code, rule.severity, rule.slug] for rule in RULES.values()]


@pytest.mark.parametrize("prefix", ["BEV4", "bev4", "BEV40", "BEV5", "BEV01"])
def test_prefix_lists_the_codes_that_start_with_it(prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", prefix]) == 0

    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == [code for code in RULES if code.startswith(prefix.upper())]
    assert 1 < len(listed) < len(RULES)


@pytest.mark.parametrize("asked", [[], ["--all"]])
def test_all_rules_are_a_json_array(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", *asked, "--output-format", "json"]) == 0

    assert json.loads(capsys.readouterr().out) == [rule._asdict() for rule in RULES.values()]


def test_group_is_a_json_array(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "BEV5", "--output-format", "json"]) == 0

    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == [
        f"BEV50{number}" for number in range(1, 6)
    ]


@pytest.mark.parametrize("name", ["BEV203", "bad-check"])
def test_one_rule_is_a_json_object(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", name, "--output-format", "json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["code", "slug", "severity", "explanation", "example", "remedy"]
    assert found == RULES["BEV203"]._asdict()


def test_code_with_all_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["rule", "BEV203", "--all"])

    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("BEV2033", "got 'BEV2033'; did you mean BEV203?"),
        ("BE", "got 'BE'"),
        ("B", "got 'B'"),
        ("203", "got '203'"),
        ("bad-chek", "got 'bad-chek'; did you mean bad-check?"),
        ("nonsense", "got 'nonsense'"),
        ("", "got ''"),
        ("\x1b[2J\u202e", "got '\\x1b[2J\\u202e'"),
        ("x" * 5000, "got 'xxx"),
    ],
)
def test_unknown_code_is_a_usage_error_that_names_the_nearest(
    name: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["rule", name])

    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    assert shown.err.startswith("bevparse: expected a code of bevparse or a prefix such as BEV3, got ")
    assert complaint in shown.err
    assert len(shown.err) < 150
