"""Names in messages for text that is before or around a body, such as the head of an HTTP response."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["front_of"]

_BLANKS: Final = " \t\r\n"
_TIME: Final = (
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|(?:[IWEF]\d{4} )?\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d |\d{10}[.\d]{0,10} "
)
_HEADERS: Final = r"(?:Content-[A-Z]\w+|Date|Server|Connection|Cache-Control|Transfer-Encoding|Vary|X-[\w-]{1,40}): "
_PYTHON: Final = r"""b(?:'\s*[{\[<"]|'\\|"\s*[{\[<']|'[A-Z])|u?'\s*[{\[<]"""
_FRONTS: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        ("\ufeff", "a second byte-order mark before the body"),
        (r"HTTP/\d", "the head of an HTTP response before the body"),
        (r"[A-Z]{3,10} \S{1,2000} HTTP/\d", "the head of an HTTP request before the body"),
        (_HEADERS, "the headers of an HTTP message before the body"),
        (r"[*>] |< (?:HTTP/|[\w-]+: )", "the output of `curl -v` around the body"),
        (r"\)\]\}|(?:while|for) ?\([\d;]{1,4}\)", "a guard against scripts before the body; delete it"),
        (r"(?:/\*.{0,20}?\*/)? ?[\w$.\[\]\"']{1,100} ?\(\s*[{\[]", "a function call around the body (JSONP)"),
        (_PYTHON, "the body as Python prints bytes or a string; save it unchanged"),
        (r'"(?:\\[nrt]|\s)*+(?:[{\[](?:\\[nrt]|\s)*+[\\\]}{\[]|<)', "the body in a JSON string; decode it first"),
        (r":|(?:data|event|id|retry):", "a line of an event stream; cut off the names of its fields"),
        (rf"(?:<\d{{1,3}}>\d? ?|[(\[])?(?:{_TIME})", "a time before the body; cut it off"),
    )
)
"""The names of such text, by patterns that match its beginning."""


def front_of(text: str) -> str | None:
    r"""Return what is before or around the body in some text, or None if it is not known.

    Args:
        text: the text, which no format can read.

    >>> front_of('callback({"response":{"id":5}});')
    'a function call around the body (JSONP)'
    >>> front_of('\xa0{"response":{"id":5}}')
    'the character U+00A0 before the body'
    """
    head = text[:2048].lstrip(_BLANKS)
    known = next((name for pattern, name in _FRONTS if pattern.match(head)), None)
    if known is None and head and (head[0].isspace() or not head[0].isprintable()):
        return f"the character U+{ord(head[0]):04X} before the body"
    return known
