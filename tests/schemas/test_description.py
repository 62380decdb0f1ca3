"""The OpenAPI description: it is valid, complete, and its examples are responses that bevparse reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from bevparse import ErrorResponse, inspect, parse
from bevparse.apikeys import masked
from bevparse.endpoints import MODELS
from bevparse.schemas import openapi

from .validators import json_validator

DESCRIPTION: Any = openapi()
OPERATIONS = {path: item["post"] for path, item in DESCRIPTION["paths"].items()}
CONTENTS = [
    pytest.param(operation["operationId"], media, content, id=f"{path} {media}")
    for path, operation in OPERATIONS.items()
    for media, content in operation["responses"]["200"]["content"].items()
]


def test_description_is_valid() -> None:
    OpenAPIV31SpecValidator(DESCRIPTION).validate()


def test_every_endpoint_is_described_with_its_parameters() -> None:
    asked = {
        path: operation["requestBody"]["content"]["application/json"]["schema"]
        for path, operation in OPERATIONS.items()
    }

    assert {path: schema["required"] for path, schema in asked.items()} == {
        "/request": ["apiKey", "emails"],
        "/request/list": ["apiKey"],
        "/request/status": ["apiKey", "ids"],
        "/request/completed": ["apiKey", "id"],
        "/request/failed": ["apiKey", "id"],
    }
    assert asked["/request/list"]["properties"].keys() == {"apiKey", "format", "page", "perPage", "onlyIds", "sort"}
    assert all("Source: " in one["description"] for schema in asked.values() for one in schema["properties"].values())


def test_every_response_has_three_media_types() -> None:
    kinds = {tuple(operation["responses"]["200"]["content"]) for operation in OPERATIONS.values()}

    assert kinds == {("application/json", "application/xml", "text/csv")}


@pytest.mark.parametrize(("endpoint", "media", "content"), CONTENTS)
def test_example_is_read_without_a_problem(endpoint: str, media: str, content: dict[str, object]) -> None:
    example = content["example"]
    found = inspect(json.dumps(example) if media == "application/json" else str(example), MODELS[endpoint])

    assert found.problems == ()
    assert found.endpoint == endpoint
    assert found.format == media.partition("/")[2]
    json_validator({**DESCRIPTION, **content["schema"]}).validate(example)


@pytest.mark.parametrize("status", ["400", "401", "402", "403", "422"])
def test_example_of_an_error_is_read_without_a_problem(status: str) -> None:
    for operation in OPERATIONS.values():
        (content,) = operation["responses"][status]["content"].values()

        assert isinstance(parse(json.dumps(content["example"]), strict=True), ErrorResponse)
        json_validator({**DESCRIPTION, **content["schema"]}).validate(content["example"])


def test_description_contains_no_api_key() -> None:
    text = json.dumps(DESCRIPTION)

    assert masked(text) == text
