"""The canonical models: the response of every endpoint, the same for all formats.

To add an endpoint, add its class here, and its name to `EndpointName`, `AnyResponse` and `__all__`.

There is no `from __future__ import annotations`: pydantic 2.12 looks up the names in a string annotation of
`__pydantic_extra__` in the module of each subclass.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from inspect import Parameter, Signature
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    Self,
    TypeAlias,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
)

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    Strict,
    StrictBool,
    StrictStr,
    model_validator,
)
from pydantic_core.core_schema import CoreSchema, UnionSchema
from typing_extensions import Unpack

from .docstrings import describe
from .frozen import freeze
from .problems import format_value
from .tree import name_fault, value_fault
from .wire import (
    CHECK,
    CODE,
    END,
    EPOCH,
    FLAG,
    HOSTS,
    INTEGER,
    LAST_EPOCH,
    MAX_INTEGER,
    RESULT,
    TEXT,
    WORDS,
    Items,
    Wire,
    is_missing,
    names_no_error,
)

__all__ = [
    "AnyResponse",
    "BulkRequest",
    "CompletedResponse",
    "CreateResponse",
    "EmailRecord",
    "EndpointName",
    "ErrorResponse",
    "FailedEmail",
    "FailedResponse",
    "ListResponse",
    "Response",
    "StatusResponse",
]

EndpointName: TypeAlias = Literal["create", "list", "status", "completed", "failed", "error"]
"""The names of the endpoints, and "error" for the error reply of any of them."""


_ENVELOPE: Final = frozenset({"response", "error", "errors"})
"""The keys of a response body. Every body has one of them."""
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.0{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_MOST_LEVELS: Final = 200
"""The most levels of nesting that pydantic writes as JSON."""
_T = TypeVar("_T")


def _tuple_of_list(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def _date_of_text(value: object) -> object:
    """Return the date of an ISO 8601 string, and any other value unchanged.

    pydantic alone would also read a string of seconds or milliseconds.
    """
    if isinstance(value, str):
        if not _ISO.fullmatch(value):
            raise ValueError("expected a date such as 2018-06-05T13:18:22Z")
        return datetime.fromisoformat(value)
    return value


def _whole_seconds(moment: datetime) -> datetime:
    if moment.microsecond or not 0 <= moment.timestamp() <= LAST_EPOCH:
        raise ValueError("expected a date in whole seconds, from 1970 to the year 9999")
    if not moment.timestamp():
        raise ValueError("expected a date after 1970-01-01T00:00:00Z, because that date is read as missing in a body")
    return moment.astimezone(UTC)


def _error_text(text: str) -> str:
    if names_no_error(text):
        raise ValueError(f"expected an error message, got {format_value(text)}, which is read as no error in a body")
    return text


def _code_word(text: str) -> str:
    if getattr(CODE.text(text), "value", None) != text:
        got = format_value(text)
        raise ValueError(
            f"expected an integer, a word or None as code, got {got}, which a body has for a number or for None"
        )
    return text


def _unless_missing(text: str) -> str | None:
    return None if is_missing(text) else text


def _carried_by_json(value: _T, levels: int = _MOST_LEVELS) -> _T:
    """Return a value unchanged if JSON can represent it, or raise ValueError.

    pydantic's `JsonValue` would also accept NaN, 1e999 and {b"a": 1}.
    """
    fault = None
    if isinstance(cast(object, value), (dict, list)):
        if levels == 0:
            fault = f"expected at most {_MOST_LEVELS} levels of nesting, got more"
        members = cast("dict[object, object] | list[object]", value)
        if isinstance(members, dict):
            fault = fault or next(filter(None, map(name_fault, members)), None)
            members = list(members.values())
        for member in () if fault else members:
            _carried_by_json(member, levels - 1)
    else:
        fault = value_fault(value)
    if fault:
        raise ValueError(fault)
    return value


_Integer: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=MAX_INTEGER)]
_Date: TypeAlias = Annotated[AwareDatetime, Strict(), BeforeValidator(_date_of_text), AfterValidator(_whole_seconds)]
_Text: TypeAlias = Annotated[StrictStr, AfterValidator(_carried_by_json)]
_ErrorText: TypeAlias = Annotated[_Text, AfterValidator(_error_text)]
_CodeWord: TypeAlias = Annotated[_Text, AfterValidator(_code_word)]
_Words: TypeAlias = Annotated[_Text, AfterValidator(_unless_missing)]
_Many: TypeAlias = Annotated[tuple[_T, ...], Strict(), BeforeValidator(_tuple_of_list)]
_Undocumented: TypeAlias = Annotated[Any, AfterValidator(_carried_by_json)]


class _ModelSignature:
    """The signature of a model for `help`: the fields with their types, without validators and wire spellings."""

    def __get__(self, instance: object, model: type[BaseModel]) -> Signature:
        with suppress(NameError, TypeError):  # a type that is not known yet
            types = get_type_hints(model)
            fields = [
                Parameter(
                    name,
                    Parameter.KEYWORD_ONLY,
                    default=Parameter.empty if field.is_required() else field.get_default(),
                    annotation=types[name],
                )
                for name, field in model.model_fields.items()
            ]
            extra = Parameter("undocumented", Parameter.VAR_KEYWORD, annotation=JsonValue)
            return Signature([*fields, extra])
        raise AttributeError("__signature__")


class _Model(BaseModel, frozen=True):
    """The base of all models. They are frozen, and keep undocumented fields in `model_extra`.

    A field accepts only values of its type, and what JSON has instead: a list for a tuple, and a string for a date.
    """

    model_config = ConfigDict(
        extra="allow",
        allow_inf_nan=False,
        defer_build=True,
        hide_input_in_errors=True,  # the input may contain an API key
    )

    if TYPE_CHECKING:
        __pydantic_extra__: dict[str, JsonValue] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]
    else:
        __pydantic_extra__: dict[str, _Undocumented]  # a value here would hide the slot of pydantic

    @classmethod
    def __pydantic_init_subclass__(cls, **config: object) -> None:
        type.__setattr__(cls, "__signature__", _ModelSignature())

    @classmethod
    def __pydantic_on_complete__(cls) -> None:
        type.__setattr__(cls, "__signature__", _ModelSignature())  # pydantic has set its own

    def model_post_init(self, context: object, /) -> None:
        """Make the undocumented fields unchangeable."""
        if self.__pydantic_extra__:
            _carried_by_json([*self.__pydantic_extra__])
        _set_extra(self, self.__pydantic_extra__)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values, see pydantic. Its undocumented fields cannot be changed either."""
        known = {name: value for name, value in (update or {}).items() if name in type(self).model_fields}
        copied = super().model_copy(update=known, deep=deep)
        if update and len(known) < len(update):
            others = {name: value for name, value in update.items() if name not in known}
            _set_extra(copied, {**copied.__pydantic_extra__, **others})
            copied.__pydantic_fields_set__.update(others)
        return copied


