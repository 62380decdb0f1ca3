"""For tests of code that uses bevparse: Hypothesis strategies for every model, and `check_format` for formats."""

from __future__ import annotations

from .contract import check_format
from .strategies import (
    Extras,
    bulk_requests,
    completed_responses,
    create_responses,
    email_records,
    error_responses,
    failed_emails,
    failed_responses,
    list_responses,
    responses,
    status_responses,
)

__all__ = [
    "Extras",
    "bulk_requests",
    "check_format",
    "completed_responses",
    "create_responses",
    "email_records",
    "error_responses",
    "failed_emails",
    "failed_responses",
    "list_responses",
    "responses",
    "status_responses",
]

try:
    import hypothesis as _hypothesis  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError:
    raise ImportError("pip install 'bevparse[testing]'") from None
