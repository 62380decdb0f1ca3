"""HAR files, as browsers and proxies save them."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from bevparse.cli import main
from bevparse.errors import DecodeError
from bevparse.limits import Limits
from bevparse.sources import har
from bevparse.sources.source import Source

from ..recordings import API, KEY, RECORDINGS, codes, members, validated

STATUS = '{"response":[]}'


def document(*entries: object) -> bytes:
    return json.dumps({"log": {"entries": entries}}).encode()


def entry(
    text: object = STATUS, url: str = f"{API}/status", status: object = 200, **content: object
) -> dict[str, object]:
    held = {"text": text, "mimeType": "application/json", **content}
    return {"request": {"method": "POST", "url": url}, "response": {"status": status, "content": held}}


def only(*entries: object) -> Source:
    (found,) = members(har, document(*entries))
    return found


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(DecodeError) as caught:
        members(har, data, limits or Limits())
    return f"{caught.value.problem.code} {caught.value}"


def test_browser_session_contains_the_responses_of_the_service() -> None:
    assert validated("browser-session.har") == [
        ("#/log/entries/3", "body", "create", ()),
        ("#/log/entries/4", "body", "status", ()),
        ("#/log/entries/5", "body", "completed", ()),
        ("#/log/entries/6", "body", "failed", ()),
        ("#/log/entries/7", "body", "status", ()),
    ]


def test_each_response_has_its_endpoint_format_and_request() -> None:
    found = members(har, (RECORDINGS / "browser-session.har").read_bytes())

    assert [(one.endpoint, one.format, one.request) for one in found] == [
        ("create", "json", None),
        ("status", "json", "596"),
        ("completed", "json", "596"),
        ("failed", "csv", "596"),
        ("status", "xml", "596"),
    ]


def test_byte_order_mark_surrogate_pairs_and_missing_fields_are_accepted() -> None:
    assert validated("pairs-and-mark.har") == [
        ("#/log/entries/0", "body", "status", ()),
        ("#/log/entries/1", "body", "completed", ()),
    ]


def test_invalid_session_is_reported_by_entry() -> None:
    assert validated("browser-with-errors.har") == [
        ("#/log/entries/0", "notice", None, ("BEV012",)),
        ("#/log/entries/1", "body", None, ("BEV104",)),
        ("#/log/entries/2", "notice", None, ("BEV011",)),
        ("#/log/entries/3", "body", "completed", ("BEV203",)),
        ("#/log/entries/4", "body", None, ("BEV101",)),
    ]


def test_keys_are_reported_separately_from_the_response() -> None:
    assert validated("browser-keys.har") == [
        ("#/log/entries/0", "notice", None, ("BEV501",)),
        ("#/log/entries/1", "notice", None, ("BEV502", "BEV502")),
        ("#/log/entries/2", "notice", None, ("BEV503",)),
        ("#/log/entries/3", "body", "status", ()),
        ("#/log/entries/3", "notice", None, ("BEV503",)),
    ]


def test_entries_before_the_end_of_a_truncated_file_are_read() -> None:
    data = (RECORDINGS / "browser-session.har").read_bytes()

    found = members(har, data[: data.index(b"createdRequest") if b"createdRequest" in data else len(data) * 3 // 4])

    assert [(one.outcome, one.inner) for one in found[:1]] == [("body", "#/log/entries/3")]
    assert codes(found[-1:]) == [("BEV011",)]
    assert validated("cut-short.har") == [("", "notice", None, ("BEV011",))]


def test_location_of_a_syntax_error_is_reported() -> None:
    *_, notice = members(har, (RECORDINGS / "cut-short.har").read_bytes())

    assert str(notice.problems[0]) == "invalid HAR: input data was truncated (line 156, column 10)"
    assert refusal('{"é":\n {"é":1}, x'.encode()).endswith("(line 2, column 11)")


def test_har_of_any_name_is_detected_by_its_beginning() -> None:
    assert har.holds(b'\xef\xbb\xbf{\r\n  "log": {')
    assert not har.holds(b'{"response":{"id":5}}')


def test_missing_body_is_reported_with_a_valid_status() -> None:
    (problem,) = only(entry(None, status="502")).problems
    (bare,) = only(entry(None, status="many words")).problems

    assert str(problem) == "response body was not recorded (status 502)"
    assert str(bare) == "response body was not recorded"


@pytest.mark.parametrize("status", [204, 302, "304"])
def test_status_without_a_body_is_skipped(status: object) -> None:
    assert members(har, document(entry(None, status=status), entry("", status=status))) == []


@pytest.mark.parametrize("method", ["OPTIONS", "head"])
def test_preflight_and_head_requests_are_skipped(method: str) -> None:
    asked = entry()
    asked["request"] = {"method": method, "url": API}

    assert members(har, document(asked)) == []


def test_other_hosts_are_skipped_for_any_response() -> None:
    assert members(har, document(entry(7, "https://other.example/"), entry("\u0000", "", encoding="base64"))) == []


def test_content_decoded_by_the_browser_is_not_decoded_again() -> None:
    asked = entry()
    asked["response"]["headers"] = [{"name": "Content-Encoding", "value": "gzip"}]  # type: ignore[index]

    assert only(asked).data == STATUS.encode()


def test_base64_may_be_broken_into_lines() -> None:
    text = base64.encodebytes(gzip.compress(b"x" * 200)).decode()

    assert gzip.decompress(only(entry(text, encoding="BASE64")).data or b"") == b"x" * 200


def test_content_type_is_read_from_the_headers_if_the_content_has_none() -> None:
    asked = entry(mimeType=None)
    asked["response"]["headers"] = [["content-TYPE", "text/csv;charset=utf-8"], ["x"], 5, {"name": 1, "value": True}]  # type: ignore[index]

    assert only(asked).format == "csv"


def test_format_is_that_of_the_request_if_the_content_type_names_none() -> None:
    formats = []
    for text in ('{"format":"XML"}', '{"format":"yaml"}', '{"format":[]}', "format=csv", ""):
        asked = entry(mimeType="x-unknown")
        asked["request"]["postData"] = {"text": text}  # type: ignore[index]
        formats.append(only(asked).format)

    assert formats == ["xml", None, None, None, None]


@pytest.mark.parametrize(
    ("text", "request_id"),
    [
        ('{"id":596}', "596"),
        ('{"id":"0596"}', "596"),
        ('{"ids":[ 596 ]}', "596"),
        ('{"ids":["596"]}', "596"),
        ('{"id":null,"ids":596}', "596"),
        ('{"ids":[595,596]}', None),
        ('{"id":0}', None),
        ('{"id":5.5}', None),
        ("id=596", None),
        ('{"format":"\\ud800"}', None),
    ],
)
def test_request_id_is_read_from_the_posted_text(text: str, request_id: str | None) -> None:
    asked = entry()
    asked["request"]["postData"] = {"text": text}  # type: ignore[index]

    assert only(asked).request == request_id


def test_invalid_bytes_in_the_requested_format_are_reported() -> None:
    data = document({**entry(mimeType=""), "request": {"url": API, "postData": {"text": '{"format":"XX"}'}}})
    found = members(har, data.replace(b"XX", b"\xff\xff"))

    assert codes(found) == [("BEV011", "BEV505")]


def test_body_that_declares_iso_8859_1_is_encoded_again() -> None:
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?><xml>é%s</xml>'

    assert only(entry(xml % "")).data == (xml % "").encode("iso-8859-1")
    assert only(entry(xml % "€")).data == (xml % "€").encode()


def test_long_text_is_decoded_in_pieces() -> None:
    text = ("abcdefghijklmnop\n" + "\U0001f600é" * 20) * 40_000
    for ascii_only in (True, False):
        data = json.dumps({"log": {"entries": [entry(text)]}}, ensure_ascii=ascii_only).encode()

        (found,) = members(har, data)

        assert found.data == text.encode()


def test_undecodable_bytes_are_reported_only_for_the_service() -> None:
    ours, others = document(entry("XX")), document(entry("XX", "https://other.example/"))
    in_url = document(entry(url=f"{API}/XX"))

    assert codes(members(har, ours.replace(b"XX", b"\xff"))) == [("BEV011",)]
    assert codes(members(har, others.replace(b"XX", b"\xff"))) == []
    assert codes(members(har, in_url.replace(b"XX", b"\xff"))) == [("BEV011", "BEV505")]


def test_requests_may_have_any_number_of_headers() -> None:
    many = entry()
    many["request"]["headers"] = [["a", "b"]] * 129  # type: ignore[index]
    long = entry()
    long["request"]["headers"] = [["a", "b" * 2**16]]  # type: ignore[index]
    odd = entry()
    odd["request"]["headers"] = {"a": ["b", "c"], "d": 5, "e": {}}  # type: ignore[index]

    assert codes(members(har, document(many, long, odd))) == [(), (), ()]


def test_responses_with_headers_without_end_are_reported() -> None:
    many = entry(mimeType="")
    many["response"]["headers"] = [["a", "b"]] * 129  # type: ignore[index]
    long = entry(mimeType="")
    long["response"]["headers"] = [["a", "b" * 2**16]]  # type: ignore[index]

    assert codes(members(har, document(many, long))) == [("BEV011",), ("BEV011",)]


def test_headers_that_cannot_be_decoded_are_ignored_or_reported() -> None:
    for headers in (b"[1e999]", b'"\xff"', b"[" * 1500 + b"]" * 1500):
        data = document({"request": {"url": "", "headers": "XX"}}).replace(b'"XX"', headers)

        assert [code for found in codes(members(har, data)) for code in found] in ([], ["BEV011"])


def test_exceeded_limits_and_other_structures_are_refused() -> None:
    assert refusal(document({}, {}, {}), Limits(archive_members=2)).startswith("BEV009 ")
    assert refusal(b"[]").startswith("BEV011 ")
    assert refusal(b'{"log":{"entries":5}}').startswith("BEV011 invalid HAR: expected ")
    assert refusal(b'{"log":{"pages":[' + b"[" * 2000).startswith("BEV011 ")
    assert refusal(b'{"log":' + b'{"x":5,' * 2000).startswith("BEV011 ")
    assert refusal(b'{"log":{' + b'"x":5,' * 2000 + b'"entries":[]}').startswith("BEV011 ")
    assert refusal(b"\xff\xfe{\0}\0").startswith("BEV011 ")


HOSTILE = {
    "arrays": b"[" * 2**22,
    "arrays in an entry": b'{"log":{"entries":[{"x":' + b"[" * 2**22,
    "objects in an entry": b'{"log":{"entries":[{"x":' + b'{"a":' * 2**20,
    "empty entries": b'{"log":{"entries":[' + b"{}," * 2**20,
    "blanks": b" " * 2**22,
    "zeros": bytes(2**22),
    "numbers as entries": b'{"log":{"entries":[' + b"1," * 2**20,
    "members before the entries": b'{"log":{' + b'"x":1,' * 2**20,
    "halves of surrogate pairs": b'{"log":{"entries":[{"x":"' + b"\\ud83d" * 2**20 + b'"}]}}',
    "escaped quotation marks": b'{"log":{"entries":[{"x":"' + b'\\"' * 2**20,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_end_in_a_finding(data: bytes) -> None:
    try:
        (found,) = codes(members(har, data))
    except DecodeError as error:
        found = (error.problem.code,)

    assert found in (("BEV009",), ("BEV011",))


def test_entries_that_are_no_json_hide_no_others() -> None:
    assert validated("broken-entries.har") == [
        ("#/log/entries/0", "body", "status", ()),
        ("", "notice", None, ("BEV011",)),
        ("#/log/entries/2", "body", "status", ()),
        ("", "notice", None, ("BEV011",)),
        ("#/log/entries/4", "body", "status", ()),
    ]


def test_damaged_entry_is_reported_although_only_keys_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(RECORDINGS / "broken-entries.har")

    assert main(["validate", "--select", "BEV5", "--no-cache", "--no-config", "--output-format", "concise", path]) == 1
    out = capsys.readouterr().out
    assert f"{path}:25:78: error: BEV011" in out
    assert f"{path}:42:4: error: BEV011" in out


BROKEN = {
    "null": b"null",
    "text": b'"x"',
    "number": b"5 ",
    "list": b"[{}]",
    "comma": b'{"a":1,}',
    "nothing": b"",
    "no number": b'{"a":NaN}',
    "control character": b'{"a":"\n"}',
    "deep": b"{" * 1200 + b"}" * 1200,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_broken_entry_is_one_problem_and_the_others_are_read(broken: bytes) -> None:
    ours = json.dumps(entry()).encode()

    found = members(har, b'{"log":{"entries":[' + ours + b",\n" + broken + b"," + ours + b"]}}")

    assert sorted(codes(found)) == [(), (), ("BEV011",)] or broken == BROKEN["deep"]
    assert found[0].inner == "#/log/entries/0"


@pytest.mark.parametrize("rest", [b'{"a":"b', b"}", b'{"a":[1}, {}]}}', b"", b"{}", b'{}],"x":}}', b"{}]}}}"])
def test_damage_after_an_entry_is_reported_once(rest: bytes) -> None:
    ours = json.dumps(entry()).encode()

    found = members(har, b'{"log":{"entries":[' + ours + b"," + rest)

    assert codes(found) == [(), ("BEV011",)]


def test_lone_surrogates_are_no_damage() -> None:
    half, pair = "\ud83d", "\\\ud83d\ude00"
    page = {"title": half}
    others = entry(half + pair + half, "https://other.example/" + half)
    data = json.dumps({"log": {"pages": [page], "entries": [others, entry()]}}).encode()

    assert [(one.inner, one.outcome) for one in members(har, data)] == [("#/log/entries/1", "body")]
    assert validated("lone-surrogate.har") == [("#/log/entries/1", "body", "status", ())]


def test_lone_surrogate_in_a_response_of_the_service_is_reported() -> None:
    assert codes([only(entry("\ud83d"))]) == [("BEV011",)]


def test_keys_next_to_lone_surrogates_are_found() -> None:
    asked = entry(url=f"https://other.example/\ud83d?apiKey={KEY}")
    asked["request"]["headers"] = [{"name": "X", "value": f"\ude00 {KEY}"}]  # type: ignore[index]
    asked["request"]["postData"] = {"text": f"\ud83d {KEY}"}  # type: ignore[index]

    assert codes([only(asked)]) == [("BEV501", "BEV502", "BEV503")]


def test_chunks_of_polly_are_joined_and_decompressed() -> None:
    assert validated("polly-hex.har") == [("#/log/entries/0", "body", "status", ())]
    assert validated("polly-base64.har") == [
        ("#/log/entries/0", "body", "status", ()),
        ("#/log/entries/1", "body", "status", ()),
    ]


@pytest.mark.parametrize(
    "content",
    [
        {"text": "[1]", "_isBinary": True},
        {"text": '["1f8b"', "_isBinary": True},
        {"text": '["1f8"]', "_isBinary": True},
        {"text": '["xy"]', "encoding": "base64"},
        {"text": '["1f8b",]', "_isBinary": True},
        {"text": "xyz", "_isBinary": True},
    ],
)
def test_chunks_that_cannot_be_decoded_are_reported(content: dict[str, object]) -> None:
    assert codes([only(entry(**content))]) == [("BEV011",)]  # type: ignore[arg-type]


def test_text_of_polly_that_is_not_binary_is_unchanged() -> None:
    assert only(entry(STATUS, _isBinary=False)).data == STATUS.encode()
    assert only(entry('["[]"]', _isBinary=False)).data == b'["[]"]'
    assert only(entry(None, _isBinary=True)).outcome == "notice"


def test_unknown_and_repeated_names_are_skipped() -> None:
    data = b'{"x":[' + b"{}," * 1000 + b'{}],"log":{"entries":[{}],"entries":[],"pages":null}}'

    assert members(har, data) == []