def _set_extra(model: BaseModel, extra: Mapping[str, object] | None) -> None:
    if extra is not None:  # None if a subclass is configured to have no undocumented fields
        object.__setattr__(model, "__pydantic_extra__", freeze(extra))


class BulkRequest(_Model, frozen=True):
    """One bulk verification request, as listed by the list and status endpoints."""

    id: Annotated[_Integer, Wire("id", INTEGER)]
    """The id that the create endpoint returned, an integer of zero or more. Source: documented."""
    api_version: Annotated[_Integer | None, Wire("api_version", INTEGER)] = None
    """The API version of the request, 2 or 3; None when the request is older. Source: documented."""
    date_start: Annotated[_Date | None, Wire("date_start", EPOCH)] = None
    """When processing began, in UTC and whole seconds; None when only ids are listed. Source: documented."""
    date_end: Annotated[_Date | None, Wire("date_end", END)] = None
    """When processing ended, in UTC and whole seconds; None when it has not ended, or is missing. Source: observed."""
    total_emails: Annotated[_Integer | None, Wire("total_emails", INTEGER)] = None
    """The number of submitted addresses; None when only ids are listed. Source: documented."""
    invalid_emails: Annotated[_Integer | None, Wire("invalid_emails", INTEGER)] = None
    """The number of submitted texts that are not addresses; None when only ids are listed. Source: documented."""
    processed_emails: Annotated[_Integer | None, Wire("processed_emails", INTEGER)] = None
    """The number of verified addresses; None when only ids are listed. Source: documented."""
    failed_emails: Annotated[_Integer | None, Wire("failed_emails", INTEGER)] = None
    """The number of addresses that could not be verified; None when only ids are listed. Source: documented."""
    ready: Annotated[StrictBool | None, Wire("ready", FLAG)] = None
    """Whether the results can be fetched; None when only ids are listed. Source: documented."""


