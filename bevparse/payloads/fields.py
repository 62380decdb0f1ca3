"""From the fields in a tree to the values of a model, and back. Undocumented fields are kept in the model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeAlias, cast

from pydantic import BaseModel, JsonValue

from ..errors import EncodeError
from ..frozen import freeze, outside_of
from ..models import Response
from ..problems import Problem, format_value, join_pointer, rules
from ..problems.collector import Cursor
from ..tree import Fields, Node, RoundedNumber, fold
from ..wire import UNREAD, Deviation
from .instances import build
from .layout import UNSET, Field, Layout

__all__ = ["ExtraFields", "FieldReader", "FieldWriter", "cannot_carry", "finish", "kept", "wire_name"]

_Values = dict[str, object]
_Known: TypeAlias = tuple[Field, str, Callable[[Node], object], Callable[[Node], object]]


class ExtraFields:
    """The undocumented fields that become `model_extra` of a model, each with its cursor.

    Args:
        repeats: whether fields with the same name are a list, as in trees of elements.
    """

    def __init__(self, *, repeats: bool = False) -> None:
        self.values: _Values = {}
        self.complete = True
        """Whether every field could be kept."""
        self._repeats = repeats
        self._places: dict[str, Cursor] = {}
        self._gathered: set[str] = set()
        """The names whose value is a list of the values of several fields."""

    def keep(self, name: str, node: Node, at: Cursor, *, gather: bool = False) -> None:
        """Keep one field, or report why it cannot be kept.

        Args:
            name: the name.
            node: the value.
            at: the cursor of the field.
            gather: whether fields with the same name are a list here, even without `repeats`.
        """
        at.report(rules.UNKNOWN_FIELD, f"expected documented fields only, {kept(name)}")
        value = self._value(node, at)
        if name not in self.values and value is not UNREAD:
            self.values[name] = value
            self._places[name] = at
        elif (self._repeats or gather) and value is not UNREAD:
            _gather(self.values, self._gathered, name, value)
        else:
            message = f"expected {format_value(name)} once, and each name in it once, got a repeated name"
            at.report(rules.DUPLICATE_FIELD, message)
            self.complete = False

    def keep_all(self, others: Iterable[tuple[int, str, Node]], at: Cursor) -> None:
        """Keep several fields of one node.

        Args:
            others: the index in the node, the name and the value of each field.
            at: the cursor of the node.
        """
        for position, name, node in others:
            self.keep(name, node, at.child(position, name))

    def take(self, name: str) -> tuple[object, Cursor]:
        """Remove a kept field, and return its value and its cursor."""
        return self.values.pop(name), self._places.pop(name)

    def merge(self, inner: ExtraFields, root: Cursor) -> None:
        """Add the fields in a response to these, which are next to the response. Report names that are in both."""
        for name in filter(inner.values.__contains__, self.values):  # not a set, whose order differs from run to run
            message = f"expected {format_value(name)} once, got one in response and one next to response"
            root.report(rules.DUPLICATE_FIELD, message)
        self.values |= inner.values

    def of(self, model: type[Response], outside: Iterable[str] = ()) -> _Values:
        """Return the fields as `model_extra` of a response.

        Args:
            model: the model of the response.
            outside: the names of the fields that are next to the response, and not in it.
        """
        values = {_kept_name(name, model): value for name, value in self.values.items()}
        return freeze(values, frozenset(_kept_name(name, model) for name in outside))

    def _value(self, node: Node, at: Cursor) -> object:
        """Return a node as dicts, lists and values, or `UNREAD` if a name in it repeats that may not repeat."""
        if isinstance(node, list):
            members = [self._value(member, at.child(index, index)) for index, member in enumerate(node)]
            return UNREAD if UNREAD in members else members
        if isinstance(node, RoundedNumber):
            message = f"expected digits that a float can hold, got {format_value(node)}, kept {float(node)!r}"
            at.report(rules.ROUNDED_NUMBER, message)
            return float(node)
        if not isinstance(node, Fields):
            return node
        kept: _Values = {}
        repeated: set[str] = set()
        for position, (name, value) in enumerate(node.pairs):
            member = self._value(value, at.child(position, name))
            if member is UNREAD or (name in kept and not self._repeats):
                return UNREAD
            if name in kept:
                _gather(kept, repeated, name, member)
            else:
                kept[name] = member
        return kept


class FieldReader:
    """Reads the fields of one layout. Trees of elements have a subclass."""

    repeats = False
    """Whether fields with the same name are a list."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._by_name: dict[str, _Known] = {
            name: (field, field.attribute, *self.readers(field)) for name, field in layout.by_name.items()
        }

    def readers(self, field: Field) -> tuple[Callable[[Node], object], Callable[[Node], object]]:
        """Return the reader of strings, and the reader of all other nodes."""
        return field.typed, field.typed

    def record(self, node: Node, at: Cursor) -> BaseModel | None:
        """Read one record, or report why it cannot be read and return None."""
        if not isinstance(node, Fields):
            at.reject(node)
            at.report(rules.WRONG_KIND, f"expected a record, got {format_value(node)}")
            return None
        values, extra, complete = self.fields(node, at)
        if finish(self._layout, values, at) and complete:
            return build(self._layout.model, values, extra.values if extra else {})
        at.reject(node)
        return None

    def fields(
        self, node: Fields, at: Cursor, skip: frozenset[str] = frozenset()
    ) -> tuple[_Values, ExtraFields | None, bool]:
        """Read the fields of the layout, and keep undocumented fields.

        Args:
            node: the fields.
            at: the cursor of the node.
            skip: folded names of fields that are ignored here, because they are read elsewhere.

        Returns:
            The values by attribute, the undocumented fields, and whether all fields could be read. The value of a
            missing field is `UNSET`. If there are no undocumented fields, None is returned for them.
        """
        values = self._layout.unset.copy()
        extra: ExtraFields | None = None
        complete = True
        by_name = self._by_name
        for position, (name, value) in enumerate(node):
            known = by_name.get(name)
            if known is None:
                folded = fold(name)
                if folded in skip:
                    continue
                known = self._respelled(folded, name, position, at)
                if known is None:
                    extra = extra or ExtraFields(repeats=self.repeats)
                    extra.keep(name, value, at.child(position, name))
                    continue
            field, attribute, read_text, read = known
            result = read_text(value) if value.__class__ is str else read(value)
            if isinstance(result, Deviation):
                result = self._deviating(field, result, at.child(position, field.wire.name))
                complete = complete and result is not UNREAD
            if values[attribute] is not UNSET:
                result = self._repeated(field, values[attribute], result, at.child(position, field.wire.name))
                complete = complete and result is not UNREAD
            values[attribute] = result
        return values, extra, complete and (extra is None or extra.complete)

    def _respelled(self, folded: str, name: str, position: int, at: Cursor) -> _Known | None:
        """Return the field that has this folded name, and report the spelling of the name. Return None if none has."""
        field = self._layout.by_fold.get(folded)
        if field is None:
            return None
        message = f"expected the name {field.wire.name}, accepted {format_value(name)}"
        at.child(position, field.wire.name).report(rules.NAME_SPELLING, message)
        return self._by_name[field.wire.name]

    def _repeated(self, field: Field, before: object, value: object, at: Cursor) -> object:
        """Return the value of a repeated field: a list in trees of elements, or `UNREAD` with a report of the problem.

        Args:
            field: the field.
            before: the value before this one.
            value: the value of the repetition.
            at: the cursor of the repetition.
        """
        if not (field.spelling.many and self.repeats):
            at.report(rules.DUPLICATE_FIELD, f"expected {field.wire.name} once, got a second one")
            return UNREAD
        message = "expected one element with a member for each value, accepted several elements"
        at.report_once(rules.INFERRED_SPELLING, field.attribute, message)
        if not (isinstance(before, (tuple, list)) and isinstance(value, tuple)):
            return UNREAD
        values = cast("list[object]", before if isinstance(before, list) else list(cast("tuple[object, ...]", before)))
        values += cast("tuple[object, ...]", value)
        return values

    def _deviating(self, field: Field, deviation: Deviation, at: Cursor) -> object:
        for note in deviation.notes:
            place = at if note.member is None else at.child(note.member, note.member)
            once = note.rule is rules.INFERRED_SPELLING or (note.rule is rules.LIST_SPELLING and self.repeats)
            if once:
                place.report_once(note.rule, field.attribute, note.message)
            else:
                place.report(note.rule, note.message)
        return deviation.value


