"""The checks of the hostile law on one body, shared by its tests and the long fuzzing."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import TypeVar

from bevparse import (
    BevparseError,
    Body,
    DecodeError,
    EncodeError,
    Inspection,
    Limits,
    Response,
    detect,
    dump,
    inspect,
    parse,
    parse_object,
    parse_reply,
)
from bevparse.problems import rules

from .oracle import facts, rebuilt

__all__ = ["LIMITS", "check_body", "check_object", "check_pickles", "try_body"]

LIMITS = (Limits(), Limits(body=10**5, depth=3, records=2, string=9, problems=1))

_T = TypeVar("_T")


def check_body(body: Body, model: type[Response], format: str | None, limits: Limits) -> None:
    """Call every function with a body; raise any exception other than a valid `BevparseError`."""
    found = inspect(body, model, format=format, limits=limits)
    _check_inspection(found)
    parsed = _outcome(lambda: parse(body, model, format=format, limits=limits))
    _outcome(lambda: parse_reply(body, model, format=format, strict=True, limits=limits))
    _outcome(lambda: detect(body, limits=limits))
    errors = [problem for problem in found.problems if problem.severity == "error"]
    if parsed is not None:
        assert not errors, f"parsed though {errors}"
        assert facts(parsed) == facts(found.response), "parse and inspect differ"
        _check_model(parsed)


def check_object(value: object, model: type[Response], limits: Limits) -> None:
    """Parse a decoded body; raise any exception other than a valid `BevparseError`."""
    parsed = _outcome(lambda: parse_object(value, model, limits=limits))
    _outcome(lambda: parse_object(value, model, limits=limits, strict=True))
    if parsed is not None:
        _check_model(parsed)


def try_body(body: Body, model: type[Response], format: str | None, limits: Limits) -> Response | None:
    """Only parse and inspect a body, for speed."""
    _outcome(lambda: parse(body, model, format=format, limits=limits))
    return inspect(body, model, format=format, limits=limits).response


def _outcome(ask: Callable[[], _T]) -> _T | None:
    try:
        return ask()
    except BevparseError as error:
        check_pickles(error)
        return None


def check_pickles(error: BevparseError) -> None:
    """Check that an error keeps its text and attributes when pickled."""
    pickled = io.BytesIO()
    pickler = pickle.Pickler(pickled)
    pickler.dispatch_table = {}  # without what Dask registers for this process: it also pickles what caused an error
    pickler.dump(error)
    copy = pickle.loads(pickled.getvalue())

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def _check_inspection(found: Inspection) -> None:
    for problem in found.problems:
        assert str(problem).isprintable(), f"{problem!r} is not plainly visible"
        assert (problem.line or 1) >= 1
        assert (problem.column or 1) >= 1
    if found.response is not None:
        _check_model(found.response)


def _check_model(model: Response) -> None:
    """Check that the public constructor makes an equal model, and that a dump of it parses to an equal model."""
    assert facts(rebuilt(model)) == facts(model), "the constructor makes another"
    for format in ("json", "xml", "csv"):
        try:
            body = dump(model, format=format)
        except EncodeError as error:
            check_pickles(error)
        else:
            try:
                again = parse(body, type(model), format=format)
            except DecodeError as error:
                if error.problem.rule is not rules.FORMAT_SYNTAX:  # a plug-in was asked whether it knows the body
                    raise
            else:
                assert facts(again) == facts(model), f"lost in {format}: {body!r}"
