"""Compression inside of compression: one budget counts the bytes of all layers of a file."""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bevparse.cli import main
from bevparse.limits import Limits
from bevparse.validate import Checked, Settings, iter_checked

from ..container_samples import COMPRESSIONS, CREATED, member, pax_records, tarred, validated, zipped
from ..recordings import API

pytestmark = pytest.mark.usefixtures("folder")

END = bytes(1024)
NOISE = Random(1).randbytes(3000)
"""What makes a file larger than its bombs, so that no single layer exceeds the ratio."""
SPACES = COMPRESSIONS["gz"](b" " * 2**16)


def body() -> bytes:
    """Return a body that grows by a factor of about 100, and that compression makes 100 times smaller once more."""
    return SPACES * 170 + COMPRESSIONS["gz"](CREATED)


def many(suffix: str, data: bytes) -> dict[str, bytes]:
    return {"noise.txt": NOISE, **{f"{number}{suffix}": data for number in range(9)}}


def warc(encoding: str, data: bytes) -> bytes:
    answer = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n".encode()
    found = b""
    for url, content in (("http://other.example/", NOISE), *[(f"{API}/status", answer + data)] * 9):
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nContent-Length: {len(content)}\r\n\r\n"
        found += head.encode() + content + b"\r\n\r\n"
    return found


def cassette(encoding: str, data: bytes) -> bytes:
    answer = {"headers": {"Content-Encoding": [encoding]}, "body": {"base64_string": base64.b64encode(data).decode()}}
    request = {"method": "POST", "uri": f"{API}/status"}
    other = {"method": "POST", "uri": "http://other.example/", "body": base64.b64encode(NOISE).decode()}
    exchanges = [{"request": other}, *[{"request": request, "response": {**answer, "status": {"code": 200}}}] * 9]
    return json.dumps({"interactions": exchanges}).encode()


def holes() -> bytes:
    """Return a tar archive whose members have a size of megabytes, but next to no data."""
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10**7)}
    sparse = member("p", pax_records(pax), b"x") + member("a.json", b"1\n0\n5\n".ljust(512, b"\0") + b"hello")
    return sparse * 200 + END


DEEP: dict[str, Callable[[], bytes]] = {
    "bodies.zip": lambda: zipped(many(".json.gz", body())),
    "bodies.tar.gz": lambda: COMPRESSIONS["gz"](tarred(many(".json.gz", body()))),
    "bodies.zip.xz": lambda: COMPRESSIONS["xz"](zipped(many(".json.gz", body()), 0)),
    "lines.zip": lambda: zipped(many(".jsonl.gz", SPACES * 170)),
    "archives.zip": lambda: zipped(many(".zip", zipped(many(".json", CREATED.ljust(2**20))))),
    "archives.tar": lambda: tarred(many(".tgz", COMPRESSIONS["gz"](tarred(many(".json.gz", body()))))),
    "recording.warc.gz": lambda: COMPRESSIONS["gz"](warc("gzip", body())),
    "deflated.warc.gz": lambda: COMPRESSIONS["gz"](warc("deflate", zlib.compress(bytes(2**24)))),
    "recording.yaml.gz": lambda: COMPRESSIONS["gz"](cassette("gzip", body())),
    "deflated.yaml.xz": lambda: COMPRESSIONS["xz"](cassette("deflate", zlib.compress(bytes(2**24)))),
    "recordings.zip": lambda: zipped(many(".yaml", cassette("gzip", body()))),
    "holes.tar": holes,
}


def checked(path: str, **limits: int) -> list[Checked]:
    return list(iter_checked([path], Settings(limits=Limits(archive_nesting=2, **limits))))


def codes(found: list[Checked]) -> set[str]:
    return {problem.code for one in found for problem in one.problems}


@pytest.mark.measured
@pytest.mark.parametrize("name", DEEP)
def test_layers_together_do_not_exceed_the_ratio(name: str) -> None:
    Path(name).write_bytes(data := DEEP[name]())

    found = checked(name)

    assert "BEV007" in codes(found)
    bodies = [one for one in found if one.outcome == "body"]
    assert sum(one.size for one in bodies) <= 200 * len(data) + 2**16 * len(bodies)


