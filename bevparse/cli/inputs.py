"""What a command is to look at: its paths and the options that several commands share, over the configuration file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final, cast

from .. import formats
from ..errors import SourceError, UnknownFormatError
from ..files import reason
from ..validate import Search, Settings
from ..validate.sources.folders import on_disk
from .configuration import Configuration, check_target, find_configuration, read_configuration
from .options import model_of
from .pool import cores
from .values import MOST_JOBS, UsageError, endpoints_of, limits_of

__all__ = ["Given", "Inputs", "inputs_of", "jobs_of", "settings_of"]

_LONGEST: Final = 2**16
"""Bytes of a path in a list of files; what is longer is taken apart, and no part of it is a file."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The paths of a run, and what is looked at in them."""

    named: tuple[str, ...]
    files_from: str | None
    ends: bytes
    """What paths of a list end with."""
    search: Search

    def paths(self) -> Iterator[str]:
        """Give the paths, those of a list one by one as it is read.

        Raises:
            SourceError: the list cannot be read.
        """
        yield from self.named
        if self.files_from is not None:
            yield from _listed(self.files_from, self.ends)

    def sizes(self) -> Iterator[int]:
        """Give the sizes of the files that there are, as far as they can be told without reading anything else."""
        for path in self.named:
            if path != "-":
                yield from (source.size for source in on_disk(path, self.search))


def _listed(path: str, ends: bytes) -> Iterator[str]:
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as stream:
            for name in _parts(stream, ends):
                if given := os.fsdecode(name.rstrip(b"\r") if ends == b"\n" else name):
                    yield given
    except (OSError, ValueError) as error:
        raise SourceError(path, f"expected a readable list of files, got a fault: {reason(error)}") from None


def _parts(stream: BufferedReader, ends: bytes) -> Iterator[bytes]:
    """Give what stands before each end, as soon as it has come; a device is no part without end."""
    rest = b""
    while block := stream.read1(_LONGEST):
        *parts, rest = (rest + block).split(ends)
        yield from parts
        if len(rest) > _LONGEST:
            yield rest
            rest = b""
    yield rest


class Given:
    """Reads an option from the command line, or else from the configuration.

    Raises:
        ConfigurationError: the configuration file cannot be used.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self._file = None if arguments.no_config else _configuration_file(arguments.config)
        self.configured: Configuration = {}
        if self._file is not None:
            self.configured = read_configuration(self._file, found=not arguments.config)

    def texts(self, name: str) -> tuple[str, ...]:
        """Give the values of an option, those of the command line in place of the others."""
        given = getattr(self.arguments, name.replace("-", "_"))
        return tuple(given if given is not None else cast("list[str]", self.configured.get(name, [])))

    def both(self, name: str) -> tuple[str, ...]:
        """Give the values of an option, those of the command line behind the others."""
        given = getattr(self.arguments, name.replace("-", "_")) or ()
        return (*cast("list[str]", self.configured.get(name, [])), *given)

    def check_targets(self, name: str, targets: Iterable[str | None]) -> None:
        """Check the files that an option writes, unless the command line names them.

        Raises:
            ConfigurationError: the configuration may not name one of them.
        """
        if self._file is None or getattr(self.arguments, name) is not None:
            return
        for target in targets:
            if target is not None and "\0" not in target:  # which no file has in its name: writing it reports that
                check_target(name, target, self._file)


def _configuration_file(named: str | None) -> Path | None:
    if named:
        return Path(named)
    try:
        return find_configuration(Path.cwd())
    except FileNotFoundError:  # the folder is gone
        return None


def inputs_of(given: Given, written: Collection[str | None]) -> Inputs:
    """Settle what is looked at, without the files that are written.

    Raises:
        UsageError: it makes no sense.
    """
    arguments = given.arguments
    if arguments.null and arguments.files_from is None:
        raise UsageError("expected --files-from FILE beside --null, got none")
    if not arguments.paths and arguments.files_from is None:
        raise UsageError("expected a path or --files-from, got none")
    if arguments.files_from == "-" and "-" in arguments.paths:
        raise UsageError("expected standard input to be read once, got - and --files-from -")
    skip = frozenset(os.path.realpath(path) for path in written if path is not None and "\0" not in path)
    search = Search(given.texts("include"), given.texts("exclude"), skip)
    return Inputs(tuple(arguments.paths), arguments.files_from, b"\0" if arguments.null else b"\n", search)


def settings_of(given: Given) -> Settings:
    """Settle what bodies are taken for.

    Raises:
        UsageError: it makes no sense.
    """
    arguments, configured = given.arguments, given.configured
    try:
        format = cast("str | None", arguments.format or configured.get("format"))
        return Settings(
            model=model_of(arguments.endpoint),
            format=format and formats.get(format).name,
            endpoints=endpoints_of(cast("Mapping[str, str]", configured.get("endpoint", {}))),
            limits=limits_of(arguments.limit or (), cast("Mapping[str, int]", configured.get("limits", {}))),
        )
    except UnknownFormatError as error:
        raise UsageError(str(error)) from None


def jobs_of(given: Given) -> int:
    """Settle how many processes work.

    Raises:
        UsageError: it makes no sense.
    """
    asked = cast("int | None", given.configured.get("jobs") if given.arguments.jobs is None else given.arguments.jobs)
    if asked is None:
        return cores()
    if asked < 1:
        raise UsageError(f"expected --jobs to be one or more, got {asked}")
    if asked > MOST_JOBS:
        raise UsageError(f"expected --jobs to be at most {MOST_JOBS}, got {asked}")
    return asked
