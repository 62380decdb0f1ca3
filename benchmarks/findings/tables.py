"""The findings of frictionless for tables; its own interpreter runs this file as `python tables.py`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["SETTINGS", "findings", "main"]

SETTINGS = ("labels in order", "labels by name", "labels left out")
"""Labels compared with the schema in order or by name, or skipped, because formulas need names without spaces."""


def main() -> None:
    """Validate one table and print the findings; a crash prints its traceback."""
    path, schema, settings = sys.argv[1:]
    print(json.dumps(list(findings(Path(path), json.loads(Path(schema).read_text("utf-8")), settings))))


def findings(path: Path, described: dict[str, Any], settings: str) -> Iterator[dict[str, Any]]:
    """Yield the location of each error."""
    from frictionless import Checklist, Detector, Schema, checks  # noqa: PLC0415 - only its own interpreter has it
    from frictionless.resources import TableResource  # noqa: PLC0415 - as above

    as_json, formulas = path.suffix == ".json", described.pop("rowConstraints", ())
    array = described.pop("property", "response")
    described["fields"] = [_field(each, path.suffix, settings) for each in described["fields"]]
    resource = TableResource(
        path=path.name,
        basepath=str(path.parent),
        format=path.suffix[1:],
        encoding="utf-8",
        schema=Schema.from_descriptor(described),
        detector=Detector(schema_sync=as_json or settings == "labels by name"),
        dialect=_dialect(path.suffix, settings, array),
    )
    named = as_json or settings == "labels left out"
    wanted = [checks.row_constraint(formula=formula) for formula in formulas if named]
    report = resource.validate(Checklist(checks=wanted))
    for error in [*report.errors, *(error for task in report.tasks for error in task.errors)]:
        found = error.to_dict()
        rows = [found["rowNumber"]] if "rowNumber" in found else found.get("rowNumbers", [None])
        yield {"type": found["type"], "row": rows[0], "field": found.get("fieldNumber"), "name": found.get("fieldName")}


def _field(field: dict[str, Any], suffix: str, settings: str) -> dict[str, Any]:
    by_name = suffix == ".json" or settings == "labels left out"
    kind = "string" if field["type"] == "array" and suffix != ".json" else field["type"]
    return {**field, "name": field["name"] if by_name else field["title"], "type": kind}


def _dialect(suffix: str, settings: str, array: str) -> Any:
    from frictionless import Dialect, formats  # noqa: PLC0415 - as above

    if suffix == ".json":
        return Dialect(controls=[formats.JsonControl(keyed=True, property=array)])
    controls = [formats.CsvControl(delimiter=",")] if suffix == ".csv" else []
    if settings == "labels left out":
        return Dialect(header=False, comment_rows=[1], controls=controls)
    return Dialect(controls=controls)


if __name__ == "__main__":
    main()
