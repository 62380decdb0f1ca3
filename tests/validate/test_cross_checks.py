"""Bodies of one run that contradict each other, and bodies that only seem to."""

from __future__ import annotations

import json
import zipfile
from itertools import permutations
from pathlib import Path

import pytest

import bevparse
from bevparse.sources.requests import request_in_name
from bevparse.validate import Facts, Selection, Settings, iter_checked, validate
from bevparse.validate.settings import DEFAULT_SELECTION

URL = "https://emailverification.whoisxmlapi.com/api/bevService/request/"


def status(request: int, ready: int, *, processed: int = 2, invalid: int | str = 0, failed: int | str = 0) -> str:
    counts = f'"invalid_emails":{invalid},"processed_emails":{processed},"failed_emails":{failed}'
    return f'{{"response":[{{"id":{request},"ready":{ready},{counts}}}]}}'


def listed(*requests: str) -> str:
    return f'{{"response":{{"current_page":1,"data":[{",".join(requests)}],"last_page":1}}}}'


def completed(count: int, result: str = "ok") -> str:
    records = ",".join(f'{{"emailAddress":"{number}@b.example","result":"{result}"}}' for number in range(count))
    return f'{{"response":[{records}]}}'


def records(*fields: dict[str, object]) -> str:
    return json.dumps(
        {"response": [{"emailAddress": f"{number}@b.example", **one} for number, one in enumerate(fields)]}
    )


def failed(count: int) -> str:
    records = ",".join(f'{{"emailAddress":"{number}","error":"odd"}}' for number in range(count))
    return f'{{"response":[{records}]}}'


def in_format(body: str, format: str) -> str:
    return bevparse.dump(bevparse.parse_reply(body), format=format).decode()


def found(folder: Path, bodies: dict[str, str], selection: Selection = DEFAULT_SELECTION) -> list[tuple[str, ...]]:
    """Return name, code and pointer of each contradiction between bodies."""
    for name, body in bodies.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body)
    checks = iter_checked([str(folder)], Settings(selection=selection))
    remarks = [checked for checked in checks if checked.outcome == "notice"]
    return [
        (Path(one.file).relative_to(folder).as_posix(), problem.code, problem.pointer)
        for one in remarks
        for problem in one.problems
    ]


@pytest.mark.parametrize(
    ("name", "request_id"),
    [
        ("completed-544.json", "544"),
        ("dumps/544/failed.csv.gz", "544"),
        ("july.zip!/544/failed.csv", "544"),
        ("completed-0544.json", "544"),
        ("2018-06-05.json", None),
        ("544/completed-2018-06-05.json", None),
        ("completed.json", None),
        ("completed-0.json", None),
        ("0/completed.json", None),
        ("x5/completed.json", None),
        ("\u00b2/completed.json", None),
    ],
)
def test_request_is_identified_by_the_only_number_in_a_name(name: str, request_id: str | None) -> None:
    assert request_in_name(name) == request_id


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ({"status-7.json": status(7, 1), "completed-7.json": completed(2)}, []),
        (
            {"status-7.json": status(7, 1), "completed-7.json": completed(1)},
            [("completed-7.json", "BEV420", "/response")],
        ),
        (
            {"7/status.json": status(7, 1), "7/completed.csv": in_format(completed(3), "csv")},
            [("7/completed.csv", "BEV420", "/response")],
        ),
        ({"status-7.json": status(7, 1), "completed-8.json": completed(1)}, []),
        ({"status-7.json": status(7, 1), "completed.json": completed(1)}, []),
        ({"status-7.json": status(7, 0), "completed-7.json": completed(1)}, []),
        ({"status-7.json": status(7, 1), "completed-7.json": '{"response":[]}'}, []),
        ({"status-7.json": status(7, 1, invalid=1, failed=2), "failed-7.json": failed(1)}, []),
        ({"status-7.json": status(7, 1, invalid=1, failed=2), "failed-7.json": failed(2)}, []),
        ({"status-7.json": status(7, 1, invalid=1, failed=2), "failed-7.json": failed(3)}, []),
        (
            {"status-7.json": status(7, 1, invalid=1, failed=2), "failed-7.json": failed(4)},
            [("failed-7.json", "BEV420", "/response")],
        ),
        (
            {
                "list.json": listed('{"id":6,"ready":1}', '{"id":7,"ready":1,"processed_emails":2}'),
                "7.json": completed(1),
            },
            [("7.json", "BEV420", "/response")],
        ),
        ({"status-7.json": '{"response":[{"id":7,"ready":1}]}', "completed-7.json": completed(1)}, []),
        ({"list.json": listed('{"id":7}'), "completed-7.json": completed(1), "failed-7.json": failed(1)}, []),
    ],
)
def test_number_of_records_is_compared_with_the_status(
    tmp_path: Path, bodies: dict[str, str], expected: list[tuple[str, ...]]
) -> None:
    assert found(tmp_path, bodies) == expected


