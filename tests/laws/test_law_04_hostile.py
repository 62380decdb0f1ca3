"""Law 4, hostile: any bytes return a model or raise a BevparseError that pickles, and nothing else."""

from __future__ import annotations

import contextlib
import io
import xml.etree.ElementTree as ElementTree
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import field_validator

from bevparse import (
    BevparseError,
    Body,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    Limits,
    Response,
    StatusResponse,
    detect,
    dump,
    inspect,
    iter_records,
    parse,
)

from .hostile import MODELS, mutated, seeds, wild, wild_object
from .oracle import CARRIED, FORMATS
from .outcome import LIMITS, check_body, check_object, check_pickles, try_body
from .plugins import failures, plug_in, registered

_SEEDS = seeds()
_PLUG_IN_SEEDS = [b"response:\n- id: '544'\n  ready: '1'\n", b"response:\n- emailAddress: a\n  mxRecords: [b, 5]\n"]
_RANDOM = st.randoms(use_true_random=False)
_ASKED = {
    "model": st.sampled_from(MODELS),
    "format": st.none() | st.sampled_from(FORMATS),
    "limits": st.sampled_from(LIMITS),
}
_PLAIN = {"model": Response, "format": None, "limits": LIMITS[0]}
_TAGS = (
    "id",
    "item",
    "response",
    "data",
    "error",
    "errors",
    "emailAddress",
    "mxRecords",
    "{urn:a}ready",
    "a b",
    "",
    "x",
)
_TEXTS = ("", " ", "5", "true", "ann@mail.example", "\x00", "\ud800", "1528204702", "x" * 20)
_DOUBLED = b'{"response":[]' + b',"a":1' * 102 + b"}"


def test_seeds_exist() -> None:
    assert len(_SEEDS) > 20


@example(body=b"", **_PLAIN)
@example(body=b"\xef\xbb\xbf", **{**_PLAIN, "model": StatusResponse})
@example(body=b'{"response":1e400-}', **_PLAIN)
@example(body=b'{"response":1.5e400.5}', **_PLAIN)
@example(body=b"[1]", **{**_PLAIN, "limits": LIMITS[1]})
@example(body=_DOUBLED, **_PLAIN)
@example(body=b'{"response":{"id":5,"endpoint":"x"}}', **_PLAIN)
@example(body=b'{"response":[],"requests":"x"}', **{**_PLAIN, "model": StatusResponse})
@example(body=b'Email Address,Smtp Check,MX Records\na,true,"[""\\ud800""]"\n', **_PLAIN)
@example(body=b'Email Address,Result,mxRecords.0,mxRecords.1\na,ok,"[""\\ud800""]",b\n', **_PLAIN)
@example(body=b'Email Address,Result,mxRecords.0,mxRecords.1\na,ok,b,"[""\\ud800""]"\n', **_PLAIN)
@given(body=st.binary(max_size=300), **_ASKED)
def test_any_bytes_return_a_model_or_raise_bevparse_error(
    body: bytes, model: type[Response], format: str, limits: Limits
) -> None:
    check_body(body, model, format, limits)


@given(body=st.text(st.characters(), max_size=200), **_ASKED)
def test_any_text_returns_a_model_or_raises_bevparse_error(
    body: str, model: type[Response], format: str, limits: Limits
) -> None:
    check_body(body, model, format, limits)


@given(random=_RANDOM, **_ASKED)
def test_damaged_body_returns_a_model_or_raises_bevparse_error(
    random: Random, model: type[Response], format: str, limits: Limits
) -> None:
    check_body(mutated(random, _SEEDS), model, format, limits)


class _Record(EmailRecord):
    score: int = 0
    note: str

    @field_validator("email_address")
    @classmethod
    def _short(cls, value: str) -> str:
        assert len(value) < 9
        return value


class _Completed(CompletedResponse):
    records: tuple[_Record, ...]
    total: int = 5


class _Created(CreateResponse, extra="forbid"):
    data: tuple[str, ...] = ()


class _Reply(ErrorResponse):
    score: float


@given(random=_RANDOM, model=st.sampled_from([_Completed, _Created, _Reply]), format=_ASKED["format"])
def test_any_body_returns_a_subclass_or_raises_bevparse_error(
    random: Random, model: type[Response], format: str
) -> None:
    body = mutated(random, _SEEDS) if random.randint(0, 1) else wild(random)

    for limits in LIMITS:
        found = try_body(body, model, format, limits)
        assert found is None or isinstance(found, (model, ErrorResponse))
    with contextlib.suppress(BevparseError):
        for record in iter_records(io.BytesIO(body), _Record, on_problem=id):
            assert type(record) is _Record


@given(random=_RANDOM, model=_ASKED["model"], limits=_ASKED["limits"])
def test_any_decoded_body_returns_a_model_or_raises_bevparse_error(
    random: Random, model: type[Response], limits: Limits
) -> None:
    value = wild_object(random)

    check_object(value if isinstance(value, (dict, list)) else {"response": value}, model, limits)


@given(random=_RANDOM, model=_ASKED["model"], limits=_ASKED["limits"])
def test_any_elements_return_a_model_or_raise_bevparse_error(
    random: Random, model: type[Response], limits: Limits
) -> None:
    root = ElementTree.Element("response")
    above = [root]
    for _ in range(random.randint(0, 12)):
        text: Any = random.choice((*_TEXTS, None, "", 5, b"a"))
        element = ElementTree.SubElement(random.choice(above), random.choice(_TAGS))
        element.text, element.tail = text, random.choice((None, None, None, " ", text))
        above.append(element)
        if random.randint(0, 30) == 0:
            element.append(random.choice(above))

    check_object(root, model, limits)


