"""The public functions: bytes to models."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from typing_extensions import TypeVar

from . import formats
from .endpoints import RESPONSES, Expected, endpoint_of
from .errors import ApiError, DecodeError, PayloadError
from .files import read_blocks, read_body
from .files.compression import Readable
from .files.paths import body_suffix
from .lanes import read_small
from .lanes.chunks import BLOCK
from .limits import DEFAULT_LIMITS, Limits
from .models import BulkRequest, EmailRecord, EndpointName, ErrorResponse, FailedEmail, Response
from .problems import Problem
from .problems.rules import UNREAD
from .reader import Body, BodyReader, Inspection, Records, RejectedRecord

__all__ = ["Detection", "detect", "inspect", "iter_records", "parse", "parse_file", "parse_reply"]

R = TypeVar("R", bound=Response, default=Response)
M = TypeVar("M", BulkRequest, EmailRecord, FailedEmail)


@dataclass(frozen=True, slots=True)
class Detection:
    """What a body is."""

    format: str
    endpoint: EndpointName | None
    """The endpoint, "error", or None where the payload fits several or none."""


def parse(
    body: Body,
    model: type[R] = Response,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R:
    """Turn a response body into the model of its endpoint.

    Args:
        body: the body as it came, bytes rather than text where you have both.
        model: the model of the endpoint you called. Without it the payload decides, and may be an `ErrorResponse`.
        format: "json", "xml", "csv" or a registered one; a body that surely is another is read as what it is.
        strict: whether what was accepted though it is not documented is refused.
        limits: bounds on the body.

    Raises:
        DecodeError: the body is no JSON, XML or CSV, or passes a limit.
        PayloadError: the body is not the answer of this endpoint.
        ApiError: the body is an error reply, and another model was asked for.
        UnknownFormatError: there is no such format.

    >>> parse(b'{"response":{"id":5}}').id
    5
    """
    response = parse_reply(body, model, format=format, strict=strict, limits=limits)
    if isinstance(response, ErrorResponse) and model not in (Response, ErrorResponse):
        raise ApiError(response)
    return cast(R, response)


def parse_reply(
    body: Body,
    model: type[R] = Response,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R | ErrorResponse:
    """Turn a response body into the model of its endpoint, or into an error reply when it is one.

    Args:
        body: as for `parse`.
        model: as for `parse`.
        format: as for `parse`.
        strict: as for `parse`.
        limits: as for `parse`.

    Raises:
        DecodeError: the body is no JSON, XML or CSV, or passes a limit.
        PayloadError: the body is neither the answer of this endpoint nor an error reply.
        UnknownFormatError: there is no such format.
    """
    small = read_small(_checked(body, model), model, format, limits)
    if small is not None:
        return cast(R, small[0])
    found = BodyReader(body, Expected((model,), format), limits).inspect(small=False)
    failures = [problem for problem in found.problems if strict or problem.severity == "error"]
    if failures:
        if failures[0].rule.group in UNREAD and failures[0].severity == "error":
            raise DecodeError(failures[0], found.format)
        raise PayloadError(found.problems, found.endpoint)
    return cast(R, found.response)


def parse_file(
    path: str | os.PathLike[str],
    model: type[R] = Response,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R:
    """Turn a saved response body into the model of its endpoint; compressed ones are told by their names.

    A file holds one body: of JSON Lines each line is one for `parse`, and archives are read by `bevparse.validate`.

    Args:
        path: the file. The ending of its name tells the format, unless the body surely is another.
        model: as for `parse`.
        format: as for `parse`.
        strict: as for `parse`.
        limits: as for `parse`.

    Raises:
        SourceError: the file cannot be read.
        BevparseError: as for `parse`.
    """
    declared = format or formats.of_suffix(body_suffix(path))
    return parse(read_body(path, limits), model, format=declared, strict=strict, limits=limits)


def inspect(
    body: Body,
    model: type[Response] = Response,
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection:
    """Read whatever can be read of a body and say everything that is wrong with it; the body itself raises nothing.

    Args:
        body: as for `parse`.
        model: as for `parse`.
        format: as for `parse`.
        limits: as for `parse`; after `limits.problems` errors reading stops.

    Raises:
        UnknownFormatError: there is no such format.
    """
    return BodyReader(_checked(body, model), Expected((model,), format), limits).inspect()


def detect(body: Body, *, limits: Limits = DEFAULT_LIMITS) -> Detection:
    """Tell the format of a body and the endpoint that answers so.

    Raises:
        DecodeError: the body is no JSON, XML or CSV, or passes a limit.

    >>> detect('Email Address,Error')
    Detection(format='csv', endpoint='failed')
    """
    return Detection(*BodyReader(_checked(body, Response), limits=limits).detect())


def iter_records(
    source: str | os.PathLike[str] | Readable,
    model: type[M],
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_problem: Callable[[Problem], object] | None = None,
    on_reject: Callable[[str, object], object] | None = None,
) -> Iterator[M]:
    r"""Read the records of a body one by one, in memory that does not depend on how many they are.

    That holds for an array of records in JSON, for `item` elements in XML, and for CSV; a body of another shape is
    read as a whole, within `limits.body`. The limits are those of `parse`: raise `body` and `records` for a long one.

    Args:
        source: a path, also of a compressed file as in `parse_file`, or a binary file object, which is left open.
        model: what the records are.
        format: as for `parse`.
        limits: as for `parse`.
        on_problem: is called with every problem, errors and warnings, before the records that follow. Without it the
            first error is raised, and warnings are passed over.
        on_reject: is called, after its problems, with every record that could not be read: its pointer, and what it
            holds in values that JSON knows (in CSV texts by their labels).

    Returns:
        The records in the order of the body, without those that could not be read. The errors below are raised while
        they are taken.

    Raises:
        SourceError: the file cannot be read.
        DecodeError: the body is no JSON, XML or CSV, or passes a limit; that may show only after many records.
        PayloadError: a record cannot be read and there is no `on_problem`, there are more errors than
            `limits.problems`, or the body holds other records.
        ApiError: the body is an error reply.
        UnknownFormatError: there is no such format.

    >>> import io
    >>> body = io.BytesIO(b'Email Address,Error\nfoo.bar,Invalid format\n')
    >>> [failed.email_address for failed in iter_records(body, FailedEmail)]
    ['foo.bar']
    """
    if model not in RESPONSES:
        raise TypeError(f"expected BulkRequest, EmailRecord or FailedEmail, got {model!r:.100}")
    binary = hasattr(source, "read") and not isinstance(source, io.TextIOBase)
    if not (binary or isinstance(source, (str, os.PathLike))):
        raise TypeError(f"expected a path or a binary file object, got {type(source).__name__}")
    named = format is None and isinstance(source, (str, os.PathLike))
    declared = formats.of_suffix(body_suffix(cast(str, source))) if named else format
    expected = Expected(RESPONSES[model], declared)
    reader = BodyReader(read_blocks(source, BLOCK, limits), expected, limits, block_size=BLOCK)
    return cast("Iterator[M]", _records(reader, endpoint_of(expected.models[0]), on_problem, on_reject))


def _records(
    reader: BodyReader,
    endpoint: EndpointName,
    on_problem: Callable[[Problem], object] | None,
    on_reject: Callable[[str, object], object] | None,
) -> Iterator[object]:
    """Return the records of a body, and pass its problems on; without `on_problem` the first error is raised."""
    for event in reader.events():
        if isinstance(event, Records):
            yield from event.records
        elif isinstance(event, RejectedRecord):
            if on_reject is not None:
                on_reject(event.pointer, event.record)
        elif on_problem is not None:
            on_problem(event)
        elif event.severity == "error":
            raise PayloadError((event,), endpoint)


def _checked(body: Body, model: type[Response]) -> bytes | str:
    if not (isinstance(cast("object", model), type) and Response in model.__mro__):
        raise TypeError(f"expected a response model, got {model!r:.100}")
    if isinstance(body, (bytes, str)):
        return body
    if isinstance(cast("object", body), (bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"expected bytes or text, got {type(body).__name__}")
