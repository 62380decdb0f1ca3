"""Dicts, lists and sets that cannot be changed, for the undocumented fields of models and for what models share.

They are subclasses of `dict`, `list` and `set`. So `json.dumps`, pydantic and all other readers work as usual.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import repeat
from types import MemberDescriptorType
from typing import Final, NoReturn, cast

__all__ = ["NO_EXTRA", "FrozenSet", "freeze", "outside_of", "respelled"]


def _refuse(self: object, *arguments: object, **named: object) -> NoReturn:
    raise TypeError("values in a model of bevparse cannot be changed; change a copy, such as dict(...) or list(...)")


class _FrozenDict(dict[str, object]):
    """The undocumented fields of a model, or an object in one of them."""

    __slots__ = ("outside",)
    outside: frozenset[str]
    """The names of the fields that the body has next to `response`: "took" in {"response": {"id": 5}, "took": 3}."""
    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[object, tuple[dict[str, object], frozenset[str]]] | str:
        return (freeze, (dict(self), self.outside)) if self else "NO_EXTRA"

    def __copy__(self) -> _FrozenDict:
        return self

    def __deepcopy__(self, memo: object) -> _FrozenDict:
        return self


class _FrozenList(list[object]):
    """An array in an undocumented field."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self) -> tuple[type[_FrozenList], tuple[list[object]]]:
        return _FrozenList, (list(self),)

    def __copy__(self) -> _FrozenList:
        return self

    def __deepcopy__(self, memo: object) -> _FrozenList:
        return self


class FrozenSet(set[str]):
    """The value of `model_fields_set`. pydantic expects a `set`, and all instances of a model share this one."""

    add = update = discard = remove = pop = clear = _refuse
    __ior__ = __iand__ = __isub__ = __ixor__ = _refuse
    intersection_update = difference_update = symmetric_difference_update = _refuse

    def copy(self) -> set[str]:
        """Return an ordinary set."""
        return set(self)

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> set[str]:
        return set(self)

    def __reduce__(self) -> tuple[type[set[str]], tuple[list[str]]]:
        return set, (list(self),)


_NOTHING: Final = frozenset[str]()


def _frozen_dict(values: Mapping[str, object], outside: frozenset[str]) -> _FrozenDict:
    frozen = _FrozenDict(values)
    frozen.outside = outside
    for name, value in values.items():
        if isinstance(value, (dict, list)):
            dict[str, object].__setitem__(frozen, name, _frozen(cast(object, value)))
    return frozen


_set_outside: Final = cast("MemberDescriptorType", _FrozenDict.outside).__set__
_set_item: Final = dict[str, object].__setitem__
NO_EXTRA: Final[dict[str, object]] = _frozen_dict({}, _NOTHING)
"""The undocumented fields of all models that have none. A dict for each would be a sixth of the memory of a record."""


def freeze(extra: Mapping[str, object], outside: frozenset[str] = _NOTHING) -> dict[str, object]:
    """Return undocumented fields as a dict that cannot be changed. Objects and arrays in them cannot be changed either.

    Args:
        extra: the fields.
        outside: the names of the fields that the body has next to `response`.
    """
    if isinstance(extra, _FrozenDict):
        return extra
    return _frozen_dict(extra, outside) if extra else NO_EXTRA


def respelled(extras: Sequence[dict[str, object]], columns: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Return copies of the undocumented fields of records, with other values.

    Args:
        extras: the fields of each record.
        columns: the new values of a field, a string or a number for each record, by the name of the field.
    """
    copies = list(map(_FrozenDict, extras))
    deque(map(_set_outside, copies, repeat(_NOTHING)), maxlen=0)
    for name, column in columns.items():
        deque(map(_set_item, copies, repeat(name), column), maxlen=0)
    return cast("list[dict[str, object]]", copies)


def outside_of(extra: Mapping[str, object] | None) -> frozenset[str]:
    """Return the names of the undocumented fields that the body had next to `response`."""
    return extra.outside if isinstance(extra, _FrozenDict) else _NOTHING


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return freeze(cast("dict[str, object]", value))
    return _FrozenList(map(_frozen, cast("list[object]", value))) if isinstance(value, list) else value
