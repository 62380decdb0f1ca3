"""`--save`, `--shard` and `bevparse report`: the same outputs and exit codes as one run."""

from __future__ import annotations

import json
import re
import sys
from itertools import count
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.validate.renderers import FORMATS

from .streams import ActingOutput

SPELLED = b'{"response":{"id":"5"}}'
FAULTY = b'{"response":{"id":"x"}}'
VALID = b'{"response":{"id":5}}'
TIMES = re.compile(rb"<time.*?</time>")
"""When an HTML report was written."""


@pytest.fixture(autouse=True)
def dumps(folder: Path) -> Path:
    top = folder / "dumps"
    top.mkdir()
    for number, body in enumerate((VALID, SPELLED, FAULTY)):
        (top / f"{number}.json").write_bytes(body)
    (top / "status-7.json").write_bytes(b'{"response":[{"id":7,"ready":1,"processed_emails":2}]}')
    (top / "completed-7.csv").write_bytes(b"Email Address,Result\r\na@b.example,maybe\r\n")
    (top / "notes.txt").touch()
    return top


def outputs(*command: str) -> tuple[int, dict[str, bytes]]:
    """Return the exit code and what each output format contains."""
    options = [f"--output-format={name}=out.{name}.txt" for name in FORMATS]
    code = main([*command, *options])
    return code, {name: TIMES.sub(b"", Path(f"out.{name}.txt").read_bytes()) for name in FORMATS}


def test_all_outputs_are_those_of_one_run() -> None:
    expected = outputs("validate", "dumps", "--jobs", "1", "--no-cache")
    found = [
        outputs("validate", "dumps", "--jobs", "2", "--cache-dir", "cache", "--save", "run.bev"),
        outputs("validate", "dumps", "--jobs", "1", "--cache-dir", "cache", "--save", "run.bev"),
        outputs("report", "run.bev"),
    ]
    for shard in "123":
        main(["validate", "dumps", "--no-cache", "--save", f"{shard}.bev", f"--shard={shard}/3"])
    found.append(outputs("report", "3.bev", "1.bev", "2.bev"))

    assert found == [expected] * 4
    assert expected[0] == 1
    assert all(expected[1].values())


def test_text_is_printed_as_validate_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", "dumps", "--no-cache"])
    expected = capsys.readouterr()
    main(["validate", "dumps", "--no-cache", "--save", "run.bev", "--output-format", "json=report.json"])

    assert main(["report", "run.bev"]) == 1
    assert capsys.readouterr() == expected
    assert "^" in expected.out


@pytest.mark.parametrize(
    ("saved", "options", "code"),
    [
        (["dumps/1.json"], [], 0),
        (["dumps/1.json", "--strict"], [], 1),
        (["dumps/1.json", "--strict"], ["--fail-on", "error"], 0),
        (["dumps/1.json"], ["--strict"], 1),
        (["dumps/1.json"], ["--strict", "--exit-zero"], 0),
        (["dumps/notes.txt", "absent.json"], [], 3),
        (["dumps", "--include", "*.pdf"], [], 4),
    ],
)
def test_exit_code_is_that_of_the_run(saved: list[str], options: list[str], code: int) -> None:
    main(["validate", *saved, "--no-cache", "--save", "run.bev"])

    assert main(["report", "run.bev", *options]) == code


