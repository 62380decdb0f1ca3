"""Descriptions of the service and its bodies for other programs, derived from the `Wire` annotations of the models.

    json.dumps(openapi())

They describe bodies as the service sends them, and as `dump` writes them. `model_json_schema` of a model describes
what `model_dump_json` writes instead.
"""

from __future__ import annotations

from .csv import table_schema
from .description import openapi
from .json import Schema, wire_schema
from .xml import xsd

__all__ = ["Schema", "openapi", "table_schema", "wire_schema", "xsd"]
