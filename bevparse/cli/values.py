"""What the values of options mean, be they of the command line or of the configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, cast

from .. import formats
from ..endpoints import MODELS
from ..limits import Limits
from ..models import EndpointName
from ..problems import printable, shown
from ..validate.report import SEVERITIES
from ..validate.selection import expanded
from ..validate.sources import may_be_body
from .outputs import output_of

__all__ = ["MOST_JOBS", "UsageError", "endpoints_of", "fault_of_target", "limits_of", "listed_codes", "vet"]

MOST_JOBS: Final = 256
"""How many processes make sense at most."""
_VALUE: Final = re.compile("([0-9]{1,18})([KMGkmg]?)")
_UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


class UsageError(ValueError):
    """What was asked for makes no sense."""


def listed_codes(text: str) -> tuple[str, ...]:
    """Read codes and prefixes with commas between them.

    Raises:
        UsageError: there are none.
        UnknownCodeError: one of them is none.
    """
    codes = [code for code in text.split(",") if code.strip()]
    if not codes:
        raise UsageError(f"expected codes such as BEV203,BEV3, got {shown(text)}")
    return expanded(codes)


def fault_of_target(path: str, what: str) -> str | None:
    """Say why a file is not to be written over, if it is one that may be an answer."""
    found = may_be_body(path)
    return f"expected a file for {what} that is no answer, got {printable(path)}, which may be one" if found else None


def endpoints_of(patterns: Mapping[str, str]) -> tuple[tuple[str, EndpointName], ...]:
    """Read patterns of paths with endpoints.

    Raises:
        UsageError: one of these is none.
    """
    for endpoint in patterns.values():
        if endpoint not in MODELS:
            raise UsageError(f"expected an endpoint among {', '.join(MODELS)}, got {shown(endpoint)}")
    return tuple(cast("Mapping[str, EndpointName]", patterns).items())


def limits_of(given: Sequence[str], configured: Mapping[str, int]) -> Limits:
    """Read limits, each as NAME=VALUE, over those that are configured.

    Raises:
        UsageError: there is no such limit, or the value is none.
    """
    known = [field.name for field in fields(Limits)]
    values = dict(configured)
    for text in given:
        name, _, value = text.partition("=")
        found = _VALUE.fullmatch(value)
        if found is None:
            raise UsageError(f"expected --limit NAME=VALUE with an integer, such as body=2G, got {shown(text)}")
        values[name] = int(found[1]) * _UNITS[found[2].upper()]
    for name in values:
        if name not in known:
            raise UsageError(f"expected a limit among {', '.join(known)}, got {shown(name)}")
    try:
        return Limits(**values)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _vet_codes(texts: Iterable[str]) -> None:
    for text in texts:
        listed_codes(text)


def _vet_codes_of_files(table: Mapping[str, list[str]]) -> None:
    for texts in table.values():
        _vet_codes(texts)


def _vet_limits(table: Mapping[str, int]) -> None:
    limits_of((), table)


def _vet_severity(text: str) -> None:
    if text not in SEVERITIES:
        raise UsageError(f"expected fail-on among {', '.join(SEVERITIES)}, got {shown(text)}")


def _vet_jobs(count: int) -> None:
    if count > MOST_JOBS:
        raise UsageError(f"expected jobs to be at most {MOST_JOBS}, got {count}")


def _vet_outputs(texts: Iterable[str]) -> None:
    for text in texts:
        output_of(text)


_VETTED: Final[dict[str, Callable[[Any], object]]] = {
    "select": _vet_codes,
    "ignore": _vet_codes,
    "extend-select": _vet_codes,
    "per-file-ignores": _vet_codes_of_files,
    "endpoint": endpoints_of,
    "limits": _vet_limits,
    "format": formats.get,
    "fail-on": _vet_severity,
    "jobs": _vet_jobs,
    "output": _vet_outputs,
}


def vet(key: str, value: object) -> None:
    """See that a configured value, which is of the right kind, means something.

    Raises:
        ValueError: it does not.
        UnknownFormatError: it is no format.
    """
    vetted = _VETTED.get(key)
    if vetted:
        vetted(value)
