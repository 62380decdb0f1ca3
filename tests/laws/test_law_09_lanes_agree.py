"""Law 9, lanes agree: a body has the same model and the same problems with and without a lane."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import bevparse
from benchmarks.spellings import SPELLINGS, Spelling
from bevparse import (
    CompletedResponse,
    CreateResponse,
    FailedResponse,
    Inspection,
    Limits,
    ListResponse,
    Response,
    StatusResponse,
)
from bevparse.endpoints import Expected
from bevparse.formats import csv, json, xml
from bevparse.lanes import lane_of
from bevparse.lanes.chunks import BLOCK
from bevparse.limits import DEFAULT_LIMITS
from bevparse.payloads.instances import build_all
from bevparse.payloads.layout import items_of
from bevparse.reader import BodyReader
from bevparse.testing import completed_responses, failed_responses, list_responses, status_responses

from ..paths import FIXTURES
from ..readers import inspect, locate
from .spelled import BLOCKS, EACH_SPELLING, LIMITS, MODELS, in_each_spelling, planted, regular

FORMATS = {"json": json, "xml": xml, "csv": csv}
BODIES = sorted(path for name in FORMATS for path in FIXTURES.rglob(f"*.{name}"))
ASKED = (CompletedResponse, FailedResponse, StatusResponse, ListResponse, CreateResponse, Response)
ARRAYS = st.one_of(
    [
        strategy(kinds=("typed",))
        for strategy in (completed_responses, failed_responses, status_responses, list_responses)
    ]
)
PIECES = {
    "json": (
        '"', "\\", "\\u0041", "\\ud800", "{", "}", "[", "]", "},{", ",", ":", "null", "true", "5", "-0", "1.0",
        '"x":1,', '"id":6,', '"emailAddress":"b@c",', '"mxRecords":[],', '"mxRecords":["a"],', " ", "\n", "\r\n",
        "\ufeff", "\x00", "é", '"result":"new",', '"date_end":"0",', '"ready":1,', "99999999999999999999",
        '{"emailAddress":"q"},', '"N/A"', "3.0", '"True"', '"date_start":"0",', '"mxRecords":"[\'a\', \'b\']",',
    ),
    "xml": (
        "<item>", "</item>", "</item><item>", "<result>ok</result>", "<smtpCheck>true</smtpCheck>", "<error/>",
        "<id>5</id>", "<id/>", "&amp;", "<!---->", "<![CDATA[x]]>", "<![CDATA[</item><item>]]>", "<?x?>",
        "]]>", "\r", "\x01",
        "\ufffe", " ", "\n", "null", "maybe", ">", "<", "05", "<mxRecord/>", "<mxRecords/>", "<x>1</x>",
        "</response><response>",
        "<mxRecords><mxRecord>a</mxRecord></mxRecords>", "<result>new</result>", '<item key="0">', "é", "<response>",
        "NULL", "3.0", "True", "<ready>1.0</ready>", "<mxRecords>{a,b}</mxRecords>", "<result>nan</result>",
    ),
    "csv": (
        '"', '""', ",", ";", "\n", "\r\n", "\r", "\n\n", "null", "TRUE", "new", " ", "a, b", '"a, b"', '"a\nb"',
        ',"a, b",', "é", "\ufeff", "\x00", '[""]', "a;b", "Score", "x,y\n", "05",
        "nan", "\\N", "3.0", "True", "['a']", "\"['a', 'b']\"", "{a}", "System.Object[]", ",0,",
    ),
}  # fmt: skip


def assert_agrees(
    body: bytes | str,
    model: type[Response],
    *,
    size: int = BLOCK,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection:
    found = inspect(body, model, format=format, limits=limits, block_size=size)
    expected = inspect(body, model, format=format, limits=limits, lanes=False)
    assert found == expected
    if found.response is not None and expected.response is not None:
        assert found.response.model_dump() == expected.response.model_dump()
        assert list(found.response.__dict__) == list(expected.response.__dict__)
    return found


def carried(model: Response, format: str) -> bytes | None:
    try:
        return bevparse.dump(model, format=format)
    except bevparse.EncodeError:
        return None


def mutated(body: str, format: str, random: Random) -> str:
    """Return the body with a piece inserted, a part dropped or doubled, or a character changed."""
    start, end = sorted((random.randrange(len(body)), random.randrange(len(body))))
    piece = random.choice(PIECES[format])
    change: Callable[[], str] = random.choice(
        (
            lambda: body[:start] + piece + body[start:],
            lambda: body[:start] + body[min(end, start + 30) :],
            lambda: body[:end] + body[start:],
            lambda: body[:start] + chr(random.randrange(0, 0x250)) + body[start + 1 :],
            lambda: body.replace(random.choice(("true", ",", "<item>", "a", ":", "}")), piece, random.randrange(1, 9)),
        )
    )
    return change()


@pytest.mark.parametrize("format", FORMATS)
@given(model=ARRAYS, size=st.sampled_from([40, 200, 2**17]))
def test_lanes_agree_on_canonical_bodies(format: str, model: Response, size: int) -> None:
    body = carried(model, format) or b""

    for asked in (type(model), Response):
        assert_agrees(body, asked, size=size, format=format)
        assert_agrees(body.decode(), asked, size=size, format=format)


@pytest.mark.parametrize("format", FORMATS)
@given(
    model=ARRAYS,
    size=st.sampled_from([40, 200, 1000]),
    limits=st.sampled_from([DEFAULT_LIMITS, Limits(problems=2)]),
    random=st.randoms(use_true_random=False),
)
def test_lanes_agree_on_mutated_bodies(format: str, model: Response, size: int, limits: Limits, random: Random) -> None:
    body = (carried(model, format) or b"{}").decode()

    for _ in range(3):
        changed = mutated(body, format, random)
        again = mutated(changed, format, random) if changed else changed
        for asked in (type(model), Response):
            assert_agrees(changed, asked, size=size, limits=limits)
            assert_agrees(again.encode("utf-8", "replace"), asked, size=size, limits=limits)


@pytest.mark.parametrize(
    ("size", "limits"),
    [
        pytest.param(50, DEFAULT_LIMITS, id="small chunks", marks=pytest.mark.measured),
        pytest.param(2**17, DEFAULT_LIMITS, id="one chunk"),
        pytest.param(50, Limits(depth=4), id="depth", marks=pytest.mark.long),
        pytest.param(50, Limits(records=1), id="records", marks=pytest.mark.measured),
        pytest.param(2**17, Limits(string=20), id="string"),
        pytest.param(2**17, Limits(problems=1), id="problems", marks=pytest.mark.long),
    ],
)
def test_lanes_agree_on_every_fixture(size: int, limits: Limits) -> None:
    assert BODIES
    for path in BODIES:
        body = path.read_bytes()
        for asked in ASKED if len(body) < 100_000 else (CompletedResponse, Response):
            assert_agrees(body, asked, size=size, limits=limits)


@in_each_spelling(blocks=BLOCKS, limits=LIMITS)
def test_lanes_agree_on_each_spelling(
    spelling: Spelling, data: st.DataObject, blocks: int, limits: Limits, random: Random
) -> None:
    array = data.draw(st.sampled_from(spelling.arrays))
    records = planted(random, array, regular(random, array))
    body = spelling.body(records, array).decode()
    if random.randint(0, 2) == 0:
        body = mutated(body, spelling.format, random)
    size = max(40, len(body) // blocks)

    for asked in (MODELS[array], Response):
        found = assert_agrees(body.encode(), asked, size=size, format=spelling.format, limits=limits)
        if found.response is not None and all(problem.severity != "error" for problem in found.problems):
            numbers = [random.randrange(len(records)) for _ in range(3)]
            assert_places_agree(body.encode(), type(found.response), numbers, size)


def assert_places_agree(body: bytes, model: type[Response], numbers: list[int], size: int) -> None:
    """Check the positions of some records and of what is in them."""
    inside = ("", "/emailAddress", "/mxRecords/0", "/result", "/ready", "/undocumented")
    pointers = [f"/response/{number}{rest}" for number in numbers for rest in inside]
    found = locate(body, model, pointers, block_size=size)
    assert found == locate(body, model, pointers, lanes=False)


def repeated(response: Response) -> Response:
    """Return a response with the same records forty times over."""
    attribute = items_of(type(response)).attribute
    return type(response).model_validate({attribute: getattr(response, attribute) * 40})


def in_chunks(body: bytes, model: type[Response], format: str, size: int) -> Inspection | None:
    """Inspect a body, and return the result if its lane has read it."""
    reader = BodyReader(body, Expected((model,), format), block_size=size)
    found = reader.inspect()
    return found if reader.is_in_chunks else None


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("model", [CompletedResponse, StatusResponse, FailedResponse])
def test_documented_bodies_are_read_by_a_lane(format: str, model: type[Response]) -> None:
    endpoint = model.model_fields["endpoint"].default
    body = (FIXTURES / endpoint / f"documented.{format}").read_bytes()
    expected = repeated(bevparse.parse(body, model))
    canonical = bevparse.dump(expected, format=format)

    for asked in (model, Response):
        found = in_chunks(canonical, asked, format, 500)
        assert found is not None
        assert found.response == expected
        assert not found.problems


@pytest.mark.parametrize("format", FORMATS)
def test_irregular_record_takes_at_most_its_chunk_from_the_lane(format: str) -> None:
    record = bevparse.parse((FIXTURES / "completed" / "documented.json").read_bytes(), CompletedResponse).records[1]
    many = CompletedResponse(records=(record,) * 2000)
    body = bevparse.dump(many, format=format)
    middle = body.index(b"bob@google.com", len(body) // 2)
    unusual = {"json": b'"true"', "xml": b"true", "csv": b"true"}[format]
    begin = body.index(unusual, middle)
    changed = body[:begin] + unusual.upper() + body[begin + len(unusual) :]

    found = in_chunks(changed, CompletedResponse, format, 5000)

    assert found is not None
    assert found.response == many
    assert [problem.code for problem in found.problems] == ["BEV302"]
    assert_agrees(changed, CompletedResponse)


@pytest.mark.parametrize("size", [40, 200, BLOCK])
def test_lanes_agree_on_attributes(size: int) -> None:
    items = [f"<item><id>{number}</id><ready>1</ready></item>" for number in range(30)]
    items[11] = '<item a="1" key="0"><id b="1">11</id><ready>yes</ready></item>'
    items[20] = '<item c="1"><id a="1">20</id><ready a="2">True</ready></item>'
    items[29] = '<item><id>29</id><ready d="2">1</ready></item>'
    body = f"<xml><response>{''.join(items)}</response></xml>"

    for asked in (StatusResponse, Response):
        found = assert_agrees(body, asked, size=size)
        assert [problem.code for problem in found.problems] == [
            "BEV320",
            "BEV320",
            "BEV205",
            "BEV320",
            "BEV303",
            "BEV320",
        ]
        assert_agrees(body, asked, size=size, limits=Limits(problems=1))


@EACH_SPELLING
def test_law_can_fail(spelling: Spelling) -> None:
    body = spelling.body(regular(Random(5), "completed"))
    expected = assert_agrees(body, CompletedResponse, size=len(body) // 3)

    def copied(model: type[BaseModel], values: list[dict[str, object]], *rest: object) -> list[BaseModel]:
        values[-1]["result"] = values[-1]["email_address"]
        return build_all(model, values, *rest)  # type: ignore[arg-type]

    with (  # only a fault in the code makes a lane disagree
        mock.patch("bevparse.lanes.examples.build_all", copied),
        mock.patch("bevparse.lanes.json.build_all", copied),
    ):
        found = inspect(body, CompletedResponse, block_size=len(body) // 3)

    assert (found.response == expected.response) is False  # without a long comparison of both


@pytest.mark.parametrize("name", ["one-more-text.json", "snake-case.json", "writer-a.xml", "joined-hosts.xml"])
def test_control_characters_in_a_body_do_not_deceive_a_lane(name: str) -> None:
    spelling = next(one for one in SPELLINGS if one.file == name)
    records = regular(Random(5), "completed")
    body = spelling.body(records).decode()
    key = str(records[len(records) // 2]["emailAddress"])
    lead = body[: body.index(str(records[0]["emailAddress"]))]
    opening = lead[max(lead.rfind("<"), lead.rfind(",") + 1, lead.rfind("{") + 1) :]

    for forged in ("\0", f"\0{opening}", "\0" + "0", "\x01"):
        for before in (key, opening + key):
            assert before in body
            assert_agrees(body.replace(before, forged + before), CompletedResponse, size=len(body) // 3)


def test_replacement_of_a_built_in_format_has_no_lane() -> None:
    class Other:
        name = "xml"

    assert lane_of(Other()) is None  # type: ignore[arg-type]
