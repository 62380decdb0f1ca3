"""Bodies in XML as XML Schema (XSD 1.0)."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..endpoints import MODELS
from ..formats.xml import DECLARATION, member_name
from ..models import ErrorResponse, Response
from ..payloads.layout import Field, Layout, layout_of
from ..problems import shortened
from ..wire import CHECK, CODE, END, EPOCH, FLAG, HOSTS, INTEGER, LAST_EPOCH, MAX_INTEGER, RESULT, TEXT, WORDS, Spelling
from .json import ABOUT_NONE

__all__ = ["xsd"]

_TEXT: Final = "xs:string"
_TYPES: Final[dict[Spelling, str]] = {
    CHECK: "check",
    CODE: _TEXT,
    END: "seconds",
    EPOCH: "seconds",
    FLAG: "flag",
    HOSTS: _TEXT,  # the type of each member
    INTEGER: "count",
    RESULT: _TEXT,
    TEXT: _TEXT,
    WORDS: _TEXT,
}
"""The type of an element, by the spelling of its field."""
_SIMPLE: Final[dict[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "blank": (_TEXT, (("length", "0"),)),
    "check": (_TEXT, (("enumeration", "true"), ("enumeration", "false"), ("enumeration", "null"))),
    "count": ("xs:long", (("minInclusive", "0"), ("maxInclusive", str(MAX_INTEGER)))),
    "flag": ("xs:boolean", (("pattern", "[01]"),)),
    "seconds": ("xs:long", (("minInclusive", "1"), ("maxInclusive", str(LAST_EPOCH)))),
}
"""The base and the facets of each type that is not built in."""


def xsd(model: type[Response]) -> str:
    """Return the XML Schema (XSD 1.0) of a body in XML.

    It accepts what `dump` writes for a model without undocumented fields, with the fields in any order. No XML body of
    the service is public.

    Args:
        model: the model of the endpoint.

    Raises:
        TypeError: `model` is not the model of an endpoint.
    """
    if model not in MODELS.values():
        raise TypeError(f"expected the model of an endpoint, got {shortened(repr(model), 100)}")
    types = _Types(f"{model.__doc__} {ABOUT_NONE}")
    root = SubElement(types.schema, "xs:element", name="xml")
    inside = SubElement(SubElement(root, "xs:complexType"), "xs:sequence")
    SubElement(inside, "xs:element", name="response", type=types.of_response(model))
    indent(types.schema)
    return f"{DECLARATION}{tostring(types.schema, encoding='unicode')}\n"


class _Types:
    """The named types of one schema. A type is defined when it is first used."""

    def __init__(self, about: str) -> None:
        self.schema = Element("xs:schema", {"xmlns:xs": "http://www.w3.org/2001/XMLSchema"})
        self._defined: set[str] = set()
        _describe(self.schema, about)

    def of_response(self, model: type[Response]) -> str:
        """Define the type of the element `response`, and return its name."""
        layout = layout_of(model)
        if layout.items and not layout.items.wire_name:
            self._list(self._new("xs:complexType", model.__name__), "item", self._of_fields(layout.items.layout))
            return model.__name__
        if model is ErrorResponse:
            return self._of_error(layout)
        return self._of_fields(layout)

    def _of_fields(self, layout: Layout) -> str:
        name = layout.model.__name__
        self._add_fields(SubElement(self._new("xs:complexType", name), "xs:all"), layout)
        return name

    def _of_error(self, layout: Layout) -> str:
        name = layout.model.__name__
        fields = SubElement(self._new("xs:complexType", name), "xs:sequence")
        own = SubElement(fields, "xs:choice")
        SubElement(own, "xs:element", name="error", type=_TEXT)
        self._list(SubElement(SubElement(own, "xs:element", name="errors"), "xs:complexType"), "error", _TEXT, least=1)
        self._add_fields(fields, layout)
        return name

    def _add_fields(self, fields: Element, layout: Layout) -> None:
        for field in layout.written:
            name = field.wire.name
            element = SubElement(fields, "xs:element", name=name)
            if not field.required:
                element.set("minOccurs", "0")
            _describe(element, field.description)
            if field.spelling.many:
                self._list(SubElement(element, "xs:complexType"), member_name(name), self._of_values(field), least=1)
            else:
                element.set("type", self._of_values(field))
        if layout.items:
            items = SubElement(SubElement(fields, "xs:element", name=layout.items.wire_name), "xs:complexType")
            self._list(items, member_name(layout.items.wire_name), self._of_fields(layout.items.layout))

    def _of_values(self, field: Field) -> str:
        name = self._simple(_TYPES[field.spelling])
        if not field.wire.nullable or name == _TEXT:
            return name
        either = f"{name}OrBlank"
        if either not in self._defined:
            members = f"{name} {self._simple('blank')}"
            SubElement(self._new("xs:simpleType", either), "xs:union", memberTypes=members)
        return either

    def _simple(self, name: str) -> str:
        if name in _SIMPLE and name not in self._defined:
            base, facets = _SIMPLE[name]
            restriction = SubElement(self._new("xs:simpleType", name), "xs:restriction", base=base)
            for facet, value in facets:
                SubElement(restriction, f"xs:{facet}", value=value)
        return name

    def _new(self, kind: str, name: str) -> Element:
        self._defined.add(name)
        return SubElement(self.schema, kind, name=name)

    def _list(self, parent: Element, member: str, kind: str, *, least: int = 0) -> None:
        sequence = SubElement(parent, "xs:sequence")
        occurs = {"minOccurs": str(least), "maxOccurs": "unbounded"}
        SubElement(sequence, "xs:element", {"name": member, "type": kind, **occurs})


def _describe(element: Element, text: str) -> None:
    SubElement(SubElement(element, "xs:annotation"), "xs:documentation").text = text
