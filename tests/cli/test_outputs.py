"""Outputs: several at once, complete or absent, and well-formed to the end."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet
import pytest

from bevparse.cli import main
from bevparse.cli.outputs import output_of
from bevparse.files.compression import ZSTD, decompressed
from bevparse.limits import DEFAULT_LIMITS
from bevparse.validate.renderers import FORMATS

from ..systems import pipes
from .streams import InterruptedInput

FAULTY = b'{"response":[{"id":"x"}]}'
LINE = "faulty.json:1:15: error: BEV204 "
COUNTS = "; 1 response body, 0 valid; 1 status (1 json)"
"""The end of the last line."""
OLD = "the old text"


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with one faulty body."""
    (folder / "faulty.json").write_bytes(FAULTY)
    return folder


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt every run that reads standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(InterruptedInput())))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text", ("text", None)),
        ("json=-", ("json", None)),
        ("json=a.json", ("json", "a.json")),
        ("json=a=b", ("json", "a=b")),
    ],
)
def test_output_format_may_name_a_file(text: str, expected: tuple[str, str | None]) -> None:
    assert output_of(text) == expected


def test_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected an output format among text, .*, got '\\x1b'"):
        output_of("\x1b=a")


def test_several_formats_are_written_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = ["--output-format", "concise", "--output-format", "json=a.json", "--output-format", "text=b.txt"]

    assert main(["validate", *outputs, "faulty.json"]) == 1
    shown = capsys.readouterr()
    (line, _), text = shown.out.splitlines(), (folder / "b.txt").read_text()
    assert (line.startswith(LINE), shown.err) == (True, "")
    assert shown.out.endswith(f"{COUNTS}\n")
    assert json.loads((folder / "a.json").read_bytes())["summary"]["problems"]["error"] == 1
    assert text.splitlines()[:-1] == [line, "    " + FAULTY.decode(), "    " + " " * 14 + "^"]
    assert text.endswith(f"{COUNTS}\n")


def test_nothing_is_printed_if_every_format_has_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--output-format", "json=a.json", "faulty.json"]) == 1
    assert capsys.readouterr() == ("", "")


def test_file_names_without_an_encoding_are_escaped(folder: Path) -> None:
    (folder / "\udcff.json").write_bytes(FAULTY)

    assert (
        main(["validate", "--output-format", "junit=out.xml", "--output-format", "concise=out.txt", "\udcff.json"]) == 1
    )
    assert (folder / "out.txt").read_bytes().startswith(rb"\udcff.json:1:15: error: ")
    assert (folder / "out.xml").read_text("utf-8")


@pytest.mark.parametrize("name", ["no/such/out", "sub", "faulty.json/out", "nul\0"])
def test_output_that_cannot_be_written_ends_with_3_and_leaves_the_others_as_they_were(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / "sub").mkdir()
    (folder / "old").write_text(OLD)
    outputs = ["--output-format", "text=old", "--output-format", "sarif=new", "--output-format", f"json={name}"]

    assert main(["validate", *outputs, "faulty.json"]) == 3
    shown = capsys.readouterr()
    assert shown.err.endswith(f"({ascii(name)[1:-1]})\n")
    assert (shown.out, names(folder), (folder / "old").read_text()) == ("", ["faulty.json", "old", "sub"], OLD)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_output_on_a_full_device_ends_with_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--output-format", "json=/dev/full", "faulty.json"]) == 3
    assert "no space left on device (/dev/full)" in capsys.readouterr().err.lower()


@pytest.mark.usefixtures("interrupted")
def test_interrupted_run_changes_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "old").write_text(OLD)
    outputs = [f"--output-format={name}={name}.out" for name in [*FORMATS][1:]]

    assert (
        main(["validate", *outputs, "--output-format=text=old", "--baseline=known", "--update-baseline", ".", "-"])
        == 130
    )
    assert capsys.readouterr() == ("", "bevparse: interrupted\n")
    assert (names(folder), (folder / "old").read_text()) == (["faulty.json", "old"], OLD)


