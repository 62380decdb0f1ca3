"""API keys in gzip data that is inside of other data, in any place, are found and overwritten in the same length."""

from __future__ import annotations

import base64
import gzip
import json
import random
import sys
from collections.abc import Callable
from typing import Final

import pytest

from bevparse.apikeys import Places, Redactor, find_places, holds_key
from bevparse.apikeys.packed import Allowance, members

from .test_apikeys import KEY, OVER

BODY = json.dumps({"apiKey": KEY, "ids": [5]}).encode()
EMAILS = [f"{number}@{random.Random(number).random()}.example" for number in range(6_000)]
BODIES = {"small": BODY, "large": json.dumps({"apiKey": KEY, "emails": EMAILS}).encode()}


def chunked(data: bytes, size: int) -> bytes:
    parts = (data[start : start + size] for start in range(0, len(data), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def unchunked(data: bytes) -> bytes:
    whole, rest = b"", data
    while size := int((head := rest.partition(b"\r\n")[0]), 16):
        start = len(head) + 2
        whole, rest = whole + rest[start : start + size], rest[start + size + 2 :]
    return whole


def in_lines(data: bytes, end: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", end)


Place = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]
PLACES: Final[dict[str, Place]] = {
    "as it is": (lambda data: data, lambda data: data),
    "in chunks": (lambda data: chunked(data, max(20, len(data) // 50)), unchunked),
    "in base64": (base64.b64encode, base64.b64decode),
    "in base64 for URLs": (base64.urlsafe_b64encode, base64.urlsafe_b64decode),
    "in base64 without padding": (
        lambda data: base64.b64encode(data).rstrip(b"="),
        lambda data: base64.b64decode(data + b"=="),
    ),
    "in lines of base64": (lambda data: in_lines(data, b"\n      "), base64.decodebytes),
    "in lines of base64 in JSON": (
        lambda data: in_lines(data, b"\\n"),
        lambda data: base64.decodebytes(data.replace(b"\\n", b"")),
    ),
    "in base64 with escaped slashes": (
        lambda data: base64.b64encode(data).replace(b"/", b"\\/"),
        lambda data: base64.b64decode(data.replace(b"\\", b"")),
    ),
}


def redact(data: bytes, block: int = 2**20) -> tuple[bytes, Redactor]:
    redactor = Redactor()
    written = b"".join(redactor.feed(data[start : start + block]) for start in range(0, len(data), block))
    return written + redactor.end(), redactor


@pytest.mark.unmeasured
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("level", [1, 6, 9])
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("block", [2**20, 5000])
def test_key_is_overwritten_in_every_place(place: str, level: int, name: str, block: int) -> None:
    put, take = PLACES[place]
    packed = put(gzip.compress(BODIES[name], level))
    before, after = b'POST / HTTP/1.1\r\nX: "y"\r\n\r\n', b'"\nnext: 5' * 2000

    written, redactor = redact(before + packed + after, block)

    assert holds_key(before + packed + after)
    assert not holds_key(written)
    assert (redactor.count, redactor.left, redactor.unread) == (1, 0, 0)
    assert (written[: len(before)], written[len(before) + len(packed) :]) == (before, after)
    inner = gzip.decompress(take(written[len(before) : -len(after)]))
    assert inner == BODIES[name].replace(KEY.encode(), OVER.encode())


def test_header_keeps_its_fields() -> None:
    packed = bytearray(gzip.compress(BODY, mtime=7))
    packed[3] = 4 | 8 | 16
    packed[10:10] = b"\x03\0abc" + b"name.json\0" + b"comment\0"

    written, _ = redact(bytes(packed))

    assert written[:4] == b"\x1f\x8b\x08\x1c"
    assert written[4:8] == packed[4:8]
    assert written[10:25] == b"\x03\0abcname.json\0"
    assert gzip.decompress(written) == BODY.replace(KEY.encode(), OVER.encode())


def test_member_that_fits_exactly_has_no_comment() -> None:
    packed, _ = redact(gzip.compress(BODY))
    length = len(packed) - packed.index(0, 10) - 1  # without the comment
    exact = gzip.compress(BODY)[:10] + packed[-length:]
    (member,) = members(exact, Allowance(10**6))

    assert member.replaced(exact, BODY.replace(KEY.encode(), OVER.encode())) == exact


def test_member_that_would_become_longer_is_unchanged_and_counted() -> None:
    repeated = b"REDACTED".ljust(29, b"z")  # compressed to a reference, which the key does not leave room for
    packed = gzip.compress(repeated + b"at_" + repeated + b"\n", 9)

    written, redactor = redact(packed)

    assert (written, redactor.count, redactor.left) == (packed, 0, 1)


def test_nested_members_are_searched_up_to_a_depth() -> None:
    twice = gzip.compress(gzip.compress(BODY))
    often = gzip.compress(gzip.compress(twice))

    written, redactor = redact(twice)

    assert (redactor.count, redactor.unread) == (1, 0)
    assert gzip.decompress(gzip.decompress(written)) == BODY.replace(KEY.encode(), OVER.encode())
    assert find_places(often) == Places((), (0,))
    assert redact(often)[1].unread == 1


@pytest.mark.parametrize("cut", [1, 4, 8, 12])
@pytest.mark.parametrize("place", ["as it is", "in base64"])
def test_damaged_data_is_searched_as_far_as_it_can_be_read_and_reported(cut: int, place: str) -> None:
    packed = PLACES[place][0](gzip.compress(BODY * 3)[:-cut])

    written, redactor = redact(packed)

    assert find_places(packed) == Places((0,), (0,))
    assert (written, redactor.count, redactor.left, redactor.unread) == (packed, 0, 1, 1)


def test_data_with_a_wrong_checksum_is_reported() -> None:
    packed = gzip.compress(BODY * 3)[:-8] + b"\0" * 8

    assert find_places(b"x" + packed + b"y").unread == (1,)


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08", gzip.compress(BODY, mtime=0)[:30], b"H4sI", b"H4sIAAAAAAAC/w", b"H4sIAAAAAAAC/"]
)
def test_first_bytes_of_a_member_alone_are_not_reported(data: bytes) -> None:
    assert find_places(data) == Places((), ())
    assert redact(data)[0] == data


def test_data_that_grows_too_much_is_reported() -> None:
    packed = gzip.compress(b"\0" * 2**26 + b"\0")

    assert find_places(packed).unread == (0,)


def test_all_members_share_one_limit() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 2**25) * 50)

    assert find_places(bomb).unread == (0,)


def test_member_after_an_unrelated_line_of_digits_is_found() -> None:
    data = b"\n5\r\n" + gzip.compress(BODY)

    assert find_places(data).keys == (4,)


def empty_blocks(count: int) -> bytes:
    return gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * count


ADVERSARIES: Final[dict[str, Callable[[int], bytes]]] = {
    "beginnings": lambda size: b"\x1f\x8b\x08\0" * (size // 4),
    "headers": lambda size: gzip.compress(b"")[:10] * (size // 10),
    "blocks": lambda size: (gzip.compress(b"")[:10] + b"\0\xff\xff\0\0") * (size // 15),
    "empty blocks": lambda size: empty_blocks(2) * (size // 20),
    "one of empty blocks": lambda size: empty_blocks(size // 5),
    "base64": lambda size: b"H4sIAAAAAAAC/" * (size // 13),
    "base64 of blocks": lambda size: base64.b64encode(empty_blocks(size // 7)),
    "chunks": lambda size: b"\n1\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff" * (size // 14),
}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_work_on_hostile_data_grows_with_its_size(name: str) -> None:
    def calls(size: int) -> int:
        data, called = ADVERSARIES[name](size), 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal called
            called += 1

        sys.setprofile(count)
        try:
            find_places(data)
        finally:
            sys.setprofile(None)
        return called

    assert calls(2**17) < 8 * 3 * calls(2**14)


@pytest.mark.parametrize("between", [0, 1, 100, 5000, 60_000, 66_000])
def test_adjacent_members_are_found(between: int) -> None:
    small, large = gzip.compress(BODIES["small"]), gzip.compress(BODIES["large"])
    data = small + b"\n" * between + small + large + b"\n" * between + small + b"\n" * 2**13

    written, redactor = redact(data, 4096)

    assert (redactor.count, redactor.left, redactor.unread) == (4, 0, 0)
    assert len(written) == len(data)
    assert not holds_key(written)


def test_truncated_gzip_member_in_chunks_is_reported() -> None:
    data = b"\n" + chunked(gzip.compress(BODY * 3)[:-4], 2**10)

    assert find_places(data) == Places((data.index(b"\x1f"),), (data.index(b"\x1f"),))


def test_single_digit_after_base64_is_ignored() -> None:
    whole = base64.b64encode(gzip.compress(BODIES["large"])[:300])

    assert find_places(whole + b"A").unread == (0,)
