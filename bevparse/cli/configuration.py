"""The configuration file: `bevparse.toml`, or `[tool.bevparse]` in pyproject.toml."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from .. import formats
from ..endpoints import MODELS
from ..errors import UnknownFormatError, reason
from ..files.paths import absolute
from ..limits import Limits
from ..models import EndpointName
from ..problems import escape, format_value
from ..sources import may_be_body
from ..validate.report import SEVERITIES
from ..validate.settings import expanded
from .outputs import output_of

__all__ = [
    "MOST_JOBS",
    "Configuration",
    "ConfigurationError",
    "UsageError",
    "check_target",
    "endpoints_of",
    "fault_of_target",
    "find_configuration",
    "limits_of",
    "listed_codes",
    "read_configuration",
    "vet",
]

Configuration: TypeAlias = Mapping[str, object]
"""Values by key, each of the kind that `_KINDS` or `_TABLES` says."""

_NAME: Final = "bevparse.toml"
_TEXT: Final = "a text"
_TEXTS: Final = "an array of texts"
_FLAG: Final = "true or false"


class ConfigurationError(ValueError):
    """A configuration file that cannot be used; the message says which one and what is wrong with it."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, cast("list[object]", value)))


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


_KINDS: Final[dict[str, tuple[str, Callable[[object], bool]]]] = {
    "select": (_TEXTS, _are_texts),
    "ignore": (_TEXTS, _are_texts),
    "extend-select": (_TEXTS, _are_texts),
    "format": (_TEXT, _is_text),
    "include": (_TEXTS, _are_texts),
    "exclude": (_TEXTS, _are_texts),
    "strict": (_FLAG, _is_flag),
    "fail-on": (_TEXT, _is_text),
    "cross": (_FLAG, _is_flag),
    "baseline": (_TEXT, _is_text),
    "jobs": ("an integer of one or more", _is_count),
    "output": (_TEXTS, _are_texts),
}

_TABLES: Final[dict[str, tuple[str, Callable[[object], bool]]]] = {
    "per-file-ignores": ("an array of codes", _are_texts),
    "endpoint": ("an endpoint", _is_text),
    "limits": ("an integer of one or more", _is_count),
}
"""Of tables, the kind of their values."""


def find_configuration(folder: Path) -> Path | None:
    """Find the file of this folder, or of the nearest one above it that has one."""
    for above in (folder, *folder.parents):
        if (above / _NAME).is_file():
            return above / _NAME
        project = above / "pyproject.toml"
        if project.is_file() and _section(_read(project)) is not None:
            return project
    return None


def read_configuration(path: Path, *, found: bool = False) -> Configuration:
    """Read a configuration file; paths and patterns in it are from its folder.

    Args:
        path: the file.
        found: whether `find_configuration` found it. Then another user may not own it: nobody has chosen it.

    Raises:
        ConfigurationError: it cannot be read, is no TOML, holds a key or a value that has no meaning, or was found
            and is owned by another user.
    """
    whole = _read(path, found=found)
    table = _section(whole) if path.name == "pyproject.toml" else whole
    if not isinstance(table, dict):
        raise ConfigurationError(f"expected a table [tool.bevparse], got {format_value(table)} ({escape(str(path))})")
    values = cast("dict[str, object]", table)
    for key, value in values.items():
        _check(key, value, path)
    return {key: _settled(key, value, str(path.parent)) for key, value in values.items()}


def check_target(option: str, target: str, path: Path) -> None:
    """Check that a file to write, as a configuration names it, may be written without the word of the command line.

    Args:
        option: the key that names the file.
        target: the absolute path of the file.
        path: the configuration file.

    Raises:
        ConfigurationError: the file is outside the folder of the configuration, or is owned by another user.
    """
    fault = _fault_of_target(target, path)
    if fault:
        message = f"refusing {target}: it is {fault}; name it with --{option} to use it ({path})"
        raise ConfigurationError(escape(message))


def _fault_of_target(target: str, path: Path) -> str | None:
    if not Path(os.path.realpath(target)).is_relative_to(os.path.realpath(path.parent)):
        return "outside the folder of the configuration"
    with suppress(OSError):  # it is not there yet, or cannot be reached: writing it reports that
        if any(_is_foreign(status(target)) for status in (os.lstat, os.stat)):
            return "owned by another user"
    return None


