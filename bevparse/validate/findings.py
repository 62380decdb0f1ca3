"""Findings as rows of a table in Arrow."""

from __future__ import annotations

from typing import Final

from ..problems import unicode_of
from .report import Checked

try:
    import pyarrow
except ImportError:
    raise ImportError("tables of findings require pyarrow; run pip install 'bevparse[tables]'") from None

__all__ = ["SCHEMA", "FindingRows"]

SCHEMA: Final = pyarrow.schema(
    [
        pyarrow.field("file", pyarrow.string(), nullable=False),
        pyarrow.field("inner", pyarrow.string(), nullable=False),
        pyarrow.field("endpoint", pyarrow.string(), nullable=True),
        pyarrow.field("format", pyarrow.string(), nullable=True),
        pyarrow.field("rule", pyarrow.string(), nullable=False),
        pyarrow.field("severity", pyarrow.string(), nullable=False),
        pyarrow.field("line", pyarrow.int64(), nullable=True),
        pyarrow.field("column", pyarrow.int64(), nullable=True),
        pyarrow.field("pointer", pyarrow.string(), nullable=False),
        pyarrow.field("message", pyarrow.string(), nullable=False),
    ]
)
"""The columns; each finding is a row."""


class FindingRows:
    """Findings, collected until they become a record batch."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, checked: Checked) -> None:
        """Add the findings of one body."""
        for problem in checked.problems:
            self._rows.append(
                (
                    unicode_of(checked.file),
                    unicode_of(checked.inner),
                    checked.endpoint,
                    checked.format,
                    problem.code,
                    problem.severity,
                    problem.line,
                    problem.column,
                    unicode_of(problem.pointer),
                    unicode_of(problem.message),
                )
            )

    def take(self) -> pyarrow.RecordBatch:
        """Return the rows as a record batch, and begin anew."""
        rows, self._rows = self._rows, []
        columns = zip(*rows, strict=True) if rows else [()] * len(SCHEMA)
        arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        return pyarrow.RecordBatch.from_arrays(arrays, schema=SCHEMA)
