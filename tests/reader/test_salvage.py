"""Bodies that are not well-formed, read record by record: one wrong character costs one record."""

from __future__ import annotations

import contextlib
import sys
from typing import NamedTuple

import pytest
from pydantic import BaseModel

import bevparse
from bevparse import DecodeError, FailedEmail, FailedResponse, Limits, PayloadError, Problem, formats
from bevparse.endpoints import Expected
from bevparse.lanes import lane_of
from bevparse.lanes.chunks import Chunk, NotStreamableError, blocks_of
from bevparse.lanes.salvage import Salvage
from bevparse.problems.rules import Group
from bevparse.reader import BodyReader

from ..readers import stream

FORMATS = ("json", "xml", "csv")
MANY = Limits(problems=10**6, body=2**40, records=10**9)
BAD = {"json": b'"', "xml": b"&", "csv": b"\xff"}
CODES = {"json": "BEV110", "xml": "BEV120", "csv": "BEV102"}


class Salvaged(NamedTuple):
    records: list[BaseModel]
    problems: list[Problem]
    rejects: list[tuple[str, object]]

    @property
    def addresses(self) -> list[str]:
        return [str(getattr(record, "email_address", "")) for record in self.records]

    @property
    def pointers(self) -> list[str]:
        return [pointer for pointer, _ in self.rejects]

    @property
    def places(self) -> list[tuple[str, str, int | None, int | None]]:
        errors = [problem for problem in self.problems if problem.severity == "error"]
        return [(problem.code, problem.pointer, problem.line, problem.column) for problem in errors]


def salvaged(body: bytes, format: str, *, size: int = 2**17, limits: Limits = MANY) -> Salvaged:
    found = Salvaged([], [], [])
    found.records.extend(
        stream(
            body,
            FailedEmail,
            format=format,
            limits=limits,
            block_size=size,
            on_problem=found.problems.append,
            on_reject=lambda *one: found.rejects.append(one),
            salvage=True,
        )
    )
    return found


def dumped(count: int, format: str) -> bytes:
    failures = tuple(FailedEmail(email_address=f"u{number}@b.example", error="e") for number in range(count))
    return bevparse.dump(FailedResponse(failures=failures), format=format)


def damaged(body: bytes, format: str, *numbers: int) -> bytes:
    """Return a body with a wrong character in the addresses of some records."""
    for number in numbers:
        body = body.replace(b"u%d@" % number, b"u%b%d@" % (BAD[format], number))
    return body


@pytest.mark.parametrize("size", [200, 2**17])
@pytest.mark.parametrize(
    "numbers",
    [(0,), (499,), (250,), (0, 1, 2), (7, 9, 300, 301, 499)],
    ids=["first", "last", "middle", "begin", "many"],
)
@pytest.mark.parametrize("format", FORMATS)
def test_each_fault_loses_one_record(format: str, numbers: tuple[int, ...], size: int) -> None:
    body = dumped(500, format)

    found = salvaged(damaged(body, format, *numbers), format, size=size)

    assert found.addresses == [f"u{number}@b.example" for number in range(500) if number not in numbers]
    assert found.pointers == [f"/response/{number}" for number in numbers]
    assert [place[:2] for place in found.places] == [(CODES[format], pointer) for pointer in found.pointers]


@pytest.mark.parametrize(
    ("format", "text", "line", "column"),
    [
        ("json", '{"error":"e","emailAddress":"u"1@b.example"}', 1, 89),
        ("xml", "<item><error>e</error><emailAddress>u&1@b.example</emailAddress></item>", 2, 124),
        ("csv", "u\\xff1@b.example,e", 3, 2),
    ],
)
def test_reject_holds_the_text_of_the_record(format: str, text: str, line: int, column: int) -> None:
    found = salvaged(damaged(dumped(3, format), format, 1), format)

    assert found.rejects == [("/response/1", text)]
    assert found.places == [(CODES[format], "/response/1", line, column)]


COMMA = sys.version_info < (3, 13)
"""Older versions of Python report a comma before the end at the place after it."""
GOOD = b'{"error":"e","emailAddress":"%b"}'
ITEM = b"<item><error>e</error><emailAddress>%b</emailAddress></item>"


def array(*records: bytes) -> bytes:
    return b'{"response":[' + b",".join(records) + b"]}"


def items(*records: bytes) -> bytes:
    return b"<xml><response>" + b"".join(records) + b"</response></xml>"


