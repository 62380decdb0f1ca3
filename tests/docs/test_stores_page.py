"""The page on stores: its commands print the documented output, with a store on this machine."""

from __future__ import annotations

import gzip
import re
import shlex
from pathlib import Path

import pytest

from bevparse.cli import main

from ..object_store import Bucket
from ..paths import FIXTURES, ROOT

PAGE = (ROOT / "docs" / "stores.md").read_text("utf-8")


def test_commands_print_the_documented_output(bucket: Bucket, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.name = "dumps"
    files = {
        "2026/07/broken.json": "invalid/BEV203-maybe.json",
        "2026/07/completed.csv": "completed/documented.csv",
        "2026/07/status.json": "status/documented.json",
        "2026/08/status.xml": "status/documented.xml",
    }
    bucket.objects = {key: (FIXTURES / name).read_bytes() for key, name in files.items()}
    bucket.objects["2026/08/status.xml.gz"] = gzip.compress(bucket.objects.pop("2026/08/status.xml"))
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)

    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        program, *arguments = shlex.split(command)

        main(arguments)

        assert (program, capsys.readouterr().out) == ("bevparse", output)
    assert "completed.parquet" in bucket.objects
