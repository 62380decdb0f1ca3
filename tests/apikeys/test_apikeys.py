"""API keys in any spelling are found and overwritten by one search, and nothing else changes."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bevparse.cli
from bevparse.apikeys import Redactor, holds_key, masked, may_hold_key, redacted
from bevparse.sources.keys import find_keys
from bevparse.validate import validate

from ..paths import FIXTURES
from ..recordings import API, RECORDINGS
from ..recordings import KEY as RECORDED

OUTPUTS = ["text", "json", "jsonl", "sarif", "junit", "concise", "github", "gitlab", "html"]
KEYED = sorted(RECORDINGS.glob("*keys.*"))
SECRET = "Ab3dE6gH9jKlMnOpQrStUvWxYz012"
KEY = f"at_{SECRET}"
OVER = "at_REDACTED" + "." * 21

secrets = st.text("ABCXYZabcxyz0189", min_size=29, max_size=29)
around = st.binary(max_size=8)

SPELLINGS: Final[dict[str, Callable[[str], bytes]]] = {
    "plain": lambda key: key.encode(),
    "percent-encoded": lambda key: escaped(key, "%{:02x}").encode(),
    "percent-encoded twice": lambda key: escaped(key, "%25{:02X}").encode(),
    "percent-encoded three times": lambda key: escaped(key, "%2525{:02X}").encode(),
    "one character percent-encoded": lambda key: key.replace("t", "%74", 1).encode(),
    "escaped as in JSON": lambda key: escaped(key, "\\u{:04x}").encode(),
    "escaped in JSON in JSON": lambda key: escaped(key, "\\\\u{:04x}").encode(),
    "percent-encoded, and the percent sign escaped": lambda key: escaped(key, "\\u0025{:02x}").encode(),
    "escaped as in JSON, percent-encoded": lambda key: escaped(key, "%5Cu{:04x}").encode(),
    "escaped as in JSON in JSON, percent-encoded twice": lambda key: escaped(key, "%255C%255Cu{:04x}").encode(),
    "escaped as in YAML": lambda key: escaped(key, "\\x{:02X}").encode(),
    "UTF-16, little-endian": lambda key: key.encode("utf-16-le"),
    "UTF-16, big-endian": lambda key: key.encode("utf-16-be"),
    "UTF-16 in JSON": lambda key: json.dumps(key.encode("utf-16-le").decode()).encode(),
    "UTF-16 in YAML": lambda key: key.encode("utf-16-le").replace(b"\0", b"\\0"),
    "UTF-16, percent-encoded": lambda key: quote(key.encode("utf-16-be")).encode(),
    "escaped as in XML": lambda key: escaped(key, "&#{};").encode(),
    "escaped as in XML, by hexadecimal digits": lambda key: escaped(key, "&#x{:X};").encode(),
    "escaped as in XML in XML": lambda key: escaped(key, "&amp;#{:03};").encode(),
    "escaped as in YAML, by eight digits": lambda key: escaped(key, "\\U{:08x}").encode(),
    "escaped as in JavaScript": lambda key: escaped(key, "\\u{{{:x}}}").encode(),
    "quoted-printable": lambda key: escaped(key, "={:02X}").encode(),
    "quoted-printable, broken": lambda key: b"=\r\n".join((key[:17].encode(), key[17:].encode())),
    "quoted-printable, broken in its prefix": lambda key: b"=\n".join((key[:1].encode(), key[1:].encode())),
    "in chunks": lambda key: b"\r\n1f\r\n".join((key[:9].encode(), key[9:20].encode(), key[20:].encode())),
    "in chunks, broken in its prefix": lambda key: b"\r\n00A0;x=y\r\n".join((key[:2].encode(), key[2:].encode())),
    "in chunks in JSON": lambda key: b"\\r\\n1f\\r\\n".join((key[:9].encode(), key[9:].encode())),
    "in chunks in JSON, broken in its prefix": lambda key: b"\\r\\n1f\\r\\n".join((key[:1].encode(), key[1:].encode())),
    "in chunks, percent-encoded": lambda key: b"%0D%0A1f%0d%0a".join((key[:2].encode(), key[2:].encode())),
    "hexadecimal": lambda key: key.encode().hex().encode(),
    "hexadecimal, capital": lambda key: key.encode().hex().upper().encode(),
    "base64": lambda key: base64.b64encode(key.encode()),
    "base64 from the second byte on": lambda key: base64.b64encode(b":" + key.encode() + b"\xff"),
    "base64 from the third byte on": lambda key: base64.b64encode(b"me:" + key.encode() + b"\xff"),
    "base64 of the alphabet for URLs": lambda key: base64.urlsafe_b64encode(b"\xff\xfe:" + key.encode() + b"\xff\xfe"),
    "base64 in lines": lambda key: base64.encodebytes(b"?" * 50 + key.encode()),
    "base64 in lines, percent-encoded": lambda key: quote(base64.encodebytes(b"?" * 50 + key.encode())).encode(),
}


def escaped(text: str, pattern: str) -> str:
    return "".join(pattern.format(ord(character)) for character in text)


def lines(text: str, length: int, between: str) -> str:
    return between.join(text[start : start + length] for start in range(0, len(text), length))


def in_body(body: bytes) -> bool:
    return [problem.code for problem in find_keys("", (), body, "/request/body")] == ["BEV503"]


@given(around, secrets, around)
@example(b"x", SECRET, b"-")
@example(b" ", SECRET, b"x")
@example(b"x", SECRET, b"x")
def test_key_is_overwritten_and_the_text_around_it_is_unchanged(before: bytes, secret: str, after: bytes) -> None:
    data, count = redacted(b"".join((before, b"at_", secret.encode(), after)))

    if re.search(rb"[A-Za-z0-9_]\Z", before) and after[:1].isalnum():  # a longer word
        assert (data, count) == (b"".join((before, b"at_", secret.encode(), after)), 0)
    else:
        assert (data, count) == (b"".join((before, OVER.encode(), after)), 1)


@given(st.binary(max_size=200))
def test_redact_and_validate_agree_on_keys(data: bytes) -> None:
    after, count = redacted(data)

    assert holds_key(data) == (count > 0)
    assert not holds_key(after)


pieces = st.one_of(
    st.tuples(st.sampled_from(sorted(SPELLINGS)), secrets).map(lambda one: SPELLINGS[one[0]](f"at_{one[1]}")),
    st.binary(max_size=4),
    st.sampled_from([b"at_", b"a", b"_", b"YXRf", b"GF0X", b"BhdF8", b"\n", b"\\n", b"%", b"A" * 27, b"A" * 40]),
)


@given(st.lists(pieces, max_size=6).map(b"".join))
@example(b"at_" + b"A" * 27 + KEY.encode())
@example(b"xat_" + b"A" * 28 + KEY.encode())
@example(b"x" + KEY.encode() * 3 + b"x")
@example(base64.b64encode(KEY.encode() * 3))
@example(f"x{KEY}".encode("utf-16-be") + KEY.encode() + KEY.encode("utf-16-le"))
@example(base64.b64encode(b"format_" + KEY.encode()))
def test_adjacent_keys_in_any_spelling_are_overwritten(data: bytes) -> None:
    after, count = redacted(data)

    assert holds_key(data) == (count > 0)
    assert may_hold_key(data) >= (count > 0)
    assert not holds_key(after)
    assert len(after) == len(data)


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(secret=secrets)
def test_key_of_any_spelling_is_found_in_every_part_of_a_request(spelling: str, secret: str) -> None:
    data = SPELLINGS[spelling](f"at_{secret}")
    text = data.decode("latin-1")

    found = list(find_keys(f"{API}?k={text}", [("X-Key", f"Basic {text}"), (text, "")], b'{"k":"%b"}' % data, "/body"))

    assert [(problem.code, problem.pointer) for problem in found] == [
        ("BEV501", "/request/url"),
        ("BEV502", "/request/headers/X-Key"),
        ("BEV502", "/request/headers/1"),
        ("BEV503", "/body"),
    ]
    assert redacted(b'{"k":"%b"}' % data)[1] == 1


@given(secrets, secrets)
def test_keys_that_share_a_digit_of_base64_are_both_overwritten(first: str, second: str) -> None:
    data, count = redacted(base64.b64encode(f"at_{first}at_{second}".encode()))

    assert base64.b64decode(data).decode() == OVER * 2
    assert count == 2


def test_key_that_starts_inside_a_similar_text_is_overwritten() -> None:
    data, _ = redacted(b"at_" + b"A" * 27 + KEY.encode())

    assert SECRET[:5].encode() not in data


@pytest.mark.parametrize("before", ["", "?", "??", "form", "to-form", "not-form"])
def test_key_after_its_own_prefix_is_overwritten_also_in_base64(before: str) -> None:
    data, count = redacted(base64.b64encode(f"{before}at_{KEY}".encode()))

    assert base64.b64decode(data).decode() == f"{before}at_{OVER}"
    assert count == 1


@pytest.mark.parametrize("text", [f"cat_{'0af9' * 10}", f"format_{'a' * 32}", f"created_at_{'0af9' * 16}"])
def test_hash_in_a_longer_word_is_not_a_key(text: str) -> None:
    assert not holds_key(text.encode())
    assert redacted(text.encode()) == (text.encode(), 0)


@pytest.mark.parametrize("text", [f"=3D{KEY}=26", f"\x1b[0m{KEY}\x1b[0m", f"key_{KEY}_test", f"{KEY}01"])
def test_key_at_the_start_or_end_of_a_word_is_found(text: str) -> None:
    assert holds_key(text.encode())
    assert SECRET.encode() not in redacted(text.encode())[0]


@given(around, secrets, around)
def test_key_in_base64_is_overwritten(before: bytes, secret: str, after: bytes) -> None:
    data, count = redacted(base64.b64encode(before + b"at_" + secret.encode() + after))

    assert base64.b64decode(data) == before + OVER.encode() + after
    assert count == 1


@given(st.binary(max_size=100))
def test_text_without_a_key_is_unchanged(data: bytes) -> None:
    for each in (data, base64.b64encode(data), b"at_" + data, b"YXRf" + data, b"GF0X" + data, b"BhdF8" + data):
        assert redacted(each) == (each, 0) or re.search(rb"[A-Za-z0-9]{29}", each)


@given(around, secrets, around)
def test_key_that_validate_finds_is_overwritten_by_redact(before: bytes, secret: str, after: bytes) -> None:
    body = before + b"at_" + secret.encode() + after

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
def test_every_spelling_is_overwritten_in_the_same_length(text: str, expected: str) -> None:
    assert redacted(text.encode())[0].decode() == expected


@pytest.mark.parametrize("pattern", ["%{:02x}", "%{:02X}", "%25{:02x}", "\\u{:04x}", "\\x{:02X}"])
def test_key_with_every_character_escaped_is_found(pattern: str) -> None:
    text = escaped(KEY, pattern)

    data, count = redacted(text.encode())

    assert count == 1
    assert data.decode() == escaped("at_", pattern) + "REDACTED".ljust(len(escaped(SECRET, pattern)), ".")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_key_in_utf_16_is_found(encoding: str) -> None:
    assert redacted(f"<{KEY}>".encode(encoding)) == (f"<{OVER}>".encode(encoding), 1)


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n      ", "\\n", "\\r\\n", "\\\n    "])
@pytest.mark.parametrize("length", [5, 7, 76])
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_key_in_base64_that_is_broken_into_lines_is_found(between: str, length: int, shift: int) -> None:
    plain = f"{'?' * shift}apiKey={KEY}&more=of it {KEY}"
    text = lines(base64.b64encode(plain.encode()).decode(), length, between)

    data, count = redacted(f"- !!binary |\n{text}\n- next".encode())

    expected = lines(base64.b64encode(plain.replace(KEY, OVER).encode()).decode(), length, between)
    assert data.decode() == f"- !!binary |\n{expected}\n- next"
    assert count == 2


@pytest.mark.parametrize("plain", [f"\xff\xff\xff{KEY}", f"\xfb{KEY}\xff\xff", f"{KEY}\xfb\xfb\xfb"])
def test_key_in_other_spellings_of_base64_is_found(plain: str) -> None:
    data = base64.b64encode(plain.encode("latin-1"))
    over = base64.b64encode(plain.replace(KEY, OVER).encode("latin-1"))
    for spelled in (
        lambda text: text.replace(b"+", b"-").replace(b"/", b"_"),
        lambda text: text.replace(b"/", b"\\/"),
        lambda text: text.rstrip(b"="),
    ):
        assert redacted(spelled(data)) == (spelled(over), 1)


def test_redacted_json_is_valid_json() -> None:
    document = {"url": f"/?apiKey={quote(KEY)}", "text": base64.b64encode(f'{{"k":"{KEY}"}}'.encode()).decode()}

    data, count = redacted(json.dumps(document, indent=2).encode())

    assert count == 2
    assert json.loads(data)["url"] == f"/?apiKey={OVER}"
    assert json.loads(base64.b64decode(json.loads(data)["text"])) == {"k": OVER}


@pytest.mark.parametrize("before", [0, 1, 3, 4, 17, 31, 32, 33, 50, 75, 76, 77])
def test_key_across_two_blocks_is_found(before: int) -> None:
    block = 2**16
    text = b" " * (block - before) + KEY.encode() + b"\n" + base64.b64encode(KEY.encode()) + b" " * block
    redactor = Redactor()

    written = b"".join(redactor.feed(text[start : start + block]) for start in range(0, len(text), block))

    assert written + redactor.end() == redacted(text)[0]
    assert redactor.count == 2


def test_blocks_smaller_than_a_key_are_redacted() -> None:
    text = KEY.encode() * 3000
    redactor = Redactor()

    written = b"".join(redactor.feed(text[start : start + 7]) for start in range(0, len(text), 7))

    assert written + redactor.end() == OVER.encode() * 3000
    assert redactor.count == 3000


def test_redactor_keeps_no_more_than_the_length_of_a_key() -> None:
    assert len(Redactor().feed(b" " * 10**6)) > 990_000


@given(st.lists(pieces, max_size=6).map(b"".join), st.integers(0, 300), st.integers(2**10, 2**16))
@example(f"cat_{'0af9' * 10}".encode(), 35, 2**16)
@example(f"cat_{'0af9' * 10}".encode(), 39, 2**16)
@example(b"at_" + b"A" * 27 + KEY.encode(), 31, 2**16)
def test_blocks_of_any_size_are_redacted_like_the_whole_text(data: bytes, before: int, block: int) -> None:
    text = b" " * (2**16 - 2**13 - before) + data + b" " * 2**13 + data + b" " * 2**16
    redactor = Redactor()

    written = b"".join(redactor.feed(text[start : start + block]) for start in range(0, len(text), block))
    written += redactor.end()

    assert (written, redactor.count) == redacted(text)


@given(st.text(max_size=40), st.sampled_from(sorted(SPELLINGS)), secrets, st.text(max_size=40), st.data())
def test_part_of_a_text_shows_no_part_of_a_key(
    before: str, spelling: str, secret: str, after: str, data: st.DataObject
) -> None:
    text = f"{before} {SPELLINGS[spelling](f'at_{secret}').decode('latin-1')} {after}"
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))

    part = masked(text, start, stop)

    assert part == masked(text)[start:stop]
    assert len(part) == stop - start
    assert not holds_key(masked(text).encode())


def test_text_with_a_lone_surrogate_is_masked() -> None:
    assert masked("\ud800 at_") == "\ud800 at_"
    assert masked(f"\ud800 {KEY}") == f"\ud800 {OVER}"


@pytest.mark.parametrize(
    "around",
    ['{"apiKey":"%s"}', "apiKey=%s&id=5", "%s", "-%s.", r'{"text":"a\n%s"}', r"\u0026%s", "apiKey%%3D%s%%26", "é%s"],
)
def test_key_is_found_with_any_text_around_it(around: str) -> None:
    assert in_body((around % RECORDED).encode())


@pytest.mark.parametrize(
    "text", [f"x{RECORDED}x", f"_{RECORDED}x", RECORDED[:-1], RECORDED.upper(), f"at-{RECORDED[3:]}"]
)
def test_words_that_resemble_a_key_are_not_reported(text: str) -> None:
    assert not in_body(text.encode())


@pytest.mark.parametrize("text", [f"x{RECORDED}", f"_{RECORDED}", f"{RECORDED}x", f"{RECORDED}_"])
def test_key_directly_next_to_a_letter_on_one_side_is_found(text: str) -> None:
    assert in_body(text.encode())


def test_keys_in_url_headers_and_body_are_separate_problems() -> None:
    headers = [("Accept", "*/*"), ("Authorization", f"Bearer {RECORDED}"), ("X/Key", RECORDED)]
    found = list(find_keys(f"https://other.example/?apiKey={RECORDED}", headers, RECORDED.encode(), "/text"))

    assert [(problem.code, problem.pointer) for problem in found] == [
        ("BEV501", "/request/url"),
        ("BEV502", "/request/headers/Authorization"),
        ("BEV502", "/request/headers/X~1Key"),
        ("BEV503", "/text"),
    ]


def test_key_that_is_only_in_a_header_is_found() -> None:
    found = list(find_keys(API, [("Accept", "*/*"), ("X-Key", RECORDED)], b"", ""))

    assert [problem.pointer for problem in found] == ["/request/headers/X-Key"]


def test_header_whose_name_is_a_key_is_reported_by_its_number() -> None:
    found = list(find_keys("", [("Accept", "*/*"), (RECORDED, "")], b"", ""))

    assert [problem.pointer for problem in found] == ["/request/headers/1"]


def har(
    query: str = "", header: str = "", body: dict[str, object] | None = None, *, response: str = '{"response":{"id":5}}'
) -> bytes:
    request = {"method": "POST", "url": API + query, "headers": [{"name": "Authorization", "value": header}]}
    answer = {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": response}}
    entry = {"request": {**request, "postData": body or {}}, "response": answer}
    return json.dumps({"log": {"version": "1.2", "entries": [entry]}}, indent=1).encode()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("recording", "code"),
    [
        (har(f"?apiKey={KEY}"), "BEV501"),
        (har(f"?apiKey={escaped(KEY, '%{:02X}')}"), "BEV501"),
        (har(f"?next={escaped(KEY, '%25{:02x}')}"), "BEV501"),
        (har(header="Basic " + base64.b64encode(f"{KEY}:".encode()).decode()), "BEV502"),
        (har(header="Basic " + base64.b64encode(f"user:{KEY}".encode()).decode()), "BEV502"),
        (har(body={"text": base64.b64encode(f'{{"apiKey":"{KEY}"}}'.encode()).decode()}), "BEV503"),
        (har(body={"text": f'{{"apiKey":"{escaped(KEY, chr(92) + "u{:04x}")}"}}'}), "BEV503"),
        (har(body={"params": [{"name": "apiKey", "value": KEY}]}), "BEV503"),
        (har(body={"params": [{"name": "apiKey", "value": quote(base64.encodebytes(KEY.encode()))}]}), "BEV503"),
    ],
)
def test_validate_finds_every_key_of_a_har_that_redact_replaces(
    recording: bytes, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("session.har").write_bytes(recording)
    check = ["validate", "--select", "BEV5", "--no-cache", "--no-config", "session.har"]

    assert bevparse.cli.main(check) == 1
    assert code in capsys.readouterr().out
    assert bevparse.cli.main(["redact", "session.har", "--in-place"]) == 0
    assert capsys.readouterr().out == "session.har: 1 key replaced\n"
    assert bevparse.cli.main(check) == 0


@pytest.mark.parametrize("format", OUTPUTS)
@pytest.mark.parametrize("path", KEYED, ids=[path.name for path in KEYED])
def test_no_report_shows_a_part_of_a_key(
    path: Path, format: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RECORDINGS)

    status = bevparse.cli.main(["validate", "--no-cache", "--no-config", "--output-format", format, path.name])

    out, err = capsys.readouterr()
    assert status == 1
    assert "BEV503" in out
    assert RECORDED[3:9] not in out + err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("format", OUTPUTS)
@pytest.mark.parametrize(
    "body",
    [
        f'{{"response":{{"id":"{KEY}"}}}}',
        f'{{"response":{{"id":5,"{KEY}":1}}}}',
        f'{{"response":{{"id":"x","of":"{"o" * 90}{KEY}"}}}}',
        f'{{"response":{{"id":"x","of":"{escaped(KEY, "%{:02x}")}"}}}}',
        f'{{"response":{{"id":"x","of":"{base64.b64encode(KEY.encode()).decode()}"}}}}',
    ],
)
def test_no_report_shows_a_key_of_a_body(body: str, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("body.json").write_text(body)

    bevparse.cli.main(["validate", "--no-cache", "--no-config", "--output-format", format, "body.json"])

    out, err = capsys.readouterr()
    assert "BEV" in out
    assert not holds_key((out + err).encode())
    for part in (SECRET[:6], escaped(SECRET[:6], "%{:02x}"), base64.b64encode(KEY.encode())[4:12].decode()):
        assert part not in out + err


COMMENTS = {name: spell(KEY) for name, spell in SPELLINGS.items() if b"\0" not in spell(KEY)}
COMMENTS["gzip in base64"] = base64.b64encode(gzip.compress(KEY.encode(), mtime=0))


@pytest.mark.parametrize("spelled", COMMENTS.values(), ids=COMMENTS.keys())
@pytest.mark.parametrize("before", ["", "x" * 60], ids=["alone", "after digits"])
def test_key_in_a_comment_of_a_valid_response_is_found(spelled: bytes, before: str, tmp_path: Path) -> None:
    body = (FIXTURES / "completed" / "all-checks.xml").read_bytes()
    path = tmp_path / "completed.xml"
    path.write_bytes(body + b"<!-- %b %b -->" % (before.encode(), spelled))

    report = validate([path])

    assert [problem.code for checked in report.findings for problem in checked.problems] == ["BEV504"]


@pytest.mark.parametrize(
    "local",
    [
        base64.b64encode(f"{KEY}?".encode()).decode(),
        base64.b64encode(f":{KEY}".encode()).decode().rstrip("="),
        KEY.encode().hex(),
    ],
)
def test_key_in_an_address_of_a_valid_response_is_found(local: str, tmp_path: Path) -> None:
    body = (FIXTURES / "completed" / "all-checks.json").read_text()
    path = tmp_path / "completed.json"
    path.write_text(body.replace("ann@", f"{local}@", 1))

    report = validate([path])

    assert [problem.code for checked in report.findings for problem in checked.problems] == ["BEV504"]


def test_there_are_recordings_with_keys() -> None:
    assert len(KEYED) == 4
