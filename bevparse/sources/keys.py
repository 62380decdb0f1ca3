"""API keys in recorded requests: that there is one and where, never a part of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..problems import Problem, rules, step

__all__ = ["find_keys"]

# Behind an escape of JSON or of a URL a word begins anew, though what ends the escape is a letter.
_KEY: Final = re.compile(
    rb"at_(?=[A-Za-z0-9]{29}(?![A-Za-z0-9_]))"
    rb"(?:(?<![A-Za-z0-9_]at_)|(?<=\\[bfnrt]at_)|(?<=\\u[0-9A-Fa-f]{4}at_)|(?<=%[0-9A-Fa-f]{2}at_))"
)


def find_keys(url: str, headers: Iterable[tuple[str, str]], body: bytes, pointer: str) -> Iterator[Problem]:
    """Find the API keys in a request, one for its URL, each header and its body.

    Args:
        url: where it was sent.
        headers: names and values.
        body: as it was sent.
        pointer: where in the recorded exchange the body stands.
    """
    if _holds_key(url.encode("utf-8", "replace")):
        yield Problem.of(rules.KEY_IN_URL, "expected no API key in the URL of a request, got one", "/request/url")
    for index, (name, value) in enumerate(headers):
        in_name = _holds_key(name.encode("utf-8", "replace"))
        if in_name or _holds_key(value.encode("utf-8", "replace")):
            place = step("/request/headers", index if in_name else name)
            yield Problem.of(rules.KEY_IN_HEADER, "expected no API key in a header of a request, got one", place)
    if _holds_key(body):
        yield Problem.of(rules.KEY_IN_BODY, "expected no API key in the body of a request, got one", pointer)


def _holds_key(data: bytes) -> bool:
    return _KEY.search(data) is not None
