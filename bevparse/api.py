"""The public functions that read response bodies."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, cast, get_args

from pydantic import BaseModel
from typing_extensions import TypeVar

from . import formats
from .endpoints import ANY, MODELS, RESPONSES, Expected, endpoint_of
from .errors import ApiError, DecodeError, PayloadError
from .files import read_blocks, read_body
from .files.compression import Budget, Readable
from .files.paths import body_suffix
from .formats.objects import decoder_of
from .lanes.chunks import BLOCK
from .lanes.small import read_small
from .limits import DEFAULT_LIMITS, Limits
from .models import AnyResponse, BulkRequest, EmailRecord, EndpointName, ErrorResponse, FailedEmail, Response
from .payloads.derived import base_of, derived_of
from .problems import Problem, shortened
from .problems.rules import UNREAD
from .reader import BodyReader
from .reader.events import Body, Event, Inspection, Records, RejectedRecord
from .stores import StorePath, place_of
from .subclasses import derived_events, derived_inspection

__all__ = ["Detection", "detect", "inspect", "iter_records", "parse", "parse_file", "parse_object", "parse_reply"]

R = TypeVar("R", bound=Response, default=AnyResponse)
_CLASS: Final = type(Response)
_OURS: Final = frozenset((Response, *MODELS.values()))
M = TypeVar("M", bound=BulkRequest | EmailRecord | FailedEmail)


@dataclass(frozen=True, slots=True)
class Detection:
    """The format and endpoint of a body."""

    format: str
    endpoint: EndpointName | None
    """The endpoint, "error", or None if the payload fits several endpoints or none."""


def parse(
    body: Body,
    model: type[R] = ANY,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R:
    """Parse a response body as the model of its endpoint.

    Args:
        body: the body as received. Prefer bytes to text.
        model: the model of the endpoint you called. Without it the payload determines the model, which may be
            `ErrorResponse`.
        format: "json", "xml", "csv" or a registered one. A body that clearly has another format is read in that one.
        strict: whether warnings are errors, so that undocumented spellings are refused; infos are not.
        limits: bounds on the body.

    Raises:
        DecodeError: the body is no JSON, XML or CSV, or exceeds a limit.
        PayloadError: the body is not a response of this endpoint.
        ApiError: the body is an error reply, and another model was requested.
        UnknownFormatError: there is no such format.

    Examples:
        >>> parse(b'{"response":{"id":5}}').id
        5
    """
    response = _read(body, model, format, limits, strict=strict)
    return _unless_error(response, model) if isinstance(response, ErrorResponse) else response  # type: ignore[return-value]


def parse_reply(
    body: Body,
    model: type[R] = ANY,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R | ErrorResponse:
    """Parse a response body as the model of its endpoint, or as an error reply.

    Args:
        body: as for `parse`.
        model: as for `parse`.
        format: as for `parse`.
        strict: as for `parse`.
        limits: as for `parse`.

    Raises:
        DecodeError: the body is no JSON, XML or CSV, or exceeds a limit.
        PayloadError: the body is neither a response of this endpoint nor an error reply.
        UnknownFormatError: there is no such format.
    """
    return _read(body, model, format, limits, strict=strict)  # type: ignore[return-value]


def _read(body: Body, model: type[Response], format: str | None, limits: Limits, *, strict: bool) -> Response:
    """Return the response in a body, which may be an error reply."""
    is_tried = False
    if isinstance(body, (bytes, str)) and type(model) is _CLASS and model in _OURS:
        small, is_tried = read_small(body, model, format, limits), True
        if small is not None:
            return small[0]
    return _response(_inspect(_checked(body, model), model, format, limits, small=not is_tried), strict=strict)


def parse_object(
    value: object,
    model: type[R] = ANY,  # type: ignore[assignment]
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R:
    """Parse a response body that has been decoded already as the model of its endpoint.

    Args:
        value: the dict of a JSON body, as `response.json()` or a queue returns it, or an element of lxml or
            ElementTree. Problems have a pointer. Only elements of lxml have a line.
        model: as for `parse`.
        strict: as for `parse`.
        limits: as for `parse`. `limits.body` applies to the shortest JSON or XML text of the value.

    Raises:
        TypeError: `value` is not a decoded body.
        DecodeError: JSON or XML cannot represent the value, or a limit is exceeded.
        BevparseError: as for `parse`.

    Examples:
        >>> parse_object({"response": {"id": 5}}).id
        5
    """
    _checked(b"", model)
    decoded = decoder_of(value)
    if decoded is None:
        name = type(value).__name__
        hint = "; pass it to bevparse.parse" if isinstance(value, get_args(Body)) else ""
        raise TypeError(f"expected a dict, a list, or an element of lxml or ElementTree, got {name}{hint}")
    base = base_of(model)
    reader = BodyReader(b"", Expected((base,)), limits)
    found = derived_inspection(reader.inspect_object(decoded), model, limits, partial(reader.locate, model=base))
    found = replace(found, problems=tuple(replace(problem, column=None) for problem in found.problems))
    return cast(R, _unless_error(_response(found, strict=strict), model))


def _unless_error(response: Response, model: type[Response]) -> Response:
    """Return a response, or raise it if it is an error reply and another model was requested.

    Raises:
        ApiError: the response is an error reply.
    """
    if isinstance(response, ErrorResponse) and base_of(model) not in (Response, ErrorResponse):
        raise ApiError(response)
    return response


def _response(found: Inspection, *, strict: bool) -> Response:
    """Return the response of an inspection, or raise the problems that were found.

    Raises:
        DecodeError: the body is not well-formed, or exceeds a limit.
        PayloadError: the body is not a response of this endpoint.
    """
    failing = ("error", "warning") if strict else ("error",)
    failures = [problem for problem in found.problems if problem.severity in failing]
    if failures:
        if failures[0].rule.group in UNREAD and failures[0].severity == "error":
            raise DecodeError(failures[0], found.format)
        raise PayloadError(found.problems, found.endpoint)
    return cast(Response, found.response)


def parse_file(
    path: str | os.PathLike[str],
    model: type[R] = ANY,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R:
    """Parse a saved response body as the model of its endpoint. Compressed files are detected by their names.

    The file contains one body. For JSON Lines, call `parse` on each line; for archives, use `bevparse.validate`.

    Args:
        path: the file, or the URL of an object (extra `remote`). The suffix of its name determines the format, unless
            the body clearly has another.
        model: as for `parse`.
        format: as for `parse`.
        strict: as for `parse`.
        limits: as for `parse`.

    Raises:
        SourceError: the file cannot be read.
        BevparseError: as for `parse`.
    """
    place = place_of(path)
    declared = format or formats.of_suffix(body_suffix(place))
    return parse(read_body(place, Budget(limits)), model, format=declared, strict=strict, limits=limits)


def inspect(
    body: Body,
    model: type[R] = ANY,  # type: ignore[assignment]
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection[R | ErrorResponse]:
    """Return what can be read of a body, and all its problems. No content of a body raises an exception.

    Args:
        body: as for `parse`.
        model: as for `parse`.
        format: as for `parse`.
        limits: as for `parse`. Reading stops after `limits.problems` errors.

    Raises:
        UnknownFormatError: there is no such format.
    """
    return cast("Inspection[R | ErrorResponse]", _inspect(_checked(body, model), model, format, limits))


def _inspect(
    data: bytes | str, model: type[Response], format: str | None, limits: Limits, *, small: bool = True
) -> Inspection:
    base = base_of(model)
    reader = BodyReader(data, Expected((base,), format), limits)
    found = reader.inspect(small=small)
    return derived_inspection(found, model, limits, partial(reader.locate, model=base))


def detect(body: Body, *, limits: Limits = DEFAULT_LIMITS) -> Detection:
    """Detect the format and the endpoint of a body.

    Raises:
        DecodeError: the body is no JSON, XML or CSV, or exceeds a limit.

    Examples:
        >>> detect('Email Address,Error')
        Detection(format='csv', endpoint='failed')
    """
    return Detection(*BodyReader(_checked(body, Response), limits=limits).detect())


def iter_records(
    source: str | os.PathLike[str] | Readable | Iterable[bytes],
    model: type[M],
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_problem: Callable[[Problem], object] | None = None,
    on_reject: Callable[[str, object], object] | None = None,
) -> Iterator[M]:
    r"""Read the records of a body one by one, in constant memory.

    Memory is constant for an array of records in JSON, for `item` elements in XML, and for CSV. Any other body is read
    as a whole, within `limits.body`. The limits are those of `parse`: increase `body` and `records` for a long body.

    Args:
        source: a path or URL, which may be of a compressed file as in `parse_file`; a binary file object, which is left
            open; or an iterable of bytes, such as `response.iter_content(65536)` of requests.
        model: the model of the records.
        format: as for `parse`.
        limits: as for `parse`.
        on_problem: is called with every error and warning, before the records after it. Without it, warnings are
            ignored, and the first error is raised unless its record goes to `on_reject`.
        on_reject: is called with every record that could not be read, after its problems. Its arguments are the pointer
            and the content of the record: JSON values, or for CSV a dict of strings. The content of a record that is
            not well-formed is its text. Without the callback, a body with such a record raises `DecodeError`.

    Returns:
        An iterator over the records in the order of the body, without those that could not be read. It raises the
        exceptions below.

    Raises:
        SourceError: the file cannot be read.
        DecodeError: the body is no JSON, XML or CSV, or exceeds a limit. This may be raised after many records.
        PayloadError: a record cannot be read and there are no callbacks, there are more errors than `limits.problems`,
            or the body has records of another model.
        ApiError: the body is an error reply.
        UnknownFormatError: there is no such format.

    Examples:
        >>> import io
        >>> body = io.BytesIO(b'Email Address,Error\nfoo.bar,Invalid format\n')
        >>> [failed.email_address for failed in iter_records(body, FailedEmail)]
        ['foo.bar']
    """
    base = _record_model(model)
    place = _readable(source)
    declared = format or (formats.of_suffix(body_suffix(place)) if isinstance(place, (str, StorePath)) else None)
    expected = Expected(RESPONSES[base], declared)
    reader = BodyReader(read_blocks(place, BLOCK, limits), expected, limits, salvage=on_reject is not None)
    derived = derived_of(cast("type[BaseModel]", model))
    events = derived_events(reader.events(), derived, limits) if derived else reader.events()
    return cast("Iterator[M]", _records(events, reader, endpoint_of(expected.models[0]), on_problem, on_reject))


def _record_model(model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of bevparse that a model is, or is derived from."""
    classes: tuple[type[BaseModel], ...] = getattr(model, "__mro__", ())
    base = next((one for one in classes if one in RESPONSES), None)
    if base is None:
        raise TypeError(f"expected BulkRequest, EmailRecord or FailedEmail, got {shortened(repr(model), 100)}")
    return base