def _is_foreign(status: os.stat_result) -> bool:
    """Return whether a file is owned by another user, who is not root; not every system has owners."""
    return hasattr(os, "geteuid") and status.st_uid not in (os.geteuid(), 0)


def _settled(key: str, value: object, folder: str) -> object:
    """Give a value with its paths and patterns in full."""
    from ..files.paths import resolve_pattern  # noqa: PLC0415 - brings the validator, which --help does not need

    if key in ("per-file-ignores", "endpoint"):
        table = cast("dict[str, object]", value)
        return {whole: one for pattern, one in table.items() for whole in resolve_pattern(pattern, folder)}
    if key in ("include", "exclude"):
        return [whole for pattern in cast("list[str]", value) for whole in resolve_pattern(pattern, folder)]
    if key == "output":
        return [_output(text, folder) for text in cast("list[str]", value)]
    return absolute(cast(str, value), folder) if key == "baseline" else value


def _output(text: str, folder: str) -> str:
    name, equals, path = text.partition("=")
    return f"{name}={absolute(path, folder)}" if equals and path != "-" else text


def _section(project: dict[str, object]) -> object:
    tool = project.get("tool")
    return cast("dict[str, object]", tool).get("bevparse") if isinstance(tool, dict) else None


def _read(path: Path, *, found: bool = False) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            # the link, if it is one, and the very file that is read
            if not found or not any(map(_is_foreign, (path.lstat(), os.fstat(stream.fileno())))):
                return tomllib.load(stream)
    except (OSError, ValueError, RecursionError) as error:
        message = f"expected a TOML file, got a fault: {reason(error)} ({path})"
        raise ConfigurationError(escape(message)) from None
    message = f"refusing {path}: it is owned by another user; name it with --config to use it, or ignore it with"
    raise ConfigurationError(escape(f"{message} --no-config"))


def _check(key: str, value: object, path: Path) -> None:

    if key not in _KINDS and key not in _TABLES:
        near = difflib.get_close_matches(key, (*_KINDS, *_TABLES), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; that line is for pyproject.toml" if key == "tool" else ""
        raise ConfigurationError(f"expected a key of bevparse, got {format_value(key)}{hint} ({escape(str(path))})")
    if key in _KINDS:
        _check_value(key, value, _KINDS[key], path)
    else:
        _check_value(key, value, ("a table", lambda value: isinstance(value, dict)), path)
        for name, one in cast("dict[str, object]", value).items():
            _check_value(f"{key}.{escape(name)}", one, _TABLES[key], path)
    try:
        vet(key, value)
    except (ValueError, UnknownFormatError) as error:
        raise ConfigurationError(f"{error} ({escape(str(path))})") from None


def _check_value(name: str, value: object, wanted: tuple[str, Callable[[object], bool]], path: Path) -> None:
    kind, fits = wanted
    if not fits(value):
        raise ConfigurationError(f"expected {name} to be {kind}, got {format_value(value)} ({escape(str(path))})")


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
        raise UsageError(f"expected codes such as BEV203,BEV3, got {format_value(text)}")
    return expanded(codes)


def fault_of_target(path: str, what: str) -> str | None:
    """Say why a file is not to be written over, if it is one that may be an answer."""
    found = may_be_body(path)
    return f"expected a file for {what} that is no answer, got {escape(path)}, which may be one" if found else None


def endpoints_of(patterns: Mapping[str, str]) -> tuple[tuple[str, EndpointName], ...]:
    """Read patterns of paths with endpoints.

    Raises:
        UsageError: one of these is none.
    """
    for endpoint in patterns.values():
        if endpoint not in MODELS:
            raise UsageError(f"expected an endpoint among {', '.join(MODELS)}, got {format_value(endpoint)}")
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
            raise UsageError(f"expected --limit NAME=VALUE with an integer, such as body=2G, got {format_value(text)}")
        values[name] = int(found[1]) * _UNITS[found[2].upper()]
    for name in values:
        if name not in known:
            raise UsageError(f"expected a limit among {', '.join(known)}, got {format_value(name)}")
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
        raise UsageError(f"expected fail-on among {', '.join(SEVERITIES)}, got {format_value(text)}")


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