@pytest.mark.parametrize("written", FORMATS)
@given(random=_RANDOM, data=st.data(), **_ASKED)
def test_damaged_dump_returns_a_model_or_raises_bevparse_error(
    written: str, random: Random, data: st.DataObject, model: type[Response], format: str, limits: Limits
) -> None:
    whole = dump(data.draw(CARRIED[written]), format=written)

    check_body(mutated(random, [whole, *_SEEDS]), model, format, limits)


@given(random=_RANDOM, **_ASKED)
def test_documented_names_with_any_values_return_a_model_or_raise_bevparse_error(
    random: Random, model: type[Response], format: str, limits: Limits
) -> None:
    body: Body = wild(random)
    if random.randint(0, 4) == 0:
        body = body.decode("utf-8", "surrogateescape")

    check_body(body, model, format, limits)


@given(failing=failures, random=_RANDOM, model=_ASKED["model"], limits=_ASKED["limits"])
@example(failing={"locate": KeyError("x")}, random=Random(1), model=CreateResponse, limits=LIMITS[0])
def test_failing_plug_in_raises_nothing_but_bevparse_errors(
    failing: dict[str, Exception], random: Random, model: type[Response], limits: Limits
) -> None:
    response = CreateResponse(id=5)
    bodies = [b"response:\n  id: x\n", b"---\n", mutated(random, _SEEDS), mutated(random, _PLUG_IN_SEEDS)]

    with registered(plug_in(failing)):
        for body in bodies:
            check_body(body, model, "yaml", limits)
            check_body(body, model, None, limits)
        written = None
        try:
            written = dump(response, format="yaml")
        except EncodeError as error:
            check_pickles(error)

    assert (written is None) == ("encode" in failing)


@pytest.mark.measured
@pytest.mark.parametrize("depth", range(900, 1000))
@pytest.mark.parametrize("brackets", [("[", "]"), ('{"a":', "}")])
def test_nesting_near_the_recursion_limit_is_too_deep(depth: int, brackets: tuple[str, str]) -> None:
    opening, closing = brackets
    body = '{"response":' + opening * depth + "1" + closing * depth + "}"

    with pytest.raises(DecodeError) as caught:
        parse(body)
    assert caught.value.problem.code == "BEV003"


@pytest.mark.measured
def test_duplicate_name_does_not_stop_detection() -> None:
    assert detect(_DOUBLED).format == "json"


@pytest.mark.measured
@pytest.mark.parametrize("model", [CreateResponse, StatusResponse, CompletedResponse, ErrorResponse])
def test_inspection_lists_no_more_errors_than_the_limit(model: type[Response]) -> None:
    body = b'{"response":[' + b",".join([b'{"id":"x","emailAddress":5}'] * 500) + b"]}"

    found = inspect(body, model, limits=Limits(problems=7))

    assert sum(problem.severity == "error" for problem in found.problems) <= 7


_MANY = 100_000
_LARGE = {
    "escaped quotes and no end": b'["' + b'\\"' * _MANY + b"[" * 2_000_100,
    "escaped quotes and a number": b'["' + b'\\"' * _MANY + b'",1e400-]',
    "blanks in a title": b"<html><title>" + b" " * 5_000,
    "titles in a page": b"<html>" + b"<title>" * 700,
    "an unknown element that repeats": b"<xml><response><id>5</id>" + b"<x>1</x>" * _MANY + b"</response></xml>",
    "an unknown element next to the response": b"<xml><response><id>5</id></response>"
    + b"<x>1</x>" * _MANY
    + b"</xml>",
    "an unknown element in an error": b"<xml><response><error/>" + b"<x>1</x>" * _MANY + b"</response></xml>",
    "a host that repeats": b"<r><i><emailAddress/>" + b"<mxRecords>a</mxRecords>" * _MANY + b"</i></r>",
    "an error that repeats": b"<xml><response>" + b"<errors>a</errors>" * _MANY + b"</response></xml>",
    "a response that repeats": b"<xml>" + b"<response><id>5</id></response>" * _MANY + b"</xml>",
    "a comment that repeats": b"<xml><response><id>5</id><x>" + b"a<!---->" * _MANY + b"</x></response></xml>",
    "a column of hosts that repeats": b"Email Address,Result" + b",mxRecords.0" * _MANY + b"\na,ok" + b",a" * _MANY,
    "unknown columns": b"ID,Ready," + b",".join(b"x%d" % number for number in range(_MANY)) + b"\n",
    "quotes and no end": b'ID,Ready\n"' + b'""' * _MANY,
    "a name that repeats": b'{"response":{"id":5' + b',"a":1' * _MANY + b"}}",
    "hosts that are none": b'{"response":[{"emailAddress":"a","mxRecords":[' + b"1," * _MANY + b"1]}]}",
}


@pytest.mark.parametrize("case", _LARGE)
@pytest.mark.usefixtures("guard")
def test_large_body_does_not_hang(case: str) -> None:
    found = inspect(_LARGE[case])

    assert found.problems or found.response is not None
