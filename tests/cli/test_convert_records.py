"""`bevparse convert` record by record: many inputs, one output, rejects, and counts that add up."""

from __future__ import annotations

import errno
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path
from random import Random
from typing import cast

import jsonschema
import pytest
from pydantic import BaseModel

import bevparse
from bevparse import BulkRequest, CompletedResponse, EmailRecord, FailedEmail, FailedResponse
from bevparse.cli import main
from bevparse.files.compression import ZSTD

from ..systems import links
from .streams import InterruptedInput

OLD = b"what stood here before"
OLD_REJECTS = b'{"source": "in/0.json", "pointer": "", "codes": ["BEV101"], "problems": [], "record": null}\n'
RECORDS = tuple(FailedEmail(email_address=name, error="e") for name in "abcdef")
FORMATS = ("json", "xml", "csv")
BAD = '{"emailAddress":"bad","dnsCheck":"odd"}'


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with a body in each format, of two records each."""
    (folder / "in").mkdir()
    for index, format in enumerate(FORMATS):
        failures = RECORDS[2 * index : 2 * index + 2]
        (folder / "in" / f"{index}.{format}").write_bytes(dumped(failures, format))
    (folder / "bad.json").write_text(f'{{"response":[{BAD},\n{{"emailAddress":"g","dnsCheck":"true"}}]}}')
    return folder


def dumped(failures: tuple[FailedEmail, ...], format: str) -> bytes:
    return bevparse.dump(FailedResponse(failures=failures), format=format)


def rejects(path: str = "r.jsonl") -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("paths", [["in"], ["in/0.json", "in/1.xml", "in/2.csv"], ["in/*"], ["in.zip"]])
def test_bodies_of_all_formats_become_one(capsys: pytest.CaptureFixture[str], target: str, paths: list[str]) -> None:
    with zipfile.ZipFile("in.zip", "w") as archive:
        for path in sorted(Path("in").iterdir()):
            archive.write(path)

    assert main(["convert", *paths, "--to", target, "-o", "out"]) == 0
    assert capsys.readouterr() == ("6 read = 6 written + 0 rejected; failed records\n", "")
    assert Path("out").read_bytes() == dumped(RECORDS, target)


@pytest.mark.parametrize(("source", "target"), [*product((*FORMATS, "jsonl"), repeat=2)])
def test_json_lines_come_from_each_format_and_go_to_each(source: str, target: str) -> None:
    assert main(["convert", "in", "--to", source, "-o", f"a.{source}"]) == 0
    assert main(["convert", f"a.{source}", "--to", target, "-o", f"b.{target}"]) == 0
    assert main(["convert", f"b.{target}", "--to", "json", "-o", "c.json"]) == 0
    assert Path("c.json").read_bytes() == dumped(RECORDS, "json")


@pytest.mark.parametrize("kind", ["json", "jsonl", "jsonl.gz", "zip"])
@pytest.mark.parametrize("options", [[], ["--rejects", "r.jsonl"]])
def test_standard_input_may_be_a_body_or_lines_or_an_archive(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], kind: str, options: list[str]
) -> None:
    main(["convert", "in", "--to", kind[:5].removesuffix("."), "-o", "out"]) if kind != "zip" else None
    with zipfile.ZipFile("out.zip", "w") as archive:
        archive.writestr("a.json", dumped(RECORDS, "json"))
    data = Path("out.zip" if kind == "zip" else "out").read_bytes()
    capfdbinary.readouterr()
    feed(monkeypatch, gzip.compress(data) if kind.endswith("gz") else data)

    assert main(["convert", "-", "--to", "csv", *options]) == 0
    shown = capfdbinary.readouterr()
    assert shown.out == dumped(RECORDS, "csv")
    assert shown.err == (
        b"" if kind == "json" and not options else b"6 read = 6 written + 0 rejected; failed records\n"
    )


def test_recording_is_detected_by_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://emailverification.whoisxmlapi.com/api/bevService/request/failed"
    answer = {"status": 200, "content": {"mimeType": "text/csv", "text": dumped(RECORDS, "csv").decode()}}
    data = json.dumps({"log": {"entries": [{"request": {"method": "GET", "url": url}, "response": answer}]}})
    Path("session.json").write_text(data)
    feed(monkeypatch, data.encode())

    for path in ("session.json", "-"):
        assert main(["convert", path, "--to", "xml", "-o", "out"]) == 0
        assert Path("out").read_bytes() == dumped(RECORDS, "xml")


SHAPES: dict[str, tuple[str, object]] = {
    "a.json": (f'{{"response":[\n{BAD}]}}', (2, 23)),
    "c.xml": (
        (
            "<xml>\n <response>\n  <item>\n   <emailAddress>bad</emailAddress>\n   <dnsCheck>odd</dnsCheck>\n"
            "  </item>\n </response>\n</xml>"
        ),
        (5, 4),
    ),
    "d.csv": ("Email Address,DNS Check\nbad,odd\n", (2, 5)),
    "e.jsonl": (f"\n{BAD}\n", (2, 23)),
}


@pytest.mark.parametrize("name", ["a.json", "c.xml", "d.csv", "e.jsonl"])
def test_reject_contains_its_location_and_values(name: str) -> None:
    Path(name).write_text(SHAPES[name][0])

    assert main(["convert", name, "--to", "csv", "-o", "out", "--rejects", "r.jsonl", "--endpoint", "completed"]) == 1
    (reject,) = rejects()
    assert list(reject) == ["source", "pointer", "codes", "problems", "record"]
    (problem,) = cast("list[dict[str, object]]", reject["problems"])
    assert reject["source"] == (f"{name}#/1" if name == "e.jsonl" else name)
    assert (reject["pointer"], reject["codes"]) == ("/response/0", ["BEV203"])
    assert (problem["code"], problem["pointer"]) == ("BEV203", "/response/0/dnsCheck")
    assert (problem["line"], problem["column"]) == SHAPES[name][1]
    labels = ("Email Address", "DNS Check") if name == "d.csv" else ("emailAddress", "dnsCheck")
    assert reject["record"] == dict(zip(labels, ("bad", "odd"), strict=True))


@links
def test_every_reject_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in/3.json").write_bytes(dumped(RECORDS, "json")[:-20])
    Path("in/4.json").write_text('{"response":{"error":"Access denied"}}')
    Path("in/5.csv").write_text("Email Address,Error\ng,e,f\nh,e\n")
    Path("in/6.json").write_text('{"response":[{"id":1,"ready":1}]}')
    Path("in/7.json").write_bytes(b'{"x":1,' + dumped(RECORDS[:1], "json")[1:])
    Path("in/8.json").symlink_to("nowhere")

    assert main(["convert", "in", "--to", "json", "-o", "out", "--rejects", "r.jsonl"]) == 3
    assert capsys.readouterr() == ("19 read = 13 written + 6 rejected; failed records\n", "")
    assert [(one["source"], one["codes"]) for one in rejects()] == [
        ("in/3.json", ["BEV110"]),
        ("in/4.json", ["BEV212"]),
        ("in/5.csv", ["BEV210"]),
        ("in/6.json", ["BEV212"]),
        ("in/7.json", ["BEV307"]),
        ("in/8.json", ["BEV001"]),
    ]
    assert rejects()[0]["record"] == '{"error":"e","'
    assert rejects()[2]["record"] == ["g", "e", "f"]
    assert len(bevparse.parse_file("out", FailedResponse).failures) == 13


@pytest.mark.parametrize("output", [None, "-", "out"])
def test_nothing_is_written_if_rejects_have_no_file(
    capfdbinary: pytest.CaptureFixture[bytes], output: str | None
) -> None:
    Path("out").write_bytes(OLD)

    assert main(["convert", "bad.json", "bad.json", "--to", "jsonl", *(["-o", output] if output else [])]) == 1
    shown = capfdbinary.readouterr()
    assert shown.out == b""
    first, second, last = shown.err.decode().splitlines()
    assert first == second
    assert first.startswith("bevparse: bad.json:1:36: error: BEV203 ")
    hint = "--rejects FILE writes such records there and converts the others"
    assert last == f"bevparse: 2 problems; nothing was written; {hint}"
    assert (Path("out").read_bytes(), names()) == (OLD, ["bad.json", "in", "out"])


def test_warning_outside_the_records_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.json").write_bytes(b'{"x":1,' + dumped(RECORDS, "json")[1:])

    assert main(["convert", "a.json", "--to", "jsonl", "-o", "out"]) == 1
    assert capsys.readouterr().err.startswith("bevparse: a.json:1:2: warning: BEV307 ")


@pytest.mark.parametrize("count", [19, 20, 300])
def test_no_more_than_twenty_locations_are_reported(capsys: pytest.CaptureFixture[str], count: int) -> None:
    Path("a.jsonl").write_text(f"{BAD}\n" * count)

    assert main(["convert", "a.jsonl", "--to", "csv", "-o", "out", "--endpoint", "completed"]) == 1
    reports = capsys.readouterr().err.splitlines()
    assert len(reports) == min(count, 20) + 1
    stopped = "stopped after 20 problems, bevparse validate counts all" if count >= 20 else "19 problems"
    assert reports[-1].startswith(f"bevparse: {stopped}; nothing was written; ")
    assert all(
        re.match(rf"bevparse: a.jsonl#/{index}:{index + 1}:23: error: BEV203 ", reports[index]) for index in range(19)
    )


def test_input_that_cannot_be_read_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in", "absent.json", "--to", "csv", "-o", "out"]) == 3
    assert capsys.readouterr().err.startswith("bevparse: absent.json: error: BEV001 ")
    assert main(["convert", "absent.json", "--to", "jsonl", "-o", "out"]) == 3
    assert names() == ["bad.json", "in"]
    assert main(["convert", "in", "absent.json", "--to", "csv", "-o", "out", "--rejects", "r.jsonl"]) == 3
    assert Path("out").read_bytes() == dumped(RECORDS, "csv")


def test_nothing_is_written_if_no_file_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()

    assert main(["convert", "empty", "--to", "csv", "-o", "empty/out.csv"]) == 4
    assert capsys.readouterr().err == "bevparse: no body found; nothing was written\n"
    assert not any(Path("empty").iterdir())


@pytest.mark.parametrize(
    ("name", "data"),
    [("in.zip", b"PK\5\6" + bytes(18)), ("in.har", b'{"log":{"entries":[]}}'), ("list.har", b'{"log":{"entries":[]}}')],
)
def test_nothing_is_written_if_no_body_is_found(capsys: pytest.CaptureFixture[str], name: str, data: bytes) -> None:
    Path(name).write_bytes(data)

    assert main(["convert", name, "--to", "csv", "-o", "out.csv"]) == 4
    assert capsys.readouterr().err == "bevparse: no body found; nothing was written\n"
    assert not Path("out.csv").exists()


STATUS = b'{"response":[{"id":5,"ready":1,"total":1,"invalid":0,"processed":1,"failed":0,"date_start":"1528370000"}]}'
MIXED = {
    "0.json": dumped(RECORDS[:1], "json"),
    "1.json": b'{"response":{"id":5,"more":1}}',
    "2.json": STATUS,
    "3.xml": dumped(RECORDS[1:2], "xml"),
    "4.json": b'{"error":"Access denied"}',
    "5.jsonl": STATUS + b"\n" + dumped(RECORDS[2:3], "json").strip() + b"\n",
    "6.csv": b"Email Address,Format Check\na,true\n",
}


@pytest.fixture
def mixed() -> None:
    """Have a folder with the answers of several endpoints."""
    Path("mixed").mkdir()
    for name, data in MIXED.items():
        (Path("mixed") / name).write_bytes(data)


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize("endpoint", [[], ["--endpoint", "failed"]])
def test_bodies_of_other_endpoints_can_be_skipped(capsys: pytest.CaptureFixture[str], endpoint: list[str]) -> None:
    options = ["mixed", "--to", "csv", "-o", "out", "--skip-others", "--rejects", "r.jsonl", *endpoint]

    assert main(["convert", *options]) == 1
    summary = "4 read = 3 written + 1 rejected; failed records; 4 bodies of other endpoints skipped\n"
    assert capsys.readouterr() == (summary, "")
    assert [(one["source"], one["codes"]) for one in rejects()] == [("mixed/4.json", ["BEV212"])]
    assert Path("out").read_bytes() == dumped(RECORDS[:3], "csv")
    assert main(["convert", *options, "--exclude", "4.json"]) == 0


FAILED = b'{"error":"b","emailAddress":"a"}'
COMPLETED = b'{"emailAddress":"c","dnsCheck":"true"}'
REQUEST = b'{"id":5,"ready":1}'


@pytest.mark.parametrize("endpoint", ["completed", "failed"])
@pytest.mark.parametrize("lines", [*permutations([FAILED, COMPLETED, REQUEST]), (COMPLETED, FAILED, COMPLETED)])
def test_content_of_a_line_does_not_depend_on_other_lines(
    capsys: pytest.CaptureFixture[str], lines: tuple[bytes, ...], endpoint: str
) -> None:
    Path("m.jsonl").write_bytes(b"\n".join(lines))
    wanted = [line for line in lines if line is {"completed": COMPLETED, "failed": FAILED}[endpoint]]

    assert main(["convert", "m.jsonl", "--to", "csv", "-o", "out", "--skip-others", "--endpoint", endpoint]) == 0
    assert capsys.readouterr().out.startswith(f"{len(wanted)} read = {len(wanted)} written + 0 rejected; ")
    assert len(Path("out").read_bytes().splitlines()) == len(wanted) + 1


@pytest.mark.parametrize(
    "lines", [(FAILED, COMPLETED, REQUEST), (COMPLETED, FAILED, REQUEST), (FAILED, FAILED, REQUEST)]
)
def test_first_line_determines_the_output(lines: tuple[bytes, ...]) -> None:
    Path("m.jsonl").write_bytes(b"\n".join(lines))

    assert main(["convert", "m.jsonl", "--to", "jsonl", "-o", "out.jsonl", "--skip-others"]) == 0
    assert Path("out.jsonl").read_bytes().splitlines()[0].startswith(lines[0][:20])
    assert len(Path("out.jsonl").read_bytes().splitlines()) == lines.count(lines[0])


@pytest.mark.parametrize(
    "bad", [b'{"error":["b"],"emailAddress":"a"}', b'{"error":"b","emailAddress":["x"]}', b"7", b"{"]
)
def test_rejected_first_line_does_not_determine_the_endpoint(bad: bytes) -> None:
    lines = [bad, *[COMPLETED] * 1500]
    Path("m.jsonl").write_bytes(b"\n".join(lines))

    assert main(["convert", "m.jsonl", "--to", "jsonl", "-o", "out.jsonl", "--rejects", "r.jsonl"]) == 1
    assert len(Path("out.jsonl").read_bytes().splitlines()) == 1500
    assert [one["source"] for one in rejects()] == ["m.jsonl#/0"]


def test_rejects_are_in_the_order_of_their_lines() -> None:
    bad = COMPLETED.replace(b'"true"', b'"maybe"')
    Path("m.jsonl").write_bytes(b"\n".join([COMPLETED, b"7", bad, COMPLETED, b"{", bad, b"[]", b"8", bad]))

    assert main(["convert", "m.jsonl", "--to", "jsonl", "-o", "out.jsonl", "--rejects", "r.jsonl"]) == 1
    assert [one["source"] for one in rejects()] == [f"m.jsonl#/{number}" for number in (1, 2, 4, 5, 6, 7, 8)]


LONG = [b'{"emailAddress":"a%d","dnsCheck":"true"}' % number for number in range(8000)]


@pytest.mark.unmeasured
@pytest.mark.parametrize("endpoint", [[], ["--endpoint", "failed"]])
@pytest.mark.parametrize("end", [b"", b"]}xx", b'],"errors":{"error":"quota"}}'])
def test_invalid_body_is_rejected_although_others_are_skipped(endpoint: list[str], end: bytes) -> None:
    Path("in/9.json").write_bytes(b'{"response":[' + b",".join(LONG) + end)
    options = ["in", "--to", "csv", "-o", "out", "--skip-others", "--rejects", "r.jsonl"]

    assert main(["convert", *options, *endpoint]) == 1
    assert [one["source"] for one in rejects()] == ["in/9.json"]


def test_body_of_another_endpoint_with_a_bad_record_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in", "bad.json", "--to", "csv", "-o", "out", "--skip-others", "--rejects", "r.jsonl"]) == 0
    assert "; 1 body of other endpoints skipped" in capsys.readouterr().out
    assert rejects() == []


@pytest.mark.parametrize("endpoint", ["completed", "create", "status"])
def test_body_of_another_endpoint_than_its_path_is_a_reject(capsys: pytest.CaptureFixture[str], endpoint: str) -> None:
    Path("bevparse.toml").write_text(f'endpoint = {{"1.*" = "{endpoint}"}}')

    assert main(["convert", "in", "--to", "csv", "-o", "out", "--skip-others", "--rejects", "r.jsonl"]) == 1
    assert capsys.readouterr().out == "5 read = 4 written + 1 rejected; failed records\n"
    assert [(one["source"], one["codes"]) for one in rejects()] == [("in/1.xml", ["BEV212", "BEV212"])]


def test_body_of_the_endpoint_of_its_path_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bevparse.toml").write_text('endpoint = {"1.*" = "create", "bad.*" = "completed"}')
    Path("in/1.xml").write_text("<xml><response><id>5</id></response></xml>")
    Path("in/bad.json").write_bytes(Path("bad.json").read_bytes())

    assert main(["convert", "in", "--to", "csv", "-o", "out", "--skip-others", "--rejects", "r.jsonl"]) == 1
    assert "; 1 body of other endpoints skipped" in capsys.readouterr().out
    assert [(one["source"], one["codes"]) for one in rejects()] == [("in/bad.json", ["BEV212", "BEV203"])]


def test_twenty_errors_of_a_body_with_many_are_reported() -> None:
    Path("bevparse.toml").write_text('endpoint = {"9.*" = "completed"}')
    Path("in/9.json").write_text(f'{{"response":[{",".join([BAD] * 50)}]}}')

    assert main(["convert", "in", "--to", "csv", "-o", "out", "--skip-others", "--rejects", "r.jsonl"]) == 1
    assert [one["codes"] for one in rejects()] == [["BEV212", *["BEV203"] * 20]]


@pytest.mark.parametrize(("endpoint", "others"), [("completed", 1), ("status", 0)])
def test_lines_of_the_endpoint_of_their_path_are_skipped(
    capsys: pytest.CaptureFixture[str], endpoint: str, others: int
) -> None:
    Path("bevparse.toml").write_text(f'endpoint = {{"m.*" = "{endpoint}"}}')
    Path("m.jsonl").write_bytes(COMPLETED)

    code = main(["convert", "in", "m.jsonl", "--to", "csv", "-o", "out", "--skip-others", "--rejects", "r.jsonl"])
    assert code == 1 - others
    assert ("; 1 body of other endpoints skipped" in capsys.readouterr().out) == others


def test_lines_of_two_files_have_the_endpoint_of_each_path(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bevparse.toml").write_text('endpoint = {"c-*" = "completed", "f-*" = "failed"}')
    for name in ("c-1.jsonl", "f-1.jsonl"):
        Path(name).write_text('{"emailAddress":"a@x.example"}\n')

    assert main(["convert", "c-1.jsonl", "f-1.jsonl", "--to", "jsonl", "-o", "out", "--skip-others"]) == 0
    summary = "1 read = 1 written + 0 rejected; completed records; 1 body of other endpoints skipped\n"
    assert capsys.readouterr().out == summary


def test_file_with_one_broken_line_is_a_reject() -> None:
    Path("m.jsonl").write_bytes(FAILED[:-1])

    assert main(["convert", "m.jsonl", "--to", "csv", "-o", "out", "--rejects", "r.jsonl"]) == 1
    assert [one["codes"] for one in rejects()] == [["BEV110"]]


def test_file_with_only_skipped_lines_has_no_body(capsys: pytest.CaptureFixture[str]) -> None:
    Path("m.jsonl").write_bytes(FAILED)
    Path("out").write_bytes(OLD)

    assert main(["convert", "m.jsonl", "--to", "csv", "-o", "out", "--skip-others", "--endpoint", "status"]) == 4
    assert "no body found; 1 body of other endpoints" in capsys.readouterr().err
    assert Path("out").read_bytes() == OLD


def test_input_named_in_a_list_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    Path("list").write_text("bad\n")
    Path("bad").write_bytes(before := b"something else")

    assert main(["convert", "--files-from", "list", "--to", "csv", "-o", "out", "--rejects", "bad"]) == 2
    assert capsys.readouterr().err == "bevparse: argument --rejects: the file is also the output or an input\n"
    assert Path("bad").read_bytes() == before


@pytest.mark.parametrize("name", ["answer.json", "answer", "answer.json.gz", "damaged.json.gz"])
def test_rejects_do_not_overwrite_a_response_that_is_no_input(capsys: pytest.CaptureFixture[str], name: str) -> None:
    before = b"no gzip data" if name.startswith("damaged") else Path("bad.json").read_bytes()
    before = gzip.compress(before) if name == "answer.json.gz" else before
    Path(name).write_bytes(before)

    assert main(["convert", "in", "--to", "csv", "-o", "out", "--rejects", name]) == 2
    assert capsys.readouterr().err == (f"bevparse: refusing to overwrite {name}: it looks like a saved response\n")
    assert Path(name).read_bytes() == before


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz", "r"])
def test_rejects_may_overwrite_rejects(name: str) -> None:
    options = ["in", "bad.json", "--to", "csv", "-o", "out", "--rejects", name]

    assert [main(["convert", *options]) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize("place", ["x.zip!/a.json", "x.zip!/b.jsonl", "x.zip!/b.jsonl#/0"])
def test_output_must_not_be_the_file_of_a_location(capsys: pytest.CaptureFixture[str], place: str) -> None:
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr("a.json", Path("in/0.json").read_bytes())
        archive.writestr("b.jsonl", b"\n".join([FAILED, FAILED]))
    before = Path("x.zip").read_bytes()

    assert main(["convert", place, "--to", "jsonl", "-o", "./x.zip"]) == 2
    assert "refusing to overwrite " in capsys.readouterr().err
    assert Path("x.zip").read_bytes() == before
    assert main(["convert", place, "--to", "jsonl", "-o", "out"]) == 0
    assert len(Path("out").read_bytes().splitlines()) == (1 if place.endswith("0") else 2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_nothing_is_written_if_rejects_cannot_be_written() -> None:
    Path("out").write_bytes(OLD)

    assert main(["convert", "in", "bad.json", "--to", "csv", "-o", "out", "--rejects", "/dev/full"]) == 3
    assert Path("out").read_bytes() == OLD


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
@pytest.mark.parametrize("paths", [["in"], ["in/0.json"]])
def test_output_is_compressed_as_its_name_says(suffix: str, paths: list[str]) -> None:
    assert main(["convert", *paths, "--to", "csv", "-o", f"out.csv{suffix}"]) == 0
    assert not Path(f"out.csv{suffix}").read_bytes().startswith(b'"Email')
    assert main(["convert", f"out.csv{suffix}", "--to", "csv", "-o", "out.csv"]) == 0
    assert Path("out.csv").read_bytes() == dumped(RECORDS if paths == ["in"] else RECORDS[:2], "csv")


def test_compressor_of_the_output_may_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, ZSTD, None)

    assert main(["convert", "in", "--to", "csv", "-o", "out.csv.zst"]) == 3
    assert "pip install 'bevparse[zstd]'" in capsys.readouterr().err
    assert not Path("out.csv.zst").exists()


@pytest.mark.parametrize("output", ["out.json", "out.XML", "out.csv.gz", "out.jsonl", "out.ndjson.bz2"])
def test_name_of_the_output_determines_the_format(output: str) -> None:
    format = {"ndjson": "jsonl"}.get(name := output.split(".")[1].lower(), name)

    assert main(["convert", "in", "-o", output]) == 0
    assert main(["convert", "in", "--to", format, "-o", f"named{Path(output).suffix}"]) == 0
    assert Path(output).read_bytes() == Path(f"named{Path(output).suffix}").read_bytes()


@pytest.mark.parametrize("output", [[], ["-o", "-"], ["-o", "out"], ["-o", "out.txt"], ["-o", "out.gz"], ["-o", "csv"]])
def test_output_name_without_a_format_is_a_usage_error(capsys: pytest.CaptureFixture[str], output: list[str]) -> None:
    assert main(["convert", "in/0.json", *output]) == 2
    assert capsys.readouterr().err == (
        "bevparse: argument --to: required unless the output has a name such as out.csv\n"
    )
    assert names() == ["bad.json", "in"]


def test_requested_format_takes_precedence_over_the_name() -> None:
    assert main(["convert", "in", "--to", "json", "-o", "out.csv"]) == 0
    assert Path("out.csv").read_bytes() == dumped(RECORDS, "json")


def test_limit_applies_to_bodies_that_are_read_record_by_record() -> None:
    assert main(["convert", "in", "--to", "csv", "-o", "out", "--limit", "records=1"]) == 1
    assert main(["convert", "in", "--to", "csv", "-o", "out", "--limit", "records=2"]) == 0


@pytest.mark.parametrize(
    "command",
    [
        ["convert", "*", "--to", "csv", "-o", "all.csv"],
        ["convert", ".", "--include", "*", "--to", "csv", "-o", "all.csv"],
    ],
)
def test_run_does_not_read_its_own_output(command: list[str]) -> None:
    Path("bad.json").unlink()

    assert main(command) == 0
    assert main(command) == 0
    assert Path("all.csv").read_bytes() == dumped(RECORDS, "csv")


@pytest.mark.usefixtures("mixed")
def test_message_about_other_endpoints_names_the_options_to_skip_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "mixed", "--to", "csv", "-o", "out"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "bevparse: 5 problems; nothing was written; --skip-others skips bodies of other endpoints, "
        "--rejects FILE writes such records there and converts the others"
    )
    assert main(["convert", "mixed/1.json", "--to", "csv", "-o", "out", "--endpoint", "failed", "--skip-others"]) == 4
    assert capsys.readouterr().err == (
        "bevparse: no body found; 1 body of other endpoints skipped; nothing was written\n"
    )


@pytest.mark.usefixtures("mixed")
def test_convert_selects_files_as_validate_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "list").write_text("mixed/0.json\n")
    options = ["--to", "csv", "-o", "out"]

    assert main(["convert", "--files-from", "list", *options]) == 0
    assert main(["convert", "mixed", "--include", "[03].*", *options]) == 0
    assert main(["convert", "mixed/0.json", "--limit", "body=10", *options]) == 1
    (folder / "bevparse.toml").write_text('exclude = ["[12456].*"]\nlimits = {body = 5}\nendpoint = {"0.*" = "failed"}')
    assert main(["convert", "mixed", *options, "--limit", "body=1000"]) == 0
    assert capsys.readouterr().out == (
        "1 read = 1 written + 0 rejected; failed records\n" + "2 read = 2 written + 0 rejected; failed records\n" * 2
    )
    (folder / "bevparse.toml").write_text('endpoint = {"0.*" = "completed"}')
    assert main(["convert", "mixed/0.json", *options]) == 1
    (folder / "bevparse.toml").write_text("endpoint = 5")
    assert main(["convert", "mixed/0.json", *options]) == 2


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.jsonl", b""), ("a.jsonl", b"\n\n"), ("a.json", b'{"response":[]}'), ("a.csv", b"Email Address\n")],
)
@pytest.mark.parametrize("target", [*FORMATS, "jsonl"])
def test_inputs_without_records_become_a_body_without_records(name: str, data: bytes, target: str) -> None:
    Path(name).write_bytes(data)

    empty = bevparse.dump(FailedResponse(failures=()), format=target) if target != "jsonl" else b""

    assert main(["convert", name, "--to", target, "-o", "out", "--endpoint", "failed"]) == 0
    assert Path("out").read_bytes() == empty
    assert main(["convert", name, name, "--to", target, "-o", "out", "--endpoint", "failed"]) == 0
    assert Path("out").read_bytes() == empty


def test_output_and_the_rejects_may_be_in_the_folder_that_is_read() -> None:
    command = ["convert", "in", "--to", "json", "-o", "in/9.json", "--rejects", "in/r.jsonl"]

    for _ in range(2):
        assert main(command) == 0
        assert Path("in/9.json").read_bytes() == dumped(RECORDS, "json")


def test_output_may_be_one_of_the_inputs() -> None:
    assert main(["convert", "in/0.json", "in/1.xml", "--to", "json", "-o", "in/0.json"]) == 0
    assert Path("in/0.json").read_bytes() == dumped(RECORDS[:4], "json")


@pytest.mark.parametrize(
    ("output", "to"),
    [("out", "out"), ("out", "./out"), ("out", "bad.json"), ("-", "-"), (None, "-"), ("x", "in/0.json")],
)
def test_rejects_must_not_be_the_output_or_an_input(
    capsys: pytest.CaptureFixture[str], output: str | None, to: str
) -> None:
    options = ["-o", output] if output else []

    assert main(["convert", "bad.json", "in/0.json", "--to", "csv", *options, "--rejects", to]) == 2
    assert capsys.readouterr() == ("", "bevparse: argument --rejects: the file is also the output or an input\n")
    assert names() == ["bad.json", "in"]


def test_rejects_may_go_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["convert", "bad.json", "--to", "csv", "-o", "out", "--rejects", "-"]) == 1
    shown = capfdbinary.readouterr()
    assert json.loads(shown.out)["record"] == {"emailAddress": "bad", "dnsCheck": "odd"}
    assert shown.err == b"2 read = 1 written + 1 rejected; completed records\n"


@pytest.mark.unmeasured
@pytest.mark.parametrize("compress", [gzip.compress, bytes])
def test_large_body_is_read_record_by_record(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], compress: Callable[[bytes], bytes]
) -> None:
    name = "a.json.gz" if compress is gzip.compress else "a.json"
    Path(name).write_bytes(compress(dumped(RECORDS, "json")))

    assert main(["convert", name, "--to", "csv", "-o", "out"]) == 0
    assert capsys.readouterr().out == ""
    error = Random(5).randbytes(2**13).hex() + "e" * 2**19
    records = tuple(FailedEmail(email_address=str(number), error=error) for number in range(17))
    Path(name).write_bytes(compress(dumped(records, "json")))
    assert main(["convert", name, "--to", "csv", "-o", "out"]) == 0
    assert capsys.readouterr().out == "17 read = 17 written + 0 rejected; failed records\n"
    assert Path("out").read_bytes() == dumped(records, "csv")
    feed(monkeypatch, Path(name).read_bytes())
    assert main(["convert", "-", "--to", "csv", "-o", "out"]) == 0
    assert capsys.readouterr().out == "17 read = 17 written + 0 rejected; failed records\n"


def test_body_whose_first_byte_cannot_be_decompressed_is_unreadable(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.json.gz").write_bytes(b"\x1f\x8b")

    assert main(["convert", "a.json.gz", "--to", "csv"]) == 3
    assert "a.json.gz" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["os.fsync", "shutil.copyfileobj"])
@pytest.mark.parametrize(
    ("raised", "code"), [(OSError(errno.ENOSPC, "No space left on device"), 3), (KeyboardInterrupt(), 130)]
)
def test_failure_leaves_the_old_output_and_the_old_rejects(
    monkeypatch: pytest.MonkeyPatch, place: str, raised: BaseException, code: int
) -> None:
    def failing(*_: object) -> None:
        raise raised

    Path("out").write_bytes(OLD)
    Path("r.jsonl").write_bytes(OLD_REJECTS)
    monkeypatch.setattr(place, failing)

    assert main(["convert", "in", "--to", "csv", "-o", "out", "--rejects", "r.jsonl"]) == code
    assert (Path("out").read_bytes(), Path("r.jsonl").read_bytes()) == (OLD, OLD_REJECTS)
    assert names() == ["bad.json", "in", "out", "r.jsonl"]


def test_interrupted_input_leaves_the_old_output_and_the_old_rejects(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out").write_bytes(OLD)
    Path("r.jsonl").write_bytes(OLD_REJECTS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(InterruptedInput())))

    assert main(["convert", "in", "-", "--to", "csv", "-o", "out", "--rejects", "r.jsonl"]) == 130
    assert (Path("out").read_bytes(), Path("r.jsonl").read_bytes()) == (OLD, OLD_REJECTS)
    assert names() == ["bad.json", "in", "out", "r.jsonl"]


def test_full_disk_for_temporary_files_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    Path("out").write_bytes(OLD)
    Path("large.json").write_bytes(dumped((FailedEmail(email_address="x" * 2**20),) * 17, "json"))
    monkeypatch.setattr("tempfile.TemporaryFile", full)

    assert main(["convert", "large.json", "--to", "csv", "-o", "out"]) == 3
    assert "cannot write temporary file: No space left on device" in capsys.readouterr().err
    assert Path("out").read_bytes() == OLD


def test_records_that_the_format_cannot_carry_are_rejects_like_others() -> None:
    records = tuple(EmailRecord(email_address=name) for name in ("a", "\x01", "c"))
    Path("a.json").write_bytes(bevparse.dump(CompletedResponse(records=records)))

    assert main(["convert", "a.json", "--to", "xml", "-o", "out", "--rejects", "r.jsonl"]) == 1
    (reject,) = rejects()
    assert (reject["pointer"], reject["codes"]) == ("/response/1", ["BEV150"])
    assert cast("dict[str, object]", reject["record"])["emailAddress"] == "\x01"
    assert bevparse.parse_file("out", CompletedResponse).records == (records[0], records[2])


def test_excel_safe_quotes_formulas_and_is_allowed_for_csv_only(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.json").write_bytes(dumped((FailedEmail(email_address="=1+1", error="@x"),), "json"))

    assert main(["convert", "a.json", "-o", "out.csv", "--excel-safe"]) == 0
    assert Path("out.csv").read_bytes() == b"\"Email Address\",Error\n'=1+1,'@x\n"
    assert main(["convert", "a.json", "--to", "json", "--excel-safe"]) == 2
    assert capsys.readouterr().err == "bevparse: argument --excel-safe: only allowed for csv\n"


TYPED: dict[str, tuple[type[BaseModel], bytes]] = {
    "completed": (
        EmailRecord,
        b'{"response":[{"emailAddress":"a","smtpCheck":"null","mxRecords":["c"],"x":[1]},{"emailAddress":"\xc3\xa9"}]}',
    ),
    "failed": (FailedEmail, b'{"response":[{"error":"Invalid format","emailAddress":"a"},{"emailAddress":"b"}]}'),
    "status": (BulkRequest, b'{"response":[{"id":1,"date_start":"1528204702","ready":1},{"id":2,"ready":0}]}'),
}


@pytest.mark.parametrize("endpoint", TYPED)
def test_typed_lines_are_as_the_schema_describes(capsys: pytest.CaptureFixture[str], endpoint: str) -> None:
    model, body = TYPED[endpoint]
    Path("a.json").write_bytes(body)

    assert main(["convert", "a.json", "--typed", "-o", "out.jsonl"]) == 0
    lines = Path("out.jsonl").read_bytes().splitlines()
    assert tuple(map(model.model_validate_json, lines)) == tuple(bevparse.iter_records("a.json", model))
    capsys.readouterr()
    assert main(["schema", model.__name__]) == 0
    schema = jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out))
    assert [schema.is_valid(json.loads(line)) for line in lines] == [True, True]


@pytest.mark.parametrize("endpoint", ["completed", "failed"])
def test_typed_lines_without_dates_are_read_again(endpoint: str) -> None:
    model, body = TYPED[endpoint]
    Path("a.json").write_bytes(body)

    assert main(["convert", "a.json", "--typed", "-o", "typed.jsonl"]) == 0
    assert main(["convert", "typed.jsonl", "-o", "out.json"]) == 0
    assert [*bevparse.iter_records("out.json", model)] == [*bevparse.iter_records("a.json", model)]


def test_dates_of_typed_lines_are_reported_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.json").write_bytes(TYPED["status"][1])

    assert main(["convert", "a.json", "--typed", "-o", "typed.jsonl"]) == 0
    assert main(["convert", "typed.jsonl", "-o", "out.csv"]) == 1
    assert "error: BEV206 " in capsys.readouterr().err
    assert main(["rule", "BEV206"]) == 0
    assert "--typed" in capsys.readouterr().out


def test_typed_is_a_usage_error_for_other_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in", "--typed", "-o", "out.json"]) == 2
    assert capsys.readouterr().err == "bevparse: argument --typed: only allowed for jsonl\n"


def test_byte_order_mark_before_a_body_is_skipped() -> None:
    for name in ("a.csv", "b.json"):
        Path(name).write_bytes(b"\xef\xbb\xbf" + dumped(RECORDS[:1], name[2:]))

    assert main(["convert", "a.csv", "b.json", "--to", "csv", "-o", "out"]) == 0
    assert Path("out").read_bytes() == dumped(RECORDS[:1] * 2, "csv")


@pytest.mark.unmeasured
@pytest.mark.slow
@pytest.mark.parametrize("target", ["json", "xml", "csv", "jsonl"])
@pytest.mark.parametrize("ending", ["csv", "json", "xml"])
def test_archive_ratio_exceeded_after_some_records_is_reported(
    capsys: pytest.CaptureFixture[str], target: str, ending: str
) -> None:
    random = Random(1)
    varied = (FailedEmail(email_address=f"{random.randbytes(20).hex()}@mail.example") for _ in range(3000))
    equal = (FailedEmail(email_address="a@mail.example") for _ in range(30_000))
    body = dumped((*varied, *equal), ending)
    Path(f"grown.{ending}.gz").write_bytes(gzip.compress(body, mtime=0))

    code = main(["convert", f"grown.{ending}.gz", "--to", target, "-o", "o", "--limit", "archive_ratio=8"])

    assert code == 1
    assert "BEV007" in capsys.readouterr().err
    assert not Path("o").exists()


@pytest.mark.parametrize("data", [b"", gzip.compress(dumped(RECORDS, "csv"), mtime=0)])
def test_truncated_source_ends_with_3(capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    body = dumped(tuple(FailedEmail(email_address=f"{n}@mail.example", error="e") for n in range(14_000)), "csv")
    Path("cut.csv.gz").write_bytes(gzip.compress(body, mtime=0) + data[:20] + b"\x1f\x8b\x08\x00"[: not data])

    code = main(["convert", "cut.csv.gz", "--to", "jsonl", "-o", "o", "--rejects", "r.jsonl"])

    read, written, rejected = map(int, re.findall(r"(\d+) (?:read|written|rejected)", capsys.readouterr().out))
    assert code == 3
    assert (read, rejected) == (written + 1, 1)
    assert len(Path("o").read_bytes().splitlines()) == written
    assert [reject["codes"] for reject in rejects()] == [["BEV001"]]


def test_shards_have_each_record_once(capsys: pytest.CaptureFixture[str]) -> None:
    convert = ["convert", "in", "--endpoint", "failed"]
    assert main([*convert, "-o", "all.jsonl"]) == 0

    codes = [main([*convert, "--shard", f"{number}/4", "-o", f"{number}.jsonl"]) for number in range(1, 5)]

    parts = [Path(f"{number}.jsonl") for number in range(1, 5)]
    found = [line for part in parts if part.exists() for line in part.read_bytes().splitlines()]
    assert codes == [0, 0, 0, 0]
    assert sorted(found) == sorted(Path("all.jsonl").read_bytes().splitlines())
    assert sum(part.exists() for part in parts) in (2, 3)
    assert "no body found; nothing was written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shard", "1/2"], "--shard: not allowed without --endpoint"),
        (["--shard", "3/2", "--endpoint", "failed"], "--shard: expected K/N"),
    ],
)
def test_impossible_shard_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in", "-o", "o.jsonl", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is one of Linux")
@pytest.mark.parametrize("rest", [["-o", "/dev/full"], ["-o", "o", "--rejects", "/dev/full"]])
@pytest.mark.parametrize("name", ["long.json", "long.xml", "long.har"])
def test_fault_of_the_output_is_not_reported_for_the_input(
    capsys: pytest.CaptureFixture[str], rest: list[str], name: str
) -> None:
    many = dumped(tuple(FailedEmail(email_address=f"{n}@mail.example") for n in range(9000)), "json")
    good, bad = many.decode(), many.decode().replace('"emailAddress"', '"address"')
    body = bad if "--rejects" in rest else good
    if name == "long.har":
        entry = {
            "request": {"method": "POST", "url": "https://x.example/api/bevService/request/failed"},
            "response": {"status": 200, "content": {"mimeType": "application/json", "text": body}},
        }
        body = json.dumps({"log": {"entries": [entry]}})
    elif name == "long.xml":
        body = dumped(tuple(FailedEmail(email_address=f"{n}@mail.example") for n in range(9000)), "xml").decode()
        body = body.replace("emailAddress", "address") if "--rejects" in rest else body
    Path(name).write_text(body)
    Path("o").write_bytes(OLD)

    code = main(["convert", name, "--endpoint", "failed", "--to", "jsonl", "--limit", "problems=9000", *rest])

    assert code == 3
    assert "/dev/full" in capsys.readouterr().err
    assert Path("o").read_bytes() == OLD
