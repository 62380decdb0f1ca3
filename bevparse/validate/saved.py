"""Saved runs: files that results are saved to as they come, so that a run can go on after a kill.

A file has a session for each time that the run was begun or continued. A session begins with the settings, has the
results in the order of the sources, and ends when everything has been checked. Results that an earlier session has are
not saved again: the session refers to them. So the last session alone is the whole run.
"""

from __future__ import annotations

import json
import os
import time
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from heapq import merge
from operator import itemgetter
from typing import Annotated, Final, NamedTuple

import msgspec

from ..apikeys import masked
from ..errors import SourceError
from ..files.paths import Paths, absolute, texts_of
from ..problems import Problem, rules, unicode_of
from ..problems.rules import Severity
from ..sources import Search, Source
from ..sources.shards import MOST_SHARDS, Shard
from ..stores import place_of
from .conditions import Conditions, options_of_run
from .frames import FrameFile, frame_at, frames
from .report import Checked
from .results import decode, dependencies, encode, is_lasting, names_have_key, stamp_of, with_names
from .settings import Selection, Settings

__all__ = ["ListedFile", "OtherRunError", "RunFile", "SavedPart", "SavedRun", "SavedRuns"]

_BLOCK: Final = 2**16
"""The bytes of results that are written together, before compression."""
_MOST_ENTRIES: Final = 2**12
_MOST_RESULTS: Final = 2**8
"""The maximum number of results in a part. The results of a file are saved in parts."""
_BEGIN: Final = b"B"
_RESULTS: Final = b"R"
_END: Final = b"E"
_KEY_BITS: Final = 128
_POSITION_BITS: Final = 64
_INDEX_BITS: Final = 16
_MOST_LISTED: Final = 10
"""The maximum number of missing shards in a message."""


class OtherRunError(ValueError):
    """A saved run cannot be continued or merged, because its settings, its folder or its shards do not fit.

    Attributes:
        path: the file.
        reason: what differs.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{unicode_of(self.path)} {unicode_of(self.reason)}"


class _Begin(msgspec.Struct):
    dependencies: dict[str, str]
    """Everything that decides results, apart from the files."""
    folder: str
    """The folder that paths are relative to."""
    shard: Annotated[int, msgspec.Meta(ge=1, le=MOST_SHARDS)]
    shards: Annotated[int, msgspec.Meta(ge=1, le=MOST_SHARDS)]
    now: float
    fail_on: Severity
    selection: Selection
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    paths: tuple[str, ...]
    options: tuple[str, ...]
    """The settings that are not the defaults, for reports."""


class _End(msgspec.Struct):
    files: int
    """The number of files that the run has found, in all shards."""
    digest: str
    """A hash of their names."""


class _FileResults(msgspec.Struct, array_like=True, tag=0):
    """A part of the results of a file: all of them, or some hundred."""

    ordinal: int
    """The index of the file among the files of all shards."""
    number: int
    """The index of the part among the parts of the file."""
    key: bytes
    """In the last part of a file, the hash of its name and stamp; empty if the file must be checked again."""
    results: msgspec.Raw


class _Again(msgspec.Struct, array_like=True, tag=1):
    """A reference to adjacent parts that an earlier session has saved."""

    shift: int
    """The difference between the ordinals of their files in this session and in the earlier one."""
    offset: int
    """The offset of the frame that contains the parts."""
    first: int
    """The index of the first part in the frame."""
    count: int
    """The number of parts."""


class ListedFile(NamedTuple):
    """A file that a run has found."""

    ordinal: int
    key: bytes


class SavedPart(NamedTuple):
    """Where an earlier session has saved a part of the results of a file."""

    shift: int
    """The difference between the ordinals of the file in this session and in the earlier one."""
    offset: int
    """The offset of the frame that contains the part."""
    place: int
    """The index of the part in the frame."""


_pack: Final = msgspec.msgpack.Encoder().encode
_unpack_entries: Final = msgspec.msgpack.Decoder(tuple[_FileResults | _Again, ...]).decode


class _ResultFrame(NamedTuple):
    entries: tuple[_FileResults | _Again, ...]
    end: int
    """The offset of the next frame."""


@contextmanager
def _content_of(path: str, offset: int) -> Generator[None]:
    """Convert errors: the frame is complete, but its content is not what bevparse writes."""
    try:
        yield
    except (msgspec.MsgspecError, TypeError, ValueError):
        raise SourceError(path, f"saved run has unknown content at byte {offset}") from None


class _ResultFrames:
    """Reads the frames with results in a saved run. The last two frames are kept in memory."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.at: Callable[[int], _ResultFrame] = lru_cache(maxsize=2)(self._read)

    def _read(self, offset: int) -> _ResultFrame:
        frame = frame_at(self._path, offset)
        with _content_of(self._path, offset):
            if frame.kind != _RESULTS:
                raise ValueError("expected results")
            return _ResultFrame(_unpack_entries(frame.content), frame.end)

    def entries(self, offset: int, content: bytes) -> tuple[_FileResults | _Again, ...]:
        """Return the parts of results, and references to parts, in the content of a frame.

        Raises:
            SourceError: the content is not what bevparse writes.
        """
        with _content_of(self._path, offset):
            return _unpack_entries(content)

    def part(self, offset: int, index: int) -> _FileResults:
        """Return a part of results.

        Args:
            offset: the offset of the frame that contains it.
            index: its index in the frame.

        Raises:
            SourceError: there is no such part.
        """
        entries = self.at(offset).entries
        with _content_of(self._path, offset):
            part = entries[index] if index < len(entries) else None
            if not isinstance(part, _FileResults):
                raise ValueError("expected results")
            return part

    def results(self, offset: int, part: _FileResults) -> tuple[Checked, ...]:
        """Return the results in a part.

        Raises:
            SourceError: the part does not contain results that bevparse has written.
        """
        with _content_of(self._path, offset):
            return decode(part.results)


