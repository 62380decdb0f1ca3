"""One model in XML, spelled as each of the plausible writers A to E would, with noise added."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from random import Random

from pydantic import BaseModel

from bevparse import ErrorResponse, Response

from .facets import Facet, are_clean, facets, joined_hosts, missing_texts, records_of, respelled_name, respelled_text

__all__ = ["WRITERS", "noisy_xml"]

WRITERS = "ABCDE"

_GAPS = ("", "", "\n", " \n\t ", "<!-- a comment -->", "<?target data?>", "<!-- <id>7</id> -->\n")
_DECLARATION = '<?xml version="1.0" encoding="{}"?>\n'
_ROOTS = {
    "A": ("xml",),
    "B": ("root", "response"),
    "C": ("response",),
    "D": ("root", "xml", "document"),
    "E": ("ArrayList", "result-set", "soap:Body"),
}
_ENVELOPED = {"A": (True,), "B": (True,), "C": (False,), "D": (True, False), "E": (True, False)}
_ROOT_NAME = re.compile(r"<[A-Za-z:-]+")
_PREFIXES = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:soap="urn:soap"'
_ESCAPED = re.compile("[&<>\r]")


def noisy_xml(random: Random, writer: str, model: Response) -> bytes:
    """Write a model as one of the candidates does."""
    root, enveloped = random.choice(_ROOTS[writer]), random.choice(_ENVELOPED[writer])
    speller = _Speller(random, writer)
    text = speller.document(root, model, enveloped=enveloped)
    return _encoded(random, _ROOT_NAME.sub(rf"\g<0>{_PREFIXES}", text, count=1))


def _encoded(random: Random, text: str) -> bytes:
    utf16 = random.choice(((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")))
    match random.randint(0, 5):
        case 0:
            return text.encode()
        case 1:
            return codecs.BOM_UTF8 + text.encode()
        case 2:
            return utf16[0] + (random.choice(("", _DECLARATION.format("UTF-16"))) + text).encode(utf16[1])
        case 3 if all(character < "\u0100" for character in text):
            return (_DECLARATION.format("ISO-8859-1") + text).encode("iso-8859-1")
        case _:
            return (_DECLARATION.format(random.choice(("utf-8", "UTF-8"))) + text).encode()


class _Speller:
    def __init__(self, random: Random, writer: str) -> None:
        self._random = random
        self._writer = writer

    def document(self, root: str, model: Response, *, enveloped: bool) -> str:
        """Write the whole, without a declaration."""
        records = records_of(model)
        if isinstance(model, ErrorResponse):
            inside = self._reply(model)
        elif model.endpoint == "create":
            inside = self._members(model)
        elif records is not None and model.endpoint == "list":
            listed = self._listed("data", [self._members(record) for record in records])
            inside = [*self._members(model), self._joined(listed)]
        else:
            return self._array(root, [self._members(record) for record in records or ()], enveloped=enveloped)
        if not isinstance(model, ErrorResponse):
            inside += self._random.choice(([], [], ["<error/>"], ["<errors> </errors>"], ["<error>null</error>"]))
        self._random.shuffle(inside)
        content = self._joined(inside)
        return self._element(root, self._joined([self._element("response", content)]) if enveloped else content)

    def _array(self, root: str, records: list[list[str]], *, enveloped: bool) -> str:
        if self._writer == "B":
            return self._element(root, self._joined(self._listed("response", records)))
        (response,) = self._listed("response", records)
        if enveloped:
            return self._element(root, self._joined([response]))
        return re.sub(r"\A<response\b", f"<{root}", re.sub(r"</response>\Z", f"</{root}>", response))

    def _listed(self, name: str, records: list[list[str]]) -> list[str]:
        """Write a list of records under a name."""
        contents = [self._joined(self._random.sample(members, len(members))) for members in records]
        if self._writer == "B":
            return [self._element(name, content) for content in contents]
        return [self._element(name, self._joined(self._items(name, contents, "EmailVerifyRecord")))]

    def _items(self, name: str, contents: Sequence[str], java: str) -> list[str]:
        singular = name[:-1] if name.endswith("s") else "item"
        write: dict[str, Callable[[int, str], str]] = {
            "A": lambda _, content: self._element(singular if name != "response" else "item", content),
            "B": lambda _, content: self._element(singular, content),
            "C": lambda index, content: self._element("item", content, f' key="{index}"'),
            "D": lambda index, content: self._element(f"item{index}", content),
            "E": lambda _, content: self._element(java, content),
        }
        return [write[self._writer](index, content) for index, content in enumerate(contents)]

    def _members(self, model: BaseModel) -> list[str]:
        return [element for facet in facets(model) for element in self._field(facet)]

    def _field(self, facet: Facet) -> list[str]:
        """Write one field: no element, one, or in B one for each member, which stay together."""
        name = facet.name if facet.kind == "extra" else respelled_name(self._random, facet.name, spaces=False)
        if facet.value is None or facet.value == ():
            return self._unsaid(name, facet.kind)
        if not isinstance(facet.value, tuple):
            return [self._element(name, self._text(respelled_text(self._random, facet)))]
        if are_clean(facet.value) and self._writer == "B":
            return [self._joined([self._element(name, self._text(host)) for host in facet.value])]
        if are_clean(facet.value) and self._random.randint(0, 4) == 0:
            return [self._element(name, self._text(joined_hosts(self._random, facet.value)))]
        hosts = self._items("mxRecords", [self._text(host) for host in facet.value], "string")
        return [self._element(name, self._joined(hosts))]

    def _unsaid(self, name: str, kind: str) -> list[str]:
        texts = [f"<{name}>{text}</{name}>" for text in missing_texts(kind)]
        return self._random.choice([[], [], [f"<{name}/>"], [f'<{name} xsi:nil="true"/>'], *([text] for text in texts)])

    def _reply(self, model: ErrorResponse) -> list[str]:
        texts = [self._text(text) for text in model.errors]
        rest = self._members(model)
        if len(texts) == 1 and self._random.randint(0, 1):
            return [*rest, self._element("error", texts[0])]
        if self._writer == "B" and not any(text.strip() in ("", "null") for text in model.errors):
            return [*rest, self._joined([self._element("errors", text) for text in texts])]
        return [*rest, self._element("errors", self._joined(self._items("errors", texts, "string")))]

    def _element(self, name: str, content: str, attributes: str = "") -> str:
        noise = self._random.choice(("", "", "", ' type="string"', ' xmlns="urn:x"', " "))
        opening = f"<{name}{attributes}{noise}"
        return f"{opening}>{content}</{name}>" if content or self._random.randint(0, 1) else f"{opening}/>"

    def _joined(self, elements: Sequence[str]) -> str:
        """Put elements side by side, with blanks, comments and instructions between them."""
        if not elements:
            return ""
        return "".join(self._random.choice(_GAPS) + element for element in elements) + self._random.choice(_GAPS)

    def _text(self, text: str) -> str:
        """Spell a text with references, in a CDATA section, or with a comment in its middle."""
        escaped = _ESCAPED.sub(lambda found: f"&#{ord(found[0])};", text)
        match self._random.randint(0, 4):
            case 0 if "\r" not in text:
                return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
            case 1 if escaped == text:
                return f"{text[:2]}<!-- a comment -->{text[2:]}"
            case 2:
                return "".join(f"&#x{ord(character):x};" for character in text)
            case _:
                return escaped