def _readable(source: object) -> str | StorePath | Readable | Iterable[bytes]:
    """Return what can be read as blocks: a URL as the object that it names, and anything else unchanged."""
    if isinstance(source, (str, os.PathLike)):
        return place_of(cast("str | os.PathLike[str]", source))
    name = type(source).__name__
    foreign = isinstance(source, (bytes, bytearray, memoryview, io.TextIOBase, Mapping))
    if foreign or not (hasattr(source, "read") or isinstance(source, Iterable)):
        raise TypeError(f"expected a path, a binary file object or an iterable of bytes, got {name}")
    return cast("Readable | Iterable[bytes]", source)


def _records(
    events: Iterator[Event],
    reader: BodyReader,
    endpoint: EndpointName,
    on_problem: Callable[[Problem], object] | None,
    on_reject: Callable[[str, object], object] | None,
) -> Iterator[object]:
    """Return the records of a body, and call the callbacks.

    Without `on_problem`, the first error is raised, unless its record goes to `on_reject`.
    """
    errors: list[Problem] = []
    for event in events:
        if isinstance(event, Records):
            if errors:
                break
            yield from event.records
        elif isinstance(event, RejectedRecord):
            if on_reject is not None:
                errors = [error for error in errors if not f"{error.pointer}/".startswith(f"{event.pointer}/")]
                on_reject(event.pointer, event.record)
        elif on_problem is not None:
            on_problem(event)
        elif event.severity == "error":
            if on_reject is None:
                raise PayloadError((event,), endpoint)
            errors.append(event)
    if errors:
        is_unread = errors[0].rule.group in UNREAD
        raise DecodeError(errors[0], reader.format) if is_unread else PayloadError((errors[0],), endpoint)


def _checked(body: Body, model: type[Response]) -> bytes | str:
    if not (isinstance(cast("object", model), type) and Response in model.__mro__):
        raise TypeError(f"expected a response model, got {shortened(repr(model), 100)}")
    if isinstance(body, (bytes, str)):
        return body
    if isinstance(cast("object", body), (bytearray, memoryview)):
        return bytes(body)
    hint = "; pass it to bevparse.parse_object" if decoder_of(body) else ""
    raise TypeError(f"expected bytes or text, got {type(body).__name__}{hint}")
