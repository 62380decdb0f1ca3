"""The lane that learns by example, on bodies of one spelling with a few records in another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

import pytest

from bevparse import CompletedResponse, FailedResponse, Inspection, Limits, Response, StatusResponse
from bevparse.endpoints import Expected
from bevparse.payloads.layout import records_of
from bevparse.problems import rules
from bevparse.reader import BodyReader

from ..readers import assert_columns_agree, inspect

CHECKS = ("formatCheck", "smtpCheck", "dnsCheck", "freeCheck", "disposableCheck", "catchAllCheck")
Record = dict[str, object]
MANY = Limits(problems=10**6)


def records(number: int = 200) -> list[Record]:
    """Return records of JSON with real booleans, which msgspec does not read."""
    return [
        {
            "emailAddress": f"user{index}@mail{index % 7}.example",
            **dict.fromkeys(CHECKS, index % 3 == 0),
            "mxRecords": [f"mx{host}.mail{index % 7}.example" for host in range(1 + index % 3)],
            "result": ("ok", "bad", "unknown")[index % 3],
        }
        for index in range(number)
    ]


def as_json(rows: Sequence[Record]) -> bytes:
    return json.dumps({"response": rows}, separators=(",", ":")).encode()


def element(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(element(inner, one) for inner, one in value.items())}</{name}>"
    if isinstance(value, list):
        return f"<{name}>{''.join(f'<item>{one}</item>' for one in value)}</{name}>"
    return f"<{name}>{str(value).lower() if isinstance(value, bool) else value}</{name}>"


def as_xml(rows: Sequence[Record], head: str = "<r>", tail: str = "</r>") -> bytes:
    texts = ("".join(element(name, value) for name, value in row.items()) for row in rows)
    return f"{head}{''.join(f'<record>{text}</record>' for text in texts)}{tail}".encode()


def agreed(
    body: bytes,
    model: type[Response] = CompletedResponse,
    limits: Limits = MANY,
    *,
    in_chunks: bool = True,
) -> Inspection:
    """Inspect with and without lanes and models, and check that the results are equal."""
    reader = BodyReader(body, Expected((model,)), limits)
    found = reader.inspect(small=False)
    assert reader.is_in_chunks == in_chunks
    assert found == inspect(body, model, lanes=False, limits=limits)
    survey = BodyReader(body, Expected((model,)), limits).survey()
    assert survey.found.problems == found.problems
    if survey.records is not None:
        assert_columns_agree(survey.records, records_of(found.response))
    return found


def changed(rows: list[Record], index: int, **fields: object) -> list[Record]:
    return [*rows[:index], {**rows[index], **fields}, *rows[index + 1 :]]


@pytest.mark.parametrize(("index", "problems"), [(0, 10**6), (100, 3), (199, 10**6)])
@pytest.mark.parametrize(
    "fields",
    [
        {"emailAddress": 'quoted"@mail.example'},
        {"emailAddress": "<&>@mail.example"},
        {"mxRecords": []},
        {"mxRecords": None},
        {"mxRecords": ["a]b", 'c"']},
        {"mxRecords": ["mx.example", 7]},
        {"smtpCheck": "maybe"},
        {"smtpCheck": "null"},
        {"result": "new word"},
        {"note": "x"},
        {"emailAddress": None},
    ],
)
def test_irregular_record_is_read_as_the_tolerant_reader_does(fields: Record, index: int, problems: int) -> None:
    agreed(
        as_json(changed(records(), index, **fields)),
        limits=Limits(problems=problems),
    )


ESCAPED = [
    (as_json, '"user100@', r'"us\u0065r100@'),
    (as_json, '"mx0.mail2', r'"m\u00780.mail2'),
    (as_xml, ">user100@", ">us&#101;r100@"),
    (as_xml, ">mx0.mail2", "><![CDATA[mx0]]>.mail2"),
    (as_xml, ">reason 100<", ">re&#97;son 100<"),
]


@pytest.mark.unmeasured
@pytest.mark.parametrize(("spell", "plain", "escaped"), ESCAPED)
def test_escapes_in_values_of_some_records_are_read(
    spell: Callable[[Sequence[Record]], bytes], plain: str, escaped: str
) -> None:
    failed = [{"emailAddress": row["emailAddress"], "error": f"reason {index}"} for index, row in enumerate(records())]
    rows, model = (failed, FailedResponse) if "reason" in plain else (records(), CompletedResponse)
    body = spell(rows).decode()
    head, tail = body[: len(body) // 3], body[len(body) // 3 :]
    assert plain in tail

    assert (
        agreed((head + tail.replace(plain, escaped)).encode(), model).response == agreed(body.encode(), model).response
    )


@pytest.mark.parametrize("spell", [as_json, as_xml])
def test_field_of_the_same_name_in_an_undocumented_field_is_no_value(
    spell: Callable[[Sequence[Record]], bytes],
) -> None:
    same = "same@mail.example"
    rows = [
        {
            "result": row["result"],
            "other": {"emailAddress": row["emailAddress"] if index else same},
            "emailAddress": same,
        }
        for index, row in enumerate(records())
    ]

    found = agreed(spell(rows), limits=Limits(problems=5))

    assert {record.email_address for record in records_of(found.response)} == {same}


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("spell", "end", "wrong"), [(as_json, '"}]}', '"]]}'), (as_xml, "</record></r>", "</recorb></r>")]
)
def test_lane_agrees_on_a_wrong_end_of_the_last_record(
    spell: Callable[[Sequence[Record]], bytes], end: str, wrong: str
) -> None:
    body = spell(records(2000)).decode()
    assert body.endswith(end)

    assert agreed(body.replace(end, wrong).encode(), in_chunks=False).response is None


def test_record_that_begins_with_another_field_is_read() -> None:
    rows = records()
    rows[50] = dict(reversed(rows[50].items()))
    rows[0], rows[199] = dict(reversed(rows[0].items())), {"result": "ok", **rows[199]}

    found = agreed(as_json(rows))

    assert isinstance(found.response, CompletedResponse)
    assert [record.email_address for record in found.response.records] == [row["emailAddress"] for row in rows]


@pytest.mark.parametrize("spell", [as_json, as_xml])
def test_fields_with_two_names_are_read(spell: Callable[[Sequence[Record]], bytes]) -> None:
    rows = [
        {"emailAddress" if index % 2 else "email_address": row.pop("emailAddress"), **row}
        for index, row in enumerate(records())
    ]

    found = agreed(spell(rows))

    assert isinstance(found.response, CompletedResponse)
    assert found.response.records[1].email_address == "user1@mail1.example"


def test_warnings_of_a_pattern_are_counted_for_each_record() -> None:
    found = agreed(as_json(records(1000)), limits=Limits(problems=100))

    assert len(found.problems) == 101
    assert found.problems[-1].rule is rules.PROBLEMS_CUT
    assert "left 5900 more out" in found.problems[-1].message


@pytest.mark.unmeasured
@pytest.mark.parametrize("value", [lambda index: f"r{index}", lambda index: index, lambda index: 10**20 + index])
@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("last", [True, False])
def test_lane_agrees_on_an_undocumented_field_that_varies(
    value: Callable[[int], object], every: int, last: bool
) -> None:
    rows = [
        (
            {**row, "other": value(index)}
            if last
            else {"emailAddress": row["emailAddress"], "other": value(index), **row}
        )
        if index % every == 0
        else row
        for index, row in enumerate(records())
    ]

    found = agreed(as_json(rows))

    assert isinstance(found.response, CompletedResponse)
    assert (found.response.records[0].model_extra or {})["other"] == value(0)
    agreed(as_xml(rows))


@pytest.mark.parametrize("blank", [1, 4])
def test_lane_agrees_on_an_undocumented_column_with_blanks(blank: int) -> None:
    rows = (f"a{index}@b.example,e,{index if index % blank == 0 else ''},x" for index in range(300))

    agreed("\n".join(["Email Address,Error,Number,Constant", *rows]).encode(), FailedResponse)


@pytest.mark.parametrize("word", ["\x01", "\x00", "\x00\x01", "é", "\x7f"])
def test_lane_agrees_on_bodies_with_the_characters_that_mark_holes(word: str) -> None:
    rows = changed(records(), 100, result=word)
    body = json.dumps({"response": rows}, separators=(",", ":"), ensure_ascii=False).encode()

    agreed(body)
    agreed(body.replace(b"\\u0001", b"\x01").replace(b"\\u0000", b"\x00"), in_chunks=word in ("é", "\x7f"))


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"},{", b"} ,{", 40),
        lambda body: body.replace(b"},{", b"},\n{"),
        lambda body: body.replace(b'"ok"', b'"ok","nested":[{},{}]'),
        lambda body: body.replace(b'"ok"', b'"ok","nested":[{"a":1},{"b":2}]', 30),
        lambda body: body.replace(b'"emailAddress":"user1', b'"emailAddress":"user\\u0031'),
        lambda body: body.replace(b'"emailAddress"', b'"email_address"'),
        lambda body: body.replace(b'"emailAddress"', b'"meta":{"emailAddress":"x@y.z"},"emailAddress"'),
        lambda body: re.sub(rb'("mxRecords":[^]]*])', rb'"meta":{\1},\1', body),
        lambda body: body.replace(b'"emailAddress":"u', b'"emailAddress":"\\u0075'),
        lambda body: re.sub(rb'"mxRecords":\["m([^"]*)"[^]]*]', rb'"mxRecords":"\\u006d\1"', body),
        lambda body: body.replace(b'"emailAddress":"', b'"emailAddress":"x","emailAddress":"', 20),
    ],
)
def test_lane_agrees_on_other_spellings_of_all_or_some_records(change: Callable[[bytes], bytes]) -> None:
    agreed(change(as_json(records())))


@pytest.mark.parametrize("body", [as_json(records()), as_xml(records())])
def test_bad_byte_in_a_later_chunk_is_reported(body: bytes) -> None:
    damaged = body.replace(b"user199", b"\xff")

    assert inspect(damaged, CompletedResponse, block_size=2**14) == inspect(damaged, CompletedResponse, lanes=False)


def test_chunks_of_new_patterns_are_left_to_the_tolerant_reader() -> None:
    rows: list[Record] = [{**row, "other": {"number": index}} for index, row in enumerate(records(800))]

    agreed(as_json(rows))


def test_lane_agrees_if_more_fields_than_holes_vary() -> None:
    rows: list[Record] = [
        {**row, **{f"field{number}": f"{index}-{number}" for number in range(12)}}
        for index, row in enumerate(records())
    ]

    agreed(as_json(rows))


@pytest.mark.parametrize("limits", [Limits(string=1000), Limits(problems=1), Limits(depth=6)])
def test_limits_apply_in_the_lane(limits: Limits) -> None:
    rows = changed(records(), 150, result="x" * 2000, nested=[[[[[[1]]]]]])

    body = as_json(rows)

    assert BodyReader(body, Expected((CompletedResponse,)), limits).inspect() == inspect(
        body, CompletedResponse, lanes=False, limits=limits
    )


HEADS = [
    ("<r>", "</r>"),
    ('<?xml version="1.0"?>\n<!-- comment -->\n<a>\n<b>', "</b>\n</a>\n"),
    ("<?xml version='1.0' encoding='utf8' standalone='no' ?><r a='1'>", "</r>"),
    ("<a:r xmlns:a='urn:x'\n>", "</a:r>"),
    ("<r><!-- </r> -->", "</r>\n\n"),
]


@pytest.mark.parametrize(("head", "tail"), HEADS)
def test_lane_agrees_on_records_in_any_elements(head: str, tail: str) -> None:
    agreed(as_xml(records(), head, tail))


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("<r>text", "</r>"),
        ("<r><a/>", "</r>"),
        ("<r><a>x</a><b>", "</b></r>"),
        ("<r a='>'>", "</r>"),
        ("<error>", "</error>"),
        ("<r><data>", "</data></r>"),
        ("<!DOCTYPE r><r>", "</r>"),
        ("<?xml version='1.1'?><r>", "</r>"),
        ("<r><record>", "</record></r>"),
    ],
)
def test_other_beginnings_are_left_to_the_tolerant_reader(head: str, tail: str) -> None:
    body = as_xml(records(), head, tail)

    assert inspect(body, CompletedResponse) == inspect(body, CompletedResponse, lanes=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"<record>", b'<record data="x">'),
        lambda body: body.replace(b"<record>", b'<record data="x">', 100).replace(
            b"<result>", b'<result data2="y">', 150
        ),
        lambda body: body.replace(b"</record><record>", b"</record><!-- x --><record>", 50),
        lambda body: body.replace(b"<result>", b"<result> "),
        lambda body: body.replace(b"<emailAddress>", b"<first/><emailAddress>"),
        lambda body: body.replace(b"<emailAddress>", b"<first>1</first><emailAddress>"),
        lambda body: body.replace(b"<mxRecords>", b"<mxRecords><![CDATA[").replace(b"</mxRecords>", b"]]></mxRecords>"),
        lambda body: body.replace(b"<item>", b"<item> ").replace(b"</item>", b"\n</item>\n"),
        lambda body: body.replace(b"<item>", b"").replace(b"</item>", b", ").replace(b", </mx", b"</mx"),
        lambda body: body.replace(b"<item>", b"<x>").replace(b"</item>", b"</x>"),
        lambda body: body.replace(b"<item>", b"<x><y>").replace(b"</item>", b"</y></x>"),
        lambda body: body.replace(b"<item>mx0", b"<item>").replace(b"user1", b"us&#101;r1"),
        lambda body: body.replace(b"user1", b"\x1f"),
        lambda body: body.replace(b"user1", "\ufffe".encode()),
        lambda body: body.replace(b"user1", b"\xff"),
        lambda body: body.replace(b"</record></r>", b"</record><other>1</other></r>"),
    ],
)
def test_lane_agrees_on_elements_in_other_spellings(change: Callable[[bytes], bytes]) -> None:
    body = change(as_xml(records()))

    assert inspect(body, CompletedResponse) == inspect(body, CompletedResponse, lanes=False)


def numbered(style: str, rows: Sequence[Record]) -> str:
    def tags(number: int) -> tuple[str, str]:
        return (f"<item{number}>", f"</item{number}>") if style == "name" else (f'<item key="{number}">', "</item>")

    def spelled(name: str, value: object) -> str:
        if not isinstance(value, list):
            return element(name, value)
        return f"<{name}>{''.join(host.join(tags(number)) for number, host in enumerate(value))}</{name}>"

    texts = ("".join(spelled(name, value) for name, value in row.items()) for row in rows)
    return f"<r>{''.join(text.join(tags(number)) for number, text in enumerate(texts))}</r>"


@pytest.mark.parametrize("style", ["name", "key"])
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body,
        lambda body: body.replace("</item7><item8>", "</item8><item7>").replace('key="8"', 'key="7"'),
        lambda body: body.replace("user50", "<![CDATA[user50]]>"),
        lambda body: body.replace("user50", "user&#53;0"),
        lambda body: body.replace("<result>", "<item5>x</item5><result>"),
        lambda body: body.replace("<result>", '<item key="5">x</item><result>'),
        lambda body: body.replace("mx0.mail1.example</item0>", "mx0.mail1.example</item1>", 1),
        lambda body: "mail1.example</item1>".join(body.rsplit("mail1.example</item0>", 1)),
        lambda body: "<item7>".join(body.rsplit("<item190>", 1)),
        lambda body: body.replace("</item", " </item"),
        lambda body: body.replace("<result>", "<a><item0><b>x</b></item0><item1><b>y</b></item1></a><result>"),
        lambda body: body.replace(
            "<result>", '<a><item key="0"><b>x</b></item><item key="1"><b>y</b></item></a><result>'
        ),
        lambda body: body.replace("</item7><item8>", "</item7></r><r><item8>"),
    ],
)
def test_lane_agrees_on_numbered_elements(style: str, change: Callable[[str], str]) -> None:
    body = change(numbered(style, records())).encode()

    assert inspect(body, CompletedResponse, block_size=2**14) == inspect(body, CompletedResponse, lanes=False)


@pytest.mark.parametrize("line", ["Email Address,Error", "Error,Email Address", "a,b,c", "a", '"a', "", "id,error"])
@pytest.mark.parametrize("at", [10, 290])
def test_lane_agrees_on_rows_of_another_form(line: str, at: int) -> None:
    rows = [f"a{index}@b.example,e{index % 3}" for index in range(300)]
    body = "\n".join(["Email Address,Error", *rows[:at], line, *rows[at:], ""]).encode()

    assert inspect(body, FailedResponse) == inspect(body, FailedResponse, lanes=False)


def test_lane_agrees_on_rows_of_numbers_and_dates() -> None:
    rows = (f"{index},{1_500_000_000 + index},{index % 50},{index % 2}" for index in range(1, 6000))
    body = "\n".join(["ID,Date Start,Total Emails,Ready", *rows]).encode()

    found = agreed(body, StatusResponse)

    assert isinstance(found.response, StatusResponse)
    assert found.response.requests[5].id == 6


def test_lane_agrees_on_a_table_that_may_exceed_a_limit() -> None:
    rows = [f"a{index}@b.example,e{index % 3}" for index in range(300)]
    body = "\n".join(["Email Address,Error", *rows]).encode()
    limits = Limits(string=1000)

    assert inspect(body, FailedResponse, limits=limits) == inspect(body, FailedResponse, lanes=False, limits=limits)


@pytest.mark.parametrize("ids", [["07"], [""], ["x"], ["9" * 30], ["7.0"] * 40])
def test_lane_agrees_on_rows_with_other_numbers(ids: list[str]) -> None:
    rows = [f"{index},1500000000,5,1" for index in range(1, 200)] + [f"{number},1500000000,5,1" for number in ids]

    body = "\n".join(["ID,Date Start,Total Emails,Ready", *rows]).encode()

    assert inspect(body, StatusResponse) == inspect(body, StatusResponse, lanes=False)


@pytest.mark.unmeasured
def test_lane_agrees_on_requests_in_json_and_xml() -> None:
    rows: list[Record] = [
        {"id": index, "date_start": str(1_500_000_000 + index), "total_emails": index % 40, "ready": True, "n": index}
        for index in range(1, 400)
    ]

    agreed(as_json(rows), StatusResponse)
    agreed(as_json([{"id": row["id"]} | {"x": True} for row in rows]), StatusResponse)
    agreed(as_json([{"ready": True, "date_start": row["date_start"], "id": row["id"]} for row in rows]), StatusResponse)
    agreed(as_xml(rows), StatusResponse)


def test_lane_agrees_on_hosts_as_one_text() -> None:
    rows: list[Record] = [{**row, "mxRecords": ", ".join(row["mxRecords"])} for row in records()]  # type: ignore[arg-type]

    agreed(as_json(rows))
    documented: list[Record] = [{**row, **dict.fromkeys(CHECKS, "true")} for row in rows]
    assert "left 195 more out" in agreed(as_json(documented), limits=Limits(problems=5)).problems[-1].message
    agreed(as_xml(changed(rows, 5, mxRecords="[object Object]")))
    agreed(as_xml(changed(rows, 5, mxRecords="")))


def test_lane_agrees_on_repeated_hosts() -> None:
    body = (
        as_xml(records()).replace(b"<mxRecords><item>", b"<mxRecords>").replace(b"</item></mxRecords>", b"</mxRecords>")
    )
    body = body.replace(b"</item><item>", b"</mxRecords><mxRecords>")

    agreed(body)
    agreed(body.replace(b"mx0.mail1.example", b"a, b", 1))


def test_lane_agrees_on_equal_records() -> None:
    agreed(as_json([{**records(1)[0], "mxRecords": []}] * 100))
