"""Libraries that make tables of a saved body. Each function takes its path and returns the number of records.

The packages are imported when they are used, so that none adds to the memory of another.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

__all__ = [
    "convert_parquet",
    "convert_xlsx",
    "duckdb_parquet",
    "pandas_xml",
    "parse_arrow",
    "polars_parquet",
    "pyarrow_csv",
    "pyarrow_json",
    "records_arrow",
    "written_by",
    "xlsxwriter_loop",
]


def written_by(name: str, path: Path) -> Path:
    """Return the file that a contestant writes next to a body; only some of them do."""
    return path.with_name(f"{name}.{name.rpartition('_')[2].replace('loop', 'xlsx')}")


def convert_parquet(path: Path) -> int:
    """Convert a body with the command of bevparse."""
    return _convert(path, "convert_parquet")


def convert_xlsx(path: Path) -> int:
    """Convert a body with the command of bevparse."""
    return _convert(path, "convert_xlsx")


def _convert(path: Path, name: str) -> int:
    from bevparse.cli import main  # noqa: PLC0415

    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        main(["convert", str(path), "--no-config", "-o", str(written_by(name, path))])
    return int(shown.getvalue().split()[0])


def duckdb_parquet(path: Path) -> int:
    """Read the texts of the service, and write them."""
    import duckdb  # noqa: PLC0415

    read = f"read_json('{path}', maximum_object_size = {path.stat().st_size + 1})"
    query = f"select unnest(record) from (select unnest(response) as record from {read})"  # noqa: S608 - our own path
    copy = f"copy ({query}) to '{written_by('duckdb_parquet', path)}' (format parquet, codec zstd)"
    return int(duckdb.execute(copy).fetchall()[0][0])


def polars_parquet(path: Path) -> int:
    """Read the texts of the service, and write them."""
    import polars  # noqa: PLC0415

    frame = polars.read_json(path).explode("response").unnest("response")
    frame.write_parquet(written_by("polars_parquet", path), compression="zstd")
    return len(frame)


def parse_arrow(path: Path) -> int:
    """Parse a body, and make a table of its records."""
    import pyarrow  # noqa: PLC0415

    import bevparse  # noqa: PLC0415

    return len(pyarrow.table(bevparse.parse(path.read_bytes(), bevparse.CompletedResponse)))


def records_arrow(path: Path) -> int:
    """Make a table of the records of a file, which builds no models of them."""
    import pyarrow  # noqa: PLC0415

    from bevparse import EmailRecord  # noqa: PLC0415
    from bevparse.tables import records_of  # noqa: PLC0415

    return len(pyarrow.table(records_of([path], EmailRecord)))


def pyarrow_json(path: Path) -> int:
    """Read the same records from lines, which another program must have cut."""
    from pyarrow import json as lines  # noqa: PLC0415

    return len(lines.read_json(path.with_suffix(".jsonl")))


def pyarrow_csv(path: Path) -> int:
    """Read a table, and split its hosts."""
    from pyarrow import compute, csv  # noqa: PLC0415

    table = csv.read_csv(path, convert_options=csv.ConvertOptions(null_values=["null"]))
    hosts = table.schema.get_field_index("MX Records")
    return len(table.set_column(hosts, "MX Records", compute.split_pattern(table.column(hosts), ", ")))


def pandas_xml(path: Path) -> int:
    """Read the elements that hold text; it loses the hosts."""
    import pandas  # noqa: PLC0415

    return len(pandas.read_xml(path, xpath="//item"))


def xlsxwriter_loop(path: Path) -> int:
    """Write the texts of the service cell by cell, each record with its file and its index, as bevparse does."""
    import xlsxwriter  # noqa: PLC0415

    written = str(written_by("xlsxwriter_loop", path))
    records = json.loads(path.read_bytes())["response"]
    names = list(dict.fromkeys(name for record in records for name in record))
    with xlsxwriter.Workbook(written, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*names, "source", "number"])
        for row, record in enumerate(records, 1):
            for column, name in enumerate(names):
                value = record.get(name)
                if value is not None:
                    sheet.write(row, column, ", ".join(value) if isinstance(value, list) else value)
            sheet.write(row, len(names), path.name)
            sheet.write(row, len(names) + 1, row - 1)
    return len(records)
