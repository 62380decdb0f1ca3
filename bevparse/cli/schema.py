"""`bevparse schema`: the JSON Schema of a model."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Callable, Mapping
from typing import Final

from ..problems import format_value
from .options import SOUND, UNREADABLE, USAGE, Commands, exit_codes, fail

__all__ = ["add", "run"]

_DESCRIPTION = """\
Print the JSON Schema (2020-12) of a model: what the model holds once a body has been read, in any format.

MODEL is the name of a model, such as CompletedResponse or EmailRecord, or of an endpoint, such as completed. Without
it the schema is that of AnyResponse, which is any answer, told apart by its endpoint."""

_EXAMPLES = """examples:
  bevparse schema                     any answer
  bevparse schema CompletedResponse   what completed answers
  bevparse schema completed           the same
  bevparse schema BulkRequest > request.schema.json
"""

_CODES: Final = {
    SOUND: "the schema was printed",
    UNREADABLE: "it could not be written",
}

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "schema",
        help="print the JSON Schema of a model",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", nargs="?", default="AnyResponse", metavar="MODEL", help="a model or an endpoint")


def run(arguments: argparse.Namespace) -> int:
    """Print one schema."""
    schemas = _schemas()
    by_name = {name.lower(): name for name in schemas}
    asked = str(arguments.model).lower()
    if asked not in by_name:
        near = difflib.get_close_matches(asked, by_name, n=1)
        hint = f"; did you mean {by_name[near[0]]}?" if near else ""
        return fail(f"expected a model or an endpoint, got {format_value(arguments.model)}{hint}", USAGE)
    print(json.dumps({"$schema": _DIALECT, **schemas[by_name[asked]]()}, indent=2))
    return SOUND


def _schemas() -> Mapping[str, Callable[[], Mapping[str, object]]]:
    """Give what makes the schema of each model and of the answer of each endpoint."""
    from pydantic import BaseModel, TypeAdapter  # noqa: PLC0415 - heavy, and --help does not need it

    from .. import models  # noqa: PLC0415 - brings pydantic
    from ..endpoints import MODELS  # noqa: PLC0415 - brings pydantic

    known: list[type[BaseModel]] = [*MODELS.values(), models.BulkRequest, models.EmailRecord, models.FailedEmail]
    return {
        "AnyResponse": TypeAdapter[models.Response](models.AnyResponse).json_schema,
        **{model.__name__: model.model_json_schema for model in known},
        **{str(endpoint): model.model_json_schema for endpoint, model in MODELS.items()},
    }
