"""Descriptions of the service and its bodies for other programs, derived from the wire marks of the models.

    json.dumps(openapi())

They describe the spelling of the service, and what `dump` writes. `model_json_schema` of a model describes its
canonical JSON instead.
"""

from __future__ import annotations

from .csv import table_schema
from .description import openapi
from .json import Schema, wire_schema
from .xml import xsd

__all__ = ["Schema", "openapi", "table_schema", "wire_schema", "xsd"]
