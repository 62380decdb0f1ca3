"""The configuration file: `bevparse.toml`, or `[tool.bevparse]` in pyproject.toml."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails

from .. import formats
from ..docstrings import describe
from ..errors import UnknownFormatError, reason
from ..files.paths import absolute, resolve_pattern
from ..limits import Limits
from ..models import EndpointName
from ..problems import escape, format_value
from ..problems.rules import Severity
from ..validate.settings import UnknownCodeError, expanded
from .exit_codes import UsageError
from .outputs import output_of
from .remarks import remark_renamed

__all__ = [
    "MOST_JOBS",
    "Configuration",
    "check_target",
    "codes_of",
    "find_configuration",
    "format_of",
    "limits_of",
    "read_configuration",
]

T = TypeVar("T")
MOST_JOBS: Final = 256
"""The largest number of worker processes."""
_NAME: Final = "bevparse.toml"
_ASSIGNMENT: Final = re.compile("([^=]*)=([0-9]{1,18})([KMGkmg]?)")
_LIMITS: Final = tuple(field.name for field in fields(Limits))
_UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def codes_of(texts: Iterable[str]) -> list[str]:
    """Return the codes, and prefixes of codes, that some texts name, such as BEV203,BEV3 and bad-check.

    Args:
        texts: each has one or several codes, prefixes or names of rules, with commas between them.

    Raises:
        UsageError: a text is empty, or contains an unknown code, prefix or name.
    """
    codes: list[str] = []
    for text in texts:
        names = [name for name in text.split(",") if name.strip()]
        if not names:
            raise UsageError(f"expected codes such as BEV203,BEV3, got {format_value(text)}")
        try:
            codes += expanded(names)
        except UnknownCodeError as error:
            raise UsageError(str(error)) from None
    return codes


def format_of(name: str) -> str:
    """Return the name of a known format.

    Raises:
        UsageError: no format has this name.
    """
    try:
        return formats.get(name).name
    except UnknownFormatError as error:
        raise UsageError(str(error)) from None


def limits_of(texts: Sequence[str], configured: Mapping[str, int]) -> Limits:
    """Return the limits: those of the command line, each as NAME=VALUE, override those of the configuration file.

    Raises:
        UsageError: a limit is unknown, or its value is not a positive integer.
    """
    values = dict(configured)
    for text in texts:
        found = _ASSIGNMENT.fullmatch(text)
        if found is None:
            message = f"expected NAME=VALUE with an integer, for example body=2G, got {format_value(text)}"
            raise UsageError(f"argument --limit: {message}")
        values[found[1]] = int(found[2]) * _UNITS[found[3].upper()]
    for name in values:
        if name not in _LIMITS:
            raise UsageError(f"expected a limit among {', '.join(_LIMITS)}, got {format_value(name)}")
    try:
        return Limits(**values)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _load_plugins(modules: list[str]) -> list[str]:
    for name in modules:
        try:
            formats.load([name])
        except Exception as error:  # noqa: BLE001 - a module may raise any
            raise ValueError(f"cannot load {format_value(name)}: {type(error).__name__}") from None
    return modules


def _check_limits(table: dict[str, int]) -> dict[str, int]:
    limits_of((), table)
    return table


def _resolve_patterns(patterns: list[str], info: ValidationInfo) -> list[str]:
    return [whole for pattern in patterns for whole in resolve_pattern(pattern, str(info.context))]


def _resolve_keys(table: dict[str, T], info: ValidationInfo) -> dict[str, T]:
    return {whole: value for pattern, value in table.items() for whole in resolve_pattern(pattern, str(info.context))}


def _resolve_file(path: str, info: ValidationInfo) -> str:
    return absolute(path, str(info.context))


def _resolve_outputs(texts: list[str], info: ValidationInfo) -> list[str]:
    outputs = zip(texts, map(output_of, texts), strict=True)
    return [text if path is None else f"{name}={_resolve_file(path, info)}" for text, (name, path) in outputs]


_Codes: TypeAlias = Annotated[list[str], AfterValidator(codes_of)]
_Count: TypeAlias = Annotated[int, Field(ge=1)]
_Patterns: TypeAlias = Annotated[list[str], AfterValidator(_resolve_patterns)]
_LIMITS_SCHEMA: Final[JsonDict] = {"propertyNames": {"enum": [*_LIMITS]}}


class Configuration(BaseModel):
    """The keys of bevparse.toml, or of the table tool.bevparse in pyproject.toml.

    Patterns with a slash and the names of files are relative to the folder of the configuration file.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        defer_build=True,
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
    )

    select: _Codes = []
    """Codes, prefixes and names of the rules to report, such as BEV203, BEV3 and bad-check. Default: all."""
    ignore: _Codes = []
    """Codes, prefixes and names of the rules not to report."""
    extend_select: _Codes = []
    """Codes, prefixes and names of rules to report in addition to those of select."""
    per_file_ignores: Annotated[dict[str, _Codes], AfterValidator(_resolve_keys)] = {}
    """Patterns of paths, each with the rules not to report for them."""
    endpoint: Annotated[dict[str, EndpointName], AfterValidator(_resolve_keys)] = {}
    """Patterns of paths, each with the endpoint of the responses in them. The first match applies."""
    plugins: Annotated[list[str], AfterValidator(_load_plugins)] = []
    """Modules of formats, such as your_package.yaml_format, which are imported and registered."""
    from_: Annotated[str, AfterValidator(format_of)] | None = None
    """The format of all bodies: json, xml, csv or an installed format. Default: detected."""
    include: _Patterns = []
    """Patterns of the names to read in folders and archives. Default: names of bodies and containers."""
    exclude: _Patterns = []
    """Patterns of the names to skip in folders and archives."""
    url_pattern: list[str] = []
    """Patterns of URLs, such as those of a proxy, whose recorded responses are read like those of the service."""
    strict: bool = False
    """Whether warnings make the exit code 1, unless fail-on is given."""
    fail_on: Severity | None = None
    """The lowest severity that makes the exit code 1. Default: error."""
    cross: bool | None = None
    """Whether bodies of the same request are compared. Default: those found in folders and containers."""
    baseline: Annotated[str, AfterValidator(_resolve_file)] | None = None
    """The file with known findings, which are not reported."""
    jobs: Annotated[int, Field(ge=1, le=MOST_JOBS)] | None = None
    """The number of worker processes. Default: one for each core."""
    output_format: Annotated[list[str], AfterValidator(_resolve_outputs)] = []
    """Output formats, each as FORMAT for standard output or FORMAT=FILE. Default: text."""
    limits: Annotated[dict[str, _Count], AfterValidator(_check_limits), Field(json_schema_extra=_LIMITS_SCHEMA)] = {}
    """Limits on what is read. Sizes are in bytes."""


