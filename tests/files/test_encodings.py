"""Content encodings of HTTP bodies."""

from __future__ import annotations

import gzip
import sys
import zlib

import brotli
import pytest

from bevparse.errors import DecodeError
from bevparse.files.compression import Budget
from bevparse.files.encodings import uncompressed
from bevparse.limits import DEFAULT_LIMITS, Limits
from bevparse.problems import rules

BODY = b'{"response":[' + b'{"emailAddress":"ann@a.example"},' * 200 + b"{}]}"
WHOLE = gzip.compress(BODY, mtime=0)


def flushed(bits: int, body: bytes = BODY) -> bytes:
    """Return a body that was flushed by its sender, but never ended."""
    stream = zlib.compressobj(wbits=bits)
    return stream.compress(body) + stream.flush(zlib.Z_SYNC_FLUSH)


def decoded(body: bytes, encoding: str, limits: Limits = DEFAULT_LIMITS) -> tuple[bytes, list[str]]:
    data, problems = uncompressed(body, encoding, Budget(limits))
    return data, [problem.code for problem in problems]


def refusal(body: bytes, encoding: str, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(DecodeError) as caught:
        decoded(body, encoding, limits)
    return caught.value.problem.code


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(WHOLE, "gzip"), (zlib.compress(BODY), "deflate"), (brotli.compress(BODY), "br"), (brotli.compress(BODY), " BR ")],
)
def test_whole_bodies_have_no_warning(body: bytes, encoding: str) -> None:
    assert decoded(body, encoding) == (BODY, [])


@pytest.mark.parametrize("missing", range(1, 9))
def test_gzip_without_its_checksum_is_read_with_a_warning(missing: int) -> None:
    assert decoded(WHOLE[:-missing], "gzip") == (BODY, [rules.UNFINISHED_ENCODING.code])


@pytest.mark.parametrize("missing", range(1, 5))
def test_deflate_without_its_checksum_is_read_with_a_warning(missing: int) -> None:
    assert decoded(zlib.compress(BODY)[:-missing], "deflate") == (BODY, [rules.UNFINISHED_ENCODING.code])


@pytest.mark.parametrize(("bits", "encoding"), [(31, "gzip"), (15, "deflate"), (-15, "deflate")])
def test_stream_that_was_flushed_but_not_ended_is_read_with_a_warning(bits: int, encoding: str) -> None:
    assert decoded(flushed(bits), encoding) == (BODY, [rules.UNFINISHED_ENCODING.code])


@pytest.mark.parametrize("length", [*range(11, len(WHOLE) - 8)])
def test_gzip_that_was_cut_anywhere_else_is_damaged(length: int) -> None:
    assert refusal(WHOLE[:length], "gzip") == "BEV011"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (WHOLE[:-4] + b"\xff\xff\xff\xff", "gzip"),
        (WHOLE + b"\xff", "gzip"),
        (b"\x1f\x8b\x08\0" + bytes(6) + b"\xff\xff", "gzip"),
        (WHOLE[:3] + b"\x08" + WHOLE[4:10] + b"name\0" + WHOLE[10:-8], "gzip"),
        (zlib.compress(BODY)[:-9], "deflate"),
        (zlib.compress(BODY)[:-4] + b"\xff\xff\xff\xff", "deflate"),
        (brotli.compress(BODY)[:-1], "br"),
        (b"\xff" * 20, "br"),
        (b"\xff", "compress"),
    ],
)
def test_damaged_bodies_are_refused(body: bytes, encoding: str) -> None:
    assert refusal(body, encoding) == "BEV011"


@pytest.mark.parametrize(("limit", "code"), [({"body": 5000}, "BEV002"), ({"archive_ratio": 1}, "BEV007")])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_limits_apply_to_each_encoding(encoding: str, limit: dict[str, int], code: str) -> None:
    large = bytes(10**7)
    body = brotli.compress(large) if encoding == "br" else flushed(31 if encoding == "gzip" else 15, large)

    assert refusal(body, encoding, Limits(**limit)) == code


def test_brotli_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brotli", None)

    assert refusal(brotli.compress(BODY), "br") == "BEV013"


def test_text_is_returned_unchanged() -> None:
    assert decoded(BODY, "br") == (BODY, [])
