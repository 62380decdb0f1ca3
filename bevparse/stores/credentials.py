"""Credentials in URLs, which no output may show."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["without_credentials"]

_USER: Final = re.compile(r"(?i)(https?://|[a-z][a-z0-9+.-]{1,20}://[^/?#\s@:]*:)[^/?#\s@]*@")
"""A password, and all text before the host of a web server, which may be a token."""
_SECRET: Final = re.compile(
    r"(?i)([?&](?:x-(?:amz|goog)-(?:signature|credential|security-token)|sig|signature|awsaccesskeyid|googleaccessid"
    r"|\w*token|password|secret)=)[^&#\s'\")]+"
)


def without_credentials(text: str) -> str:
    """Return text with the passwords and signatures in URLs masked.

    >>> without_credentials("no such object (https://me:secret@host.example/a.json?id=5&X-Amz-Signature=0a1b)")
    'no such object (https://***@host.example/a.json?id=5&X-Amz-Signature=***)'
    """
    return _SECRET.sub(r"\1***", _USER.sub(r"\1***@", text)) if "://" in text else text
