"""Deep nesting in a program that has raised the recursion limit, where a decoder in C would overflow the stack."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bevparse
from bevparse import CompletedResponse, DecodeError, EmailRecord
from bevparse.cli import main
from bevparse.validate import validate

from ..recordings import API

DEEP = "[" * 200_000
CLOSED = DEEP + "]" * 200_000
RECORD = '{"emailAddress":"a@b.c","result":"ok"},'
BODIES = {
    "brackets": DEEP,
    "braces": '{"a":' * 200_000,
    "in the first record": f'{{"response":[{{"emailAddress":"a","x":{CLOSED}}}]}}',
    "in a record": f'{{"response":[{RECORD * 3000}{{"emailAddress":"a","x":{CLOSED}}}]}}',
    "elements": "<xml>" + "<a>" * 200_000,
}
URL = f'"uri":"{API}/status","url":"{API}/status"'
FILES = {
    "session.har": f'{{"log":{{"entries":[{{"request":{{{URL},"headers":{"[" * 30_000}{"]" * 30_000}}}}}]}}}}',
    "other.har": f'{{"log":{{"x":{CLOSED},"entries":[]}}}}',
    "posted.har": f'{{"log":{{"entries":[{{"request":{{{URL},"postData":{{"text":{CLOSED}}}}}}}]}}}}',
    "cassette.json": f'{{"interactions":[{{"request":{{{URL}}},"response":{{"body":{{"string":{CLOSED}}}}}}}]}}',
    "sequence.yaml": f"interactions:\n- request: {DEEP}",
    "block.yaml": "interactions:\n" + "- " * 200_000,
    "lines.jsonl": f'{{"id":1}}\n{{"id":{CLOSED}}}\n{CLOSED}\n',
}
HOSTS = "[" * 30_000


@pytest.fixture(autouse=True)
def _raised_limit() -> Iterator[None]:
    """Raise the recursion limit as some programs do."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("name", BODIES)
def test_deep_body_is_refused(name: str) -> None:
    body = BODIES[name].encode()

    for data in (body, body.decode()):
        assert [problem.code for problem in bevparse.inspect(data, CompletedResponse).problems] == ["BEV003"]
        with pytest.raises(DecodeError) as caught:
            bevparse.parse(data)
        assert caught.value.problem.code == "BEV003"
    with pytest.raises(DecodeError) as caught:
        list(bevparse.iter_records(io.BytesIO(body), EmailRecord))
    assert caught.value.problem.code == "BEV003"


@pytest.mark.measured
def test_deep_list_of_hosts_is_refused() -> None:
    body = f'"Email Address","MX Records",Result\na,{HOSTS},ok\n'

    found = bevparse.inspect(body, CompletedResponse).problems

    assert [problem.pointer for problem in found if problem.severity == "error"] == ["/response/0/mxRecords"]


@pytest.mark.measured
@pytest.mark.parametrize("name", FILES)
def test_deep_file_is_checked_and_converted(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / name
    path.write_text(FILES[name])

    assert {problem.severity for one in validate([str(path)]).findings for problem in one.problems} <= {"error"}
    main(["convert", str(path), "--to", "jsonl", "-o", str(tmp_path / "o"), "--rejects", str(tmp_path / "r")])

    assert "Traceback" not in capsys.readouterr().err


def test_body_within_the_limit_is_read() -> None:
    record = '{"emailAddress":"[[[{{{\\"[","result":"ok","x":' + "[" * 20 + '"}"' + "]" * 20 + "}"
    body = f'{{"response":[{record}]}}'

    assert len(bevparse.parse(body, CompletedResponse).records) == 1
    assert len(bevparse.parse(body.encode(), CompletedResponse).records) == 1