def test_last_ready_status_determines_the_counts(tmp_path: Path) -> None:
    polls = {"status-7/2.json": status(7, 1, processed=1), "status-7/10.json": status(7, 1, processed=2)}

    assert found(tmp_path, {**polls, "7/completed.json": completed(2)}) == []


@pytest.mark.parametrize("bad", ["json", "xml", "csv"])
def test_formats_of_one_response_are_compared(tmp_path: Path, bad: str) -> None:
    alike = {f"completed-7.{format}": in_format(completed(2), format) for format in ("json", "xml", "csv")}
    different = {f"completed-7.{bad}": in_format(completed(2, "bad"), bad)}

    assert found(tmp_path, alike) == []
    assert {code for _, code, _ in found(tmp_path, alike | different)} == {"BEV421"}


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        (completed(1), completed(2), "2 records instead of 1"),
        (
            completed(2),
            completed(2, "bad"),
            "result ok in 0 records instead of 2; result bad in 2 records instead of 0",
        ),
        (
            records({"smtpCheck": "true"}),
            records({"smtpCheck": "null"}),
            "smtpCheck true in 0 records instead of 1; smtpCheck null in 1 record instead of 0",
        ),
        (
            records({"smtpCheck": "true"}),
            records({"dnsCheck": "true"}),
            (
                "smtpCheck true in 0 records instead of 1; dnsCheck null in 0 records instead of 1; "
                "smtpCheck null in 1 record instead of 0; and 1 more"
            ),
        ),
        (
            records({"result": "ok"}, {"result": "bad"}),
            records({"result": "bad"}, {"result": "ok"}),
            "other checks or results",
        ),
        (
            records({"result": "new"}, {"result": "newer"}),
            completed(2),
            "result (another word) in 0 records instead of 2; result ok in 2 records instead of 0",
        ),
        (records({"result": "ok"}), records({"emailAddress": "c", "result": "ok"}), "other addresses"),
        (records({"mxRecords": ["a"]}), records({"mxRecords": ["b"]}), "other mail servers"),
        (failed(1), failed(1).replace("odd", "even"), "other errors"),
        (status(7, 1), status(7, 1, processed=3), "processed_emails 3 instead of 2"),
        (
            status(7, 1),
            status(7, 1).replace("}", ',"date_end":1528204702}', 1),
            "date_end 2018-06-05T13:18:22Z instead of missing",
        ),
    ],
)
def test_message_says_what_differs(tmp_path: Path, one: str, other: str, difference: str) -> None:
    (tmp_path / "7.csv").write_text(in_format(one, "csv"))
    (tmp_path / "7.json").write_text(other)

    (message,) = [
        problem.message
        for one in validate([str(tmp_path)]).findings
        for problem in one.problems
        if problem.code == "BEV421"
    ]

    assert message.partition(f"as in {tmp_path.as_posix()}/7.csv, got ")[2] == difference


