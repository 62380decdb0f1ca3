"""The invalid and the hostile bodies in fixtures/: adding a file adds its tests."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

import bevparse
from bevparse import (
    BevparseError,
    DecodeError,
    EmailRecord,
    FailedEmail,
    PayloadError,
    Response,
    StatusResponse,
    formats,
)
from bevparse.endpoints import MODELS
from bevparse.problems.rules import RULES

from ..fixture_files import (
    ACCEPTED,
    INCONSISTENT,
    INVALID,
    REFUSED,
    code_of,
    codes,
    each,
    errors,
    inspect,
    model_of,
)
from ..fixture_tables import LIMITED, NOT_IN_A_BODY, PLACES, READ, WITHOUT_PLACE
from ..paths import FIXTURES

# Faults.


@pytest.mark.unmeasured
@each(INVALID)
def test_invalid_body_reports_its_code(path: Path) -> None:
    code = code_of(path)

    found = inspect(path)

    assert code in codes(found)
    assert errors(found) == ({code} if RULES[code].severity == "error" else set())


@pytest.mark.unmeasured
@each(INVALID)
def test_every_problem_of_an_invalid_body_has_a_position(path: Path) -> None:
    found = inspect(path)

    for problem in found.problems:
        if problem.code not in WITHOUT_PLACE and path.name not in WITHOUT_PLACE:
            assert problem.line is not None
            assert problem.column is not None


@each([path for path in INVALID if RULES[code_of(path)].severity == "info"])
def test_body_with_an_info_only_is_parsed_even_if_strict(path: Path) -> None:
    found = inspect(path)

    parsed = bevparse.parse_reply(path.read_bytes(), model_of(path), format=formats.of_suffix(path.suffix), strict=True)

    assert codes(found) == {code_of(path)}
    assert parsed == found.response


@each([path for path in INVALID if RULES[code_of(path)].severity != "info"])
def test_parse_raises_for_a_fault_and_strict_for_a_warning(path: Path) -> None:
    code = code_of(path)
    warning = RULES[code].severity == "warning"
    declared = formats.of_suffix(path.suffix)
    if warning:
        bevparse.parse_reply(path.read_bytes(), model_of(path), format=declared)

    with pytest.raises(DecodeError if code < "BEV2" else PayloadError) as caught:
        bevparse.parse_reply(path.read_bytes(), model_of(path), format=declared, strict=warning)

    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)


@pytest.mark.parametrize(("name", "place"), PLACES.items(), ids=PLACES)
def test_fault_is_reported_at_its_position(name: str, place: tuple[int, int, str]) -> None:
    path = FIXTURES / "invalid" / name

    problem = next(problem for problem in inspect(path).problems if problem.code == code_of(path))

    assert (problem.line, problem.column, problem.pointer) == place


def test_every_code_that_a_body_can_show_has_a_fixture() -> None:
    shown = {code_of(path) for path in (*INVALID, *INCONSISTENT)}

    assert shown | LIMITED.keys() | NOT_IN_A_BODY.keys() == RULES.keys()
    assert not shown & (LIMITED.keys() | NOT_IN_A_BODY.keys())


@pytest.mark.parametrize("code", sorted(LIMITED))
def test_exceeded_limit_reports_its_code(code: str) -> None:
    body, limits = LIMITED[code]

    found = bevparse.inspect(body, limits=limits)

    assert bevparse.inspect(body).problems == () or code not in codes(bevparse.inspect(body))
    assert code in codes(found)
    assert any("limits." in problem.message for problem in found.problems)


# Attacks.


@each(REFUSED)
def test_hostile_body_is_refused_with_its_code(path: Path) -> None:
    found = inspect(path)

    assert errors(found) == {code_of(path)}
    assert all(len(problem.message) < 300 and problem.message.isprintable() for problem in found.problems)


@pytest.mark.unmeasured
@each(REFUSED)
def test_hostile_body_raises_only_bevparse_errors_for_any_model(path: Path) -> None:
    body = path.read_bytes()
    models: list[type[Response]] = [Response, *MODELS.values()]

    for model in models:
        for declared in (None, "json", "xml", "csv"):
            with pytest.raises(BevparseError) as caught:
                bevparse.parse(body, model, format=declared)
            pickle.loads(pickle.dumps(caught.value))


@each(ACCEPTED)
def test_harmless_body_is_read_completely(path: Path) -> None:
    expected = READ[path.name]

    found = inspect(path)

    assert errors(found) == set()
    assert found.response is not None
    if isinstance(expected, Response):
        assert found.response == expected
    elif isinstance(expected, tuple):
        assert tuple(addresses(found.response)) == expected
    elif isinstance(expected, datetime):
        assert isinstance(found.response, StatusResponse)
        assert expected in (found.response.requests[0].date_start, found.response.requests[0].date_end)
    else:
        assert expected in (found.response.model_extra or {})
        assert bevparse.parse(bevparse.dump(found.response)) == found.response


@each(ACCEPTED)
def test_harmless_body_returns_a_model_that_pydantic_accepts(path: Path) -> None:
    response = inspect(path).response
    assert response is not None

    again = type(response).model_validate(response.model_dump())

    assert again == response


def addresses(response: Response) -> Iterator[str]:
    for items in response.__dict__.values():
        if isinstance(items, tuple):
            yield from (item.email_address for item in items if isinstance(item, EmailRecord | FailedEmail))