def test_known_findings_are_not_reported(capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", "dumps", "--no-cache", "--save", "run.bev", "--baseline", "a.json", "--update-baseline"])
    assert main(["report", "run.bev", "--baseline", "b.json", "--update-baseline"]) == 0
    assert Path("a.json").read_bytes() == Path("b.json").read_bytes()

    Path("dumps/2.json").write_bytes(VALID)
    capsys.readouterr()
    expected = main(["validate", "dumps", "--no-cache", "--baseline", "a.json"]), capsys.readouterr()
    main(["validate", "dumps", "--no-cache", "--save", "run.bev", "--output-format=json=report.json"])
    Path("bevparse.toml").write_text('baseline = "b.json"\n')

    found = main(["report", "run.bev"]), capsys.readouterr()
    assert "BEV015" in expected[1].out
    assert (found[0], found[1].out) == (expected[0], expected[1].out.replace("a.json", str(Path("b.json").absolute())))


def test_missing_shard_is_reported_and_decides_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    main(
        ["validate", "dumps", "--no-cache", "--save", "1.bev", "--shard", "1/2", "--output-format", "json=report.json"]
    )

    assert main(["report", "1.bev", "--exit-zero"]) == 3
    assert "1.bev: error: BEV001 shard 2 of 2 is missing\n" in capsys.readouterr().out


def test_shard_without_files_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    codes = [
        main(["validate", "dumps/0.json", "--no-cache", "--save", f"{shard}.bev", "--shard", f"{shard}/3"])
        for shard in (1, 2, 3)
    ]

    assert codes == [0, 0, 0]
    assert main(["report", "1.bev", "2.bev", "3.bev"]) == 0
    assert capsys.readouterr().err == ""


def test_saved_run_in_the_folder_is_not_read_and_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        main(["validate", "dumps", "--no-cache", "--save", "dumps/run.bev", "--output-format", "concise"])
        assert "; 1 file with other names skipped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["validate", "-", "--save", "run.bev"],
            "argument --save: standard input (-) cannot be read again after a kill",
        ),
        (["validate", "dumps", "--shard", "1/2"], "argument --shard: not allowed without --save"),
        *(
            (
                ["validate", "dumps", "--save", "run.bev", "--shard", shard],
                f"argument --shard: expected K/N with K from 1 to N, and N at most 100000, got '{shard}'",
            )
            for shard in ("3", "3/2", "0/2", "1/100001", "1/2/3", "1/2x")
        ),
        (
            ["validate", "dumps", "--save", "a.bev", "--output-format", "json=./a.bev"],
            "refusing to overwrite ./a.bev: it is the saved run",
        ),
        (
            ["report", "run.bev", "--output-format", "json=run.bev"],
            "refusing to overwrite run.bev: it is the saved run",
        ),
        (
            ["validate", "dumps", "--save", "run.bev", "--select", "BEV2"],
            "argument --save: run.bev was begun with other settings: selection",
        ),
        (["report", "run.bev", "run.bev"], "run.bev is shard 1, and so is run.bev"),
        (["report", "run.bev", "--update-baseline"], "argument --update-baseline: not allowed without --baseline"),
    ],
)
def test_usage_error_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", "dumps", "--no-cache", "--save", "run.bev", "--output-format", "json=report.json"])

    assert main(arguments) == 2
    assert capsys.readouterr().err == f"bevparse: {message}\n"


def test_file_that_is_not_a_saved_run_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "dumps/0.json"]) == 3
    assert main(["validate", "dumps", "--no-cache", "--save", "dumps/0.json"]) == 3
    assert capsys.readouterr().err == "bevparse: not a saved run of bevparse (dumps/0.json)\n" * 2


def test_run_of_a_list_of_files_is_continued(capsys: pytest.CaptureFixture[str]) -> None:
    Path("list").write_text("dumps/1.json\ndumps/2.json\n")
    found = []
    for _ in range(2):
        main(["validate", "--files-from", "list", "--no-cache", "--save", "run.bev"])
        found.append(capsys.readouterr().out)

    assert found[0] == found[1]
    assert "; 2 response bodies, " in found[0]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit(143)])
def test_results_before_an_interrupt_are_saved(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    writes = count()

    def act() -> None:
        if next(writes) == 2:
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", ActingOutput(act))
        try:
            main(["validate", "dumps", "--no-cache", "--jobs", "1", "--save", "run.bev", "--output-format", "concise"])
        except SystemExit:
            assert isinstance(error, SystemExit)
    main(["report", "run.bev", "--output-format", "json=report.json"])

    bodies = json.loads(Path("report.json").read_bytes())["bodies"]
    assert [body["file"] for body in bodies[:2]] == ["dumps/0.json", "dumps/1.json"]
    assert "has not ended" in bodies[-1]["problems"][0]["message"]


def test_quiet_report_only_sets_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "dumps", "-q", "--save", "run.bev"]) == 1
    assert main(["report", "run.bev", "-q"]) == 1
    assert capsys.readouterr() == ("", "")
