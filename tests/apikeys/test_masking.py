"""No text that leaves bevparse shows a part of an API key: messages, pointers, exceptions, reports, rejects, caches."""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import sqlite3
import traceback
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import bevparse
from bevparse import ApiError, BevparseError, DecodeError, ErrorResponse, SourceError, UnknownFormatError
from bevparse.apikeys import masked
from bevparse.cli import main
from bevparse.problems import Problem, escape, join_pointer, rules, shortened

from .test_apikeys import KEY, OUTPUTS, OVER, SECRET, SPELLINGS, escaped

CUT = "x" * 20 + "-" + KEY
"""A value in which a message is cut in the middle of the key."""
NAMED = "n" * 80 + "-" + KEY
"""A name in which a pointer is cut in the middle of the key."""
BODIES = {
    "value.json": f'{{"response":[{{"emailAddress":"a@b.example","formatCheck":"{CUT}"}}]}}',
    "name.json": f'{{"response":{{"id":5,"{NAMED}":1,"{CUT}":[1,1e999]}}}}',
    "percent.json": f'{{"response":{{"id":"xxxx{escaped(KEY, "%{:02x}")}"}}}}',
    "base64.json": f'{{"response":{{"id":"xxxx {base64.b64encode(KEY.encode()).decode()}"}}}}',
    "reply.json": f'{{"response":{{"error":"Invalid key {CUT}"}}}}',
    "code.json": f'{{"response":{{"error":"no","code":"{CUT}"}}}}',
    "twice.json": f'{{"response":{{"id":5,"{CUT}":1,"{CUT}":2}}}}',
    "value.xml": f"<xml><response><item><emailAddress>a@b.example</emailAddress><formatCheck>{CUT}</formatCheck></item>"
    "</response></xml>",
    "page.xml": f"<html><head><title>Bad Gateway {CUT}</title></head></html>",
    "label.csv": f'"Email Address","{CUT}"\na@b.example,1,2\n',
    "value.csv": f'"Email Address","Format Check"\na@b.example,{CUT}\n',
    "lines.jsonl": f'{{"request": {{"apiKey": "{CUT}"}}}}\n{{"emailAddress":"a@b.example","formatCheck":"{CUT}"}}\n',
    f"status?apiKey={KEY}.json": '{"response":[{"id":"x"}]}',
}


def shows_key(text: str) -> bool:
    parts = (SECRET[:6], escaped(SECRET[:6], "%{:02x}"), base64.b64encode(KEY.encode())[4:12].decode())
    return any(part in text for part in parts)


@pytest.fixture
def folder(folder: Path) -> Path:
    """Work in a folder with one body each."""
    for name, body in BODIES.items():
        Path(name).write_text(body)
    return folder


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("before", [0, 10, 20, 30])
def test_value_is_masked_before_it_is_shortened(spelling: str, before: int) -> None:
    text = " " * before + SPELLINGS[spelling](KEY).decode("latin-1")

    assert shortened(text) in (masked(text), masked(text)[:37] + "...")
    assert masked(text) != text


def test_problem_shows_no_key() -> None:
    problem = Problem.of(rules.BAD_CHECK, f"got {KEY}", join_pointer("/response", KEY))

    assert problem == Problem(rules.BAD_CHECK.code, f"got {OVER}", f"/response/{OVER}")


def test_name_is_masked_before_it_is_shortened() -> None:
    assert join_pointer("", NAMED) == f"/{'n' * 80}-at_REDACTED........"
    assert shortened(CUT) == f"{'x' * 20}-at_REDACTED....."[:37] + "..."
    assert escape(f"{KEY}\n") == f"{OVER}\\n"


