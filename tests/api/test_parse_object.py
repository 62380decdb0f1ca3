"""`parse_object`: bodies that a program has decoded already."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import lxml.etree
import lxml.objectify
import pytest

import bevparse
from bevparse import (
    ApiError,
    BevparseError,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    ErrorResponse,
    FailedResponse,
    Limits,
    ListResponse,
    PayloadError,
    Response,
    StatusResponse,
    parse_object,
)
from bevparse.limits import DEFAULT_LIMITS

from ..paths import FIXTURES

ENDPOINTS = ("create", "list", "status", "completed", "failed", "error")
JSON = sorted(path for name in ENDPOINTS for path in (FIXTURES / name).glob("*.json"))
XML = sorted(path for name in ENDPOINTS for path in (FIXTURES / name).glob("*.xml"))
PARSERS: dict[str, Callable[[bytes], Any]] = {
    "lxml": lxml.etree.fromstring,
    "lxml tree": lambda data: lxml.etree.fromstring(data).getroottree(),
    "ElementTree": ElementTree.fromstring,
    "ElementTree tree": lambda data: ElementTree.ElementTree(ElementTree.fromstring(data)),
}


def outcome(parse: Callable[[], Response]) -> object:
    """Return the model, or what each problem is about, without its line."""
    try:
        return parse()
    except ApiError as error:
        return error.response
    except PayloadError as error:
        return [(problem.code, problem.pointer, problem.message) for problem in error.problems]
    except DecodeError as error:
        return error.problem.code


def problem_of(value: object, model: type[Response] = Response, limits: Limits = DEFAULT_LIMITS) -> tuple[str, str]:
    with pytest.raises(DecodeError) as caught:
        parse_object(value, model, limits=limits)
    problem = caught.value.problem
    assert (problem.line, problem.column) == (None, None)
    return problem.code, problem.pointer


@pytest.mark.parametrize("path", JSON, ids=lambda path: path.stem)
def test_decoded_json_is_read_as_its_text(path: Path) -> None:
    body = path.read_bytes()

    assert outcome(lambda: parse_object(json.loads(body))) == outcome(lambda: bevparse.parse(body))


@pytest.mark.unmeasured
@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("path", XML, ids=lambda path: path.stem)
def test_elements_are_read_as_their_text(path: Path, parser: str) -> None:
    body = path.read_bytes()

    assert outcome(lambda: parse_object(PARSERS[parser](body))) == outcome(lambda: bevparse.parse(body))


def test_objectified_elements_are_read_as_their_text() -> None:
    body = (FIXTURES / "status" / "documented.xml").read_bytes()

    assert parse_object(lxml.objectify.fromstring(body)) == bevparse.parse(body)


@pytest.mark.parametrize(
    ("value", "model"),
    [
        (OrderedDict(response=[{"id": 5}]), StatusResponse),
        (MappingProxyType({"response": ({"id": 5},)}), StatusResponse),
        ({"response": {"data": [{"id": 5}], "total": 1}}, ListResponse),
        ({"response": []}, CompletedResponse),
    ],
)
def test_mappings_and_sequences_are_read(value: object, model: type[Response]) -> None:
    assert type(parse_object(value, model)) is model


def test_values_of_subclasses_become_plain_values() -> None:
    class Number(IntEnum):
        FIVE = 5

    class Word(StrEnum):
        OK = "ok"

    created = parse_object({"response": {"id": Number.FIVE, "note": Word.OK, "flag": True, "share": 0.5}})

    assert created == CreateResponse.model_validate({"id": 5, "note": "ok", "flag": True, "share": 0.5})
    assert created.model_extra is not None
    assert type(created.model_extra["note"]) is str
    assert bevparse.dump(created) == b'{"response":{"id":5,"note":"ok","flag":true,"share":0.5}}'


def test_decimals_of_a_document_store_are_numbers() -> None:
    value = {
        "response": {
            "id": Decimal("5"),
            "share": Decimal("0.5"),
            "big": Decimal("1E+2"),
            "pi": Decimal("3." + "1" * 30),
        }
    }

    found = bevparse.parse_object(value, CreateResponse)

    assert (found.id, found.model_extra) == (5, {"share": 0.5, "big": 100, "pi": float("3." + "1" * 30)})
    with pytest.raises(PayloadError) as caught:
        bevparse.parse_object(value, CreateResponse, strict=True)
    assert ("BEV318", "/response/pi") in {(problem.code, problem.pointer) for problem in caught.value.problems}


def test_decoded_body_is_not_changed() -> None:
    value = {"response": [{"id": 5, "x": [1, {"y": None}]}]}
    before = json.dumps(value)

    model = parse_object(value, StatusResponse)
    value["response"][0]["x"].append(2)  # type: ignore[union-attr]

    assert json.dumps(value) != before
    assert model.requests[0].model_extra == {"x": [1, {"y": None}]}


def test_error_reply_is_raised_as_by_parse() -> None:
    with pytest.raises(ApiError, match="Insufficient balance"):
        parse_object({"response": {"error": "Insufficient balance"}}, CompletedResponse)

    assert parse_object({"response": {"error": "no"}}) == ErrorResponse(errors=("no",))
    assert parse_object({"response": {"error": "no"}}, ErrorResponse) == ErrorResponse(errors=("no",))


def test_problem_of_a_dict_has_a_pointer_and_no_line() -> None:
    with pytest.raises(PayloadError) as caught:
        parse_object({"response": [{"id": 5}, {"id": 6, "ready": 7}]}, StatusResponse)

    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer, problem.line, problem.column) == ("BEV205", "/response/1/ready", None, None)


@pytest.mark.parametrize(("parser", "line"), [("lxml", 4), ("ElementTree", None)])
def test_problem_of_an_element_has_the_line_that_lxml_knows(parser: str, line: int | None) -> None:
    body = b"<xml>\n<response>\n<item><id>5</id>\n<ready>7</ready></item></response></xml>"

    with pytest.raises(PayloadError) as caught:
        parse_object(PARSERS[parser](body), StatusResponse)

    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer, problem.line, problem.column) == ("BEV205", "/response/0/ready", line, None)


def test_warnings_are_errors_if_strict() -> None:
    value = {"response": [{"id": "5"}]}

    assert parse_object(value, StatusResponse).requests[0].id == 5
    with pytest.raises(PayloadError) as caught:
        parse_object(value, StatusResponse, strict=True)
    assert caught.value.problems[0].pointer == "/response/0/id"


def _cycle() -> dict[str, object]:
    cycle: dict[str, object] = {"response": {"id": 5}}
    cycle["again"] = [cycle]
    return cycle


def _nested(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


def _shared(levels: int) -> list[object]:
    value: list[object] = ["x" * 100]
    for _ in range(levels):
        value = [value] * 50
    return value


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    [
        ({"response": {"id": b"5"}}, "BEV110", "/response/id"),
        ({"response": {"id": 5, "a/b": [{"c": object()}]}}, "BEV110", "/response/a~1b/0/c"),
        ({"response": {"id": 5, "when": {1, 2}}}, "BEV110", "/response/when"),
        ({"response": [{5: 5}]}, "BEV110", "/response/0"),
        ({None: 5}, "BEV110", ""),
        ({"response": {"id": float("nan")}}, "BEV111", "/response/id"),
        ({"response": [{"id": 5, "x": [float("-inf")]}]}, "BEV111", "/response/0/x/0"),
        ({"response": {"id": 10**5000}}, "BEV111", "/response/id"),
        ({"response": {"id": Decimal("NaN")}}, "BEV111", "/response/id"),
        ({"response": {"id": Decimal("1e999999")}}, "BEV111", "/response/id"),
        ({"response": {"id": Decimal("1e-999999")}}, "BEV111", "/response/id"),
        ({"response": {"id": 5, "x": "a\ud800"}}, "BEV112", "/response/x"),
        ({"response": {"\udfff": 1}}, "BEV112", "/response"),
        (_cycle(), "BEV003", "/again/0"),
        ({"response": _nested(40)}, "BEV003", "/response" + 32 * "/0"),
        pytest.param({"response": _shared(6)}, "BEV002", "/response/0/0", marks=pytest.mark.unmeasured),
    ],
)
def test_value_that_json_cannot_hold_is_refused_at_its_pointer(value: object, code: str, pointer: str) -> None:
    found = problem_of(value)

    assert found[0] == code
    assert found[1].startswith(pointer)


TIGHT = Limits(body=100, depth=4, records=3, string=8)


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    [
        ({"response": [1, 2, 3, 4]}, "BEV004", "/response"),
        ({"response": {"id": "x" * 9}}, "BEV005", "/response/id"),
        ({"response": {"x" * 9: 1}}, "BEV005", "/response"),
        ({"response": [[[[1]]]]}, "BEV003", "/response/0/0/0/0"),
        ({"response": {str(number): "x" * 8 for number in range(9)}}, "BEV002", "/response/5"),
        ({"response": {str(number): [[], []] for number in range(4)}}, "BEV004", "/response/2/1"),
    ],
)
def test_limits_apply_to_decoded_values(value: object, code: str, pointer: str) -> None:
    assert problem_of(value, limits=TIGHT) == (code, pointer)


@pytest.mark.parametrize("value", [{"response": [{"id": 5}, {"x": ["ab", [], {}, 5]}]}, {"response": []}])
def test_body_limit_counts_the_shortest_json_of_the_value(value: object) -> None:
    size = len(json.dumps(value, separators=(",", ":")))

    assert problem_of(value, limits=Limits(body=size - 1))[0] == "BEV002"
    with pytest.raises(PayloadError):
        parse_object(value, limits=Limits(body=size))


def test_nesting_deeper_than_the_stack_is_refused() -> None:
    assert problem_of({"response": _nested(100_000)}, limits=Limits(depth=10**9))[0] == "BEV003"


@pytest.mark.parametrize("value", [5, None, object(), ("response",), ElementTree.Element, lxml.etree.tostring, {1}])
def test_object_of_another_type_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="expected a dict"):
        parse_object(value)


@pytest.mark.parametrize("body", [b"{}", "{}", bytearray(b"{}"), memoryview(b"{}")])
def test_bytes_and_text_are_type_errors_that_name_parse(body: object) -> None:
    with pytest.raises(TypeError, match=r"bevparse\.parse$"):
        parse_object(body)


@pytest.mark.parametrize("value", [{"response": {"id": 5}}, [], ElementTree.Element("a"), lxml.etree.Element("a")])
@pytest.mark.parametrize("function", [bevparse.parse, bevparse.parse_reply, bevparse.inspect, bevparse.detect])
def test_decoded_body_is_a_type_error_of_other_functions_that_names_parse_object(
    function: Callable[[Any], object], value: object
) -> None:
    with pytest.raises(TypeError, match=r"bevparse\.parse_object$"):
        function(value)


def test_argument_that_is_not_a_response_model_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a response model"):
        parse_object({}, dict)  # type: ignore[type-var]


# Elements


@pytest.mark.parametrize("parser", ["lxml", "ElementTree"])
@pytest.mark.parametrize(
    "body",
    [
        b"<xml><!--a--><response><?b c?><item><emailAddress>a<!--x-->b<?y?>c</emailAddress></item></response></xml>",
        b'<r:xml xmlns:r="u"><r:response><r:item><r:emailAddress>abc</r:emailAddress></r:item></r:response></r:xml>',
        b'<xml xml:lang="en"><response><item><emailAddress><![CDATA[abc]]></emailAddress></item></response></xml>',
    ],
)
def test_comments_namespaces_and_attributes_are_read_as_in_text(body: bytes, parser: str) -> None:
    assert parse_object(PARSERS[parser](body), FailedResponse) == bevparse.parse(body, FailedResponse)


def test_comment_of_elementtree_is_skipped() -> None:
    builder = ElementTree.TreeBuilder(insert_comments=True, insert_pis=True)
    parser = ElementTree.XMLParser(target=builder)
    root = ElementTree.fromstring(b"<xml><response><id>4<!--x-->2<?y z?></id></response></xml>", parser)

    assert parse_object(root) == CreateResponse(id=42)


def test_element_names_may_be_qualified() -> None:
    root = ElementTree.Element(ElementTree.QName("urn:r", "response"))  # type: ignore[arg-type]
    ElementTree.SubElement(root, "id").text = "5"

    assert parse_object(root) == CreateResponse(id=5)


@pytest.mark.parametrize("body", [b"<xml><response/></xml>", b'<response><id xsi="a" data="5"/></response>'])
@pytest.mark.parametrize("parser", ["lxml", "ElementTree"])
def test_empty_elements_are_refused_as_in_text(body: bytes, parser: str) -> None:
    assert outcome(lambda: parse_object(PARSERS[parser](body))) == outcome(lambda: bevparse.parse(body))


def test_doctype_is_refused() -> None:
    body = b'<!DOCTYPE xml [<!ENTITY a "5">]><xml><response><id>&a;</id></response></xml>'

    assert problem_of(lxml.etree.fromstring(body)) == ("BEV121", "")


def test_entity_without_its_doctype_is_refused() -> None:
    root = lxml.etree.fromstring(b"<response><id>5</id></response>")
    root[0].append(lxml.etree.Entity("a"))

    with pytest.raises(DecodeError) as caught:
        parse_object(root)
    assert (caught.value.problem.code, caught.value.problem.line) == ("BEV121", 1)


def test_html_page_is_refused() -> None:
    assert problem_of(lxml.etree.HTML("<p>502 Bad Gateway"))[0] == "BEV104"


def _element(tag: Any = "response", text: Any = None, **attributes: str) -> ElementTree.Element:
    root = ElementTree.Element(tag, attributes)
    root.text = text
    return root


@pytest.mark.parametrize(
    ("root", "code"),
    [
        (_element(text=5), "BEV120"),
        (_element(text="\x00"), "BEV120"),
        (_element(text="\ud800"), "BEV120"),
        (_element(tag=""), "BEV120"),
        (_element(tag="a b"), "BEV120"),
        (_element(tag=5), "BEV120"),
        (_element(tag="\ud800"), "BEV120"),
        (ElementTree.fromstring("<response>a<id>5</id></response>"), "BEV122"),
        (ElementTree.fromstring("<response><id>5</id>a</response>"), "BEV122"),
    ],
)
def test_element_that_xml_cannot_carry_is_refused(root: object, code: str) -> None:
    assert problem_of(root)[0] == code


def test_element_that_contains_itself_is_refused() -> None:
    root = _element()
    root.append(root)

    assert problem_of(root)[0] == "BEV003"


def test_shared_elements_are_bounded_by_the_size_of_a_body() -> None:
    root = _element("item", "x" * 50)
    for _ in range(20):
        above = _element("item")
        above.extend([root] * 10)
        root = above

    assert problem_of(root, limits=Limits(body=100_000))[0] == "BEV002"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<a><b><c><d><e/></d></c></b></a>", "BEV003"),
        (b"<a>" + b"<b/>" * 4 + b"</a>", "BEV004"),
        (b"<a>123456789</a>", "BEV005"),
        (b"<abcdefghi/>", "BEV005"),
        (b"<a>" + b"<b>12345678</b>" * 12 + b"</a>", "BEV002"),
    ],
)
@pytest.mark.parametrize("parser", ["lxml", "ElementTree"])
def test_limits_apply_to_elements(body: bytes, code: str, parser: str) -> None:
    limits = Limits(body=100, depth=4, records=12 if code == "BEV002" else 3, string=8)

    with pytest.raises(DecodeError) as caught:
        parse_object(PARSERS[parser](body), limits=limits)
    assert caught.value.problem.code == code


def test_invalid_values_raise_bevparse_errors() -> None:
    for value in ({}, [], {"response": 5}, {"response": {}}, {"hello": "world"}):
        with pytest.raises(BevparseError):
            parse_object(value)
