"""Files to bytes: plain, compressed, damaged, endless."""

from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import pytest

from bevparse import Limits
from bevparse.errors import DecodeError, SourceError
from bevparse.files import read_blocks, read_body, read_stream, unzip
from bevparse.files.compression import Budget
from bevparse.files.paths import body_suffix, plain_name
from bevparse.limits import DEFAULT_LIMITS

from ..container_samples import COMPRESSIONS

BODY = b'{"response":{"id":5}}'
SMALL = Limits(body=100)
ZIPPED = gzip.compress(BODY * 20)
NOISE = random.Random(5).randbytes(300_000)

damaged = pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(BODY, id="not-compressed"),
        pytest.param(ZIPPED[:5], id="cut-in-the-header"),
        pytest.param(ZIPPED[:-9], id="cut-in-the-stream"),
        pytest.param(ZIPPED[:-4], id="cut-in-the-checksum"),
        pytest.param(ZIPPED[:12] + b"\xff" * 8 + ZIPPED[20:], id="garbled"),
        pytest.param(ZIPPED[:-8] + b"\0\0\0\0" + ZIPPED[-4:], id="wrong-checksum"),
        pytest.param(ZIPPED[:-4] + b"\0\0\0\1", id="wrong-length"),
        pytest.param(ZIPPED + b"junk", id="junk-after"),
        pytest.param(b"\x1f\x8b\x09" + ZIPPED[3:], id="unknown-method"),
    ],
)


def test_plain_file_is_read_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "body.csv"
    path.write_bytes(b"a\r\nb\r\x1a\0")

    assert read_body(path, Budget()) == b"a\r\nb\r\x1a\0"


@pytest.mark.parametrize("name", ["body.json.gz", "BODY.JSON.GZ", "body.gz"])
def test_file_with_the_suffix_gz_is_decompressed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(BODY))

    assert read_body(str(tmp_path / name), Budget()) == BODY


