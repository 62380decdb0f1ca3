"""Results as bytes, for the cache, for saved runs and for other processes.

`dependencies` and `stamp_of` return what results depend on, such as settings and the age of a file: stored results are
used again only while these are equal.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Final, get_args

import msgspec

from .. import __version__
from ..apikeys import masked
from ..formats import known as known_formats
from ..problems import rules
from ..problems.rules import RULES
from ..sources import Search, Source
from .profile import Profile, day_of
from .report import Checked, Excerpt
from .settings import Settings

__all__ = [
    "compress",
    "decode",
    "decompress",
    "dependencies",
    "encode",
    "is_lasting",
    "names_have_key",
    "stamp_of",
    "with_names",
]

_VERSION: Final = 8
"""The version of stored results; change it with the fields of `Checked`, their meaning, and how they are stored."""
_MOST_DIGITS: Final = 64
"""More binary digits than the size of a body has."""
_TRANSIENT: Final = frozenset({rules.SOURCE_UNREADABLE, rules.MISSING_EXTRA, rules.WORKER_DIED, rules.FUTURE_DATE})
"""Rules that depend on more than the content of a file."""
_UNUSED: Final = {"now", "fail_on"}
"""Settings that do not change the results."""
_SMALL: Final = 2**10
"""The maximum size of results that are not compressed: to decompress them takes longer than to decode them."""
_COMPRESSED: Final = b"x"
"""The first byte of compressed results. An array or a map in MessagePack begins with another one."""
_SURROGATES: Final = "\0"
"""The first character of a name that is stored as the hexadecimal digits of UTF-16."""


class _Renamed(msgspec.Struct):
    """Results with names that have surrogates, which MessagePack cannot write."""

    renamed: tuple[Checked, ...]


def _counter(kind: type, value: object) -> Counter[object]:
    if value == {}:  # as most are
        return Counter()
    return Counter(msgspec.convert(value, dict[get_args(kind)[0], int]))  # type: ignore[misc]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(tuple[Checked, ...] | _Renamed, dec_hook=_counter).decode


def encode(results: Sequence[Checked]) -> bytes:
    """Return results as bytes."""
    try:
        return _encode(results)
    except UnicodeEncodeError:
        return _encode(_Renamed(tuple(with_names(one, _without_surrogates) for one in results)))


def decode(data: bytes | msgspec.Raw) -> tuple[Checked, ...]:
    """Return encoded results.

    Raises:
        ValueError: this version of bevparse cannot have written the data: for example, a date does not exist.
        TypeError: the same, for a value of another type.
    """
    results = _decode(data)
    if isinstance(results, _Renamed):
        results = tuple(with_names(one, _with_surrogates) for one in results.renamed)
    if not all(map(_is_plausible, results)):
        raise ValueError("results of another program")
    return results


def compress(data: bytes) -> bytes:
    """Return encoded results compressed, if they are not small."""
    return zlib.compress(data, 1) if len(data) > _SMALL else data


def decompress(data: bytes, most: int = 0) -> bytes:
    """Return encoded results that may be compressed.

    Args:
        data: the results.
        most: the maximum number of bytes to return; 0 for any number.

    Raises:
        zlib.error: the data is damaged.
    """
    return zlib.decompressobj().decompress(data, most) if data[:1] == _COMPRESSED else data


def with_names(checked: Checked, change: Callable[[str], str]) -> Checked:
    """Return a result with other names of files and pointers."""
    facts = (
        replace(fact, file=change(fact.file), inner=change(fact.inner), pointer=change(fact.pointer))
        for fact in checked.facts
    )
    problems = (replace(one, message=change(one.message), pointer=change(one.pointer)) for one in checked.problems)
    names = {"file": change(checked.file), "inner": change(checked.inner)}
    return replace(checked, **names, facts=tuple(facts), problems=tuple(problems))  # type: ignore[arg-type]


def _without_surrogates(text: str) -> str:
    is_plain = text.isprintable() and not text.startswith(_SURROGATES)
    return text if is_plain else _SURROGATES + text.encode("utf-16-be", "surrogatepass").hex()


def _with_surrogates(text: str) -> str:
    if not text.startswith(_SURROGATES):
        return text
    return bytes.fromhex(text[1:]).decode("utf-16-be", "surrogatepass")


def _is_plausible(checked: Checked) -> bool:
    """Return whether a check can have returned a result. If not, showing it could fail or write control characters."""
    return (  # there may be millions of results, and most have no problem: `all` would take most of the time
        (not checked.problems or all(problem.code in RULES for problem in checked.problems))
        and (checked.format is None or checked.format.isprintable())  # a plug-in need not be registered here
        and (not checked.excerpts or all(map(_is_plausible_excerpt, checked.excerpts)))
        and (checked.profile is None or _is_plausible_profile(checked.profile))
    )


def _is_plausible_excerpt(excerpt: Excerpt | None) -> bool:
    return excerpt is None or (excerpt.text.isprintable() and 0 <= excerpt.caret <= len(excerpt.text))


def _is_plausible_profile(profile: Profile) -> bool:
    days = {*profile.days, *profile.findings}
    return all(map(day_of, days)) and all(0 <= digits <= _MOST_DIGITS for digits in profile.sizes)


def names_have_key(results: Sequence[Checked]) -> bool:
    """Return whether a location in results contains an API key. Findings contain none."""
    names = "\n".join({name for one in results for name in (one.file, one.inner)})
    return masked(names) != names


def is_lasting(checked: Checked) -> bool:
    """Return whether a result stays the same as long as the file does not change."""
    return not (checked.depends_on_files or any(problem.rule in _TRANSIENT for problem in checked.problems))


def stamp_of(source: Source) -> str:
    """Return a text that changes with the content of a source: the size and the time of a file, or an ETag.

    It is empty if there is no such text.
    """
    if source.outcome != "body":
        return ""
    if source.data is not None:  # from a pipe
        return hashlib.blake2b(source.data, digest_size=16).hexdigest()
    if source.stored is not None:
        return source.stored.etag or ""
    try:
        status = os.stat(source.file)  # noqa: PTH116 - a Path raises for names that are too long
    except (OSError, ValueError):
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


def dependencies(settings: Settings, search: Search) -> dict[str, str]:
    """Return everything that results depend on, except the files, by name."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name not in _UNUSED}
    program = {"version": (_VERSION, __version__), "formats": known_formats()}
    unused = ("skip", "limits")  # the settings have the limits
    searched = {field.name: getattr(search, field.name) for field in fields(search) if field.name not in unused}
    return {name: repr(value) for name, value in (*values.items(), *program.items(), *searched.items())}
