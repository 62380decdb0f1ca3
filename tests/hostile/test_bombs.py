"""Small files that expand to large ones: each exceeds a limit, and none takes the memory that it asks for."""

from __future__ import annotations

import bz2
import io
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import pytest

from bevparse.sources import ANYTHING, Source, open_source

from ..container_samples import (
    COMPRESSIONS,
    header,
    member,
    pax_records,
    raw_zip,
    stored,
    tarred,
    validated,
    worded,
    zipped,
)

pytestmark = pytest.mark.usefixtures("folder")

resource = pytest.importorskip("resource")

CREATED = b'{"response":{"id":5}}'
WRONG = b'{"response":{"id":"x"}}'
WRONG_ID = ":1:14: error: BEV204 (/response/id)"
END = bytes(1024)
PIECE = bytes(2**22)
GIGABYTES = 2**31 // len(PIECE)
ROOM = 400 * 2**20


@lru_cache
def bomb(kind: str) -> bytes:
    """Return two gigabytes of zeros, compressed as a sequence of streams."""
    return COMPRESSIONS[kind](PIECE) * GIGABYTES


def deflated(data: bytes) -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packed.compress(data) + packed.flush()


def directory_of_a_million() -> bytes:
    """Return a zip64 archive with a directory and no members."""
    entries = (struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *[0] * 7, 1, *[0] * 6) + b"a") * 10**6
    last = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, len(entries), 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(entries), 1)
    return entries + last + locator + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *[2**16 - 1] * 2, *[2**32 - 1] * 2, 0)


def sparse(size: int, blocks: bytes) -> bytes:
    """Return a tar archive with one sparse member of a large declared size."""
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(size)}
    return member("p", pax_records(pax), b"x") + member("a.json", blocks) + END


def many_keys(kind: bytes) -> bytes:
    """Return a header of 90,000 fields, which would take a hundred times its size in memory."""
    return member("p", b"".join(b"11 k%05x=\n" % number for number in range(90_000)), kind)


def long_names(count: int) -> bytes:
    return member("p", b"a" * 1_000_000, tarfile.GNUTYPE_LONGNAME) * count


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    **{f"zeros.json.{kind}": ("BEV007", partial(bomb, kind)) for kind in COMPRESSIONS},
    **{f"zeros.jsonl.{kind}": ("BEV007", partial(bomb, kind)) for kind in COMPRESSIONS},
    **{f"zeros.tar.{kind}": ("BEV007", partial(bomb, kind)) for kind in COMPRESSIONS},
    **{f"zeros.zip.{kind}": ("BEV007", partial(bomb, kind)) for kind in COMPRESSIONS},
    "million.zip": ("BEV009", directory_of_a_million),
    "header-of-a-gigabyte.tar": ("BEV011", lambda: header("p", 2**30, b"x") + END),
    "name-of-a-gigabyte.tar": ("BEV011", lambda: header("p", 2**30, tarfile.GNUTYPE_LONGNAME) + END),
    "names-in-a-row.tar.gz": (
        "BEV011",
        lambda: COMPRESSIONS["gz"](long_names(20)),
    ),
    "global-headers.tar.gz": ("BEV011", lambda: COMPRESSIONS["gz"](many_keys(b"g") * 3 + member("a.json", CREATED))),
    "many-headers.tar.gz": ("BEV011", lambda: COMPRESSIONS["gz"](many_keys(b"x") * 3 + member("a.json", CREATED))),
    "terabyte-of-holes.tar": ("BEV002", lambda: sparse(2**40, b"1\n0\n5\n".ljust(512, b"\0") + b"hello")),
    "map-without-end.tar": ("BEV011", lambda: sparse(2**40, b"900000000\n" + b"1\n" * 2_000_000)),
    "declared-large.tar": ("BEV011", lambda: header("a.json", 2**40, binary=True) + CREATED),
}


