"""The laws that every format must obey, as one function for the tests of a plug-in.

A law is a sentence that holds for all models or bodies, such as: what was written is read as an equal model.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from .. import formats
from ..api import detect, parse
from ..endpoints import MODELS
from ..errors import DecodeError, EncodeError
from ..formats import Document, Format, Locator
from ..formats.bounds import check_bounds
from ..formats.text import HEAD
from ..limits import DEFAULT_LIMITS, Limits
from ..models import ErrorResponse, Response
from ..payloads.layout import layout_of
from ..tree import Fields, Node, Path, Table
from ..wire import CHECK, CODE, END, EPOCH, FLAG, HOSTS, INTEGER, RESULT, TEXT, WORDS, Spelling
from ..writer import dump
from .strategies import responses

__all__ = ["check_format"]

_M = TypeVar("_M", bound=BaseModel)
_DATE: Final = datetime(2018, 6, 5, 12, 31, 42, tzinfo=UTC)
_VALUES: Final[dict[Spelling, object]] = {
    CHECK: True,
    CODE: 403,
    EPOCH: _DATE,
    END: _DATE,
    FLAG: True,
    HOSTS: ("a.example", "b.example"),
    INTEGER: 5,
    RESULT: "ok",
    TEXT: "bob@google.com",
    WORDS: "Invalid format",
}
"""A plain value of the fields with each spelling."""


def _sample(model: type[_M], *, complete: bool) -> _M:
    """Return a model with every field, or with the required fields only."""
    layout = layout_of(model)
    values = {field.attribute: _VALUES[field.spelling] for field in layout.fields if complete or field.required}
    if layout.items:
        record = layout.items.layout.model
        records = (_sample(record, complete=True), _sample(record, complete=False))
        values[layout.items.attribute] = records if complete else ()
    if layout.model is ErrorResponse:
        values["errors"] = ("first", "second") if complete else ("Access denied",)
    return model(**values)


_SAMPLES: Final = [_sample(model, complete=complete) for model in MODELS.values() for complete in (True, False)]
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_TIGHT = Limits(body=10**6, depth=4, records=3, string=8, problems=2)


def check_format(module: Format, *, examples: int = 100) -> None:
    """Check that a format obeys the laws. The registry of formats is unchanged afterwards.

    Args:
        module: the format. It need not be registered.
        examples: the number of examples that Hypothesis tries for each law.

    Raises:
        AssertionError: the module breaks a law, which the message names.
        TypeError: the module does not satisfy the `Format` protocol.
    """
    with formats.registry_restored():
        formats.register(module)
        _check_attributes(module)
        for response in _SAMPLES:
            _check_body(module, response, dump(response, format=module.name))
        _for_models(module, examples)
        _for_bytes(module, examples)


def _check_attributes(module: Format) -> None:
    _expect(module.name == module.name.strip().lower() != "", f"expected a name in lower case, got {module.name!r}")
    for suffix in module.suffixes:
        _expect(suffix[:1] == "." and suffix == suffix.lower(), f"expected .suffix in lower case, got {suffix!r}")
    for media_type in module.media_types:
        is_valid = "/" in media_type and ";" not in media_type and media_type == media_type.lower()
        _expect(is_valid, f"expected a media type in lower case without parameters, got {media_type!r}")


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _law(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=examples, deadline=None, database=None, report_multiple_bugs=False, suppress_health_check=_SLOW
    )


def _for_models(module: Format, examples: int) -> None:
    @_law(examples)
    @given(responses(extras="json", kinds=(module.kind,)))
    def check(response: Response) -> None:
        try:
            body = dump(response, format=module.name)
        except EncodeError as error:
            _check_pickles(error)  # a format may refuse characters that it cannot represent
        else:
            _check_body(module, response, body)

    check()


def _check_body(module: Format, response: Response, body: bytes) -> None:
    """Check the laws about a body that the format itself wrote."""
    found = parse(body, type(response), format=module.name)
    _expect(found == response, f"round trip: expected {response!r}, got {found!r} from {body!r}")
    again = dump(found, format=module.name)
    _expect(again == body, f"canonical bytes: expected {body!r}, got {again!r}")
    root, repeated = module.decode(body, DEFAULT_LIMITS).root, module.decode(body, DEFAULT_LIMITS).root
    _expect(root == repeated, f"purity: {body!r} was decoded to {root!r} and then to {repeated!r}")
    if module.sniff(body[:HEAD]):
        named = detect(body).format
        _expect(named == module.name, f"detection: expected {module.name}, got {named} for {body!r}")
    if hasattr(module, "locate"):
        _check_locations(cast(Locator, module), body, root)


def _check_locations(module: Locator, body: bytes, root: Node) -> None:
    wanted = set(_paths(root))
    for path, (line, column) in module.locate(body, wanted).items():
        _expect(path in wanted, f"locations: {path} was found but not requested")
        _expect(min(line, column) >= 1, f"locations: expected numbers from 1, got {line}, {column} for {path}")


def _paths(node: Node, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(node, Table):
        rows = [node.header, *node.rows]
        yield from ((number, column) for number, row in enumerate(rows, start=-1) for column in range(len(row)))
    elif isinstance(node, (Fields, list)):
        members = [value for _, value in node.pairs] if isinstance(node, Fields) else node
        for position, member in enumerate(members):
            yield from _paths(member, (*path, position))


def _for_bytes(module: Format, examples: int) -> None:
    written = [dump(response, format=module.name) for response in _SAMPLES]
    pieces = st.binary(max_size=8) | st.sampled_from(written).map(lambda body: body[-20:])

    @_law(examples)
    @given(st.binary(max_size=200) | st.sampled_from(written), pieces, st.integers(0, 400), st.integers(0, 8))
    def check(body: bytes, piece: bytes, start: int, length: int) -> None:
        hostile = body[:start] + piece + body[start + length :]
        for limits in (DEFAULT_LIMITS, _TIGHT):
            _check_hostile(module, hostile, limits)
            _check_hostile(module, hostile.decode("utf-8", "surrogateescape"), limits)

    check()


def _check_hostile(module: Format, body: bytes | str, limits: Limits) -> None:
    try:
        document = module.decode(body, limits)
    except DecodeError as error:
        _check_pickles(error)
        return
    except Exception as error:  # the law allows no other exception
        raise AssertionError(
            f"hostile: expected decode to return a Document or raise a DecodeError, got {error!r} for {body!r}"
        ) from error
    _expect(
        isinstance(cast(object, document), Document), f"hostile: expected a Document, got {document!r} for {body!r}"
    )
    _expect(check_bounds(document.root, limits) is None, f"limits: expected {limits} to be kept for {body!r:.200}")


def _check_pickles(error: DecodeError | EncodeError) -> None:
    copy = cast(DecodeError | EncodeError, pickle.loads(pickle.dumps(error)))  # noqa: S301
    kept = (type(copy), str(copy), copy.problem, copy.format) == (type(error), str(error), error.problem, error.format)
    _expect(kept, f"hostile: expected an error that is equal after pickling, got {copy!r} for {error!r}")
