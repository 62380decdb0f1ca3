"""Undocumented fields, which are kept and said aloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

from pydantic import BaseModel

from ..formats import Kind
from ..models import Response
from ..problems import format_value, join_pointer, rules
from ..problems.findings import Findings
from ..tree import Fields, Node, Path, fold
from ..wire import UNREAD, Deviation, Note, is_unsaid
from .instances import build
from .layout import UNSET, Field, Layout

__all__ = ["Keeper", "RecordReader", "extra_value", "finish", "fits"]


class Keeper:
    """Puts undocumented fields where `model_extra` will be made of them."""

    def __init__(self, kind: Kind, findings: Findings) -> None:
        self._kind: Kind = kind
        self._findings = findings

    def keep(self, extra: dict[str, object], name: str, value: Node, path: Path, pointer: str) -> bool:
        """Keep one field, or note why that cannot be done; in elements a name that repeats makes a list."""
        self._findings.add(
            rules.UNKNOWN_FIELD, f"expected documented fields only, kept {format_value(name)}", pointer, path
        )
        kept = extra_value(value, self._kind)
        if name not in extra and kept is not UNREAD:
            extra[name] = kept
        elif self._kind == "text":
            before = extra[name]
            if isinstance(before, list):  # made here: an element by itself is never a list
                cast("list[object]", before).append(kept)
            else:
                extra[name] = [before, kept]
        else:
            self._findings.add(
                rules.DUPLICATE_FIELD,
                f"expected {format_value(name)} once, and each name in it, got one again",
                pointer,
                path,
            )
            return False
        return True

    def merge(self, envelope: dict[str, object], extra: dict[str, object]) -> dict[str, object]:
        """Put the fields beside the response and in it together, noting those that stand in both places."""
        for name in envelope.keys() & extra.keys():
            self._findings.add(
                rules.DUPLICATE_FIELD, f"expected {format_value(name)} once, got it beside response and in it", "", ()
            )
        return envelope | extra


def fits(model: type[Response], extra: dict[str, object], path: Path, findings: Findings) -> bool:
    """Tell whether undocumented fields can stand beside the attributes of a response, and note those that cannot."""
    taken = [name for name in extra if name in model.model_fields]
    for name in taken:
        message = f"expected a name that {model.__name__} does not have itself, got {format_value(name)}"
        pointer, where = findings.kept_at(name) or (join_pointer("/response", name), path)
        findings.add(rules.RESERVED_NAME, message, pointer, where)
    return not taken


def extra_value(node: Node, kind: Kind) -> object:
    """Turn a tree into what `model_extra` holds: dicts, lists and values, or `UNREAD` where JSON repeats a name."""
    if isinstance(node, list):
        members = [extra_value(member, kind) for member in node]
        return UNREAD if UNREAD in members else members
    if not isinstance(node, Fields):
        return node
    kept: dict[str, object] = {}
    repeated: set[str] = set()
    for name, value in node.pairs:
        member = extra_value(value, kind)
        if member is UNREAD or (name in kept and kind == "typed"):
            return UNREAD
        if name in repeated:
            cast(list[object], kept[name]).append(member)
        elif name in kept:
            kept[name] = [kept[name], member]
            repeated.add(name)
        else:
            kept[name] = member
    return kept


_Values = dict[str, object]

_Known: TypeAlias = tuple[Field, str, Callable[[Node], object], Callable[[Node], object]]


class RecordReader:
    """Reads records of one layout from trees of one kind."""

    def __init__(self, layout: Layout, kind: Kind, findings: Findings) -> None:
        self._layout = layout
        self._kind: Kind = kind
        self._findings = findings
        self._keeper = Keeper(kind, findings)
        self._by_name = {name: self._known(field) for name, field in layout.by_name.items()}

    def _known(self, field: Field) -> _Known:
        """Give what the loop over fields needs: how a text is read here, and how anything else is."""
        if self._kind == "typed":
            return field, field.attribute, field.typed, field.typed
        read = _from_element(field)
        leaf = cast("Callable[[Node], object]", field.spelling.text)
        return field, field.attribute, read if field.spelling.many else leaf, read

    def record(self, node: Node, path: Path, pointer: str) -> BaseModel | None:
        """Read one record, or note why it cannot be read."""
        if self._kind == "text" and isinstance(node, str) and is_unsaid(node):
            node = Fields([])
        if not isinstance(node, Fields):
            self._findings.rejected.append((pointer, node))
            self._findings.add(rules.WRONG_KIND, f"expected a record, got {format_value(node)}", pointer, path)
            return None
        values, extra, sound = self.fields(node, path, pointer)
        if finish(self._layout, values, path, pointer, self._findings) and sound:
            return build(self._layout.model, values, extra)
        self._findings.rejected.append((pointer, node))
        return None

    def fields(
        self, node: Fields, path: Path, pointer: str, apart: frozenset[str] = frozenset()
    ) -> tuple[_Values, _Values, bool]:
        """Read what the layout knows, and keep the rest.

        Args:
            node: the fields.
            path: their path.
            pointer: their pointer.
            apart: folded names that somebody else reads.

        Returns:
            The values by attribute (`UNSET` where there are none), the undocumented fields, and whether all could
            be read.
        """
        values = self._layout.template.copy()
        extra: _Values = {}
        sound = True
        by_name = self._by_name
        for position, (name, value) in enumerate(node):
            known = by_name.get(name)
            if known is None:
                folded = fold(name)
                if folded in apart:
                    continue
                known = self._respelled(folded, name, (*path, position), pointer)
                if known is None:
                    sound = (
                        self._keeper.keep(extra, name, value, (*path, position), join_pointer(pointer, name)) and sound
                    )
                    continue
            field, attribute, read_text, read = known
            result = read_text(value) if value.__class__ is str else read(value)
            if isinstance(result, Deviation):
                result = self._note(field, result, (*path, position), join_pointer(pointer, field.wire.name))
                sound = sound and result is not UNREAD
            if values[attribute] is not UNSET:
                result = self._again(field, values[attribute], result, (*path, position), pointer)
                sound = sound and result is not UNREAD
            values[attribute] = result
        return values, extra, sound

    def _respelled(self, folded: str, name: str, path: Path, pointer: str) -> _Known | None:
        """Find the field that a name stands for in another spelling."""
        field = self._layout.by_fold.get(folded)
        if field is None:
            return None
        message = f"expected the name {field.wire.name}, accepted {format_value(name)}"
        self._findings.add(rules.NAME_SPELLING, message, join_pointer(pointer, field.wire.name), path)
        return self._by_name[field.wire.name]

    def _again(self, field: Field, before: object, value: object, path: Path, pointer: str) -> object:
        """Meet a field for the second time: in elements a list may be spelled so, all else is a fault."""
        pointer = join_pointer(pointer, field.wire.name)
        if field.spelling.many and self._kind == "text":
            self._findings.add_once(
                rules.LIST_SPELLING,
                field.attribute,
                "expected one element with a member for each value, accepted several",
                pointer,
                path,
            )
            if isinstance(before, (tuple, list)) and isinstance(value, tuple):
                hosts = cast("tuple[str, ...] | list[str]", before)
                gathered = hosts if isinstance(hosts, list) else list(hosts)
                gathered += cast("tuple[str, ...]", value)
                return gathered
        else:
            self._findings.add(rules.DUPLICATE_FIELD, f"expected {field.wire.name} once, got it again", pointer, path)
        return UNREAD

    def _note(self, field: Field, deviation: Deviation, path: Path, pointer: str) -> object:
        for note in deviation.notes:
            place = pointer if note.member is None else join_pointer(pointer, note.member)
            where = path if note.member is None else (*path, note.member)
            if note.rule is rules.LIST_SPELLING and self._kind == "text":
                self._findings.add_once(note.rule, field.attribute, note.message, place, where)
            else:
                self._findings.add(note.rule, note.message, place, where)
        return deviation.value


def _from_element(field: Field) -> Callable[[Node], object]:
    """Read a field from an element: a text, or for a list an element for each member."""
    read = field.spelling.text

    def scalar(node: Node) -> object:
        return Deviation(UNREAD, Note(rules.WRONG_KIND, f"expected {field.spelling.expected}, got elements"))

    def many(node: Node) -> object:
        if isinstance(node, str):
            value = read(node)
            if is_unsaid(node) or isinstance(value, Deviation):
                return value
            message = f"expected {field.spelling.expected}, each in its element, accepted {format_value(node)}"
            return Deviation(value, Note(rules.LIST_SPELLING, message))
        members = cast(Fields, node).values()
        texts = tuple([value for value in members if value.__class__ is str])
        if len(texts) == len(members):
            return texts
        index = next(i for i, value in enumerate(members) if not isinstance(value, str))
        return Deviation(UNREAD, Note(rules.WRONG_KIND, "expected a text, got elements", index))

    return many if field.spelling.many else scalar


def finish(layout: Layout, values: _Values, path: Path, pointer: str, findings: Findings) -> bool:
    """Put defaults where nothing was met; say what is missing, and whether the rest is enough for a model."""
    for attribute in layout.many:
        if isinstance(values[attribute], list):
            values[attribute] = tuple(cast("list[object]", values[attribute]))
    if UNSET not in values.values() and None not in [values[attribute] for attribute in layout.required]:
        return True
    sound = True
    absent: list[str] = []
    for field in layout.fields:
        value = values[field.attribute]
        if field.required and (value is UNSET or value is None):
            findings.add(rules.MISSING_FIELD, f"expected {field.wire.name}, got none", pointer, path)
            sound = False
        elif value is UNSET:
            values[field.attribute] = field.default
            if field.wire.always:
                absent.append(field.wire.name)
    if absent:
        findings.add(rules.ABSENT_FIELD, f"expected {', '.join(absent)}, accepted a record without", pointer, path)
    return sound
