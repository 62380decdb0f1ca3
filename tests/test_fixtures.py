"""The bodies under fixtures/: dropping a file in adds its tests."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

import bevparse
from bevparse import (
    ApiError,
    BevparseError,
    DecodeError,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    PayloadError,
    Response,
    StatusResponse,
    formats,
)
from bevparse.catalogue import CATALOGUE
from bevparse.endpoints import MODELS

from .fixture_tables import LIMITED, NOT_IN_A_BODY, PLACES, READ, VARIANT_CODES, WITHOUT_PLACE

FIXTURES = Path(__file__).parent.parent / "fixtures"
SOURCES = (FIXTURES / "SOURCES.md").read_text("utf-8")

CASES = sorted({(path.parent.name, path.name.split(".")[0]) for name in MODELS for path in (FIXTURES / name).iterdir()})
CANONICAL = sorted(path for name in MODELS for path in (FIXTURES / name).glob("*.*") if path.name.count(".") == 1)
VARIANTS = sorted(path for name in MODELS for path in (FIXTURES / name).glob("*.*.*"))
INVALID = sorted((FIXTURES / "invalid").glob("BEV*"))
REFUSED = sorted((FIXTURES / "hostile").glob("refused-*"))
ACCEPTED = sorted((FIXTURES / "hostile").glob("accepted-*"))

DOCUMENTED = sorted(re.findall(r"^\| `([a-z]+/[a-z-]+)` \| documented \|", SOURCES, re.MULTILINE))
FOREIGN = {"error/gateway", "error/error-message-error", "error/error-message-msg", "error/laravel"}
"""Error replies in the shapes of other services, which are written back in this service's own."""
WRITTEN_OTHERWISE = {"error/one-of-errors"} | FOREIGN
"""One text in `errors` is the same reply as one in `error`, and is written so."""


def each(paths: list[Path]) -> pytest.MarkDecorator:
    """Parametrise over files, of which there must be some."""
    assert paths, "no fixtures"
    return pytest.mark.parametrize("path", paths, ids=[str(path.relative_to(FIXTURES)) for path in paths])


def case_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name.split('.')[0]}"


def variant_names(path: Path) -> set[str]:
    """Give the names of a variant: alone, and with the ending."""
    variant, suffix = path.name.split(".")[1:]
    return {variant, f"{variant}.{suffix}"}


def code_of(path: Path) -> str:
    found = re.search(r"BEV\d{3}", path.name)
    assert found, f"{path.name} names no code"
    return found[0]


def inspect(path: Path) -> bevparse.Inspection:
    """Inspect a body as what its folder or its name says, its ending declaring the format."""
    return bevparse.inspect(path.read_bytes(), model_of(path), format=formats.of_suffix(path.suffix))


def model_of(path: Path) -> type[Response]:
    endpoint = path.parent.name if path.parent.name in MODELS else path.stem.partition("--")[2]
    return next((model for name, model in MODELS.items() if name == endpoint), Response)


def errors(found: bevparse.Inspection) -> set[str]:
    return {problem.code for problem in found.problems if problem.severity == "error"}


def codes(found: bevparse.Inspection) -> set[str]:
    return {problem.code for problem in found.problems}


# Cases and their variants.


def test_every_endpoint_has_cases() -> None:
    folders = {endpoint for endpoint, _ in CASES}

    assert folders == set(MODELS)
    assert DOCUMENTED
    assert VARIANTS


@pytest.mark.parametrize(("endpoint", "case"), CASES, ids=["/".join(case) for case in CASES])
def test_a_case_has_every_format(endpoint: str, case: str) -> None:
    names = {path.name for path in (FIXTURES / endpoint).glob(f"{case}.*")}

    assert {f"{case}.json", f"{case}.xml", f"{case}.csv"} <= names


@pytest.mark.parametrize(("endpoint", "case"), CASES, ids=["/".join(case) for case in CASES])
def test_the_formats_of_a_case_parse_equal(endpoint: str, case: str) -> None:
    paths = [FIXTURES / endpoint / f"{case}.{suffix}" for suffix in ("json", "xml", "csv")]

    found = [inspect(path) for path in paths]

    assert [one.format for one in found] == ["json", "xml", "csv"]
    assert [errors(one) for one in found] == [set(), set(), set()]
    assert found[0].response is not None
    assert found[0].response == found[1].response == found[2].response


@each(VARIANTS)
def test_a_variant_parses_equal_to_its_case(path: Path) -> None:
    expected = inspect(FIXTURES / f"{case_of(path)}.json").response

    found = inspect(path)

    assert errors(found) == set()
    assert found.response == expected
    assert found.format == path.suffix[1:]


@each([path for path in VARIANTS if VARIANT_CODES.keys() & variant_names(path)])
def test_a_variant_says_what_is_unusual_about_it(path: Path) -> None:
    (expected,) = (VARIANT_CODES[name] for name in variant_names(path) & VARIANT_CODES.keys())

    found = inspect(path)

    assert codes(found) == expected


@each(CANONICAL)
def test_a_case_read_without_its_endpoint_is_that_endpoints_or_ambiguous(path: Path) -> None:
    found = bevparse.inspect(path.read_bytes())

    assert found.endpoint == path.parent.name or codes(found) == {"BEV216"}


@each([FIXTURES / f"{case}.{suffix}" for case in DOCUMENTED for suffix in ("json", "xml", "csv")])
def test_a_documented_case_gives_no_warning(path: Path) -> None:
    found = inspect(path)

    assert found.problems == ()


@each([path for path in CANONICAL if case_of(path) not in WRITTEN_OTHERWISE])
def test_a_canonical_body_is_written_back_byte_for_byte(path: Path) -> None:
    body = path.read_bytes()
    response = bevparse.parse_reply(body, model_of(path))

    written = bevparse.dump(response, format=path.suffix[1:])

    assert written == body


