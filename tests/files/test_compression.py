"""Compressed streams: read as a whole, with damage reported, limited growth, and memory for one piece only."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from bevparse import Limits
from bevparse.errors import DecodeError
from bevparse.files import read_body
from bevparse.files.compression import DAMAGE, ZSTD, Budget, decompressed
from bevparse.files.paths import body_suffix, plain_name
from bevparse.limits import DEFAULT_LIMITS

from ..container_samples import COMPRESSIONS, validated, worded
from ..paths import FIXTURES

BODY = b'{"response":{"id":5}}'
NOISE = random.Random(5).randbytes(300_000)
ENDLESS_NAME = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"a" * 1_000_000

each_kind = pytest.mark.parametrize("kind", sorted(COMPRESSIONS))


def unpacked(data: bytes, kind: str, piece: int = 2**18, limits: Limits = DEFAULT_LIMITS) -> bytes:
    stream = decompressed(io.BytesIO(data), f"body.json.{kind}", limits)
    return b"".join(iter(lambda: stream.read(piece), b""))


def xz_with_dictionary(size_code: int) -> bytes:
    """Return an xz stream that declares a larger dictionary than it needs: 40 means 4 GiB."""
    stream = bytearray(lzma.compress(BODY))
    header = slice(12, 12 + (stream[12] + 1) * 4 - 4)
    stream[stream.index(b"\x21\x01", 12) + 2] = size_code
    stream[header.stop : header.stop + 4] = struct.pack("<I", zlib.crc32(bytes(stream[header])))
    return bytes(stream)


def zstd_with_window(log: int) -> bytes:
    """Return a zstd frame that declares the size of its window."""
    return b"\x28\xb5\x2f\xfd\x00" + bytes([(log - 10) << 3]) + b"\x01\x00\x00"


@each_kind
@pytest.mark.parametrize("piece", [1, 7, 2**18])
def test_compressed_data_is_decompressed(kind: str, piece: int) -> None:
    assert unpacked(COMPRESSIONS[kind](BODY), kind, piece) == BODY


@each_kind
def test_stream_of_many_pieces_is_joined(kind: str) -> None:
    assert unpacked(COMPRESSIONS[kind](NOISE), kind, 1000) == NOISE


@each_kind
def test_suffix_may_be_in_capitals(kind: str) -> None:
    stream = decompressed(io.BytesIO(COMPRESSIONS[kind](BODY)), f"BODY.{kind.upper()}", DEFAULT_LIMITS)

    assert stream.read(100) == BODY


@pytest.mark.parametrize("name", ["body.json", "gz", "a.gz/body", "", "body.gz.json"])
def test_stream_with_another_suffix_is_not_decompressed(name: str) -> None:
    stream = io.BytesIO(BODY)

    assert decompressed(stream, name, DEFAULT_LIMITS) is stream


@each_kind
def test_streams_that_follow_each_other_are_one(kind: str) -> None:
    compress = COMPRESSIONS[kind]

    assert unpacked(compress(b"one") + compress(b"") + compress(b"two"), kind) == b"onetwo"


@each_kind
def test_read_returns_the_requested_size_even_from_small_streams(kind: str) -> None:
    stream = decompressed(io.BytesIO(COMPRESSIONS[kind](b"a") * 50), f"x.{kind}", DEFAULT_LIMITS)

    assert [len(stream.read(size)) for size in (20, 0, 20, 20, 20)] == [20, 0, 20, 10, 0]


@each_kind
@pytest.mark.parametrize("zeros", [4, 100_000])
def test_zeros_after_a_stream_are_no_damage(kind: str, zeros: int) -> None:
    data = COMPRESSIONS[kind](BODY)

    assert unpacked(data + bytes(zeros) + data + bytes(zeros), kind) == BODY * 2


@each_kind
@pytest.mark.parametrize("trailing", [b"junk", BODY * 10, b"\0\0\0\0x"])
def test_trailing_data_after_a_stream_is_damage(kind: str, trailing: bytes) -> None:
    with pytest.raises(DAMAGE):
        unpacked(COMPRESSIONS[kind](BODY) + trailing, kind)


@each_kind
@pytest.mark.parametrize("cut", [0, 1, 5, 0.5, -5, -1])
def test_stream_that_is_cut_short_is_damage(kind: str, cut: float) -> None:
    data = COMPRESSIONS[kind](NOISE[:1000])

    with pytest.raises(DAMAGE):
        unpacked(data[: int(len(data) * cut) if isinstance(cut, float) else cut], kind)


@each_kind
@pytest.mark.parametrize("piece", [1, 999, 1000, 2**18])
def test_data_before_damage_is_returned_first(kind: str, piece: int) -> None:
    stream = decompressed(io.BytesIO(COMPRESSIONS[kind](NOISE[:1000]) + b"junk"), f"body.json.{kind}", DEFAULT_LIMITS)

    assert b"".join(stream.read(piece) for _ in range(-(-1000 // piece))) == NOISE[:1000]
    for _ in range(2):
        with pytest.raises(DAMAGE):
            stream.read(piece)


@each_kind
def test_data_that_is_not_compressed_is_damage(kind: str) -> None:
    with pytest.raises(DAMAGE):
        unpacked(BODY, kind)


@each_kind
def test_data_in_another_format_is_an_error_that_names_the_expected_one(kind: str) -> None:
    with pytest.raises(OSError, match=f"not .{kind} data"):
        unpacked(b'{"response":[]}', kind)


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])  # zstd has a checksum only where it is asked for
def test_bytes_that_were_changed_are_damage(kind: str) -> None:
    data = bytearray(COMPRESSIONS[kind](NOISE))
    data[len(data) // 2] ^= 1

    with pytest.raises(DAMAGE):
        unpacked(bytes(data), kind)


@each_kind
def test_stream_that_grows_too_much_exceeds_the_ratio(kind: str) -> None:
    bomb = COMPRESSIONS[kind](bytes(5_000_000))

    with pytest.raises(DecodeError) as caught:
        unpacked(bomb, kind)
    assert caught.value.problem.code == "BEV007"


@each_kind
def test_small_stream_may_grow_beyond_the_ratio(kind: str) -> None:
    assert unpacked(COMPRESSIONS[kind](bytes(60_000)), kind, limits=Limits(archive_ratio=1)) == bytes(60_000)


@each_kind
def test_highly_compressed_data_is_read_up_to_the_ratio(kind: str) -> None:
    data = COMPRESSIONS[kind](bytes(2_000_000))

    assert len(unpacked(data, kind, limits=Limits(archive_ratio=10**6))) == 2_000_000


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("x.json.xz", xz_with_dictionary(40), id="a-dictionary-of-4-gigabytes"),
        pytest.param("x.json.xz", xz_with_dictionary(31), id="a-dictionary-of-192-megabytes"),
        pytest.param("x.json.zst", zstd_with_window(28), id="a-window-of-256-megabytes"),
        pytest.param("x.json.zst", zstd_with_window(41), id="a-window-of-2-terabytes"),
    ],
)
def test_stream_that_needs_too_much_memory_is_refused(
    capsys: pytest.CaptureFixture[str], name: str, data: bytes
) -> None:
    Path(name).write_bytes(data)

    code, (line, _) = worded(capsys, name)
    assert code == 3
    assert line.startswith(f"{name}: error: BEV001")
    assert "memory" in line.lower()


@pytest.mark.parametrize(("name", "data"), [("x.xz", xz_with_dictionary(22)), ("x.zst", zstd_with_window(27))])
def test_stream_that_needs_memory_up_to_the_limit_is_read(name: str, data: bytes) -> None:
    assert decompressed(io.BytesIO(data), name, DEFAULT_LIMITS).read(100) in (BODY, b"")


def test_zstd_may_hold_frames_to_skip() -> None:
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"

    assert unpacked(skipped + COMPRESSIONS["zst"](BODY) + skipped, "zst") == BODY


def test_gzip_header_may_hold_a_name_a_comment_and_more() -> None:
    header = b"\x1f\x8b\x08\x1c\0\0\0\0\0\xff" + b"\x03\0abc" + b"name\0" + b"comment\0"

    assert unpacked(header + gzip.compress(BODY)[10:], "gz") == BODY


def test_endless_name_in_a_gzip_header_is_damage() -> None:
    with pytest.raises(EOFError, match="truncated"):
        unpacked(ENDLESS_NAME, "gz")


@pytest.mark.usefixtures("folder")
def test_missing_zstd_package_is_reported_with_the_command_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, ZSTD, None)
    for name in ("a.json.zst", "b.jsonl.zst"):
        Path(name).write_bytes(COMPRESSIONS["zst"](BODY))

    code, shown = validated(capsys, "a.json.zst", "b.jsonl.zst")
    assert code == 3
    assert shown[:2] == [f"{name}: error: BEV013" for name in ("a.json.zst", "b.jsonl.zst")]
    assert shown[2].endswith("; 2 sources could not be read")


@each_kind
def test_name_without_the_compression_determines_the_format(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"status.Json.{kind}"
    path.write_bytes(COMPRESSIONS[kind](BODY))

    assert read_body(path, Budget()) == BODY
    assert body_suffix(path) == ".json"
    assert plain_name(path.name) == "status.Json"


def test_python_3_14_reads_zstd_with_its_own_module() -> None:
    script = (
        "import importlib, pathlib, sys, types\n"
        "from bevparse import files\n"
        f"zstd = importlib.import_module({ZSTD!r})\n"
        "sys.modules |= {'backports.zstd': None, 'compression': types.ModuleType('compression')}\n"
        "sys.modules |= {'compression.zstd': zstd}\n"
        "sys.version_info = (3, 14, 0, 'final', 0)\n"
        "compression = importlib.reload(files.compression)\n"
        "print(compression.ZSTD, len(list(compression.iter_decompressed(open(sys.argv[1], 'rb'), 'x.zst'))))\n"
    )
    path = FIXTURES / "containers" / "status.json.zst"

    ran = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)

    assert ran.stdout == "compression.zstd 1\n"
