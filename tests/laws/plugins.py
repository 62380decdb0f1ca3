"""Formats of plug-ins whose functions raise any exception, for a while."""

from __future__ import annotations

import builtins
import importlib.metadata
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any, NoReturn, cast
from unittest import mock

from hypothesis import strategies as st

from bevparse import formats
from bevparse.formats import Format

from .. import yaml_format

__all__ = ["FUNCTIONS", "failures", "installed", "plug_in", "registered"]

FUNCTIONS = ("sniff", "decode", "locate", "encode")


class _WithoutTextError(Exception):
    """An exception that cannot be printed or pickled."""

    def __init__(self, one: object, other: object) -> None:
        self.values = (one, other)

    def __str__(self) -> str:
        raise ValueError

    def __reduce__(self) -> NoReturn:
        raise ValueError

    __repr__ = __str__


def _exceptions() -> Iterator[Exception]:
    for found in vars(builtins).values():
        if isinstance(found, type) and issubclass(found, Exception):
            arguments: tuple[Any, ...] = ("x" * 500,)
            if issubclass(found, (UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError)):
                arguments = {
                    UnicodeEncodeError: ("utf-8", "\ud800", 0, 1, "x"),
                    UnicodeDecodeError: ("utf-8", b"\xff", 0, 1, "x"),
                    UnicodeTranslateError: ("x", 0, 1, "x"),
                }[found]
            elif issubclass(found, ExceptionGroup):
                arguments = ("x", [ValueError("x")])
            yield found(*arguments)
    yield _WithoutTextError(1, 2)


_EXCEPTIONS = tuple(error for error in _exceptions() if not isinstance(error, MemoryError))
failures = st.dictionaries(st.sampled_from(FUNCTIONS), st.sampled_from(_EXCEPTIONS))
"""Which functions fail, and how."""


def plug_in(failing: dict[str, Exception]) -> Format:
    """Return the example format with functions that fail."""
    module = ModuleType("failing_format")
    vars(module).update({name: value for name, value in vars(yaml_format).items() if not name.startswith("__")})
    for name, error in failing.items():
        setattr(module, name, _raising(error))
    return cast(Format, module)


def _raising(error: Exception) -> object:
    def fail(*_: object) -> NoReturn:
        raise error

    return fail


@contextmanager
def registered(module: Format) -> Generator[None]:
    """Register a format, and remove it in the end."""
    with formats.registry_restored():
        formats.register(module)
        yield


@contextmanager
def installed(module: Format) -> Generator[None]:
    """Install a format as an entry point, and remove it in the end."""
    point = EntryPoint(module.name, "failing_format", "bevparse.formats")
    found = mock.patch.object(importlib.metadata, "entry_points", return_value=[point])
    with formats.registry_restored(), found, mock.patch.dict(sys.modules, failing_format=module):
        yield
