"""`records_of`: the records of saved bodies as one table, read once and batch by batch."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import cast

import duckdb
import pandas
import polars
import pyarrow
import pytest

import bevparse
from bevparse import BulkRequest, DecodeError, EmailRecord, FailedEmail, Limits, PayloadError, Problem, SourceError
from bevparse.batches import Reject
from bevparse.tables import records_of
from bevparse.validate import Search

GOOD = b'{"emailAddress":"%s","error":"e"}'
BAD = b'{"emailAddress":[],"error":"e"}'


def array(*records: bytes) -> bytes:
    return b'{"response":[' + b",".join(records) + b"]}"


def good(name: str) -> bytes:
    return GOOD % name.encode()


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with failed records in several bodies, and a status."""
    (folder / "in").mkdir()
    (folder / "in" / "a.json").write_bytes(array(good("a"), good("b")))
    (folder / "in" / "b.csv").write_bytes(b"Email Address,Error\nc,e\n")
    (folder / "in" / "c.jsonl").write_bytes(good("d") + b"\n" + good("e"))
    (folder / "status.json").write_bytes(array(b'{"id":1,"ready":1}'))
    return folder


def from_duckdb(stream: object) -> list[object]:
    return [row[0] for row in duckdb.sql("select email_address from stream").fetchall()]


CONSUMERS: dict[str, Callable[[object], list[object]]] = {
    "pyarrow": lambda stream: pyarrow.table(stream)["email_address"].to_pylist(),
    "polars": lambda stream: polars.DataFrame(stream)["email_address"].to_list(),
    "duckdb": from_duckdb,
    "pandas": lambda stream: pandas.DataFrame.from_arrow(stream)["email_address"].to_list(),
}
EACH_CONSUMER = pytest.mark.parametrize("consumer", CONSUMERS.values(), ids=CONSUMERS)


@EACH_CONSUMER
def test_consumers_take_the_records_of_a_folder(consumer: Callable[[object], list[object]]) -> None:
    assert consumer(records_of("in", FailedEmail)) == ["a", "b", "c", "d", "e"]


def test_records_have_their_places() -> None:
    table = pyarrow.table(records_of([Path("in/a.json"), "in/c.jsonl"], FailedEmail))

    assert table["source"].to_pylist() == ["in/a.json", "in/a.json", "in/c.jsonl#/0", "in/c.jsonl#/1"]
    assert table["number"].to_pylist() == [0, 1, 0, 0]
    assert table.schema == pyarrow.schema(records_of("in", FailedEmail))


@EACH_CONSUMER
def test_error_arrives_in_the_consumer_with_its_place(consumer: Callable[[object], list[object]]) -> None:
    Path("in/z.json").write_bytes(array(good("a"), BAD))

    with pytest.raises(Exception, match=r"in/z\.json: expected text, got an array \(line 1, column \d+, /response/1/"):
        consumer(records_of("in", FailedEmail))


def raised(paths: str, **options: object) -> Exception:
    """Return what reading the stream raises, before a consumer makes an exception of its own of it."""
    stream = records_of(paths, FailedEmail, **cast("dict[str, None]", options))
    with pytest.raises(bevparse.BevparseError) as caught:
        list(stream.batches())
    return caught.value


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [(array(BAD), PayloadError, "BEV207"), (array(good("a"))[:-9], DecodeError, "BEV110")],
)
def test_error_is_that_of_iter_records_and_names_the_body(body: bytes, error: type[Exception], code: str) -> None:
    Path("z.json").write_bytes(body)

    found = raised("z.json")

    assert isinstance(found, PayloadError | DecodeError)
    (problem,) = found.problems if isinstance(found, PayloadError) else (found.problem,)
    assert (type(found), problem.code, found.source) == (error, code, "z.json")
    again = pickle.loads(pickle.dumps(found))
    assert (str(again), again.source) == (str(found), "z.json")


def test_missing_file_is_an_error() -> None:
    found = raised("absent.json")

    assert isinstance(found, SourceError)
    assert found.source == "absent.json"