class SavedRun:
    """A file that `validate` saves results to as they come. If it exists, `validate` continues the run in it.

    A run is continued in the same folder, with the same paths and settings, and with the `now` of its beginning. A file
    is not checked again if its size and its time are the same, and it could be read.

    Args:
        path: the file.
        shard: the number of the shard that is checked, from 1. The hash of its path decides in which shard a file is.
        shards: the number of shards into which the files are divided.
        every: the seconds after which results are written and synced: a kill loses no more than those.

    Raises:
        ValueError: `shard` is not a number from 1 to `shards`, or there are more than 100,000 shards.
    """

    def __init__(self, path: str | os.PathLike[str], *, shard: int = 1, shards: int = 1, every: float = 1.0) -> None:
        self._shard = Shard(shard, shards)
        self.path = os.fspath(path)
        self.shard = shard
        self.shards = shards
        self.every = every

    def holds(self, file: str) -> bool:
        """Return whether a file belongs to this shard."""
        return self._shard.holds(file)

    @contextmanager
    def continued(self, paths: Paths, settings: Settings, search: Search) -> Generator[RunFile]:
        """Begin or continue the run. At the end of the block, all results are written to the disk.

        Args:
            paths: the paths of the run. Those of an iterator are not compared with those of an earlier session.
            settings: how bodies are read and what is reported.
            search: what is searched for in folders and archives.

        Raises:
            OtherRunError: the file is a run with other paths or settings.
            SourceError: the file cannot be read or written, or another process writes to it.
        """
        begin = _Begin(
            {**dependencies(settings, search), "paths": repr(_names(paths))},
            unicode_of(absolute("")),
            self.shard,
            self.shards,
            settings.now,
            settings.fail_on,
            settings.selection,
            search.include,
            search.exclude,
            tuple(map(unicode_of, _names(paths))),
            tuple(map(unicode_of, options_of_run(settings, search))),
        )
        begin = _decode_begin(_encode_begin(begin))  # masks keys, as in the saved settings that it is compared with
        with FrameFile.opened(self.path) as file:
            index, before = _scanned(self.path)
            if before is not None:
                self._check_same(before, begin)
                begin.now = before.now
            file.append(_BEGIN, _encode_begin(begin))
            file.sync()
            run = RunFile(file, self, index, replace(settings, now=begin.now))
            try:
                yield run
            finally:
                run.write()

    def _check_same(self, before: _Begin, begin: _Begin) -> None:
        different = _differences(before, begin)
        if (before.shard, before.shards) != (begin.shard, begin.shards):
            different.append("shard")
        if different:
            raise OtherRunError(self.path, f"was begun with other settings: {', '.join(different)}")
        if before.folder != begin.folder:
            raise OtherRunError(self.path, f"was begun in another folder: {before.folder}")


