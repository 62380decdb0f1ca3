"""Law 10, pure: reading twice, in any order or in threads, returns equal results and changes nothing else."""

from __future__ import annotations

import contextlib
import csv
import gc
import locale
import signal
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import (
    BevparseError,
    Body,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EncodeError,
    Inspection,
    Response,
    dump,
    formats,
    inspect,
    parse_object,
)

from .hostile import MODELS, mutated, seeds, wild, wild_object
from .oracle import CARRIED, FORMATS, facts
from .plugins import failures, installed, plug_in, registered

_SEEDS = seeds()
_RANDOM = st.randoms(use_true_random=False)
_ASKED = st.sampled_from(MODELS)


def _outcome(found: Inspection) -> object:
    return facts(found.response), found.problems, found.format, found.endpoint


def _bodies(random: Random, count: int) -> list[bytes]:
    return [mutated(random, _SEEDS) if random.randint(0, 1) else wild(random) for _ in range(count)]


@given(random=_RANDOM, model=_ASKED)
def test_repeated_reads_in_any_order_are_equal(random: Random, model: type) -> None:
    bodies = _bodies(random, 8)
    order = random.sample(range(8), 8)

    first = [_outcome(inspect(body, model)) for body in bodies]
    second = {index: _outcome(inspect(bodies[index], model)) for index in order}

    assert [second[index] for index in range(8)] == first


def test_reads_in_threads_are_equal() -> None:
    random = Random(10)
    asked = [(body, model) for body in _bodies(random, 60) for model in MODELS]
    alone = [_outcome(inspect(body, model)) for body, model in asked]
    shuffled = random.sample(range(len(asked)), len(asked))

    with ThreadPoolExecutor(8) as pool:
        found = dict(zip(shuffled, pool.map(lambda index: _outcome(inspect(*asked[index])), shuffled), strict=True))

    assert [found[index] for index in range(len(asked))] == alone


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_repeated_dumps_are_equal_and_leave_the_model_unchanged(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])
    before = facts(model)

    bodies = {dump(model, format=format), dump(model, format=format)}

    assert len(bodies) == 1
    assert facts(model) == before


@given(random=_RANDOM, model=_ASKED)
def test_buffer_is_read_like_bytes_and_not_changed(random: Random, model: type) -> None:
    (body,) = _bodies(random, 1)
    writable = bytearray(body)
    spread = bytearray(2 * len(body))
    spread[::2] = body
    buffers: list[Body] = [writable, memoryview(writable), memoryview(body), memoryview(spread)[::2]]
    expected = _outcome(inspect(body, model))

    found = [_outcome(inspect(buffer, model)) for buffer in buffers]

    assert found == [expected] * len(buffers)
    assert writable == body
    buffers.clear()
    writable.append(0)  # a BufferError would show that something still holds it


@given(random=_RANDOM, model=_ASKED)
def test_text_is_read_like_its_bytes(random: Random, model: type) -> None:
    text = wild(random).decode("utf-8", "ignore").removeprefix("\ufeff").replace('encoding="ISO-8859-1"', "")

    assert _outcome(inspect(text, model)) == _outcome(inspect(text.encode(), model))


def test_process_state_is_never_changed() -> None:
    def state() -> tuple[object, ...]:
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        switches = sys.getrecursionlimit(), sys.get_int_max_str_digits(), csv.field_size_limit(), gc.isenabled()
        return *switches, *handlers, list(warnings.filters), locale.setlocale(locale.LC_ALL), csv.list_dialects()

    before = state()

    for body in [*_bodies(Random(3), 200), b"[" * 10_000, b"a,b\n" + b"x" * 200_000 + b",y\n"]:
        for model in MODELS:
            inspect(body, model)

    assert state() == before


class _Record(EmailRecord):
    score: int = 0


class _Completed(CompletedResponse):
    records: tuple[_Record, ...]


def _result(value: object, model: type[Response]) -> object:
    try:
        return facts(parse_object(value, model))
    except BevparseError as error:
        return type(error), str(error)


def _shape(value: object, around: tuple[int, ...] = ()) -> object:
    """Return which objects a decoded body holds, and where."""
    if id(value) in around or not isinstance(value, (dict, list)):
        return id(value)
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return id(value), [(name, _shape(member, (*around, id(value)))) for name, member in members]


@given(random=_RANDOM, model=_ASKED)
def test_decoded_body_is_read_twice_and_not_changed(random: Random, model: type[Response]) -> None:
    value = wild_object(random)
    value = value if isinstance(value, (dict, list)) else {"response": value}
    before = _shape(value)

    first = _result(value, model)

    assert _result(value, model) == first
    assert _shape(value) == before


@given(random=_RANDOM, model=_ASKED)
def test_subclasses_validation_and_dumps_do_not_change_what_is_read(random: Random, model: type[Response]) -> None:
    bodies = _bodies(random, 4)
    first = [_outcome(inspect(body, model)) for body in bodies]

    for body in bodies:
        found = inspect(body, _Completed).response
        for one in (found, inspect(body, model).response):
            if one is not None:
                again = type(one).model_validate(one.model_dump(mode="json"))
                with contextlib.suppress(EncodeError):
                    dump(again, format="csv")

    assert [_outcome(inspect(body, model)) for body in bodies] == first


@given(failing=failures, random=_RANDOM, model=_ASKED)
def test_used_plug_in_does_not_change_what_is_detected(
    failing: dict[str, Exception], random: Random, model: type[Response]
) -> None:
    bodies = [b"response:\n  id: 5\n", b"response: [", *_bodies(random, 4)]

    with registered(plug_in(failing)):
        first = [_outcome(inspect(body, model)) for body in bodies]
        for body in bodies:
            inspect(body, model, format="yaml")
            with contextlib.suppress(EncodeError):
                dump(CreateResponse(id=5), format="yaml")
        second = [_outcome(inspect(body, model)) for body in bodies]

    assert second == first


@given(failing=failures, random=_RANDOM, model=_ASKED)
def test_installed_plug_in_that_was_used_by_name_is_not_detected(
    failing: dict[str, Exception], random: Random, model: type[Response]
) -> None:
    bodies = [b"response:\n  id: 5\n", b"response: [", *_bodies(random, 4)]
    before = formats.known(), formats.of_suffix(".yml"), [_outcome(inspect(body, model)) for body in bodies]

    with installed(plug_in(failing)):
        for body in bodies:
            inspect(body, model, format="yaml")
        after = formats.known(), formats.of_suffix(".yml"), [_outcome(inspect(body, model)) for body in bodies]

    assert after == before