def test_compressed_bytes_under_another_name_are_not_decompressed(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_bytes(ZIPPED)

    assert read_body(tmp_path / "body.json", Budget()) == ZIPPED


def test_file_as_large_as_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_bytes(b" " * 100)

    assert len(read_body(tmp_path / "body.json", Budget(SMALL))) == 100


def test_file_larger_than_the_limit_is_a_decode_error(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_bytes(b" " * 101)

    with pytest.raises(DecodeError) as caught:
        read_body(tmp_path / "body.json", Budget(SMALL))
    assert caught.value.problem.code == "BEV002"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["absent.json", "", "nul\0.json", "a" * 300 + ".json", ".", "x/../y/z.json"])
def test_unreadable_file_is_a_source_error_with_its_name(name: str) -> None:

    with pytest.raises(SourceError, match="cannot read file: ") as caught:
        read_body(name, Budget())
    assert caught.value.source == name


@pytest.mark.parametrize("kind", sorted(COMPRESSIONS))
@pytest.mark.parametrize("name", ["body.json", "BODY.JSON", "body"])
def test_file_with_the_suffix_of_a_compression_is_decompressed(tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / f"{name}.{kind}"
    path.write_bytes(COMPRESSIONS[kind](BODY))

    assert read_body(path, Budget()) == BODY
    assert unzip(COMPRESSIONS[kind](BODY), f".{kind}", Budget()) == BODY


@pytest.mark.parametrize("kind", sorted(COMPRESSIONS))
def test_damaged_file_is_a_source_error_with_its_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"body.json.{kind}"
    path.write_bytes(COMPRESSIONS[kind](BODY)[:-2])

    for read in (lambda: read_body(path, Budget()), lambda: list(read_blocks(path, 10, DEFAULT_LIMITS))):
        with pytest.raises(SourceError, match="cannot read file: compressed data is truncated") as caught:
            read()
        assert caught.value.source == str(path)


@pytest.mark.parametrize("kind", sorted(COMPRESSIONS))
def test_file_that_grows_too_much_exceeds_the_ratio(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"body.json.{kind}"
    path.write_bytes(COMPRESSIONS[kind](bytes(5_000_000)))

    for read in (lambda: read_body(path, Budget()), lambda: list(read_blocks(path, 10_000, DEFAULT_LIMITS))):
        with pytest.raises(DecodeError) as caught:
            read()
        assert caught.value.problem.code == "BEV007"


def test_blocks_except_the_last_have_the_requested_size() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 3))

    assert list(read_blocks(Slow(b"0123456789"), 4, DEFAULT_LIMITS)) == [b"0123", b"4567", b"89"]
    assert list(read_blocks(io.BytesIO(), 4, DEFAULT_LIMITS)) == []


def test_blocks_end_where_the_limit_is_exceeded() -> None:
    blocks = read_blocks(io.BytesIO(bytes(150)), 60, SMALL)

    assert len(next(blocks)) == 60
    with pytest.raises(DecodeError) as caught:
        next(blocks)
    assert caught.value.problem.code == "BEV002"


@damaged
def test_damaged_gzip_stream_is_a_source_error(data: bytes) -> None:
    with pytest.raises(SourceError, match="cannot decompress data: ") as caught:
        unzip(data, "body.json.gz", Budget())
    assert caught.value.source == "body.json.gz"


def test_members_that_follow_each_other_are_one_stream() -> None:
    assert unzip(gzip.compress(b"one") + gzip.compress(b"two"), "x.gz", Budget()) == b"onetwo"


def test_stream_of_many_pieces_is_joined() -> None:
    data = gzip.compress(NOISE)

    assert unzip(data, "x.gz", Budget(stored=len(data))) == NOISE


def test_stream_that_grows_too_much_exceeds_the_ratio() -> None:
    bomb = gzip.compress(bytes(10_000_000))

    with pytest.raises(DecodeError) as caught:
        unzip(bomb, "x.gz", Budget())
    assert caught.value.problem.code == "BEV007"


def test_stream_that_grows_over_the_body_limit_exceeds_that_limit() -> None:
    with pytest.raises(DecodeError) as caught:
        unzip(gzip.compress(NOISE), "x.gz", Budget(Limits(body=1000)))
    assert caught.value.problem.code == "BEV002"


def test_small_stream_may_grow_beyond_the_ratio() -> None:
    assert unzip(gzip.compress(bytes(60_000)), "x.gz", Budget(Limits(archive_ratio=1))) == bytes(60_000)


def test_stream_is_not_read_far_beyond_the_limit() -> None:
    stream = io.BytesIO(bytes(1000))

    with pytest.raises(DecodeError) as caught:
        read_stream(stream, SMALL)
    assert caught.value.problem.code == "BEV002"
    assert stream.tell() == 101


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("status.json", ".json"),
        ("status.XML.gz", ".xml"),
        ("a/b.c/status.csv.GZ", ".csv"),
        ("status", ""),
        ("status.gz", ""),
        ("a.json/status", ""),
        (".json", ""),
        ("status.json.gz.gz", ".gz"),
        ("", ""),
        (Path("status.tsv"), ".tsv"),
    ],
)
def test_suffix_is_the_last_one_before_gz_in_lower_case(name: str | Path, suffix: str) -> None:
    assert body_suffix(name) == suffix


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("status.json.gz", "status.json"),
        ("status.json.BZ2", "status.json"),
        ("status.json.xz", "status.json"),
        ("status.json.zst", "status.json"),
        ("status.json.gz.xz", "status.json.gz"),
        ("status.json", "status.json"),
        ("gz", "gz"),
        (".gz", ""),
        ("export.TGZ", "export.tar"),
        (".tzst", ".tar"),
    ],
)
def test_plain_name_is_the_name_without_one_suffix_of_compression(name: str, plain: str) -> None:
    assert plain_name(name) == plain
