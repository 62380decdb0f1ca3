"""Small bodies: what is read in one step equals what the tolerant reader reads, which also reads everything else."""

from __future__ import annotations

import json as std_json
import re
from collections.abc import Callable

import pytest

import bevparse
from bevparse import (
    BulkRequest,
    CreateResponse,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    Limits,
    ListResponse,
    Response,
    StatusResponse,
)
from bevparse.endpoints import MODELS
from bevparse.formats import get, register
from bevparse.lanes.slots import UndocumentedError, ValueCache
from bevparse.lanes.small import csv, json, read_lines, read_small, xml
from bevparse.lanes.small.templates import TemplateReader
from bevparse.limits import DEFAULT_LIMITS
from bevparse.payloads.layout import layout_of
from bevparse.wire import EPOCH

from ..paths import FIXTURES
from ..readers import inspect

Read = Callable[[str], Response | None]
FORMATS = ["json", "xml", "csv"]
RESPONSES = {
    name: bevparse.parse((FIXTURES / name / "documented.json").read_bytes(), model)
    for name, model in MODELS.items()
    if model is not ErrorResponse
}
RESPONSES["error"] = ErrorResponse(errors=("Access denied",))
TEXTS = [
    "", " ", "0", "1", "05", "5.0", "-0", "+5", "5 ", "1_0", "٣", "2147483648", "99999999999999999999",
    "1528204702", "0528204702", "253402300800", "null", "NULL", "N/A", "nan", "true", "True", "false", "ok", "new",
    "a, b", "a,b", "['a']", "ID", "Email Address", "error", "Access denied", "x\ty", "x\ny", "x\ry", "é", "\x85",
    "\x0b", "\x1f", "\ufffe", "\ud800", "&amp;", "&", ">", "]]>", ":", "\\u003a", '"', '""', "<x/>", "<!---->",
    "<![CDATA[a]]>",
]  # fmt: skip
VALUES = {
    "json": re.compile(r'(?<=":)[0-9]+|(?<=[:\[,]")[^"]*(?="[,\]}])'),
    "xml": re.compile(r"(?<=>)[^<>]*(?=</)"),
    "csv": re.compile(r'(?<=[,\n"])[^,\n"]*(?=[,\n"])'),
}


def reader(format: str, body: str, model: type[Response]) -> Read:
    """Return the reader of small bodies after it has read this one twice."""
    cutters = {"xml": xml.XmlCutter(), "csv": csv.CsvCutter()}
    read_any = json.read if format == "json" else TemplateReader(cutters[format]).read

    def read(text: str) -> Response | None:
        return read_any(text, model)

    read(body)
    read(body)
    return read


def assert_agrees(read: Read, body: str, model: type[Response], format: str) -> Response | None:
    """Check that a body is read as by the tolerant reader, or not at all, and return what was read."""
    found, expected = read(body), inspect(body, model, format=format, lanes=False)
    if found is not None:
        assert not expected.problems
        assert found == expected.response
        assert found.model_dump() == expected.response.model_dump()
        assert list(found.__dict__) == list(expected.response.__dict__)
    return found


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("format", FORMATS)
def test_body_of_every_endpoint_is_read(format: str, name: str) -> None:
    body = bevparse.dump(RESPONSES[name], format=format)

    for asked in (MODELS[name], Response):
        read = reader(format, body.decode(), asked)
        assert assert_agrees(read, body.decode(), asked, format) == RESPONSES[name]
    for asked in (StatusResponse, FailedResponse) if name == "error" else ():
        read = reader(format, body.decode(), asked)
        assert assert_agrees(read, body.decode(), asked, format) == RESPONSES[name]
    assert bevparse.parse(body, MODELS[name], format=format) == RESPONSES[name]


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("format", FORMATS)
def test_other_values_are_read_as_by_the_tolerant_reader(format: str, name: str) -> None:
    body = bevparse.dump(RESPONSES[name], format=format).decode()
    read = reader(format, body, MODELS[name])
    places = [found.span() for found in VALUES[format].finditer(body)]
    for number, (start, end) in enumerate(places[:24]):
        for text in TEXTS[number % 4 :: 4]:
            assert_agrees(read, body[:start] + text + body[end:], MODELS[name], format)


