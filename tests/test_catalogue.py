"""The catalogue: one true table of codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bevparse
from bevparse.catalogue import CATALOGUE, Rule

PACKAGE = Path(bevparse.__file__).parent
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "catalogue.py"]
MENTIONED = {code for path in MODULES for code in re.findall(r"BEV\d{3}", path.read_text(encoding="utf-8"))}
FOR_PLUG_INS = {"BEV140"}
"""Codes that only the formats of others have a use for."""
NOT_ERRORS = {"BEV006": "warning", "BEV220": "info"}

every_rule = pytest.mark.parametrize("rule", [*CATALOGUE.values()], ids=[*CATALOGUE])


def test_the_source_is_searched_at_all() -> None:
    assert len(MODULES) > 20


def test_codes_are_sorted_and_unique() -> None:
    from bevparse import catalogue  # noqa: PLC0415 - the rows, before the dict hides what is given twice

    codes = [row[0] for row in catalogue._ROWS]

    assert codes == sorted(set(codes))


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
    of_group = "error" if rule.code < "BEV3" else "warning"

    assert rule.severity == NOT_ERRORS.get(rule.code, of_group)


@every_rule
def test_an_explanation_is_prose_that_ends_in_a_full_stop(rule: Rule) -> None:
    assert rule.explanation.endswith(".")
    assert len(rule.explanation.split()) >= 5
    assert rule.explanation[0].isupper() or rule.explanation.startswith(("ready ", "result "))
    assert rule.explanation == " ".join(rule.explanation.split())


@every_rule
def test_an_example_is_one_printable_line_without_a_full_stop(rule: Rule) -> None:
    assert rule.example.isprintable()
    assert rule.example.strip() == rule.example != ""
    assert not re.search(r"\w\.\Z", rule.example)


def test_every_code_that_the_source_mentions_is_in_the_catalogue() -> None:
    assert MENTIONED - CATALOGUE.keys() == set()


def test_every_code_of_the_catalogue_is_used() -> None:
    assert CATALOGUE.keys() - MENTIONED - FOR_PLUG_INS == set()


def test_every_limit_that_an_explanation_names_exists() -> None:
    names = {name for rule in CATALOGUE.values() for name in re.findall(r"limits\.(\w+)", rule.explanation)}

    assert names
    assert all(hasattr(bevparse.Limits(), name) for name in names)
