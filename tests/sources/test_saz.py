"""Session archives of Fiddler."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.files.compression import Budget
from bevparse.limits import Limits
from bevparse.sources import Search, open_source
from bevparse.sources.source import Source

from ..recordings import API, KEY, RECORDINGS, validated

STATUS = b'{"response":[{"id":544,"ready":1}]}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + STATUS
ASKED = f"POST {API}/status HTTP/1.1\r\nHost: x\r\n\r\n{{}}".encode()


def archive(**files: bytes) -> bytes:
    """Return an archive with files in the folder raw, such as `c1` for `1_c.txt`."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as target:
        for name, data in files.items():
            target.writestr(f"raw/{name[1:]}_{name[0]}.txt", data)
    return held.getvalue()


def found_in(data: bytes, limits: Limits | None = None) -> list[Source]:
    return list(open_source(Source("a.saz", data=data, budget=Budget(limits or Limits())), Search()))


def bodies_in(**files: bytes) -> list[bytes | None]:
    return [one.data for one in found_in(archive(**files)) if one.outcome == "body"]


def codes_in(**files: bytes) -> list[str]:
    return [problem.code for one in found_in(archive(**files)) for problem in one.problems]


def test_archive_of_fiddler_contains_the_responses_of_the_service() -> None:
    assert validated("session.saz") == [
        ("!/raw/2_s.txt", "body", "status", ("BEV205",)),
        ("!/raw/2_c.txt", "notice", None, ("BEV503",)),
    ]


def test_session_with_another_suffix_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    renamed = tmp_path / "session.zip"
    renamed.write_bytes((RECORDINGS / "session.saz").read_bytes())

    assert main(["validate", "--no-cache", "--no-config", "--output-format", "concise", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "session.zip!/raw/2_s.txt:1:165: error: BEV205" in out
    assert "; 1 exchange with other URLs skipped; " in out


def test_archives_are_converted(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    location = f"{RECORDINGS / 'session.saz'}!/raw/2_s.txt"

    assert main(["convert", location, "--to", "json"]) == 1
    assert b"BEV205" in capsysbinary.readouterr().err


def test_sessions_are_in_the_order_of_their_numbers() -> None:
    data = archive(c10=ASKED, s10=ANSWER, c9=ASKED, s9=ANSWER)

    assert [one.inner for one in found_in(data)] == ["!/raw/9_s.txt", "!/raw/10_s.txt"]


def test_url_is_completed_by_the_host_header() -> None:
    asked = b"POST /api/bevService/request/status HTTP/2\r\nhost: emailverification.whoisxmlapi.com\r\n\r\n"

    assert bodies_in(c1=asked, s1=ANSWER) == [STATUS]


def test_line_feeds_alone_end_lines() -> None:
    assert bodies_in(c1=ASKED.replace(b"\r", b""), s1=ANSWER.replace(b"\r", b"")) == [STATUS]


def test_informational_responses_are_skipped() -> None:
    assert bodies_in(c1=ASKED, s1=b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER) == [STATUS]


def test_responses_without_content_are_reported() -> None:
    assert codes_in(c1=ASKED, s1=b"") == ["BEV012"]
    assert codes_in(c1=ASKED, s1=b"no HTTP") == ["BEV011"]
    assert codes_in(c1=ASKED, s1=b"\r\n\r\n") == ["BEV011"]
    assert codes_in(c1=ASKED) == []


def test_key_in_a_request_is_reported_at_the_request() -> None:
    (notice,) = found_in(archive(c1=f"GET https://other.example/?apiKey={KEY} HTTP/1.1".encode()))

    assert (notice.inner, [problem.pointer for problem in notice.problems]) == ("!/raw/1_c.txt", ["/request/url"])


def test_response_without_a_request_is_counted() -> None:
    (count,) = found_in(archive(s1=ANSWER))

    assert count.other_urls == 1


def test_session_that_cannot_be_read_hides_no_others() -> None:
    data = archive(c1=ASKED, s1=ANSWER, c2=ASKED, s2=ANSWER)
    damaged = data.replace(ANSWER, ANSWER.replace(b"544", b"545"), 1)

    assert [(one.inner, one.outcome) for one in found_in(damaged)] == [
        ("!/raw/1_s.txt", "unreadable"),
        ("!/raw/2_s.txt", "body"),
    ]


def test_limits_apply_to_the_members() -> None:
    data = archive(c1=ASKED, s1=ANSWER)

    assert [one.problems[0].code for one in found_in(data, Limits(body=90))] == ["BEV002"]
    assert [one.problems[0].code for one in found_in(data, Limits(archive_total=100))] == ["BEV008"]
