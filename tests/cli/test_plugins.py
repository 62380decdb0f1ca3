"""Formats of plug-ins that a configuration file names."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import bevparse
from bevparse import BulkRequest, StatusResponse
from bevparse.cli import main
from bevparse.validate import Settings, iter_checked

MODULE = "from tests.yaml_format import *\nname = 'bev'\nsuffixes = ('.bev',)\nmedia_types = ('application/x-bev',)\n"
STATUS = StatusResponse(requests=(BulkRequest(id=544, api_version=2, ready=True),))


@pytest.fixture(autouse=True)
def _module(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, registry_restored: None) -> None:
    site = tmp_path_factory.mktemp("site")
    (site / "bev_format.py").write_text(MODULE)
    (site / "broken_format.py").write_text("raise RuntimeError\n")
    monkeypatch.syspath_prepend(site)


def write_body(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"---\n" + b"response:\n- id: '544'\n  ready: '1'\n")


def test_suffix_and_beginning_of_a_plug_in_are_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_body(folder / "in" / "status.bev")
    write_body(folder / "in" / "status.json")
    (folder / "bevparse.toml").write_text('plugins = ["bev_format"]\nfrom = "bev"\n')

    assert main(["validate", "in", "--no-cache", "--jobs", "1"]) == 0
    assert "; 2 response bodies, " in capsys.readouterr().out
    assert main(["convert", "in", "--to", "csv", "-o", "out.csv"]) == 0
    assert len(bevparse.parse_file("out.csv", StatusResponse).requests) == 2


@pytest.mark.parametrize("options", [["-o", "out.bev"], ["--to", "bev", "-o", "out"]])
def test_convert_writes_the_format_of_a_plug_in(folder: Path, options: list[str]) -> None:
    (folder / "status.json").write_bytes(bevparse.dump(STATUS))
    (folder / "bevparse.toml").write_text('plugins = ["bev_format"]\n')

    assert main(["convert", "status.json", *options]) == 0
    assert bevparse.parse(Path(options[-1]).read_bytes(), StatusResponse, format="bev") == STATUS


def test_records_of_many_bodies_cannot_be_written_in_a_plug_in_format(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_body(folder / "in" / "status.bev")
    (folder / "bevparse.toml").write_text('plugins = ["bev_format"]\n')

    assert main(["convert", "in", "-o", "out.bev"]) == 2
    expected = "json, xml, csv, jsonl, arrow, parquet, xlsx"
    assert capsys.readouterr().err == f"bevparse: argument --to: expected {expected} for records, got bev\n"


def test_worker_process_knows_the_plug_ins(folder: Path) -> None:
    write_body(folder / "in" / "status.json")
    settings = Settings(plugins=("bev_format",))

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        (checked,) = iter_checked(["in/status.json"], settings, executor=executor)

    assert (checked.format, checked.endpoint) == ("bev", "status")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("broken_format", "RuntimeError"),
        ("no_such_module", "ModuleNotFoundError"),
        (".bev_format", "TypeError"),
        ("json", "TypeError"),
    ],
)
def test_module_that_cannot_be_loaded_is_an_error_of_usage(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, fault: str
) -> None:
    (folder / "bevparse.toml").write_text(f'plugins = ["{name}"]\n')

    assert main(["validate", "in"]) == 2
    assert f"plugins: cannot load '{name}': {fault}" in capsys.readouterr().err