@pytest.mark.measured
@pytest.mark.parametrize("name", DEEP)
def test_layers_together_do_not_exceed_the_total(name: str) -> None:
    Path(name).write_bytes(DEEP[name]())

    found = checked(name, archive_total=2 * 10**7, archive_ratio=10**6)

    assert "BEV008" in codes(found)
    assert sum(one.size for one in found if one.outcome == "body") <= 2 * 10**7


def test_recordings_in_an_archive_have_what_is_left_of_the_total() -> None:
    Path("recordings.zip").write_bytes(DEEP["recordings.zip"]())

    found = checked("recordings.zip", archive_total=2 * 10**7, archive_ratio=10**6)

    assert [one.inner for one in found if codes([one]) == {"BEV008"}] == [f"!/{number}.yaml" for number in range(9)]


class _Submitted(Future[Any]):
    def done(self) -> bool:
        return False


class _Ahead(Executor):
    """Checks each batch when it is submitted, before the results of others are known."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        future = _Submitted()
        future.set_result(call(*arguments, **options))
        return future


@pytest.mark.parametrize("total", [4 * 10**5, 10**6, 2**30])
def test_recordings_in_an_archive_have_the_same_results_in_workers(total: int) -> None:
    answer = COMPRESSIONS["gz"](CREATED.ljust(2**14))
    Path("x.zip").write_bytes(zipped(many(".yaml", cassette("gzip", answer)) | {"x.json": CREATED}))
    settings = Settings(limits=Limits(archive_nesting=2, archive_total=total, archive_ratio=10**6))

    alone = list(iter_checked(["x.zip"], settings))

    assert ("BEV008" in codes(alone)) is (total < 2**30)
    assert list(iter_checked(["x.zip"], settings, executor=_Ahead())) == alone


@pytest.mark.measured
def test_recordings_in_an_archive_that_is_converted_have_one_total(capsys: pytest.CaptureFixture[str]) -> None:
    answer = COMPRESSIONS["gz"](b'{"response":[{"id":1}]}'.ljust(2**14))
    Path("x.zip").write_bytes(zipped(many(".yaml", cassette("gzip", answer))))
    limits = ["--limit", "archive_total=400000", "--limit", "archive_ratio=1000000"]

    code = main(
        ["convert", "x.zip", "--to", "json", "--endpoint", "status", "--rejects", "rejects", "-o", "-", *limits]
    )

    assert code == 1
    assert 9 < len(json.loads(capsys.readouterr().out)["response"]) <= 4 * 10**5 // 2**14
    assert "BEV008" in Path("rejects").read_text()


@cache
def status(seed: int) -> bytes:
    """Return a body of 170 kB, as the service might send it."""
    random = Random(seed)
    return json.dumps({"response": [{"id": random.randrange(10**9), "ready": 1} for _ in range(6_000)]}).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zipped({"0.json.gz": body(), "1.json.gz": COMPRESSIONS["gz"](status(1))}), id="zip"),
        pytest.param(tarred({"0.json.gz": body(), "1.json.gz": COMPRESSIONS["gz"](status(1))}), id="tar"),
    ],
)
def test_member_after_a_bomb_is_read(capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    name = "x.zip" if data.startswith(b"PK") else "x.tar"
    Path(name).write_bytes(data)

    code, shown = validated(capsys, name)
    assert code == 1
    assert [line.partition(" expected")[0] for line in shown[:-1]] == [f"{name}!/0.json.gz: error: BEV007"]
    assert "; 1 response body, valid; " in shown[-1]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("gz", "x.zip"), ("gz", "x.tar"), ("gz", "x.zip.gz"), *((kind, "x.tar.gz") for kind in COMPRESSIONS)],
)
def test_compressed_members_within_the_ratio_are_read(name: str, kind: str) -> None:
    members = {f"{number}.json.{kind}": COMPRESSIONS[kind](status(number)) for number in range(3)}
    data = zipped(members) if "zip" in name else tarred(members)
    Path(name).write_bytes(COMPRESSIONS["gz"](data) if name.endswith("gz") else data)

    found = checked(name)

    sizes = [len(status(number)) for number in range(3)]
    assert [(one.endpoint, one.size, codes([one])) for one in found] == [("status", size, set()) for size in sizes]


def test_ratio_of_piped_layers_counts_from_the_piped_data(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bodies.zip.xz", "recording.yaml.gz"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(DEEP[name]())))

        assert "BEV007" in validated(capsys, "-")[1][0]