def _gather(values: _Values, gathered: set[str], name: str, value: object) -> None:
    """Add another value of a name, which has a list of its values from the second one on."""
    if name in gathered:
        cast("list[object]", values[name]).append(value)
    else:
        values[name] = [values[name], value]
        gathered.add(name)


def kept(name: str) -> str:
    """Return the end of the message about an undocumented field, which is kept."""
    return f"got {format_value(name)}, which was kept"


def _kept_name(name: str, model: type[BaseModel]) -> str:
    """Return the name of an undocumented field in `model_extra`: the name of an attribute gets an underscore."""
    return f"{name}_" if name.rstrip("_") in model.model_fields else name


def wire_name(name: str, model: type[BaseModel]) -> str:
    """Return the name in a body of an undocumented field, from its name in `model_extra`."""
    return name[:-1] if name.endswith("_") and name.rstrip("_") in model.model_fields else name


def finish(layout: Layout, values: _Values, at: Cursor) -> bool:
    """Give missing fields their defaults, report them, and return whether all required fields are present."""
    for attribute in layout.many:
        if isinstance(values[attribute], list):
            values[attribute] = tuple(cast("list[object]", values[attribute]))
    if UNSET not in values.values() and None not in [values[attribute] for attribute in layout.required]:
        return True
    complete = True
    absent: list[str] = []
    for field in layout.fields:
        value = values[field.attribute]
        if field.required and (value is UNSET or value is None):
            at.report(rules.MISSING_FIELD, f"expected {field.wire.name}, got none")
            complete = False
        elif value is UNSET:
            values[field.attribute] = field.default
            if field.wire.always:
                absent.append(field.wire.name)
    if absent:
        at.report(rules.ABSENT_FIELD, f"expected {', '.join(absent)}, accepted none")
    return complete


