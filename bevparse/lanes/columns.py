"""Records as columns of values. Their models are built only when they are needed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import TypeVar, overload

from pydantic import BaseModel

from ..frozen import NO_EXTRA

__all__ = ["Built", "Columns", "Joined", "Spliced", "in_columns", "row_of"]

_T = TypeVar("_T")


class Columns(Sequence[BaseModel]):
    """The records of a chunk, all of one model. As a sequence, it has the models."""

    @abstractmethod
    def column(self, attribute: str) -> Sequence[object]:
        """Return the value of an attribute in each record."""

    def rows(self, *attributes: str) -> Iterable[tuple[object, ...]]:
        """Return the values of several attributes in each record."""
        return zip(*map(self.column, attributes), strict=True)

    @abstractmethod
    def extras(self) -> Sequence[Mapping[str, object]] | None:
        """Return the undocumented fields of each record, or None if no record has any."""

    @abstractmethod
    def build(self) -> Sequence[BaseModel]:
        """Return the models of the records."""

    @cached_property
    def _models(self) -> Sequence[BaseModel]:
        return self.build()

    @overload
    def __getitem__(self, index: int) -> BaseModel: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[BaseModel]: ...
    def __getitem__(self, index: int | slice) -> BaseModel | Sequence[BaseModel]:
        return self._models[index]

    def __iter__(self) -> Iterator[BaseModel]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)


def row_of(attributes: Sequence[str]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    """Return a function that returns the values of several attributes of a record."""
    return itemgetter(*attributes)


class Built(Columns):
    """Columns of records that are models already."""

    def __init__(self, models: Sequence[BaseModel]) -> None:
        self._values = [model.__dict__ for model in models]
        self._built = models

    def column(self, attribute: str) -> Sequence[object]:
        """Return the value of an attribute in each record."""
        return [values[attribute] for values in self._values]

    def rows(self, *attributes: str) -> Iterable[tuple[object, ...]]:
        """Return the values of several attributes in each record."""
        return map(row_of(attributes), self._values)

    def extras(self) -> Sequence[Mapping[str, object]] | None:
        """Return the undocumented fields of each record, or None if no record has any."""
        extras = [model.model_extra or NO_EXTRA for model in self._built]
        return extras if any(extras) else None

    def build(self) -> Sequence[BaseModel]:
        """Return the models of the records."""
        return self._built


class Joined(Columns):
    """Columns of the records of several chunks, one after the other."""

    def __init__(self, parts: Sequence[Columns]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def column(self, attribute: str) -> Sequence[object]:
        """Return the value of an attribute in each record."""
        return list(self.joined(lambda part: part.column(attribute)))

    def rows(self, *attributes: str) -> Iterable[tuple[object, ...]]:
        """Return the values of several attributes in each record."""
        return self.joined(lambda part: part.rows(*attributes))

    def extras(self) -> Sequence[Mapping[str, object]] | None:
        """Return the undocumented fields of each record, or None if no record has any."""
        extras = list(self.joined(lambda part: part.extras() or [NO_EXTRA] * len(part)))
        return extras if any(extras) else None

    def build(self) -> Sequence[BaseModel]:
        """Return the models of the records."""
        return list(self.joined(lambda part: part.build()))

    def joined(self, of: Callable[[Columns], Iterable[_T]]) -> Iterable[_T]:
        """Call `of` with each part, and return all results one after the other."""
        return chain.from_iterable(map(of, self._parts))


class Spliced(Joined):
    """Columns of records of which some are replaced by others.

    Args:
        records: the records.
        splices: the slices of `records` that are replaced, in their order, each with the records that replace it.
    """

    def __init__(self, records: Columns, splices: Sequence[tuple[slice, Sequence[BaseModel]]]) -> None:
        super().__init__([in_columns(others) for _, others in splices])
        self._records = records
        self._places = [place for place, _ in splices]

    def __len__(self) -> int:
        left_out: int = sum(place.stop - place.start for place in self._places)
        return super().__len__() + len(self._records) - left_out

    def joined(self, of: Callable[[Columns], Iterable[_T]]) -> Iterable[_T]:
        """Call `of` with the records and with each replacement, and return all results in the order of the records."""
        found, begin = list(of(self._records)), 0
        for place, part in zip(self._places, self._parts, strict=True):
            yield from found[begin : place.start]
            yield from of(part)
            begin = place.stop
        yield from found[begin:]


def in_columns(records: Sequence[BaseModel]) -> Columns:
    """Return records as columns, unchanged if they are columns already."""
    return records if isinstance(records, Columns) else Built(records)
