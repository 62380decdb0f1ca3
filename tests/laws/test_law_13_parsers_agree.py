"""Law 13, parsers agree: lxml and expat see the same elements, and what only one of them accepts is refused.

Both parsers are called here directly, so the law knows nothing of how `bevparse.formats.xml` uses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import TypeAlias
from unittest import mock
from xml.parsers import expat

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from bevparse import DecodeError, Limits
from bevparse.formats import parsers, xml
from bevparse.formats.text import declared_encoding, read_text
from bevparse.limits import DEFAULT_LIMITS
from bevparse.problems import rules
from bevparse.tree import Fields, Node

from ..paths import FIXTURES
from .hostile import mutated, seeds

Element: TypeAlias = "tuple[str, str | tuple[Element, ...]]"
"""A local name, with a text or elements."""

BLOCK = 2**16
"""The length of the parts in which lxml is given a text."""
FILES = sorted(FIXTURES.rglob("*.xml"))
SEEDS = [seed for seed in seeds() if seed.lstrip().startswith(b"<")]
XML, XMLNS = "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"
PIECES = (
    "<a>", "</a>", "<b/>", "<b />", "</b >", "<b c='1'>", "<b c='1' c='2'/>", "<b c='1'd='2'/>", "<b c = '>'/>",
    "<b c='<'/>", "<b c='\r\n\t&#10;&lt;'/>", "<p:b>", "</p:b>", "<p:b/>", "<b p:c='1'/>", "<b p:c='1' q:c='2'/>",
    "<b xml:lang='x' xml:space='y' xml:id='1'/>", "<xml:b/>", "<xmlns:b/>", "<a:b:c/>", "<:a/>", "<a:/>",
    " xmlns='u'", " xmlns=''", " xmlns='a b'", " xmlns:p='u'", " xmlns:q='u'", " xmlns:p=''", " xmlns:xml='u'",
    f" xmlns:xml='{XML}'", f" xmlns:p='{XML}'", f" xmlns='{XML}'", f" xmlns:p='{XMLNS}'", f" xmlns='{XMLNS}'",
    " xmlns:xmlns='u'", " xsi:nil='true'", " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'", " xmlns:é='u'",
    "<?xml version='1.0'?>", "<?xml version='1.1'?>", "<?xml version='2.0'?>", "<?xml version='1.0a'?>",
    "<?xml encoding='utf-8'?>", "<?xml version='1.0' encoding='UTF-7'?>", "<?xml version='1.0' encoding='9'?>",
    "<?xml version='1.0' standalone='no'?>", "<?XML x?>", "<?xml-x y?>", "<?p?>", "<?p ?x>?>", "<?p:q x?>", "<?é x?>",
    "<!---->", "<!-- -- -->", "<!--->", "<!--a--->", "<![CDATA[", "]]>", "<![CDATA[]]]]>", "<![CDATA[<b>]]>", "<!E",
    "<!DOCTYPE a>", "&amp;", "&#13;", "&#x9;", "&#0;", "&#1;", "&#xD800;", "&#xFFFE;", "&#x10FFFF;", "&#x110000;",
    "&#4294967393;", "&nbsp;", "&", "\r\n", "\r", "\n", "\t", " ", "x", "5", "\x00", "\x01", "\x7f", "\x85", "\u2028",
    "\ufeff", "\ufffe", "\U0001fffe", "\U00010000", "\u3400", "\u0132", "é", "\u0300", "·", "-", ".", ":", "=", "'",
    '"', "<", ">", "/", "?", "!", "]",
)  # fmt: skip
INSIDE = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
TEXTS = st.one_of(
    INSIDE,
    st.builds("<a>{}</a>".format, INSIDE),
    st.builds("<a{}>{}</a>".format, INSIDE, INSIDE),
    st.builds("{}<a/>{}".format, INSIDE, INSIDE),
    st.builds("<a{}/>".format, INSIDE),
    st.builds("<a>{}</a>".format, st.text(st.characters(exclude_categories=["Cs"]), max_size=3)),
    st.builds("<{}/>".format, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=2)),
)


class RefusedError(Exception):
    """The body is refused, by a parser or because of what it contains."""


class Tree:
    """What the events of a parser build."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: list[tuple[list[Element], list[str]]] = [([], [])]

    @property
    def root(self) -> Element:
        return self._open[0][0][0]

    def start(self, name: str, attributes: object) -> None:
        self._open.append(([], []))
        if len(self._open) - 1 > self._limits.depth:
            raise RefusedError

    def end(self, name: str) -> None:
        children, texts = self._open.pop()
        text = "".join(texts)
        if children and text.strip(" \t\r\n"):
            raise RefusedError
        self._open[-1][0].append((re.split("[}!]", name)[-1], tuple(children) or text))

    def data(self, text: str) -> None:
        self._open[-1][1].append(text)

    def doctype(self, *_: object) -> None:
        raise RefusedError


def tree_of_expat(text: str, limits: Limits) -> Element:
    tree = Tree(limits)
    parser = expat.ParserCreate("utf-8", "!")
    parser.StartElementHandler, parser.EndElementHandler = tree.start, tree.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = tree.data, tree.doctype
    parser.Parse(text, True)
    return tree.root


