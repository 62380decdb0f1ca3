"""The options of `bevparse validate`, alone and over the configuration file."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from bevparse import FailedResponse, Limits, Response, StatusResponse
from bevparse.cli import main, parser_of
from bevparse.cli.arguments import ValidateRun, validate_run_of
from bevparse.validate import SavedRun, Search, Selection
from bevparse.validate.pool import cores

from ..systems import odd_names

WARNED = '{"response":{"id":"5"}}'
FAULTY = '{"response":[{"id":"x"}]}'
EMPTY = '{"response":[]}'


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with a valid, a warned, a faulty and an empty body."""
    for name, body in {"valid": '{"response":{"id":5}}', "warned": WARNED, "faulty": FAULTY, "empty": EMPTY}.items():
        (folder / f"{name}.json").write_text(body)
    return folder


def asked(*arguments: str, config: str = "") -> ValidateRun:
    """Return the run that a command line asks for."""
    Path("bevparse.toml").write_text(config)
    return validate_run_of(parser_of(["validate"]).parse_args(["validate", "--no-cache", *arguments]))


def codes(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return the codes that a run reports."""
    main(["validate", "--output-format", "json", *arguments])
    report = json.loads(capsys.readouterr().out)
    return [problem["code"] for body in report["bodies"] for problem in body["problems"]]


def test_options_have_their_defaults() -> None:
    request = asked("a", "b")

    assert list(request.inputs.paths()) == ["a", "b"]
    assert (request.inputs.search, request.reporting.outputs, request.jobs) == (Search(), (("text", None),), cores())
    assert (request.progress, request.cache, request.saved) == (True, None, None)
    assert (request.reporting.exit_zero, request.reporting.update_baseline) == (False, False)
    assert (request.settings.model, request.settings.format, request.settings.endpoints) == (Response, None, ())
    assert (request.settings.selection, request.settings.limits) == (Selection(), Limits())
    assert (request.settings.cross, request.settings.fail_on, request.settings.excerpts) == (None, "error", True)


def test_options_are_read_from_the_command_line() -> None:
    request = asked(
        *("--include", "*.json", "--include", "*.xml", "--exclude", "old", "--endpoint", "failed", "--from", "json"),
        *("--limit", "body=1000", "--limit", "depth=2", "--jobs", "3", "--no-progress", "--exit-zero", "--cross", "a"),
        *("--output-format", "json", "--output-format", "concise=b=c.txt"),
    )

    skip = frozenset({os.path.realpath("b=c.txt")})
    assert request.inputs.search == Search(("*.json", "*.xml"), ("old",), skip, ("*/request/failed",))
    assert (request.settings.model, request.settings.format) == (FailedResponse, "json")
    assert (request.settings.limits, request.settings.cross) == (Limits(body=1000, depth=2), True)
    assert (request.jobs, request.progress, request.reporting.exit_zero) == (3, False, True)
    assert request.reporting.outputs == (("json", None), ("concise", "b=c.txt"))
    assert not request.settings.excerpts


@pytest.mark.parametrize(("text", "value"), [("5", 5), ("5K", 5120), ("1m", 2**20), ("2G", 2**31)])
def test_limit_may_have_a_unit(text: str, value: int) -> None:
    assert asked("a", "--limit", f"body={text}").settings.limits.body == value


def test_command_line_takes_precedence_over_the_configuration() -> None:
    config = """
        include = ["*.json"]
        exclude = ["old"]
        from = "xml"
        cross = false
        jobs = 3
        output-format = ["github"]
        limits = {body = 1000, depth = 2}
        endpoint = {"failed-*" = "failed"}
    """
    request = asked("a", config=config)
    over = asked(
        *("a", "--include", "*.csv", "--exclude", "new", "--from", "csv", "--cross", "--jobs", "1"),
        *("--output-format", "text", "--limit", "depth=3", "--endpoint", "status"),
        config=config,
    )

    assert request.inputs.search == Search(("*.json",), ("old",))
    assert (request.settings.format, request.settings.cross, request.jobs) == ("xml", False, 3)
    assert (request.reporting.outputs, request.settings.limits) == ((("github", None),), Limits(body=1000, depth=2))
    assert request.settings.endpoints == (("failed-*", "failed"),)
    assert over.inputs.search == Search(("*.csv",), ("new",), url_patterns=("*/request/status",))
    assert (over.settings.format, over.settings.cross, over.jobs) == ("csv", True, 1)
    assert (over.reporting.outputs, over.settings.limits) == ((("text", None),), Limits(body=1000, depth=3))
    assert over.settings.model is StatusResponse


def test_command_line_replaces_select_and_extends_ignore() -> None:
    config = """
        select = ["BEV2"]
        extend-select = ["BEV301"]
        ignore = ["bad-check"]
        per-file-ignores = {"a.json" = ["BEV1"]}
    """
    given = asked("a", config=config).settings.selection
    over = asked(
        *("a", "--select", "BEV3, BEV4", "--extend-select", "BEV101", "--ignore", "bev304,"),
        *("--per-file-ignores", "C:/b.json:BEV2,BEV3"),
        config=config,
    ).settings.selection

    assert given == Selection(("BEV2", "BEV301"), ("BEV203",), (("a.json", ("BEV1",)),))
    assert over == Selection(
        ("BEV3", "BEV4", "BEV301", "BEV101"),
        ("BEV203", "BEV304"),
        (("a.json", ("BEV1",)), ("C:/b.json", ("BEV2", "BEV3"))),
    )


@pytest.mark.parametrize(
    ("config", "options", "expected"),
    [
        ("", [], "error"),
        ("", ["--strict"], "warning"),
        ("", ["--fail-on", "info"], "info"),
        ("", ["--strict", "--fail-on", "error"], "error"),
        ("strict = true", [], "warning"),
        ("strict = true", ["--fail-on", "error"], "error"),
        ('strict = true\nfail-on = "info"', [], "info"),
        ('fail-on = "info"', ["--strict"], "warning"),
        ("strict = false", [], "error"),
    ],
)
def test_fail_on_and_strict_set_the_lowest_severity_that_fails(config: str, options: list[str], expected: str) -> None:
    assert asked("a", *options, config=config).settings.fail_on == expected


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["warned.json"], 0),
        (["warned.json", "--strict"], 1),
        (["warned.json", "--fail-on", "warning"], 1),
        (["empty.json", "--strict"], 0),
        (["empty.json", "--fail-on", "info"], 1),
        (["faulty.json"], 1),
        (["faulty.json", "--exit-zero"], 0),
        (["faulty.json", "--ignore", "BEV204"], 0),
        (["faulty.json", "--per-file-ignores", "fau*:BEV2"], 0),
        (["faulty.json", "--per-file-ignores", "valid*:BEV2"], 1),
        (["faulty.json", "--select", "BEV1"], 0),
        (["faulty.json", "absent.json", "--exit-zero"], 3),
        (["--include", "*.xml", "--exit-zero", "."], 4),
        (["."], 1),
    ],
)
def test_exit_code_depends_on_findings_and_options(options: list[str], code: int) -> None:
    assert main(["validate", *options]) == code


def test_only_selected_rules_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(capsys, ".") == ["BEV220", "BEV204", "BEV301"]
    assert codes(capsys, ".", "--ignore", "BEV2") == ["BEV301"]
    assert codes(capsys, ".", "--select", "integer-spelling,BEV22") == ["BEV220", "BEV301"]
    assert codes(capsys, ".", "--per-file-ignores", "*.json:all") == []


def test_configuration_file_can_be_named_or_ignored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bevparse.toml").write_text('select = ["BEV301"]')
    (folder / "other.toml").write_text('select = ["BEV220"]')

    assert codes(capsys, ".") == ["BEV301"]
    assert codes(capsys, ".", "--config", "other.toml") == ["BEV220"]
    assert codes(capsys, ".", "--no-config") == ["BEV220", "BEV204", "BEV301"]


def test_baseline_hides_known_findings_and_reports_stale_ones(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [".", "--baseline", "known.base"]

    assert main(["validate", *options, "--update-baseline"]) == 0
    assert "no findings in 4 files; " in capsys.readouterr().out
    assert codes(capsys, *options) == []
    (folder / "more.json").write_text(FAULTY)
    (folder / "warned.json").unlink()
    assert codes(capsys, *options) == ["BEV204", "BEV015"]
    assert main(["validate", *options]) == 1


def test_unreadable_file_is_reported_while_the_baseline_is_updated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "absent.json", "--baseline", "known.base", "--update-baseline"]) == 3
    assert "BEV001" in capsys.readouterr().out


def test_configured_baseline_is_relative_to_the_configuration(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bevparse.toml").write_text('baseline = "known.base"')
    (folder / "below").mkdir()
    (folder / "below" / "faulty.json").write_text(FAULTY)
    monkeypatch.chdir(folder / "below")

    assert main(["validate", ".", "--update-baseline"]) == 0
    assert "; 1 known finding of the baseline left out; 1 status (1 json)\n" in capsys.readouterr().out
    assert '"source": "below/faulty.json"' in (folder / "known.base").read_text()
    assert main(["validate", ".", "--update-baseline"]) == 0
    assert "BEV015" not in capsys.readouterr().out
    for path in (".", "faulty.json", "../below", str(folder / "below")):
        assert codes(capsys, path) == []
    assert codes(capsys, ".", "--no-config") == ["BEV204"]


@pytest.mark.parametrize("path", [".", "../old", "FOLDER/old"])
def test_configured_paths_are_relative_to_the_configuration(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    config = 'output-format = ["json=report.json"]\nexclude = ["old/left/*"]\n'
    config += '[per-file-ignores]\n"old/f*.json" = ["BEV204"]\n'
    (folder / "bevparse.toml").write_text(config)
    (folder / "old" / "left").mkdir(parents=True)
    for name in ("faulty.json", "other.json", "left/faulty.json"):
        (folder / "old" / name).write_text(FAULTY)
    monkeypatch.chdir(folder / "old")

    assert main(["validate", path.replace("FOLDER", str(folder))]) == 1
    assert capsys.readouterr().out == ""
    report = json.loads((folder / "report.json").read_text())
    found = [Path(body["file"]).name for body in report["bodies"] for _ in body["problems"]]
    assert (found, report["summary"]["bodies"]) == (["other.json"], 2)


@pytest.mark.parametrize(("baseline", "code"), [("absent.base", 3), ("no/such/known.base", 3)])
def test_baseline_that_cannot_be_used_ends_with_3(capsys: pytest.CaptureFixture[str], baseline: str, code: int) -> None:
    update = ["--update-baseline"] if "/" in baseline else []

    assert main(["validate", ".", "--baseline", baseline, *update]) == code
    assert f"({baseline})" in capsys.readouterr().err


@odd_names
def test_paths_are_read_from_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "odd\udcff\n.json").write_text(WARNED)
    (folder / "list").write_bytes(b"faulty.json\r\n\nempty.json\n\xff\nvalid.json")

    assert codes(capsys, "warned.json", "--files-from", "list") == ["BEV301", "BEV204", "BEV220", "BEV001"]
    assert main(["validate", "--files-from", "absent"]) == 3
    assert "cannot read list of files: " in capsys.readouterr().err


@odd_names
def test_paths_of_a_list_may_end_with_null_characters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "odd\r\n.json").write_text(WARNED)
    (folder / "list").write_bytes(bytes(2**16 - 5) + b"faulty.json\0odd\r\n.json\0\0valid.json\0warned.json")

    assert codes(capsys, "--files-from", "list", "--null") == ["BEV204", "BEV301", "BEV301"]


def test_overlong_path_in_a_list_is_split(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "list").write_bytes(b"x" * 2**17)

    assert codes(capsys, "--files-from", "list") == ["BEV001"]


@pytest.mark.skipif(os.name != "posix", reason="needs descriptors")
def test_paths_are_read_from_standard_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"faulty.json\nwarned.json\n")
    os.close(writer)
    before = os.dup(0)
    os.dup2(reader, 0)
    try:
        found = codes(capsys, "--files-from", "-")
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(reader)

    assert found == ["BEV204", "BEV301"]


def test_sizes_are_those_of_the_named_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    assert list(asked("--include", "empty*", "valid.json", "-", "absent", ".").inputs.sizes()) == [21, 0, 15]


def test_sizes_are_those_of_the_files_of_a_shard(folder: Path) -> None:
    share = SavedRun("run.bev", shard=1, shards=2)
    files = sorted(path.name for path in folder.iterdir())

    found = list(asked(*files).inputs.sizes(share))

    assert found == [Path(name).stat().st_size for name in files if share.holds(name)]
    assert 0 < len(found) < len(files)


@pytest.mark.parametrize("home", [True, False])
def test_cache_is_in_the_folder_of_the_user(folder: Path, monkeypatch: pytest.MonkeyPatch, home: bool) -> None:
    def nowhere() -> Path:
        if home:
            return folder
        raise RuntimeError("could not determine home directory")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("LOCALAPPDATA")
    monkeypatch.setattr(Path, "home", nowhere)

    assert main(["validate", "valid.json"]) == 0
    assert [path.name for path in folder.rglob("results.sqlite")] == ["results.sqlite"] * home


def test_cache_folder_can_be_named_or_disabled(folder: Path) -> None:
    assert main(["validate", "valid.json", "--cache-dir", "kept/here"]) == 0
    assert main(["validate", "valid.json", "--cache-dir", "nowhere", "--no-cache"]) == 0
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["kept"]
    assert [path.name for path in (folder / "kept" / "here").iterdir()] == ["results.sqlite"]


def test_paths_can_be_before_and_after_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "valid.json", "--output-format", "concise", "warned.json", "--strict", "empty.json"]) == 1
    assert "; 3 response bodies, 2 valid; " in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="a folder in use cannot be removed")
def test_deleted_working_directory_has_no_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()

    assert main(["validate", str(folder / "valid.json")]) == 0
