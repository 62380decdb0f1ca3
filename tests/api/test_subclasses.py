"""Models that a client derives from those of bevparse."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import lxml.etree
import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

import bevparse
from bevparse import (
    ApiError,
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    Limits,
    ListResponse,
    PayloadError,
    Problem,
    Response,
    StatusResponse,
)
from bevparse.compare import differences

FORMATS = ["json", "xml", "csv"]


class Verdict(StrEnum):
    OK = "ok"
    BAD = "bad"


class Record(EmailRecord):
    """A record with everything that a model of pydantic may have."""

    model_config = ConfigDict(title="A record")

    score: int = 0
    seen: date | None = None
    owner: UUID | None = Field(default=None, alias="ownerId")
    tags: list[str] = Field(default_factory=list)
    result: Verdict | None = None  # type: ignore[assignment]
    _notes: list[str] = PrivateAttr(default_factory=list)

    @field_validator("email_address")
    @classmethod
    def _lower(cls, value: str) -> str:
        if "evil" in value:
            raise ValueError("expected a friend")
        return value.lower()

    def model_post_init(self, context: object, /) -> None:
        super().model_post_init(context)
        self._notes.append("made")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_ok(self) -> bool:
        return self.result is Verdict.OK

    @property
    def notes(self) -> list[str]:
        return self._notes


class Completed(CompletedResponse):
    records: tuple[Record, ...]
    source: str = "here"


class Request(BulkRequest):
    @property
    def age(self) -> int:
        return 1


class Page(ListResponse):
    requests: tuple[Request, ...]
    note: str | None = None


class Owned(CreateResponse):
    owner: str


BODY = (
    b'{"response":[{"emailAddress":"Ann@mail.example","formatCheck":"true","smtpCheck":"null","dnsCheck":"true",'
    b'"freeCheck":"true","disposableCheck":"false","catchAllCheck":"false","mxRecords":["a.example"],"result":"ok",'
    b'"score":7,"seen":"2020-01-02","ownerId":"12345678123456781234567812345678","tags":["a","b"],"other":[1]}]}'
)


def completed() -> Completed:
    return bevparse.parse(BODY, Completed)


def stream(body: bytes, model: type[Any], **options: Any) -> list[Any]:
    return list(bevparse.iter_records(io.BytesIO(body), model, **options))


def test_subclass_has_its_fields_defaults_validators_and_private_attributes() -> None:
    answer = completed()

    (record,) = answer.records
    assert type(answer) is Completed
    assert type(record) is Record
    assert (record.email_address, record.result, record.mx_records) == ("ann@mail.example", Verdict.OK, ("a.example",))
    assert (record.score, record.seen, record.tags) == (7, date(2020, 1, 2), ["a", "b"])
    assert record.owner == UUID("12345678123456781234567812345678")
    assert record.notes == ["made"]
    assert record.is_ok
    assert record.model_extra == {"other": [1]}
    assert answer.source == "here"
    assert record.format_check
    assert record.smtp_check is None


DOORS: dict[str, Callable[[], object]] = {
    "parse": completed,
    "parse_reply": lambda: bevparse.parse_reply(BODY, Completed),
    "inspect": lambda: bevparse.inspect(BODY, Completed).response,
    "parse_object": lambda: bevparse.parse_object(json.loads(BODY), Completed),
    "text": lambda: bevparse.parse(BODY.decode(), Completed),
    "dump and parse": lambda: bevparse.parse(bevparse.dump(completed()), Completed),
    "JSON of pydantic": lambda: Completed.model_validate(completed().model_dump(mode="json", by_alias=True)),
    "JSON text of pydantic": lambda: Completed.model_validate_json(completed().model_dump_json(by_alias=True)),
    "model of bevparse": lambda: Completed(records=tuple(stream(BODY, Record))),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_function_returns_the_same_subclass(door: str) -> None:
    found = DOORS[door]()

    if door.startswith("JSON"):  # a computed field is an undocumented one when it is read again
        assert isinstance(found, Completed)
        assert found.records[0].model_dump(exclude={"is_ok"}) == completed().records[0].model_dump(exclude={"is_ok"})
    else:
        assert found == completed()


def test_records_are_streamed_as_the_subclass() -> None:
    assert stream(BODY, Record) == list(completed().records)


def test_subclass_without_changes_is_read_in_every_format() -> None:
    page = Page(requests=(Request(id=5), Request(id=6)), total=2)

    for format in FORMATS:
        found = bevparse.parse(bevparse.dump(page, format=format), Page)
        assert found == page
        assert [request.age for request in found.requests] == [1, 1]


class Plain(FailedEmail):
    note: str = ""
    count: int = 3
    share: float | None = None
    flag: bool = True
    tags: list[str] = Field(default_factory=list)


class Failed(FailedResponse):
    failures: tuple[Plain, ...]


@pytest.mark.parametrize("format", FORMATS)
def test_declared_fields_are_dumped_and_read_again(format: str) -> None:
    failures = (
        Plain(email_address="a", note="x", count=5, share=0.5, flag=False),
        Plain(email_address="b", error="full", extra="text"),  # type: ignore[call-arg]
    )
    answer = Failed(failures=failures)

    body = bevparse.dump(answer, format=format)

    assert bevparse.parse(body, Failed, format=format) == answer
    assert stream(body, Plain) == list(failures)
    assert bevparse.parse(body, FailedResponse).failures[0].model_extra is not None


@pytest.mark.parametrize("format", FORMATS)
def test_records_of_a_subclass_in_a_model_of_bevparse_are_dumped_with_their_fields(format: str) -> None:
    body = bevparse.dump(FailedResponse(failures=(Plain(email_address="a", count=9),)), format=format)

    assert bevparse.parse(body, Failed).failures[0].count == 9


def test_dump_has_the_declared_fields_and_leaves_out_missing_ones() -> None:
    body = json.loads(bevparse.dump(completed()))

    (record,) = body["response"]
    assert body["source"] == "here"
    assert (record["score"], record["seen"], record["tags"], record["other"]) == (7, "2020-01-02", ["a", "b"], [1])
    assert record["ownerId"] == "12345678-1234-5678-1234-567812345678"
    assert "is_ok" not in record
    assert "note" not in json.loads(bevparse.dump(Page(requests=())))["response"]


class Noted(CreateResponse):
    note: str | None = Field(default=None, alias="theNote")
    text: str = ""
    tags: list[str] = Field(default_factory=list)


@pytest.mark.parametrize(
    ("format", "body"),
    [
        ("json", b'{"response":{"id":5,"text":"","tags":[]}}'),
        ("xml", b'<?xml version="1.0" encoding="utf-8"?>\n<xml><response><id>5</id></response></xml>'),
        ("csv", b"ID\n5\n"),
    ],
)
def test_empty_values_are_left_out_if_a_format_has_none(format: str, body: bytes) -> None:
    assert bevparse.dump(Noted(id=5), format=format) == body


def test_fields_next_to_the_response_of_a_subclass_stay_there() -> None:
    body = b'{"response":{"id":5,"theNote":"n","text":"","tags":[],"score":1},"trace":"t"}'

    assert bevparse.dump(bevparse.parse(body, Noted)) == body


@pytest.mark.parametrize("format", ["xml", "csv"])
def test_declared_field_that_a_format_cannot_carry_is_refused(format: str) -> None:
    answer = Failed(failures=(Plain(email_address="a", tags=["x"]),))

    with pytest.raises(EncodeError) as caught:
        bevparse.dump(answer, format=format)
    assert caught.value.problem.pointer == "/response/0/tags"


def test_nested_values_become_texts_in_formats_without_nesting() -> None:
    class Nested(FailedEmail):
        place: dict[str, list[int]] = Field(default_factory=dict)

    class Answer(FailedResponse):
        failures: tuple[Nested, ...]

    answer = Answer(failures=(Nested(email_address="a", place={"xy": [1, 2]}),))

    assert bevparse.parse(bevparse.dump(answer, format="xml"), Answer) == answer


def test_declared_fields_are_not_undocumented_fields() -> None:
    answer = bevparse.inspect(BODY.replace(b',"other":[1]', b""), Completed)

    assert answer.problems == ()
    assert [problem.pointer for problem in bevparse.inspect(BODY, Completed).problems] == ["/response/0/other"]
    assert bevparse.parse(b'{"response":{"id":5,"owner":"x"}}', Owned, strict=True) == Owned(id=5, owner="x")
    assert bevparse.parse("Email Address,Error,count\na,b,5\n", Failed, strict=True).failures[0].count == 5


def test_warnings_about_declared_fields_are_not_passed_on_by_streams() -> None:
    seen: list[Problem] = []

    stream(BODY, Record, on_problem=seen.append)

    assert [problem.pointer for problem in seen] == ["/response/0/other"]


REFUSED = (
    b'{"response":[{"emailAddress":"a","result":"ok","score":"x"},\n{"emailAddress":{}},\n'
    b'{"emailAddress":"evil","result":"ok"},\n{"emailAddress":"b","result":"odd"},\n{"emailAddress":"c","result":"bad"}]}'
)
POINTERS = {
    ("BEV219", "/response/0/score", 1),
    ("BEV207", "/response/1/emailAddress", 2),
    ("BEV219", "/response/2/emailAddress", 3),
    ("BEV219", "/response/3/result", 4),
}


def errors(problems: tuple[Problem, ...]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def test_value_that_the_subclass_refuses_is_a_problem_with_its_place() -> None:
    found = bevparse.inspect(REFUSED, Completed)

    assert {(problem.code, problem.pointer, problem.line) for problem in errors(found.problems)} == POINTERS
    assert found.response is not None
    assert [record.email_address for record in found.response.records] == ["c"]
    assert [pointer for pointer, _ in found.rejected] == [f"/response/{index}" for index in range(4)]
    assert found.rejected[2][1] == {"emailAddress": "evil", "result": "ok"} | dict.fromkeys(
        ("formatCheck", "smtpCheck", "dnsCheck", "freeCheck", "disposableCheck", "catchAllCheck"), "null"
    )
    with pytest.raises(PayloadError) as caught:
        bevparse.parse(REFUSED, Completed)
    assert caught.value.problems == found.problems


def test_message_names_the_subclass() -> None:
    problem = errors(bevparse.inspect(REFUSED.replace(b'{"emailAddress":{}},', b""), Completed).problems)[1]

    assert problem.message == "Record refuses the value: Value error, expected a friend"


def test_record_that_the_subclass_refuses_is_rejected_by_streams() -> None:
    seen: list[Problem] = []
    rejected: list[tuple[str, object]] = []

    records = stream(
        REFUSED, Record, on_problem=seen.append, on_reject=lambda pointer, record: rejected.append((pointer, record))
    )

    assert [record.email_address for record in records] == ["c"]
    assert {(problem.code, problem.pointer) for problem in errors(tuple(seen))} == {one[:2] for one in POINTERS}
    assert {pointer for pointer, _ in rejected} == {f"/response/{index}" for index in range(4)}
    with pytest.raises(PayloadError):
        stream(REFUSED, Record)


def test_pointers_of_a_long_stream_are_those_of_the_body() -> None:
    records = [f'{{"emailAddress":"{"evil" if index % 700 == 5 else "a"}","error":"e"}}' for index in range(3000)]
    records[2] = '{"emailAddress":{},"error":"e"}'
    body = b'{"response":[' + ",\n".join(records).encode() + b"]}"

    class Friend(FailedEmail):
        @field_validator("email_address")
        @classmethod
        def _friend(cls, value: str) -> str:
            assert value != "evil"
            return value

    class Friends(FailedResponse):
        failures: tuple[Friend, ...]

    seen: list[Problem] = []
    found = stream(body, Friend, on_problem=seen.append)
    expected = [f"/response/{index}/emailAddress" for index in (2, 5, 705, 1405, 2105, 2805)]

    assert len(found) == 2994
    assert [problem.pointer for problem in seen] == expected
    assert [problem.pointer for problem in bevparse.inspect(body, Friends).problems] == expected
    assert [problem.line for problem in bevparse.inspect(body, Friends).problems] == [3, 6, 706, 1406, 2106, 2806]


def test_errors_of_a_subclass_are_limited() -> None:
    body = b'{"response":[' + b",".join([b'{"emailAddress":"evil","result":"ok"}'] * 500) + b"]}"
    limits = Limits(problems=7)

    found = bevparse.inspect(body, Completed, limits=limits)

    assert found.response is None
    assert len(errors(found.problems)) == 7
    assert found.problems[-1].code == "BEV006"
    seen: list[Problem] = []
    with pytest.raises(PayloadError):
        stream(body, Record, limits=limits, on_problem=seen.append)
    assert len(errors(tuple(seen))) == 7


def test_missing_field_that_the_subclass_requires_is_reported() -> None:
    with pytest.raises(PayloadError) as caught:
        bevparse.parse(b'{"response":{"id":5}}', Owned)
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [("BEV208", "/response")]


def test_missing_fields_and_refused_values_are_all_reported() -> None:
    class Shared(Owned):
        team: str

    missing = bevparse.inspect(b'{"response":{"id":5}}', Shared)
    refused = bevparse.inspect(b'{"response":{"id":5,"team":7}}', Shared)

    assert [(problem.code, problem.pointer) for problem in missing.problems] == [("BEV208", "/response")] * 2
    assert [(problem.code, problem.pointer) for problem in refused.problems] == [
        ("BEV208", "/response"),
        ("BEV219", "/response/team"),
    ]


def test_problem_of_an_element_has_its_line() -> None:
    root = lxml.etree.fromstring(
        b"<xml>\n<response>\n<item><emailAddress>a</emailAddress><count>x</count></item>\n</response></xml>"
    )

    with pytest.raises(PayloadError) as caught:
        bevparse.parse_object(root, Failed)
    (problem,) = errors(caught.value.problems)
    assert (problem.code, problem.pointer, problem.line, problem.column) == ("BEV219", "/response/0/count", 3, None)


def test_error_of_a_model_validator_is_reported() -> None:
    class Two(StatusResponse):
        @model_validator(mode="after")
        def _two(self) -> Two:
            if len(self.requests) != 2:
                raise ValueError("expected two requests")
            return self

    assert len(bevparse.parse(b'{"response":[{"id":5},{"id":6}]}', Two).requests) == 2
    with pytest.raises(PayloadError, match="expected two requests"):
        bevparse.parse(b'{"response":[{"id":5}]}', Two)


# Fields of bevparse that are redefined


def test_null_in_a_redefined_required_field_is_a_missing_field() -> None:
    class Strict(FailedEmail):
        error: str  # type: ignore[assignment]

    assert stream(b'{"response":[{"emailAddress":"a","error":"e"}]}', Strict) == [Strict(email_address="a", error="e")]
    with pytest.raises(PayloadError) as caught:
        stream(b'{"response":[{"emailAddress":"a","error":null}]}', Strict)
    assert caught.value.problems[0].code == "BEV208"


def test_null_is_the_default_of_a_redefined_field_that_forbids_none() -> None:
    class Defaulted(FailedEmail):
        error: str = "no reason"

    assert stream(b'{"response":[{"emailAddress":"a","error":null}]}', Defaulted)[0].error == "no reason"


def test_null_is_none_for_a_redefined_field_that_allows_none() -> None:
    class Checked(EmailRecord):
        smtp_check: bool | None = True

    (record,) = stream(b'{"response":[{"emailAddress":"a","smtpCheck":"null"}]}', Checked)

    assert record.smtp_check is None


def test_redefined_list_may_have_another_type() -> None:
    class Listed(CompletedResponse):
        records: list[Record]  # type: ignore[assignment]

    assert type(bevparse.parse(BODY, Listed).records) is list
    assert bevparse.parse(bevparse.dump(bevparse.parse(BODY, Listed)), Listed) == bevparse.parse(BODY, Listed)


def test_aliases_of_documented_fields_are_ignored() -> None:
    class Camel(EmailRecord):
        model_config = ConfigDict(alias_generator=to_camel)

    assert stream(BODY, Camel)[0].email_address == "Ann@mail.example"


def test_declared_field_may_have_several_names() -> None:
    class Named(CreateResponse):
        first: int = Field(default=0, validation_alias=AliasChoices("one", AliasPath("deep", 0)))
        second: int = Field(default=0, validation_alias=AliasPath("other", "x"))

    found = bevparse.parse(b'{"response":{"id":5,"deep":[7],"other":{"x":8}}}', Named, strict=True)

    assert (found.first, found.second) == (7, 8)


def test_factory_of_a_default_may_use_other_fields() -> None:
    class Made(CreateResponse):
        double: int | None = Field(default_factory=lambda data: data["id"] * 2)

    found = bevparse.parse(b'{"response":{"id":5}}', Made)

    assert found.double == 10
    assert bevparse.dump(found) == b'{"response":{"id":5,"double":10}}'


def test_error_reply_is_read_as_the_requested_subclass() -> None:
    class Reply(ErrorResponse):
        level: int = 3

    assert bevparse.parse(b'{"response":{"error":"no","level":4}}', Reply) == Reply(errors=("no",), level=4)
    assert bevparse.dump(Reply(errors=("no",))) == b'{"response":{"error":"no","level":3}}'
    with pytest.raises(ApiError) as caught:
        bevparse.parse(b'{"response":{"error":"no"}}', Completed)
    assert type(caught.value.response) is ErrorResponse


@pytest.mark.parametrize("extra", ["ignore", "forbid"])
def test_undocumented_fields_follow_the_extra_setting_of_the_subclass(extra: Literal["ignore", "forbid"]) -> None:
    class Own(CreateResponse):
        model_config = ConfigDict(extra=extra)

    body = b'{"response":{"id":5,"x":1}}'

    assert bevparse.parse(b'{"response":{"id":5}}', Own).id == 5
    if extra == "ignore":
        assert bevparse.dump(bevparse.parse(body, Own)) == b'{"response":{"id":5}}'
    else:
        with pytest.raises(PayloadError) as caught:
            bevparse.parse(body, Own)
        assert [problem.pointer for problem in errors(caught.value.problems)] == ["/response/x"]


def test_undocumented_field_of_a_subclass_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="cannot be changed"):
        completed().records[0].model_extra["other"] = 1  # type: ignore[index]


def test_responses_of_subclasses_are_compared() -> None:
    one = Page(requests=(Request(id=5),), note="a")
    other = Page(requests=(Request(id=5),), note="b")

    assert [difference.left.pointer for difference in differences(one, other) if difference.left] == ["/response/note"]


# What cannot work


class _Endpointless(Response):
    note: str = ""


class _OtherRecords(CompletedResponse):
    records: tuple[BulkRequest, ...]  # type: ignore[assignment]


class _NoRecords(CompletedResponse):
    records: int  # type: ignore[assignment]


class _Renamed(StatusResponse):
    endpoint: Literal["mine"] = "mine"  # type: ignore[assignment]


class _Taken(EmailRecord):
    smtpCheck: str = ""  # noqa: N815


class _TakenByAlias(CreateResponse):
    number: int = Field(default=0, alias="ID")


class _TakenList(ListResponse):
    data: tuple[int, ...] = ()


class _Other(CreateResponse):
    id: str  # type: ignore[assignment]


class _Replacing(CreateResponse):
    @model_validator(mode="wrap")
    @classmethod
    def _replace(cls, value: object, handler: object) -> Any:
        return 5


class _Incomplete(CreateResponse):
    other: Unknown  # type: ignore[name-defined]  # noqa: F821


IMPOSSIBLE = {
    _Endpointless: (BODY, "has no endpoint"),
    _OtherRecords: (BODY, "the type of records must be a tuple of EmailRecord"),
    _NoRecords: (BODY, "the type of records must be a tuple of EmailRecord"),
    _Renamed: (b'{"response":[]}', "endpoint cannot be redefined"),
    _TakenByAlias: (b'{"response":{"id":5}}', "a body has ID as the field id"),
    _TakenList: (b'{"response":{"data":[]}}', "a body has data as the field requests"),
    _Other: (b'{"response":{"id":5}}', "id cannot hold the value of CreateResponse"),
    _Replacing: (b'{"response":{"id":5}}', "a validator returned int"),
    _Incomplete: (b'{"response":{"id":5}}', "Unknown"),
}


@pytest.mark.parametrize("model", IMPOSSIBLE)
def test_subclass_that_cannot_be_read_is_a_type_error_that_says_why(model: type[Response]) -> None:
    body, reason = IMPOSSIBLE[model]

    for function in (bevparse.parse, bevparse.parse_reply, bevparse.inspect):
        with pytest.raises(TypeError, match=f"{model.__name__} cannot be read from a body: .*{reason}"):
            function(body, model)  # type: ignore[operator]


def test_record_that_cannot_be_read_is_a_type_error_that_says_why() -> None:
    with pytest.raises(TypeError, match="a body has smtpCheck as the field smtp_check"):
        stream(BODY, _Taken)


@pytest.mark.parametrize("model", [BaseModel, CompletedResponse, dict, 5])
def test_model_that_is_not_a_record_is_a_type_error(model: Any) -> None:
    with pytest.raises(TypeError, match="expected BulkRequest, EmailRecord or FailedEmail"):
        stream(BODY, model)


def test_redefined_field_of_a_type_without_a_spelling_cannot_be_written() -> None:
    class Dated(CreateResponse):
        id: datetime  # type: ignore[assignment]

    with pytest.raises(TypeError, match=r"Dated cannot be written: .*id"):
        bevparse.dump(Dated(id=datetime(2020, 1, 2)))


def test_declared_field_with_a_value_that_is_not_json_cannot_be_written() -> None:
    class Opaque(CreateResponse):
        model_config = ConfigDict(arbitrary_types_allowed=True)

        handle: object = None

    with pytest.raises(TypeError, match="Opaque cannot be written"):
        bevparse.dump(Opaque(id=5, handle=object()))


def test_number_that_json_lacks_cannot_be_written_in_a_declared_field() -> None:
    class Shared(CreateResponse):
        model_config = ConfigDict(allow_inf_nan=True, ser_json_inf_nan="constants")

        share: float = 0
        price: Decimal = Decimal(0)

    with pytest.raises(EncodeError):
        bevparse.dump(Shared(id=5, share=float("nan")))
    assert bevparse.parse(bevparse.dump(Shared(id=5, price=Decimal("1.10"))), Shared).price == Decimal("1.10")


def test_subclass_refuses_what_its_base_refuses() -> None:
    with pytest.raises(ValidationError, match=r"bevparse\.parse_object"):
        Completed.model_validate(json.loads(BODY))
