# The part of pyarrow.parquet that bevparse uses.

from typing import BinaryIO

from . import RecordBatch, Schema

class ParquetWriter:
    def __init__(self, where: BinaryIO, schema: Schema, *, compression: str) -> None: ...
    def write_batch(self, batch: RecordBatch) -> None: ...
    def close(self) -> None: ...
