"""Bodies that a program has decoded already: dicts and lists, or elements of lxml and ElementTree.

They become the trees of JSON and XML, so all rules and limits are the same. Neither library is imported: elements are
recognised by their attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, NoReturn, Protocol, cast

from ..errors import DecodeError
from ..limits import TOO_DEEP, Limits
from ..problems import Position, Problem, format_value, join_pointer, rules
from ..problems.rules import Rule
from ..tree import Fields, Node, Path, RoundedNumber, name_fault, value_fault
from .parsers import DOCTYPE, XML_NAMESPACE, ExpatNames, Target, refuse
from .protocol import Document, Kind
from .xml import ElementLocator, TreeBuilder, forbidden_character, is_element_name, refuse_html

__all__ = ["Element", "ElementObject", "JsonObject", "decoder_of"]

_JSON: Final = "json"
_MOST_DIGITS: Final = 300
"""Digits before or after the point of a number that a float can hold."""


def decoder_of(value: object) -> JsonObject | ElementObject | None:
    """Return the decoder for an object, or None if the object is no decoded body."""
    if isinstance(value, (Mapping, list)):
        return JsonObject(cast("Mapping[object, object] | list[object]", value))
    get_root: object = getattr(value, "getroot", None)
    root: object = get_root() if callable(get_root) and not isinstance(value, type) else value
    if isinstance(root, type) or not all(hasattr(root, name) for name in ("tag", "attrib", "text", "tail")):
        return None
    return ElementObject(cast(Element, root))


class JsonObject:
    """A JSON body that a program has decoded."""

    name = "json"
    kind: Kind = "typed"

    def __init__(self, value: Mapping[object, object] | list[object]) -> None:
        self._value = value

    def decode(self, limits: Limits) -> Document:
        """Return the tree.

        Raises:
            DecodeError: JSON has no such value, an object contains itself, or a limit is exceeded.
        """
        walk = _TreeBuilder(limits)
        try:
            return Document(walk.node(self._value))
        except RecursionError:
            walk.refuse(rules.TOO_DEEP, TOO_DEEP)


class _TreeBuilder:
    """Builds the tree of a decoded document, and stops at the first limit that is exceeded."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.body + 1
        """How many more characters of JSON are allowed. The body may be larger than its memory: parts are shared."""
        self._containers = 2 * limits.records + limits.depth
        self._names: list[str | int] = []
        self._around: set[int] = set()

    def refuse(self, rule: Rule, message: str) -> NoReturn:
        """Raise the error for the current value.

        Raises:
            DecodeError: always.
        """
        pointer = ""
        for name in self._names[: self._limits.depth + 1]:
            pointer = join_pointer(pointer, name)
        raise DecodeError(Problem.of(rule, message, pointer), _JSON)

    def node(self, value: object) -> Node:
        """Return a value, with everything in it, as a node."""
        if len(self._names) > self._limits.depth:
            self.refuse(rules.TOO_DEEP, self._limits.passed("depth"))
        if isinstance(value, Mapping):
            return self._container(cast("Mapping[object, object]", value))
        if isinstance(value, (list, tuple)):
            return self._container(cast("list[object] | tuple[object, ...]", value))
        if isinstance(value, Decimal):
            return self._decimal(value)
        fault = value_fault(value)
        if fault is not None:
            number = isinstance(value, (int, float))
            rule = (
                rules.JSON_NUMBER if number else rules.LONE_SURROGATE if isinstance(value, str) else rules.JSON_SYNTAX
            )
            self.refuse(rule, fault)
        self._spend(len(value) + 3 if isinstance(value, str) else 2)  # with a comma
        if isinstance(value, str):
            self._measure(value)
            return str.__str__(value)  # a subclass may redefine it
        if isinstance(value, bool) or value is None:
            return value
        return int(value) if isinstance(value, int) else float(cast(float, value))

    def _decimal(self, value: Decimal) -> Node:
        """Return a `Decimal` as a node. Document stores, and decoders that keep all digits, return such numbers."""
        digits = str(value)
        self._spend(len(digits) + 1)
        if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
            self.refuse(rules.JSON_NUMBER, f"expected a number that JSON allows, got {format_value(digits)}")
        if value == value.to_integral_value():
            return int(value)
        number = float(value)
        return number if Decimal(repr(number)) == value else RoundedNumber.of(digits)

    def _container(self, value: Mapping[object, object] | list[object] | tuple[object, ...]) -> Node:
        if id(value) in self._around:
            self.refuse(rules.TOO_DEEP, "expected a document, got an object that contains itself")
        self._containers -= 1
        if self._containers < 0:
            self.refuse(rules.TOO_MANY_RECORDS, self._limits.passed("records"))
        self._spend(2 if value else 3)  # the last member has no comma
        self._around.add(id(value))
        node: Node
        if isinstance(value, Mapping):
            node = Fields([(self._name(name), self._member(cast(str, name), member)) for name, member in value.items()])
        else:
            if len(value) > self._limits.records:
                self.refuse(rules.TOO_MANY_RECORDS, self._limits.passed("records", len(value)))
            node = [self._member(index, member) for index, member in enumerate(value)]
        self._around.remove(id(value))
        return node

    def _member(self, name: str | int, value: object) -> Node:
        self._names.append(name)
        node = self.node(value)
        self._names.pop()
        return node

    def _name(self, name: object) -> str:
        fault = name_fault(name)
        if fault is not None:
            self.refuse(rules.LONE_SURROGATE if isinstance(name, str) else rules.JSON_SYNTAX, fault)
        text = str.__str__(cast(str, name))
        self._measure(text)
        self._spend(len(text) + 3)
        return text

    def _measure(self, text: str) -> None:
        if len(text) > self._limits.string:
            self.refuse(rules.STRING_TOO_LONG, self._limits.passed("string", len(text)))

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            self.refuse(rules.BODY_TOO_LARGE, self._limits.passed("body"))