def test_rejects_and_problems_are_reported_in_their_order() -> None:
    Path("z.csv").write_bytes(b"Email Address,Error,X\na,NULL,1\n")
    Path("z.jsonl").write_bytes(
        b"\n".join(
            [
                b'{"emailAddress":"l","error":"N/A"}',
                b'{"emailAddress":[],"error":"N/A"}',
                array(b'{"emailAddress":"m","error":"N/A"}'),
                b'{"emailAddress":5',
            ]
        )
    )
    Path("z.json").write_bytes(array(good("a"), b'{"emailAddress":5,"error":"e"}', BAD)[:-1] + b',"x":1}')
    problems: list[tuple[str, str, str, int | None, int | None]] = []
    rejects: list[tuple[str, str]] = []

    def on_problem(source: str, problem: Problem) -> None:
        problems.append((source, problem.code, problem.pointer, problem.line, problem.column))

    def on_reject(reject: Reject) -> None:
        rejects.append((reject.source, reject.pointer))

    stream = records_of(["z.csv", "z.jsonl", "z.json"], FailedEmail, on_problem=on_problem, on_reject=on_reject)
    table = pyarrow.table(stream)

    assert table["email_address"].to_pylist() == ["a", "l", "m", "a", "5"]
    assert rejects == [
        ("z.jsonl#/1", "/response/0"),
        ("z.jsonl#/3", "/response/0"),
        ("z.json", "/response/2"),
        ("z.json", ""),
    ]
    assert problems == [
        ("z.csv", "BEV307", "/response", 1, 21),
        ("z.csv", "BEV306", "/response/0/error", 2, 3),
        ("z.jsonl#/0", "BEV306", "/response/0/error", 1, 21),
        ("z.jsonl#/1", "BEV306", "/response/0/error", 2, 20),
        ("z.jsonl#/1", "BEV207", "/response/0/emailAddress", 2, 2),
        ("z.jsonl#/2", "BEV306", "/response/0/error", 3, 34),
        ("z.jsonl#/3", "BEV110", "", 4, 18),
        ("z.json", "BEV309", "/response/1/emailAddress", 1, 48),
        ("z.json", "BEV207", "/response/2/emailAddress", 1, 79),
        ("z.json", "BEV307", "/x", 1, 111),
    ]


def test_rejects_are_dropped_with_on_problem_alone() -> None:
    Path("z.json").write_bytes(array(BAD, good("a")))
    problems: list[str] = []

    table = pyarrow.table(
        records_of("z.json", FailedEmail, on_problem=lambda _, problem: problems.append(problem.code))
    )

    assert (table["number"].to_pylist(), problems) == ([1], ["BEV207"])


def test_undocumented_field_next_to_the_records_is_no_error() -> None:
    Path("z.json").write_bytes(array(good("a"))[:-1] + b',"x":1}')

    assert pyarrow.table(records_of("z.json", FailedEmail)).num_rows == 1


def test_bodies_of_other_endpoints_are_errors_unless_they_are_skipped() -> None:
    assert isinstance(raised("status.json"), PayloadError)
    assert pyarrow.table(records_of(".", FailedEmail, skip_others=True)).num_rows == 5
    assert pyarrow.table(records_of(".", BulkRequest, skip_others=True))["id"].to_pylist() == [1]


def test_options_choose_what_is_read_and_how() -> None:
    assert CONSUMERS["pyarrow"](records_of("in", FailedEmail, search=Search(include=("*.csv",)))) == ["c"]
    assert isinstance(raised("in/c.jsonl", limits=Limits(string=3)), DecodeError | PayloadError)
    Path("data").write_bytes(Path("in/b.csv").read_bytes())
    assert CONSUMERS["pyarrow"](records_of("data", FailedEmail, format="csv")) == ["c"]


def test_wrong_arguments_are_refused_at_once() -> None:
    with pytest.raises(TypeError, match="expected BulkRequest, EmailRecord or FailedEmail"):
        records_of("in", cast("type[EmailRecord]", bevparse.StatusResponse))
    with pytest.raises(bevparse.UnknownFormatError):
        records_of("in", FailedEmail, format="yaml2")


@EACH_CONSUMER
def test_stream_is_read_once(consumer: Callable[[object], list[object]]) -> None:
    stream = records_of("in", FailedEmail)
    consumer(stream)

    with pytest.raises(Exception, match="call records_of again"):
        consumer(stream)


def test_batches_are_returned_while_bodies_are_read() -> None:
    Path("z.json").write_bytes(array(*[good("a")] * 40_000, BAD))
    stream = records_of("z.json", FailedEmail)

    first = next(pyarrow.RecordBatchReader.from_stream(stream))

    assert 10_000 < first.num_rows < 20_000
    gc.collect()


@pytest.mark.usefixtures("_no_pyarrow")
def test_missing_package_is_named_with_its_command() -> None:
    with pytest.raises(ImportError, match="tables"):
        records_of("in", FailedEmail)
