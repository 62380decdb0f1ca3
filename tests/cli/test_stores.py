"""URLs on the command line: read, written, reported, and never shown with credentials."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import polars
import pytest

from bevparse.cli import main, parser_of
from bevparse.cli.arguments import Options, inputs_of
from bevparse.validate.renderers import FORMATS

from ..container_samples import CREATED, FAULTY, VALID, zipped
from ..object_store import Bucket, Fault
from ..paths import FIXTURES

COMPLETED = (FIXTURES / "completed" / "documented.json").read_bytes()
KEY = b"at_" + b"a1" * 14 + b"b"
CHECK = ["validate", "--no-cache", "--no-config"]


@pytest.fixture
def dumps(bucket: Bucket) -> Bucket:
    """A bucket with a valid body and a faulty one."""
    bucket.objects = {"dumps/valid.json": VALID, "dumps/faulty.json": FAULTY}
    return bucket


@pytest.mark.parametrize(
    ("path", "code", "line"),
    [
        ("s3://bucket/dumps/valid.json", 0, "; 1 response body, valid; "),
        ("s3://bucket/dumps/", 1, "; 2 response bodies, 1 valid; "),
        ("s3://bucket/dumps/nothing/", 3, "s3://bucket/dumps/nothing/: error: BEV001 there is no such object"),
        ("s3://missing/dumps/", 3, "s3://missing/dumps/: error: BEV001 cannot read store: the store answered 404"),
        ("s3://bucket/dumps/*.xml", 3, "s3://bucket/dumps/*.xml: error: BEV001 no object matches this pattern"),
    ],
)
def test_exit_code_is_that_of_local_files(
    dumps: Bucket, path: str, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CHECK, path]) == code
    assert line in capsys.readouterr().out


def test_sizes_for_progress_do_not_list_a_store(dumps: Bucket) -> None:
    inputs = inputs_of(Options(parser_of().parse_args([*CHECK, "s3://bucket/dumps/", str(FIXTURES / "status")])), ())

    assert [*inputs.sizes()] == []
    assert dumps.requests.total() == 0


def test_prefix_with_only_other_names_ends_with_4(bucket: Bucket) -> None:
    bucket.objects = {"dumps/notes.txt": b"notes"}

    assert main([*CHECK, "s3://bucket/dumps/"]) == 4


def test_list_of_files_is_read_from_a_store_and_names_urls(dumps: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    dumps.objects["list.txt"] = b"s3://bucket/dumps/valid.json\ns3://bucket/dumps/faulty.json\n"

    assert main([*CHECK, "--files-from", "s3://bucket/list.txt"]) == 1
    assert "; 2 response bodies, 1 valid; " in capsys.readouterr().out
    assert main([*CHECK, "--files-from", "s3://bucket/nothing.txt"]) == 3
    assert "cannot read list of files: no such object" in capsys.readouterr().err


def test_missing_package_is_reported_with_the_command_that_installs_it(
    dumps: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)

    for arguments in (
        [*CHECK, "s3://bucket/dumps/"],
        [*CHECK, "--files-from", "s3://bucket/list.txt"],
        ["redact", "s3://bucket/dumps/valid.json", "-o", "-"],
        ["diff", "s3://bucket/dumps/valid.json", "s3://bucket/dumps/faulty.json"],
        ["convert", "s3://bucket/dumps/valid.json", "--to", "csv"],
        [*CHECK, str(FIXTURES / "status" / "documented.json"), "--output-format", "json=s3://bucket/report.json"],
    ):
        assert main(arguments) == 3
        shown = capsys.readouterr()
        assert "requires obstore; run pip install 'bevparse[remote]'" in shown.out + shown.err


def test_statistics_count_objects(dumps: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--no-config", "--output-format", "json", "s3://bucket/dumps/"]) == 0
    assert json.loads(capsys.readouterr().out)["bodies"] == 2


def test_objects_are_compared(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.objects = {"a.json": CREATED, "july.zip": zipped({"b.json": b'{"response":{"id":6}}'})}

    assert main(["diff", "s3://bucket/a.json", "s3://bucket/july.zip!/b.json"]) == 1
    assert capsys.readouterr().out == "/response/id: 5 in A, 6 in B\n"
    assert main(["diff", "s3://bucket/a.json", "s3://bucket/nothing.json"]) == 3
    assert main(["diff", "s3://bucket/a.json", "s3://bucket/"]) == 3


def test_object_of_several_bodies_is_not_compared(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "s3://bucket/a.json", "s3://bucket/dumps/"]) == 2
    assert "expected a file with one body" in capsys.readouterr().err


def test_objects_are_converted_into_objects(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.objects = {"dumps/1.json": COMPLETED, "dumps/2.json": COMPLETED, "dumps/other.json": CREATED}

    convert = ["convert", "--no-config", "s3://bucket/dumps/", "--skip-others"]
    assert main([*convert, "-o", "s3://bucket/out/all.parquet"]) == 0
    assert main([*convert, "-o", "s3://bucket/out/all.csv.gz", "--rejects", "s3://bucket/out/rejects.jsonl"]) == 0
    assert main(["convert", "s3://bucket/dumps/1.json", "-o", "s3://bucket/out/1.xml"]) == 0

    assert bucket.objects["out/rejects.jsonl"] == b""
    assert bucket.objects["out/1.xml"].startswith(b"<?xml")
    assert main(["diff", "s3://bucket/out/1.xml", "s3://bucket/dumps/1.json"]) == 0
    table = polars.read_parquet(bucket.objects["out/all.parquet"])
    assert {*table["source"]} == {"s3://bucket/dumps/1.json", "s3://bucket/dumps/2.json"}
    capsys.readouterr()


def test_object_is_not_written_if_a_record_is_rejected(dumps: Bucket) -> None:
    dumps.objects["out.csv"] = b"old"

    assert main(["convert", "--no-config", "s3://bucket/dumps/", "-o", "s3://bucket/out.csv"]) == 1
    assert dumps.objects["out.csv"] == b"old"


def test_output_in_a_prefix_that_is_read_is_skipped(dumps: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    dumps.objects["dumps/all.jsonl"] = VALID

    assert (
        main([*CHECK, "s3://bucket/dumps/", "--output-format", "json=s3://bucket/dumps/all.jsonl", "--exit-zero"]) == 2
    )
    assert "refusing to overwrite s3://bucket/dumps/all.jsonl" in capsys.readouterr().err
    dumps.objects["dumps/all.json"] = b'{"file":"old report"}'
    assert main([*CHECK, "s3://bucket/dumps/v*", "--output-format", "json=s3://bucket/dumps/report.jsonl"]) == 0
    assert b'"bodies"' in dumps.objects["dumps/report.jsonl"]


def test_output_that_cannot_be_written_is_reported(dumps: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    dumps.fault = lambda request, before: Fault(403, "AccessDenied") if request.startswith("PUT") else Fault()

    assert main([*CHECK, "s3://bucket/dumps/valid.json", "--output-format", "html=s3://bucket/report.html"]) == 3
    assert "cannot write file: the store answered 403 Forbidden (AccessDenied)" in capsys.readouterr().err


def test_key_is_overwritten_in_a_copy(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.objects = {"session.har": b'{"log":{"entries":[]},"key":"' + KEY + b'"}'}

    assert main(["redact", "s3://bucket/session.har", "-o", "s3://bucket/shared.har"]) == 0
    assert KEY not in bucket.objects["shared.har"]
    assert main(["redact", "s3://bucket/nothing.har", "-o", "s3://bucket/b.har"]) == 3
    assert "cannot read file: no such object (s3://bucket/nothing.har)" in capsys.readouterr().err
    assert main(["redact", "s3://bucket/session.har", "--in-place"]) == 2


def test_location_of_an_object_is_a_url_in_sarif(dumps: Bucket) -> None:
    dumps.objects = {"a b#1.json": FAULTY}

    main([*CHECK, "s3://bucket/", "--output-format", "sarif=out.sarif", "--output-format", "gitlab=out.json"])

    (result, *_) = json.loads(Path("out.sarif").read_text())["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "s3://bucket/a%20b%231.json"
    assert json.loads(Path("out.json").read_text())[0]["location"]["path"] == "s3://bucket/a b#1.json"


def test_credentials_of_a_url_are_in_no_output(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.objects = {"faulty.json": FAULTY}
    host = bucket.url.removeprefix("http://")
    urls = [
        f"http://me:s3cret-1@{host}/bucket/{key}?X-Amz-Signature=s3cret-2&sig=s3cret-3"
        for key in ("faulty.json", "missing.json", "prefix/")
    ]
    outputs = [argument for name in FORMATS for argument in ("--output-format", f"{name}=out.{name}")]

    assert main(["validate", "--cache-dir", "cache", *urls, *outputs, "--output-format", "text"]) == 3
    assert main(["stats", *urls]) == 3
    assert main(["convert", *urls, "--to", "csv"]) == 3
    assert main(["diff", *urls[:2]]) == 3
    assert main(["diff", *urls[1:]]) in (2, 3)
    assert main(["redact", urls[1], "-o", "out"]) == 3
    assert main(["validate", "--files-from", urls[1]]) == 3
    assert main(["validate", "faulty.json", "--output-format", f"json={urls[0]}"]) in (2, 3)
    for wrong in (["validate", f"--{urls[0]}"], [urls[0]]):
        with pytest.raises(SystemExit):
            main(wrong)

    written = [path.read_bytes() for path in Path().rglob("*") if path.is_file()]
    shown = capsys.readouterr()
    assert len(written) > len(FORMATS)
    assert f"http://{host}/bucket/missing.json" in shown.out
    assert "s3cret" not in shown.out + shown.err
    assert not any(b"s3cret" in data for data in written)


def test_baseline_knows_the_findings_of_objects(dumps: Bucket) -> None:
    check = [*CHECK, "s3://bucket/dumps/", "--baseline", "known.json"]

    assert main([*check, "--update-baseline"]) == 0
    assert '"s3://bucket/dumps/faulty.json"' in Path("known.json").read_text()
    assert main(check) == 0
    assert main([*CHECK, "s3://bucket/dumps/valid.json", "--baseline", "known.json", "--strict"]) == 0


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (["validate", "dumps", "--save", "s3://bucket/run.bev"], "--save"),
        (["validate", "dumps", "--baseline", "s3://bucket/known.json"], "--baseline"),
        (["report", "1.bev", "s3://bucket/2.bev"], "PATH"),
    ],
)
def test_saved_run_and_baseline_are_on_disk(
    arguments: list[str], argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert f"argument {argument}: expected a file, got a URL; use a file, and copy it" in capsys.readouterr().err


def test_file_url_is_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a b.json").write_bytes(CREATED)

    assert main([*CHECK, Path("a b.json").resolve().as_uri()]) == 0
    assert "; 1 response body, valid; " in capsys.readouterr().out


def test_junit_report_names_objects(dumps: Bucket) -> None:
    main([*CHECK, "s3://bucket/dumps/", "--output-format", "junit=out.xml"])

    cases = ElementTree.parse("out.xml").getroot().iter("testcase")
    assert {case.get("classname") for case in cases} == {
        "s3://bucket/dumps/faulty.json",
        "s3://bucket/dumps/valid.json",
    }
