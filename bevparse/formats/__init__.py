"""The protocol of a format, the built-in formats, and the registry."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Literal, Protocol, TypeAlias, TypeVar, cast, get_args, runtime_checkable

from ..errors import BevparseError, DecodeError, EncodeError, UnknownFormatError
from ..limits import Limits
from ..problems import Problem, rules
from ..tree import Fields, Node, Path

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

_T = TypeVar("_T")
Kind: TypeAlias = Literal["typed", "text", "table"]
"""What the tree of a format holds: typed values, text in named elements, or text in rows under a header."""


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded body."""

    root: Node
    """The tree: `Fields` or a list for "typed", `Fields` with the root element for "text", a `Table` for "table"."""
    problems: tuple[Problem, ...] = ()
    """Warnings of the format itself, such as one about a byte-order mark."""
    stray_attribute: str | None = None
    """The name of an attribute that may hold data, if the body has no other data. Only XML has attributes."""
    attributes: tuple[tuple[str, Path], ...] = ()
    """The names of all attributes that may hold data, each with the path of the first element that has it."""


@runtime_checkable
class Format(Protocol):
    """What a module must define to be a format. Its functions are pure and keep no state.

    A module may also define `locate`, see `Locator`. Without it, problems have a pointer but no line.
    """

    @property
    def name(self) -> str:
        """The name, as in `format=`."""
        ...

    @property
    def kind(self) -> Kind:
        """What its tree holds, see `Kind`."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name suffixes, with the dot, in lower case."""
        ...

    @property
    def media_types(self) -> tuple[str, ...]:
        """Content types, in lower case, without parameters."""
        ...

    def sniff(self, head: bytes) -> bool:
        """Return whether a body certainly has this format.

        Args:
            head: its first 4,096 bytes, as UTF-8 without a byte-order mark.
        """
        ...

    def decode(self, data: bytes | str, limits: Limits) -> Document:
        """Decode a body to a tree.

        Raises:
            DecodeError: the body is not well-formed, or exceeds a limit.
        """
        ...

    def encode(self, root: Node) -> bytes:
        """Encode a tree to a body. The same tree always gives the same bytes.

        Raises:
            EncodeError: the format cannot represent something in the tree.
        """
        ...


@runtime_checkable
class Locator(Protocol):
    """A format that finds lines and columns."""

    def locate(self, data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        """Return the lines and columns, both from 1, of nodes in a body that `decode` has accepted."""
        ...


_BUILT_IN = {"json": "bevparse.formats.json", "xml": "bevparse.formats.xml", "csv": "bevparse.formats.csv"}
_registered: dict[str, Format] = {}
_loaded: dict[str, Format] = {}
"""The formats that `load` has registered, by the names of their modules."""


class _PlugIn:
    """A format of a plug-in. Any exception that the plug-in raises becomes one of bevparse.

    Args:
        module: the plug-in.
        by_name: whether the format must be named, because it is never detected.
    """

    def __init__(self, module: Format, *, by_name: bool = False) -> None:
        self.by_name = by_name
        self.name = module.name
        self.kind: Kind = module.kind
        self.suffixes = module.suffixes
        self.media_types = module.media_types
        self.module = _importable_name(module)
        self._module = module
        if hasattr(module, "locate"):
            self.locate = self._locate

    def sniff(self, head: bytes) -> bool:
        """Return whether a body certainly has this format."""
        return self._call(lambda: bool(self._module.sniff(head)))

    def decode(self, data: bytes | str, limits: Limits) -> Document:
        """Decode a body to a tree."""
        document = cast(object, self._call(lambda: self._module.decode(data, limits)))
        if not isinstance(document, Document):
            raise self._failed(f"expected a Document, got {type(document).__name__}")
        if fault := self._call(lambda: _fault_of(document)):
            raise self._failed(fault)
        return document

    def encode(self, root: Node) -> bytes:
        """Encode a tree to a body."""
        try:
            body = cast(object, self._call(lambda: self._module.encode(root)))
        except DecodeError as error:
            message = error.problem.message
        else:
            if isinstance(body, bytes):
                return body
            message = self._failed(f"expected bytes, got {type(body).__name__}").problem.message
        raise EncodeError(Problem.of(rules.CANNOT_CARRY, message), self.name)

    def _locate(self, data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        found = cast(object, self._call(lambda: cast(Locator, self._module).locate(data, paths)))
        if not isinstance(found, dict):
            raise self._failed(f"expected a dict, got {type(found).__name__}")
        positions = cast("dict[Path, tuple[int, int]]", found)
        if not all(map(_is_position, positions.values())):
            raise self._failed("expected lines and columns from 1, got other positions")
        return positions

    def _call(self, function: Callable[[], _T]) -> _T:
        try:
            return function()
        except (BevparseError, MemoryError):
            raise
        except Exception as error:
            raise self._failed(type(error).__name__) from error

    def _failed(self, fault: str) -> DecodeError:
        message = f"the plug-in of the format {self.name} failed: {fault}"
        return DecodeError(Problem.of(rules.FORMAT_SYNTAX, message), self.name)


def _importable_name(module: object) -> str:
    """Return the name by which another process imports a module, or "" if it cannot."""
    name = getattr(module, "__name__", "")
    return name if name != "__main__" and sys.modules.get(name) is module else ""


def _fault_of(document: Document) -> str | None:
    """Return what is wrong with a document of a plug-in, or None if it can be read."""
    problems = cast("tuple[object, ...]", document.problems)
    others = [problem for problem in problems if not isinstance(problem, Problem)]
    if others:
        return f"expected a Problem, got {type(others[0]).__name__}"
    seen: set[int] = set()  # a list may be in itself
    nodes: list[Node] = [document.root]
    while nodes:
        node = nodes.pop()
        if not isinstance(node, (Fields, list)) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Fields):
            pairs = cast("Iterable[tuple[object, object]]", node)
            names = [name for name, _ in pairs if not isinstance(name, str)]
            if names:
                return f"expected a string as name, got {type(names[0]).__name__}"
        nodes += node.values() if isinstance(node, Fields) else node
    return None


def _is_position(position: object) -> bool:
    match position:
        case (int(line), int(column)):
            return line > 0 and column > 0
        case _:
            return False


def register(module: Format) -> None:
    """Add a format, or replace the one with the same name, for the whole process.

    Raises:
        TypeError: the module does not satisfy the `Format` protocol.
    """
    checked = _checked(module)
    is_built_in = getattr(module, "__name__", "") in _BUILT_IN.values()
    _register(checked if is_built_in else _PlugIn(checked))


def load(modules: Iterable[str]) -> None:
    """Import and register the formats in modules, unless they are registered already.

    Raises:
        ImportError: a module cannot be imported.
        TypeError: a module does not satisfy the `Format` protocol.
    """
    for name in modules:
        if name not in _loaded or _loaded[name] not in _registered.values():
            _loaded[name] = _PlugIn(_checked(import_module(name)))
            _register(_loaded[name])


def registered() -> tuple[tuple[str, str], ...]:
    """Return the name and the module of each registered format. The module is "" if it cannot be imported by name."""
    return tuple((format.name, format.module) for format in _registered.values() if isinstance(format, _PlugIn))


def load_registered(others: Iterable[tuple[str, str]]) -> None:
    """Register what `registered` has returned in another process.

    Raises:
        ImportError: a module cannot be imported.
        TypeError: a format is not a module.
    """
    for name, module in others:
        if isinstance(_registered.get(name), _PlugIn):
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
        _registered[name] = _PlugIn(_checked(entry_point.load()), by_name=True)
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
    return isinstance(found := _registered.get(name), _PlugIn) and found.by_name