describe((Configuration,))

_OLD_KEYS: Final = {"format": "from", "output": "output-format"}
"""Old names of keys, which still work, each with the new name."""
_EXPECTED: Final = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "greater_than_equal": "an integer of one or more",
    "int_type": "an integer of one or more",
    "less_than_equal": "at most {le}",
    "list_type": "an array of strings",
    "literal_error": "{expected}",
    "model_type": "a table [tool.bevparse]",
    "string_type": "a string",
}
"""What pydantic expected, for messages, by the type of its error. Names in braces are keys of the error's context."""


def find_configuration(folder: Path) -> Path | None:
    """Return the configuration file of a folder, or of the nearest folder above it that has one; None without any."""
    for above in (folder, *folder.parents):
        if (above / _NAME).is_file():
            return above / _NAME
        project = above / "pyproject.toml"
        if project.is_file() and _section(_load(project)) is not None:
            return project
    return None


def read_configuration(path: Path, *, found: bool = False, quiet: bool = False) -> Configuration:
    """Read a configuration file. Paths and patterns in it are relative to its folder.

    Args:
        path: the file.
        found: whether `find_configuration` found it. Then the file must not be owned by another user, because the
            user has not chosen it.
        quiet: whether to write no remark about old names of keys.

    Raises:
        UsageError: the file cannot be read, is not valid TOML, or has an unknown key or a wrong value; or it was found
            and is owned by another user.
    """
    table = _load(path, found=found)
    keys = _section(table) if path.name == "pyproject.toml" else table
    if isinstance(keys, dict):
        keys = _with_new_names(cast("dict[str, object]", keys), quiet=quiet)
    try:
        return Configuration.model_validate(keys, context=str(path.parent))
    except ValidationError as errors:
        raise UsageError(f"{_message(errors.errors()[0])} ({escape(str(path))})") from None