def pretty(body: str) -> str:
    return re.sub(r">\s*<", ">\n \t<", body)


FRAME = "<xml><response>{}</response></xml>".format
ITEM = '<item type="{}"><id>5</id></item>'.format
XML_SPELLINGS: dict[str, Callable[[str], str]] = {
    "pretty": pretty,
    "without declaration": lambda body: body.partition("\n")[2],
    "single quotes": lambda body: body.replace('"1.0" encoding="utf-8"', "'1.0' encoding='UTF-8' standalone='yes'"),
    "other names": lambda body: body.replace("item>", "EmailRecord>").replace("xml>", "root>"),
    "members numbered": lambda body: re.sub(r"<(/?)mxRecord>", r"<\1string0>", body),
    "namespaces": lambda body: body.replace("<xml>", '<s:xml xmlns:s="urn:x">').replace("</xml>", "</s:xml>"),
    "order": lambda body: re.sub(r"(<(?:id|emailAddress)>[^<]*</\w+>)(<\w+>[^<]*</\w+>)", r"\2\1", body),
    "closed": lambda body: body.replace("<ready>1</ready>", "<ready/>").replace("<mxRecord>.</mxRecord>", ""),
}


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", ["status", "completed", "failed", "list"])
@pytest.mark.parametrize("change", XML_SPELLINGS.values(), ids=XML_SPELLINGS)
def test_other_spellings_of_xml_are_read(change: Callable[[str], str], name: str) -> None:
    body = change(bevparse.dump(RESPONSES[name], format="xml").decode())
    read = reader("xml", body, MODELS[name])

    assert assert_agrees(read, body, MODELS[name], "xml") is not None
    for number, found in enumerate(VALUES["xml"].finditer(body)):
        start, end = found.span()
        for text in TEXTS[number % 9 :: 9]:
            assert_agrees(read, body[:start] + text + body[end:], MODELS[name], "xml")


def test_parts_of_different_bodies_are_not_combined() -> None:
    reader = TemplateReader(xml.XmlCutter())
    bodies = [bevparse.dump(RESPONSES[name], format="xml").decode() for name in ("status", "completed", "failed")]
    bodies += [body.replace("xml>", "root>") for body in bodies]

    def read(body: str) -> Response | None:
        return assert_agrees(lambda text: reader.read(text, Response), body, Response, "xml")

    found = [read(body) for body in bodies * 2]
    assert None not in found[1:]
    for body in bodies:
        for right, wrong in (("</xml>", "</root>"), ("</root>", "</xml>")):
            assert right not in body or read(body.replace(right, wrong)) is None


@pytest.mark.parametrize("count", [0, 1, 2, 5])
@pytest.mark.parametrize("name", ["status", "completed", "failed", "list"])
@pytest.mark.parametrize("format", FORMATS)
def test_other_numbers_of_records_are_read_as_by_the_tolerant_reader(format: str, name: str, count: int) -> None:
    items = layout_of(MODELS[name]).items
    assert items is not None
    records = getattr(RESPONSES[name], items.attribute)
    some = RESPONSES[name].model_copy(update={items.attribute: (records * 5)[:count]})
    body = bevparse.dump(some, format=format).decode()
    read = reader(format, body, MODELS[name])

    is_read = assert_agrees(read, body, MODELS[name], format) is not None
    assert is_read or (format, name, count) == ("csv", "list", 0)
    for other in (0, 1, 2, 3):
        changed = some.model_copy(update={items.attribute: (records[::-1] * 5)[:other]})
        assert_agrees(read, bevparse.dump(changed, format=format).decode(), MODELS[name], format)


def test_records_of_other_kinds_are_left_to_the_tolerant_reader() -> None:
    items = ["<item><id>5</id></item>", "<item><id>6</id><ready>1</ready></item>", "<item><ready>1</ready></item>"]
    read = reader("xml", FRAME(items[0] * 2), StatusResponse)

    assert assert_agrees(read, FRAME(items[0] * 3), StatusResponse, "xml")
    for body in (FRAME(items[0] + items[1]), FRAME(items[1] + items[0]), FRAME(items[0] + items[2])):
        assert assert_agrees(read, body, StatusResponse, "xml") is None or body != FRAME(items[0] + items[2])