@pytest.fixture(scope="module")
def limited_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Validate all bombs in one process with little memory, and return the line about each."""
    if sys.platform != "linux":
        pytest.skip("memory is limited as on Linux")
    folder = tmp_path_factory.mktemp("bombs")
    for name, (_, make) in BOMBS.items():
        assert (folder / name).write_bytes(make()) < 2_200_000 or name in ("million.zip", "map-without-end.tar")
    (folder / "valid.json").write_bytes(CREATED)
    command = [sys.executable, "-m", "bevparse", "validate", ".", "--no-cache", "--no-config", "--jobs", "1"]

    ended = subprocess.run(
        [*command, "--output-format", "concise"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM)),
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (1, "")
    assert {path.name for path in folder.iterdir()} == {*BOMBS, "valid.json"}
    *lines, counts = ended.stdout.splitlines()
    assert ", 1 valid; " in counts
    return {line.removeprefix("./").partition(": ")[0].partition("!")[0]: line for line in lines}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_exceeds_a_limit_in_bounded_memory(limited_run: dict[str, str], name: str) -> None:
    assert f"error: {BOMBS[name][0]} " in limited_run[name]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_member_larger_than_its_declared_size_is_not_read_further(method: int) -> None:
    large = bytes(2**25)
    data = bz2.compress(large) if method == zipfile.ZIP_BZIP2 else deflated(large)
    Path("x.zip").write_bytes(raw_zip([(b"a.json", method, 0, 60_000, data, 0)]))
    del large

    tracemalloc.start()
    try:
        (found,) = open_source(Source("x.zip"), ANYTHING)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.problems[0].code in ("BEV001", "BEV007")
    assert most < 2**23


def test_member_over_the_ratio_is_reported_and_the_others_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    large = bytes(5_000_000)
    members = [(b"a.json", 8, zlib.crc32(large), len(large), deflated(large), 0), stored(b"b.json", WRONG)]
    Path("x.zip").write_bytes(raw_zip(members))

    code, shown = validated(capsys, "x.zip")
    assert code == 1
    assert shown[0].startswith("x.zip!/a.json: error: BEV007")
    assert shown[1] == f"x.zip!/b.json{WRONG_ID}"


@pytest.mark.measured
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_member_over_the_body_limit_is_reported_and_the_others_are_read(
    capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    pack = zipped if kind == "zip" else tarred
    Path(f"x.{kind}").write_bytes(pack({"a.json": CREATED.ljust(1001), "b.json": WRONG, "c.json": CREATED.ljust(1000)}))

    code, shown = validated(capsys, f"x.{kind}", "--limit", "body=1000")
    assert code == 1
    assert shown[0].startswith(f"x.{kind}!/a.json: error: BEV002")
    assert shown[1] == f"x.{kind}!/b.json{WRONG_ID}"
    assert "; 2 response bodies, 1 valid; " in shown[2]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz"])
def test_archive_over_its_size_limit_is_read_up_to_the_limit(capsys: pytest.CaptureFixture[str], name: str) -> None:
    data = {f"{number}.json": CREATED.ljust(3000) for number in range(9)}
    Path(name).write_bytes(
        zipped(data) if name == "x.zip" else COMPRESSIONS["gz"](tarred(data)) if name == "x.tgz" else tarred(data)
    )

    code, shown = validated(capsys, name, "--limit", "archive_total=20000")
    assert code == 1
    assert shown[0].startswith(f"{name}: error: BEV008")
    assert f"; {6 if name == 'x.zip' else 5} response bodies, all valid; " in shown[1]


@pytest.mark.measured
@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_archive_with_too_many_members_is_reported(capsys: pytest.CaptureFixture[str], name: str) -> None:
    members = dict.fromkeys(("a.json", "b.txt", "c.json", "d.json"), CREATED)
    Path(name).write_bytes(zipped(members) if name == "x.zip" else tarred(members))

    assert validated(capsys, name, "--limit", "archive_members=4")[0] == 0
    code, shown = validated(capsys, name, "--limit", "archive_members=3")
    assert code == 1
    assert shown[0].startswith(f"{name}: error: BEV009")


@pytest.mark.measured
def test_directory_with_too_many_members_is_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.zip").write_bytes(directory_of_a_million())

    code, shown = validated(capsys, "x.zip")
    assert code == 1
    assert shown[0].startswith("x.zip: error: BEV009")


def test_declared_size_counts_for_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.zip").write_bytes(raw_zip([(b"a.json", 0, zlib.crc32(CREATED), 2**31, CREATED, 0)]))

    assert validated(capsys, "x.zip")[1][0].startswith("x.zip: error: BEV008")


def test_each_overlapping_member_counts_for_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", CREATED.ljust(10_000))
        first = archive.infolist()[0]
        archive.filelist.extend([first] * 500)
    Path("x.zip").write_bytes(held.getvalue())

    code, shown = validated(capsys, "x.zip", "--limit", "archive_total=100000")
    assert code in (1, 3)  # from Python 3.11.8 on overlaps are found by zipfile
    assert any("BEV008" in line for line in shown)


def test_directory_of_wrong_size_is_not_an_archive(capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(raw_zip([stored(b"a.json", CREATED)]))
    data[-10:-6] = struct.pack("<I", 2**31)  # the size of the directory
    Path("x.zip").write_bytes(data)

    code, shown = validated(capsys, "x.zip")
    assert (code, shown[0][:20]) == (1, "x.zip: error: BEV011")


def test_header_that_takes_quadratic_time_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("x.tar").write_bytes(member("p", b"1" * 1_000_000, b"x") + member("a.json", CREATED) + END)

    assert "a number with 256 digits or more" in worded(capsys, "x.tar")[1][0]


def test_many_small_streams_without_line_ends_take_linear_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("x.jsonl.gz").write_bytes(COMPRESSIONS["gz"](b" ") * 20_000 + COMPRESSIONS["gz"](WRONG))

    code, shown = validated(capsys, "x.jsonl.gz")
    assert (code, shown[0]) == (1, f"x.jsonl.gz#/0{WRONG_ID.replace(':14:', ':20014:')}")