A, B, C = (GOOD % letter for letter in (b"a", b"b", b"c"))
ROWS = b"Email Address,Error\n"
D, E, F = (ITEM % letter for letter in (b"a", b"b", b"c"))


# each with the addresses that are read, and the places of the errors; "" is the pointer of the body
WRONG_JSON = {
    "no comma": (array(A, B, C).replace(b"},{", b"}{", 1), "bc", [("BEV110", "/response/0", 1, 46)]),
    "other separator": (array(A, B, C).replace(b"},{", b"};{", 1), "bc", [("BEV110", "/response/0", 1, 46)]),
    "colon": (array(A, B, C).replace(b"},{", b"}:{", 1), "bc", [("BEV110", "/response/0", 1, 46)]),
    "closed too early": (array(A, B, C).replace(b"},{", b"}]{", 1), "bc", [("BEV110", "/response/0", 1, 47)]),
    "two commas": (array(A, B, C).replace(b"},{", b"},,{", 1), "abc", [("BEV110", "/response/1", 1, 47)]),
    "no brace before": (array(A, B, C).replace(b"},{", b",{", 1), "bc", [("BEV110", "/response/0", 1, 46)]),
    "no brace after": (array(A, B, C).replace(b"},{", b"},x", 1), "ac", [("BEV110", "/response/1", 1, 47)]),
    "open text": (array(A, B, C).replace(b'"e"', b'"e', 1), "bc", [("BEV110", "/response/0", 1, 27)]),
    "open text at the end": (array(A[:-2] + b"}", B), "b", [("BEV110", "/response/0", 1, 42)]),
    "open array": (array(A[:-1] + b',"x":[1}', B), "b", [("BEV110", "/response/0", 1, 52)]),
    "open object": (array(A[:-1] + b',"x":{"y":1}', B), "b", [("BEV110", "/response/0", 1, 58)]),
    "no end": (array(A, B)[:-2], "ab", [("BEV110", "", 1, 79)]),
    "half an end": (array(A, B)[:-1], "ab", [("BEV110", "", 1, 80)]),
    "wrong end": (array(A, B)[:-1] + b"x", "ab", [("BEV110", "", 1, 80)]),
    "end after a comma": (array(A, B, b"")[:-2], "ab", [("BEV110", "", 1, 80)]),
    "end in a record": (array(A, B, C)[:-10], "ab", [("BEV110", "/response/2", 1, 93)]),
    "fields after the records": (
        array(A, B[:-1] + b"x}", C)[:-2] + b'],"x":[{},{"x":2}]}',
        "ac",
        [("BEV110", "/response/1", 1, 78)],
    ),
    "comma before the end and fields": (array(A, B)[:-2] + b',],"x":[{},{}]}', "ab", [("BEV110", "", 1, 79 + COMMA)]),
    "comma and half an end": (array(A, B)[:-2] + b",]", "ab", [("BEV110", "", 1, 79 + COMMA)]),
    "and in these fields": (
        array(A, B[:-1] + b"x}", C)[:-2] + b'],"x":[{},{"x":2},]}',
        "ac",
        [("BEV110", "/response/1", 1, 78), ("BEV110", "", 1, 130 + COMMA)],
    ),
}
WRONG_XML = {
    "other end": (items(D, E, F).replace(b"</item>", b"</itm>", 1), "bc", [("BEV120", "/response/0", 1, 70)]),
    "other start": (
        items(D, E, F).replace(b"><item>", b"><itm>", 2).replace(b"><itm>", b"><item>", 1),
        "ac",
        [("BEV120", "/response/1", 1, 128)],
    ),
    "no end": (items(D, E, F).replace(b"</item>", b"", 1), "bc", [("BEV120", "/response/0", 1, 68)]),
    "half an end": (items(D, E, F).replace(b"</item>", b"</item", 1), "bc", [("BEV120", "/response/0", 1, 74)]),
    "text between": (items(D, E, F).replace(b"</item>", b"</item>x", 1), "abc", [("BEV122", "/response/1", 1, 76)]),
    "text at the end": (
        items(D, E + b"x", F + b"&"),
        "abc",
        [("BEV122", "/response/2", 1, 135), ("BEV120", "/response/4", 1, 195)],
    ),
    "open comment": (items(D, E.replace(b"e<", b"<!--<"), F), "ac", [("BEV120", "/response/1", 1, 88)]),
    "doctype": (items(D, E.replace(b"e<", b"<!DOCTYPE x><"), F), "ac", [("BEV120", "/response/1", 1, 90)]),
    "doctype between": (items(D, b"<!DOCTYPE x>", E), "ab", [("BEV120", "/response/1", 1, 77)]),
    "body without its end": (items(D, E)[:-6], "ab", [("BEV120", "", 1, 145)]),
    "records without their end": (items(D, E)[:-17], "ab", [("BEV120", "", 1, 134)]),
    "end in a tag": (items(D, E)[:-25], "a", [("BEV120", "/response/1", 1, 112)]),
    "items in an item": (
        items(D, E.replace(b"e<", b"<x><item>1</item></x><"), F, D.replace(b"e<", b"&<")),
        "ac",
        [("BEV207", "/response/1/error", 1, 81), ("BEV120", "/response/3", 1, 227)],
    ),
}
WRONG_CSV = {
    "open quote": (ROWS + b'a,"e\nb,e\nc,e\n', "bc", [("BEV130", "/response/0", 2, 3)]),
    "open quote before another": (ROWS + b'a,e\nb,"e\nc,"e"\n', "ac", [("BEV130", "/response/1", 3, 3)]),
    "open quote in the last row": (ROWS + b'a,e\nb,e\nc,"e', "ab", [("BEV130", "/response/2", 4, 3)]),
    "text after a quote": (ROWS + b'a,e\r\nb,"e"x\r\nc,e\r\n', "ac", [("BEV130", "/response/1", 3, 6)]),
    "bad byte": (ROWS + b"a,e\rb,\xff\rc,e", "ac", [("BEV102", "/response/1", 3, 3)]),
    "lines in a cell": (ROWS + b'a,"e\n\ne"\nb,"x"y\nc,e\n\n', "ac", [("BEV130", "/response/1", 5, 6)]),
    "many lines in a cell": (ROWS + b'a,"' + b"x\n" * 100 + b'"\nb,"x"y\n', "a", [("BEV130", "/response/1", 103, 6)]),
}
CASES = [
    pytest.param(format, *case, id=f"{format}: {name}")
    for format, cases in (("json", WRONG_JSON), ("xml", WRONG_XML), ("csv", WRONG_CSV))
    for name, case in cases.items()
]