@pytest.mark.parametrize(
    "body",
    [
        "<xml><response><item><id><![CDATA[5]]></id></item></response></xml>",
        "<xml><response><item><id>5</id></item></response></xml></xml>",
        "<xml><response><item><id>5</id></item></response></xml><xml/>",
        '<xml><response><item a="1"><id>5</id></item></response></xml>',
        "<xml><response><item><id>5</id><x/></item></response></xml>",
        "<xml><response><item><id>5</id></item><a><item><id>6</id></item></a></response></xml>",
        FRAME(ITEM("a" * 5000)),
        '<?xml version="1.0" encoding="iso-8859-1"?><xml><response><item><id>5</id></item></response></xml>',
        '<?xml version="1.0" encoding="us-ascii"?><xml><response><error>a</error></response></xml>',
        "<xml><response><item0><id>5</id></item0><item1><id>6</id></item1></response></xml>",
        "<xml><response><item><!--<id>5</id>--><id>&#53;</id></item></response></xml>",
        "<xml><response><item><id> 5</id></item></response></xml>",
        "<xml",
    ],
)
def test_irregular_xml_is_not_learned(body: str) -> None:
    reader = TemplateReader(xml.XmlCutter())

    for _ in range(3):
        assert_agrees(lambda text: reader.read(text, StatusResponse), body, StatusResponse, "xml")
    assert not reader.known


@pytest.mark.parametrize(
    "body",
    [
        "<xml><response><errors><error>a: b</error><error>c</error></errors><code>403</code></response></xml>",
        "<xml><response>\n<errors> <item0>a</item0> <item1>b</item1>\n</errors></response></xml>",
        "<xml><response><error><item>a</item></error></response></xml>",
        "<xml><response><errors>a</errors><!-- --></response></xml>",
        "<error>a</error>",
        "<response><error>a</error></response>",
    ],
)
def test_shapes_of_error_replies_in_xml_are_read(body: str) -> None:
    for asked in (ErrorResponse, StatusResponse, Response):
        read = reader("xml", body, asked)

        assert isinstance(assert_agrees(read, body, asked, "xml"), ErrorResponse)
        for text in ("", "0", "null", "true", "False", "x", "<x/>", " "):
            assert_agrees(read, body.replace(">a<", f">{text}<"), asked, "xml")


@pytest.mark.parametrize(
    "payload", ['{"error":"a: b"}', '{"errors":["a","b:"],"code":403}', '{"errors":["a"]}', '{"code":0,"error":"a"}']
)
def test_shapes_of_error_replies_in_json_are_read(payload: str) -> None:
    body = f'{{"response":{payload}}}'
    expected = inspect(body, lanes=False)

    for asked in (ErrorResponse, StatusResponse, Response):
        assert json.read(body, asked) == json.read(body.encode(), asked) == expected.response
    assert not expected.problems


@pytest.mark.parametrize(
    "payload",
    [
        '{"error":"a","errors":["b"]}', '{"error":"a","error":"b\\u003a"}', '{"error":null,"errors":["a"]}', "{}", "[]",
        '{"errors":[]}', '{"error":"0"}', '{"error":"null"}', '{"errors":["a",null]}', '{"error":"a","code":"5"}',
        '{"error":"a","code":-1}', '{"error":"a","x":1}', '{"error":["a"]}', '{"\\u0065rror":"\\u003a"}',
    ],
)  # fmt: skip
def test_other_shapes_of_error_replies_in_json_are_left_to_the_tolerant_reader(payload: str) -> None:
    body = f'{{"response":{payload}}}'

    for asked in (ErrorResponse, FailedResponse if payload != "[]" else ErrorResponse, Response):
        assert json.read(body, asked) is json.read(body.encode(), asked) is None


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ('{"response":[{"emailAddress":"a:b","error":"x"}]}', FailedResponse),
        ('{"response":[{"error":null,"emailAddress":"a"}]}', FailedResponse),
        ('{"response":[{"id":1,"id":2}]}', None),
        ('{"response":[{"emailAddress":"\\u003a","error":"a","error":"b"}]}', None),
        ('{"response":[{"emailAddress":"a","error":"N/A"}]}', None),
        ('{"response":[{"id":1,"date_start":"0"}]}', None),
        ('{"response":[{"x":1}]}', None),
        ('{"response":[]}', None),
        ("{}", None),
    ],
)
def test_json_of_an_unknown_endpoint_is_read_by_its_first_field(body: str, model: type[Response] | None) -> None:
    for data in (body, body.encode()):
        found = json.read(data, Response)
        assert type(found) is model or (found is model is None)
        if found is not None:
            assert found == inspect(body, lanes=False).response