EXCEPTIONS: dict[str, Callable[[], object]] = {
    **{name: lambda body=body: bevparse.parse(body) for name, body in BODIES.items()},
    "reply": lambda: bevparse.parse(BODIES["reply.json"], bevparse.StatusResponse),
    "format": lambda: bevparse.parse("{}", format=CUT),
    "file": lambda: bevparse.parse_file(f"{KEY}.json"),
    "long reply": lambda: ApiError(ErrorResponse(errors=("x" * 280 + "-" + KEY,))),
    "source": lambda: SourceError(f"https://a.example/?apiKey={KEY}", f"no answer from ?apiKey={KEY}"),
    "decode": lambda: DecodeError(Problem.of(rules.JSON_SYNTAX, KEY, KEY)),
}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_no_exception_shows_a_key(name: str) -> None:
    try:
        error = EXCEPTIONS[name]()
    except BevparseError as raised:
        error = raised
    if not isinstance(error, BevparseError):
        return

    shown = [str(error), repr(error), *traceback.format_exception(error)]
    shown += map(str, getattr(error, "problems", ()))
    shown += map(repr, getattr(error, "problems", ()))
    assert not shows_key("".join(shown))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_exception_is_shown_with_its_type_and_its_text() -> None:
    assert repr(UnknownFormatError("yml", ("json",))) == (
        "UnknownFormatError(\"expected a format among json, got 'yml'\")"
    )


@pytest.mark.parametrize("format", OUTPUTS)
def test_no_report_shows_a_part_of_a_key_of_any_body(
    folder: Path, format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["validate", "--no-cache", "--no-config", "--strict", "--output-format", format, str(folder), *BODIES])

    out, err = capsys.readouterr()
    assert "BEV203" in out
    assert not shows_key(out + err)


@pytest.mark.parametrize("name", BODIES)
def test_no_command_shows_a_key(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.json").write_text('{"response":{"error":"no"}}')
    for command in (
        ["stats", name],
        ["stats", "--output-format", "json", name],
        ["diff", name, "other.json"],
        ["diff", name, "other.json", "--output-format", "json"],
        ["convert", name, "--to", "csv", "-o", "out", "--rejects", "rejects.jsonl"],
        ["convert", name, "--to", "jsonl", "-o", "lines"],
        ["redact", name, "-o", "redacted"],
    ):
        main([*command, *(() if command[0] in ("diff", "redact") else ("--no-config",))])

        out, err = capsys.readouterr()
        assert not shows_key(out + err)
    rejects = folder / "rejects.jsonl"
    assert not (rejects.exists() and shows_key(rejects.read_text()))


@pytest.mark.parametrize(
    "command",
    [
        ["validate", "--select", CUT, "value.json"],
        ["validate", "--output-format", CUT, "value.json"],
        ["validate", f"{KEY}.json"],
        ["convert", f"{KEY}.json", "--to", CUT],
        ["convert", f"{KEY}.zip", "--to", "json"],
        ["diff", f"{KEY}.zip", "value.json"],
        ["stats", f"{KEY}.json"],
        ["redact", f"{KEY}.har", "-o", "out"],
        ["rule", KEY],
        ["schema", KEY],
        [KEY],
    ],
)
def test_no_usage_error_shows_a_key(folder: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        main(command)

    out, err = capsys.readouterr()
    assert out + err
    assert not shows_key(out + err)


def test_keys_in_rejects_are_masked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["convert", "value.json", "--to", "jsonl", "-o", "out", "--rejects", "rejects.jsonl", "--no-config"])

    (line,) = (folder / "rejects.jsonl").read_text().splitlines()
    assert json.loads(line)["record"]["formatCheck"] == CUT.replace(KEY, OVER)


@pytest.mark.parametrize("changed", [("response", "error"), ("id",)])
def test_diff_shows_values_of_both_sides_without_keys(
    folder: Path, changed: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    document = '{"response":{"error":"%s"}}' if len(changed) == 2 else '{"response":{"id":5,"note":"%s"}}'
    Path("a.json").write_text(document % (" " * 40 + KEY))
    Path("b.json").write_text(document % KEY[::-1])

    assert main(["diff", "a.json", "b.json"]) == 1
    assert main(["diff", "a.json", "b.json", "--output-format", "json"]) == 1
    assert not shows_key(capsys.readouterr().out)


def test_neither_baseline_nor_cache_holds_a_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", ".", "--no-config", "--cache-dir", "cache", "--baseline", "known.json", "--update-baseline"])

    assert not shows_key(Path("known.json").read_text())
    (database,) = Path("cache").rglob("*.sqlite*")
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT data FROM results").fetchall()
    named = f"status?apiKey={KEY}.json".encode()  # the name of a file is needed to find it again
    assert len(rows) > 5
    results = [zlib.decompress(data) if data[:1] == b"\x78" else data for (data,) in rows]
    assert not any(shows_key(result.replace(named, b"").decode("latin-1")) for result in results)