@pytest.mark.parametrize(("format", "body", "addresses", "places"), CASES)
def test_wrong_character_loses_no_other_record(
    format: str, body: bytes, addresses: str, places: list[tuple[str, str, int | None, int | None]]
) -> None:
    found = salvaged(body, format)

    assert (found.addresses, found.places) == (list(addresses), places)
    assert found.pointers == [pointer.removesuffix("/error") for _, pointer, _, _ in places if pointer]


@pytest.mark.parametrize(("format", "body", "addresses", "places"), CASES)
def test_validate_reports_every_fault(
    format: str, body: bytes, addresses: str, places: list[tuple[str, str, int | None, int | None]]
) -> None:
    found = BodyReader(body, Expected((FailedResponse,), format), salvage=True).inspect()

    errors = [problem for problem in found.problems if problem.severity == "error"]
    assert [(problem.code, problem.pointer, problem.line, problem.column) for problem in errors] == places
    assert (found.response, found.format, found.endpoint) == (None, format, "failed")


HEADS = {
    "json": (b'{"response":[', b'{ "response" : [\n  '),
    "xml": (
        b"<xml><response>",
        b"<xml>\n  <response>\n    ",
        b'<?xml version="1.0" encoding="utf-8"?>\n<xml><response>',
    ),
}
STARTS = [
    pytest.param(format, head, head + opening, id=f"{format}: {head.decode()!r}")
    for format, opening in (("json", b"{"), ("xml", b"<item>"))
    for head in HEADS[format]
]


