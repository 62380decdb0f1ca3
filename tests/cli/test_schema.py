"""`bevparse schema`: schemas of models, bodies and the configuration file, and the OpenAPI description."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import cast

import jsonschema
import pytest

import bevparse
from bevparse.cli import main
from bevparse.endpoints import MODELS
from bevparse.models import BulkRequest, CompletedResponse, EmailRecord, FailedEmail
from bevparse.schemas import openapi, table_schema, wire_schema, xsd

from ..paths import FIXTURES
from .test_configuration import EVERY_KEY

NAMES = [*MODELS, *(model.__name__ for model in (*MODELS.values(), BulkRequest, EmailRecord, FailedEmail))]


def schema(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["schema", *arguments]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return json.loads(shown.out)


@pytest.mark.parametrize("name", NAMES)
def test_every_model_and_endpoint_has_a_schema_that_is_valid(capsys: pytest.CaptureFixture[str], name: str) -> None:
    described = schema(capsys, name)

    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert described["title"] == MODELS[name].__name__ if name in MODELS else name
    jsonschema.Draft202012Validator.check_schema(described)


def test_schema_without_a_name_is_that_of_any_response(capsys: pytest.CaptureFixture[str]) -> None:
    described = schema(capsys)

    jsonschema.validate({"endpoint": "create", "id": 5}, described)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"endpoint": "create", "id": "5"}, described)
    assert described == schema(capsys, "AnyResponse")


def test_names_may_be_in_lower_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema(capsys, "completedresponse") == schema(capsys, "COMPLETED") == schema(capsys, "CompletedResponse")


def test_schema_is_the_same_every_time(capsys: pytest.CaptureFixture[str]) -> None:
    printed = {main(["schema"]): capsys.readouterr().out for _ in range(2)}

    assert len(printed) == 1
    assert printed[0].startswith('{\n  "$schema": "')
    assert printed[0].isascii()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("CompletdResponse", "; did you mean CompletedResponse?"),
        ("complet", "; did you mean completed?"),
        ("\x1bqqq", ""),
    ],
)
def test_unknown_name_is_a_usage_error_with_the_nearest_one(
    capsys: pytest.CaptureFixture[str], name: str, hint: str
) -> None:
    assert main(["schema", name]) == 2
    shown = ascii(name)
    assert capsys.readouterr() == ("", f"bevparse: expected a model, an endpoint or config, got {shown}{hint}\n")


def test_parsed_response_matches_the_schema_of_its_model(capsys: pytest.CaptureFixture[str]) -> None:
    body = (FIXTURES / "completed" / "documented.json").read_bytes()
    dumped = json.loads(bevparse.parse(body).model_dump_json())

    jsonschema.validate(dumped, schema(capsys, "completed"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["completed", "--wire"], wire_schema(CompletedResponse)),
        (["EmailRecord", "--wire"], wire_schema(EmailRecord)),
        (["--wire"], wire_schema()),
        (["CompletedResponse", "--table-schema"], table_schema(CompletedResponse)),
        (["--openapi"], openapi()),
    ],
)
def test_bodies_and_the_service_are_described(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: dict[str, object]
) -> None:
    assert schema(capsys, *arguments) == expected


def test_body_in_xml_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "completed", "--xsd"]) == 0
    assert capsys.readouterr() == (xsd(CompletedResponse), "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["config", "--wire"], "expected a model or an endpoint for --wire, got config"),
        (["--xsd"], "expected an endpoint, such as completed, for --xsd, got AnyResponse"),
        (
            ["EmailRecord", "--table-schema"],
            "expected an endpoint, such as completed, for --table-schema, got EmailRecord",
        ),
        (["failed", "--openapi"], "expected no model for --openapi, which describes all endpoints, got 'failed'"),
    ],
)
def test_name_without_a_description_of_this_kind_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["schema", *arguments]) == 2
    assert capsys.readouterr() == ("", f"bevparse: {message}\n")


def test_schema_of_the_configuration_describes_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    described = schema(capsys, "config")

    jsonschema.Draft202012Validator.check_schema(described)
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    properties = cast("dict[str, dict[str, str]]", described["properties"])
    assert {"per-file-ignores", "fail-on", "limits"} <= properties.keys()
    assert [key for key, value in properties.items() if not value["description"].endswith(".")] == []


@pytest.mark.usefixtures("registry_restored")
@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (EVERY_KEY, True),
        ("", True),
        ("selct = []", False),
        ('select = "BEV2"', False),
        ("jobs = 0", False),
        ("jobs = 257", False),
        ('fail-on = "x"', False),
        ('endpoint = {a = "x"}', False),
        ("limits = {x = 1}", False),
        ("limits = {body = 0}", False),
    ],
)
def test_schema_of_the_configuration_agrees_with_bevparse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, valid: bool
) -> None:
    path = tmp_path / "bevparse.toml"
    path.write_text(text)

    errors = [*jsonschema.Draft202012Validator(schema(capsys, "config")).iter_errors(tomllib.loads(text))]

    assert main(["stats", str(tmp_path), "--config", str(path)]) == (4 if valid else 2)
    assert (errors == []) == valid
