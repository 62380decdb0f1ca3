"""Validators of bodies by the schemas of `bevparse.schemas`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
from jsonschema.protocols import Validator
from lxml import etree
from pydantic import BaseModel

from bevparse import Response
from bevparse.schemas import table_schema, wire_schema, xsd

__all__ = ["json_validator", "table_faults", "wire_validator", "xml_validator"]


def _pattern(
    validator: Validator, pattern: str, instance: object, schema: object
) -> Iterator[jsonschema.ValidationError]:
    """Search as JSON Schema says, where `$` does not match before a line end."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$\Z", r"\\Z", pattern), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


json_validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})


@cache
def wire_validator(model: type[BaseModel] = Response) -> Validator:
    """Return the validator of decoded JSON bodies."""
    return json_validator(wire_schema(model))


@cache
def xml_validator(model: type[Response]) -> etree.XMLSchema:
    """Return the validator of XML bodies."""
    return etree.XMLSchema(etree.fromstring(xsd(model).encode()))


def table_faults(body: bytes, model: type[Response]) -> list[str]:
    """Return the cells of a CSV body that its Table Schema refuses, as a validator of tables does."""
    schema: Any = table_schema(model)
    header, *rows = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    is_fewer = schema.get("fieldsMatch") == "superset"
    fields = [field for field in schema["fields"] if field["name"] in header or not is_fewer]
    if header != [field["name"] for field in fields]:
        return [f"expected other labels, got {header}"]
    return [
        f"{field['name']}: {cell!r}"
        for row in rows
        for field, cell in zip(fields, row, strict=True)
        if not _fits(cell, field)
    ]


def _fits(cell: str, field: dict[str, Any]) -> bool:
    constraints = field.get("constraints", {})
    if not cell:
        return not constraints.get("required")
    if field["type"] == "boolean":
        return cell in (*field["trueValues"], *field["falseValues"])
    if field["type"] == "integer":
        return cell.isdecimal() and constraints["minimum"] <= int(cell) <= constraints["maximum"]
    return cell in constraints.get("enum", (cell,))
