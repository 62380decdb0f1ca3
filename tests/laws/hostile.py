"""Hostile bodies, drawn from a `random.Random` so that Hypothesis and the long fuzzing can share them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import MappingProxyType

from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
    dump,
)

from ..paths import FIXTURES

__all__ = ["MODELS", "mutated", "seeds", "wild", "wild_object"]

MODELS: tuple[type[Response], ...] = (
    Response, CreateResponse, ListResponse, StatusResponse, CompletedResponse, FailedResponse, ErrorResponse,
)  # fmt: skip

_LARGEST_SEED = 20_000
_NAMES = (
    "response", "id", "data", "error", "errors", "code", "message", "messages", "msg", "ErrorMessage",
    "emailAddress", "Email Address", "email_address", "formatCheck", "smtpCheck", "SMTP Check", "mxRecords",
    "mxRecords.0", "MX Records", "mx_records[1]", "result", "ready", "date_start", "date_end", "total_emails",
    "api_version", "current_page", "from", "to", "total", "per_page", "item", "item0", "xml", "score", "endpoint",
    "requests", "records", "", " ", "\ufeff", "ID",
)  # fmt: skip
_TEXTS = (
    "", " ", "null", "true", "false", "1", "0", "maybe", "soon", "1528204702", "253402300799", "253402300800",
    "-1", "+1", "1_000", " 1 ", "9223372036854775807", "9223372036854775808", "9" * 19, "9" * 5000, "[", "[]",
    '["a"]', '["\\ud800"]', "[" * 50, "a, b", "a@b.example", "ok", "\x00", "\u0661", "\xb2", "\ud800",
    "\U0001f4a9", "x" * 200, "\r\n", '"', "\\", "1e400", "NaN", "<a>", "]]>", "&amp;", "&#0;", "&a;",
)  # fmt: skip
_TOKENS = (
    "NaN", "Infinity", "-Infinity", "1e400", "1e400-", "1.5e400.5", "-0", "0.1", "01", "1E5", "9" * 5000,
    "0." + "1" * 700, "true", "false", "null", "tru", "", ",", "{}", "[]", "{", "]",
)  # fmt: skip
_PIECES = (
    b"", b"{", b"}", b"[", b"]", b'"', b"'", b":", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"<", b">", b"/>",
    b"</", b"<!--", b"-->", b"<?", b"?>", b"<![CDATA[", b"]]>", b"&#x0;", b"&#xD800;", b"&lt;", b"<!DOCTYPE a>",
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00",
    b"\\u", b"\\ud800", b"1e400", b"NaN", b"null", b"[" * 40, b'{"a":' * 40, b"<a>" * 40, b"9" * 25, b"\x1c",
    b"\xc2\x85", b"\xe2\x80\xa8", b'"response":[', b"<html>",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Return every small fixture, and a dump of every model in every format."""
    files = sorted(path for path in FIXTURES.rglob("*") if path.is_file() and path.suffix not in (".md", ".gz"))
    return [path.read_bytes() for path in files if path.stat().st_size <= _LARGEST_SEED] + [
        dump(model, format=format) for model in _examples() for format in ("json", "xml", "csv")
    ]


def _examples() -> list[Response]:
    request = BulkRequest(id=544, api_version=2, total_emails=500, failed_emails=0, ready=True)
    record = EmailRecord(email_address="bob@google.com", smtp_check=True, mx_records=("a.example", "b, c"), result="ok")
    return [
        CreateResponse(id=5),
        ListResponse(requests=(request, BulkRequest(id=1)), current_page=1, total=2),
        ListResponse(requests=(), current_page=1),
        StatusResponse(requests=(request, BulkRequest(id=2, score="x"))),
        StatusResponse(requests=()),
        CompletedResponse(records=(record, EmailRecord(email_address="null\n"))),
        FailedResponse(failures=(FailedEmail(email_address='foo"bar', error="Invalid format"),)),
        ErrorResponse(errors=("Access denied",)),
        ErrorResponse(errors=("first", "second"), code=403),
    ]


def mutated(random: Random, bodies: Sequence[bytes]) -> bytes:
    """Flip, insert, delete, cut and splice bytes of one body."""
    body = bytearray(random.choice(bodies))
    for _ in range(random.randint(1, 6)):
        start = random.randint(0, len(body))
        end = min(len(body), start + random.randint(0, 12))
        match random.randint(0, 6):
            case 0 if start < len(body):
                body[start] ^= 1 << random.randint(0, 7)
            case 1:
                body[start:start] = random.choice(_PIECES)
            case 2:
                del body[start:end]
            case 3:
                del body[start:]
            case 4:
                other = random.choice(bodies)
                begin = random.randint(0, len(other))
                body[start:end] = other[begin : begin + random.randint(0, 200)]
            case 5:
                body[start:start] = body[start:end] * random.randint(1, 5)
            case _:
                body[start:end] = random.choice(_TEXTS).encode("utf-8", "surrogatepass")
    return bytes(body)


