"""Containers for tests; `python -m tests.container_samples` writes the samples in fixtures/containers/ again."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.files.compression import ZSTD

from .paths import FIXTURES

FOLDER = FIXTURES / "containers"
VALID = (FIXTURES / "status" / "finished.json").read_bytes()
FAULTY = (FIXTURES / "invalid" / "BEV203-maybe.json").read_bytes()
MEMBERS = {"july/requests.json": VALID, "july/status.json": FAULTY, "july/notes.txt": b"no body\n"}
FIRST_SECOND = {"first.json": VALID, "second.json": FAULTY}
CREATED = b'{"response":{"id":5}}'
WRONG = b'{"response":{"id":"x"}}'
WRONG_ID = ":1:14: error: BEV204 (/response/id)"
_WORDING = re.compile(r"(: BEV\d{3}) .*?( \(/\S*\))?$")

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "zst": import_module(ZSTD).compress,
}


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive whose files have the same time."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, method)
    return held.getvalue()


def tarred(members: Mapping[str, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar archive."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=format) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


def member(name: str, data: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return the blocks of a member of a tar archive."""
    return header(name, len(data), kind) + data + bytes(-len(data) % 512)


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE, *, binary: bool = False) -> bytes:
    """Return the header of a member; a binary size, as GNU tar writes it, may be very large or negative."""
    info = tarfile.TarInfo(name)
    info.size, info.type = (0 if binary else size), kind
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    if binary:
        block[124:136] = (b"\xff" * 4 if size < 0 else b"\x80\0\0\0") + struct.pack(">q", size)
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax_records(fields: Mapping[str, str]) -> bytes:
    """Return PAX records with their lengths, each of 10 to 99 bytes."""
    return b"".join(f"{len(name) + len(value) + 5} {name}={value}\n".encode() for name, value in fields.items())


def raw_zip(members: Iterable[tuple[bytes, int, int, int, bytes, int]], comment: bytes = b"") -> bytes:
    """Return a zip archive of names, methods, checksums, sizes, data and flags, which may be wrong."""
    files, directory, count = b"", b"", 0
    for name, method, checksum, size, data, flags in members:
        sizes = (checksum, len(data), size, len(name), 0)
        directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, flags, method, 0, 0, *sizes, 0, 0, 0, 0, len(files))
        directory += name
        files += struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, method, 0, 0, *sizes) + name + data
        count += 1
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(files), len(comment))
    return files + directory + end + comment


def stored(name: bytes, data: bytes, flags: int = 0) -> tuple[bytes, int, int, int, bytes, int]:
    """Return a member of `raw_zip` with correct values."""
    return name, zipfile.ZIP_STORED, zlib.crc32(data), len(data), data, flags


def write(name: str, data: bytes) -> None:
    """Write a file in the current folder."""
    Path(name).write_bytes(data)


def lines(bodies: Mapping[str, bytes]) -> bytes:
    """Return JSON Lines."""
    return b"".join(body + b"\n" for body in bodies.values())


def samples() -> dict[str, bytes]:
    """Return one file for every kind of container and compression."""
    made = {
        "export.zip": zipped(MEMBERS),
        "bzip2.zip": zipped(MEMBERS, zipfile.ZIP_BZIP2),
        "nested.zip": zipped({"inner/export.zip": zipped(MEMBERS), "status.json": FAULTY}),
        "export.tar": tarred(MEMBERS),
        "gnu.tar": tarred(MEMBERS, tarfile.GNU_FORMAT),
        "export.tgz": COMPRESSIONS["gz"](tarred(MEMBERS)),
        "export.tbz2": COMPRESSIONS["bz2"](tarred(MEMBERS)),
        "export.txz": COMPRESSIONS["xz"](tarred(MEMBERS)),
        "export.tzst": COMPRESSIONS["zst"](tarred(MEMBERS)),
        "export.jsonl": lines(FIRST_SECOND),
        "export.ndjson": lines(FIRST_SECOND),
    }
    for suffix, compress in COMPRESSIONS.items():
        made[f"status.json.{suffix}"] = compress(FAULTY)
        made[f"export.tar.{suffix}"] = compress(tarred(MEMBERS))
        made[f"export.jsonl.{suffix}"] = compress(lines(FIRST_SECOND))
    return made


def validated(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Run `bevparse validate` here, check that it writes nothing, and return its code and lines without wording."""
    code, shown = worded(capsys, *arguments)
    return code, [_WORDING.sub(r"\1\2", line) for line in shown]


def worded(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Do as `validated` does, and return whole lines, for a rule that several faults break."""
    before = list(os.walk("."))

    code = main(["validate", "--no-cache", "--no-config", "--jobs", "1", "--output-format", "concise", *arguments])

    shown = capsys.readouterr()
    assert (shown.err == "") is (code != 4)
    assert list(os.walk(".")) == before
    return code, shown.out.splitlines()


def places(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return where `bevparse validate` reports its findings, without lines and columns of the first line."""
    return [line.partition(": error")[0].partition(":1:")[0] for line in validated(capsys, *arguments)[1][:-1]]


def write_files(*names: str | bytes, body: bytes = WRONG) -> None:
    """Write the same body to files, in folders that may be missing."""
    for name in names:
        path = Path(os.fsdecode(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, data in samples().items():
        (FOLDER / name).write_bytes(data)
