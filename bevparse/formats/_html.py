"""HTML pages, which gateways send in place of an answer."""

from __future__ import annotations

import re

from ..errors import DecodeError
from ..problems import Problem, shown

__all__ = ["refuse_html"]

_PAGE = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+"
    r"<(?:!doctype\s+html\b|(?:html|head|body|title|meta|script|style|link|font|center|table|h[1-6]|div|p|pre|br|hr)[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(r"<(title|h1)(?:\s[^<>]*+)?>([^<]*+)</\1", re.IGNORECASE)


def refuse_html(head: bytes, format: str) -> None:
    """Raise a clear error when a body starts like an HTML page.

    Raises:
        DecodeError: it does; the message holds the title of the page.
    """
    text = head.decode("utf-8", "replace")
    if _PAGE.match(text):
        title = _TITLE.search(text)
        named = f" titled {shown(' '.join(title[2].split()))}" if title else ""
        raise DecodeError(
            Problem("BEV104", f"expected an answer of the API, got an HTML page{named}", "", 1, 1), format
        )
