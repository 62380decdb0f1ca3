"""Places in long arrays are found in the stretches that hold them, and are those that the whole body has."""

from __future__ import annotations

import pytest

import bevparse
from bevparse import CompletedResponse, EmailRecord, Limits, StatusResponse, places

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


def both(monkeypatch: pytest.MonkeyPatch, body: bytes, format: str, pointers: list[str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for small in (1, 2**40):
        monkeypatch.setattr(places, "_SMALL", small)
        found.append(dict(places.places_of(body, CompletedResponse, pointers, format=format, limits=Limits())))
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_stretches_have_the_places_of_the_whole(monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    in_stretches, in_whole = both(monkeypatch, body_of(format), format, POINTERS)

    assert in_stretches == in_whole
    assert len(in_whole) == len(POINTERS)


@pytest.mark.parametrize("format", FORMATS)
def test_odd_records_and_cuts_inside_a_text_are_counted_as_they_are(
    monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    odd = {
        "json": body_of(format).replace(b'"result":"ok"', b'"result":"' + b"},{" * 99 + b'"'),
        "xml": body_of(format).replace(b"<result>ok", b"<x>1</x><result><![CDATA[</item><item>]]>ok", 400),
        "csv": body_of(format).replace(b",ok\n", b',"o\nk"\n', 400),
    }[format]

    in_stretches, in_whole = both(monkeypatch, odd, format, POINTERS)

    assert in_stretches == in_whole
    assert len(in_whole) == len(POINTERS)


@pytest.mark.parametrize(
    ("body", "format"),
    [
        (body_of("xml").replace(b"><", b">\n <"), "xml"),
        (body_of("json")[:-1] + b',"more":1}', "json"),
        (body_of("json", 2).replace(b'{"response"', b' { "other": 1, "response"'), "json"),
    ],
    ids=["pretty", "more-behind", "more-before"],
)
def test_other_shapes_are_looked_at_as_a_whole(monkeypatch: pytest.MonkeyPatch, body: bytes, format: str) -> None:
    in_stretches, in_whole = both(monkeypatch, body, format, ["/response/0/result", "/response/1"])

    assert in_stretches == in_whole
    assert len(in_whole) == 2


def test_what_is_about_no_record_is_looked_for_in_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    in_stretches, in_whole = both(monkeypatch, body_of("json", 2), "json", ["/response", "/response/0/result"])

    assert in_stretches == in_whole
    assert len(in_whole) == 2


def test_a_plug_in_has_no_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_SMALL", 1)
    monkeypatch.setattr(places, "lane_of", lambda _format: None)
    body = b'{"response":[{"id":1,"ready":1}]}'

    found = places.places_of(body, StatusResponse, ["/response/0/ready"], format="json", limits=Limits())

    assert found == {"/response/0/ready": (1, 22)}