def test_empty_array_in_json_is_read_if_the_endpoint_is_known() -> None:
    assert json.read('{"response":[]}', FailedResponse) == FailedResponse(failures=())


HEADER = "Email Address,Error\n"


@pytest.mark.parametrize(
    "rows",
    [
        "a@b,x\na,b\n", "a,b\r\n\r\nc,d\r\n", "a,b\rc,d", '"a","b"\n"c"",","d\ne"', "a,b\n", "",
        "Email Address,Error\n", "a,b\n\x1f,c", '"a\x1f",b', '"a,b', '"a"b,c', "a\n", "a,b,c\n", "a,N/A\n", ",b\n",
        '"Email Address",Error\n', "ID,\n", "a,\n",
    ],
)  # fmt: skip
def test_rows_are_read_as_by_the_tolerant_reader(rows: str) -> None:
    for example in ("a@b,x\nc,y\n", "a@b,x\n", '"a@b",x\n"c",\n', '"a@b",x\n', ""):
        read = reader("csv", HEADER + example, FailedResponse)
        assert_agrees(read, HEADER + rows, FailedResponse, "csv")


@pytest.mark.parametrize("model", [StatusResponse, CreateResponse, ListResponse, Response, ErrorResponse])
@pytest.mark.parametrize(
    "text",
    [
        "ID\n5\n", "ID\n5\n6\n", "ID,Ready\n5,1\n", "Ready,ID\r\n1,5\r\n", "ID,Score\n5,1\n", "id\n5\n",
        "ID;Ready\n5;1\n",
        "ID, Ready\n5, 1\n", "ID,ID\n5,5\n", "Ready\n1\n", "ID\n\n\n5", "ID\r5\r6", '"ID\n5', '"ID",x","y\n5,6\n',
        "\ufeffID\n5\n", "Score,Rank\n5,6\n", 'Error\nx\n""\n', "Error\nx\nnull\n", "Error,Code\nx,5\n",
        "ID,Current Page,From,Last Page,Per Page,To,Total\n5,1,1,1,9,2,2\n6,1,1,1,9,2,2\n",
        "ID,Current Page,From,Last Page,Per Page,To,Total\n5,1,1,1,9,2,2\n6,2,1,1,9,2,2\n",
        "ID,Current Page,From,Last Page,Per Page,To,Total\n,1,,1,9,,0\n", f"ID,{'x' * 2000}\n5,6\n", "\ud800ID\n5\n",
    ],
)  # fmt: skip
def test_headers_are_read_as_by_the_tolerant_reader(text: str, model: type[Response]) -> None:
    read = reader("csv", text, model)

    assert_agrees(read, text, model, "csv")


def test_uneven_pages_and_texts_without_encoding_are_left_to_the_tolerant_reader() -> None:
    page = "ID,Current Page,From,Last Page,Per Page,To,Total\n5,1,1,1,9,2,2\n6,{},1,1,9,2,2\n"
    read = reader("csv", page.format(1), ListResponse)

    assert assert_agrees(read, page.format(1), ListResponse, "csv") is not None
    assert assert_agrees(read, page.format(2), ListResponse, "csv") is None
    read = reader("csv", HEADER + "a,b\n", FailedResponse)
    assert assert_agrees(read, HEADER + "é,b\n", FailedResponse, "csv") is not None
    assert assert_agrees(read, HEADER + "\ud800,b\n", FailedResponse, "csv") is None


