"""API keys in recorded requests are found, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

import bevparse.cli
from bevparse.sources.keys import find_keys

from .recordings import KEY, RECORDINGS

KEYED = sorted(RECORDINGS.glob("*keys.*"))


def in_body(body: bytes) -> bool:
    return [problem.code for problem in find_keys("", (), body, "/request/body")] == ["BEV503"]


@pytest.mark.parametrize(
    "around",
    ['{"apiKey":"%s"}', "apiKey=%s&id=5", "%s", "-%s.", r'{"text":"a\n%s"}', r"\u0026%s", "apiKey%%3D%s%%26", "é%s"],
)
def test_a_key_is_found_whatever_stands_around_it(around: str) -> None:
    assert in_body((around % KEY).encode())


@pytest.mark.parametrize("text", ["x" + KEY, "_" + KEY, KEY + "x", KEY + "_", KEY[:-1], KEY.upper(), "at-" + KEY[3:]])
def test_a_longer_word_a_shorter_one_and_another_are_no_key(text: str) -> None:
    assert not in_body(text.encode())


def test_keys_in_url_headers_and_body_are_told_apart() -> None:
    headers = [("Accept", "*/*"), ("Authorization", f"Bearer {KEY}"), ("X/Key", KEY)]
    found = list(find_keys(f"https://other.example/?apiKey={KEY}", headers, KEY.encode(), "/request/postData/text"))

    assert [(problem.code, problem.pointer) for problem in found] == [
        ("BEV501", "/request/url"),
        ("BEV502", "/request/headers/Authorization"),
        ("BEV502", "/request/headers/X~1Key"),
        ("BEV503", "/request/postData/text"),
    ]


def test_a_header_that_is_named_by_a_key_is_told_by_its_number() -> None:
    found = list(find_keys("", [("Accept", "*/*"), (KEY, "")], b"", ""))

    assert [problem.pointer for problem in found] == ["/request/headers/1"]


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "sarif", "junit", "concise", "github", "gitlab"])
@pytest.mark.parametrize("path", KEYED, ids=[path.name for path in KEYED])
def test_no_report_shows_a_part_of_a_key(
    path: Path, format: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RECORDINGS)

    status = bevparse.cli.main(["validate", "--no-cache", "--no-config", "--output", format, path.name])

    out, err = capsys.readouterr()
    assert status == 1
    assert "BEV503" in out
    assert KEY[3:9] not in out + err


def test_there_are_recordings_with_keys() -> None:
    assert len(KEYED) == 4
