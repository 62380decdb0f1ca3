"""The parameters of requests: what is wrong with them, in the words of the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias, TypeGuard, cast

from ..models import EndpointName
from ..schemas.parameters import REQUIRED, Parameter, parameters_of

__all__ = ["Parameters", "parameter_errors"]

Parameters: TypeAlias = Mapping[str, object]
"""The parameters of a request, without the API key."""
_FORMATS_OF_CREATE: Final[Parameter] = {"enum": ["json", "xml"]}
"""The formats that the documented error reply of create names."""


def parameter_errors(endpoint: EndpointName, parameters: Parameters) -> list[str]:
    """Return what is wrong with the parameters of a request. Only the message about the format is documented."""
    known = parameters_of(endpoint)
    if endpoint == "create":
        known["format"] = _FORMATS_OF_CREATE
    errors: list[str] = []
    for name, schema in known.items():
        if name in REQUIRED and parameters.get(name) in (None, "", []):
            errors.append(f"The {name} field is required.")
        elif name in parameters and (error := _error(schema, parameters[name])):
            errors.append(f"The {name} {error}")
    return errors


def _error(schema: Parameter, value: object) -> str | None:
    if "enum" in schema:
        allowed = ", ".join(map(str, schema["enum"]))
        return None if value in schema["enum"] else f"field should have one of the following values: {allowed}."
    if schema.get("type") == "boolean":
        return None if isinstance(value, bool) else "field must be true or false."
    return _array_error(schema, value) if schema.get("type") == "array" else _integer_error(schema, value)


def _array_error(schema: Parameter, value: object) -> str | None:
    kind = schema.get("items", {}).get("type")
    of_kind = _is_integer if kind == "integer" else _is_text
    if not isinstance(value, list) or not all(map(of_kind, cast("list[object]", value))):
        return f"field should be an array of {kind}s."
    most = schema.get("maxItems")
    if most and len(cast("list[object]", value)) > most:
        return f"field should have at most {most} items."
    return None


def _integer_error(schema: Parameter, value: object) -> str | None:
    if not _is_integer(value):
        return "must be an integer."
    least, most = schema.get("minimum", value), schema.get("maximum")
    if most and not least <= value <= most:
        return f"must be between {least} and {most}."
    return f"must be at least {least}." if value < least else None


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)
