"""Summaries and reports: counts that add up for any parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse.endpoints import MODELS
from bevparse.problems import Problem
from bevparse.problems.rules import RULES, Severity
from bevparse.validate import Checked, Report, Settings, Summary, iter_checked, validate

from .test_validate import COMPLETED, EMPTY, FAULTY, FORMATS, READY, codes, write

problems = st.builds(Problem, st.sampled_from(sorted(RULES)), st.just("expected sense, got none"))
checks = st.builds(
    Checked,
    st.text(),
    st.just(""),
    st.sampled_from(FORMATS),
    st.sampled_from([*MODELS, None]),
    st.lists(problems, max_size=4).map(tuple),
    outcome=st.sampled_from(("body", "unreadable", "notice")),
    size=st.integers(0, 10**9),
)
summaries = st.lists(checks, max_size=3).map(lambda many: sum(map(Summary.of, many), Summary()))


@given(checks)
def test_one_body_is_counted_once(checked: Checked) -> None:
    summary = Summary.of(checked)

    assert summary.bodies == (checked.outcome == "body")
    assert summary.unreadable == (checked.outcome == "unreadable")
    assert summary.size == checked.size * summary.bodies
    assert sum(summary.severities.values()) == len(checked.problems)
    assert summary.valid == (checked.outcome == "body" and not summary.severities["error"])


@given(checks)
def test_fail_on_decides_only_which_bodies_are_valid(checked: Checked) -> None:
    lenient, strict = Summary.of(checked), Summary.of(checked, "warning")

    assert strict.valid == (lenient.valid and not strict.severities["warning"])
    assert replace(strict, valid=lenient.valid) == lenient


@given(summaries, summaries, summaries)
def test_summaries_add_up_in_any_grouping_and_order(one: Summary, two: Summary, three: Summary) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + Summary() == one


@given(summaries, summaries)
def test_adding_summaries_changes_neither(one: Summary, two: Summary) -> None:
    before = repr((one, two))

    assert (one + two).bodies == one.bodies + two.bodies
    assert repr((one, two)) == before


@given(summaries, st.sampled_from(("error", "warning", "info")))
def test_failures_are_the_findings_at_least_as_bad_as_fail_on(summary: Summary, fail_on: Severity) -> None:
    counted = {"error": 1, "warning": 2, "info": 3}[fail_on]

    assert summary.failures(fail_on) == sum(summary.severities[one] for one in ("error", "warning", "info")[:counted])


def test_reports_of_two_parts_add_up_to_that_of_the_whole(tmp_path: Path) -> None:
    for name, body in {"a": FAULTY, "status-7": READY, "completed-7": COMPLETED, "z": EMPTY}.items():
        write(tmp_path / "all" / f"{name}.json", body)
    asked = Settings(cross=True, profile=True)
    parts = [str(path) for path in sorted((tmp_path / "all").iterdir())]
    whole = validate(parts, asked)

    halves = validate(parts[:2], asked), validate(parts[2:], asked)

    assert [codes(one) for half in halves for one in half.findings] == [["BEV204"], ["BEV220"]]
    assert [codes(one) for one in whole.findings] == [["BEV204"], ["BEV220"], ["BEV420"]]
    assert halves[0] + halves[1] == whole
    assert (halves[0] + halves[1]).findings == whole.findings
    assert (halves[0] + halves[1]).summary == whole.summary
    assert whole + Report(asked) == whole
    assert list(whole.findings) == [one for one in iter_checked(parts, asked) if one.problems]


def test_report_keeps_a_number_of_bodies_and_counts_all(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.json", FAULTY)
    write(tmp_path / "valid.json", EMPTY)
    whole, first, none = (validate([str(tmp_path)], keep=keep) for keep in (None, 1, 0))

    assert (whole.bodies[:1], 0) == (first.bodies, len(none.bodies))
    assert [report.left_out for report in (whole, first, none)] == [0, 3, 4]
    assert whole.counts == first.counts == none.counts
    assert (first + none).left_out == 7


@pytest.mark.parametrize("named", [True, False])
def test_bodies_are_compared_if_they_were_found_in_a_folder(tmp_path: Path, named: bool) -> None:
    write(tmp_path / "status-7.json", READY)
    write(tmp_path / "completed-7.json", COMPLETED)
    paths = sorted(map(str, tmp_path.iterdir())) if named else [str(tmp_path)]

    assert [codes(one) for one in validate(paths).findings] == ([] if named else [["BEV420"]])
    assert [codes(one) for one in validate(paths, Settings(cross=named)).findings] == ([["BEV420"]] if named else [])
