"""The contents of bodies, counted, added up, and bounded."""

from __future__ import annotations

import pytest

import bevparse
from bevparse.validate import Settings, Summary, validate
from bevparse.validate.content import content_of
from bevparse.validate.profile import Profile, profile_of

from ..paths import FIXTURES

STATUS = b"""{"response":[
 {"id":1,"date_start":"1528204702","total_emails":1,"invalid_emails":0,"processed_emails":1,"failed_emails":0,"ready":1},
 {"id":2,"date_start":"1528377227","ready":0},
 {"id":3}]}"""
COMPLETED = b"""{"response":[
 {"emailAddress":"a@b.example","formatCheck":"true","smtpCheck":"false","result":"ok"},
 {"emailAddress":"c@b.example","formatCheck":"true"}]}"""


def profiled(body: bytes, findings: int = 0) -> Profile:
    response = bevparse.inspect(body).response
    return profile_of(response and content_of(response), len(body), findings)


def test_requests_are_counted_by_readiness_and_by_day() -> None:
    profile = profiled(STATUS, findings=2)

    assert profile.requests == {"ready": 1, "not ready": 1, "missing": 1}
    assert profile.days == {"2018-06-05": 1, "2018-06-07": 1}
    assert profile.findings == {"2018-06-05": 2}
    assert profile.sizes == {len(STATUS).bit_length(): 1}


def test_records_are_counted_by_verdict_and_check() -> None:
    profile = profiled(COMPLETED)

    assert (profile.records, profile.results) == ({"completed": 2}, {"ok": 1, "missing": 1})
    assert profile.checks["format_check", "true"] == 2
    assert (profile.checks["smtp_check", "false"], profile.checks["smtp_check", "missing"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "records", "errors"),
    [
        (b'{"response":[{"error":"odd","emailAddress":"x"}]}', {"failed": 1}, {}),
        (b'{"response":{"errors":["no","no","yes"]}}', {}, {"no": 2, "yes": 1}),
        (b'{"response":{"id":5}}', {}, {}),
        (b"{", {}, {}),
    ],
)
def test_other_responses_are_counted_by_kind(body: bytes, records: dict[str, int], errors: dict[str, int]) -> None:
    profile = profiled(body)

    assert (profile.records, profile.errors, profile.results) == (records, errors, {})


def test_profiles_add_up() -> None:
    both = profiled(STATUS) + profiled(COMPLETED)

    assert (both.requests["ready"], both.records["completed"]) == (1, 2)
    assert sum(both.sizes.values()) == 2


def test_distinct_words_are_counted_up_to_a_limit() -> None:
    many = Profile()
    for index in range(2_500):
        one = Profile()
        one.results[f"word-{index}"] = 1
        one.days[f"{1970 + index // 300:04}-{index % 12 + 1:02}-{index % 25 + 1:02}-{index}"] = 1
        many.add(one)

    assert (len(many.results), many.results["(others)"]) == (2_001, 500)
    assert sum(many.days.values()) == 2_500
    assert {"1976", "1977", "1978"} <= many.days.keys()


def test_run_counts_the_contents_of_bodies_only_on_request() -> None:
    path = str(FIXTURES / "status" / "documented.json")

    assert validate([path]).summary.profile == Summary().profile
    assert validate([path], Settings(profile=True)).summary.profile.requests == {"ready": 3}
