"""`bevparse schema`: schemas of the models, of bodies and of the configuration file, and the OpenAPI description."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Mapping
from typing import Final, cast

from pydantic import BaseModel, TypeAdapter

from ..endpoints import MODELS, RESPONSES
from ..models import AnyResponse, Response
from ..problems import format_value
from ..schemas import openapi, table_schema, wire_schema, xsd
from ..schemas.json import DIALECT
from .configuration import Configuration
from .exit_codes import OK, UNREADABLE, UsageError

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "SCHEMAS", "add_options", "run"]

DESCRIPTION: Final = """\
Print the JSON Schema (2020-12) of a model: what the model contains after a body in any format has been read.

MODEL is the name of a model, such as CompletedResponse or EmailRecord, or of an endpoint, such as completed. The
default is AnyResponse: any response, distinguished by its endpoint. MODEL can also be config, for the keys of
bevparse.toml and of [tool.bevparse] in pyproject.toml.

With an option, the description is of what the service sends instead: a body in JSON, XML or CSV, or with --openapi
every request and response."""
EXAMPLES: Final = """\
  bevparse schema                     any response
  bevparse schema CompletedResponse   the response of completed
  bevparse schema completed           the same schema, by its endpoint
  bevparse schema BulkRequest > request.schema.json
  bevparse schema config > bevparse.schema.json
  bevparse schema completed --wire > completed.schema.json
  bevparse schema completed --xsd > completed.xsd
  bevparse schema completed --table-schema > completed.table.json
  bevparse schema --openapi > service.json
"""
CODES: Final = {
    OK: "the description was printed",
    UNREADABLE: "the description could not be written",
}

SCHEMAS: Final[dict[str, type[BaseModel]]] = {
    "AnyResponse": Response,
    **{model.__name__: model for model in (*MODELS.values(), *RESPONSES)},
    **{str(endpoint): model for endpoint, model in MODELS.items()},
    "config": Configuration,
}
"""The models by the names that the command accepts."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("model", nargs="?", metavar="MODEL", help="a model, an endpoint, or config")
    kinds = parser.add_mutually_exclusive_group()
    for name, about in (
        ("wire", "print the JSON Schema of the JSON body that the service sends, or of a record in it"),
        ("xsd", "print the XML Schema of the XML body of an endpoint, as bevparse writes it"),
        (
            "table-schema",
            "print the Table Schema (Frictionless) of the CSV body of an endpoint, as bevparse writes it",
        ),
        ("openapi", "print the OpenAPI 3.1 description of the service: endpoints, requests, responses, errors"),
    ):
        kinds.add_argument(f"--{name}", dest="kind", action="store_const", const=name, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Print one description."""
    kind, asked = cast("str | None", arguments.kind), cast("str | None", arguments.model)
    if kind != "openapi":
        text = _description(kind, "AnyResponse" if asked is None else _name(asked))
    elif asked is None:
        text = _json(openapi())
    else:
        raise UsageError(f"expected no model for --openapi, which describes all endpoints, got {format_value(asked)}")
    print(text, end="")
    return OK


def _name(asked: str) -> str:
    """Return the key of `SCHEMAS` that a name matches without regard to case.

    Raises:
        UsageError: no model and no endpoint has this name.
    """
    by_name = {name.lower(): name for name in SCHEMAS}
    if asked.lower() not in by_name:
        near = difflib.get_close_matches(asked.lower(), by_name, n=1)
        hint = f"; did you mean {by_name[near[0]]}?" if near else ""
        raise UsageError(f"expected a model, an endpoint or config, got {format_value(asked)}{hint}")
    return by_name[asked.lower()]


def _description(kind: str | None, name: str) -> str:
    """Return the schema of a model, or of the body that is read as this model.

    Args:
        kind: the option that chooses the schema of a body, such as "xsd"; None for the schema of the model.
        name: the name of the model, as in `SCHEMAS`.

    Raises:
        UsageError: the model has no schema of this kind.
    """
    model = SCHEMAS[name]
    if kind is None:
        schema = TypeAdapter[Response](AnyResponse).json_schema() if model is Response else model.model_json_schema()
        return _json({"$schema": DIALECT, **schema})
    if kind == "wire" and model is not Configuration:
        return _json(wire_schema(cast("type[Response]", model)))
    if model not in MODELS.values():
        expected = "a model or an endpoint" if kind == "wire" else "an endpoint, such as completed,"
        raise UsageError(f"expected {expected} for --{kind}, got {name}")
    response = cast("type[Response]", model)
    return xsd(response) if kind == "xsd" else _json(table_schema(response))


def _json(document: Mapping[str, object]) -> str:
    return f"{json.dumps(document, indent=2)}\n"