@pytest.mark.parametrize("case", sorted(WRITTEN_OTHERWISE))
def test_a_reply_in_another_shape_is_written_in_the_own_shape(case: str) -> None:
    response = bevparse.parse((FIXTURES / f"{case}.json").read_bytes(), ErrorResponse)

    written = bevparse.dump(response)

    assert written.startswith(b'{"response":{"error')
    assert bevparse.inspect(written).problems == ()
    assert bevparse.parse(written) == response


@each([path for path in CANONICAL if path.parent.name == "error"])
def test_an_error_reply_is_recognised_whatever_was_asked_for(path: Path) -> None:
    body = path.read_bytes()

    for name in MODELS.keys() - {"error"}:
        for declared in ("json", "xml", "csv"):
            with pytest.raises(ApiError):
                bevparse.parse(body, MODELS[name], format=declared if path.suffix != ".csv" else "csv")


# Faults.


@each(INVALID)
def test_an_invalid_body_gives_its_code(path: Path) -> None:
    code = code_of(path)

    found = inspect(path)

    assert code in codes(found)
    assert errors(found) == ({code} if CATALOGUE[code].severity == "error" else set())


@each(INVALID)
def test_every_problem_of_an_invalid_body_has_a_place(path: Path) -> None:
    found = inspect(path)

    for problem in found.problems:
        if problem.code not in WITHOUT_PLACE and path.name not in WITHOUT_PLACE:
            assert problem.line is not None
            assert problem.column is not None


@each(INVALID)
def test_parse_raises_for_a_fault_and_strict_for_a_warning(path: Path) -> None:
    code = code_of(path)
    warning = CATALOGUE[code].severity == "warning"
    declared = formats.of_suffix(path.suffix)
    if warning:
        bevparse.parse_reply(path.read_bytes(), model_of(path), format=declared)

    with pytest.raises(DecodeError if code < "BEV2" else PayloadError) as caught:
        bevparse.parse_reply(path.read_bytes(), model_of(path), format=declared, strict=warning)

    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)


@pytest.mark.parametrize(("name", "place"), PLACES.items(), ids=PLACES)
def test_a_fault_is_found_where_it_stands(name: str, place: tuple[int, int, str]) -> None:
    path = FIXTURES / "invalid" / name

    problem = next(problem for problem in inspect(path).problems if problem.code == code_of(path))

    assert (problem.line, problem.column, problem.pointer) == place


def test_every_code_that_a_body_can_show_has_a_fixture() -> None:
    shown = {code_of(path) for path in INVALID}
    reported = {code for code in CATALOGUE if code < "BEV4"}

    assert shown | LIMITED.keys() | NOT_IN_A_BODY.keys() == reported
    assert not shown & (LIMITED.keys() | NOT_IN_A_BODY.keys())


@pytest.mark.parametrize("code", sorted(LIMITED))
def test_a_limit_gives_its_code_when_it_is_passed(code: str) -> None:
    body, limits = LIMITED[code]

    found = bevparse.inspect(body, limits=limits)

    assert bevparse.inspect(body).problems == () or code not in codes(bevparse.inspect(body))
    assert code in codes(found)
    assert any("limits." in problem.message for problem in found.problems)


# Attacks.


@each(REFUSED)
def test_a_hostile_body_is_refused_with_its_code(path: Path) -> None:
    found = inspect(path)

    assert errors(found) == {code_of(path)}
    assert all(len(problem.message) < 300 and problem.message.isprintable() for problem in found.problems)


@each(REFUSED)
def test_a_hostile_body_raises_nothing_foreign_whatever_is_asked_for(path: Path) -> None:
    body = path.read_bytes()
    models: list[type[Response]] = [Response, *MODELS.values()]

    for model in models:
        for declared in (None, "json", "xml", "csv"):
            with pytest.raises(BevparseError) as caught:
                bevparse.parse(body, model, format=declared)
            pickle.loads(pickle.dumps(caught.value))


@each(ACCEPTED)
def test_a_harmless_body_is_read_whole(path: Path) -> None:
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
def test_a_harmless_body_gives_a_model_that_pydantic_accepts(path: Path) -> None:
    response = inspect(path).response
    assert response is not None

    again = type(response).model_validate(response.model_dump())

    assert again == response


def addresses(response: Response) -> Iterator[str]:
    for items in response.__dict__.values():
        if isinstance(items, tuple):
            yield from (item.email_address for item in items if isinstance(item, EmailRecord | FailedEmail))


# Their passport.


def test_every_case_and_variant_has_a_line_in_the_sources() -> None:
    named = set(re.findall(r"`([^`]+)`", SOURCES))
    cases = {"/".join(case) for case in CASES}
    variants = {path.name.split(".")[1] for path in VARIANTS}

    assert cases <= named
    assert variants <= named


def test_the_sources_name_no_case_that_is_gone() -> None:
    rows = re.findall(r"^\| `([a-z]+/[a-z0-9-]+)` \| (documented|observed|inferred|own) \|", SOURCES, re.MULTILINE)

    assert {case for case, _ in rows} == {"/".join(case) for case in CASES}


def test_no_file_stands_outside_the_named_folders() -> None:
    folders = {path.name for path in FIXTURES.iterdir() if path.is_dir()}
    strays = [path for path in (FIXTURES / "hostile").iterdir() if path not in {*REFUSED, *ACCEPTED}]
    strays += [path for path in (FIXTURES / "invalid").iterdir() if path not in INVALID]

    assert folders == {*MODELS, "invalid", "hostile"}
    assert strays == []