@pytest.mark.unmeasured
@pytest.mark.parametrize("wrong", [b"\xff", b"&", b'"', b"x"])
@pytest.mark.parametrize(("format", "head", "start"), STARTS)
def test_wrong_character_before_or_in_the_first_record_loses_at_most_that_record(
    format: str, head: bytes, start: bytes, wrong: bytes
) -> None:
    """The first character of a body determines its format, so it is not among them."""
    plain = {"json": array, "xml": items}[format](*({"json": (A, B, C), "xml": (D, E, F)}[format]))
    body = head + plain[len(HEADS[format][0]) :]
    whole = bevparse.parse(body, FailedResponse)
    for place in range(1, len(start)):
        for length in (0, 1):
            damaged = body[:place] + wrong + body[place + length :]
            strict = bevparse.inspect(damaged, FailedResponse, format=format)
            if not any(problem.rule.group is Group.SYNTAX for problem in strict.problems):
                continue  # the character was replaced by itself, or the key is another one

            found = salvaged(damaged, format)

            assert found.records in (list(whole.failures), list(whole.failures[1:])), damaged
            errors = [problem for problem in found.problems if problem.severity == "error"]
            assert [problem.rule.group for problem in errors] == [Group.SYNTAX], damaged
            assert found.pointers in ([], ["/response/0"]), damaged
            assert list(BodyReader(damaged, Expected((FailedResponse,), format), salvage=True).inspect().problems) == (
                found.problems
            ), damaged


@pytest.mark.parametrize(
    ("format", "body", "addresses", "places"),
    [
        ("json", array(A, B, C).replace(b"[{", b"[x"), "bc", [("BEV110", "/response/0", 1, 14)]),
        ("json", array(A, B, C).replace(b"[{", b"["), "bc", [("BEV110", "/response/0", 1, 21)]),
        ("json", array(A, B, C).replace(b"[{", b"[[{"), "bc", [("BEV110", "/response/0", 1, 48)]),
        ("json", array(A, B, C).replace(b"[{", b"x{"), "abc", [("BEV110", "", 1, 13)]),
        ("json", array(A, B, C).replace(b'":', b'"', 1), "abc", [("BEV110", "", 1, 12)]),
        ("json", b"\xef\xbb\xbf" + array(A, B).replace(b'":', b'"', 1), "ab", [("BEV110", "", 1, 12)]),
        ("xml", items(D, E, F).replace(b"<item>", b"<itm>", 1), "bc", [("BEV120", "/response/0", 1, 69)]),
        ("xml", items(D, E, F).replace(b"<item>", b"<item", 1), "bc", [("BEV120", "/response/0", 1, 21)]),
        ("xml", items(D, E, F).replace(b"<xml>", b"<xm>", 1), "abc", [("BEV120", "", 1, 15)]),
        ("xml", items(D, E, F).replace(b"<response>", b"<response", 1), "abc", [("BEV120", "", 1, 15)]),
    ],
)
def test_fault_before_the_first_record_is_reported_at_its_place(
    format: str, body: bytes, addresses: str, places: list[tuple[str, str, int | None, int | None]]
) -> None:
    found = salvaged(body, format)

    assert (found.addresses, found.places) == (list(addresses), places)


@pytest.mark.parametrize(
    ("format", "body"),
    [
        ("json", b'{"response":' + A + b"," + B + b"]}"),  # an object may be another endpoint
        ("json", array(A, B[:-1] + b"x}").replace(b"response", b"respons")),  # another key
        ("json", array(A, B).replace(b'{"response":[', b'{"response"[', 1).replace(b"response", b"respond", 1)),
        ("xml", items(b"<page>1</page><data>", D, E)),  # another shape of response
        ("csv", b"Email \xffAddress,Error\na,e\nb,e\n"),
    ],
)
def test_body_with_an_ambiguous_start_is_not_salvaged(format: str, body: bytes) -> None:
    with pytest.raises(DecodeError):
        salvaged(body, format)


