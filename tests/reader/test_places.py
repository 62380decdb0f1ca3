"""Positions of canonical pointers, in every format and spelling."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.parsers import expat

import pytest
from pydantic import BaseModel

import bevparse
from bevparse import CompletedResponse, CreateResponse, ErrorResponse, ListResponse, Response, StatusResponse, formats
from bevparse.formats import csv as csv_format
from bevparse.formats.json import locate_json
from bevparse.formats.text import declared_encoding, read_text
from bevparse.limits import Limits
from bevparse.payloads.layout import Field, ItemsField, layout_of
from bevparse.problems import join_pointer
from bevparse.tree import fold
from bevparse.wire import Deviation

from ..fixture_files import CANONICAL, VARIANTS, each, inspect
from ..readers import locate

BODIES = [path for path in (*CANONICAL, *VARIANTS) if path.parent.name != "error"]
PAIR = b'{"response":[{"id":1},\n {"ID":2,"ready":1}]}'


def places(body: bytes, model: type[Response], *pointers: str, format: str | None = None) -> list[object]:
    found = locate(body, model, pointers, format=format)
    return [found.get(pointer) for pointer in pointers]


# Every field of every record.


def fields_of(response: Response) -> Iterator[tuple[str, Field, object]]:
    """Return the pointer of every value that is not missing, with one for each host of a list."""
    layout = layout_of(type(response))
    yield from _values(response, "/response")
    if layout.items:
        base = join_pointer("/response", layout.items.wire_name) if layout.items.wire_name else "/response"
        for number, record in enumerate(getattr(response, layout.items.attribute)):
            yield from _values(record, join_pointer(base, number))


def _values(model: BaseModel, base: str) -> Iterator[tuple[str, Field, object]]:
    for field in layout_of(type(model)).fields:
        value = getattr(model, field.attribute)
        pointer = join_pointer(base, field.wire.name)
        if field.spelling.many:
            yield from ((join_pointer(pointer, index), field, host) for index, host in enumerate(value))
        elif value is not None:
            yield pointer, field, value


def holds(read: object, value: object) -> bool:
    read = read.value if isinstance(read, Deviation) else read
    return value in read if isinstance(read, tuple) else read == value


def offset(text: str, place: tuple[int, int]) -> int:
    line, column = place
    starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
    return starts[line - 1] + column - 1


def in_json(text: str, place: tuple[int, int], field: Field, value: object) -> bool:
    decoder = json.JSONDecoder()
    start = offset(text, place)
    found, end = decoder.raw_decode(text, start)
    colon = re.compile(r"\s*:\s*").match(text, end)
    if colon is None:  # a member of a list
        return bool(found == value)
    return fold(found) == fold(field.wire.name) and holds(field.typed(decoder.raw_decode(text, colon.end())[0]), value)


def in_xml(text: str, place: tuple[int, int], field: Field, value: object) -> bool:
    start = offset(text, place)
    name = re.compile(r"<(?:\w+:)?([\w.-]+)").match(text, start)
    assert name, text[start : start + 20]
    member = field.spelling.many
    return (member or fold(name[1]) == fold(field.wire.name)) and holds(
        field.spelling.text(_element(text[start:])), value
    )


def _element(text: str) -> str:
    """Return the text of the element at the start of a text."""
    texts: list[str] = []
    open_elements: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: open_elements.append(name)
    parser.CharacterDataHandler = lambda data: texts.append(data) if open_elements else None

    def end(name: str) -> None:
        open_elements.pop()
        if not open_elements:
            raise EOFError

    parser.EndElementHandler = end
    with pytest.raises(EOFError):
        parser.Parse(text.encode(), True)
    return "".join(texts)


def in_csv(text: str, place: tuple[int, int], field: Field, value: object) -> bool:
    rest = text[offset(text, place) :]
    cells = next(csv.reader(re.split("(?<=\n)|(?<=\r)(?!\n)", rest), delimiter=csv_format.find_delimiter(text)))
    return holds(field.spelling.text(cells[0]), value)


@pytest.mark.unmeasured
@each(BODIES)
def test_every_field_is_at_its_position(path: Path) -> None:
    body = path.read_bytes()
    found = inspect(path)
    assert found.response is not None
    assert found.format is not None
    values = list(fields_of(found.response))
    text = read_text(body, found.format, declared_encoding(body) if found.format == "xml" else None)[0]
    is_at = {"json": in_json, "xml": in_xml, "csv": in_csv}[found.format]

    pointers = [pointer for pointer, _, _ in values]
    placed = locate(body, type(found.response), pointers, format=found.format)

    assert placed.keys() == set(pointers)
    assert [pointer for pointer, field, value in values if not is_at(text, placed[pointer], field, value)] == []


def test_every_format_has_fields_to_locate() -> None:
    found = {path.suffix for path in BODIES if list(fields_of(cast(Response, inspect(path).response)))}

    assert found == {".json", ".xml", ".csv"}


def test_items_of_every_response_are_located() -> None:
    items = [layout_of(model).items for model in (ListResponse, StatusResponse, CompletedResponse)]

    assert all(isinstance(one, ItemsField) for one in items)


# Values without a location of their own.


def test_missing_field_is_at_its_record() -> None:
    assert places(PAIR, StatusResponse, "/response/1/date_end", "/response/1") == [(2, 2), (2, 2)]


def test_field_in_another_spelling_is_located() -> None:
    assert places(PAIR, StatusResponse, "/response/1/id", "/response/1/ready") == [(2, 3), (2, 10)]


def test_missing_record_has_no_position() -> None:
    xml = b"<xml><response><item><id>1</id></item><item><id>2</id></item></response></xml>"

    for body in (PAIR, xml, b"ID,Ready\n1,1\n2,1\n"):
        assert places(body, StatusResponse, "/response/2/id", "/response/99999999999/id", "/response/x") == [None] * 3


@pytest.mark.parametrize("text", ['{"a":[1]}', ' { "a" : [ 1 ] } '])
def test_index_after_the_last_member_has_no_position(text: str) -> None:
    assert locate_json(text, [(0, 5), (1,), (0, 0)]) == {(0, 0): (1, text.index("1") + 1)}


def test_unknown_pointer_has_no_position() -> None:
    assert places(PAIR, StatusResponse, "", "/score") == [None, None]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"response":[]}', (1, 2)),
        (b"<xml>\n<response/></xml>", (2, 1)),
        (b"ID,Ready\n", (1, 1)),
    ],
    ids=["json", "xml", "csv"],
)
def test_response_has_a_position(body: bytes, expected: tuple[int, int]) -> None:
    assert places(body, StatusResponse, "/response") == [expected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"response":{"total":2,\n"data":[{"id":1},{"id":2}]}}', [(2, 1), (1, 14), (1, 2), (2, 9)]),
        (
            b"<xml><response><total>2</total>\n<data><item><id>1</id></item><item/></data></response></xml>",
            [(2, 1), (1, 16), (1, 6), (2, 7)],
        ),
        (
            b"<xml><response><total>2</total>\n<data><id>1</id></data><data><id>2</id></data></response></xml>",
            [(2, 1), (1, 16), (1, 6), (2, 1)],
        ),
        (b"ID,Total\n1,2\n2,2\n", [(1, 1), (2, 3), (2, 1), (2, 1)]),
    ],
    ids=["json", "xml", "xml-repeated", "csv"],
)
def test_parts_of_a_page_are_located(body: bytes, expected: list[tuple[int, int]]) -> None:
    pointers = ("/response/data", "/response/total", "/response/per_page", "/response/data/0")

    found = places(body, ListResponse, *pointers)

    assert found == expected


def test_page_without_its_list_is_at_the_response() -> None:
    xml = b"<xml><response><total>0</total><per_page>5</per_page></response></xml>"

    assert places(xml, ListResponse, "/response/data", "/response/data/0") == [(1, 6), None]


def test_page_without_rows_is_at_its_header() -> None:
    assert places(b"ID,Total\n", ListResponse, "/response/total", "/response/data") == [(1, 1), (1, 1)]


def test_fields_of_a_response_without_records_are_located() -> None:
    pointers = ("/response/id", "/response")

    assert places(b'{"response":{"id":5}}', CreateResponse, *pointers) == [(1, 14), (1, 2)]
    assert places(b"<xml><response><id>5</id></response></xml>", CreateResponse, *pointers) == [(1, 16), (1, 6)]
    assert places(b"ID\n5\n", CreateResponse, *pointers) == [(2, 1), (1, 1)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'{"response":[{"emailAddress":"a@b","mxRecords":["x.example","y.example"]}]}',
            [(1, 49), (1, 61), None],
        ),
        (b'{"response":[{"emailAddress":"a@b","mxRecords":"x.example y.example"}]}', [(1, 36)] * 3),
        (
            b"<r><i><emailAddress>a@b</emailAddress><mxRecords>x.example</mxRecords><mxRecords><m>y</m></mxRecords></i></r>",
            [(1, 39), (1, 82), (1, 39)],
        ),
        (
            b"<r><i><emailAddress>a@b</emailAddress><mxRecords>x.example y.example</mxRecords></i></r>",
            [(1, 39)] * 3,
        ),
        (b"Email Address,MX Records\na@b,x.example y.example\n", [(2, 5)] * 3),
        (b"mxRecords.1,Email Address,mxRecords.0\ny.example,a@b,x.example\n", [(2, 15), (2, 1), (2, 15)]),
    ],
    ids=["json", "json-joined", "xml-repeated", "xml-joined", "csv", "csv-spread"],
)
def test_host_is_at_its_index_in_the_list(body: bytes, expected: list[tuple[int, int] | None]) -> None:
    found = places(body, CompletedResponse, *(f"/response/0/mxRecords/{index}" for index in (0, 1, 2)))

    assert found == expected


def test_member_of_a_scalar_is_at_the_scalar() -> None:
    assert places(b"<x><r><i><id>1</id></i></r></x>", StatusResponse, "/response/0/id/3") == [(1, 10)]
    assert places(b"ID,Ready\n1,1\n", StatusResponse, "/response/0/ready/3") == [(2, 3)]


def test_undocumented_field_is_located() -> None:
    assert places(b"<x><r><i><id>1</id><a/></i></r></x>", StatusResponse, "/response/0/a") == [(1, 20)]
    assert places(b"ID,a/b,Ready\n1,x,1\n", StatusResponse, "/response/0/a~1b", "/response/0/c") == [(2, 3), (2, 1)]


def test_cell_is_at_its_start_and_a_missing_cell_at_the_end_of_the_row() -> None:
    body = b'\n"Email\nAddress",Error\r\n"a\n""\rb",x\r\n\r\nc\n'

    found = csv_format.locate(body, [(-1, 1), (0,), (0, 0), (0, 1), (1, 0), (1, 1), (1, 9), (2, 0)])

    assert found == {
        (-1, 1): (3, 10),
        (0,): (4, 1),
        (0, 0): (4, 1),
        (0, 1): (6, 4),
        (1, 0): (8, 1),
        (1, 1): (8, 2),
        (1, 9): (8, 2),
    }


def test_body_of_another_format_than_declared_is_located_in_its_own_format() -> None:
    assert places(PAIR, StatusResponse, "/response/1/id", format="xml") == [(2, 3)]


def test_error_reply_is_located_by_its_shape() -> None:
    assert places(b'{"response":{"error":"x"}}', ErrorResponse, "/response/error") == [(1, 14)]
    assert places(b"Error\nx\n", ErrorResponse, "/response/error") == [(2, 1)]


def test_nothing_is_located_in_other_documents() -> None:
    assert places(b"[5]", StatusResponse, "/response/0") == [None]
    assert places(b"ID,ID\n1,2\n", StatusResponse, "/response/0", "/response/0/id") == [(2, 1), (2, 1)]


def test_format_without_locate_has_no_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(formats.get("json"), "locate")

    assert places(PAIR, StatusResponse, "/response/1") == [None]


def test_limits_apply_to_locating() -> None:
    with pytest.raises(bevparse.DecodeError) as caught:
        locate(PAIR, StatusResponse, ["/response"], format="json", limits=Limits(body=5))
    assert caught.value.problem.code == "BEV002"
