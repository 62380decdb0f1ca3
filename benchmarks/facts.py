"""The environment of a measurement."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Final, TypedDict

__all__ = ["Facts", "facts"]

_DISTRIBUTIONS: Final = (
    "bevparse",
    "attrs",
    "bulk-email-verifier",
    "cattrs",
    "lxml",
    "msgspec",
    "orjson",
    "pandas",
    "polars",
    "pyarrow",
    "pydantic",
    "pydantic-core",
    "pydantic-xml",
    "xmltodict",
    "xsdata",
)


class Facts(TypedDict):
    """The environment that the results depend on."""

    python: str
    system: str
    processors: int | None
    versions: dict[str, str]


def facts() -> Facts:
    """Return the interpreter, the system and the versions of all installed libraries."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{sys.platform} {platform.machine()}",
        "processors": os.cpu_count(),
        "versions": {name: found for name in _DISTRIBUTIONS if (found := _version(name))},
    }


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