def _names(paths: Paths) -> tuple[str, ...]:
    """Return the paths, with URLs without credentials; nothing for an iterator, which can be read only once."""
    if not isinstance(paths, (str, os.PathLike, Sequence)):
        return ()
    return tuple(os.fspath(place_of(path)) for path in texts_of(paths))


def _differences(before: _Begin, begin: _Begin) -> list[str]:
    names = dict.fromkeys((*before.dependencies, *begin.dependencies))
    return [name for name in names if before.dependencies.get(name) != begin.dependencies.get(name)]


def _encode_begin(begin: _Begin) -> bytes:
    return masked(json.dumps(msgspec.to_builtins(begin))).encode()  # JSON escapes surrogates


def _decode_begin(content: bytes) -> _Begin:
    return msgspec.convert(json.loads(content), _Begin)


def _scanned(path: str) -> tuple[list[int], _Begin | None]:
    """Return the sorted keys of the files whose results are saved, and the settings of the last session.

    Each key is an integer whose last bits are the position of the results. The settings are None without a session.
    """
    blocks, begin, index, start, following = _ResultFrames(path), None, list[int](), None, (0, 0)
    for frame in frames(path):
        if frame.kind == _BEGIN:
            with _content_of(path, frame.offset):
                begin = _decode_begin(frame.content)
        if frame.kind != _RESULTS:
            start = None
            continue
        for number, entry in enumerate(blocks.entries(frame.offset, frame.content)):
            if isinstance(entry, _Again):
                start = None
                continue
            if entry.number == 0:
                start = frame.offset << _INDEX_BITS | number
            elif (entry.ordinal, entry.number) != following:
                start = None
            following = entry.ordinal, entry.number + 1
            if entry.key and start is not None:
                index.append(int.from_bytes(entry.key) << _POSITION_BITS | start)
    index.sort()
    return index, begin


