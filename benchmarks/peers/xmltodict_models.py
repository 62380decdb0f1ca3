"""xmltodict, with a model for each dictionary."""

from __future__ import annotations

import xmltodict  # type: ignore[import-untyped]

from .pydantic_models import Record, rows_of_each

__all__ = ["read", "rows_of_each"]


def read(body: bytes) -> list[Record]:
    """Read the records."""
    items = xmltodict.parse(body, force_list=("item", "mxRecord"))["xml"]["response"]["item"]
    for item in items:
        if "mxRecords" in item:
            item["mxRecords"] = item["mxRecords"]["mxRecord"]
    return [Record(**item) for item in items]
