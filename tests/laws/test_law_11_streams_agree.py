"""Law 11, streams agree: a stream returns the records and reports the problems of the whole body.

There are three differences. Records before a fatal error have been returned already, so they are the first of those in
the whole body. Problems of the envelope are reported when its end is reached, after the problems of the records. An
error reply after records does not contain these records as undocumented fields.

A body with wrong characters, read as far as it is well-formed, gives the same records, problems, places and rejected
texts for blocks of any size, and one wrong character costs one record.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Iterable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import NamedTuple, cast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import BaseModel

import bevparse
from benchmarks.spellings import Spelling
from bevparse import (
    ApiError,
    BevparseError,
    BulkRequest,
    CompletedResponse,
    DecodeError,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    Inspection,
    Limits,
    ListResponse,
    PayloadError,
    Problem,
    Response,
    StatusResponse,
)
from bevparse.formats import Format, json
from bevparse.lanes.chunks import BLOCK, NotStreamableError
from bevparse.problems.collector import ProblemLimitError
from bevparse.problems.rules import Group
from bevparse.testing import completed_responses, failed_responses, list_responses, status_responses

from ..readers import Record, stream
from .oracle import FORMATS
from .plugins import registered
from .spelled import BLOCKS, RECORD_TYPES, in_each_spelling, planted, regular
from .test_law_09_lanes_agree import BODIES, mutated

ITEMS = {CompletedResponse: "records", StatusResponse: "requests", ListResponse: "requests", FailedResponse: "failures"}
RECORDS: dict[type[Response], Record] = {
    CompletedResponse: EmailRecord,
    StatusResponse: BulkRequest,
    ListResponse: BulkRequest,
    FailedResponse: FailedEmail,
}
KIND = {"json": "typed", "xml": "text", "csv": "table"}
CARRIED = {
    format: st.one_of(
        completed_responses(extras="text", kinds=(KIND[format],)),  # type: ignore[arg-type]
        failed_responses(extras="text", kinds=(KIND[format],)),  # type: ignore[arg-type]
        status_responses(extras="text", kinds=(KIND[format],)),  # type: ignore[arg-type]
        list_responses(extras="text", kinds=(KIND[format],)),  # type: ignore[arg-type]
    )
    for format in FORMATS
}
MANY = Limits(problems=10**5)
SIZES = st.sampled_from([40, 200, 1000, 2**17])
AFTER = {
    "json": (',"x":1', ',"x":{"a":[1]}', ',"code":1', ',"error":"e"', ',"response":[]', "\n", ",", "}"),
    "xml": ("<x>1</x>", "<code>1</code>", "<error>e</error>", '<x a="1"/>', "<!---->", "<?x?>", "\n", "x", "<x>"),
}
ENDS = {"json": ("]", "}"), "xml": ("</response>", "</xml>")}


class Streamed(NamedTuple):
    records: list[BaseModel]
    reported: list[Problem]
    error: BevparseError | None


def streamed(body: bytes, record: Record, format: str | None, limits: Limits, size: int) -> Streamed:
    records: list[BaseModel] = []
    reported: list[Problem] = []
    try:
        records.extend(stream(body, record, format=format, limits=limits, block_size=size, on_problem=reported.append))
    except BevparseError as error:
        return Streamed(records, reported, error)
    return Streamed(records, reported, None)


def inspected(body: bytes, record: Record, format: str | None, limits: Limits) -> Inspection:
    """Inspect a body as a response of the endpoints that have such records, and return the result that fits."""
    models = [model for model, of in RECORDS.items() if of is record]
    found = [bevparse.inspect(body, model, format=format, limits=limits) for model in models]
    return next((one for one in found if all(problem.code != "BEV212" for problem in one.problems)), found[-1])


def records_of(response: Response | None) -> list[BaseModel]:
    return list(getattr(response, ITEMS[type(response)])) if type(response) in ITEMS else []


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0, problem.code))


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def assert_streams_agree(
    body: bytes, record: Record, *, format: str | None, size: int, limits: Limits = MANY
) -> Streamed:
    found = inspected(body, record, format, limits)
    stream = streamed(body, record, format, limits, size)
    errors = errors_of(found.problems)
    if isinstance(found.response, ErrorResponse):
        assert isinstance(stream.error, ApiError)
        assert stream.error.response.errors == found.response.errors
        assert stream.error.response.code == found.response.code
    elif found.response is not None:
        assert stream.error is None
        assert stream.records == records_of(found.response)
        assert [one.model_dump() for one in stream.records] == [one.model_dump() for one in records_of(found.response)]
        assert_reported(stream.reported, found.problems, limits)
    elif errors[0].code < "BEV2":
        if (
            isinstance(stream.error, PayloadError) and limits is not MANY
        ):  # the limit of errors was reached before the fatal one
            assert [problem.code for problem in stream.error.problems] == ["BEV006"]
        else:
            assert isinstance(stream.error, DecodeError)
            assert stream.error.problem == errors[0]
    else:
        assert_refused(stream, found, records_of(inspected(body, record, format, MANY).response))
    return stream


def assert_reported(reported: list[Problem], problems: tuple[Problem, ...], limits: Limits) -> None:
    """Check that the same problems are reported in the same order; at the limit, other warnings may be cut."""
    if limits is MANY:
        assert reported == list(problems)
    else:
        assert errors_of(reported) == errors_of(problems)


def assert_refused(stream: Streamed, found: Inspection, readable: list[BaseModel]) -> None:
    """Check that every problem was reported before a payload was refused, which may be after its first records."""
    assert isinstance(stream.error, PayloadError)
    assert in_order(errors_of(stream.reported)) == in_order(errors_of(found.problems))
    assert stream.records == readable[: len(stream.records)]
    many = [problem for problem in found.problems if problem.code == "BEV006"]
    assert [problem for problem in stream.error.problems if problem.code == "BEV006"] == many


def repeated(model: Response, times: int) -> Response:
    """Return a model with the same records many times over, and without undocumented fields of its own."""
    values = {name: getattr(model, name) for name in type(model).model_fields}
    return type(model)(**values | {ITEMS[type(model)]: values[ITEMS[type(model)]] * times})


def dumped(model: Response, format: str) -> bytes:
    try:
        return bevparse.dump(model, format=format)
    except bevparse.EncodeError:  # undocumented fields that are no columns for all records
        return bevparse.dump(type(model)(**{ITEMS[type(model)]: ()}), format=format)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data(), times=st.sampled_from([1, 2, 20]), size=SIZES)
def test_streams_agree_on_canonical_bodies(format: str, data: st.DataObject, times: int, size: int) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format)

    for declared in (format, None):
        assert_streams_agree(body, RECORDS[type(model)], format=declared, size=size)


@pytest.mark.parametrize("format", FORMATS)
@given(
    data=st.data(),
    times=st.sampled_from([1, 2, 8]),
    size=SIZES,
    limits=st.sampled_from([MANY, Limits(problems=2)]),
    random=st.randoms(use_true_random=False),
)
def test_streams_agree_on_mutated_bodies(
    format: str, data: st.DataObject, times: int, size: int, limits: Limits, random: Random
) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format).decode()

    for _ in range(2):
        changed = mutated(body, format, random)
        again = mutated(changed, format, random) if changed else changed
        for one in (changed, again):
            sent = one.encode("utf-8", "replace")
            assert_streams_agree(sent, RECORDS[type(model)], format=format, size=size, limits=limits)


@in_each_spelling(blocks=BLOCKS, limits=st.sampled_from([MANY, Limits(problems=2)]))
def test_streams_agree_on_each_spelling(
    spelling: Spelling, data: st.DataObject, blocks: int, limits: Limits, random: Random
) -> None:
    array = data.draw(st.sampled_from(spelling.arrays))
    body = spelling.body(planted(random, array, regular(random, array)), array).decode()
    if random.randint(0, 2) == 0:
        body = mutated(body, spelling.format, random)
    size = max(40, len(body) // blocks)

    assert_streams_agree(body.encode(), RECORD_TYPES[array], format=spelling.format, size=size, limits=limits)


LINE_ENDS = st.sampled_from(["\n", "\r", "\r\n", "\n\r", "\r\r\n", " "])
FAULTS_AFTER_RECORDS = {
    "json": {
        "bad byte": b'{"error":"\xe9","emailAddress":"a@b.c"}',
        "syntax": b'{"error":,"emailAddress":"a@b.c"}',
        "value": b'{"error":["x"],"emailAddress":"a@b.c"}',
        "long text": b'{"error":"%b","emailAddress":"a@b.c"}' % (b"x" * 101),
    },
    "xml": {
        "bad byte": b"<item><error>\xe9</error><emailAddress>a@b.c</emailAddress></item>",
        "syntax": b"<item><error>&</error><emailAddress>a@b.c</emailAddress></item>",
        "value": b"<item><error><x/></error><emailAddress>a@b.c</emailAddress></item>",
        "long text": b"<item><error>%b</error><emailAddress>a@b.c</emailAddress></item>" % (b"x" * 101),
    },
    "csv": {
        "bad byte": b"a@b.c,\xe9",
        "syntax": b'a@b.c,"x"y',
        "value": b"a@b.c,x,y",
        "long text": b"a@b.c," + b"x" * 101,
    },
}


def body_with_line_ends(format: str, inside: list[str], between: str, fault: bytes) -> bytes:
    """Return a body with a record for each line end, inside a value where the format allows it, and a fault."""
    if format == "json":
        records = [f'{{"error":{end}"x",{end}"emailAddress":"a@b.c"}}'.encode() for end in inside]
        return b'{"response":[' + f",{between}".encode().join([*records, fault]) + b"]}"
    if format == "xml":
        records = [f"<item><error>x{end}y</error><emailAddress>a@b.c</emailAddress></item>".encode() for end in inside]
        return b"<xml><response>" + between.encode().join([*records, fault]) + b"</response></xml>"
    rows = [b"Email Address,Error", *(f'a@b.c,"x{end}y"'.encode() for end in inside), fault, b""]
    return (between if between.strip(" ") else "\n").encode().join(rows)


@pytest.mark.parametrize(
    ("format", "fault"), [(format, fault) for format in FORMATS for fault in FAULTS_AFTER_RECORDS[format]]
)
@given(inside=st.lists(LINE_ENDS, min_size=1, max_size=30), between=LINE_ENDS, size=SIZES)
@example(inside=["\n\r"], between="\n", size=40)
@example(inside=["\n", "\n"], between="\r", size=200)
def test_streams_agree_on_positions_after_line_ends(
    format: str, fault: str, inside: list[str], between: str, size: int
) -> None:
    body = body_with_line_ends(format, inside, between, FAULTS_AFTER_RECORDS[format][fault])
    limits = Limits(problems=10**5, string=100) if fault == "long text" else MANY

    assert_streams_agree(body, FailedEmail, format=format, size=size, limits=limits)


def test_streams_agree_on_the_position_of_a_bad_byte_in_a_long_body() -> None:
    body = b"Email Address,Error\n" + b'a@b.c,"x\ry"\n' * 30_000 + b"a@b.c,\xe9\n"

    assert_streams_agree(body, FailedEmail, format="csv", size=BLOCK)


@pytest.mark.parametrize("format", AFTER)
@given(data=st.data(), times=st.sampled_from([1, 3, 8]), size=SIZES)
def test_streams_agree_on_bodies_with_data_after_the_records(
    format: str, data: st.DataObject, times: int, size: int
) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format).decode()
    end = max(0, body.rfind(data.draw(st.sampled_from(ENDS[format]))))
    changed = (body[:end] + data.draw(st.sampled_from(AFTER[format])) + body[end:]).encode()

    found = inspected(changed, RECORDS[type(model)], format, MANY)
    stream = streamed(changed, RECORDS[type(model)], format, MANY, size)

    if type(found.response) in ITEMS:
        assert stream.error is None
        assert stream.records == records_of(found.response)
        assert in_order(stream.reported) == in_order(found.problems)
    else:
        assert_streams_agree(changed, RECORDS[type(model)], format=format, size=size)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data(), times=st.sampled_from([1, 8]), size=SIZES)
def test_truncated_body_returns_the_records_before_the_cut(
    format: str, data: st.DataObject, times: int, size: int
) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format)
    cut = body[: data.draw(st.integers(0, len(body) - 1))]

    stream = assert_streams_agree(cut, RECORDS[type(model)], format=format, size=size)

    if format != "csv":
        assert isinstance(stream.error, DecodeError)
        assert stream.records == records_of(bevparse.parse(body, type(model), format=format))[: len(stream.records)]


class Salvaged(NamedTuple):
    records: list[BaseModel]
    problems: list[Problem]
    rejects: list[tuple[str, object]]
    error: str


def salvaged(body: bytes, record: Record, format: str, size: int) -> Salvaged:
    found = Salvaged([], [], [], "")
    records = stream(
        body,
        record,
        format=format,
        limits=MANY,
        block_size=size,
        on_problem=found.problems.append,
        on_reject=lambda *one: found.rejects.append(one),
        salvage=True,
    )
    try:
        found.records.extend(records)
    except BevparseError as error:
        return found._replace(error=repr(error))
    return found


def start_of_records(body: bytes, format: str) -> int:
    marks = {"json": (b'{"response":[', b"{"), "xml": (b"<xml><response>", b"<item>"), "csv": (b"\n", b"")}
    head, opening = marks[format]
    assume(head + opening in body)  # not the response of list, which is read as a whole
    return body.index(head) + len(head)


WRONG = st.sampled_from(
    [b'"', b"{", b"}", b"[", b"]", b",", b":", b"<", b">", b"&", b"\n", b"\r", b"\xff", b"\0", b"x"]
)


@pytest.mark.parametrize("format", FORMATS)
@given(
    data=st.data(),
    times=st.sampled_from([2, 20, 40]),
    wrong=st.lists(st.tuples(st.floats(0, 1), WRONG, st.integers(0, 1)), min_size=1, max_size=5),
)
def test_salvage_does_not_depend_on_chunks(
    format: str, data: st.DataObject, times: int, wrong: list[tuple[float, bytes, int]]
) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format)
    begin = start_of_records(body, format)
    for where, character, length in wrong:
        place = begin + int(where * (len(body) - begin))
        body = body[:place] + character + body[place + length :]

    found = [salvaged(body, RECORDS[type(model)], format, size) for size in (begin + 30, begin + 300, 2**17)]

    assert found[0] == found[1] == found[2]
    if not found[0].error:
        errors = [problem.pointer for problem in errors_of(found[0].problems)]
        assert all(any(f"{error}/".startswith(f"{one}/") for error in errors) for one, _ in found[0].rejects)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data(), times=st.sampled_from([2, 20]), where=st.floats(0, 1, exclude_max=True))
def test_one_wrong_character_loses_at_most_one_record(
    format: str, data: st.DataObject, times: int, where: float
) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format)
    expected = records_of(bevparse.parse(body, type(model), format=format))
    begin = start_of_records(body, format)
    starts = {
        "json": b"{",
        "xml": b"<item>",
        "csv": b"\n",
    }  # what looks like a record in a damaged one is rejected alone
    assume(body.count(starts[format]) == len(expected) + (format != "xml") and b"\r" not in body)
    place = begin + int(where * (len(body) - begin))

    found = salvaged(body[:place] + b"\xff" + body[place:], RECORDS[type(model)], format, 2**17)

    if found.records:
        assert len(found.rejects) <= 1
        lost = [int(pointer.rpartition("/")[2]) for pointer, record in found.rejects if record != "\\xff"]
        assert found.records == [one for index, one in enumerate(expected) if index not in lost]
        assert [problem.code for problem in errors_of(found.problems)] == ["BEV102"]


@pytest.mark.parametrize("format", ["json", "xml"])
@given(data=st.data(), times=st.sampled_from([1, 8]), size=SIZES)
def test_salvage_reports_that_a_body_was_truncated(format: str, data: st.DataObject, times: int, size: int) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format).rstrip()
    expected = records_of(bevparse.parse(body, type(model), format=format))
    starts = {"json": b"{", "xml": b"<item>"}  # in a damaged record these look like other records
    assume(body.count(starts[format]) <= len(expected) + 2 * (format == "json"))
    cut = body[: data.draw(st.integers(0, len(body) - 1))]

    found = salvaged(cut, RECORDS[type(model)], format, size)

    assert found.error or [problem for problem in found.problems if problem.rule.group is Group.SYNTAX]
    assert found.records == expected[: len(found.records)]
    assert len(found.rejects) <= 1


class Failing(io.BytesIO):
    """A source that fails at an offset."""

    def __init__(self, body: bytes, offset: int, error: Exception) -> None:
        super().__init__(body[:offset])
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        if data := super().read(size):
            return data
        raise self._error


FAULTS = (
    DecodeError(Problem("BEV007", "expected less, got more")),
    bevparse.SourceError("name", "the disk is gone"),
    OSError("the network is gone"),
    ValueError("the stream is closed"),
    EOFError("the file ends"),
    RuntimeError("the download was cancelled"),
    PayloadError((Problem("BEV201", "another body"),)),
    ApiError(ErrorResponse(errors=("another body",))),
    *(error("of another body") for error in (NotStreamableError, ProblemLimitError)),
    UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "of the source"),
)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data(), times=st.sampled_from([1, 8]), size=SIZES, error=st.sampled_from(FAULTS))
def test_error_of_the_source_is_raised(
    format: str, data: st.DataObject, times: int, size: int, error: Exception
) -> None:
    model = repeated(data.draw(CARRIED[format]), times)
    body = dumped(model, format)
    records: list[BaseModel] = []

    source = Failing(body, data.draw(st.integers(0, len(body))), error)
    with pytest.raises(type(error)) as raised:
        records.extend(stream(source, RECORDS[type(model)], block_size=size, on_problem=lambda _: None))

    assert raised.value is error
    assert records == records_of(model)[: len(records)]


SMALL_BODIES = {
    "json": b'{"response":[%b]}' % b",".join(b'{"error":"x","emailAddress":"%d@b.c"}' % number for number in range(5)),
    "xml": b"<xml><response>%b</response></xml>"
    % b"".join(b"<item><error>x</error><emailAddress>%d@b.c</emailAddress></item>" % number for number in range(5)),
    "csv": b"Email Address,Error\n" + b"".join(b"%d@b.c,x\n" % number for number in range(5)),
    "error": b'{"response":{"error":"x"}}',
    "blank": b" " * 30,
}


@pytest.mark.measured
@pytest.mark.parametrize("size", [7, 40, 2**17])
@pytest.mark.parametrize("name", SMALL_BODIES)
def test_source_that_fails_at_any_offset_is_reported(name: str, size: int) -> None:
    body = SMALL_BODIES[name]
    for offset in range(len(body) + 1):
        for error in FAULTS:
            with pytest.raises(type(error)) as raised:
                list(stream(Failing(body, offset, error), FailedEmail, block_size=size))
            assert raised.value is error


@pytest.mark.parametrize("size", [7, 40, 100, 2**17])
@pytest.mark.parametrize("name", ["json", "xml", "csv"])
def test_body_beyond_any_limit_is_refused(name: str, size: int) -> None:
    body = SMALL_BODIES[name]
    for most in range(1, len(body) + 2):
        stream = streamed(body, FailedEmail, None, Limits(body=most), size)

        if most < len(body):
            assert isinstance(stream.error, DecodeError)
            assert stream.error.problem.code == "BEV002"
        else:
            assert (len(stream.records), stream.error) == (5, None)


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
@pytest.mark.parametrize("name", ["json", "xml", "csv"])
def test_compressed_body_beyond_any_ratio_is_refused(tmp_path: Path, name: str, suffix: str) -> None:
    body = {
        "json": b'{"response":[%b]}' % b",".join([b'{"error":"x","emailAddress":"a@b.c"}'] * 5_000),
        "xml": b"<xml>%b</xml>" % (b"<item><error>x</error><emailAddress>a@b.c</emailAddress></item>" * 5_000),
        "csv": b"Email Address,Error\n" + b"a@b.c,x\n" * 30_000,
    }[name]
    path = tmp_path / f"failed.{name}.{suffix}"
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[suffix]
    path.write_bytes(pack(body))
    true_ratio = len(body) // path.stat().st_size + 1
    records = len(bevparse.parse(body, FailedResponse).failures)

    for ratio in (1, 2, 5, 20, 100, true_ratio - 1, true_ratio, true_ratio + 1, 10**6):
        found, limits = list[BaseModel](), Limits(archive_ratio=ratio)
        if ratio < true_ratio:
            with pytest.raises(DecodeError) as raised:
                found.extend(bevparse.iter_records(path, FailedEmail, limits=limits))
            assert raised.value.problem.code == "BEV007"
            assert len(found) < records
        else:
            assert sum(1 for _ in bevparse.iter_records(path, FailedEmail, limits=limits)) == records


@pytest.mark.parametrize("size", [50, 2**17])
@pytest.mark.parametrize("record", [EmailRecord, BulkRequest, FailedEmail])
def test_streams_agree_on_every_fixture(record: Record, size: int) -> None:
    assert BODIES
    for path in BODIES:
        body = path.read_bytes()
        if len(body) < 100_000:
            for declared in (None, path.suffix[1:]):
                assert_streams_agree(body, record, format=declared, size=size)


def test_law_can_fail() -> None:
    bodies = iter(['{"response":[{"error":"e","emailAddress":"a"}]}', '{"response":[]}'])
    parts = {name: getattr(json, name) for name in json.__all__}
    parts |= {"name": "forgetful", "decode": lambda _, limits: json.decode(next(bodies), limits)}

    with registered(cast(Format, SimpleNamespace(**parts))), pytest.raises(AssertionError):
        assert_streams_agree(b"{}", FailedEmail, format="forgetful", size=2**17)
