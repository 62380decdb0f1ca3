"""The table of rules."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import bevparse
from bevparse.cli import main
from bevparse.problems import rules
from bevparse.problems.rules import RULES, Rule

SOURCES = {path: path.read_text("utf-8") for path in sorted(Path(bevparse.__file__).parent.rglob("*.py"))}
ELSEWHERE = {path: text for path, text in SOURCES.items() if path != Path(rules.__file__)}
USED = {name for text in ELSEWHERE.values() for name in re.findall(r"\brules\.([A-Z_0-9]+)\b", text)}
FOR_PLUG_INS = {"FORMAT_SYNTAX"}
"""Rules that only the formats of others have a use for."""
OF_GROUP = {"0": "error", "1": "error", "2": "error", "3": "warning", "4": "warning", "5": "error"}
EXCEPTIONS = {
    "BEV006": "warning",
    "BEV012": "warning",
    "BEV015": "info",
    "BEV220": "info",
    "BEV402": "error",
    "BEV405": "error",
}
"""Codes that are not as severe as their group."""
LIMITS = {field.name for field in fields(bevparse.Limits)}

every_rule = pytest.mark.parametrize("rule", [*RULES.values()], ids=[*RULES])


def test_codes_are_sorted_and_unique() -> None:
    codes = re.findall(r'^    "(BEV\d{3})",$', SOURCES[Path(rules.__file__)], re.MULTILINE)

    assert codes == sorted(set(codes)) == list(RULES)


@every_rule
def test_a_constant_is_named_after_its_rule(rule: Rule) -> None:
    assert getattr(rules, rule.slug.replace("-", "_").upper()) is rule


def test_no_code_is_spelled_elsewhere() -> None:
    assert [path for path, text in ELSEWHERE.items() if re.search(r"""["']BEV\d""", text)] == []


def test_slugs_are_unique() -> None:
    slugs = [rule.slug for rule in RULES.values()]

    assert len(slugs) == len(set(slugs))


def test_each_code_leads_to_its_own_rule() -> None:
    assert list(RULES) == [rule.code for rule in RULES.values()]


@every_rule
def test_a_code_is_of_a_known_group(rule: Rule) -> None:
    assert re.fullmatch(r"BEV[0-5]\d\d", rule.code)


@every_rule
def test_a_slug_is_in_kebab_case(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.slug)


@every_rule
def test_the_severity_is_that_of_the_group(rule: Rule) -> None:
    assert rule.severity == EXCEPTIONS.get(rule.code, OF_GROUP[rule.code[3]])


def test_every_exception_is_one() -> None:
    assert {code for code, severity in EXCEPTIONS.items() if severity == OF_GROUP[code[3]]} == set()
    assert EXCEPTIONS.keys() - RULES.keys() == set()


@every_rule
def test_an_explanation_is_prose_that_ends_in_a_full_stop(rule: Rule) -> None:
    assert rule.explanation.endswith(".")
    assert len(rule.explanation.split()) >= 5
    assert rule.explanation[0].isupper() or rule.explanation.startswith(("ready ", "result ", "formatCheck "))
    assert rule.explanation == " ".join(rule.explanation.split())


@every_rule
def test_an_example_is_one_printable_line_without_a_full_stop(rule: Rule) -> None:
    assert rule.example.isprintable()
    assert rule.example.strip() == rule.example != ""
    assert not re.search(r"\w\.\Z", rule.example)


@every_rule
def test_a_remedy_is_prose_of_one_to_three_sentences(rule: Rule) -> None:
    assert rule.remedy.endswith(".")
    assert rule.remedy[0].isupper()
    assert 10 <= len(rule.remedy.split()) <= 60
    assert 1 <= len(re.findall(r"[.:;](?= |\Z)", rule.remedy)) <= 4
    assert rule.remedy == " ".join(rule.remedy.split())
    assert rule.remedy.isprintable()
    assert rule.remedy.count("`") % 2 == 0


def test_no_remedy_is_given_twice() -> None:
    assert len({rule.remedy for rule in RULES.values()}) == len(RULES)


@every_rule
def test_options_and_commands_of_a_remedy_stand_in_grave_accents(rule: Rule) -> None:
    prose = "".join(rule.remedy.split("`")[::2])

    assert "--" not in prose
    assert "=" not in prose
    assert "bevparse validate" not in prose


def test_every_option_that_a_remedy_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = {option for rule in RULES.values() for option in re.findall(r"--[a-z-]+", rule.remedy)}
    for command in ("validate", "convert"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))

    assert "--limit" in named
    assert named - known == set()


@every_rule
def test_a_remedy_ignores_no_other_code_than_its_own(rule: Rule) -> None:
    assert set(re.findall(r"BEV\d+", rule.remedy)) <= {rule.code}


@every_rule
def test_a_rule_about_a_limit_says_how_to_raise_that(rule: Rule) -> None:
    bounds = re.findall(r"limits\.(\w+)", rule.explanation)
    raised = re.findall(r"--limit (\w+)=", rule.remedy)

    assert set(bounds) <= set(raised) <= LIMITS


def test_every_rule_is_used() -> None:
    assert {rule.slug.replace("-", "_").upper() for rule in RULES.values()} - FOR_PLUG_INS == USED - {"RULES"}


def test_explanations_name_every_limit_and_no_other() -> None:
    names = {name for rule in RULES.values() for name in re.findall(r"limits\.(\w+)", rule.explanation)}

    assert names == LIMITS
