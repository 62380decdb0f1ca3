"""Contradictions in one response: bodies that have one, and bodies that must not be reported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bevparse import BulkRequest, CompletedResponse, CreateResponse, EmailRecord, ListResponse, Response, StatusResponse
from bevparse.problems import Problem
from bevparse.validate.consistency import inconsistencies
from bevparse.validate.content import content_of

from ..fixture_files import CANONICAL, INCONSISTENT, VARIANTS, code_of, each, errors, inspect
from ..fixture_tables import CONTRADICTIONS
from ..paths import FIXTURES
from ..readers import locate

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
CODES = {f"BEV{number}" for number in range(401, 412)}
TWINS = sorted({path.stem for path in INCONSISTENT if len(list(path.parent.glob(f"{path.stem}.*"))) > 1})


def found_in(response: Response | None, *, limit: int = 100) -> list[Problem]:
    assert response is not None
    return list(inconsistencies(content_of(response), now=NOW, limit=limit))


# Bodies.


@each(INCONSISTENT)
def test_inconsistent_body_is_read_without_errors_and_reports_its_code(path: Path) -> None:
    found = inspect(path)

    assert errors(found) == set()
    assert {problem.code for problem in found_in(found.response)} == {code_of(path)}


@each(INCONSISTENT)
def test_every_contradiction_has_a_place(path: Path) -> None:
    found = inspect(path)
    assert found.response is not None
    pointers = {problem.pointer for problem in found_in(found.response)}

    placed = locate(path.read_bytes(), type(found.response), pointers, format=found.format)

    assert placed.keys() == pointers


@pytest.mark.parametrize(("name", "expected"), CONTRADICTIONS.items(), ids=CONTRADICTIONS)
def test_contradiction_is_reported_at_its_location(name: str, expected: tuple[int, int, str]) -> None:
    path = FIXTURES / "inconsistent" / name
    found = inspect(path)
    assert found.response is not None
    pointer = found_in(found.response)[0].pointer

    placed = locate(path.read_bytes(), type(found.response), [pointer], format=found.format)

    assert (*placed[pointer], pointer) == expected


@pytest.mark.parametrize("stem", TWINS)
def test_contradictions_are_the_same_in_all_formats(stem: str) -> None:
    paths = [FIXTURES / "inconsistent" / f"{stem}.{suffix}" for suffix in ("json", "xml", "csv")]

    found = [found_in(inspect(path).response) for path in paths]

    assert found[0] == found[1] == found[2]


def test_every_code_is_shown_in_every_format() -> None:
    shown = {(code_of(path), path.suffix) for path in INCONSISTENT}

    assert shown == {(code, suffix) for code in CODES for suffix in (".json", ".xml", ".csv")}


@pytest.mark.unmeasured
@each([*CANONICAL, *VARIANTS])
def test_documented_body_has_no_contradictions(path: Path) -> None:
    assert found_in(inspect(path).response) == []


# Records.


def record(**values: object) -> EmailRecord:
    return EmailRecord.model_validate({"email_address": "ann@mail.example", **values})


def of_records(*records: EmailRecord, limit: int = 100) -> list[tuple[str, str]]:
    found = found_in(CompletedResponse(records=records), limit=limit)
    return [(problem.code, problem.pointer) for problem in found]


@pytest.mark.parametrize(
    "address",
    [
        "ann@mail.example",
        "Ann.Lee+list_1-2@sub.mail-server.example",
        "a@b",
        "o'neil@example.com",
        "!#$%&'*+-/=?^_`{|}~@example.com",
        "x@xn--bcher-kva.example",
        "jürgen@bücher.example",
        "имя@пример.рф",
        "用户@例子.广告",
        "अजय@डाटा.भारत",
        "用户@例子。广告",
        "👩\u200d💻@emoji.example",
        '"ann lee"@example.com',
        '"a@b\\"c\\\\"@example.com',
        '""@example.com',
        "ann@[192.0.2.1]",
        "ann@[IPv6:2001:db8::1]",
        "ann@mail.example.",
        "ann@my_host.example",
        " ann@mail.example\r\n",
        f"{'a' * 65}@{'b' * 64}.example",
    ],
)
def test_valid_address_may_pass_the_format_check(address: str) -> None:
    assert of_records(record(email_address=address, format_check=True)) == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@mail.example",
        "ann@",
        "ann@@mail.example",
        "ann@lee@mail.example",
        "ann@mail..example",
        "ann@.mail.example",
        "ann@-mail.example",
        "ann@mail-.example",
        "ann@mail.example-",
        "ann lee@mail.example",
        "ann@mail example",
        "ann\u3000lee@mail.example",
        "Ann <ann@mail.example>",
        "ann@mail.example, bob@mail.example",
        "ann@mail.example\nbob@mail.example",
        "ann@mail.example\n\nbob@mail.example",
        "a;b|c@example.com",
        '"ann"lee@mail.example',
        '"ann@mail.example',
        "ann(work)@mail.example",
        "ann@[192.0.2.1",
        "ann@[]",
        "ann\x00@mail.example",
        "ann@mail.example\x00",
    ],
)
def test_invalid_address_cannot_pass_the_format_check(address: str) -> None:
    wrong = record(email_address=address, format_check=True)

    assert of_records(record(format_check=True), wrong) == [("BEV407", "/response/1/emailAddress")]
    assert of_records(wrong.model_copy(update={"format_check": False})) == []
    assert of_records(wrong.model_copy(update={"format_check": None})) == []


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        (".",),
        ("mx.mail.example",),
        ("ASPMX.L.Google.com.", "Alt1.aspmx.l.google.com"),
        ("mx_1.mail.example",),
        ("1.mx.example", "163mx01.mxmail.netease.com"),
        ("mx.bücher.example",),
        ("localhost",),
    ],
)
def test_valid_host_names_are_not_reported(hosts: tuple[str, ...]) -> None:
    assert of_records(record(mx_records=hosts)) == []


@pytest.mark.parametrize(
    "host", ["", "256.0.2.1", "1.2.3", "2001:db8", "[]", "mx..example", "-mx.example", "a b", "mx.example\nmx", "a@b"]
)
def test_invalid_host_name_is_reported(host: str) -> None:
    wrong = record(mx_records=("mx.example", host))

    assert of_records(record(mx_records=("mx.example",)), wrong) == [("BEV408", "/response/1/mxRecords/1")]


@pytest.mark.parametrize("host", ["192.0.2.1", "192.0.2.1.", "[192.0.2.1]", "2001:db8::1", "[IPv6:2001:db8::1]"])
def test_ip_address_for_a_host_is_an_info(host: str) -> None:
    assert of_records(record(mx_records=("mx.example", host))) == [("BEV410", "/response/0/mxRecords/1")]


@pytest.mark.parametrize(
    "address",
    ["a..b@docomo.ne.jp", ".a@docomo.ne.jp", "a.@ezweb.ne.jp", "..a...b..@mail.example", " a..b@[192.0.2.1] "],
)
def test_address_with_dots_in_other_places_is_an_info(address: str) -> None:
    dotted = record(email_address=address, format_check=True)

    assert of_records(dotted) == [("BEV411", "/response/0/emailAddress")]
    assert of_records(dotted.model_copy(update={"format_check": False})) == []


def test_infos_do_not_use_up_the_limit_of_warnings() -> None:
    dotted = record(email_address="a..b@docomo.ne.jp", format_check=True, mx_records=("192.0.2.1",))
    wrong = record(email_address="ann", format_check=True, mx_records=("!",))

    found = of_records(*[dotted] * 500, *[wrong] * 500, limit=2)

    assert [code for code, _ in found] == ["BEV411", "BEV410"] * 2 + ["BEV407", "BEV408"] * 2


def test_null_mx_is_the_only_host() -> None:
    alone, with_another = record(mx_records=(".",)), record(mx_records=("mx.example", "."))

    assert of_records(alone, with_another) == [("BEV408", "/response/1/mxRecords/1")]


@pytest.mark.parametrize("check", ["format_check", "smtp_check", "dns_check"])
def test_ok_contradicts_a_failed_check(check: str) -> None:
    assert of_records(record(result="ok", **{check: False})) == [("BEV409", "/response/0/result")]


def test_smtp_failed_contradicts_a_mailbox_that_answered() -> None:
    assert of_records(record(result="smtp-failed", smtp_check=True)) == [("BEV409", "/response/0/result")]


@pytest.mark.parametrize("result", ["bad", "unknown", "greylisted", "OK", None])
def test_other_verdicts_are_no_contradiction(result: str | None) -> None:
    for value in (True, False, None):
        assert of_records(record(result=result, format_check=value, smtp_check=value, dns_check=value)) == []


def test_checks_that_could_not_run_do_not_contradict_a_result() -> None:
    unasked = {"free_check": False, "disposable_check": True, "catch_all_check": False}

    assert of_records(record(result="ok", **unasked), record(result="smtp-failed")) == []


def test_message_names_every_check_that_failed() -> None:
    (problem,) = found_in(CompletedResponse(records=(record(result="ok", format_check=False, dns_check=False),)))

    assert problem.message == "expected no check to be false because result is 'ok', got formatCheck and dnsCheck false"


def test_one_wrong_record_is_found_among_many() -> None:
    valid = [record(format_check=True, mx_records=(f"mx{number}.example",), result="ok") for number in range(1000)]
    wrong = record(email_address="ann", format_check=True, mx_records=("mx7.example", "!"), result="smtp-failed",
                   smtp_check=True)  # fmt: skip

    found = of_records(*valid[:700], wrong, *valid[700:])

    assert found == [
        ("BEV407", "/response/700/emailAddress"),
        ("BEV408", "/response/700/mxRecords/1"),
        ("BEV409", "/response/700/result"),
    ]


def test_problems_of_records_are_limited_by_code() -> None:
    wrong = record(email_address="ann", format_check=True, mx_records=("!", "?"), result="ok", dns_check=False)

    found = of_records(*[wrong] * 500, limit=3)

    assert sorted(code for code, _ in found) == ["BEV407"] * 3 + ["BEV408"] * 3 + ["BEV409"] * 3
    assert [pointer for code, pointer in found if code == "BEV407"][2] == "/response/2/emailAddress"


# Requests.


def request(**values: object) -> BulkRequest:
    return BulkRequest.model_validate({"id": 5, **values})


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def of_requests(*requests: BulkRequest) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in found_in(StatusResponse(requests=requests))]


def counters(total: int | None, invalid: int | None, processed: int | None, failed: int | None) -> dict[str, object]:
    names = ("total_emails", "invalid_emails", "processed_emails", "failed_emails")
    return dict(zip(names, (total, invalid, processed, failed), strict=True))


def test_counters_of_a_ready_request_add_up() -> None:
    assert of_requests(request(ready=True, **counters(6, 1, 2, 3))) == []
    assert of_requests(request(ready=True, **counters(7, 1, 2, 3))) == [("BEV401", "/response/0/total_emails")]


@pytest.mark.parametrize("ready", [True, False, None])
@pytest.mark.parametrize("parts", [(1, 2, 3), (6, None, None), (None, 0, 6), (None, None, 6)])
def test_parts_never_exceed_the_total(ready: bool | None, parts: tuple[int | None, int | None, int | None]) -> None:
    assert of_requests(request(ready=ready, **counters(6, *parts))) == []
    assert of_requests(request(ready=ready, **counters(5, *parts))) == [("BEV401", "/response/0/total_emails")]


@pytest.mark.parametrize("ready", [False, None])
def test_counters_of_a_request_that_is_not_ready_need_not_add_up(ready: bool | None) -> None:
    assert of_requests(request(ready=ready, **counters(7, 1, 2, 3))) == []


@pytest.mark.parametrize("unsaid", range(4))
def test_missing_counter_is_no_contradiction(unsaid: int) -> None:
    reports = [None if position == unsaid else count for position, count in enumerate((9, 1, 2, 3))]

    assert of_requests(request(ready=True, **counters(*reports))) == []


def test_end_before_the_start_is_a_contradiction() -> None:
    start = moment(1642422382)

    assert of_requests(request(date_start=start, date_end=start)) == []
    assert of_requests(request(date_start=start, date_end=moment(1642422381))) == [("BEV402", "/response/0/date_end")]


def test_date_may_be_a_day_ahead_of_the_clock_and_no_more() -> None:
    assert of_requests(request(date_start=moment(NOW + 86_400))) == []
    assert of_requests(request(date_start=moment(NOW + 86_401))) == [("BEV403", "/response/0/date_start")]
    assert of_requests(request(date_end=moment(NOW + 86_401))) == [("BEV403", "/response/0/date_end")]


def test_no_date_is_before_the_service_began() -> None:
    begin = datetime(2018, 1, 1, tzinfo=UTC).timestamp()

    assert of_requests(request(date_start=moment(begin), date_end=moment(begin))) == []
    assert of_requests(request(date_start=moment(begin - 1))) == [("BEV404", "/response/0/date_start")]
    assert of_requests(request(date_end=moment(begin - 1))) == [("BEV404", "/response/0/date_end")]


def test_problems_of_requests_are_limited_by_code() -> None:
    early = request(date_start=datetime(2017, 1, 1, tzinfo=UTC))

    found = found_in(StatusResponse(requests=(early,) * 5), limit=2)

    assert [problem.code for problem in found] == ["BEV404", "BEV405", "BEV404", "BEV405"]


def test_end_without_a_start_is_no_contradiction() -> None:
    assert of_requests(request(date_start=None, date_end=moment(1642422381))) == []


def test_duplicate_id_is_reported() -> None:
    assert of_requests(request(), request(id=6), request(), request()) == [
        ("BEV405", "/response/2/id"),
        ("BEV405", "/response/3/id"),
    ]


# Pages.


def page(count: int, **values: object) -> ListResponse:
    """Return the second of three pages, with two requests on each."""
    reports: dict[str, object] = {"current_page": 2, "from_": 3, "last_page": 3, "per_page": 2, "to": 4, "total": 5}
    requests = tuple(request(id=number) for number in range(count))
    return ListResponse.model_validate({"requests": requests, **reports, **values})


def of_page(response: ListResponse) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in found_in(response)]


@pytest.mark.parametrize(
    "response",
    [
        page(2),
        page(1, current_page=3, from_=5, to=5),
        page(0, current_page=4, from_=None, to=None),
        page(0, current_page=4, from_=0, to=0),
        page(0, current_page=1, from_=None, to=None, total=0, last_page=1),
        page(0, current_page=1, from_=0, to=0, total=0, last_page=0),
        page(2, current_page=1, from_=1, to=2, total=2, last_page=1),
        page(2, current_page=None, from_=None, last_page=None, per_page=None, to=None, total=None),
        page(2, total=None, last_page=None),
        page(2, current_page=None),
        page(2, per_page=None),
        page(2, per_page=0, last_page=0, current_page=0, from_=None, to=None),
        page(1, total=None, current_page=1, from_=None, to=None),
    ],
)
def test_page_with_correct_counts_has_no_contradictions(response: ListResponse) -> None:
    assert of_page(response) == []


@pytest.mark.parametrize(
    ("response", "name"),
    [
        (page(1, current_page=4, from_=7, to=7), "current_page"),
        (page(2, last_page=4), "last_page"),
        (page(2, total=9), "last_page"),
        (page(0, current_page=1, total=0, last_page=2), "last_page"),
        (page(1, to=3), "data"),
        (page(3, to=5), "data"),
        (page(0, from_=None, to=None), "data"),
        (page(3, total=None, to=5), "data"),
        (page(2, from_=4, to=5), "from"),
        (page(2, to=5), "to"),
        (page(2, per_page=None, total=3), "to"),
        (page(0, current_page=4, from_=7, to=8), "to"),
    ],
)
def test_page_with_wrong_counts_has_one_contradiction(response: ListResponse, name: str) -> None:
    assert of_page(response) == [("BEV406", f"/response/{name}")]


def test_requests_of_a_page_are_checked() -> None:
    twice = (request(), request())

    assert of_page(page(0, requests=twice)) == [("BEV405", "/response/data/1/id")]


# Others.


def test_other_responses_have_no_contradictions() -> None:
    assert found_in(CreateResponse(id=5)) == []