class Element(Protocol):
    """What elements of lxml and ElementTree have in common; lxml also has `sourceline`."""

    @property
    def tag(self) -> object:
        """The name, with a namespace in braces, or a function for a comment."""
        ...

    @property
    def attrib(self) -> Mapping[str, str]:
        """The attributes."""
        ...

    @property
    def text(self) -> object:
        """The text before the first child."""
        ...

    @property
    def tail(self) -> object:
        """The text after the element."""
        ...

    def __getitem__(self, index: int, /) -> Element:
        """Return a child."""
        ...


class ElementObject:
    """An XML body that a program has decoded with lxml or ElementTree. Only elements of lxml have a line."""

    name = "xml"
    kind: Kind = "text"

    def __init__(self, root: Element) -> None:
        self._root = root

    def decode(self, limits: Limits) -> Document:
        """Return the tree.

        Raises:
            DecodeError: the body has a DOCTYPE, text next to elements, or text that XML cannot represent; it is an HTML
                page; or it exceeds a limit.
        """
        builder, replay = TreeBuilder(limits, ExpatNames()), _Replay(limits)
        try:
            replay.run(self._root, builder)
        except DecodeError as error:
            raise DecodeError(replace(error.problem, line=replay.line or None, column=None), self.name) from None
        return builder.document()

    def locate(self, data: bytes | str, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the lines of elements that `decode` has accepted, with 1 as column. Unknown lines are left out."""
        locator = ElementLocator(paths)
        _Replay(None).run(self._root, locator)
        return {path: position for path, position in locator.found.items() if position[0]}


class _Replay:
    """Calls a target for each element, as a parser calls it while it reads text."""

    def __init__(self, limits: Limits | None) -> None:
        self.line = 0
        """The line of the last element that began; 0 if it is not known."""
        self._target: Target
        self._limits = limits
        self._left = limits.body if limits else 0
        """How many more characters of XML are allowed. The body may be larger than its memory: elements are shared."""

    def run(self, root: Element, target: Target) -> None:
        """Call the target for an element and everything in it.

        Raises:
            DecodeError: XML cannot represent something in the element, or a limit is exceeded.
        """
        self._target, target.place = target, lambda: (self.line, 1)
        try:
            self._replay(root)
        finally:
            del self._target  # otherwise there is a reference cycle

    def _replay(self, root: Element) -> None:
        self._refuse_foreign(root)
        open_elements: list[tuple[str, Element, Iterator[Element]]] = [self._start(root)]
        while open_elements:
            tag, element, children = open_elements[-1]
            child = next(children, None)
            if child is None:
                open_elements.pop()
                self._target.end(tag)
                if open_elements:
                    self._text(element.tail)
            elif callable(child.tag):
                if getattr(child.tag, "__name__", "") == "Entity":
                    refuse(rules.XML_DOCTYPE, "entity of a document type declaration (DOCTYPE) in the body")
                self._text(child.tail)
            else:
                open_elements.append(self._start(child))

    def _start(self, element: Element) -> tuple[str, Element, Iterator[Element]]:
        self.line = cast("int | None", getattr(element, "sourceline", None)) or 0
        tag = str(element.tag).rpartition("}")[2]
        if not is_element_name(tag):
            refuse(rules.XML_SYNTAX, f"expected the name of an element, got {format_value(tag)}")
        self._spend(2 * len(tag))
        self._target.start(tag, {_prefixed(attribute): value for attribute, value in element.attrib.items()})
        self._text(element.text)
        children: object = getattr(element, "iterchildren", None)  # iter() of lxml.objectify returns siblings
        return tag, element, cast("Iterator[Element]", children() if callable(children) else iter(element))

    def _text(self, text: object) -> None:
        if text is None:
            return
        if not isinstance(text, str):
            refuse(rules.XML_SYNTAX, f"expected text in an element, got {type(text).__name__}")
        index = forbidden_character(text)
        if index is not None:
            refuse(rules.XML_SYNTAX, f"expected characters that XML 1.0 can carry, got U+{ord(text[index]):04X}")
        self._spend(len(text))
        if self._target.data:
            self._target.data(text)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._limits and self._left < 0:
            refuse(rules.BODY_TOO_LARGE, self._limits.passed("body"))

    def _refuse_foreign(self, root: Element) -> None:
        refuse_html(f"<{str(root.tag).rpartition('}')[2]}>".encode("utf-8", "replace"))
        tree: object = getattr(root, "getroottree", None)
        information: object = getattr(tree(), "docinfo", None) if callable(tree) else None
        if getattr(information, "doctype", ""):
            refuse(rules.XML_DOCTYPE, DOCTYPE)


def _prefixed(attribute: str) -> str:
    """Return the name of an attribute with a prefix instead of its namespace."""
    _, brace, local = attribute.rpartition("}")
    return f"{'xml' if attribute.startswith(XML_NAMESPACE) else 'other'}:{local}" if brace else attribute
