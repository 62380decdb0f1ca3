"""`bevparse convert`: one body, written in another format, whole or not at all."""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

import bevparse
from bevparse.cli import main

from ..paths import FIXTURES

FORMATS = ("json", "xml", "csv")
VALID = b'{"response":{"id":5}}'
AS_XML = bevparse.dump(bevparse.parse(VALID), format="xml")
REPLIES = {
    "completed": b'{"response":[{"emailAddress":"b\xc3\xb6b@a.example","smtpCheck":"true","mxRecords":["a.example"]}]}',
    "status": b'{"response":[{"id":1,"date_start":"1528204702","ready":1},{"id":2,"ready":0}]}',
    "empty": b'{"response":{"current_page":1,"data":[],"last_page":1}}',
    "error": b'{"response":{"errors":["no, not so","nor so"]}}',
}
OLD = b"what stood here before"

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with one valid body."""
    (folder / "in.json").write_bytes(VALID)
    return folder


@contextmanager
def mask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize(("source", "target"), [*product(FORMATS, repeat=2)])
def test_each_format_is_converted_to_each_other(folder: Path, reply: str, source: str, target: str) -> None:
    response = bevparse.parse(REPLIES[reply])
    (folder / "in").write_bytes(bevparse.dump(response, format=source))

    assert main(["convert", "in", "--to", target, "-o", "out"]) == 0
    assert (folder / "out").read_bytes() == bevparse.dump(response, format=target)


def test_standard_input_is_converted_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(VALID)))

    assert main(["convert", "-", "--to", "xml"]) == 0
    assert capfdbinary.readouterr() == (AS_XML, b"")


def test_dash_as_output_is_standard_output(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["convert", "in.json", "--to", "xml", "-o", "-"]) == 0
    assert capfdbinary.readouterr() == (AS_XML, b"")
    assert names(folder) == ["in.json"]


def test_compressed_body_is_converted(folder: Path) -> None:
    (folder / "in.json.gz").write_bytes(gzip.compress(VALID))

    assert main(["convert", "in.json.gz", "--to", "xml", "-o", "out.xml"]) == 0
    assert (folder / "out.xml").read_bytes() == AS_XML


def test_undocumented_spelling_is_converted_to_the_documented_one(folder: Path) -> None:
    (folder / "in.json").write_bytes(b'\xef\xbb\xbf{ "Response" : { "ID" : "5" } }')

    assert main(["convert", "in.json", "--to", "json", "-o", "out.json"]) == 0
    assert (folder / "out.json").read_bytes() == VALID


def test_output_may_be_the_input(folder: Path) -> None:
    assert main(["convert", "in.json", "--to", "xml", "-o", "in.json"]) == 0
    assert (folder / "in.json").read_bytes() == AS_XML
    assert names(folder) == ["in.json"]


@pytest.mark.parametrize(
    ("body", "options", "code"),
    [
        (b'{"response":[]}', [], 1),
        (b'{"response":[]}', ["--endpoint", "completed"], 0),
        (VALID, ["--endpoint", "status"], 1),
        (b"", ["--from", "csv", "--endpoint", "failed"], 0),
        (b"", ["--endpoint", "failed"], 1),
        (b'{"response":{"error":"Access denied"}}', ["--endpoint", "completed"], 0),
    ],
)
def test_endpoint_and_format_can_be_set(folder: Path, body: bytes, options: list[str], code: int) -> None:
    (folder / "in").write_bytes(body)

    assert main(["convert", "in", "--to", "json", "-o", "out", *options]) == code
    assert (folder / "out").exists() == (code == 0)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b'{"response":[{"id"', ["bevparse: in:1:19: error: BEV110 "]),
        (b"<html>", ["bevparse: in:1:1: error: BEV104 "]),
        (
            b'{"response":[{"id":"x"},\n{"id":"1","ready":2}]}',
            ["bevparse: in:1:15: error: BEV204 ", "bevparse: in:2:11: error: BEV205 "],
        ),
    ],
)
def test_problems_of_the_body_end_with_1_and_have_locations(
    folder: Path, capsys: pytest.CaptureFixture[str], body: bytes, lines: list[str]
) -> None:
    (folder / "in").write_bytes(body)
    (folder / "out").write_bytes(OLD)

    assert main(["convert", "in", "--to", "xml", "-o", "out"]) == 1
    shown = capsys.readouterr()
    assert [line[: len(start)] for line, start in zip(shown.err.splitlines(), lines, strict=True)] == lines
    assert (shown.out, (folder / "out").read_bytes()) == ("", OLD)


def test_unwritable_value_ends_with_1_and_has_a_pointer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in").write_bytes(b'{"response":[{"error":"odd","emailAddress":"a\\u0001b"}]}')
    (folder / "out").write_bytes(OLD)

    assert main(["convert", "in", "--to", "xml", "-o", "out"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("bevparse: in: error: BEV150 expected ")
    assert "U+0001" in shown
    assert shown.endswith(" (/response/0/emailAddress)\n")
    assert ((folder / "out").read_bytes(), names(folder)) == (OLD, ["in", "in.json", "out"])


@pytest.mark.parametrize("name", ["absent.json", "damaged.json.gz", "esc\x1b2J\u202e\n.json"])
def test_input_that_cannot_be_read_ends_with_3(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (folder / "damaged.json.gz").write_bytes(b"\x1f\x8b")

    assert main(["convert", name, "--to", "xml"]) == 3
    shown = capsys.readouterr()
    assert (shown.out, shown.err[:10]) == ("", "bevparse: ")
    assert shown.err.endswith(f" ({ascii(name)[1:-1]})\n")
    assert shown.err[:-1].isprintable()


@pytest.mark.parametrize("name", ["no/such/out.xml", "sub", "in.json/out.xml", "", "a" * 300, "nul\0.xml"])
def test_output_that_cannot_be_written_ends_with_3(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (folder / "sub").mkdir()

    assert main(["convert", "in.json", "--to", "xml", "-o", name]) == 3
    assert capsys.readouterr().err.endswith(f"({ascii(name)[1:-1]})\n")
    assert names(folder) == ["in.json", "sub"]


@pytest.mark.parametrize(
    ("options", "more"),
    [(["--to", "yaml"], " (and jsonl, arrow, parquet, xlsx for records)"), (["--to", "xml", "--from", "yaml"], "")],
)
def test_unknown_format_is_a_usage_error(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], more: str
) -> None:
    assert main(["convert", "in.json", "-o", "out", *options]) == 2
    assert capsys.readouterr().err == f"bevparse: expected a format among csv, json, xml, got 'yaml'{more}\n"
    assert names(folder) == ["in.json"]


def test_missing_argument_is_a_usage_error() -> None:
    assert main(["convert", "-o", "out.csv"]) == 2
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main(["convert", "--to"])


@pytest.mark.parametrize("owner_and_name", [(os, "fsync"), (Path, "replace"), (Path, "chmod")])
@pytest.mark.parametrize(
    ("raised", "code"), [(OSError(errno.ENOSPC, "No space left on device"), 3), (KeyboardInterrupt(), 130)]
)
def test_failure_leaves_the_old_output_and_nothing_else(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    owner_and_name: tuple[object, str],
    raised: BaseException,
    code: int,
) -> None:
    def failing(*_: object) -> None:
        raise raised

    (folder / "out").write_bytes(OLD)
    monkeypatch.setattr(*owner_and_name, failing)

    assert main(["convert", "in.json", "--to", "xml", "-o", "out"]) == code
    assert ((folder / "out").read_bytes(), names(folder)) == (OLD, ["in.json", "out"])
    assert ("no space left on device" if code == 3 else "interrupted") in capsys.readouterr().err.lower()


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_permissions_of_an_old_output_are_kept(folder: Path, mode: int) -> None:
    (folder / "out").write_bytes(OLD)
    (folder / "out").chmod(mode)

    assert main(["convert", "in.json", "--to", "xml", "-o", "out"]) == 0
    assert stat.S_IMODE((folder / "out").stat().st_mode) == mode


@posix
@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
def test_new_output_has_the_permissions_of_any_new_file(folder: Path, umask: int) -> None:
    with mask(umask):
        code = main(["convert", "in.json", "--to", "xml", "-o", "out"])
        after = os.umask(umask)

    assert (code, after) == (0, umask)
    assert stat.S_IMODE((folder / "out").stat().st_mode) == 0o666 & ~umask


@posix
@pytest.mark.parametrize("old", [OLD, None], ids=["to-a-file", "to-nothing"])
def test_output_that_is_a_link_stays_a_link(folder: Path, old: bytes | None) -> None:
    (folder / "sub").mkdir()
    if old is not None:
        (folder / "sub" / "target").write_bytes(old)
    (folder / "out").symlink_to(Path("sub") / "target")

    assert main(["convert", "in.json", "--to", "xml", "-o", "out"]) == 0
    assert (folder / "out").is_symlink()
    assert (folder / "sub" / "target").read_bytes() == AS_XML


@posix
def test_output_that_is_a_pipe_is_written_and_not_replaced(folder: Path) -> None:
    os.mkfifo(folder / "out")
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append((folder / "out").read_bytes()), daemon=True)
    reader.start()

    assert main(["convert", "in.json", "--to", "xml", "-o", "out"]) == 0
    reader.join(10)
    assert came == [AS_XML]
    assert stat.S_ISFIFO((folder / "out").stat().st_mode)


@pytest.mark.parametrize(
    ("place", "written"),
    [
        ("browser-session.har#/log/entries/6", '{"response":[{"error":"Invalid format","emailAddress":"foo.bar"}]}'),
        ("polling.yaml#/interactions/0", '{"response":{"id":'),
        ("capture.warc.gz#/records/3", '{"response":{"id":'),
    ],
)
def test_body_at_a_location_in_a_file_is_converted(
    capfdbinary: pytest.CaptureFixture[bytes], place: str, written: str
) -> None:
    assert main(["convert", str(FIXTURES / "recordings" / place), "--to", "json"]) == 0
    assert capfdbinary.readouterr().out.decode().startswith(written)


def test_line_of_json_lines_is_one_record(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "a.jsonl").write_text('{"emailAddress":"a","error":"x"}\n{"emailAddress":"b","error":"y"}\n')

    assert main(["convert", f"{tmp_path}/a.jsonl#/1", "--to", "csv"]) == 0
    assert capfdbinary.readouterr().out == b'"Email Address",Error\nb,y\n'


@pytest.mark.parametrize(
    ("position", "hint"),
    [
        (":1:300", "; leave out :1:300, the position in the body"),
        (":1", "; leave out :1, the position in the body"),
        ("/x", ""),
    ],
)
def test_location_with_a_line_and_column_is_refused_with_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], position: str, hint: str
) -> None:
    place = f"{tmp_path}/a.jsonl#/1{position}"
    (tmp_path / "a.jsonl").write_bytes(b'{"response":{"id":5}}\n' * 2)

    assert main(["convert", place, "--to", "json"]) == 3
    assert capsys.readouterr().err == f"bevparse: no body at this location{hint} ({place})\n"
