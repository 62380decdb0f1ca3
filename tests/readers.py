"""Bodies that are read with the lanes on or off, in blocks of any size."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Sequence

from pydantic import BaseModel

from bevparse import BulkRequest, EmailRecord, FailedEmail, Inspection, Limits, PayloadError, Problem, Response
from bevparse.endpoints import RESPONSES, Expected
from bevparse.files import read_blocks
from bevparse.files.compression import Readable
from bevparse.lanes.chunks import BLOCK
from bevparse.lanes.columns import Columns
from bevparse.limits import DEFAULT_LIMITS
from bevparse.payloads.layout import layout_of
from bevparse.reader import BodyReader
from bevparse.reader.events import Records, RejectedRecord

Record = type[BulkRequest] | type[EmailRecord] | type[FailedEmail]


def inspect(
    body: bytes | str,
    model: type[Response] = Response,
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    lanes: bool = True,
    block_size: int = BLOCK,
) -> Inspection:
    """Inspect a body as `bevparse.inspect` does."""
    return BodyReader(body, Expected((model,), format), limits, lanes=lanes, block_size=block_size).inspect()


def stream(
    source: bytes | Readable,
    record: Record,
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    lanes: bool = True,
    block_size: int = BLOCK,
    on_problem: Callable[[Problem], object] | None = None,
    on_reject: Callable[[str, object], object] | None = None,
    salvage: bool = False,
) -> Iterator[BaseModel]:
    """Return the records of a body as `bevparse.iter_records` does."""
    blocks = read_blocks(io.BytesIO(source) if isinstance(source, bytes) else source, block_size, limits)
    expected = Expected(RESPONSES[record], format)
    reader = BodyReader(blocks, expected, limits, lanes=lanes, block_size=block_size, salvage=salvage)
    for event in reader.events():
        if isinstance(event, Records):
            yield from event.records
        elif isinstance(event, RejectedRecord):
            if on_reject:
                on_reject(*event)
        elif on_problem:
            on_problem(event)
        elif event.severity == "error":
            raise PayloadError((event,))


def locate(
    body: bytes,
    model: type[Response],
    pointers: Collection[str],
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    lanes: bool = True,
    block_size: int = BLOCK,
) -> dict[str, tuple[int, int]]:
    """Inspect a body, and return the positions of pointers into it."""
    reader = BodyReader(body, Expected((model,), format), limits, lanes=lanes, block_size=block_size)
    reader.inspect()
    return reader.locate(pointers, model)


def assert_columns_agree(columns: Columns, records: Sequence[BaseModel]) -> None:
    """Check the columns of records, and the models that are built from them."""
    assert len(columns) == len(records)
    attributes = [field.attribute for field in layout_of(type(records[0])).fields] if records else []
    for attribute in attributes:
        assert list(columns.column(attribute)) == [getattr(record, attribute) for record in records]
    for some in (attributes[1:], attributes[-2:]):
        expected = [tuple(getattr(record, one) for one in some) for record in records]
        assert len(some) < 2 or list(columns.rows(*some)) == expected
    extras = [record.model_extra for record in records]
    assert columns.extras() == (extras if any(extras) else None)
    assert [*columns] == [*records]