class RunFile:
    """A saved run that is being continued."""

    def __init__(self, file: FrameFile, saved: SavedRun, index: list[int], settings: Settings) -> None:
        """Use `SavedRun.continued` instead."""
        self.settings = settings
        """The settings, with the time at which the run was begun."""
        self._file = file
        self._saved = saved
        self._index = index
        self._blocks = _ResultFrames(file.path)
        self._listed = 0
        self._digest = blake2b(digest_size=16)
        self._entries: list[msgspec.Raw] = []
        """Parts and references that have not been written yet."""
        self._size = 0
        self._written = time.monotonic()
        self._current: ListedFile | None = None
        """The file whose results are being added."""
        self._results: list[Checked] = []
        self._number = 0
        self._lasting = True
        self._again: _Again | None = None
        """Parts of an earlier session that are being added."""

    def files(self, found: Iterable[Source]) -> Iterator[tuple[ListedFile, Source]]:
        """Return the sources that belong to this shard, each with its entry in the saved run."""
        for ordinal, source in enumerate(found):
            name = source.file.encode("utf-8", "surrogatepass")
            if source.outcome == "body":
                self._listed += 1
                self._digest.update(name + b"\0")
            if self._saved.holds(source.file):
                stamp = stamp_of(source)
                identity = b"%b\0%d %b" % (name, source.named, stamp.encode())
                yield ListedFile(ordinal, blake2b(identity, digest_size=16).digest() if stamp else b""), source

    def parts_of(self, file: ListedFile) -> Iterator[tuple[SavedPart, tuple[Checked, ...]]] | None:
        """Return the saved results of a file part by part, or None if they are not saved.

        Raises:
            SourceError: the results cannot be read.
        """
        key = int.from_bytes(file.key)
        place = bisect_left(self._index, key << _POSITION_BITS)
        if not file.key or place == len(self._index) or self._index[place] >> _POSITION_BITS != key:
            return None
        return self._parts(file.ordinal, self._index[place] & (1 << _POSITION_BITS) - 1)

    def _parts(self, ordinal: int, position: int) -> Iterator[tuple[SavedPart, tuple[Checked, ...]]]:
        offset, index = position >> _INDEX_BITS, position & (1 << _INDEX_BITS) - 1
        while True:
            part = self._blocks.part(offset, index)
            yield SavedPart(ordinal - part.ordinal, offset, index), self._blocks.results(offset, part)
            if part.key:
                return
            block, index = self._blocks.at(offset), index + 1
            if index == len(block.entries):
                offset, index = block.end, 0

    def add(self, file: ListedFile, checked: Checked) -> None:
        """Add a result of a file; the results of one file must be consecutive.

        Raises:
            SourceError: the file cannot be written.
        """
        if file is not self._current:
            self._settle()
            self._current, self._number, self._lasting = file, 0, True
        self._results.append(checked)
        self._lasting = self._lasting and is_lasting(checked)
        if len(self._results) == _MOST_RESULTS:
            self._put_part(file, b"")
        self._write_in_time()

    def add_again(self, part: SavedPart) -> None:
        """Add a reference to a part that an earlier session has saved.

        Raises:
            SourceError: the file cannot be written.
        """
        again = self._again
        if again and (again.shift, again.offset, again.first + again.count) == part:
            again.count += 1
            return
        self._settle()
        self._again = _Again(*part, 1)
        self._write_in_time()

    def _settle(self) -> None:
        """Complete the file whose results are being added, or the reference to parts of an earlier session."""
        if self._current is not None:
            self._put_part(self._current, self._current.key if self._lasting else b"")
            self._current = None
        if self._again is not None:
            self._put(self._again)
            self._again = None

    def _put_part(self, file: ListedFile, key: bytes) -> None:
        results, self._results = self._results, []
        self._put(_FileResults(file.ordinal, self._number, key, msgspec.Raw(_encoded(results))))
        self._number += 1

    def _put(self, entry: _FileResults | _Again) -> None:
        data = _pack(entry)
        self._entries.append(msgspec.Raw(data))
        self._size += len(data)

    def _write_in_time(self) -> None:
        """Write results if there are many, or if the last time was `SavedRun.every` seconds ago."""
        is_time = time.monotonic() - self._written >= self._saved.every
        if is_time or self._size >= _BLOCK or len(self._entries) >= _MOST_ENTRIES:
            self.write()
            if is_time:
                self._file.sync()
                self._written = time.monotonic()

    def write(self) -> None:
        """Write the results of all files that are complete.

        Raises:
            SourceError: the file cannot be written.
        """
        entries, self._entries, self._size = self._entries, [], 0  # after an interrupt they are not written twice
        if entries:
            self._file.append(_RESULTS, _pack(entries))

    def end(self) -> None:
        """Write the remaining results, and that everything has been checked.

        Raises:
            SourceError: the file cannot be written.
        """
        self._settle()
        self.write()
        self._file.append(_END, _pack(_End(self._listed, self._digest.hexdigest())))


def _encoded(results: Sequence[Checked]) -> bytes:
    """Return results as bytes without API keys. Findings contain none, but the names of files may."""
    return encode([with_names(one, masked) for one in results] if names_have_key(results) else results)