def _with_new_names(table: dict[str, object], *, quiet: bool) -> dict[str, object]:
    renamed = {old: new for old, new in _OLD_KEYS.items() if old in table and new not in table}
    for old, new in () if quiet else renamed.items():
        remark_renamed(f"the configuration key {old}", new)
    return {renamed.get(key, key): value for key, value in table.items()}


def _message(error: ErrorDetails) -> str:
    key = ".".join(part for part in error["loc"] if isinstance(part, str))
    if error["type"] == "extra_forbidden":
        known = [str(field.alias) for field in Configuration.model_fields.values()]
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; that table is for pyproject.toml" if key == "tool" else ""
        return f"expected a configuration key, got {format_value(key)}{hint}"
    context = error.get("ctx", {})
    message = (
        context.get("error") or f"expected {_EXPECTED[error['type']].format(**context)}, got {_shown(error['input'])}"
    )
    return f"{escape(key)}: {message}" if key else message


def _shown(value: object) -> str:
    """Return a value of TOML for a message. Unlike JSON, TOML has dates and times."""
    return value.isoformat() if isinstance(value, (date, time)) else format_value(value)


def _section(project: dict[str, object]) -> object:
    tool = project.get("tool")
    return cast("dict[str, object]", tool).get("bevparse") if isinstance(tool, dict) else None


def _load(path: Path, *, found: bool = False) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            # check the link, if the path is one, and the file that has been opened, which is the one that is read
            if not found or not any(map(_is_foreign, (path.lstat(), os.fstat(stream.fileno())))):
                return tomllib.load(stream)
    except OSError as error:
        raise UsageError(escape(f"cannot read file: {reason(error)} ({path})")) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(escape(f"invalid TOML: {error} ({path})")) from None
    message = f"refusing {path}: it is owned by another user; name it with --config to use it, or ignore it with"
    raise UsageError(escape(f"{message} --no-config"))


def check_target(option: str, target: str, path: Path) -> None:
    """Check that a configuration file may name a file to write.

    Args:
        option: the option that names the file.
        target: the absolute path of the file.
        path: the configuration file.

    Raises:
        UsageError: the file is outside the folder of the configuration, or is owned by another user.
    """
    if fault := _fault_of_target(target, path):
        message = f"refusing {target}: it is {fault}; name it with {option} to use it ({path})"
        raise UsageError(escape(message))


def _fault_of_target(target: str, path: Path) -> str | None:
    if not Path(os.path.realpath(target)).is_relative_to(os.path.realpath(path.parent)):
        return "outside the folder of the configuration"
    with suppress(OSError):  # the file does not exist yet, or cannot be reached, which is reported when it is written
        if any(_is_foreign(status(target)) for status in (os.lstat, os.stat)):
            return "owned by another user"
    return None


def _is_foreign(status: os.stat_result) -> bool:
    """Return whether a file is owned by another user, and not by root. On Windows, return False."""
    return hasattr(os, "geteuid") and status.st_uid not in (os.geteuid(), 0)
