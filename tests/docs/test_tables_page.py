"""docs/tables.md and the README: the commands run, and the SQL gives the documented answers."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pytest

import bevparse
from bevparse import CompletedResponse, EmailRecord
from bevparse.cli import main

from ..paths import ROOT
from ..tables_page import PAGE

TEXT = PAGE.read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
ANSWERS = re.findall(r"```sql\n(.*?)```\n\n((?:\|[^\n]*\n)+)", TEXT, re.DOTALL)
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^bevparse .*$", TEXT, re.MULTILINE)]
RECORD = (
    '{{"emailAddress":"{}","formatCheck":"true","smtpCheck":"{}","dnsCheck":"true","freeCheck":"false",'
    '"disposableCheck":"false","catchAllCheck":"false",{}"result":"{}"}}'
)
JULY = (
    ("ann@good.example", "true", '"mxRecords":["mx.good.example"],', "ok"),
    ("bob@bad.example", "false", '"mxRecords":["mx.bad.example"],', "bad"),
    ("cat@bad.example", "false", '"mxRecords":["mx.bad.example"],', "bad"),
    ("dan@slow.example", "null", '"mxRecords":["mx.good.example","mx.slow.example"],', "unknown"),
)
AUGUST = (
    ("ann@good.example", "true", '"mxRecords":["mx.good.example"],', "ok"),
    ("bob@bad.example", "TRUE", '"mxRecords":["mx.bad.example"],"score":"5",', "ok"),
)
STATUS = (
    '{{"id":{},"api_version":3,"date_start":"{}","date_end":"{}","total_emails":{},"invalid_emails":0,'
    '"processed_emails":{},"failed_emails":0,"ready":1}}'
)


def body(*records: str) -> str:
    return f'{{"response":[{",".join(records)}]}}'


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a dump: two requests, and of the second one a record is missing."""
    folder = tmp_path_factory.mktemp("dump")
    for name, records in (("july/completed-7", JULY), ("august/completed-8", AUGUST)):
        path = folder / "dumps" / f"{name}.json"
        path.parent.mkdir(parents=True)
        path.write_text(body(*(RECORD.format(*record) for record in records)))
    requests = (STATUS.format(7, 1530403200, 1530406800, 4, 4), STATUS.format(8, 1533081600, 1533085200, 3, 3))
    (folder / "dumps" / "status.json").write_text(body(*requests))
    return folder


def answer(rows: list[tuple[object, ...]], names: list[str]) -> str:
    """Return rows as a table of Markdown."""
    cells = [[str(cell).lower() if isinstance(cell, bool) else str(cell) for cell in row] for row in rows]
    lines = [names, ["---"] * len(names), *cells]
    return "".join(f"| {' | '.join(line)} |\n" if line[0] != "---" else f"|{'|'.join(line)}|\n" for line in lines)


def test_sql_gives_the_documented_answers(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dump)
    assert [main(command) for command in COMMANDS] == [0, 0, 0, 0]

    for query, expected in ANSWERS:
        found = duckdb.sql(query)
        assert answer(found.fetchall(), found.columns) == expected
    assert len(ANSWERS) == 7


def test_query_of_the_readme_finds_the_domains_that_bounce(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"```sh\n([^`]*completed\.parquet[^`]*)```", README)
    _, convert, ask = block.splitlines()
    monkeypatch.chdir(dump)

    assert main(shlex.split(convert)[1:]) == 0
    command = [sys.executable, *shlex.split(ask)[1:]]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert re.search(r"bad\.example *│ *3 │ *0\.67", printed)


def test_documented_traps_exist() -> None:
    response = bevparse.parse(body(*(RECORD.format(*JULY[number]) for number in (0, 3))), CompletedResponse)

    assert isinstance(polars.from_arrow(response), polars.Series)
    assert pandas.DataFrame.from_arrow(response)["smtp_check"].dtype == object
    kept = pyarrow.table(response).to_pandas(types_mapper=pandas.ArrowDtype)
    assert (~kept["smtp_check"]).isna().tolist() == [False, True]


def test_stream_can_be_kept_in_duckdb(dump: Path) -> None:
    stream = bevparse.tables.records_of(dump, EmailRecord, skip_others=True)  # noqa: F841 - DuckDB finds it by its name
    with duckdb.connect() as connection:
        connection.sql("create table completed as from stream")
        counts = [connection.sql("select count(*) from completed").fetchall() for _ in range(2)]
    assert counts == [[(6,)], [(6,)]]
