"""Models that a client derives from those of bevparse: how they are made from a body, and how they are written.

A body is read as the model of bevparse. Then pydantic makes the client's model from the values, with its defaults,
validators and private attributes. So a client's model takes longer to read, and its rules are those of pydantic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from types import NoneType
from typing import Final, NoReturn, TypeVar, cast, get_args, overload

from pydantic import AliasChoices, AliasPath, BaseModel, PydanticUserError, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticSerializationError

from ..endpoints import MODELS, RESPONSES
from ..frozen import freeze, outside_of
from ..models import Response
from ..problems import Problem, escape, rules, shortened
from ..problems.collector import Cursor
from ..tree import fold
from .fields import kept
from .instances import build
from .layout import layout_of

__all__ = ["Derived", "base_of", "derived_of", "plain"]

_OURS: Final = frozenset((Response, *MODELS.values(), *RESPONSES))
_LONGEST: Final = 100
_R = TypeVar("_R", bound=Response)


@overload
def base_of(model: type[Response]) -> type[Response]: ...
@overload
def base_of(model: type[BaseModel]) -> type[BaseModel]: ...
@cache
def base_of(model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of bevparse from which a model is derived, or the model itself if it is one of bevparse."""
    return next(base for base in model.__mro__ if base in _OURS)


@cache
def derived_of(model: type[BaseModel]) -> Derived | None:
    """Return what makes instances of a client's model, or None for a model of bevparse.

    Raises:
        TypeError: the model cannot be made from a body.
    """
    return None if model in _OURS else Derived(model)


class Derived:
    """Makes instances of a client's model from instances of the model of bevparse from which it is derived.

    Args:
        model: the client's model.

    Raises:
        TypeError: the model cannot be made from a body.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self.base = base_of(model)
        if self.base is Response:
            self._refuse("it is derived from Response, which has no endpoint; derive it from the model of one")
        try:
            model.model_rebuild()
        except (PydanticUserError, NameError) as error:
            self._refuse(str(error).partition("\n")[0])
        self._layout = layout_of(self.base)
        own = {name: field for name, field in model.model_fields.items() if name not in self.base.model_fields}
        self._own = set(own)
        self._names = frozenset(alias for name, field in own.items() for alias in _aliases(name, field))
        """The names in a body that fill the client's own fields."""
        self._not_none = {name for name, field in model.model_fields.items() if not _allows_none(field)}
        self.record = self._record()
        """What makes the records of a response; None if the records are not of a client's model."""
        self._check_names()

    def _refuse(self, reason: str) -> NoReturn:
        raise TypeError(f"{self.model.__name__} cannot be read from a body: {reason}")

    def _record(self) -> Derived | None:
        items = self._layout.items
        if items is None:
            return None
        found: object = (*get_args(self.model.model_fields[items.attribute].annotation), None)[0]
        if not (isinstance(found, type) and issubclass(found, items.layout.model)):
            name = items.layout.model.__name__
            self._refuse(f"the type of {items.attribute} must be a tuple of {name}, or of a subclass of it")
        return derived_of(found)

    def _check_names(self) -> None:
        items = self._layout.items
        taken = {folded: field.attribute for folded, field in self._layout.by_fold.items()}
        if items and items.wire_name:
            taken[fold(items.wire_name)] = items.attribute
        for name in sorted(self._names):
            if fold(name) in taken:
                self._refuse(f"a body has {name} as the field {taken[fold(name)]}; redefine that, or use another name")
        ours, theirs = (one.model_fields.get("endpoint") for one in (self.base, self.model))
        if ours and theirs and ours.annotation != theirs.annotation:
            self._refuse("endpoint cannot be redefined")

    def is_declared(self, problem: Problem) -> bool:
        """Return whether a problem is only about an undocumented field that the client's model declares."""
        inner: frozenset[str] = self.record._names if self.record else frozenset()
        names = self._names | inner
        return problem.rule is rules.UNKNOWN_FIELD and any(problem.message.endswith(kept(name)) for name in names)

    def make(self, instance: BaseModel, at: Cursor, records: tuple[BaseModel, ...] | None = None) -> BaseModel | None:
        """Make an instance of the client's model, or report why the model refuses the values and return None.

        Args:
            instance: an instance of the model of bevparse.
            at: the cursor of the instance.
            records: the records, if they are of the client's models.

        Raises:
            TypeError: a validator returned something that is not an instance of the model.
        """
        values = {
            name: value for name, value in instance.__dict__.items() if value is not None or name not in self._not_none
        }
        if records is not None and self._layout.items:
            values[self._layout.items.attribute] = records
        extra = instance.model_extra or {}
        try:
            made: object = self.model.model_validate({**extra, **values}, by_alias=True, by_name=True)
        except ValidationError as error:
            self._report(error, at)
            return None
        if not isinstance(made, self.model):
            self._refuse(f"a validator returned {type(made).__name__}")
        hidden = {name: value for name, value in extra.items() if name in values}
        outside = outside_of(extra)
        if (hidden or outside) and made.model_extra is not None:
            object.__setattr__(made, "__pydantic_extra__", freeze({**made.model_extra, **hidden}, outside))
        return made

    def _report(self, error: ValidationError, at: Cursor) -> None:
        wire = {field.attribute: field.wire.name for field in self._layout.fields}
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            steps = [wire.get(step, step) if isinstance(step, str) else step for step in fault["loc"]]
            text = escape(shortened(fault["msg"], _LONGEST))
            if fault["type"] == "missing" and steps:
                message = f"expected {escape(str(steps[-1]))}, which {self.model.__name__} requires, got none"
                at.report(rules.MISSING_FIELD, message)
                continue
            if fault["type"].endswith("_type") and len(steps) == 1 and fault["loc"][0] in wire:  # with any body
                self._refuse(f"{fault['loc'][0]} cannot hold the value of {self.base.__name__}: {text}")
            place = at
            for step in steps:
                place = place.at(place.path, step)
            place.report(rules.REFUSED_BY_MODEL, f"{self.model.__name__} refuses the value: {text}")


