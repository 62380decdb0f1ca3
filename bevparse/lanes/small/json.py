"""Small bodies in JSON: msgspec decodes the whole body, with the structs of the lane in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, islice
from typing import Annotated, Any, Final, TypeAlias, cast

import msgspec

from ...endpoints import ARRAY_MODELS, ENDPOINTS, endpoint_of
from ...limits import Limits
from ...models import ErrorResponse, Response
from ...payloads.instances import build_all, builder_of
from ...payloads.layout import ItemsField, layout_of, records_of
from ...wire import MAX_INTEGER, names_no_error
from .. import Values
from ..json import FAULTS, StructReader, struct_of, struct_reader_of
from . import LineRecords

__all__ = ["read", "read_lines"]

_BEFORE, _AFTER = b'{"response":[', b"]}"
_DEPTH: Final = 5
_FIRST: Final = r'[ \t\r\n]*+\{[ \t\r\n]*+"response"[ \t\r\n]*+:[ \t\r\n]*+(\[?)[ \t\r\n]*+\{[ \t\r\n]*+"(\w++)"'
_first_in_text: Final = re.compile(_FIRST).match
_first_in_bytes: Final = re.compile(_FIRST.encode()).match
_asdict: Final = msgspec.structs.asdict
_encode: Final = msgspec.json.Encoder().encode


def read(data: bytes | str, model: type[Response]) -> Response | None:
    """Return the response in a body without problems, or None if the tolerant reader must read the body.

    Args:
        data: the body.
        model: the requested model; `Response` detects the endpoint by the payload.
    """
    if model is not Response:
        response = _reader(model)(data)
        return _read_error(data) if response is None and model is not ErrorResponse else response
    found = _first_in_bytes(data) if isinstance(data, bytes) else _first_in_text(data)
    bracket, name = found.groups() if found else ("", "")
    for read_as in _by_first_name().get((bool(bracket), name if isinstance(name, str) else name.decode("latin-1")), ()):
        response = read_as(data)
        if response is not None:
            return response
    return None


def read_lines(
    lines: Sequence[bytes], are_records: Sequence[bool], model: type[Response], limits: Limits
) -> list[LineRecords | None]:
    """Return the records of each line, see `read_lines` of the package."""
    found: list[LineRecords | None] = [None] * len(lines)
    most = min(limits.body, limits.string, limits.records) - len(_BEFORE + _AFTER) if limits.depth >= _DEPTH else 0
    for of_records in {*are_records}:
        left = [
            number
            for number, (line, is_record) in enumerate(zip(lines, are_records, strict=True))
            if is_record is of_records and len(line) <= most
        ]
        for candidate in ARRAY_MODELS if model is Response else (model,):
            reader = _body_reader(candidate) if candidate in ARRAY_MODELS else None
            if reader and left:
                some = [lines[number] for number in left]
                read = reader.read_lines(some, is_requested=model is not Response, are_records=of_records)
                for number, values in zip(left, read, strict=True):
                    found[number] = None if values is None else (candidate, values)
                left = [number for number in left if found[number] is None]
    return found


_Read: TypeAlias = Callable[[bytes | str], Response | None]


@cache
def _by_first_name() -> dict[tuple[bool, str], tuple[_Read, ...]]:
    """Return the readers to try, by whether the payload is an array and by the name of its first field."""
    readers: dict[tuple[bool, str], tuple[_Read, ...]] = {}
    for endpoint in ENDPOINTS.values():
        layout = layout_of(endpoint.record if endpoint.is_array and endpoint.record else endpoint.model)
        names = {*layout.by_name, *(["error", "errors"] if endpoint.model is ErrorResponse else [])}
        for name in {*names, layout.items.wire_name} if layout.items else names:
            key = (endpoint.is_array, name)
            readers[key] = (*readers.get(key, ()), _reader(endpoint.model))
    return readers


@cache
def _reader(model: type[Response]) -> _Read:
    """Return the function that reads bodies of a model."""
    reader = _body_reader(model)
    return _read_error if model is ErrorResponse else reader.read if reader else _read_nothing


def _read_nothing(data: bytes | str) -> None:
    """Leave the body to the tolerant reader."""


@cache
def _body_reader(model: type[Response]) -> _BodyReader | None:
    """Return the reader of the bodies of a model.

    It is None for error replies, which are not read into such structs, and if `struct_reader_of` returns None.
    """
    layout = layout_of(model)
    items = layout.items
    inner = struct_reader_of(items.layout) if items else None
    own = None if items and not items.wire_name else struct_reader_of(layout)
    is_complete = model is not ErrorResponse and (inner is not None or items is None) and (own or inner)
    return _BodyReader(model, own, items, inner) if is_complete else None


class _BodyReader:
    """Reads whole bodies of one model.

    Args:
        model: the model.
        own: the reader of the object in the envelope; None for an array.
        items: the field with the records; None if the response has none.
        inner: the reader of the records; None if the response has none.
    """

    def __init__(
        self, model: type[Response], own: StructReader | None, items: ItemsField | None, inner: StructReader | None
    ) -> None:
        payload: Any = own.struct if own else list[inner.struct] if inner else None  # type: ignore[name-defined]
        self._build = builder_of(model)
        self._decode = _decoder(payload)
        self._own = own
        self._items = items
        self._inner = inner
        self._is_quick = own is None and inner is not None and inner.optional <= 1
        self._blank = layout_of(model).defaults | {"endpoint": endpoint_of(model)}

    def read(self, data: bytes | str) -> Response | None:
        """Return the response, or None if the tolerant reader must read the body."""
        own, items = self._own, self._items
        try:
            payload = self._decode(data).response
        except FAULTS:
            return None
        if not self._has_all_keys(data, payload):
            return None
        values = self._blank.copy()
        if own:
            values.update(_asdict(payload))
        if items and self._inner:
            members = self._inner.values(getattr(payload, items.attribute) if own else payload)
            if members is None:
                return None
            values[items.attribute] = tuple(build_all(items.layout.model, members))
        return self._build(values)

    def _has_all_keys(self, data: bytes | str, payload: Any) -> bool:
        """Return whether the payload has all fields of the body, so that no field repeats in the body."""
        if self._is_quick and self._inner and isinstance(data, bytes):
            return self._inner.has_all_keys(data, payload, 1)
        colons = data.count(b":") if isinstance(data, bytes) else data.count(":")
        return _encode(payload).count(b":") + 1 == colons and not _escapes_colon(data)

    def read_lines(
        self, lines: Sequence[bytes], *, is_requested: bool, are_records: bool
    ) -> Sequence[Sequence[Values] | None]:
        """Return the values of the records in each line, or None for a line that is not read.

        Args:
            lines: the lines.
            is_requested: whether the model is requested. Otherwise, an empty array could be of another endpoint.
            are_records: whether each line is a record, and not a body with an array of records.
        """
        structs = cast(StructReader, self._inner)
        payloads = _decode_all(structs.one.decode if are_records else self._decode, lines)
        read = [line for line, payload in zip(lines, payloads, strict=True) if payload is not None]
        rows = [payload for payload in payloads if payload is not None]
        if not are_records:
            rows = list(chain.from_iterable(payload.response for payload in rows))
        has_all = structs.has_all_keys(b"\n".join(read), rows, 0 if are_records else len(read))
        values = structs.values(rows) if has_all else None
        if values is None:
            bodies = [_BEFORE + line + _AFTER for line in lines] if are_records else lines
            return [self._read_line(body, is_requested=is_requested) for body in bodies]
        left = iter(values)
        if are_records:
            return [None if payload is None else (next(left),) for payload in payloads]
        return [
            [*islice(left, len(payload.response))]
            if payload is not None and (is_requested or payload.response)
            else None
            for payload in payloads
        ]

    def _read_line(self, body: bytes, *, is_requested: bool) -> Sequence[Values] | None:
        response = self.read(body)
        records = records_of(response)
        return [*map(vars, records)] if records or (is_requested and response is not None) else None


def _decode_all(decode: Callable[[bytes], Any], lines: Sequence[bytes]) -> Sequence[Any]:
    """Decode each line, or return None for a line that cannot be decoded."""
    try:
        return list(map(decode, lines))
    except FAULTS:
        return [_decode_one(decode, line) for line in lines]


def _decode_one(decode: Callable[[bytes], Any], line: bytes) -> Any:
    try:
        return decode(line)
    except FAULTS:
        return None


def _escapes_colon(data: bytes | str) -> bool:
    """Return whether a body may contain an escaped colon. Then the number of colons does not show repeated fields."""
    if isinstance(data, bytes):
        return b"\\" in data and rb"\u003" in data  # the search for a single byte is faster, and usually enough
    return r"\u003" in data


def _decoder(payload: Any) -> Callable[[bytes | str], Any]:
    """Return a decoder of bodies whose payload has this type."""
    return msgspec.json.Decoder(struct_of("Envelope", [("response", payload)], {"response": "response"})).decode


# Error replies


class _Error(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    error: str | None = None
    errors: list[str] = []
    code: Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)] | None = None


_build_error: Final = builder_of(ErrorResponse)
_decode_error: Final = _decoder(_Error)


def _read_error(data: bytes | str) -> Response | None:
    """Return the error reply in a body, or None if the tolerant reader must read the body."""
    try:
        payload: _Error = _decode_error(data).response
    except FAULTS:
        return None
    errors = payload.errors if payload.error is None else [payload.error]
    colons = 1 + (payload.error is not None) + bool(payload.errors) + (payload.code is not None)
    for text in errors:
        colons += text.count(":")
    is_one = (payload.error is None) == bool(payload.errors)
    if (
        colons != (data.count(b":") if isinstance(data, bytes) else data.count(":"))
        or _escapes_colon(data)
        or not is_one
        or any(map(names_no_error, errors))
    ):
        return None
    return _build_error({"endpoint": "error", "errors": tuple(errors), "code": payload.code})
