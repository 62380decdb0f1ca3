"""The tolerant reader, from which the spellings of small bodies are learned."""

from __future__ import annotations

from typing import Final

from ...errors import DecodeError
from ...formats import Format
from ...limits import DEFAULT_LIMITS
from ...models import Response
from ...payloads import KINDS, read_payload
from ...payloads.elements import report_attributes
from ...problems.collector import Collector, ProblemLimitError

__all__ = ["Attempts", "read_valid"]

_SECOND: Final = 2
_MANY: Final = 16
_SELDOM: Final = 64


class Attempts:
    """Decides from which of the bodies that no known spelling reads a spelling is learned.

    Not from the first, as a program that reads one body need not learn. Learning takes longer than reading, so it is
    seldom tried after many bodies from which nothing could be learned.
    """

    def __init__(self) -> None:
        self._missed = 0

    def is_due(self) -> bool:
        """Count a body, and return whether a spelling is learned from it."""
        self._missed += 1
        return _SECOND <= self._missed <= _MANY or not self._missed % _SELDOM


def read_valid(format: Format, text: str, model: type[Response]) -> Response | None:
    """Return the response in a body, or None if there is any problem, or no sign of its endpoint.

    Args:
        format: the format of the body.
        text: the body.
        model: the requested model; `Response` detects the endpoint by the payload.
    """
    collector = Collector(DEFAULT_LIMITS.problems)
    kind = KINDS[format.kind]
    try:
        document = format.decode(text, DEFAULT_LIMITS)
        report_attributes(document.attributes, collector.cursor())
        payload = kind.open(document.root, collector, document.stray_attribute)
        response = read_payload(kind, payload, model)[0] if payload and payload.candidates else None
    except (DecodeError, ProblemLimitError):
        return None
    return None if document.problems or collector.found else response
