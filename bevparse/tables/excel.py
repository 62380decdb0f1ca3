"""Records as an Excel workbook, in bounded memory, for people who do not program.

Text stays text: it never becomes a formula or a link. Integers, booleans and dates are values of Excel, unlike in CSV.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, TypeAlias, cast

from pydantic import BaseModel

from ..batches import Batch
from ..endpoints import RESPONSES
from ..errors import SourceError, reason
from ..formats.text import lone_surrogate
from ..payloads.layout import label, layout_of
from ..problems import Problem, rules
from ..wire import join_hosts
from . import Output
from .schema import PROVENANCE, ColumnType, columns_of, values_of_batch

try:
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError
    from xlsxwriter.worksheet import Worksheet
except ImportError:
    raise ImportError("writing Excel requires XlsxWriter; run pip install 'bevparse[excel]'") from None

__all__ = ["WorkbookWriter"]

_MOST_ROWS: Final = 2**20
"""The maximum number of rows of a worksheet."""
_MOST_CHARACTERS: Final = 32_767
"""The maximum length of the text in a cell, in units of UTF-16."""
_LARGEST: Final = 10**15
"""The smallest integer that Excel does not show with all its digits."""
_CREATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The date in the properties of all workbooks. It is fixed, so that equal records give equal bytes."""
_WIDTHS: Final[dict[ColumnType, int]] = {
    "bool": 12, "int64": 12, "list": 40, "string": 34, "timestamp": 24, "word": 20,
}  # fmt: skip
"""The widths of columns, in characters."""
_Write: TypeAlias = Callable[[int, int, Any], object]


class WorkbookWriter:
    """Writes records of one model to worksheets. When a worksheet is full, a new one begins.

    Args:
        stream: where the workbook is written when it is complete.
        model: the model of the records.
        rows: the number of rows of a worksheet.

    Raises:
        SourceError: there is no space for temporary files.
    """

    def __init__(self, stream: BinaryIO, model: type[BaseModel], *, rows: int = _MOST_ROWS) -> None:
        self._output = Output(stream)
        self._model = model
        with _temporary_files():
            self._folder = TemporaryDirectory(prefix="bevparse-")
        self._book = Workbook(self._output, {"constant_memory": True, "tmpdir": self._folder.name})
        self._book.use_zip64()
        self._book.set_properties({"created": _CREATED})
        self._plain = self._book.add_format()
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss" UTC"'})
        self._sheets: list[Worksheet] = []
        self._writers: list[_Write] = []
        self._rows = self._row = rows

    def write(self, batch: Batch) -> Iterator[tuple[int, Problem]]:
        """Write records, and return index and problem of each record that does not fit into cells.

        Raises:
            SourceError: the disk is full.
        """
        with _temporary_files():
            for index, values in enumerate(zip(*values_of_batch(batch, self._model), strict=True)):
                cells = [_cell(value) for value in values]
                if problem := self._problem(cells):
                    yield index, problem
                else:
                    self._write_row(cells)

    def _problem(self, cells: Sequence[object]) -> Problem | None:
        """Return the problem of the first string that a cell cannot hold, or None."""
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and (fault := _fault(cell)):
                fields = layout_of(self._model).fields[place : place + 1]
                pointer = "".join(f"/{field.wire.name}" for field in fields)  # other columns belong to no field
                return Problem.of(rules.CANNOT_CARRY, fault, f"/response/0{pointer}")
        return None

    def _write_row(self, cells: Sequence[object]) -> None:
        if self._row == self._rows:
            self._begin_sheet()
        for place, (write, cell) in enumerate(zip(self._writers, cells, strict=True)):
            if cell is not None:
                write(self._row, place, cell)
        self._row += 1

    def _begin_sheet(self) -> None:
        noun = str(RESPONSES[self._model][0].wire_noun)
        sheet = self._book.add_worksheet(f"{noun} {len(self._sheets) + 1}" if self._sheets else noun)
        self._sheets.append(sheet)
        sheet.freeze_panes(1, 1)
        columns = (*columns_of(self._model), *PROVENANCE)
        self._writers = [self._writer(sheet, column.type) for column in columns]
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS[column.type])
            sheet.write_string(0, place, label(column.name), self._bold)
        self._row = 1

    def _writer(self, sheet: Worksheet, kind: ColumnType) -> _Write:
        """Return a function that writes a value of a type to a row and a column of a worksheet."""
        if kind == "bool":
            return sheet.write_boolean
        if kind == "timestamp":
            return lambda row, place, date: sheet.write_datetime(row, place, date.replace(tzinfo=None), self._date)
        if kind == "int64":
            return lambda row, place, number: (
                sheet.write_number(row, place, number)
                if number < _LARGEST
                else sheet.write_string(row, place, str(number))
            )
        return lambda row, place, text: (
            # XlsxWriter would take such a string for its own markup, so it gets the string in two parts
            sheet.write_rich_string(row, place, text[0], self._plain, text[1:])
            if text.startswith("<r>") and text.endswith("</r>")
            else sheet.write_string(row, place, text)
        )

    def end(self) -> None:
        """Write the workbook to the stream.

        Raises:
            SourceError: the disk is full.
        """
        try:
            with _temporary_files():
                if not self._sheets:
                    self._begin_sheet()
                self._book.close()
        finally:
            self._output.drops = True

    def close(self) -> None:
        """Delete the temporary files."""
        for sheet in self._sheets:
            with suppress(OSError):  # the disk is full, and the rest of the file is not needed
                sheet.row_data_fh.close()
        self._folder.cleanup()


def _cell(value: object) -> object:
    """Return what a cell holds: a list as in CSV, and any other value as it is."""
    if isinstance(value, tuple):
        return join_hosts([*cast("tuple[str, ...]", value)]) if value else None
    return value


def _fault(text: str) -> str | None:
    """Return why a cell cannot hold a string, or None if it can."""
    if lone_surrogate(text) is not None:
        return "expected characters that Excel can carry, got half of a surrogate pair"
    if len(text) > _MOST_CHARACTERS // 2 and (length := len(text.encode("utf-16-le")) // 2) > _MOST_CHARACTERS:
        return f"expected at most {_MOST_CHARACTERS} characters in a cell of Excel, got {length}"
    return None


@contextmanager
def _temporary_files() -> Generator[None]:
    """Convert errors of the operating system to a `SourceError` that names the folder of temporary files."""
    try:
        yield
    except (FileCreateError, OSError) as error:
        cause = error.args[0] if isinstance(error, FileCreateError) else error
        if isinstance(cause, SourceError):  # raised by the output stream
            raise cause from None
        raise SourceError(tempfile.gettempdir(), f"cannot write temporary file: {reason(cause)}") from None