@pytest.mark.parametrize("body", [completed(3), failed(3)], ids=["completed", "failed"])
@pytest.mark.parametrize("format", ["xml", "csv"])
def test_same_records_in_another_order_are_an_info(tmp_path: Path, body: str, format: str) -> None:
    records = json.loads(body)["response"]
    turned = json.dumps({"response": records[::-1]}, separators=(",", ":"))

    assert found(tmp_path, {"7.json": body, f"7.{format}": in_format(turned, format)}) == [
        (f"7.{format}", "BEV423", "/response") if format == "xml" else ("7.json", "BEV423", "/response")
    ]


@pytest.mark.parametrize("hosts", [["a", "b"], ["a,b"], []])
def test_other_hosts_are_other_values(tmp_path: Path, hosts: list[str]) -> None:
    record = {"emailAddress": "a@b.example", "mxRecords": ["a"]}
    one, other = (json.dumps({"response": [some]}) for some in (record, record | {"mxRecords": hosts}))

    assert found(tmp_path, {"7.json": one, "7.xml": in_format(other, "xml")}) == [("7.xml", "BEV421", "/response")]


def test_repeated_address_with_other_values_is_a_warning(tmp_path: Path) -> None:
    records = [{"emailAddress": "a@b.example", "result": result} for result in ("ok", "bad")]
    one, other = (json.dumps({"response": some}, separators=(",", ":")) for some in (records, records[:1] * 2))

    assert found(tmp_path, {"7.json": one, "7.xml": in_format(other, "xml")}) == [("7.xml", "BEV421", "/response")]


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ({"594-status.json": status(544, 1), "1/595.json": failed(1), "2/595.xml": in_format(failed(2), "xml")}, []),
        (
            {"status.json": status(595, 0), "1/595.json": failed(1), "2/595.xml": in_format(failed(2), "xml")},
            ["2/595.xml"],
        ),
        ({"1/595.json": failed(1), "1/595.xml": in_format(failed(2), "xml")}, ["1/595.xml"]),
        ({"594.json": failed(1), "595.json": failed(2), "595.xml": in_format(failed(3), "xml")}, ["595.xml"]),
        ({"a-595.json": failed(1), "b-595.xml": in_format(failed(2), "xml")}, []),
    ],
    ids=["other-folder", "known", "same-name", "neighbour", "other-name"],
)
def test_number_in_a_name_is_a_request_only_if_a_status_has_it(
    tmp_path: Path, bodies: dict[str, str], expected: list[str]
) -> None:
    assert found(tmp_path, bodies) == [(name, "BEV421", "/response") for name in expected]


def test_message_says_that_a_number_is_from_the_name(tmp_path: Path) -> None:
    found(tmp_path, {"status.json": status(595, 1), "594-failed.json": failed(1), "595-failed.json": failed(1)})

    (problem,) = (
        problem for one in validate([str(tmp_path)]).findings for problem in one.problems if problem.code == "BEV420"
    )

    named = "expected 0 records for request 595 (the number in the name of the file), the count in "
    assert problem.message.startswith(named)


def test_bodies_with_errors_are_not_compared(tmp_path: Path) -> None:
    broken = completed(3).replace('"ok"', "5", 1)
    bodies = {"status-7.json": status(7, 1, processed=3), "completed-7.json": broken}

    assert found(tmp_path, bodies) == []
    assert Path(tmp_path, "completed-7.json").read_text() == broken


def test_only_ready_statuses_are_compared(tmp_path: Path) -> None:
    as_xml = in_format(status(7, 1, processed=1), "xml")
    bodies = {"status-7.csv": in_format(status(7, 0), "csv"), "status-7.json": status(7, 1), "status-7.xml": as_xml}

    assert found(tmp_path, bodies) == [("status-7.xml", "BEV421", "/response/0")]


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ([(7, 0), (7, 0), (7, 1)], []),
        ([(7, 0), (7, 1), (7, 1)], []),
        ([(7, 1), (8, 0)], []),
        ([(7, 1), (7, 0)], ["poll-9.json"]),
        ([(7, 0), (7, 1), (7, 0), (7, 1)], ["poll-10.json"]),
    ],
)
def test_ready_request_stays_ready(tmp_path: Path, bodies: list[tuple[int, int]], expected: list[str]) -> None:
    polls = {f"poll-{number}.json": status(*body) for number, body in enumerate(bodies, 8)}

    assert found(tmp_path, polls) == [(name, "BEV422", "/response/0/ready") for name in expected]