def _aliases(name: str, field: FieldInfo) -> Iterator[str]:
    """Return the names that a field of a client may have in a body."""
    yield name
    alias = field.validation_alias
    for choice in alias.choices if isinstance(alias, AliasChoices) else (alias,):
        if isinstance(choice, str):
            yield choice
        elif isinstance(choice, AliasPath):
            yield str(choice.path[0])


def _allows_none(field: FieldInfo) -> bool:
    return NoneType in get_args(field.annotation)


# Writing


def plain(response: _R, *, as_text: bool = False) -> _R:
    """Return a response as an instance of the model of bevparse. The client's own fields become undocumented fields.

    Args:
        response: the response. It may be of a client's model, or have records of one.
        as_text: whether numbers and booleans in the client's own fields become strings, for formats of text only.

    Raises:
        TypeError: a field that a client has redefined has a value that the model of bevparse cannot have.
    """
    base = base_of(type(response))
    items = layout_of(base).items
    records: tuple[BaseModel, ...] = getattr(response, items.attribute) if items else ()
    if items and not set(map(type, records)) <= {items.layout.model}:
        records = tuple(_plain(record, as_text=as_text) for record in records)
    elif type(response) is base:
        return response
    return cast(_R, _plain(response, as_text=as_text, **({items.attribute: records} if items else {})))


def _plain(model: BaseModel, *, as_text: bool, **records: object) -> BaseModel:
    if type(model) in _OURS and not records:
        return model
    base = base_of(type(model))
    own = {name for name in type(model).model_fields if name not in base.model_fields}
    try:
        values = {name: _plain_value(getattr(model, name)) for name in base.model_fields}
        made = base.model_validate({**values, **records})
        declared = model.model_dump(mode="json", include=own, by_alias=True)
    except (ValidationError, PydanticSerializationError) as error:
        first = str(error).replace("\n", " ")
        raise TypeError(f"{type(model).__name__} cannot be written: {shortened(first, 3 * _LONGEST)}") from None
    fields = type(model).model_fields
    left_out = {fields[name].serialization_alias or name for name in own if _is_left_out(model, name, as_text=as_text)}
    extra = {name: _text(value) if as_text else value for name, value in declared.items() if name not in left_out}
    return build(base, dict(made), freeze({**extra, **(model.model_extra or {})}, outside_of(model.model_extra)))


def _is_left_out(model: BaseModel, name: str, *, as_text: bool) -> bool:
    """Return whether a field is left out because its value is the default and None, or empty in a format of text."""
    value, field = getattr(model, name), type(model).model_fields[name]
    factory = None if field.default_factory_takes_validated_data else field.default_factory
    default: object = cast("Callable[[], object]", factory)() if factory else field.default
    return value == default and (value is None or (as_text and value in ("", [], {}, ())))


def _plain_value(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _text(value: object) -> object:
    """Return a JSON value with its numbers and booleans as strings."""
    if isinstance(value, dict):
        return {name: _text(member) for name, member in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_text(member) for member in cast("list[object]", value)]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value
