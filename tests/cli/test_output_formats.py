"""All output formats of one run, through the command line: they report the same findings."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from bevparse.cli import main

FORMATS = ("concise", "github", "gitlab", "json", "jsonl", "junit", "sarif", "text")
MAYBE = b'{"response":[{"emailAddress":"a@b.example","smtpCheck":"maybe"}]}'


@pytest.fixture
def shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Check some bodies, and write the findings to a file in every format."""
    (folder / "dumps").mkdir()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("july/a.json", MAYBE)
        files.writestr("july/b.csv", "Email Address,Smtp Check\na@b.example,maybe\n")
    for name, body in {
        "a b.json": MAYBE,
        "valid.json": b'{"response":{"id":5}}',
        "b.xml": b"<xml>\r<response>\r<id>x</id></response></xml>",
        "c.jsonl": MAYBE + b"\n" + MAYBE + b"\n",
        "d.zip": archive.getvalue(),
        "e.json.gz": b"no gzip",
    }.items():
        (folder / "dumps" / name).write_bytes(body)
    wanted = [argument for name in FORMATS for argument in ("--output-format", f"{name}={name}.out")]

    assert main(["validate", "dumps", "--no-config", *wanted]) == 3
    assert capsys.readouterr() == ("", "")
    return {name: (folder / f"{name}.out").read_text("utf-8") for name in FORMATS}


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
@pytest.mark.parametrize("path", [".", "../dumps", "FOLDER/dumps"])
def test_job_in_a_subfolder_reports_paths_relative_to_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, path: str
) -> None:
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "a b.json").write_bytes(MAYBE)
    monkeypatch.chdir(tmp_path / "dumps")
    monkeypatch.setenv(variable, str(tmp_path))
    outputs = [f"--output-format={name}={name}.out" for name in ("github", "gitlab", "sarif")]

    assert main(["validate", path.replace("FOLDER", str(tmp_path)), "--no-config", *outputs]) == 1
    assert "file=dumps/a b.json," in Path("github.out").read_text()
    assert json.loads(Path("gitlab.out").read_text())[0]["location"]["path"] == "dumps/a b.json"
    assert '"uri": "dumps/a%20b.json"' in Path("sarif.out").read_text()


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
@pytest.mark.parametrize("top", ["link", "real", "real/.", "link/"])
@pytest.mark.parametrize("path", ["link/dumps", "real/dumps"])
def test_project_folder_may_be_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str, path: str) -> None:
    (tmp_path / "real" / "dumps").mkdir(parents=True)
    (tmp_path / "real" / "dumps" / "a.json").write_bytes(MAYBE)
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "real")
    monkeypatch.setenv("GITHUB_WORKSPACE", f"{tmp_path}/{top}")

    assert main(["validate", str(tmp_path / path), "--no-config", "--output-format", "gitlab=out.json"]) == 1
    assert json.loads(Path("out.json").read_text())[0]["location"]["path"] == "dumps/a.json"


def test_file_outside_a_project_is_reported_by_its_original_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "a.json").write_bytes(MAYBE)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path / "project"))

    assert main(["validate", "../a.json", "--no-config", "--output-format", "gitlab=out.json"]) == 1
    assert json.loads(Path("out.json").read_text())[0]["location"]["path"] == "../a.json"


def test_standard_input_has_no_path_in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAYBE)))

    assert main(["validate", "-", "--no-config", "--output-format", "gitlab=out.json"]) == 1
    assert json.loads(Path("out.json").read_text())[0]["location"]["path"] == "<stdin>"


def test_all_formats_of_a_run_report_the_same_findings(shown: dict[str, str]) -> None:
    report: dict[str, Any] = json.loads(shown["json"])
    count = sum(len(body["problems"]) for body in report["bodies"])
    errors = report["summary"]["problems"]["error"]

    assert count > errors > 0
    assert sum(report["summary"]["codes"].values()) == count
    for name in ("concise", "github", "jsonl"):
        assert len(shown[name].splitlines()) == count + 1
    assert len(json.loads(shown["gitlab"])) == count
    (run,) = json.loads(shown["sarif"])["runs"]
    assert sum(result["occurrenceCount"] for result in run["results"]) == count
    suites = list(JUnitXml.fromstring(shown["junit"].encode()))
    assert sum(suite.tests for suite in suites) == len(report["bodies"])
    assert sum(suite.errors for suite in suites) == report["summary"]["unreadable"] == 1
    assert shown["concise"].splitlines() == [line for line in shown["text"].splitlines() if not line.startswith("   ")]


def test_caret_in_text_is_below_the_position(shown: dict[str, str]) -> None:
    lines = shown["text"].splitlines()
    pointed = {line[caret.index("^") :] for line, caret in itertools.pairwise(lines) if caret.strip() == "^"}

    assert pointed >= {'"smtpCheck":"maybe"}]}', "<id>x</id></response></xml>", "maybe"}


@pytest.mark.parametrize("name", [*FORMATS, "html"])
def test_only_text_formats_use_the_encoding_of_the_terminal(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    Path("caf\u00e9-\u4e2d.json").write_bytes(MAYBE)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "cp1252"))  # as on Windows

    assert main(["validate", "--no-cache", "--output-format", name, "."]) == 1

    shown = written.getvalue()
    if name in ("text", "concise"):
        assert b"caf\xe9-\\u4e2d.json" in shown
    else:
        encoded = ("caf&#233;-&#20013;.json", "caf%C3%A9-%E4%B8%AD.json")
        spellings = ("caf\u00e9-\u4e2d.json", r"caf\u00e9-\u4e2d.json", *encoded)
        assert any(spelling in shown.decode("utf-8") for spelling in spellings)
