"""The catalogue: one true table of codes."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import bevparse
from bevparse.catalogue import CATALOGUE, Rule, contradictions, keys, payloads, sources, spellings, syntax
from bevparse.cli import main

PACKAGE = Path(bevparse.__file__).parent
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "catalogue"]
MENTIONED = {code for path in MODULES for code in re.findall(r"BEV\d{3}", path.read_text(encoding="utf-8"))}
FOR_PLUG_INS = {"BEV140"}
"""Codes that only the formats of others have a use for."""
GROUPS = {"0": sources, "1": syntax, "2": payloads, "3": spellings, "4": contradictions, "5": keys}
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

every_rule = pytest.mark.parametrize("rule", [*CATALOGUE.values()], ids=[*CATALOGUE])


def test_the_source_is_searched_at_all() -> None:
    assert len(MODULES) > 20


def test_codes_are_sorted_and_unique() -> None:
    codes = [row[0] for module in GROUPS.values() for row in module.ROWS]

    assert codes == sorted(set(codes)) == list(CATALOGUE)


@pytest.mark.parametrize("group", GROUPS)
def test_a_module_holds_the_codes_of_its_group(group: str) -> None:
    module = GROUPS[group]

    assert module.__doc__ is not None
    assert module.__doc__.startswith(f"BEV{group}xx: ")
    assert {row[0][3] for row in module.ROWS} == {group}


def test_slugs_are_unique() -> None:
    slugs = [rule.slug for rule in CATALOGUE.values()]

    assert len(slugs) == len(set(slugs))


def test_each_code_leads_to_its_own_rule() -> None:
    assert list(CATALOGUE) == [rule.code for rule in CATALOGUE.values()]


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
    assert EXCEPTIONS.keys() - CATALOGUE.keys() == set()


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
    assert len({rule.remedy for rule in CATALOGUE.values()}) == len(CATALOGUE)


@every_rule
def test_options_and_commands_of_a_remedy_stand_in_grave_accents(rule: Rule) -> None:
    prose = "".join(rule.remedy.split("`")[::2])

    assert "--" not in prose
    assert "=" not in prose
    assert "bevparse validate" not in prose


def test_every_option_that_a_remedy_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = {option for rule in CATALOGUE.values() for option in re.findall(r"--[a-z-]+", rule.remedy)}
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


def test_every_code_that_the_source_mentions_is_in_the_catalogue() -> None:
    assert MENTIONED - CATALOGUE.keys() == set()


def test_every_code_of_the_catalogue_is_used() -> None:
    assert CATALOGUE.keys() - MENTIONED - FOR_PLUG_INS == set()


def test_explanations_name_every_limit_and_no_other() -> None:
    names = {name for rule in CATALOGUE.values() for name in re.findall(r"limits\.(\w+)", rule.explanation)}

    assert names == LIMITS