class EmailRecord(_Model, frozen=True):
    """The results for one address."""

    email_address: Annotated[_Text, Wire("emailAddress", TEXT)]
    """The address as submitted. Source: documented."""
    format_check: Annotated[StrictBool | None, Wire("formatCheck", CHECK, always=True)] = None
    """Whether the syntax is that of an address; None when it was not checked. Source: documented."""
    smtp_check: Annotated[StrictBool | None, Wire("smtpCheck", CHECK, always=True)] = None
    """Whether the mailbox answered over SMTP; None when it could not be checked. Source: documented."""
    dns_check: Annotated[StrictBool | None, Wire("dnsCheck", CHECK, always=True)] = None
    """Whether the domain has the DNS records for mail; None when they could not be checked. Source: documented."""
    free_check: Annotated[StrictBool | None, Wire("freeCheck", CHECK, always=True)] = None
    """Whether the domain belongs to a free mail provider; None when this is not known. Source: documented."""
    disposable_check: Annotated[StrictBool | None, Wire("disposableCheck", CHECK, always=True)] = None
    """Whether the domain is used for disposable addresses; None when this is not known. Source: documented."""
    catch_all_check: Annotated[StrictBool | None, Wire("catchAllCheck", CHECK, always=True)] = None
    """Whether the server accepts mail for any mailbox; None when it could not be checked. Source: documented."""
    mx_records: Annotated[_Many[_Text], Wire("mxRecords", HOSTS, identifies=1)] = ()
    """The mail servers of the domain, in order; () when there are none, (".",) for a null MX (observed).
    Source: documented."""
    result: Annotated[_Words | None, Wire("result", RESULT, always=True, identifies=1)] = None
    """The result: ok, bad, unknown, smtp-failed or a new word; None when it is missing. Source: observed."""


class FailedEmail(_Model, frozen=True):
    """One submitted text that was not verified."""

    email_address: Annotated[_Text, Wire("emailAddress", TEXT)]
    """The text as submitted, which need not be an address. Source: observed."""
    error: Annotated[_Words | None, Wire("error", WORDS, always=True, nullable=True, rank=-1)] = None
    """Why it was not verified; None when the reason is missing. Source: observed, None inferred."""


class Response(_Model, frozen=True):
    """The base of all responses. A subclass inherits the class arguments that it does not give.

    Args:
        path: the end of the endpoint's URL, such as /request/failed.
        noun: what its records are called.
    """

    wire_path: ClassVar[str | None] = None
    """The end of the endpoint's URL, such as /request/failed; None for error replies, which any URL may return."""
    wire_noun: ClassVar[str | None] = None
    """What its records are called; None when it has no records."""

    endpoint: EndpointName
    """The name of the endpoint, or "error"."""

    def __init_subclass__(
        cls, *, path: str | None = None, noun: str | None = None, **config: Unpack[ConfigDict]
    ) -> None:
        super().__init_subclass__(**config)
        cls.wire_path = cls.wire_path if path is None else path
        cls.wire_noun = cls.wire_noun if noun is None else noun

    @model_validator(mode="before")
    @classmethod
    def _refuse_wire_body(cls, data: object) -> object:
        """Refuse a response body, with a message that names `bevparse.parse`.

        Without it, a subclass whose fields all have defaults would accept the body, and have no records.
        """
        if _is_wire_body(data) and _required(cls) - cast("Mapping[str, object]", data).keys():
            raise ValueError(_WIRE_BODY.format(f"the fields of {cls.__name__}"))
        return data


_WIRE_BODY: Final = (
    "expected {}, got a response body; read it with bevparse.parse if it is bytes or text, or with "
    "bevparse.parse_object if it is decoded"
)
_NO_ENDPOINT: Final = (
    f"expected a response with its endpoint ({', '.join(get_args(EndpointName))}); read a response body with "
    "bevparse.parse if it is bytes or text, or with bevparse.parse_object if it is decoded"
)


def _is_wire_body(data: object) -> bool:
    return isinstance(data, Mapping) and not _ENVELOPE.isdisjoint(cast("Mapping[object, object]", data))


def _required(model: type[Response]) -> set[str]:
    """Return the names of the fields that are required in the model of bevparse from which a model is derived."""
    first = next(base for base in model.__mro__ if base.__module__ == __name__)
    return {name for name, field in cast("type[Response]", first).model_fields.items() if field.is_required()}


class _EndpointMessage:
    """Sets the message for a value whose endpoint is missing or unknown, such as a response body.

    It changes the schema of `AnyResponse`. A validator would be too late, because FastAPI reads the endpoint before.
    """

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = cast(UnionSchema, handler(source))
        schema["custom_error_type"] = "response_endpoint"
        schema["custom_error_message"] = _NO_ENDPOINT
        return schema


