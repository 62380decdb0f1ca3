"""The service as OpenAPI 3.1: its endpoints, requests, responses and errors. The vendor publishes none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from .. import __version__, formats
from ..endpoints import ENDPOINTS
from ..models import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EndpointName,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)
from ..writer import dump
from .json import ABOUT_NONE, DIALECT, BodySchemas, Schema
from .parameters import REQUIRED, parameters_of

__all__ = ["openapi"]

_ABOUT: Final = (
    "The Bulk Email Verification API of WhoisXML API, as bevparse reads it. This description is not by the vendor. "
    f"Facts that are only observed or inferred say so. {ABOUT_NONE}"
)
_SERVER: Final = "https://emailverification.whoisxmlapi.com/api/bevService"
_FORMATS: Final = ("json", "xml", "csv")
_API_KEY: Final = {"type": "string", "description": "Your API key. Source: documented."}
_ERRORS: Final[dict[str, tuple[str, Schema]]] = {
    "400": (
        "A parameter is wrong. Source: documented.",
        {"errors": ["The format field should have one of the following values: json, xml."]},
    ),
    "401": (
        "The API key is missing or wrong. Source: documented.",
        {"error": "Authorisation or authentication failed"},
    ),
    "402": ("The credits are used up. Source: documented.", {"error": "Insufficient balance"}),
    "403": ("The API key has no access. Source: observed.", {"error": "Access denied"}),
    "422": (
        "A parameter is wrong. Source: observed, the text inferred.",
        {"error": "The id must be at least 1.", "code": 422},
    ),
}
"""The errors by their status codes: what they mean, and an example of the response."""


def openapi() -> Schema:
    """Return the OpenAPI 3.1 description of the service.

    Its responses may have undocumented fields, so that a generated client can read them.

    Examples:
        >>> list(openapi()["paths"])
        ['/request', '/request/list', '/request/status', '/request/completed', '/request/failed']
    """
    bodies = BodySchemas("#/components/schemas/", is_open=True)
    examples = _examples()
    paths = {
        endpoint.path: {"post": _operation(endpoint.model, name, bodies, examples.get(name))}
        for name, endpoint in ENDPOINTS.items()
        if endpoint.path
    }
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {"title": "Bulk Email Verification API", "version": __version__, "description": _ABOUT},
        "servers": [{"url": _SERVER}],
        "paths": paths,
        "components": {"schemas": dict(sorted(bodies.schemas.items()))},
    }


def _operation(model: type[Response], name: EndpointName, bodies: BodySchemas, example: Response | None) -> Schema:
    parameters = parameters_of(name)
    asked = {
        "type": "object",
        "properties": {"apiKey": _API_KEY, **parameters},
        "required": ["apiKey", *(parameter for parameter in parameters if parameter in REQUIRED)],
    }
    responses: Schema = {"200": {"description": model.__doc__, "content": _contents(model, bodies, example)}}
    error = bodies.reference(ErrorResponse)
    for status, (meaning, response) in _ERRORS.items():
        content = {"schema": error, "example": {"response": response}}
        responses[status] = {"description": meaning, "content": {"application/json": content}}
    return {
        "operationId": name,
        "summary": model.__doc__,
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": responses,
    }


def _contents(model: type[Response], bodies: BodySchemas, example: Response | None) -> Schema:
    """Return the media types of a response with their schemas and examples. Only JSON has a schema in OpenAPI."""
    return {
        formats.get(name).media_types[0]: {
            "schema": bodies.reference(model) if name == "json" else {"type": "string"},
            **({"example": _spelled(example, name)} if example else {}),
        }
        for name in _FORMATS
    }


def _spelled(example: Response, format: str) -> object:
    """Return an example as text, or as the values of JSON."""
    text = dump(example, format=format).decode()
    return json.loads(text) if format == "json" else text


def _examples() -> dict[EndpointName, Response]:
    """Return responses about one request, from the vendor's examples."""
    request = BulkRequest(
        id=5,
        api_version=3,
        date_start=datetime(2018, 6, 7, 13, 13, 47, tzinfo=UTC),
        date_end=datetime(2018, 6, 7, 13, 14, 3, tzinfo=UTC),
        total_emails=3,
        invalid_emails=0,
        processed_emails=2,
        failed_emails=1,
        ready=True,
    )
    bad = EmailRecord(
        email_address="alex@alex.edu",
        format_check=True,
        dns_check=False,
        free_check=False,
        disposable_check=False,
        result="bad",
    )
    unknown = EmailRecord(
        email_address="bob@google.com",
        format_check=True,
        smtp_check=True,
        dns_check=True,
        free_check=False,
        disposable_check=False,
        catch_all_check=True,
        mx_records=("alt2.aspmx.l.google.com", "aspmx.l.google.com"),
        result="unknown",
    )
    return {
        "create": CreateResponse(id=5),
        "list": ListResponse(requests=(request,), current_page=1, from_=1, last_page=1, per_page=10, to=1, total=1),
        "status": StatusResponse(requests=(request,)),
        "completed": CompletedResponse(records=(bad, unknown)),
        "failed": FailedResponse(failures=(FailedEmail(email_address="foo.bar", error="Invalid format"),)),
    }