def cannot_carry(format: str, message: str, pointer: str) -> NoReturn:
    """Raise the error that a format cannot carry a value.

    Raises:
        EncodeError: always.
    """
    raise EncodeError(Problem.of(rules.CANNOT_CARRY, message, pointer), format)


class FieldWriter(ABC):
    """Writes models as fields. Each kind of tree with fields has a subclass."""

    def __init__(self, format: str) -> None:
        self.format = format

    def records(self, layout: Layout, records: Iterable[BaseModel], pointer: str) -> list[Node]:
        """Return the records of a response as nodes.

        Args:
            layout: the layout of the records.
            records: the records.
            pointer: the JSON pointer of the array of records.

        Raises:
            EncodeError: an undocumented field has a documented name, or a value that the format cannot carry.
        """
        reserved = frozenset(layout.by_fold)
        return [
            Fields(layout.pairs(record) + self.extra_pairs(record, reserved, join_pointer(pointer, index)))
            for index, record in enumerate(records)
        ]

    def extra_pairs(
        self, model: BaseModel, reserved: frozenset[str], pointer: str, *, outside: bool | None = None
    ) -> list[tuple[str, Node]]:
        """Return the undocumented fields of a model as they are written.

        Args:
            model: the model.
            reserved: the folded names that such a field must not have.
            pointer: the JSON pointer of the model.
            outside: True for the fields next to the response, False for the fields in it, None for all.

        Raises:
            EncodeError: a field has a reserved name, or a value that the format cannot carry.
        """
        pairs: list[tuple[str, Node]] = []
        names_outside = outside_of(model.model_extra)
        for key, value in (model.model_extra or {}).items():
            if outside is not None and (key in names_outside) != outside:
                continue
            name = wire_name(key, type(model))
            place = join_pointer(pointer, name)
            if fold(name) in reserved:
                message = f"expected a name that no documented field has, got {format_value(name)}"
                cannot_carry(self.format, message, place)
            pairs += self.pairs(name, value, place)
        return pairs

    @abstractmethod
    def pairs(self, name: str, value: JsonValue, pointer: str) -> list[tuple[str, Node]]:
        """Return an undocumented field as it is written: once, or repeatedly for the members of a list.

        Args:
            name: the name.
            value: the value.
            pointer: the JSON pointer of the field.

        Raises:
            EncodeError: the format cannot carry the value.
        """