class _Table:
    """Adds the Arrow stream of the records to a response."""

    __slots__ = ()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the records as a stream of the Arrow PyCapsule protocol, see `bevparse.tables`.

        So `polars.DataFrame(response)`, `pyarrow.table(response)` and the like work.

        Raises:
            ImportError: pyarrow is not installed.
        """
        from .tables.arrow import response_stream  # noqa: PLC0415 - pyarrow is large, and optional

        return response_stream(cast(Response, self), requested_schema)


class CreateResponse(Response, frozen=True, path="/request"):
    """The response of /request."""

    endpoint: Literal["create"] = "create"
    """Always "create"."""
    id: Annotated[_Integer, Wire("id", INTEGER)]
    """The id of the new request, an integer of zero or more. Source: documented."""


class ListResponse(Response, _Table, frozen=True, path="/request/list", noun="requests"):
    """The response of /request/list: one page of your verification requests."""

    endpoint: Literal["list"] = "list"
    """Always "list"."""
    requests: Annotated[_Many[BulkRequest], Items("data")]
    """The requests on this page, with only their ids unless onlyIds was false. Source: documented."""
    current_page: Annotated[_Integer | None, Wire("current_page", INTEGER, always=True, rank=-1)] = None
    """The number of this page, from 1; None when it is missing. Source: documented."""
    from_: Annotated[_Integer | None, Wire("from", INTEGER, always=True, nullable=True, identifies=0)] = None
    """The position of the page's first request among all requests, from 1; None when the page is empty (inferred).
    Source: documented."""
    last_page: Annotated[_Integer | None, Wire("last_page", INTEGER, always=True)] = None
    """The number of the last page, from 1; None when it is missing. Source: documented."""
    per_page: Annotated[_Integer | None, Wire("per_page", INTEGER, always=True)] = None
    """The maximum number of requests on a page; None when it is missing. Source: documented."""
    to: Annotated[_Integer | None, Wire("to", INTEGER, always=True, nullable=True, identifies=0)] = None
    """The position of the page's last request among all requests, from 1; None when the page is empty (inferred).
    Source: documented."""
    total: Annotated[_Integer | None, Wire("total", INTEGER, always=True, identifies=0)] = None
    """The number of requests on all pages; None when it is missing. Source: documented."""


class StatusResponse(Response, _Table, frozen=True, path="/request/status", noun="requests"):
    """The response of /request/status."""

    endpoint: Literal["status"] = "status"
    """Always "status"."""
    requests: Annotated[_Many[BulkRequest], Items()]
    """The requests with the given ids, without unknown ids. Source: documented."""


class CompletedResponse(Response, _Table, frozen=True, path="/request/completed", noun="completed records"):
    """The response of /request/completed."""

    endpoint: Literal["completed"] = "completed"
    """Always "completed"."""
    records: Annotated[_Many[EmailRecord], Items()]
    """The results for each address; empty while the request is not ready (observed). Source: documented."""


class FailedResponse(Response, _Table, frozen=True, path="/request/failed", noun="failed records"):
    """The response of /request/failed."""

    endpoint: Literal["failed"] = "failed"
    """Always "failed"."""
    failures: Annotated[_Many[FailedEmail], Items()]
    """The texts that were not verified. Source: observed."""


class ErrorResponse(Response, frozen=True):
    """The error reply of any endpoint."""

    endpoint: Literal["error"] = "error"
    """Always "error"."""
    errors: Annotated[_Many[_ErrorText], Field(min_length=1)]
    """The error messages, at least one. Source: documented."""
    code: Annotated[_Integer | _CodeWord | None, Wire("code", CODE)] = None
    """The status code in the body, or the word of a gateway; None when it is missing, as in the service's own replies.
    Source: observed."""


AnyResponse: TypeAlias = Annotated[
    CreateResponse | ListResponse | StatusResponse | CompletedResponse | FailedResponse | ErrorResponse,
    _EndpointMessage(),
    Field(discriminator="endpoint"),
]
"""Any response, discriminated by its endpoint: `TypeAdapter(AnyResponse)` validates and describes all of them."""

describe(
    (
        BulkRequest,
        EmailRecord,
        FailedEmail,
        Response,
        CreateResponse,
        ListResponse,
        StatusResponse,
        CompletedResponse,
        FailedResponse,
        ErrorResponse,
    )
)
