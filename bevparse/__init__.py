"""Read and write all responses of the Bulk Email Verification API, in JSON, XML and CSV, as canonical models.

    import bevparse
    from bevparse import StatusResponse

    status = bevparse.parse(body, StatusResponse)

Names are imported on first use, so `import bevparse` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from . import errors as errors
    from . import formats as formats
    from . import limits as limits
    from . import models as models
    from . import problems as problems
    from . import schemas as schemas
    from . import tables as tables
    from . import testing as testing
    from . import validate as validate
    from .api import Detection, detect, inspect, iter_records, parse, parse_file, parse_object, parse_reply
    from .errors import ApiError, BevparseError, DecodeError, EncodeError, PayloadError, SourceError, UnknownFormatError
    from .http import parse_http
    from .limits import Limits
    from .models import (
        AnyResponse,
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
    )
    from .problems import Problem
    from .reader.events import Body, Inspection
    from .writer import dump

__all__ = [
    "AnyResponse",
    "ApiError",
    "BevparseError",
    "Body",
    "BulkRequest",
    "CompletedResponse",
    "CreateResponse",
    "DecodeError",
    "Detection",
    "EmailRecord",
    "EncodeError",
    "ErrorResponse",
    "FailedEmail",
    "FailedResponse",
    "Inspection",
    "Limits",
    "ListResponse",
    "PayloadError",
    "Problem",
    "Response",
    "SourceError",
    "StatusResponse",
    "UnknownFormatError",
    "__version__",
    "detect",
    "dump",
    "inspect",
    "iter_records",
    "parse",
    "parse_file",
    "parse_http",
    "parse_object",
    "parse_reply",
]

_HOMES = {
    "api": "Detection detect inspect iter_records parse parse_file parse_object parse_reply",
    "errors": "ApiError BevparseError DecodeError EncodeError PayloadError SourceError UnknownFormatError",
    "http": "parse_http",
    "limits": "Limits",
    "models": "AnyResponse BulkRequest CompletedResponse CreateResponse EmailRecord ErrorResponse FailedEmail "
    "FailedResponse ListResponse Response StatusResponse",
    "problems": "Problem",
    "reader.events": "Body Inspection",
    "writer": "dump",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
_MODULES = ("errors", "formats", "limits", "models", "problems", "schemas", "tables", "testing", "validate")


if not TYPE_CHECKING:  # else a name that does not exist would have a type

    def __getattr__(name: str) -> object:
        if name in _HOME_OF:
            value: object = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
            globals()[name] = value
            return value
        if name in _MODULES:
            return import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