class _Session:
    """The last session of a saved run."""

    def __init__(self, path: str) -> None:
        """Find the last session, and check the whole file.

        Raises:
            SourceError: the file cannot be read, is damaged, or contains no session.
        """
        self.path = path
        self._blocks = _ResultFrames(path)
        self._start = 0
        self.end: _End | None = None
        """None if not everything has been checked."""
        begin = None
        for frame in frames(path):
            with _content_of(path, frame.offset):
                if frame.kind == _BEGIN:
                    begin, self._start, self.end = _decode_begin(frame.content), frame.end, None
                elif frame.kind == _END:
                    self.end = msgspec.msgpack.decode(frame.content, type=_End)
        if begin is None:
            raise SourceError(path, "no run was saved yet")
        self.begin = begin

    def results(self) -> Iterator[tuple[int, tuple[Checked, ...]]]:
        """Return the results in the order of the sources, each part with the number of its file."""
        for frame in frames(self.path, self._start):
            if frame.kind != _RESULTS:
                continue
            for entry in self._blocks.entries(frame.offset, frame.content):
                if isinstance(entry, _FileResults):
                    yield entry.ordinal, self._blocks.results(frame.offset, entry)
                else:
                    yield from self._again(entry)

    def _again(self, again: _Again) -> Iterator[tuple[int, tuple[Checked, ...]]]:
        for index in range(again.first, again.first + again.count):
            part = self._blocks.part(again.offset, index)
            yield part.ordinal + again.shift, self._blocks.results(again.offset, part)


class SavedRuns:
    """A saved run, or the shards of one, as one run.

    Args:
        paths: the files, in any order.

    Raises:
        OtherRunError: the files do not belong to the same run.
        SourceError: a file cannot be read, or is not a saved run.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        if not paths:
            raise ValueError("expected a saved run, got no path")
        self._sessions = [_Session(path) for path in paths]
        first = self._sessions[0]
        for session in self._sessions[1:]:
            self._check_same(first, session)
        self._sessions.sort(key=lambda session: session.begin.shard)
        for one, other in zip(self._sessions, self._sessions[1:], strict=False):
            if one.begin.shard == other.begin.shard:
                raise OtherRunError(other.path, f"is shard {one.begin.shard}, and so is {unicode_of(one.path)}")
        begin = first.begin
        self.search = Search(begin.include, begin.exclude)
        """Which names in folders and archives the run has read."""
        self.settings = Settings(
            selection=begin.selection,
            fail_on=begin.fail_on,
            now=min(session.begin.now for session in self._sessions),
        )
        """The settings of the run that its report depends on."""
        self.conditions = Conditions(self.settings.now, begin.paths, begin.options)
        """What the run has checked, and how."""

    @staticmethod
    def _check_same(first: _Session, session: _Session) -> None:
        different = _differences(first.begin, session.begin)
        for name in ("shards", "fail_on"):
            if getattr(first.begin, name) != getattr(session.begin, name):
                different.append(name)
        if different:
            names = ", ".join(different)
            first_path = unicode_of(first.path)
            raise OtherRunError(
                session.path, f"is not a shard of the run in {first_path}, whose settings differ: {names}"
            )

    def results(self) -> Generator[Checked]:
        """Yield all results in the order of the sources, and then what is missing.

        Raises:
            SourceError: a file cannot be read, or has content that bevparse does not write.
        """
        parts = (session.results() for session in self._sessions)
        for _, results in merge(*parts, key=itemgetter(0)):
            yield from results
        yield from self._missing_shards()
        for session in self._sessions:
            if session.end is None:
                yield _missing(session.path, "this run has not ended; repeat its command to continue it")
            else:
                yield from self._missing_files(session.path, session.end)

    def _missing_shards(self) -> Iterator[Checked]:
        shards = self._sessions[0].begin.shards
        found = {session.begin.shard for session in self._sessions}
        numbers = [number for number in range(1, shards + 1) if number not in found]
        if numbers:
            more = len(numbers) - _MOST_LISTED
            listed = ", ".join(map(str, numbers[:_MOST_LISTED])) + (f" and {more} more" if more > 0 else "")
            which = f"shard {listed} of {shards} is" if len(numbers) == 1 else f"shards {listed} of {shards} are"
            yield _missing(self._sessions[0].path, f"{which} missing")

    def _missing_files(self, path: str, end: _End) -> Iterator[Checked]:
        other = next(other for other in self._sessions if other.end)
        if other.end and other.end != end:
            found = f"found {end.files} files, and {unicode_of(other.path)} found {other.end.files} files"
            yield _missing(path, f"this shard {found}, which differ; repeat both commands to check all files")


def _missing(path: str, message: str) -> Checked:
    return Checked(path, problems=(Problem.of(rules.SOURCE_UNREADABLE, message),), outcome="unreadable")