def wild(random: Random) -> bytes:
    """Return a nearly well-formed body with documented names and any values."""
    text = random.choice(_WRITERS)(random)
    match random.randint(0, 19):
        case 0:
            return text.encode("utf-16", "surrogatepass")
        case 1:
            return b"\xef\xbb\xbf" + text.encode("utf-8", "surrogatepass")
        case 2:
            return random.randbytes(random.randint(0, 60))
        case _:
            return text.encode("utf-8", "surrogatepass" if random.randint(0, 3) == 0 else "replace")


_FOREIGN: tuple[object, ...] = (
    b"a", bytearray(b"a"), (1,), {1}, 1j, object(), type, float("nan"), float("inf"), -0.0, 10**5000, -(10**400), ...,
    OrderedDict(id=5), MappingProxyType({"id": 5}), Decimal(5), Fraction(1, 2), datetime(2018, 6, 5),
    ElementTree.Element("id"), "\ud800",
)  # fmt: skip


def wild_object(random: Random, depth: int = 0) -> object:
    """Return a decoded body with documented names and any values, which JSON need not have."""
    kind = random.randint(0, 9 if depth < 5 else 4)
    if kind < 2:
        return random.choice(_TEXTS)
    if kind < 4:
        return random.choice((True, False, None, 0, 1, 5, 2**64, -1, 0.5))
    if kind == 4:
        return random.choice(_FOREIGN)
    members = [wild_object(random, depth + 1) for _ in range(random.randint(0, 4))]
    if kind == 5:
        members.append(members)
    if kind < 8:
        return members
    names: tuple[object, ...] = (*_NAMES, None, 5, b"id", ("id",)) if random.randint(0, 9) == 0 else _NAMES
    fields = {random.choice(names): member for member in members}
    return {"response": fields} if random.randint(0, 2) == 0 else fields


def _json(random: Random) -> str:
    if random.randint(0, 2):
        return '{"response":' + _value(random, 0) + ("}" if random.randint(0, 9) else ',"x":1,"x":2}')
    return _value(random, 0)


def _value(random: Random, depth: int) -> str:
    kind = random.randint(0, 9 if depth < 4 else 4)
    if kind < 3:
        return json.dumps(random.choice(_TEXTS), ensure_ascii=bool(random.randint(0, 1)))
    if kind == 3:
        return str(random.randint(-2, 2**64) if random.randint(0, 2) == 0 else random.randint(0, 3))
    if kind == 4:
        return random.choice(_TOKENS)
    members = range(random.randint(0, 4))
    if kind in (5, 6):
        return "[" + ",".join(_value(random, depth + 1) for _ in members) + "]"
    return "{" + ",".join(f"{json.dumps(random.choice(_NAMES))}:{_value(random, depth + 1)}" for _ in members) + "}"


def _xml(random: Random) -> str:
    start = random.choice(
        ("", '<?xml version="1.0" encoding="utf-8"?>\n', '<?xml version="1.0" encoding="ISO-8859-1"?>')
    )
    inside = _element(random, 1) if random.randint(0, 2) else f"<response>{_elements(random, 2)}</response>"
    return f"{start}<xml>{inside}</xml>"


def _elements(random: Random, depth: int) -> str:
    return "".join(_element(random, depth) for _ in range(random.randint(0, 4)))


def _element(random: Random, depth: int) -> str:
    name = random.choice(_NAMES).replace(" ", "_") or "item"
    if depth < 5 and random.randint(0, 1):
        return f"<{name}>{_elements(random, depth + 1)}</{name}>"
    text = random.choice(_TEXTS)
    if random.randint(0, 19):
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace("\x00", "").replace("]]>", "")
    return random.choice((f"<{name}>{text}</{name}>", f"<{name}/>", f"<{name}><![CDATA[{text}]]></{name}>", "<!-- -->"))


def _csv(random: Random) -> str:
    delimiter, end = random.choice(",,,;\t"), random.choice(("\n", "\r\n", "\r"))
    width = random.randint(1, 6)
    labels = delimiter.join(_cell(random, _NAMES) for _ in range(width))
    lines = [labels]
    for _ in range(random.randint(0, 4)):
        cells = width if random.randint(0, 7) else random.randint(0, 8)
        lines.append(delimiter.join(_cell(random, _TEXTS) for _ in range(cells)))
    return end.join(lines) + random.choice(("", end))


def _cell(random: Random, texts: Sequence[str]) -> str:
    text = random.choice(texts)
    bare = not set(text) & set(',;\t\r\n"') or random.randint(0, 9) == 0
    return text if bare and random.randint(0, 2) else '"' + text.replace('"', '""') + '"'


def _deep(random: Random) -> str:
    opening, closing = random.choice((("[", "]"), ('{"response":', "}"), ("<a>", "</a>")))
    depth = random.choice((30, 31, 32, 33, 100, 2000)) + random.randint(-1, 1)
    start = random.choice(("", '{"response":', "<xml><response>"))
    return start + opening * depth + (closing * depth if random.randint(0, 2) else "")


_WRITERS: tuple[Callable[[Random], str], ...] = (_json,) * 6 + (_xml,) * 5 + (_csv,) * 5 + (_deep,)
