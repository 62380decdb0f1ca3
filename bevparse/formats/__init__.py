"""The built-in formats, and those that a program registers. The `protocol` says what a format is."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import cast, get_args

from ..errors import UnknownFormatError
from .plugins import PlugIn
from .protocol import Document, Format, Kind, Locator

__all__ = [
    "Document",
    "Format",
    "Kind",
    "Locator",
    "get",
    "known",
    "load",
    "load_registered",
    "of_media_type",
    "of_suffix",
    "register",
    "registered",
    "registry_restored",
    "sniff",
]

_BUILT_IN = {"json": "bevparse.formats.json", "xml": "bevparse.formats.xml", "csv": "bevparse.formats.csv"}
_registered: dict[str, Format] = {}
_loaded: dict[str, Format] = {}
"""The formats that `load` has registered, by the names of their modules."""


def register(module: Format) -> None:
    """Add a format, or replace the one with the same name, for the whole process.

    Raises:
        TypeError: the module does not satisfy the `Format` protocol.
    """
    checked = _checked(module)
    is_built_in = getattr(module, "__name__", "") in _BUILT_IN.values()
    _register(checked if is_built_in else PlugIn(checked))


def load(modules: Iterable[str]) -> None:
    """Import and register the formats in modules, unless they are registered already.

    Raises:
        ImportError: a module cannot be imported.
        TypeError: a module does not satisfy the `Format` protocol.
    """
    for name in modules:
        if name not in _loaded or _loaded[name] not in _registered.values():
            _loaded[name] = PlugIn(_checked(import_module(name)))
            _register(_loaded[name])


def registered() -> tuple[tuple[str, str], ...]:
    """Return the name and the module of each registered format. The module is "" if it cannot be imported by name."""
    return tuple((format.name, format.module) for format in _registered.values() if isinstance(format, PlugIn))


def load_registered(others: Iterable[tuple[str, str]]) -> None:
    """Register what `registered` has returned in another process.

    Raises:
        ImportError: a module cannot be imported.
        TypeError: a format is not a module.
    """
    for name, module in others:
        if isinstance(_registered.get(name), PlugIn):
            continue
        if not module:
            raise TypeError(f"expected the format {name} to be a module that other processes can import, got an object")
        load((module,))


@contextmanager
def registry_restored() -> Generator[None]:
    """Undo at the end of a `with` statement what was registered in it, for tests of plug-ins."""
    before = dict(_registered)
    try:
        yield
    finally:
        _registered.clear()
        _registered.update(before)
        of_suffix.cache_clear()


def _checked(module: object) -> Format:
    if not isinstance(module, Format) or not _has_valid_attributes(module):
        raise TypeError(f"expected a module that satisfies bevparse.formats.Format, got {module!r}")
    return module


def _has_valid_attributes(module: Format) -> bool:
    """Return whether a plug-in has a known kind, and strings as names."""
    texts = cast("tuple[object, ...]", (module.name, *module.suffixes, *module.media_types))
    return module.kind in get_args(Kind) and all(isinstance(text, str) for text in texts)


def _register(format: Format) -> None:
    _registered[format.name] = format
    of_suffix.cache_clear()


def get(name: str) -> Format:
    """Return the format with a name: registered, built in, or an entry point in the group `bevparse.formats`.

    Raises:
        UnknownFormatError: no format has this name.
    """
    if name not in _registered:
        if name in _BUILT_IN:
            _register(cast(Format, import_module(_BUILT_IN[name])))
        else:
            _register_installed(name)
    return _registered[name]


def _register_installed(name: str) -> None:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and rarely needed

    for entry_point in entry_points(group="bevparse.formats", name=name):
        _registered[name] = PlugIn(_checked(entry_point.load()), by_name=True)
        return
    raise UnknownFormatError(name, known())


@lru_cache(maxsize=64)
def of_suffix(suffix: str) -> str | None:
    """Return the name of the built-in or registered format with this file suffix, or None."""
    return next((format.name for format in _formats() if suffix in format.suffixes), None)


def of_media_type(media_type: str) -> str | None:
    """Return the name of the built-in or registered format with this content type, or None."""
    return next((format.name for format in _formats() if media_type in format.media_types), None)


def known() -> tuple[str, ...]:
    """Return the names of the built-in and registered formats, sorted."""
    return _known(tuple(_registered.values()))


@lru_cache(maxsize=8)
def _known(registered: tuple[Format, ...]) -> tuple[str, ...]:
    return tuple(sorted({*_BUILT_IN, *(format.name for format in registered if not _is_by_name(format.name))}))


def sniff(head: bytes) -> Format | None:
    """Return the format that a body with this beginning certainly has, or None if no format is certain."""
    return next((format for format in _formats() if format.sniff(head)), None)


def _formats() -> tuple[Format, ...]:
    """Return the built-in and registered formats; csv is last, as nearly any text could be a table."""
    return _in_order(tuple(_registered.values()))


@lru_cache(maxsize=8)
def _in_order(registered: tuple[Format, ...]) -> tuple[Format, ...]:
    names = dict.fromkeys((*_BUILT_IN, *(format.name for format in registered)))
    found = sorted((name for name in names if not _is_by_name(name)), key=lambda name: name == "csv")
    return tuple(map(get, found))


def _is_by_name(name: str) -> bool:
    return isinstance(found := _registered.get(name), PlugIn) and found.by_name
