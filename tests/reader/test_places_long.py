"""Places in long arrays are found in the stretches that hold them, and are those that the whole body has."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import bevparse
from bevparse import CompletedResponse, EmailRecord, StatusResponse, formats
from bevparse.formats import json

from ..readers import locate

COUNT = 3_000
FORMATS = ("json", "xml", "csv")
POINTERS = [
    f"/response/{number}{field}" for number in (0, 1, 700, 1_500, COUNT - 1) for field in ("", "/result", "/mxRecords")
]


def body_of(format: str, count: int = COUNT) -> bytes:
    records = (
        EmailRecord(email_address=f"a{number}@mail.example", mx_records=("mx.mail.example",), result="ok")
        for number in range(count)
    )
    return bevparse.dump(CompletedResponse(records=tuple(records)), format=format)


def both(body: bytes, format: str, pointers: list[str]) -> list[dict[str, tuple[int, int]]]:
    """Locate pointers in the chunks of a body, and in the whole body."""
    return [
        locate(body, CompletedResponse, pointers, format=format, lanes=lanes, block_size=2**14)
        for lanes in (True, False)
    ]


@pytest.mark.unmeasured
@pytest.mark.parametrize("format", FORMATS)
def test_positions_in_chunks_are_those_in_the_whole_body(format: str) -> None:
    in_stretches, in_whole = both(body_of(format), format, POINTERS)

    assert in_stretches == in_whole
    assert len(in_whole) == len(POINTERS)


@pytest.mark.unmeasured
@pytest.mark.parametrize("format", FORMATS)
def test_positions_in_chunks_agree_on_texts_that_look_like_ends_of_records(format: str) -> None:
    odd = {
        "json": body_of(format).replace(b'"result":"ok"', b'"result":"' + b"},{" * 99 + b'"'),
        "xml": body_of(format).replace(b"<result>ok", b"<x>1</x><result><![CDATA[</item><item>]]>ok", 400),
        "csv": body_of(format).replace(b",ok\n", b',"o\nk"\n', 400),
    }[format]

    in_stretches, in_whole = both(odd, format, POINTERS)

    assert in_stretches == in_whole
    assert len(in_whole) == len(POINTERS)


@pytest.mark.parametrize(
    ("body", "format"),
    [
        (body_of("xml").replace(b"><", b">\n <"), "xml"),
        (body_of("json")[:-1] + b',"more":1}', "json"),
        (body_of("json", 2).replace(b'{"response"', b' { "other": 1, "response"'), "json"),
    ],
    ids=["pretty", "more-after", "more-before"],
)
def test_body_in_another_shape_is_located_as_a_whole(body: bytes, format: str) -> None:
    in_stretches, in_whole = both(body, format, ["/response/0/result", "/response/1"])

    assert in_stretches == in_whole
    assert len(in_whole) == 2


def test_problem_outside_the_records_is_located_in_the_whole_body() -> None:
    in_stretches, in_whole = both(body_of("json", 2), "json", ["/response", "/response/0/result"])

    assert in_stretches == in_whole
    assert len(in_whole) == 2


@pytest.mark.usefixtures("registry_restored")
def test_plug_in_of_the_same_name_is_located_without_chunks() -> None:
    plug_in = SimpleNamespace(**{name: getattr(json, name) for name in json.__all__})
    body = b'{"response":[{"id":1,"ready":1}]}'

    formats.register(plug_in)  # type: ignore[arg-type]
    found = locate(body, StatusResponse, ["/response/0/ready"], format="json", block_size=8)

    assert found == {"/response/0/ready": (1, 22)}