def test_only_small_bodies_with_the_usual_limits_are_read() -> None:
    body = b'{"response":[{"id":5}]}'
    expected = StatusResponse(requests=(BulkRequest(id=5),)), "json"

    assert read_small(body, StatusResponse, None, DEFAULT_LIMITS) == expected
    assert read_small(body, StatusResponse, "json", Limits()) == expected
    assert read_small(body, StatusResponse, None, Limits(depth=5)) is None
    assert read_small(body, StatusResponse, "xml", DEFAULT_LIMITS) is None
    assert read_small(body + b" " * 2**18, StatusResponse, None, DEFAULT_LIMITS) is None
    for broken in (b"<\xff", b"\xff", b"{\xff", '{"\ud800"', "<\ud800", "\ud800"):
        assert read_small(broken, StatusResponse, None, DEFAULT_LIMITS) is None


@pytest.mark.usefixtures("registry_restored")
def test_format_of_a_plug_in_reads_its_own_bodies() -> None:
    class Other:
        name, kind, suffixes, media_types = "other", "typed", (), ()

        def sniff(self, head: bytes) -> bool:
            return False

        def decode(self, data: bytes | str, limits: Limits) -> object:
            raise NotImplementedError

        encode = decode

    bodies = {name: bevparse.dump(RESPONSES["status"], format=name) for name in FORMATS}
    for body in bodies.values():
        for _ in range(3):
            bevparse.parse(body, StatusResponse)

    register(Other())  # type: ignore[arg-type]
    found = {name: read_small(body, StatusResponse, None, DEFAULT_LIMITS) for name, body in bodies.items()}
    assert found["json"] is not None
    assert found["csv"] is None
    Other.name = "json"
    register(Other())  # type: ignore[arg-type]
    assert get("json").name == "json"
    assert read_lines([bodies["json"]], [False], StatusResponse, DEFAULT_LIMITS) == [None]
    assert read_small(bodies["json"], StatusResponse, None, DEFAULT_LIMITS) is None


def test_memory_is_bounded() -> None:
    reader = TemplateReader(xml.XmlCutter())
    long = "y" * 4000
    for number in range(700):
        body = f"<x{number}><response><item><id>5</id></item></response></x{number}>"
        reader.read(body, StatusResponse)
        assert reader.read(body, StatusResponse)
        reader.read(body.replace("response", long), StatusResponse)
    assert len(reader.known) <= 600
    assert not any(long in str(frame) for _, frame in reader.known)

    remembered = ValueCache(EPOCH.text)
    for number in range(4200):
        assert remembered[str(1_500_000_000 + number)] is remembered[str(1_500_000_000 + number)]
    assert len(remembered) < 4096
    with pytest.raises(UndocumentedError):
        remembered["0"]
    assert ValueCache(len)["x" * 1000] == 1000
    assert not ValueCache(len)


def test_unknown_spelling_is_seldom_learned_after_many_bodies() -> None:
    reader = TemplateReader(xml.XmlCutter())
    body = "<xml><response><item><id>5</id></item></response></xml>"
    for number in range(30):
        reader.read(f"<a{number}", StatusResponse)

    results = [reader.read(body, StatusResponse) for _ in range(60)]

    assert results.index(StatusResponse(requests=(BulkRequest(id=5),))) == 33


@pytest.mark.parametrize("model", [*MODELS.values(), BulkRequest, bevparse.EmailRecord, FailedEmail])
def test_empty_texts_are_the_defaults(model: type[Response]) -> None:
    optional = [field for field in layout_of(model).fields if not field.required]

    assert [field.spelling.text("") for field in optional] == [field.default for field in optional]


def test_bodies_of_all_types_are_read() -> None:
    body = std_json.dumps({"response": [{"id": 5}]}).encode()

    for data in (body, body.decode(), bytearray(body), memoryview(body)):
        assert bevparse.parse(data, StatusResponse) == StatusResponse(requests=(BulkRequest(id=5),))