def test_records_in_other_elements_are_read_around_a_fault() -> None:
    body = items(D, E.replace(b"e<", b"&<"), F).replace(b"xml>", b"root>").replace(b"item>", b"failure>")

    found = salvaged(body, "xml")

    assert found.addresses == ["a", "c"]
    assert found.pointers == ["/response/1"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("wrong", [b"x", b",", b'"', b" ", b"\xff", b""])
def test_wrong_line_end_loses_the_two_rows_around_it(wrong: bytes, end: bytes) -> None:
    rows = [b"u%d,e" % number for number in range(50)]
    body = ROWS.replace(b"\n", end) + end.join(rows[:20]) + wrong + end.join(rows[20:]) + end

    found = salvaged(body, "csv")

    assert found.addresses == [f"u{number}" for number in range(50) if number not in (19, 20)]
    assert found.pointers == ["/response/19"]
    assert {problem.pointer.removesuffix("/error") for problem in found.problems} == {"/response/19"}


NESTED = b",".join([b'{"x":1}'] * 100)
LONG = {
    "json": array(*[A] * 30, GOOD[:-1] % b"long" + b',"x":[' + NESTED + b"]}", *[B] * 30),
    "xml": items(*[D] * 30, ITEM.replace(b"e<", b"<x>" + b"<item>1</item>" * 100 + b"</x><") % b"long", *[E] * 30),
    "csv": ROWS + b"a,e\n" * 30 + b'long,"' + b"x\n" * 100 + b'"\n' + b"b,e\n" * 30,
}


@pytest.mark.parametrize("size", [60, 500, 2**17])
@pytest.mark.parametrize("format", FORMATS)
def test_long_record_of_a_valid_body_is_read(format: str, size: int) -> None:
    expected = bevparse.inspect(LONG[format], FailedResponse, format=format)

    found = salvaged(LONG[format], format, size=max(size, len(ROWS) + 20))

    assert found.problems == list(expected.problems)
    assert tuple(found.rejects) == expected.rejected
    assert len(found.records) + len(found.rejects) == 61


@pytest.mark.parametrize("size", [200, 2**17])
@pytest.mark.parametrize(
    ("format", "bad"),
    [
        ("json", b'{"error":"e","emailAddress":["a"}'),
        ("json", b'{"error":' + b"9" * 5000 + b"}"),
        ("xml", b"<item><error>e</error>"),
        ("csv", b'a,"e\n'),
    ],
    ids=["json array", "json number", "xml", "csv"],
)
def test_records_without_an_end_lose_no_others(format: str, bad: bytes, size: int) -> None:
    good = {"json": A, "xml": D, "csv": b"a,e\n"}[format]
    records = [*[good] * 200, bad, *[good] * 200]
    body = {"json": array, "xml": items, "csv": lambda *rows: ROWS + b"".join(rows)}[format](*records)

    found = salvaged(body, format, size=size)

    assert (len(found.records), found.pointers) == (400, ["/response/200"])


@pytest.mark.parametrize("size", [40, 2**17])
def test_fields_after_the_records_are_read(size: int) -> None:
    found = salvaged(array(A, B)[:-1] + b',"x":1}', "json", size=size)

    assert (found.addresses, found.places) == (["a", "b"], [])


@pytest.mark.parametrize("size", [200, 2**17])
def test_many_records_without_their_end_are_within_the_limit_of_depth(size: int) -> None:
    body = items(*[D, E.removesuffix(b"</item>")] * 150)

    found = salvaged(body, "xml", size=size)

    assert found.addresses == ["a"] * 150
    assert found.pointers == [f"/response/{number}" for number in range(1, 300, 2)]


@pytest.mark.parametrize(("distance", "most"), [(2, 1.1), (5, 1.3), (100, 0.3)])
def test_few_attempts_are_needed_to_read_the_records_between_faults(distance: int, most: float) -> None:
    rows = [b"x\n" if number % distance == 0 else b"a\n" for number in range(1000)]
    attempts = 0

    def read(chunk: Chunk) -> bool | None:
        nonlocal attempts
        attempts += 1
        return None if b"x" in chunk.text else True

    envelope = lane_of(formats.get("csv")).open_envelope(blocks_of(ROWS), MANY)  # type: ignore[union-attr]
    assert envelope is not None
    salvage = Salvage(envelope.boundary, read, lambda *_: True, lambda _: None)
    list(salvage.results(Chunk(b"".join(rows), 1, 1), ended=True))

    assert attempts < most * len(rows)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_work_for_records_without_their_end_is_linear(count: int) -> None:
    bad, looked_at = GOOD[:-2] % b"a" + b'",["}', 0
    body = array(*[A] * 10, *[bad] * 1000 * count)

    def record_end(text: bytes) -> int:
        nonlocal looked_at
        looked_at += len(text)
        return len(text) + 1

    envelope = lane_of(formats.get("json")).open_envelope(blocks_of(body), MANY)  # type: ignore[union-attr]
    assert envelope is not None
    salvage = Salvage(envelope.boundary, lambda _: None, lambda *_: True, record_end)
    pieces = sum(1 for _ in salvage.results(Chunk(body, 1, 1), ended=True))

    assert pieces == 1000 * count + 10
    assert looked_at < 80 * len(body)


@pytest.mark.parametrize("format", FORMATS)
def test_attempts_to_read_a_long_record_are_logarithmic(format: str) -> None:
    looked_at: list[int] = []
    between = {"json": b'{"a":1},{"a":1},', "xml": b"<item>x</item>", "csv": b"x\n"}[format]
    begin = {"json": b'{"response":[{"x":[', "xml": b"<xml><response><item>", "csv": ROWS + b'"'}[format]
    body = begin + between * (2**20 // len(between))
    lane = lane_of(formats.get(format))
    assert lane is not None
    envelope = lane.open_envelope(blocks_of(body, 2**12), MANY)
    assert envelope is not None

    with contextlib.suppress(NotStreamableError):
        list(envelope.chunks(lambda chunk: looked_at.append(len(chunk.text))))

    assert sum(looked_at) < 4 * len(body)


def test_exceeded_limit_ends_the_records() -> None:
    body = damaged(dumped(20, "json"), "json", 3).replace(b"u9@", b"u" * 101)
    found: list[object] = []

    with pytest.raises(DecodeError) as raised:
        found.extend(stream(body, FailedEmail, limits=Limits(string=100), on_problem=lambda _: None, salvage=True))

    assert (raised.value.problem.code, raised.value.problem.pointer) == ("BEV005", "/response/9/emailAddress")
    assert len(found) == 8


def test_limit_of_depth_is_not_salvaged() -> None:
    body = array(A, b'{"error":[' + b"[" * 100_000, A)

    with pytest.raises(DecodeError) as raised:
        salvaged(body, "json")

    assert (raised.value.problem.code, raised.value.problem.column) == ("BEV003", 85)


def test_limit_exceeded_after_the_records_is_raised() -> None:
    body = damaged(dumped(20, "json"), "json", 3)[:-2] + b'],"x":"' + b"x" * 101 + b'"}'

    with pytest.raises(DecodeError) as raised:
        list(stream(body, FailedEmail, limits=Limits(string=100), on_problem=lambda _: None, salvage=True))

    assert raised.value.problem.code == "BEV005"


@pytest.mark.parametrize("format", FORMATS)
def test_faults_are_reported_up_to_the_limit_of_problems(format: str) -> None:
    body = damaged(dumped(20, format), format, 3, 7, 8, 9)
    limits = Limits(problems=3)

    found = BodyReader(body, Expected((FailedResponse,), format), limits, salvage=True).inspect()
    with pytest.raises(PayloadError) as raised:
        salvaged(body, format, limits=limits)

    assert [problem.pointer for problem in found.problems] == ["/response/3", "/response/7", "/response/8", ""]
    assert found.problems[-1].code == raised.value.problems[0].code == "BEV006"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (array(A[:-1]), "BEV110"),
        (array(A[:-1], A[:-1]), "BEV110"),
        (b'{"response":{"id":5', "BEV110"),
        (damaged(dumped(3, "json"), "json", 1)[:-2] + b'],"error":"e"}', "BEV110"),
        (b'{"response":[{"x":1},{"x":&}]}', "BEV110"),
        (b"", "BEV101"),
    ],
)
def test_validate_reports_one_fault_of_a_body_without_readable_records(body: bytes, code: str) -> None:
    for data in (body, body.decode()):
        found = BodyReader(data, Expected(), salvage=True).inspect()

        assert [problem.code for problem in found.problems] == [code]
        assert found.response is None


