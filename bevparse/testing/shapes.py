"""The shapes that the XML and CSV of the service may have.

A shape is one way to write a response, such as the names of the elements. No XML or CSV body of the service is public,
so `FakeService` can write several shapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args

from ..formats.xml import DECLARATION, member_name
from ..models import CompletedResponse, Response
from ..payloads import KINDS
from ..payloads.derived import plain
from ..payloads.layout import label, layout_of
from ..tree import Fields, Node, Table
from ..writer import dump

__all__ = [
    "CSV_SHAPES",
    "XML_SHAPES",
    "CsvShape",
    "XmlShape",
    "XmlWriter",
    "csv_line",
    "enclosed",
    "write_csv",
    "write_xml",
    "xml_cdata",
    "xml_text",
]

XmlShape: TypeAlias = Literal["A", "B", "C", "D", "E"]
"""A: `<item>` for records, and the singular of the list for its members, as `dump` writes. B: repeated elements in
place of lists. C: `<item key="0">`, CDATA. D: `<item0>`, `<item1>`. E: elements with the names of Java classes."""
CsvShape: TypeAlias = Literal["title-case", "quoted", "crlf", "semicolon", "tab", "wire-names", "spread-hosts"]
"""title-case: as `dump` writes. quoted: all cells are quoted. crlf: lines end in CR LF. semicolon, tab: separators.
wire-names: the labels are the names in JSON. spread-hosts: a column for each mail server."""
CSV_SHAPES: Final[tuple[CsvShape, ...]] = get_args(CsvShape)
_HOSTS: Final = "mxRecords"
_ESCAPED: Final = re.compile("[&<>\r]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_QUOTED: Final = re.compile('[\\s",;]')


@dataclass(frozen=True, slots=True)
class XmlWriter:
    """How a shape of XML writes elements."""

    root: str
    """The name of the element around `response`; empty if `response` is the root."""
    item: Callable[[int], str]
    """Returns the start tag of a record by its number, without brackets."""
    member: Callable[[str, int], str] | None
    """Returns the start tag of a list member, by the name of the list and the number.

    None for a shape that writes a list as repeated elements.
    """
    text: Callable[[str], str]
    """Escapes text."""

    def document(self, response: Node) -> str:
        """Return the root element of a body, given the content of its element `response`."""
        inside = self._element("response", response)
        return f"<{self.root}>{inside}</{self.root}>" if self.root else inside

    def _element(self, start: str, node: Node) -> str:
        if isinstance(node, list):
            return self._list(start, node)
        if isinstance(node, Fields):
            inside = "".join(self._element(name, value) for name, value in node)
        else:
            inside = "" if node is None else self.text(str(node))
        return enclosed(start, inside)

    def _list(self, name: str, nodes: Sequence[Node]) -> str:
        member = self.member
        if member is None:
            return "".join(self._element(name, node) for node in nodes)
        starts = (self.item(i) if isinstance(node, Fields) else member(name, i) for i, node in enumerate(nodes))
        return enclosed(name, "".join(map(self._element, starts, nodes)))


def enclosed(start: str, inside: str) -> str:
    """Return an element as text, given its content and its start tag without brackets, which may have attributes."""
    return f"<{start}>{inside}</{start.partition(' ')[0]}>" if inside else f"<{start}/>"


def xml_text(text: str) -> str:
    """Return text with the characters escaped that XML reserves."""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)


def xml_cdata(text: str) -> str:
    """Return text as a CDATA section."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _text_or_cdata(text: str) -> str:
    escaped = xml_text(text)
    return escaped if escaped == text or "\r" in text else xml_cdata(text)


XML_SHAPES: Final[dict[XmlShape, XmlWriter]] = {
    "A": XmlWriter("xml", lambda _: "item", lambda name, _: member_name(name), xml_text),
    "B": XmlWriter("root", lambda _: "response", None, xml_text),
    "C": XmlWriter("", 'item key="{}"'.format, lambda _, number: f'item key="{number}"', _text_or_cdata),
    "D": XmlWriter("root", "item{}".format, lambda _, number: f"item{number}", xml_text),
    "E": XmlWriter("ArrayList", lambda _: "EmailVerifyRecord", lambda _name, _number: "string", xml_text),
}
"""How each shape of XML writes elements."""


def write_xml(response: Response, shape: XmlShape) -> bytes:
    """Return a model as an XML body of a shape.

    Raises:
        EncodeError: XML cannot represent the model.
    """
    canonical = dump(response, format="xml")
    if shape == "A":
        return canonical
    tree = cast(Fields, KINDS["text"].write(plain(response, as_text=True), "xml"))
    return (DECLARATION + XML_SHAPES[shape].document(tree.values()[0])).encode()


def csv_line(cells: Iterable[str], delimiter: str = ",", *, end: str = "\n", quoted: bool = False) -> str:
    """Return a line of CSV. Cells with blanks or separators are quoted."""

    def cell(text: str) -> str:
        if quoted or delimiter in text or _QUOTED.search(text):
            return '"' + text.replace('"', '""') + '"'
        return text

    return delimiter.join(map(cell, cells)) + end


def write_csv(response: Response, shape: CsvShape) -> bytes:
    """Return a model as a CSV body of a shape.

    Raises:
        EncodeError: CSV cannot represent the model.
    """
    canonical = dump(response, format="csv")
    if shape == "title-case":
        return canonical
    table = cast(Table, KINDS["table"].write(plain(response, as_text=True), "csv"))
    header = table.header
    if shape == "wire-names":
        names = _wire_names(response)
        header = [names.get(text, text) for text in header]
    lines: list[Sequence[str]] = [header, *table.rows]
    if shape == "spread-hosts" and isinstance(response, CompletedResponse):
        lines = _with_spread_hosts(header, table.rows, [record.mx_records for record in response.records])
    delimiter = {"semicolon": ";", "tab": "\t"}.get(shape, ",")
    end = "\r\n" if shape == "crlf" else "\n"
    return "".join(csv_line(line, delimiter, end=end, quoted=shape == "quoted") for line in lines).encode()


def _wire_names(response: Response) -> dict[str, str]:
    layout = layout_of(type(plain(response, as_text=True)))
    layouts = [layout, *([layout.items.layout] if layout.items else [])]
    return {field.label: field.wire.name for one in layouts for field in one.fields}


def _with_spread_hosts(
    header: Sequence[str], rows: Sequence[Sequence[str]], hosts: Sequence[Sequence[str]]
) -> list[Sequence[str]]:
    place, count = header.index(label(_HOSTS)), max(map(len, hosts), default=1) or 1
    labels = [f"{_HOSTS}.{number}" for number in range(count)]
    lines: list[Sequence[str]] = [[*header[:place], *labels, *header[place + 1 :]]]
    for row, found in zip(rows, hosts, strict=True):
        lines.append([*row[:place], *found, *[""] * (count - len(found)), *row[place + 1 :]])
    return lines
