"""Dicts, lists and sets that cannot be changed, for what a frozen model holds and what models share.

They are subclasses, so that every other use, such as `json.dumps` or pydantic's serialization, is that of the original.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NoReturn, cast

__all__ = ["NO_EXTRA", "FrozenSet", "freeze"]


def _refuse(self: object, *arguments: object, **named: object) -> NoReturn:
    raise TypeError("a model of bevparse is frozen, so this cannot be changed; copy it first")


class _FrozenDict(dict[str, object]):
    """The undocumented fields of a model, or an object in one of them."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[type[_FrozenDict], tuple[dict[str, object]]] | str:
        return (_FrozenDict, (dict(self),)) if self else "NO_EXTRA"

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
    """The fields of all instances of a model: a set, as pydantic expects, of which all instances share one."""

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


NO_EXTRA: Final[dict[str, object]] = _FrozenDict()
"""For all models without undocumented fields. A dict for each would be a sixth of the memory of a record."""


def freeze(extra: Mapping[str, object]) -> dict[str, object]:
    """Return undocumented fields, with every object and array in them, as dicts and lists that cannot be changed."""
    if isinstance(extra, _FrozenDict):
        return extra
    return _FrozenDict({name: _frozen(value) for name, value in extra.items()}) if extra else NO_EXTRA


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return freeze(cast("dict[str, object]", value))
    return _FrozenList(map(_frozen, cast("list[object]", value))) if isinstance(value, list) else value
