"""Bytes to model and back: what callers of the library use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias, cast

from typing_extensions import TypeVar

from . import formats
from .bodies import choose_format, decode, placed
from .endpoints import endpoint_of, open_payload, read
from .errors import ApiError, DecodeError, PayloadError
from .files import read_body
from .files.paths import body_suffix
from .formats import Document, Format
from .lanes import lane_of, read_small
from .lanes.reader import read_by_lane
from .limits import DEFAULT_LIMITS, Limits
from .models import EndpointName, ErrorResponse, Response
from .problems import Problem
from .problems.findings import Findings, ProblemLimitError
from .problems.rules import UNREAD
from .tree import to_builtins

__all__ = [
    "Body",
    "Detection",
    "Inspection",
    "detect",
    "inspect",
    "parse",
    "parse_file",
    "parse_reply",
]

Body: TypeAlias = bytes | bytearray | memoryview | str
"""A response body. Text is taken as it is: an encoding that it declares has no meaning."""

R = TypeVar("R", bound=Response, default=Response)


@dataclass(frozen=True, slots=True)
class Inspection:
    """Whatever could be read of a body, and everything that is to be said about it."""

    response: Response | None
    """The model, without the records that could not be read; None when nothing could."""
    problems: tuple[Problem, ...]
    """Errors and warnings in the order of the body, each with its place."""
    format: str | None
    """The format that the body has."""
    endpoint: EndpointName | None
    """The endpoint that it was read as, or "error"."""
    rejected: tuple[tuple[str, object], ...] = ()
    """The records that could not be read: the pointer of each, and what it holds in values that JSON knows."""


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
    data = _data(body)
    quick = read_small(data, _checked(model), format, limits)
    if quick is not None:
        return cast(R, quick[0])
    found = _inspect(data, model, format, limits)
    faults = [problem for problem in found.problems if strict or problem.severity == "error"]
    if faults:
        if faults[0].rule.group in UNREAD and faults[0].severity == "error":
            raise DecodeError(faults[0], found.format)
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
    data = _data(body)
    quick = read_small(data, _checked(model), format, limits)
    if quick is not None:
        return Inspection(quick[0], (), quick[1], endpoint_of(type(quick[0])))
    return _inspect(data, model, format, limits)


def _inspect(data: bytes | str, model: type[Response], format: str | None, limits: Limits) -> Inspection:
    try:
        chosen, named = choose_format(data, format, limits)
        quick = _read_quickly(data, chosen, model, limits) if named in (None, chosen) else None
        if quick is not None:
            return quick
        chosen, document = decode(data, chosen, named, limits)
    except DecodeError as error:
        return Inspection(None, (error.problem,), error.format, None)
    return _inspect_document(data, chosen, document, model, limits)


def _read_quickly(data: bytes | str, chosen: Format, model: type[Response], limits: Limits) -> Inspection | None:
    """Read by the lane of the format, if it has one for this body."""
    lane = lane_of(chosen)
    try:
        reading = (
            read_by_lane(lane, data if isinstance(data, bytes) else data.encode(), model, limits) if lane else None
        )
    except UnicodeEncodeError:
        return None
    if reading is None:
        return None
    return Inspection(
        reading.response, reading.problems, chosen.name, endpoint_of(type(reading.response)), reading.rejected
    )


def _inspect_document(
    data: bytes | str, chosen: Format, document: Document, model: type[Response], limits: Limits
) -> Inspection:
    findings = Findings(limits.problems)
    response, endpoint, payload = None, None, None
    try:
        payload = open_payload(document.root, chosen.kind, findings, document.beside)
        if payload is not None:
            response, endpoint = read(payload, chosen.kind, None if model is Response else model, findings)
    except ProblemLimitError:
        endpoint = endpoint_of(model) if model is not Response else payload.endpoint if payload else None
    found = placed(chosen, data, findings.found)
    cut = findings.cut(limits.problems)
    problems = (*document.problems, *found, *([cut] if cut else ()))
    rejected = tuple((pointer, to_builtins(node)) for pointer, node in findings.rejected)
    return Inspection(response, problems, chosen.name, endpoint, rejected)


def detect(body: Body, *, limits: Limits = DEFAULT_LIMITS) -> Detection:
    """Tell the format of a body and the endpoint that answers so.

    Raises:
        DecodeError: the body is no JSON, XML or CSV, or passes a limit.

    >>> detect('Email Address,Error')
    Detection(format='csv', endpoint='failed')
    """
    data = _data(body)
    chosen, document = decode(data, choose_format(data, None, limits)[0], None, limits)
    try:
        payload = open_payload(document.root, chosen.kind, Findings(limits.problems))
    except ProblemLimitError:
        payload = None
    return Detection(chosen.name, payload.endpoint if payload else None)


def _checked(model: type[Response]) -> type[Response]:
    if isinstance(cast("object", model), type) and Response in model.__mro__:
        return model
    raise TypeError(f"expected a response model, got {model!r:.100}")


def _data(body: Body) -> bytes | str:
    if isinstance(body, (bytes, str)):
        return body
    if isinstance(cast("object", body), (bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"expected bytes or text, got {type(body).__name__}")
