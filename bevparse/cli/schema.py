"""`bevparse schema`: the JSON Schema of a model, or of the configuration file."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import BaseModel, TypeAdapter

from ..endpoints import MODELS, RESPONSES
from ..models import AnyResponse, Response
from ..problems import format_value
from .configuration import Configuration
from .failures import OK, UNREADABLE, UsageError

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "SCHEMAS", "add_options", "run"]

DESCRIPTION: Final = """\
Print the JSON Schema (2020-12) of a model: what the model contains after a body in any format has been read.

MODEL is the name of a model, such as CompletedResponse or EmailRecord, or of an endpoint, such as completed. The
default is AnyResponse: any response, distinguished by its endpoint. MODEL can also be config, for the keys of
bevparse.toml and of [tool.bevparse] in pyproject.toml."""
EXAMPLES: Final = """\
  bevparse schema                     any response
  bevparse schema CompletedResponse   the response of completed
  bevparse schema completed           the same
  bevparse schema BulkRequest > request.schema.json
  bevparse schema config > bevparse.schema.json
"""
CODES: Final = {
    OK: "the schema was printed",
    UNREADABLE: "the schema could not be written",
}
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


_MODELS: Final[list[type[BaseModel]]] = [*MODELS.values(), *RESPONSES]

SCHEMAS: Final[dict[str, Callable[[], Mapping[str, object]]]] = {
    "AnyResponse": TypeAdapter[Response](AnyResponse).json_schema,
    **{model.__name__: model.model_json_schema for model in _MODELS},
    **{str(endpoint): model.model_json_schema for endpoint, model in MODELS.items()},
    "config": Configuration.model_json_schema,
}
"""The functions that make the schemas, by the names that the command accepts."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "model", nargs="?", default="AnyResponse", metavar="MODEL", help="a model, an endpoint, or config"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one schema."""
    by_name = {name.lower(): name for name in SCHEMAS}
    asked = str(arguments.model).lower()
    if asked not in by_name:
        near = difflib.get_close_matches(asked, by_name, n=1)
        hint = f"; did you mean {by_name[near[0]]}?" if near else ""
        raise UsageError(f"expected a model, an endpoint or config, got {format_value(arguments.model)}{hint}")
    print(json.dumps({"$schema": _DIALECT, **SCHEMAS[by_name[asked]]()}, indent=2))
    return OK
