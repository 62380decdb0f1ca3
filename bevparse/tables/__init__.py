"""Records as tables: Arrow, and through it Parquet, pandas, polars and DuckDB. Needs the extra `tables`.

    completed = bevparse.parse(body, CompletedResponse)
    polars.DataFrame(completed)

The columns are those of `bevparse.tables.schema`, which needs no extra.
"""

from __future__ import annotations

from .schema import PROVENANCE, Column, columns_of, values_of

__all__ = ["PROVENANCE", "Column", "columns_of", "values_of"]
