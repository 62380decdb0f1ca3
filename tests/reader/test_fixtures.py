"""The valid bodies in fixtures/: adding a file adds its tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bevparse
from bevparse import ApiError, ErrorResponse
from bevparse.endpoints import MODELS

from ..fixture_files import (
    ACCEPTED,
    CANONICAL,
    CASES,
    DOCUMENTED,
    FOREIGN,
    INCONSISTENT,
    INVALID,
    REFUSED,
    SOURCES,
    VARIANTS,
    WRITTEN_OTHERWISE,
    case_of,
    codes,
    each,
    errors,
    inspect,
    model_of,
    variant_names,
)
from ..fixture_tables import INFERRED, VARIANT_CODES
from ..paths import FIXTURES

# Cases and their variants.


def test_every_endpoint_has_cases() -> None:
    folders = {endpoint for endpoint, _ in CASES}

    assert folders == set(MODELS)
    assert DOCUMENTED
    assert VARIANTS


@pytest.mark.parametrize(("endpoint", "case"), CASES, ids=["/".join(case) for case in CASES])
def test_case_has_every_format(endpoint: str, case: str) -> None:
    names = {path.name for path in (FIXTURES / endpoint).glob(f"{case}.*")}

    assert {f"{case}.json", f"{case}.xml", f"{case}.csv"} <= names


@pytest.mark.parametrize(("endpoint", "case"), CASES, ids=["/".join(case) for case in CASES])
def test_formats_of_a_case_parse_equal(endpoint: str, case: str) -> None:
    paths = [FIXTURES / endpoint / f"{case}.{suffix}" for suffix in ("json", "xml", "csv")]

    found = [inspect(path) for path in paths]

    assert [one.format for one in found] == ["json", "xml", "csv"]
    assert [errors(one) for one in found] == [set(), set(), set()]
    assert found[0].response is not None
    assert found[0].response == found[1].response == found[2].response


@each(VARIANTS)
def test_variant_parses_equal_to_its_case(path: Path) -> None:
    expected = inspect(FIXTURES / f"{case_of(path)}.json").response

    found = inspect(path)

    assert errors(found) == set()
    assert found.response == expected
    assert found.format == path.suffix[1:]


@each([path for path in VARIANTS if VARIANT_CODES.keys() & variant_names(path)])
def test_variant_reports_its_deviations(path: Path) -> None:
    (expected,) = (VARIANT_CODES[name] for name in variant_names(path) & VARIANT_CODES.keys())

    found = inspect(path)

    assert codes(found) == expected


@each([path for path in VARIANTS if variant_names(path) & INFERRED and case_of(path) not in WRITTEN_OTHERWISE])
def test_spelling_that_the_service_may_send_is_no_warning(path: Path) -> None:
    found = inspect(path)

    parsed = bevparse.parse_reply(path.read_bytes(), model_of(path), format=path.suffix[1:], strict=True)

    assert codes(found) <= {"BEV317"}
    assert parsed == found.response


@each(CANONICAL)
def test_case_read_without_its_endpoint_is_detected_or_ambiguous(path: Path) -> None:
    found = bevparse.inspect(path.read_bytes())

    assert found.endpoint == path.parent.name or codes(found) == {"BEV216"}


@each(
    [FIXTURES / f"{case}.{suffix}" for case in DOCUMENTED if case not in FOREIGN for suffix in ("json", "xml", "csv")]
)
def test_documented_case_has_no_warning(path: Path) -> None:
    found = inspect(path)

    assert found.problems == ()


@each([path for path in CANONICAL if case_of(path) not in WRITTEN_OTHERWISE])
def test_canonical_body_is_written_back_byte_for_byte(path: Path) -> None:
    body = path.read_bytes()
    response = bevparse.parse_reply(body, model_of(path))

    written = bevparse.dump(response, format=path.suffix[1:])

    assert written == body


@pytest.mark.parametrize("case", sorted(WRITTEN_OTHERWISE))
def test_error_reply_in_another_shape_is_written_in_the_shape_of_bevparse(case: str) -> None:
    response = bevparse.parse((FIXTURES / f"{case}.json").read_bytes(), ErrorResponse)

    written = bevparse.dump(response)

    assert written.startswith(b'{"response":{"error')
    assert bevparse.inspect(written).problems == ()
    assert bevparse.parse(written) == response


@each([path for path in CANONICAL if path.parent.name == "error"])
def test_error_reply_is_recognised_for_any_model(path: Path) -> None:
    body = path.read_bytes()

    for name in MODELS.keys() - {"error"}:
        for declared in ("json", "xml", "csv"):
            with pytest.raises(ApiError):
                bevparse.parse(body, MODELS[name], format=declared if path.suffix != ".csv" else "csv")


# Their passport.


def test_every_case_and_variant_has_a_line_in_the_sources() -> None:
    named = set(re.findall(r"`([^`]+)`", SOURCES))
    cases = {"/".join(case) for case in CASES}
    variants = {path.name.split(".")[1] for path in VARIANTS}

    assert cases <= named
    assert variants <= named


def test_sources_list_no_missing_case() -> None:
    rows = re.findall(r"^\| `([a-z]+/[a-z0-9-]+)` \| (documented|observed|inferred|own) \|", SOURCES, re.MULTILINE)

    assert {case for case, _ in rows} == {"/".join(case) for case in CASES}


def test_no_file_is_outside_the_known_folders() -> None:
    folders = {path.name for path in FIXTURES.iterdir() if path.is_dir()}
    strays = [path for path in (FIXTURES / "hostile").iterdir() if path not in {*REFUSED, *ACCEPTED}]
    strays += [path for path in (FIXTURES / "invalid").iterdir() if path not in INVALID]
    strays += [path for path in (FIXTURES / "inconsistent").iterdir() if path not in INCONSISTENT]

    assert folders == {*MODELS, "containers", "invalid", "inconsistent", "hostile", "recordings"}
    assert strays == []
