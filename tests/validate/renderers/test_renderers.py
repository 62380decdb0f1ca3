"""The output formats: each shows the same findings, and no name or payload breaks them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse.problems import Problem
from bevparse.problems.rules import RULES
from bevparse.validate.renderers import FORMATS, renderer_of
from bevparse.validate.renderers.github import step_summary
from bevparse.validate.report import Checked, Excerpt, Summary

MAYBE = Problem("BEV203", "expected true, false or null, got 'maybe'", "/response/0/smtpCheck", 1, 65)
SPELLED = Problem("BEV302", "expected 'true', accepted true", "/response/0/dnsCheck", 1, 90)
EMPTY = Problem("BEV220", "expected a body of a known endpoint, got an empty one", "/response", 2, 1)
ABSENT = Problem("BEV001", "expected a readable file, got a fault: no such file or directory")
MAYBE_TEXT = "expected true, false or null, got 'maybe' (/response/0/smtpCheck)"
SPELLED_TEXT = "expected 'true', accepted true (/response/0/dnsCheck)"
EMPTY_TEXT = "expected a body of a known endpoint, got an empty one (/response)"
LINE = '{"smtpCheck":"maybe"}'

VALID = Checked("a.json", format="json", endpoint="create", size=21)
FAULTY = Checked("./b:c,d%.json", "", "json", "completed", (MAYBE, SPELLED, EMPTY), size=120)
INNER = Checked("july.zip", "!/x.har#/log/entries/3", "csv", None, (MAYBE, MAYBE), size=9)
UNREADABLE = Checked("absent.json", problems=(ABSENT,), outcome="unreadable")
REMARK = Checked("known.json", problems=(Problem("BEV220", "expected more, got less"),), outcome="notice")
ALL = (VALID, FAULTY, INNER, UNREADABLE, REMARK)
KNOWN = "no saved responses were found; 7 known findings of the baseline left out"
COUNTS = (
    "4 errors, 1 warning and 2 infos in 4 of 5 files; 3 response bodies, 1 valid; 1 source could not be read; "
    "1 completed (1 json); 1 create (1 json); 1 of an unknown endpoint (1 csv)"
)

names = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\n\r\u202e\udcff\ud800:,%&<>\"'/\\\0|`*"))).map(
    "x".__add__
)
numbers = st.none() | st.integers(1, 10**9)
problems = st.builds(Problem, st.sampled_from(sorted(RULES)), names, names.map("/".__add__), numbers, numbers)
hostile = st.lists(
    st.builds(
        Checked,
        names,
        st.just("") | names.map("#/".__add__),
        st.sampled_from(("json", "csv", None)),
        problems=st.lists(problems, max_size=4).map(tuple),
        outcome=st.sampled_from(("body", "unreadable", "notice")),
        size=st.integers(0, 10**9),
    ),
    max_size=4,
)


def summary_of(checks: Iterable[Checked], *, interrupted: bool = False) -> Summary:
    return sum((Summary.of(checked) for checked in checks), Summary(interrupted=interrupted))


def rendered(name: str, checks: Iterable[Checked], *, interrupted: bool = False) -> str:
    stream = io.StringIO()
    renderer = renderer_of(name, stream)
    checks = tuple(checks)
    for checked in checks:
        renderer.body(checked)
    renderer.end(summary_of(checks, interrupted=interrupted))
    return stream.getvalue()


def test_concise_shows_a_line_for_each_finding_as_compilers_do() -> None:
    assert rendered("concise", ALL).splitlines() == [
        f"./b:c,d%.json:1:65: error: BEV203 {MAYBE_TEXT}",
        f"./b:c,d%.json:1:90: warning: BEV302 {SPELLED_TEXT}",
        f"./b:c,d%.json:2:1: info: BEV220 {EMPTY_TEXT}",
        f"july.zip!/x.har#/log/entries/3:1:65: error: BEV203 {MAYBE_TEXT}",
        f"july.zip!/x.har#/log/entries/3:1:65: error: BEV203 {MAYBE_TEXT}",
        f"absent.json: error: BEV001 {ABSENT.message}",
        "known.json: info: BEV220 expected more, got less",
        COUNTS,
    ]


@pytest.mark.parametrize(
    ("checks", "interrupted", "counts"),
    [
        ((), False, "nothing was checked; no saved responses were found"),
        ((VALID,), True, "interrupted: no findings in 1 file; 1 response body, valid; 1 create (1 json)"),
        ((replace(REMARK, known=7),), False, f"1 info in 1 file; {KNOWN}"),
    ],
)
def test_last_line_has_the_counts(checks: tuple[Checked, ...], interrupted: bool, counts: str) -> None:
    for name in ("text", "concise", "github"):
        assert rendered(name, checks, interrupted=interrupted).splitlines()[-1] == counts


def test_text_shows_the_line_below_and_a_caret_under_the_place() -> None:
    shown = rendered("text", [Checked("a", "", "json", None, (MAYBE, EMPTY), (Excerpt(LINE, 13), None))])

    assert shown.splitlines()[:-1] == [
        f"a:1:65: error: BEV203 {MAYBE_TEXT}",
        '    {"smtpCheck":"maybe"}',
        "                 ^",
        f"a:2:1: info: BEV220 {EMPTY_TEXT}",
    ]


@pytest.mark.parametrize(
    ("text", "caret", "spaces"),
    [("", 0, 0), ("abc", 3, 3), ("\u6f22\u5b57x", 2, 4), ("e\u0301x", 2, 1), ("\u00e9x", 1, 1), ("\uff21\u6f22", 1, 2)],
)
def test_caret_is_under_the_location_for_characters_of_any_width(text: str, caret: int, spaces: int) -> None:
    shown = rendered("text", [Checked("a", problems=(MAYBE,), excerpts=(Excerpt(text, caret),))])

    assert shown.splitlines()[2] == " " * (4 + spaces) + "^"


def test_json_has_every_body_its_findings_and_the_counts() -> None:
    report = json.loads(rendered("json", ALL))

    assert report["bodies"][0] == {
        "source": "a.json",
        "file": "a.json",
        "inner": "",
        "outcome": "body",
        "format": "json",
        "endpoint": "create",
        "bytes": 21,
        "problems": [],
    }
    assert report["bodies"][1]["problems"][0] == {
        "code": "BEV203",
        "slug": "bad-check",
        "severity": "error",
        "message": "expected true, false or null, got 'maybe'",
        "pointer": "/response/0/smtpCheck",
        "line": 1,
        "column": 65,
    }
    assert (report["bodies"][2]["source"], report["bodies"][2]["inner"]) == (INNER.source, INNER.inner)
    assert [body["outcome"] for body in report["bodies"]] == ["body", "body", "body", "unreadable", "notice"]
    assert report["summary"] == {
        "bodies": 3,
        "sound": 1,
        "unreadable": 1,
        "skipped": 0,
        "other_urls": 0,
        "bytes": 150,
        "interrupted": False,
        "known": 0,
        "problems": {"error": 4, "warning": 1, "info": 2},
        "codes": {"BEV001": 1, "BEV203": 3, "BEV220": 2, "BEV302": 1},
        "kinds": [
            {"endpoint": "completed", "format": "json", "bodies": 1},
            {"endpoint": "create", "format": "json", "bodies": 1},
            {"endpoint": "unknown", "format": "csv", "bodies": 1},
        ],
    }


def test_json_lines_have_the_findings_and_counts_of_json() -> None:
    report = json.loads(rendered("json", ALL))
    *findings, last = map(json.loads, rendered("jsonl", ALL).splitlines())

    expected = [
        {**{key: value for key, value in body.items() if key != "problems"}, **problem}
        for body in report["bodies"]
        for problem in body["problems"]
    ]
    assert (findings, last) == (expected, {"summary": report["summary"]})


def test_github_gets_commands_with_escaped_properties() -> None:
    inner = f"::error file=july.zip,title=BEV203 bad-check::{MAYBE_TEXT} in !/x.har#/log/entries/3, line 1"

    assert rendered("github", ALL).splitlines() == [
        f"::error file=b%3Ac%2Cd%25.json,line=1,col=65,title=BEV203 bad-check::{MAYBE_TEXT}",
        f"::warning file=b%3Ac%2Cd%25.json,line=1,col=90,title=BEV302 check-spelling::{SPELLED_TEXT}",
        f"::notice file=b%3Ac%2Cd%25.json,line=2,col=1,title=BEV220 endpoint-unknown::{EMPTY_TEXT}",
        inner,
        inner,
        f"::error file=absent.json,title=BEV001 source-unreadable::{ABSENT.message}",
        "::notice file=known.json,title=BEV220 endpoint-unknown::expected more, got less",
        COUNTS,
    ]


def test_page_of_a_step_has_a_table_of_codes() -> None:
    assert step_summary(summary_of([FAULTY, VALID])) == (
        "### bevparse\n\n"
        "1 error, 1 warning and 1 info; 2 response bodies, 1 valid; 1 completed (1 json); 1 create (1 json)\n\n"
        "| code | rule | severity | findings |\n"
        "|---|---|---|--:|\n"
        "| BEV203 | bad-check | error | 1 |\n"
        "| BEV220 | endpoint-unknown | info | 1 |\n"
        "| BEV302 | check-spelling | warning | 1 |\n"
    )
    assert step_summary(summary_of([VALID])).endswith("; 1 create (1 json)\n")


def test_gitlab_gets_findings_whose_fingerprints_differ() -> None:
    first, second, third, *inner, absent, _ = json.loads(rendered("gitlab", ALL))

    assert first.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
    assert first["location"] == {"path": "b:c,d%.json", "lines": {"begin": 1}}
    assert (first["check_name"], first["severity"]) == ("BEV203", "major")
    assert first["description"] == MAYBE_TEXT
    assert [one["severity"] for one in (second, third, absent)] == ["minor", "info", "major"]
    assert {one["location"]["path"] for one in inner} == {"july.zip"}
    assert inner[0]["description"].endswith("in !/x.har#/log/entries/3, line 1")


def test_fingerprints_do_not_depend_on_lines_or_the_spelling_of_paths() -> None:
    def fingerprints(*checks: Checked) -> list[str]:
        return [finding["fingerprint"] for finding in json.loads(rendered("gitlab", checks))]

    moved = Problem(MAYBE.code, MAYBE.message, MAYBE.pointer, 700, 3)

    assert fingerprints(Checked("./a", problems=(MAYBE,))) == fingerprints(Checked("a", problems=(moved,)))
    assert len(set(fingerprints(*[Checked("a", problems=(MAYBE, MAYBE, SPELLED))] * 2, INNER))) == 8


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "parquet"])
@pytest.mark.parametrize("interrupted", [True, False])
def test_every_output_is_complete_without_findings_and_after_an_interrupt(name: str, interrupted: bool) -> None:
    for checks in ((), (VALID,), ALL):
        shown = rendered(name, checks, interrupted=interrupted)
        assert shown.endswith("\n")
        if name in ("json", "sarif", "gitlab"):
            json.loads(shown)


@given(hostile)
def test_json_is_valid_for_any_names_and_messages(checks: list[Checked]) -> None:
    for name in ("json", "gitlab", "sarif"):
        text = rendered(name, checks)
        written = json.loads(text.encode("ascii"))
        json.dumps(written, ensure_ascii=False).encode()  # no halves of surrogate pairs, which strict readers refuse
    lines = [json.loads(line) for line in rendered("jsonl", checks).splitlines()]

    assert len(lines) == sum(len(checked.problems) for checked in checks) + 1


@given(hostile)
def test_text_has_no_control_characters_for_any_names_and_messages(checks: list[Checked]) -> None:
    count = sum(len(checked.problems) for checked in checks)
    for name in ("text", "concise", "github"):
        *lines, last, nothing = rendered(name, checks).split("\n")
        assert all(line.isprintable() for line in lines)
        assert (len(lines), "; " in last, nothing) == (count, True, "")
        assert name != "github" or all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)


@given(hostile)
def test_every_finding_for_gitlab_has_its_own_fingerprint(checks: list[Checked]) -> None:
    findings = json.loads(rendered("gitlab", [*checks, *checks]))

    count = 2 * sum(len(checked.problems) for checked in checks)
    assert (len(findings), len({finding["fingerprint"] for finding in findings})) == (count, count)