READY, UNREADY = status(7, 1), status(7, 0)


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ({"final.json": READY, "running.json": UNREADY}, []),
        ({"a/status.json": READY, "b/status.json": UNREADY}, []),
        ({"status-2-final.json": READY, "status-2-running.json": UNREADY}, []),
        ({"final-1.json": READY, "running-2.json": UNREADY}, []),
        ({"final.csv": in_format(READY, "csv"), "lines.jsonl": UNREADY}, []),
        ({"2018-06-05/final.json": READY, "2018-06-06/running.json": UNREADY}, ["2018-06-06/running.json"]),
        ({"s-9.xml": in_format(READY, "xml"), "s-10.json": UNREADY}, ["s-10.json"]),
        (
            {"a.json": READY, "s-1.json": UNREADY, "s-2.json": READY, "s-3.json": UNREADY, "z.json": UNREADY},
            ["s-3.json"],
        ),
    ],
)
def test_only_names_that_differ_in_a_number_have_an_order(
    tmp_path: Path, bodies: dict[str, str], expected: list[str]
) -> None:
    assert found(tmp_path, bodies) == [(name, "BEV422", "/response/0/ready") for name in expected]


def test_names_in_archives_may_have_thousands_of_digits(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "july.zip", "w") as archive:
        archive.writestr(f"s-1{'0' * 5000}.json", UNREADY)
        archive.writestr(f"s-{'9' * 5000}.json", READY)

    report = validate([str(tmp_path)])

    assert [problem.code for one in report.findings for problem in one.problems] == ["BEV422"]


def test_entries_of_a_recording_are_in_the_order_of_time(tmp_path: Path) -> None:
    def entry(path: str, body: str) -> str:
        text = body.replace('"', '\\"')
        return f'{{"request":{{"url":"{URL}{path}"}},"response":{{"content":{{"text":"{text}"}}}}}}'

    entries = [entry("status", status(7, ready)) for ready in (1, *(1,) * 8, 0)]
    path = tmp_path / "session.har"
    path.write_text(f'{{"log":{{"entries":[{",".join(entries)}]}}}}')

    report = validate([str(path)])

    remarks = [checked for checked in report.findings if checked.outcome == "notice"]
    assert [(one.inner, one.problems[0].code) for one in remarks] == [("#/log/entries/9", "BEV422")]


def test_contradictions_are_selected_as_other_findings(tmp_path: Path) -> None:
    bodies = {"status-7.json": status(7, 1), "completed-7.json": completed(1)}

    assert found(tmp_path, bodies, Selection(ignore=("BEV420",))) == []
    assert found(tmp_path, bodies, Selection(per_file=(("completed-*", ("BEV42",)),))) == []
    assert len(found(tmp_path, bodies, Selection(select=("BEV420",)))) == 1


def test_requests_are_reported_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    bodies = {
        f"{kind}-{number}.json": body
        for number in (10, 9, 100)
        for kind, body in (("status", status(number, 1)), ("completed", completed(1)))
    }

    assert [name for name, _, _ in found(tmp_path, bodies)] == [f"completed-{number}.json" for number in (9, 10, 100)]


def test_facts_of_parts_add_up_in_any_order(tmp_path: Path) -> None:
    for name, body in {
        **{f"poll-{number}.json": status(7, number % 2) for number in range(4)},
        "completed-7.json": completed(1),
    }.items():
        (tmp_path / name).write_text(body)
    parts = [validate([str(path)], Settings(cross=True)).facts for path in sorted(tmp_path.iterdir())]
    whole = validate([str(tmp_path)]).facts

    for order in permutations(parts):
        both = sum(order, Facts())
        assert list(both.contradictions()) == list(whole.contradictions())
    assert len(list(whole.contradictions())) == 2