def test_validate_reports_the_limit_after_faults() -> None:
    body = damaged(dumped(20, "json"), "json", 3).replace(b"u9@", b"u" * 101)

    found = BodyReader(body, Expected(), Limits(string=100), salvage=True).inspect()

    assert [problem.code for problem in found.problems] == ["BEV110", "BEV005"]


@pytest.mark.parametrize("size", [80, 2**17])
def test_body_that_is_no_list_of_records_is_read_as_a_whole(size: int) -> None:
    whole = b"<xml><response>" + D * 3 + b"<code>1</code>" + D + b"</response></xml>"

    found = salvaged(whole, "xml", size=size)

    expected = bevparse.inspect(whole, FailedResponse)
    assert tuple(found.records) == getattr(expected.response, "failures", ())
    assert found.problems == list(expected.problems)


@pytest.mark.parametrize("size", [120, 2**17])
def test_faults_after_an_http_head_are_located_in_the_file(size: int) -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + array(A, B[:-1] + b"x}", C, B[:-1] + b"x}")

    streamed = salvaged(body, "json", size=size)
    found = BodyReader(body, Expected((FailedResponse,)), salvage=True, block_size=size).inspect()

    assert streamed.addresses == ["a", "c"]
    assert [place[1:] for place in streamed.places] == [("/response/1", 4, 78), ("/response/3", 4, 145)]
    assert list(found.problems) == streamed.problems
