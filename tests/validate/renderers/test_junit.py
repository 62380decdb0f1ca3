"""JUnit XML, as junitparser and lxml read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from lxml import etree

from bevparse.problems import Problem
from bevparse.validate.report import Checked

from .test_renderers import ALL, EMPTY, FAULTY, INNER, MAYBE, UNREADABLE, VALID, hostile, rendered


def suites_of(checks: list[Checked]) -> list[TestSuite]:
    return list(JUnitXml.fromstring(rendered("junit", checks).encode()))


def test_file_is_a_suite_and_a_body_is_a_case() -> None:
    other = Checked("july.zip", "!/y.json", "json")
    valid, faulty, archive, absent, remark = suites_of([VALID, FAULTY, INNER, other, UNREADABLE, ALL[-1]])

    assert [suite.name for suite in (valid, faulty, archive)] == ["a.json", "./b:c,d%.json", "july.zip"]
    assert [(suite.tests, suite.failures, suite.errors) for suite in (valid, faulty, archive, absent, remark)] == [
        (1, 0, 0),
        (1, 1, 0),
        (2, 1, 0),
        (1, 0, 1),
        (1, 0, 0),
    ]
    assert [(case.classname, case.name) for case in archive] == [
        ("july.zip", "july.zip!/x.har#/log/entries/3"),
        ("july.zip", "july.zip!/y.json"),
    ]


def test_errors_fail_a_case_and_other_findings_are_its_output() -> None:
    case: TestCase = next(iter(suites_of([FAULTY])[0]))
    (failure,) = case.result

    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == (
        "BEV203",
        "expected true, false or null, got 'maybe' (/response/0/smtpCheck)",
    )
    assert failure.text == f"./b:c,d%.json:1:65: error: BEV203 {failure.message}"
    assert [line.split(" ")[1] for line in case.system_out.splitlines()] == ["warning:", "info:"]


@pytest.mark.parametrize("problems", [UNREADABLE.problems, ()])
def test_unreadable_source_is_an_error(problems: tuple[Problem, ...]) -> None:
    case = next(iter(suites_of([Checked("absent.json", problems=problems, outcome="unreadable")])[0]))
    (error,) = case.result

    assert isinstance(error, Error)
    assert error.type == ("BEV001" if problems else None)


def test_file_of_many_bodies_gets_several_suites() -> None:
    suites = suites_of([Checked("a.jsonl", f"#/{number}", problems=(MAYBE, EMPTY)) for number in range(2001)])

    assert [(suite.name, suite.tests, suite.failures) for suite in suites] == [
        ("a.jsonl", 1000, 1000),
        ("a.jsonl", 1000, 1000),
        ("a.jsonl", 1, 1),
    ]


@given(hostile)
def test_any_name_and_message_produces_well_formed_xml_with_correct_counts(checks: list[Checked]) -> None:
    root = etree.fromstring(rendered("junit", checks).encode())

    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
    assert len(root.findall("testsuite/testcase")) == len(checks)
    assert len(root.findall("testsuite/testcase/error")) == sum(one.outcome == "unreadable" for one in checks)


def test_counts_are_in_a_comment() -> None:
    shown = rendered("junit", [VALID])

    assert shown.endswith("<!-- no findings; 1 response body, valid; 1 create (1 json) -->\n")


def test_remark_about_a_body_is_a_case_of_another_name() -> None:
    remark = Checked("keys.json", "#/interactions/0", problems=(MAYBE,), outcome="notice")
    body = Checked("keys.json", "#/interactions/0", "json", "status")
    (suite,) = JUnitXml.fromstring(rendered("junit", [remark, body]).encode())

    assert [case.name for case in suite] == ["keys.json#/interactions/0 BEV203", "keys.json#/interactions/0"]
