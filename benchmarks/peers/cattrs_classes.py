"""cattrs with orjson, which reads JSON into frozen attrs classes with slots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs
from cattrs.gen import make_dict_structure_fn, override
from cattrs.preconf.orjson import make_converter

from ..records import Row
from .answers import CHECKS, row_of

__all__ = ["read", "rows"]


@attrs.frozen
class Record:
    """The record of one address."""

    email_address: str
    format_check: bool | None = None
    smtp_check: bool | None = None
    dns_check: bool | None = None
    free_check: bool | None = None
    disposable_check: bool | None = None
    catch_all_check: bool | None = None
    mx_records: tuple[str, ...] = ()
    result: str | None = None


@attrs.frozen
class Records:
    """A body of records."""

    response: tuple[Record, ...]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


_CONVERTER: Final = make_converter()
_CONVERTER.register_structure_hook(bool | None, lambda value, _: CHECKS[value])
_CONVERTER.register_structure_hook(
    Record,
    make_dict_structure_fn(
        Record,
        _CONVERTER,
        **{name: override(rename=_camel(name)) for name in Record.__annotations__},  # type: ignore[arg-type]
    ),
)


def read(body: bytes) -> Records:
    """Read the records."""
    return _CONVERTER.loads(body, Records)


def rows(answer: Records) -> Iterator[Row]:
    """Return the rows of a response."""
    return map(row_of, answer.response)
