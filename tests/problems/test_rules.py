"""The rules: their codes, names and groups, and the form of their texts."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import bevparse
from bevparse.cli import main
from bevparse.problems import rules
from bevparse.problems.rules import RULES, Group, Rule

SOURCES = {path: path.read_text("utf-8") for path in sorted(Path(bevparse.__file__).parent.rglob("*.py"))}
ELSEWHERE = {path: text for path, text in SOURCES.items() if path != Path(rules.__file__)}
USED = {name for text in ELSEWHERE.values() for name in re.findall(r"\brules\.([A-Z_0-9]+)\b", text)}
WARNINGS = {Group.SPELLING, Group.CONSISTENCY}
"""The groups whose rules are warnings; those of the others are errors."""
EXCEPTIONS = {
    "BEV006": "warning",
    "BEV012": "warning",
    "BEV015": "info",
    "BEV018": "warning",
    "BEV220": "info",
    "BEV317": "info",
    "BEV402": "error",
    "BEV410": "info",
    "BEV411": "info",
    "BEV423": "info",
    "BEV505": "warning",
}
"""Codes whose severity is not that of their group."""
LIMITS = {field.name for field in fields(bevparse.Limits)}

every_rule = pytest.mark.parametrize("rule", [*RULES.values()], ids=[*RULES])


def severity_of(group: Group) -> str:
    return "warning" if group in WARNINGS else "error"


def test_codes_are_sorted_and_unique() -> None:
    codes = re.findall(r'= Rule\("(BEV\d{3})"', SOURCES[Path(rules.__file__)])

    assert codes == sorted(set(codes)) == list(RULES)


@every_rule
def test_constant_is_named_after_its_rule(rule: Rule) -> None:
    assert getattr(rules, rule.slug.replace("-", "_").upper()) is rule


def test_no_other_module_spells_a_code() -> None:
    assert [path for path, text in ELSEWHERE.items() if re.search(r"""["']BEV\d""", text)] == []


def test_slugs_are_unique() -> None:
    slugs = [rule.slug for rule in RULES.values()]

    assert len(slugs) == len(set(slugs))


def test_rules_are_keyed_by_their_code() -> None:
    assert list(RULES) == [rule.code for rule in RULES.values()]


def test_group_follows_from_the_code() -> None:
    digits = {group: {rule.code[3] for rule in RULES.values() if rule.group is group} for group in Group}

    assert list(digits.values()) == [{"0"}, {"1"}, {"2"}, {"3"}, {"4"}, {"5"}]


@every_rule
def test_code_has_a_known_group(rule: Rule) -> None:
    assert re.fullmatch(r"BEV[0-5]\d\d", rule.code)


@every_rule
def test_slug_is_in_kebab_case(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.slug)


@every_rule
def test_severity_is_that_of_the_group_or_an_exception(rule: Rule) -> None:
    assert rule.severity == EXCEPTIONS.get(rule.code, severity_of(rule.group))


def test_every_exception_differs_from_its_group() -> None:
    assert [code for code, severity in EXCEPTIONS.items() if severity == severity_of(RULES[code].group)] == []


@every_rule
def test_explanation_is_prose_with_a_full_stop(rule: Rule) -> None:
    assert rule.explanation.endswith(".")
    assert len(rule.explanation.split()) >= 5
    assert rule.explanation[0].isupper() or rule.explanation.startswith(("ready ", "result ", "formatCheck "))
    assert rule.explanation == " ".join(rule.explanation.split())


@every_rule
def test_example_is_one_printable_line_without_a_full_stop(rule: Rule) -> None:
    assert rule.example.isprintable()
    assert rule.example.strip() == rule.example != ""
    assert not re.search(r"\w\.\Z", rule.example)


@every_rule
def test_remedy_is_prose_of_one_to_four_sentences(rule: Rule) -> None:
    assert rule.remedy.endswith(".")
    assert rule.remedy[0].isupper()
    assert 10 <= len(rule.remedy.split()) <= 60
    assert 1 <= len(re.findall(r"[.:;](?= |\Z)", rule.remedy)) <= 4
    assert rule.remedy == " ".join(rule.remedy.split())
    assert rule.remedy.isprintable()
    assert rule.remedy.count("`") % 2 == 0


def test_remedies_are_unique() -> None:
    assert len({rule.remedy for rule in RULES.values()}) == len(RULES)


@every_rule
def test_options_and_commands_of_a_remedy_are_in_backticks(rule: Rule) -> None:
    prose = "".join(rule.remedy.split("`")[::2])

    assert "--" not in prose
    assert "=" not in prose
    assert "bevparse validate" not in prose


def test_options_named_in_remedies_exist(capsys: pytest.CaptureFixture[str]) -> None:
    named = {option for rule in RULES.values() for option in re.findall(r"--[a-z-]+", rule.remedy)}
    for command in ("validate", "convert"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))

    assert "--limit" in named
    assert named - known == set()


@every_rule
def test_remedy_names_no_other_code(rule: Rule) -> None:
    assert set(re.findall(r"BEV\d+", rule.remedy)) <= {rule.code}


@every_rule
def test_rule_about_a_limit_explains_how_to_raise_it(rule: Rule) -> None:
    bounds = re.findall(r"limits\.(\w+)", rule.explanation)
    raised = re.findall(r"--limit (\w+)=", rule.remedy)

    assert set(bounds) <= set(raised) <= LIMITS


def test_every_rule_is_used() -> None:
    assert {rule.slug.replace("-", "_").upper() for rule in RULES.values()} == USED - {"RULES"}


def test_explanations_name_exactly_the_limits() -> None:
    names = {name for rule in RULES.values() for name in re.findall(r"limits\.(\w+)", rule.explanation)}

    assert names == LIMITS
