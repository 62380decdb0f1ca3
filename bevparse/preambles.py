"""Preambles: text before a body that is skipped, such as the head of an HTTP response, or lines before CSV labels."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from typing import Final, NamedTuple

from . import formats
from .files.compression import Budget
from .files.encodings import unchunked, uncompressed
from .formats.text import read_text
from .limits import Limits
from .payloads.labels import labels_start
from .problems import Problem, format_value, rules

__all__ = ["Preamble", "preamble_of"]

_MOST: Final = 2**16
"""The most characters that a preamble may have."""
_BODIES: Final = (b"{", b"[", b"<", "{", "[", "<")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLANKS: Final = " \t\r\n"
_HEAD: Final = re.compile(r"\s*+HTTP/\d(?:\.\d)? (\d{3})[^\r\n]*+((?:\r?\n[^\r\n]++)*+)(?:\r?\n\r?\n|\r?\n?\Z)")
_HEADER: Final = re.compile(r"^([^:\r\n]++):[ \t]*+([^\r\n]*+)", re.MULTILINE)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Preamble(NamedTuple):
    """The text before a body, and the body without it."""

    body: bytes | str
    """The body without the preamble."""
    problems: tuple[Problem, ...]
    """The warnings about what was skipped."""
    lines: int | None
    """The number of lines before the body; None if the body was decoded, and has other lines than the file."""
    format: str | None = None
    """The format that a content type in the preamble declares; None if there is none."""

    def moved(self, problem: Problem) -> Problem:
        """Return a problem of the body with its line in the file."""
        if problem.line is None:
            return problem
        if self.lines is None:
            return replace(problem, line=None, column=None)
        return replace(problem, line=problem.line + self.lines)


def preamble_of(data: bytes | str, limits: Limits, budget: Budget | None = None) -> Preamble | None:
    """Return the text before a body that can safely be skipped, or None if there is none.

    Args:
        data: a body with the text before it, or the beginning of both.
        limits: bounds on a body in an HTTP encoding.
        budget: the budget of the file that contains the body; None if `data` is only the beginning of a body. Then
            None is also returned for a body in an HTTP encoding or in UTF-16.

    Raises:
        DecodeError: the body is damaged, is in an unsupported encoding, or exceeds a limit.
    """
    if data[:1] in _BODIES:
        return None
    problems: tuple[Problem, ...] = ()
    if isinstance(data, bytes) and data.startswith(_UTF_16) and budget:
        data, problems = read_text(data, "csv")
    known = codecs.BOM_UTF8 if isinstance(data, bytes) else "\ufeff"
    mark = len(known) if data[: len(known)] == known else 0
    if mark:
        problems = read_text(data[:mark], "csv")[1]
    # Each byte is a character of ISO-8859-1, so that indexes in this text are also those in the data.
    head = data[: mark + _MOST] if isinstance(data, str) else data[: mark + _MOST].decode("iso-8859-1")
    start = head[mark:].lstrip(_BLANKS)
    if start.startswith(("{", "[", "<")):
        return None
    if start.startswith("HTTP/"):
        return _http(data, head, mark, problems, limits, budget)
    index = labels_start(head[mark:])
    if not index:
        return None
    lines = _LINE_END.findall(head, mark, mark + index)
    skipped = f"{format_value(start.splitlines()[0])}{' and more lines' if len(lines) > 1 else ''}"
    problem = Problem.of(rules.SKIPPED_TEXT, f"expected the labels in the first line, skipped {skipped}", "", 1, 1)
    return Preamble(data[mark + index :], (*problems, problem), len(lines))


def _http(
    data: bytes | str, head: str, mark: int, problems: tuple[Problem, ...], limits: Limits, budget: Budget | None
) -> Preamble | None:
    """Return the heads of HTTP responses before a body, or None if the last head may be incomplete.

    There are several heads after a redirect. The body belongs to the last head.
    """
    found = last = _HEAD.match(head, mark)
    while found:
        last, found = found, _HEAD.match(head, found.end())
    if last is None or (last.end() == len(head) and (budget is None or len(data) > len(head))):
        return None
    headers = {name.strip().lower(): value.strip() for name, value in _HEADER.findall(last[2])}
    rest = data[last.end() :]
    encoding = headers.get("content-encoding", "")
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    body = rest
    if encoding or chunked:
        if budget is None:
            return None
        packed = rest if isinstance(rest, bytes) else rest.encode("utf-8", "surrogatepass")
        sent = unchunked(packed, limits) if chunked else packed
        unpacked, warnings = uncompressed(sent, encoding, budget)
        problems += warnings
        body = rest if unpacked == packed else unpacked
    lines = head.count("\n", 0, last.end()) if body == rest else None
    message = f"expected a body alone, skipped the head of an HTTP response with the status {last[1]}"
    problem = Problem.of(rules.SKIPPED_TEXT, message, "", 1, 1)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Preamble(body, (*problems, problem), lines, formats.of_media_type(media_type))
