"""Saved bodies as tables of Spark 4 (extra `spark`).

    spark.read.format("bev").option("table", "completed").load("dumps/")

Spark finds this data source by the package `pyspark_bev`. Each node needs bevparse and pyarrow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from ..batches import Reject
from ..endpoints import ENDPOINTS, RESPONSES, endpoint_of
from ..errors import SourceError
from ..problems import format_value
from ..sources import ANYTHING, LineBlock, Source, fetched_sources, find_files, open_blocks
from ..sources.expected import ReadSettings
from ..tables import PROVENANCE, columns_of, records_in
from ..validate import Settings, check
from ..validate.lines import check_lines

try:
    from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
    from pyspark.sql.types import StructType
except ImportError:
    raise ImportError("reading with Spark requires pyspark; run pip install 'bevparse[spark]'") from None

if TYPE_CHECKING:
    import pyarrow

__all__ = ["TABLES", "BevDataSource", "BevDataSourceReader"]

_FINDINGS: Final = "findings"
_RECORDS: Final[dict[str, type[BaseModel]]] = {
    ENDPOINTS[endpoint_of(responses[0])].noun.removesuffix(" records").replace(" ", "_"): record
    for record, responses in RESPONSES.items()
}
TABLES: Final = (*_RECORDS, _FINDINGS)
"""The values of the option `table`."""
_FAIL: Final = "FAILFAST"
_DROP: Final = "DROPMALFORMED"
_PARTS: Final = 256
"""The number of partitions, unless their size would be below `_LEAST` or above `_MOST`."""
_LEAST: Final = 2**23
"""The least bytes of a full partition: about a tenth of a second of work."""
_MOST: Final = 2**27
"""The most bytes of a partition with several files, as in Spark itself."""
_ROWS: Final = 2**12
"""The rows of a record batch of findings."""


class BevDataSource(DataSource):
    """Saved bodies as tables: `spark.dataSource.register(BevDataSource)`.

    Options, whose names and values are case-insensitive:

    - `table`: one of `TABLES`. The tables of records have the columns of `bevparse.tables.records_of`. `findings` has
      the columns of `bevparse validate --output-format parquet`, and a row for each finding. Bodies are not compared
      with each other.
    - `mode`: with `FAILFAST`, the default, a record or body that cannot be read ends the query. With `DROPMALFORMED` it
      is dropped. A file that cannot be opened ends the query in both modes. The table `findings` has a row for each.
    - `skipOthers`: whether bodies of other endpoints are skipped. Otherwise they count as bodies that cannot be read.

    The paths of `load` are files, folders, archives, recordings and patterns, as for `bevparse.validate.validate`. The
    workers read them. A schema with some of the columns selects these columns.
    """

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "bev"

    def schema(self) -> StructType:
        """Return the columns of the table.

        Raises:
            ValueError: an option is missing or has an unknown value.
        """
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - it needs pyarrow

        return from_arrow_schema(_schema_of(_Options.of(self.options).model))

    def reader(self, schema: StructType) -> BevDataSourceReader:
        """Return the reader of some columns.

        Raises:
            ValueError: an option is missing or has an unknown value, or the table has no such column.
        """
        return BevDataSourceReader(_Options.of(self.options), schema)


@dataclass(frozen=True, slots=True)
class _Options:
    paths: tuple[str, ...]
    model: type[BaseModel] | None
    """The model of the records; None for findings."""
    drops: bool
    """Whether records and bodies that cannot be read are dropped."""
    skip_others: bool

    @classmethod
    def of(cls, options: Mapping[str, str]) -> _Options:
        """Return the options of a query.

        Raises:
            ValueError: an option is missing or has an unknown value.
        """
        given = {name.lower(): value for name, value in options.items()}
        table = _one_of(TABLES, "table", given.get("table"))
        mode = _one_of((_FAIL, _DROP), "mode", given.get("mode", _FAIL))
        skip_others = _one_of(("true", "false"), "skipOthers", given.get("skipothers", "false"))
        paths = [given["path"]] if "path" in given else json.loads(given.get("paths", "[]"))
        if not paths or "-" in paths:
            raise ValueError(f"expected load() with paths of files or folders, got {'-' if paths else 'no path'}")
        return cls(tuple(paths), _RECORDS.get(table), mode == _DROP, skip_others == "true")


def _one_of(known: Sequence[str], name: str, value: str | None) -> str:
    found = next((one for one in known if value is not None and one.lower() == value.lower()), None)
    if found is None:
        got = "nothing" if value is None else format_value(value)
        raise ValueError(f"expected the option {name} to be {', '.join(known[:-1])} or {known[-1]}, got {got}")
    return found


class BevDataSourceReader(DataSourceReader):
    """Reads the columns of a schema."""

    def __init__(self, options: _Options, schema: StructType) -> None:
        self._options = options
        self._schema = _chosen(_schema_of(options.model), schema)
        self._settings = Settings(cross=False)  # it has the current time, which must be the same in all partitions

    def partitions(self) -> list[InputPartition]:
        """Return the files in groups of about the same size. A file is not divided."""
        found = list(find_files(self._options.paths, ANYTHING))
        most = min(max(sum(source.size for source in found) // _PARTS, _LEAST), _MOST)
        groups: list[list[Source]] = []
        size = 0
        for source in found:
            if not groups or size + source.size > most:
                groups.append([])
                size = 0
            groups[-1].append(source)
            size += source.size
        return [InputPartition(group) for group in groups]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        """Return the rows of the files in a partition.

        Raises:
            SourceError: a file cannot be read.
            DecodeError: a body is no JSON, XML or CSV, or exceeds a limit.
            PayloadError: a record cannot be read, or a body is a response of another endpoint.
        """
        files: Sequence[Source] = partition.value or ()  # Spark adds a partition if there is none
        fetched = fetched_sources(files)
        sources = chain.from_iterable(open_blocks(file, ANYTHING) for file in fetched)
        batches = (
            self._findings(sources) if self._options.model is None else self._records(sources, self._options.model)
        )
        for batch in batches:
            yield batch.select(self._schema.names).cast(self._schema)

    def _records(self, sources: Iterable[Source | LineBlock], model: type[BaseModel]) -> Iterator[pyarrow.RecordBatch]:
        on_reject = _drop if self._options.drops else None
        skip_others = self._options.skip_others
        return records_in(
            sources, model, ReadSettings(), skip_others=skip_others, on_reject=on_reject, words=False
        ).batches()

    def _findings(self, sources: Iterable[Source | LineBlock]) -> Iterator[pyarrow.RecordBatch]:
        from ..validate.findings import FindingRows  # noqa: PLC0415 - it needs pyarrow

        rows = FindingRows()
        for source in sources:
            settings = self._settings
            found = check_lines(source, settings) if isinstance(source, LineBlock) else check(source, settings)
            for checked in found:
                rows.add(checked)
                if len(rows) >= _ROWS:
                    yield rows.take()
        yield rows.take()


def _drop(reject: Reject) -> None:
    if reject.unreadable:
        raise SourceError(reject.source, "; ".join(problem.message for problem in reject.problems))


def _schema_of(model: type[BaseModel] | None) -> pyarrow.Schema:
    """Return the columns of a model's records, or of findings for None, with the types of Arrow that Spark knows.

    Raises:
        ImportError: pyarrow is not installed.
    """
    if model is None:
        from ..validate.findings import SCHEMA  # noqa: PLC0415 - Spark imports this module in every session

        return SCHEMA
    from ..tables.arrow import schema_of  # noqa: PLC0415

    columns = (*columns_of(model), *PROVENANCE)
    plain = schema_of(columns, words=False)
    import pyarrow  # noqa: PLC0415

    types = {
        "list": pyarrow.list_(pyarrow.field("element", pyarrow.string(), nullable=True)),
        "timestamp": pyarrow.timestamp("us", "UTC"),
    }
    return pyarrow.schema(
        [
            pyarrow.field(field.name, types.get(column.type, field.type), nullable=field.nullable)
            for field, column in zip(plain, columns, strict=True)
        ]
    )


def _chosen(table: pyarrow.Schema, schema: StructType) -> pyarrow.Schema:
    """Return the columns of a table that a schema selects. The schema decides whether values may be missing."""
    import pyarrow  # noqa: PLC0415
    from pyspark.sql.pandas.types import from_arrow_type  # noqa: PLC0415

    types = {field.name: field.type for field in table}
    if not schema.fields:
        raise ValueError("expected a schema with columns, got none")  # Arrow counts no rows without columns
    for one in schema.fields:
        if one.name not in types or from_arrow_type(types[one.name]) != one.dataType:
            raise ValueError(
                f"expected a schema with columns of the table ({', '.join(types)}), "
                f"got {one.name} {one.dataType.simpleString()}"
            )
    return pyarrow.schema([pyarrow.field(one.name, types[one.name], nullable=one.nullable) for one in schema.fields])