@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize("format", [name for name in FORMATS if name != "parquet"])
def test_interrupted_run_is_a_complete_report(capsys: pytest.CaptureFixture[str], format: str) -> None:
    assert main(["validate", "--output-format", format, ".", "-"]) == 130
    shown = capsys.readouterr().out
    assert "BEV204" in shown
    if format in ("json", "gitlab", "sarif"):
        assert json.loads(shown)
    elif format == "junit":
        assert ElementTree.fromstring(shown).tag == "testsuites"
    else:
        assert "interrupted" in shown
        assert shown.endswith("</html>\n" if format == "html" else "\n")


@pytest.mark.usefixtures("interrupted")
def test_parquet_of_an_interrupted_run_is_complete(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["validate", "--output-format", "parquet", ".", "-"]) == 130
    assert pyarrow.parquet.read_table(io.BytesIO(capfdbinary.readouterr().out)).column("rule").to_pylist() == ["BEV204"]


@pytest.mark.parametrize("output", ["parquet=findings.parquet", "parquet"])
def test_parquet_without_its_package_ends_with_3(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in ("findings", "renderers.parquet"):
        monkeypatch.delitem(sys.modules, f"bevparse.validate.{name}", raising=False)

    assert main(["validate", "faulty.json", "--no-cache", "--output-format", output]) == 3
    assert "pip install 'bevparse[tables]'" in capsys.readouterr().err
    assert names(folder) == ["faulty.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("other", ["parquet=/dev/full", "json=/dev/full"])
def test_failure_leaves_the_old_parquet(folder: Path, capsys: pytest.CaptureFixture[str], other: str) -> None:
    (folder / "old.parquet").write_text(OLD)

    assert (
        main(
            [
                "validate",
                "faulty.json",
                "--no-cache",
                "--output-format",
                "parquet=old.parquet",
                "--output-format",
                other,
            ]
        )
        == 3
    )
    assert "no space left on device (/dev/full)" in capsys.readouterr().err.lower()
    assert ((folder / "old.parquet").read_text(), names(folder)) == (OLD, ["faulty.json", "old.parquet"])


@pytest.mark.usefixtures("interrupted")
def test_json_reports_an_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--output-format", "json", ".", "-"]) == 130
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert (summary["interrupted"], summary["bodies"]) == (True, 1)


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that breaks")
def test_broken_pipe_ends_with_141_and_leaves_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8", buffering=1) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        code = main(["validate", "--output-format", "text", "--output-format", "json=out.json", "faulty.json"])
        monkeypatch.undo()

    assert (code, capsys.readouterr().err, names(folder)) == (141, "", ["faulty.json"])


@pytest.mark.parametrize(
    ("outputs", "written"), [(["github"], True), (["text", "github=log.txt"], True), (["text"], False)]
)
def test_counts_are_written_to_the_summary_of_a_github_step(
    folder: Path, monkeypatch: pytest.MonkeyPatch, outputs: list[str], written: bool
) -> None:
    (folder / "page.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "page.md"))

    assert main(["validate", *(part for output in outputs for part in ("--output-format", output)), "faulty.json"]) == 1
    page = (folder / "page.md").read_text()
    assert page.startswith("before\n")
    assert ("| BEV204 | " in page, COUNTS in page) == (written, written)


def test_page_that_cannot_be_written_ends_with_3(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "no" / "page.md"))

    assert main(["validate", "--output-format", "github", "faulty.json"]) == 3
    assert "page.md" in capsys.readouterr().err


@pipes
def test_page_that_is_a_pipe_without_a_reader_ends_with_3(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(folder / "page")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "page"))

    assert main(["validate", "--output-format", "github", "faulty.json"]) == 3
    assert "nothing reads from this pipe" in capsys.readouterr().err


@pipes
def test_page_that_is_a_pipe_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "page")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "page"))
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit((folder / "page").read_text)

        assert main(["validate", "--output-format", "github", "faulty.json"]) == 1
        assert "| BEV204 | " in read.result()


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_report_is_compressed_by_its_suffix(suffix: str) -> None:
    asked = ["validate", "faulty.json", "--no-cache", "--output-format", "json=plain.json"]

    assert [main([*asked, "--output-format", f"json=report.json{suffix}"]) for _ in range(2)] == [1, 1]
    packed = decompressed(io.BytesIO(Path(f"report.json{suffix}").read_bytes()), suffix, DEFAULT_LIMITS)
    assert packed.read(10**6) == Path("plain.json").read_bytes()


