"""Reports of earlier runs next to responses: skipped in a search, validated if they are named."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.cli.outputs import FORMATS
from bevparse.files.compression import ZSTD
from bevparse.validate import validate

BODIES = {
    "valid.json": '{"response":{"id":5}}',
    "faulty.json": '{"response":[{"emailAddress":"a@b.example","smtpCheck":"maybe"}]}',
}
SUFFIXES = {"json": "json", "jsonl": "jsonl", "sarif": "json", "junit": "xml", "gitlab": "json"}


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with a valid and a faulty body."""
    for name, body in BODIES.items():
        (folder / name).write_text(body)
    return folder


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", SUFFIXES)
def test_report_next_to_responses_is_skipped(name: str, body: str) -> None:
    report = f"report.{SUFFIXES[name]}"
    main(["validate", body, "--no-cache", "--output-format", f"{name}={report}"])

    found = validate(["."])

    assert [checked.file for checked in found.bodies if checked.problems] == ["./faulty.json"]
    assert found.summary.bodies == 2
    assert any(checked.problems for checked in validate([report]).bodies)


@pytest.mark.parametrize(
    "body",
    [
        '{"source": "poller-1", "file": "completed-5.json", "response":[{"emailAddress":"a@b.example"}]}',
        '{"source": "x", "pointer": "y", "response":{"id":5}}',
        '{"$schema":"https://x/sarif.json","response":{"id":5}}',
        "[]",
        "{",
        '{"source":',
        "<testsuites><id>5</id></testsuites>",
    ],
)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_body_that_only_looks_like_a_report_is_checked(body: str, suffix: str) -> None:
    Path(f"real.{suffix}").write_text(f"{body}\n")

    assert validate(["."]).summary.bodies == 3


def test_report_does_not_overwrite_a_response(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", ".", "--no-cache", "--output-format", "json=valid.json"]) == 2
    assert capsys.readouterr().err == ("bevparse: refusing to overwrite valid.json: it looks like a saved response\n")
    assert Path("valid.json").read_text() == BODIES["valid.json"]
    for name, suffix in SUFFIXES.items():
        for _ in range(2):
            assert (
                main(["validate", "valid.json", "--no-cache", "--output-format", f"{name}=report.{name}.{suffix}"]) == 0
            )


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", ["a", "\x01", '"', "\\"])
@pytest.mark.parametrize("kind", ["jsonl", "rejects"])
def test_report_is_skipped_for_any_length_of_its_locations(name: str, kind: str) -> None:
    for length in (*range(180, 250), 480, 490, 500, 511, 512, 600):
        text = json.dumps("a" * (length % 6) + name * length)
        more = (
            '"pointer": "", "codes": ["BEV101"]}' if kind == "rejects" else f'"file": {text}, "inner": "", "code": ""}}'
        )
        Path("report.jsonl").write_text(f'{{"source": {text}, {more}\n')

        assert validate(["."]).summary.bodies == 2


ANSWERS = [
    b'\xef\xbb\xbf{"response":[]}',
    '{"response":[]}'.encode("utf-16"),
    b'[{"emailAddress":"a"}]',
    b'{"status":"ok","response":[]}',
    b"<!-- saved --><xml><response/></xml>",
    b"\xef\xbb\xbfEmail Address,Error\na,b\n",
    b'Result;"MX Records";Email Address\nok;;a\n',
    b"emailAddress\terror\na\tb\n",
    gzip.compress(b'{"response":[]}'),
    b"PK\x03\x04rest",
    b"a.json".ljust(257, b"\0") + b"ustar",
]


@pytest.mark.parametrize("body", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("name", ["answer", "answer.txt"])
def test_response_of_unknown_name_is_detected_by_its_beginning(name: str, body: bytes) -> None:
    Path(name).write_bytes(body)

    assert main(["validate", "valid.json", "--no-cache", "--output-format", f"json={name}"]) == 2
    assert Path(name).read_bytes() == body


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("format", FORMATS)
def test_report_may_be_overwritten_by_a_report(format: str, body: str) -> None:
    asked = ["validate", body, "--no-cache", "--exit-zero", "--output-format", f"{format}=report"]

    assert [main(asked) for _ in range(2)] == [0, 0]


def test_unreadable_file_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("packed.json.zst").write_bytes(b"who knows")
    monkeypatch.setitem(sys.modules, ZSTD, None)

    assert main(["validate", "valid.json", "--no-cache", "--output-format", "json=packed.json.zst"]) == 2
    assert Path("packed.json.zst").read_bytes() == b"who knows"


def test_baselines_and_rejects_are_skipped() -> None:
    main(["validate", "faulty.json", "--no-cache", "--baseline", "known.json", "--update-baseline"])
    main(["convert", "faulty.json", "--to", "jsonl", "-o", "out.jsonl", "--rejects", "rejects.jsonl"])

    assert Path("rejects.jsonl").read_text().startswith('{"source": "faulty.json", ')
    assert validate(["."]).summary.bodies == 2


def test_report_holds_no_records_to_convert(capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", ".", "--no-cache", "--output-format", "json=report.json"])

    assert main(["convert", "--include", "*report*", ".", "--to", "csv", "-o", "out.csv"]) == 4
    assert "no body found" in capsys.readouterr().err
