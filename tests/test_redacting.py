"""API keys out of data: each is written over, wherever and however it is spelled, and nothing else changes."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse.apikeys import Redactor, redacted
from bevparse.sources.keys import find_keys

SECRET = "Ab3dE6gH9jKlMnOpQrStUvWxYz012"
KEY = f"at_{SECRET}"
OVER = "at_REDACTED" + "." * 21

secrets = st.text("ABCXYZabcxyz0189", min_size=29, max_size=29)
around = st.binary(max_size=8)


def escaped(text: str, pattern: str) -> str:
    return "".join(pattern.format(ord(character)) for character in text)


def lines(text: str, length: int, between: str) -> str:
    return between.join(text[start : start + length] for start in range(0, len(text), length))


@given(around, secrets, around)
def test_a_key_is_written_over_and_what_is_around_it_stays(before: bytes, secret: str, behind: bytes) -> None:
    data, count = redacted(b"".join((before, b"at_", secret.encode(), behind)))

    assert data == b"".join((before, OVER.encode(), behind))
    assert count == 1


@given(around, secrets, around)
def test_a_key_in_base64_is_written_over(before: bytes, secret: str, behind: bytes) -> None:
    data, count = redacted(base64.b64encode(before + b"at_" + secret.encode() + behind))

    assert base64.b64decode(data) == before + OVER.encode() + behind
    assert count == 1


@given(st.binary(max_size=100))
def test_what_is_no_key_stays(data: bytes) -> None:
    for each in (data, base64.b64encode(data), b"at_" + data, b"YXRf" + data, b"GF0X" + data, b"BhdF8" + data):
        assert redacted(each) == (each, 0) or re.search(rb"[A-Za-z0-9]{29}", each)


@given(around, secrets, around)
def test_wherever_the_validator_finds_a_key_none_is_left(before: bytes, secret: str, behind: bytes) -> None:
    body = before + b"at_" + secret.encode() + behind

    assert not [*find_keys("", (), redacted(body)[0], "")]
    assert [*find_keys("", (), b"key=at_" + secret.encode(), "")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"?apiKey={KEY}&x", f"?apiKey={OVER}&x"),
        (f"%3D{KEY}%26", f"%3D{OVER}%26"),
        (f"at%5F{SECRET}", f"at%5f{OVER[3:]}".replace("f", "F", 1)),
        (f"at%255f{SECRET}", f"at%255f{OVER[3:]}"),
        (f"at_%41{SECRET[1:]}", f"{OVER}.."),
        (f"at\\u005f{SECRET}", f"at\\u005f{OVER[3:]}"),
        (f"at\\x5F{SECRET}", f"at\\x5F{OVER[3:]}"),
        (f"{KEY}{KEY}", f"{OVER}{OVER}"),
        (KEY[:-1], KEY[:-1]),
        (f"at_{SECRET[:-1]}-", f"at_{SECRET[:-1]}-"),
        ("YXRf" + "A" * 39, "YXRf" + "A" * 39),
        ("F0X" + "A" * 39, "F0X" + "A" * 39),
        ("?hdF8" + "A" * 39, "?hdF8" + "A" * 39),
    ],
)
def test_every_spelling_is_found_and_stays_as_long(text: str, expected: str) -> None:
    assert redacted(text.encode())[0].decode() == expected


@pytest.mark.parametrize("pattern", ["%{:02x}", "%{:02X}", "%25{:02x}", "\\u{:04x}", "\\x{:02X}"])
def test_a_key_of_which_everything_is_escaped_is_found(pattern: str) -> None:
    text = escaped(KEY, pattern)

    data, count = redacted(text.encode())

    assert count == 1
    assert data.decode() == escaped("at_", pattern) + "REDACTED".ljust(len(escaped(SECRET, pattern)), ".")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_a_key_in_utf_16_is_found(encoding: str) -> None:
    assert redacted(f"<{KEY}>".encode(encoding)) == (f"<{OVER}>".encode(encoding), 1)


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n      ", "\\n", "\\r\\n", "\\\n    "])
@pytest.mark.parametrize("length", [5, 7, 76])
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_key_in_base64_that_is_broken_into_lines_is_found(between: str, length: int, shift: int) -> None:
    plain = f"{'?' * shift}apiKey={KEY}&more=of it {KEY}"
    text = lines(base64.b64encode(plain.encode()).decode(), length, between)

    data, count = redacted(f"- !!binary |\n{text}\n- next".encode())

    expected = lines(base64.b64encode(plain.replace(KEY, OVER).encode()).decode(), length, between)
    assert data.decode() == f"- !!binary |\n{expected}\n- next"
    assert count == 2


@pytest.mark.parametrize("plain", [f"\xff\xff\xff{KEY}", f"\xfb{KEY}\xff\xff", f"{KEY}\xfb\xfb\xfb"])
def test_a_key_in_other_spellings_of_base64_is_found(plain: str) -> None:
    data = base64.b64encode(plain.encode("latin-1"))
    over = base64.b64encode(plain.replace(KEY, OVER).encode("latin-1"))
    for spelled in (
        lambda text: text.replace(b"+", b"-").replace(b"/", b"_"),
        lambda text: text.replace(b"/", b"\\/"),
        lambda text: text.rstrip(b"="),
    ):
        assert redacted(spelled(data)) == (spelled(over), 1)


def test_a_json_document_stays_one() -> None:
    document = {"url": f"/?apiKey={quote(KEY)}", "text": base64.b64encode(f'{{"k":"{KEY}"}}'.encode()).decode()}

    data, count = redacted(json.dumps(document, indent=2).encode())

    assert count == 2
    assert json.loads(data)["url"] == f"/?apiKey={OVER}"
    assert json.loads(base64.b64decode(json.loads(data)["text"])) == {"k": OVER}


@pytest.mark.parametrize("before", [0, 1, 3, 4, 17, 31, 32, 33, 50, 75, 76, 77])
def test_a_key_that_begins_in_one_block_and_ends_in_another_is_found(before: int) -> None:
    block = 2**16
    text = b" " * (block - before) + KEY.encode() + b"\n" + base64.b64encode(KEY.encode()) + b" " * block
    redactor = Redactor()

    written = b"".join(redactor.feed(text[start : start + block]) for start in range(0, len(text), block))

    assert written + redactor.end() == redacted(text)[0]
    assert redactor.count == 2


def test_blocks_may_be_small() -> None:
    text = KEY.encode() * 3000
    redactor = Redactor()

    written = b"".join(redactor.feed(text[start : start + 7]) for start in range(0, len(text), 7))

    assert written + redactor.end() == OVER.encode() * 3000
    assert redactor.count == 3000


def test_it_holds_back_no_more_than_a_key_may_take() -> None:
    assert len(Redactor().feed(b" " * 10**6)) > 990_000