def test_report_named_like_an_archive_is_not_read_as_one() -> None:
    asked = ["validate", "faulty.json", "--no-cache", "--output-format", "json=report.json.tgz"]

    assert [main(asked) for _ in range(2)] == [1, 1]
    assert Path("report.json.tgz").read_bytes().startswith(b'{"bodies":[')


def test_missing_package_for_compression_ends_with_3(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, ZSTD, None)

    assert main(["validate", "faulty.json", "--no-cache", "--output-format", "json=report.json.zst"]) == 3
    assert "pip install 'bevparse[zstd]'" in capsys.readouterr().err
    assert names(folder) == ["faulty.json"]


@pipes
@pytest.mark.parametrize("output", ["json=pipe", "sarif=pipe"])
def test_pipe_without_a_reader_ends_with_3(folder: Path, capsys: pytest.CaptureFixture[str], output: str) -> None:
    os.mkfifo("pipe")

    assert main(["validate", "faulty.json", "--no-cache", "--output-format", output]) == 3
    assert "nothing reads from this pipe" in capsys.readouterr().err


@pipes
def test_pipe_with_a_reader_gets_the_report(folder: Path) -> None:
    os.mkfifo("pipe")
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(Path("pipe").read_text("utf-8")))
    reader.start()

    assert main(["validate", "faulty.json", "--no-cache", "--output-format", "json=pipe"]) == 1
    reader.join()
    assert json.loads(received[0])["summary"]["bodies"] == 1


@pytest.mark.parametrize(
    ("options", "start"),
    [
        (["--output-format", "concise", "-o", "out.html"], LINE),
        (["--output-format", "json=all.json", "--output-format", "text", "--output-file", "out"], LINE),
        (["-o", "out.html"], "<!DOCTYPE html>"),
        (["-o", "out.txt"], LINE),
        (["-o", "out.log"], LINE),
        (["-o", "-"], LINE),
    ],
)
def test_output_file_is_that_of_the_format_without_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], start: str
) -> None:
    assert main(["validate", "faulty.json", *options]) == 1

    written = [path for path in (folder / f"out{suffix}" for suffix in ("", ".html", ".txt", ".log")) if path.exists()]
    texts = [*(path.read_text() for path in written), capsys.readouterr().out]
    assert [text for text in texts if text.startswith(start)] == [text for text in texts if text]
    assert len(written) == (options[-1] != "-")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--output-format", "json=a"], "argument -o/--output-file: every --output-format has a file already"),
        (
            ["--output-format", "json", "--output-format", "text"],
            "argument --output-format: two outputs go to the same place",
        ),
        (["--output-format", "json=out"], "argument -o/--output-file: every --output-format has a file already"),
    ],
)
def test_output_file_needs_one_format_without_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(["validate", "faulty.json", *options, "-o", "out"]) == 2

    assert capsys.readouterr().err == f"bevparse: {message}\n"
    assert names(folder) == ["faulty.json"]


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv.gz", "out.TEXT2"])
def test_output_file_whose_suffix_names_no_format_needs_one(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["validate", "faulty.json", "-o", name]) == 2
    assert capsys.readouterr().err.startswith("bevparse: argument -o/--output-file: the suffix .")
    assert names(folder) == ["faulty.json"]

    assert main(["validate", "faulty.json", "-o", name, "--output-format", "text"]) == 1
    assert names(folder) == ["faulty.json", name]


def test_output_file_may_be_anywhere_with_a_configured_format(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "project").mkdir()
    (folder / "project" / "bevparse.toml").write_text('output-format = ["concise"]')

    assert main(["validate", "faulty.json", "--config", "project/bevparse.toml", "-o", "out", "--quiet"]) == 1

    assert (folder / "out").read_text().startswith(LINE)
    assert capsys.readouterr() == ("", "")
