"""For tests of code that uses the service or bevparse.

- `FakeService` is the whole service on a free port of 127.0.0.1; `faults` has what it can reply instead.
- `scrub` overwrites API keys in what VCR.py records.
- Hypothesis strategies for every model, and `check_format` for formats; they need the extra `testing`.

Names are imported on first use, because the first two need no Hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import faults as faults
    from .calls import Call, Reply
    from .contract import check_format
    from .scrubber import scrub
    from .service import FakeService
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
    "Call",
    "Extras",
    "FakeService",
    "Reply",
    "bulk_requests",
    "check_format",
    "completed_responses",
    "create_responses",
    "email_records",
    "error_responses",
    "failed_emails",
    "failed_responses",
    "faults",
    "list_responses",
    "responses",
    "scrub",
    "status_responses",
]

_HOMES = {"Call": "calls", "FakeService": "service", "Reply": "calls", "check_format": "contract", "scrub": "scrubber"}
"""The modules of names that are not in `strategies`."""


if not TYPE_CHECKING:  # else a name that does not exist would have a type

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "faults":
            return import_module(".faults", __name__)
        try:
            value: object = getattr(import_module(f".{_HOMES.get(name, 'strategies')}", __name__), name)
        except ModuleNotFoundError as error:
            if error.name != "hypothesis":
                raise
            raise ImportError(
                f"bevparse.testing.{name} requires hypothesis; run pip install 'bevparse[testing]'"
            ) from None
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