def tree_of_lxml(text: str, limits: Limits) -> Element:
    tree = Tree(limits)
    called = SimpleNamespace(start=tree.start, end=tree.end, data=tree.data, doctype=tree.doctype, close=lambda: None)
    parser = etree.XMLParser(target=called, encoding="utf-8", resolve_entities=False, huge_tree=True)
    etree.fromstring(text.encode(), parser)
    log = [entry for entry in parser.error_log if entry.level_name != "WARNING" and entry.type_name != "WAR_NS_URI"]
    if log:  # faults in namespaces
        raise RefusedError
    return tree.root


def outcome(read: Callable[[str, Limits], Element], text: str, limits: Limits) -> Element | None:
    """Return the root element, or None if the body is refused."""
    try:
        return read(text, limits)
    except (RefusedError, expat.ExpatError, etree.XMLSyntaxError):
        return None


def element(name: str, node: Node) -> Element:
    return name, tuple(element(*pair) for pair in node) if isinstance(node, Fields) else str(node)


def assert_agrees(text: str, limits: Limits = DEFAULT_LIMITS) -> None:
    expected = {outcome(tree_of_expat, text, limits), outcome(tree_of_lxml, text, limits)}
    try:
        root = xml.decode(text, limits).root
    except DecodeError as error:
        problem = error.problem
        assert None in expected or problem.rule is rules.HTML_PAGE
        assert (problem.line or 0) >= 1
        assert (problem.column or 0) >= 1
    else:
        assert isinstance(root, Fields)
        assert expected == {element(*root.pairs[0])}


def shifted(text: str, start: int) -> str:
    """Return a text with a comment in front, so that the second part for lxml begins at an index of the text."""
    declaration = re.match(r"<\?xml\s[^>]*>", text)
    begin = declaration.end() if declaration else 0
    return f"{text[:begin]}<!--{'<' * (BLOCK - 7 - start)}-->{text[begin:]}"


@given(text=TEXTS)
@example("<a><p:b/></a>")
@example("<?xml version='1.0a'?><a/>")
@example("<?p:q x?><é/>")
@example(f"<a xmlns='{XMLNS}'/>")
@example("<a xmlns='a b'><b/></a>")
@example("<a xmlns='a b'/>x")
@example("<p:a/>x")
@example(f"<a xmlns:xml='{XML}' xmlns:xml='{XML}'/>")
@example("<a><\u3400/></a>")
@example("<a x\u3400='1'/>")
@example("<?\u3400 x?><a/>")
@example("<a xmlns:\u3400='u'/>")
@example("<a xmlns:p='u' p:b='1'/>")
@example("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='1'/>")
@example("\ufeff<a/>")
def test_parsers_agree_on_bodies_in_pieces(text: str) -> None:
    assert_agrees(text)


@given(random=st.randoms(use_true_random=False))
def test_parsers_agree_on_mutated_bodies(random: Random) -> None:
    assert_agrees(mutated(random, SEEDS).decode("utf-8", "replace"))


@given(text=TEXTS, random=st.randoms(use_true_random=False))
@example("<a>\r\n</a>", Random(1))
def test_parsers_agree_at_the_end_of_each_part_that_lxml_reads(text: str, random: Random) -> None:
    body = text if random.randint(0, 3) else mutated(random, SEEDS).decode("utf-8", "replace")

    assert_agrees(shifted(body, random.randint(0, len(body))))


def test_parsers_agree_at_each_index_of_a_fixture() -> None:
    body = (FIXTURES / "failed" / "documented.xml").read_text("utf-8").replace("\n", "\r\n")[:400]

    for start in range(len(body)):
        assert_agrees(shifted(body, start))


def test_parsers_agree_on_every_fixture() -> None:
    assert FILES
    for path in FILES:
        data = path.read_bytes()
        try:
            text = read_text(data, "xml", declared_encoding(data))[0]
        except DecodeError:
            continue
        assert_agrees(text)


@pytest.mark.parametrize("depth", [31, 32, 33, 255, 257, 2049, 50_000])
def test_parsers_agree_on_depth(depth: int) -> None:
    for limits in (DEFAULT_LIMITS, Limits(depth=10**6)) if depth < 100 else (DEFAULT_LIMITS,):
        assert_agrees("<a>" * depth + "</a>" * depth, limits)

    with pytest.raises(DecodeError) as caught:
        xml.decode("<a>" * depth, Limits(depth=10**6))
    assert caught.value.problem.code == "BEV120"


@pytest.mark.parametrize(
    ("fault", "body"),
    [  # only a fault in the code makes the parsers disagree
        (mock.patch.object(xml, "read_with_lxml", xml.read_with_expat), "<?xml version='1.0a'?><a/>"),
        (mock.patch.object(xml, "check_namespaces"), "<p:é/>"),
        (mock.patch.object(parsers.LxmlParser, "_check_log"), "<a><p:b/></a>"),
        (mock.patch.object(parsers.LxmlNames, "__missing__", lambda _, name: name), "<\u3400/>"),
        (mock.patch.object(parsers.LxmlNames, "__missing__", lambda _, name: name), "<a xmlns='u'><b/></a>"),
        (mock.patch.object(parsers, "_meet_namespace"), "<a xmlns:\u3400='u'/>"),
        (mock.patch.object(parsers, "_meet_target"), "<?\u3400 x?><a/>"),
        (mock.patch.object(parsers, "_refuse_doctype"), "<!DOCTYPE a><a/>"),
    ],
)
def test_law_can_fail(fault: mock._patch[object], body: str) -> None:
    assert_agrees(body)
    known, idle = mock.patch.dict(parsers.lxml_names, clear=True), mock.patch.object(xml, "_idle", [])
    with fault, known, idle, pytest.raises(AssertionError):
        assert_agrees(body)
