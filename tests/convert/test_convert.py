"""Many bodies into one: written records, and rejects with their positions and contents."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest

import bevparse
from bevparse import Limits, Problem, Response, SourceError
from bevparse.batches import Batch, Tally
from bevparse.batches.rejects import Reject, RejectCollector
from bevparse.convert import convert_records
from bevparse.endpoints import Expected
from bevparse.files.compression import Budget
from bevparse.models import EndpointName
from bevparse.reader import BodyReader
from bevparse.sources import Source, find_files, open_blocks, refused
from bevparse.validate import Search, Settings
from bevparse.writer import RecordWriter

KEY = "at_" + "a" * 29
GOOD = b'{"error":"e","emailAddress":"%s"}'


def line(address: str) -> bytes:
    return GOOD % address.encode()


def array(*records: bytes) -> bytes:
    return b'{"response":[' + b",".join(records) + b"]}"


def convert(
    *sources: Source,
    to: str = "jsonl",
    model: type[Response] = Response,
    limits: Limits | None = None,
    endpoints: tuple[tuple[str, EndpointName], ...] = (),
    skip_others: bool = False,
) -> tuple[list[bytes], Tally, list[Reject]]:
    rejects: list[Reject] = []
    stream = io.BytesIO()
    limits = limits or Limits()
    found = (inner for source in sources for inner in open_blocks(source, Search()))
    writer = RecordWriter(stream, to, model)
    settings = Settings(model, limits=limits, endpoints=endpoints)

    def write(batch: Batch) -> Iterable[tuple[int, Problem]]:
        return writer.write(batch.records)

    tally = convert_records(found, write, settings, rejects.append, skip_others=skip_others)
    writer.end()
    writer.close()
    assert tally.read == tally.written + tally.rejected
    assert tally.rejected == len(rejects)
    return stream.getvalue().splitlines(), tally, rejects


def body(data: bytes, name: str = "in.json") -> Source:
    return Source(name, "!/inner", data, len(data), format=name.rpartition(".")[2])


def lines(*data: bytes) -> Source:
    return Source("in.jsonl", data=b"\n".join(data))


def places(reject: Reject) -> list[tuple[str, str, int | None, int | None]]:
    return [(problem.code, problem.pointer, problem.line, problem.column) for problem in reject.problems]


def test_reject_has_its_errors_and_not_its_warnings() -> None:
    records = [b'{"emailAddress":"a","dnsCheck":"TRUE"}', b'{"emailAddress":"b",\n"dnsCheck":"odd"}']

    written, _, (reject,) = convert(body(array(*records)))

    assert len(written) == 1
    assert (reject.source, reject.pointer) == ("in.json!/inner", "/response/1")
    assert places(reject) == [("BEV203", "/response/1/dnsCheck", 2, 1)]
    assert reject.record == {"emailAddress": "b", "dnsCheck": "odd"}


@pytest.mark.unmeasured
@pytest.mark.parametrize("count", [3, 1500])
def test_unwritable_record_is_reported_at_its_index(count: int) -> None:
    bad, irregular, good = b'{"emailAddress":"a\\u0001","error":"e"}', b'{"emailAddress":[],"error":"e"}', line("g")
    _, _, rejects = convert(body(array(*[irregular, good, bad] * count)), to="xml")

    expected = [f"/response/{number}" for number in range(3 * count) if number % 3 != 1]
    assert sorted((reject.pointer for reject in rejects), key=lambda one: int(one[10:])) == expected
    for reject in rejects:
        assert [problem.pointer for problem in reject.problems] == [f"{reject.pointer}/emailAddress"]
        assert reject.record == json.loads(bad if int(reject.pointer[10:]) % 3 == 2 else irregular)


def test_ambiguous_record_is_reported_at_its_index() -> None:
    good, bad = line("a"), b'{"emailAddress":"b","error":"e","smtpCheck":"odd"}'

    _, _, (reject,) = convert(body(array(good, bad)))

    assert places(reject) == [("BEV150", "/response/1", None, None)]


def test_unwritable_requests_of_a_page_have_their_pointers() -> None:
    page = b'{"response":{"data":[{"id":1},{"id":"odd"},{"id":2,"x":{}}],"current_page":1}}'

    _, _, rejects = convert(body(page), to="csv")

    assert [reject.pointer for reject in rejects] == ["/response/data/1", "/response/data/2"]
    assert places(rejects[1]) == [("BEV150", "/response/data/2/x", None, None)]


@pytest.mark.parametrize(
    ("data", "written", "code", "pointers"),
    [
        (array(line("a"))[:-1] + b',"x":1}', 1, "BEV307", ["/x"]),
        (b'{"x":1,"y":2,"response":[' + line("a") + b"]}", 1, "BEV307", ["/x", "/y"]),
        (
            b'{"response":{"data":[{"id":1,"z":1}],"current_page":1,"x":1,"0":2}}',
            1,
            "BEV307",
            ["/response/x", "/response/0"],
        ),
        (array(line("a"), line("b"))[:-2], 2, "BEV110", [""]),
        (array(line("a"))[:-9], 0, "BEV110", [""]),
        (b'{"response":{"errors":["no","nor"]}}', 0, "BEV212", ["/response"]),
        (b'{"response":{"id":5}}', 0, "BEV212", ["/response"]),
        (b'{"response":5}', 0, "BEV201", ["/response"]),
        (b"<html>", 0, "BEV104", [""]),
        (b"", 0, "BEV101", [""]),
        (array(line("\xff")).decode().encode("latin-1"), 0, "BEV102", [""]),
        (b'{"response":{"data":[{"id":1}],"current_page":"odd"}}', 1, "BEV204", ["/response/current_page"]),
    ],
)
def test_data_that_is_not_a_record_is_rejected_once_for_each_pointer(
    data: bytes, written: int, code: str, pointers: list[str]
) -> None:
    done, tally, (reject,) = convert(body(data))

    assert (len(done), tally.written, tally.unreadable) == (written, written, 0)
    assert ({problem.code for problem in reject.problems}, reject.record) == ({code}, None)
    assert ([problem.pointer for problem in reject.problems], reject.pointer) == (pointers, "")


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (array(line("a"), line("b"))[:-9], "BEV110", '{"error":"e","emailAddres'),
        (array(line("a"), line("b\xff")).decode().encode("latin-1"), "BEV102", line("b\\xff").decode()),
        (array(line("a"), line('b"')), "BEV110", line('b"').decode()),
    ],
)
def test_record_that_is_not_well_formed_is_rejected_with_its_text(data: bytes, code: str, text: str) -> None:
    written, tally, (reject,) = convert(body(data))

    assert (written, tally.written) == ([line("a")], 1)
    assert ([problem.code for problem in reject.problems], reject.pointer) == ([code], "/response/1")
    assert reject.record == text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("in.json", b'{"response":[]}'),
        ("in.xml", b"<xml><response/></xml>"),
        ("in.csv", b"Email Address\n"),
        ("in.csv", b"Email Address,Error\n"),
    ],
)
def test_body_without_records_has_no_rejects(name: str, data: bytes) -> None:
    assert convert(body(data, name)) == ([], Tally(bodies=1), [])


def test_undocumented_columns_are_kept_in_the_records() -> None:
    written, _, rejects = convert(body(b"Email Address,Error,X\na,e,1\nb,e,\n", "in.csv"))

    assert rejects == []
    assert [json.loads(one).get("X") for one in written] == ["1", None]


def test_body_of_other_records_is_rejected_as_a_whole() -> None:
    written, tally, (reject,) = convert(body(array(line("a"))), body(array(*[b'{"id":1,"ready":1}'] * 1500)))

    assert (len(written), tally) == (1, Tally(1, 1, bodies=2))
    assert reject.other
    assert [(problem.code, problem.pointer) for problem in reject.problems[:1]] == [("BEV212", "/response")]


def test_body_of_another_endpoint_by_its_path_is_rejected_with_its_errors() -> None:
    status = Source("status.json", data=array(b'{"id":1}', b'{"id":"odd"}'))

    written, _, (reject,) = convert(body(array(line("a"))), status, endpoints=(("status*", "status"),))

    assert len(written) == 1
    assert (reject.source, reject.pointer, reject.other) == ("status.json", "", False)
    assert [(code, pointer) for code, pointer, _, _ in places(reject)] == [
        ("BEV212", "/response"),
        ("BEV204", "/response/1/id"),
    ]


def test_bodies_of_other_endpoints_are_skipped_on_request() -> None:
    status = Source("status.json", data=array(b'{"id":1}'))

    options = convert(body(array(line("a"))), status, endpoints=(("status*", "status"),), skip_others=True)

    assert options[1:] == (Tally(1, bodies=1, others=1), [])


def test_line_of_another_endpoint_by_its_path_is_rejected() -> None:
    status = Source("status.jsonl", data=b'{"id":1}\n{"id":2}')

    written, _, rejects = convert(lines(line("a"), line("b")), status, endpoints=(("status*", "status"),))

    assert len(written) == 2
    assert [(reject.source, reject.record, reject.other) for reject in rejects] == [
        ("status.jsonl#/0", {"id": 1}, True),
        ("status.jsonl#/1", {"id": 2}, True),
    ]
    assert places(rejects[0]) == [("BEV212", "/response", 1, None)]


def test_source_that_fails_while_it_is_read_ends_its_records() -> None:
    def failing() -> Iterator[bytes]:
        yield array(*[line("a")] * 9)[:-2]
        raise SourceError("in.json", "cannot read file: gone")

    rejects: list[Reject] = []
    collector = RejectCollector("in.json", rejects.append)
    events = BodyReader(failing(), Expected(), Limits(), block_size=50).events()
    records = list(chain.from_iterable(collector.records(events)))
    collector.end()

    assert len(records) < 9
    assert [(places(reject)[0][0], reject.unreadable) for reject in rejects] == [("BEV001", True)]


def test_unreadable_file_is_rejected_as_unreadable() -> None:
    gone = refused(Source("gone.json"), SourceError("gone.json", "expected a readable file, got none"))

    _, tally, (first, second, third) = convert(
        gone, Source("absent.json"), Source("a.zst", problems=(Problem("BEV013", "m"),), outcome="unreadable")
    )

    assert tally == Tally(rejected=3, unreadable=3)
    assert [places(one)[0][0] for one in (first, second, third)] == ["BEV001", "BEV001", "BEV013"]


def test_records_in_json_lines_are_reported_at_their_lines() -> None:
    data = [
        line("a"), b"", b'{"emailAddress":"b","error":[]}\r', b"  ",
        array(line("c"), b'{"emailAddress":[],"error":"e"}'),
        b'{"emailAddress":"d', line("e") + b"," + line("f"), line("g") + b'],"x":[1', b'{"id":5,"ready":1}',
        b'{"id":6,"ready":1,"x":1e999}', line("h"), b'{"emailAddress":"\xff","error":"e"}', b"5", b"{}",
    ]  # fmt: skip

    written, tally, rejects = convert(lines(*data))

    assert [json.loads(one)["emailAddress"] for one in written] == ["a", "c", "h"]
    assert (tally.written, len(rejects)) == (3, 10)
    rejected = {reject.source: reject for reject in rejects}
    assert places(rejected["in.jsonl#/2"]) == [("BEV207", "/response/0/error", 3, 21)]
    assert rejected["in.jsonl#/2"].record == {"emailAddress": "b", "error": []}
    assert places(rejected["in.jsonl#/4"]) == [("BEV207", "/response/1/emailAddress", 5, 48)]
    assert places(rejected["in.jsonl#/5"])[0][2] == 6
    assert rejected["in.jsonl#/5"].record == '{"emailAddress":"d'
    assert rejected["in.jsonl#/6"].record == (line("e") + b"," + line("f")).decode()
    assert places(rejected["in.jsonl#/6"]) == [("BEV011", "", 7, 1)]
    assert rejected["in.jsonl#/7"].record == data[7].decode()
    assert rejected["in.jsonl#/8"].record == {"id": 5, "ready": 1}
    assert rejected["in.jsonl#/9"].record == data[9].decode()
    assert rejected["in.jsonl#/11"].record == '{"emailAddress":"\\xff","error":"e"}'
    assert {reject.source for reject in rejects} == {f"in.jsonl#/{one}" for one in (2, 4, 5, 6, 7, 8, 9, 11, 12, 13)}


@pytest.mark.parametrize("bad", [b'{"emailAddress":"bad"', b'{"emailAddress":"bad","error":{}}', b'{"id":1,"ready":1}'])
def test_bad_line_is_the_only_one_not_written(bad: bytes) -> None:
    data = [line(str(number)) for number in range(2500)]
    data[1700] = bad

    written, _, (reject,) = convert(lines(*data), model=bevparse.FailedResponse)

    assert [json.loads(one)["emailAddress"] for one in written] == [
        str(number) for number in range(2500) if number != 1700
    ]
    assert (reject.source, reject.problems[0].line) == ("in.jsonl#/1700", 1701)


def test_unwritable_lines_are_reported_at_their_lines() -> None:
    bad = b'{"emailAddress":"\\u0001","error":"e"}'

    _, _, rejects = convert(lines(line("a"), b'{"emailAddress":1e5}', bad, line("b"), bad), to="xml")

    rejected = {reject.source: places(reject) for reject in rejects}
    assert rejected["in.jsonl#/2"] == [("BEV150", "/response/0/emailAddress", 3, None)]
    assert rejected["in.jsonl#/4"] == [("BEV150", "/response/0/emailAddress", 5, None)]
    assert set(rejected) == {"in.jsonl#/1", "in.jsonl#/2", "in.jsonl#/4"}


def test_each_line_with_a_record_of_another_model_is_rejected() -> None:
    written, _, rejects = convert(lines(line("a"), array(line("b")), *[b'{"id":%d,"ready":1}' % n for n in range(3)]))

    assert len(written) == 2
    assert [(reject.source, reject.record) for reject in rejects] == [
        (f"in.jsonl#/{index + 2}", {"id": index, "ready": 1}) for index in range(3)
    ]
    assert {places(reject)[0] for reject in rejects} == {("BEV212", "/response", line, 1) for line in (3, 4, 5)}


def test_long_lines_are_not_read_all_at_once() -> None:
    for count in (8, 10):  # a last block that is full, and one that is not
        data = lines(*[line(str(number)).ljust(2**16) for number in range(count)])
        assert len({one.first for one in open_blocks(data, Search())}) == 2
        assert len(convert(data)[0]) == count


def test_line_with_a_byte_order_mark_is_read() -> None:
    assert len(convert(lines(b"\xef\xbb\xbf" + line("a"), line("b")))[0]) == 2


def test_line_with_only_an_id_is_a_record() -> None:
    data = [b'{"id":0,"failed_emails":0}', b'{"id":1}', b'{ "id" : 2 , "x" : "y" }']

    assert convert(lines(*data))[1] == Tally(written=3, bodies=3)


def recording(*bodies: bytes | None) -> bytes:
    url = f"https://emailverification.whoisxmlapi.com/api/bevService/request/failed?apiKey={KEY}&id=1"
    entries = [
        {
            "request": {"method": "GET", "url": url},
            "response": {
                "status": 200,
                "content": {"mimeType": "application/json"} | ({} if data is None else {"text": data.decode()}),
            },
        }
        for data in bodies
    ]
    return json.dumps({"log": {"entries": entries}}).encode()


def test_bodies_in_a_recording_are_converted_without_its_requests(tmp_path: Path) -> None:
    (tmp_path / "s.har").write_bytes(recording(array(line("a")), None, array(b'{"emailAddress":[],"error":"e"}')))
    source = Source(str(tmp_path / "s.har"))

    written, _, rejects = convert(source)

    assert len(written) == 1
    assert [(reject.source[-4:], reject.problems[0].code) for reject in rejects] == [
        ("es/1", "BEV012"),
        ("es/2", "BEV207"),
    ]


def test_limits_apply_in_a_recording(tmp_path: Path) -> None:
    data = recording(array(line("a" * 500)))
    (tmp_path / "s.har").write_bytes(data)

    _, _, (reject,) = convert(Source(str(tmp_path / "s.har"), budget=Budget(Limits(body=len(data) - 1))))

    assert reject.problems[0].code == "BEV002"


def test_damaged_container_is_rejected() -> None:
    _, tally, (reject,) = convert(Source("in.zip", data=b"PK\x03\x04", named=True))

    assert (reject.source, tally.unreadable) == ("in.zip", 1 if reject.problems[0].code == "BEV001" else 0)


def test_body_longer_than_the_limits_is_read_record_by_record(tmp_path: Path) -> None:
    for name, data in [
        ("a.json", array(*[line("a")] * 20_000)),
        ("b.json", b'{"x":1,' + array(*[line("a")] * 20_000)[1:]),
    ]:
        (tmp_path / name).write_bytes(data)

    limits = Limits(body=400_000)
    _, tally, (reject,) = convert(*find_files([str(tmp_path)], Search(limits=limits)), limits=limits)

    assert (tally.written, reject.problems[0].code) == (20_000, "BEV002")


def test_endless_body_without_records_is_read_up_to_the_limit() -> None:
    taken: list[bytes] = []

    def endless() -> Iterator[bytes]:
        yield b'{"x":"'
        for _ in range(1000):
            taken.append(b"x" * 1000)
            yield taken[-1]

    collector = RejectCollector("in.json", lambda _: None)
    events = BodyReader(endless(), Expected(format="json"), Limits(body=10_000)).events()

    assert list(collector.records(events)) == []

    assert [problem.code for problem in collector.remaining()] == ["BEV002"]
    assert len(taken) < 20


def test_accepted_records_are_not_kept_in_memory() -> None:
    collector = RejectCollector("in.json", lambda _: None)

    for number in range(100):
        collector.add(Problem("BEV302", "m", f"/response/{number}/dnsCheck", 1, 1))
        collector.add(Problem("BEV307", "m", f"/response/data/{number}/x", 1, 1))
        collector.add(Problem("BEV316", "m", f"/response/{number}", 1, 1))

    assert collector.remaining() == []


@pytest.mark.unmeasured
def test_body_that_is_read_whole_may_have_only_bad_records() -> None:
    data = b'{"x":1,' + array(*[b'{"emailAddress":"a","dnsCheck":"odd"}'] * 5000)[1:]

    _, tally, rejects = convert(body(data))

    assert tally == Tally(rejected=5001, bodies=1)
    assert {len(reject.problems) for reject in rejects} == {1}
