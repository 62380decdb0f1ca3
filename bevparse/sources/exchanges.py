"""A recorded exchange to what is to be checked: the answer of the service, and API keys in the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeAlias, cast

import msgspec

from .. import formats
from ..apikeys import find_keys
from ..endpoints import endpoint_of, model_of_url
from ..errors import DecodeError
from ..files.encodings import uncompressed
from ..limits import Limits
from ..models import Response
from ..problems import Problem, rules
from .lazy_json import NOTHING, fields_of, text_of
from .source import Source, refused

__all__ = ["Answer", "Headers", "Request", "answer_of", "headers_of", "keys_of", "sources_of"]

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Names and values in their order."""

_WITHOUT_BODY: Final = {"CONNECT", "HEAD", "OPTIONS", "TRACE"}
_MOST_HEADERS: Final = 128
_EMPTY_STATUS: Final = re.compile(r"1\d\d|204|205|3\d\d")
_STATUS: Final = re.compile(r"\d{1,3}")
_ONE_ID: Final = re.compile(rb'\[?\s*"?0*([1-9][0-9]{0,18})"?\s*\]?')


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    pointer: str = "/request/body"
    """Where in the recorded exchange the body stands."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: str
    headers: Headers = ()
    body: bytes | None = None
    """What was recorded of the body, None where that is nothing."""
    content_type: str = ""
    """Where it is said elsewhere than in the headers."""
    encoding: str | None = None
    """The content encoding of the body; None where it is as the headers say."""


class _Asked(msgspec.Struct):
    """The parameters of a request that are of use here."""

    id: msgspec.Raw = NOTHING
    ids: msgspec.Raw = NOTHING
    format: msgspec.Raw = NOTHING


def sources_of(place: Source, request: Request, answer: Callable[[], Answer], limits: Limits) -> Iterator[Source]:
    """Give what is to be checked of an exchange.

    Args:
        place: where it stands.
        request: what was asked.
        answer: what gives the answer, and is called only for an endpoint of the service; it may raise DecodeError.
        limits: bounds on the body.
    """
    yield from answer_of(place, request, answer, limits)
    yield from keys_of(place, request, limits)


def keys_of(place: Source, request: Request, limits: Limits) -> Iterator[Source]:
    """Give the API keys in a request, to whatever host it went, as one remark."""
    found = find_keys(request.url, request.headers, request.body, request.pointer)
    if problems := tuple(islice(found, limits.problems)):
        yield _remark(place, *problems)


def answer_of(place: Source, request: Request, answer: Callable[[], Answer], limits: Limits) -> Iterator[Source]:
    """Give the answer to a request, if it went to an endpoint of the service and was not the preflight of another."""
    model = model_of_url(request.url)
    if model is None or request.method.upper() in _WITHOUT_BODY:
        return
    try:
        yield from _answer(place, request, answer(), model, limits)
    except DecodeError as error:
        yield refused(place, error)


def _answer(place: Source, request: Request, answer: Answer, model: type[Response], limits: Limits) -> Iterator[Source]:
    if not answer.body and _EMPTY_STATUS.fullmatch(answer.status):
        return
    if answer.body is None:
        status = f" (status {answer.status})" if _STATUS.fullmatch(answer.status) else ""
        yield _remark(
            place,
            Problem.of(rules.MISSING_BODY, f"expected the body of the answer{status}, got none that was recorded"),
        )
        return
    encoding = _header(answer.headers, "content-encoding") if answer.encoding is None else answer.encoding
    body = uncompressed(answer.body, encoding, limits)
    asked = fields_of(request.body, _Asked)
    content_type = answer.content_type or _header(answer.headers, "content-type")
    yield replace(
        place,
        data=body,
        size=len(body),
        format=formats.of_media_type(content_type.partition(";")[0].strip().lower()) or _format_of(asked),
        endpoint=endpoint_of(model),
        request=_id_of(asked.id) or _id_of(asked.ids),
    )


def _remark(place: Source, *problems: Problem) -> Source:
    return replace(place, data=None, size=0, outcome="notice", problems=problems)


def _format_of(asked: _Asked) -> str | None:
    """Give the format that was asked for, if it is one that there is."""
    try:
        name = (text_of(asked.format) or "").lower()
    except DecodeError:
        return None
    return name if name in formats.known() else None


def _id_of(raw: msgspec.Raw) -> str | None:
    """Give the one id of a parameter, or None where there are several."""
    found = _ONE_ID.fullmatch(memoryview(raw))
    return found[1].decode() if found else None


def headers_of(value: object) -> Headers:
    """Give headers, whether they are recorded as objects, as pairs, or as values or lists by name.

    Raises:
        DecodeError: there are more than a server would take.
    """
    found = islice(_pairs(value), _MOST_HEADERS + 1)
    headers = [(_word(name), _word(said)) for name, said in found]
    if len(headers) > _MOST_HEADERS:
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"expected at most {_MOST_HEADERS} headers, got more"))
    return headers


def _pairs(value: object) -> Iterator[tuple[object, object]]:
    named = _named(value)
    for header in _listed(value) if named is None else named.items():
        fields = _named(header)
        if fields is not None:
            yield fields.get("name"), fields.get("value")
            continue
        pair = _listed(header)
        name, said = pair if len(pair) == 2 else ("", "")
        for one in _listed(said) or (said,):
            yield name, one


def _named(value: object) -> Mapping[object, object] | None:
    return cast("Mapping[object, object]", value) if isinstance(value, dict) else None


def _listed(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()


def _word(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("iso-8859-1")
    return value if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""


def _header(headers: Headers, name: str) -> str:
    return next((value for known, value in headers if known.lower() == name), "")
