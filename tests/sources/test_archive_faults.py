"""Damaged and unusual archives: members that can be read are read, and the problem is reported at its location."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from bevparse.sources import ANYTHING, Source, open_source, tars

from ..container_samples import (
    COMPRESSIONS,
    CREATED,
    MEMBERS,
    WRONG,
    WRONG_ID,
    header,
    member,
    pax_records,
    raw_zip,
    samples,
    stored,
    tarred,
    validated,
    worded,
    write,
    zipped,
)

END = bytes(1024)


@pytest.mark.parametrize("cut", [0, 1, 3, 40, 0.3, 0.5, 0.9, -21, -1])
@pytest.mark.parametrize("name", ["export.zip", "export.tar", "export.tgz", "export.txz", "bzip2.zip"])
def test_truncated_archive_is_reported(capsys: pytest.CaptureFixture[str], name: str, cut: float) -> None:
    data = samples()[name]
    if name == "export.tar":
        data = data[: 6 * 512 + 512]  # without most of the zeros that fill it up
    write(name, data[: int(len(data) * cut) if isinstance(cut, float) else cut])

    code, shown = validated(capsys, name, "--ignore", "BEV203")
    assert code == 1
    assert [" ".join(line.split()[:3]) for line in shown[:-1]] == [f"{name}: error: BEV011"]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.zip.gz", "x.tar.gz"])
@pytest.mark.parametrize("data", [b"", b"no archive", CREATED, b"PK\3\4" + bytes(100), b"\0" * 100, b"\xff" * 2000])
def test_invalid_archive_is_reported(capsys: pytest.CaptureFixture[str], name: str, data: bytes) -> None:
    write(name, COMPRESSIONS["gz"](data) if name.endswith("gz") else data)

    code, shown = validated(capsys, name)
    assert code == 1
    assert [" ".join(line.split()[:3]) for line in shown[:-1]] == [f"{name}: error: BEV011"]


def test_uncompressed_file_named_like_a_compressed_archive_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("x.tar.gz", tarred(MEMBERS))
    write("x.jsonl.gz", CREATED)
    write("x.zip.gz", zipped(MEMBERS))

    assert [validated(capsys, name)[0] for name in ("x.tar.gz", "x.jsonl.gz", "x.zip.gz")] == [1, 3, 3]


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param([member("a.json", CREATED), b"x" * 512, member("b.json", WRONG), END], id="damaged-header"),
        pytest.param([member("a.json", CREATED)], id="no-end"),
        pytest.param([member("a.json", CREATED), header("b.json", 2000), WRONG.ljust(512)], id="cut-in-a-member"),
        pytest.param([member("a.json", CREATED), header("b.json", 9)[:200]], id="cut-in-a-header"),
        pytest.param([member("a.json", CREATED), header("b.txt", 2**40, binary=True), WRONG], id="huge-member"),
        pytest.param([member("a.json", CREATED), header("b.txt", -512, binary=True), END], id="backwards"),
        pytest.param([member("a.json", CREATED), header("b", -5120, b"x", binary=True), END], id="negative-pax-header"),
        pytest.param([member("a.json", CREATED), member("b", b"9" * 5000, b"x"), END], id="many-digits"),
        pytest.param([member("a.json", CREATED), member("b", b"0 x=1\n", b"x"), member("c", WRONG), END], id="bad-pax"),
        pytest.param([member("a.json", CREATED), *[member("b", b"8 k=ab\n", b"x")] * 2000, END], id="pax-chain"),
    ],
)
def test_tar_archive_is_read_up_to_the_damage(capsys: pytest.CaptureFixture[str], blocks: list[bytes]) -> None:
    write("x.tar", b"".join(blocks))

    code, shown = validated(capsys, "x.tar", "--ignore", "BEV204,BEV110")
    assert code == 1
    assert shown[-2].startswith("x.tar: error: BEV011")
    assert "; " in shown[-1]
    assert "create (1 json)" in shown[-1] or "2 create" in shown[-1]


def test_damage_after_the_end_of_a_tar_archive_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.tar.gz", COMPRESSIONS["gz"](member("a.json", WRONG) + END)[:-6])

    code, shown = validated(capsys, "x.tar.gz")
    assert (code, shown[0]) == (1, f"x.tar.gz!/a.json{WRONG_ID}")
    assert shown[1].startswith("x.tar.gz: error: BEV011")


def test_empty_archive_has_nothing_to_check(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.tar", bytes(10240))
    write("x.zip", zipped({}))

    assert validated(capsys, "x.tar", "x.zip")[0] == 4


def test_links_devices_and_folders_in_a_tar_archive_are_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE)
    write("x.tar", b"".join(header(f"{kind!r}.json", 0, kind) for kind in kinds) + member("a.json", WRONG) + END)

    assert validated(capsys, "x.tar")[1][:-1] == [f"x.tar!/a.json{WRONG_ID}"]


def test_sparse_member_is_read_with_its_holes(capsys: pytest.CaptureFixture[str]) -> None:
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a.json", "GNU.sparse.realsize": "33"}
    blocks = b"2\n0\n13\n23\n10\n".ljust(512, b"\0") + WRONG
    write("x.tar", member("p", pax_records(pax), b"x") + member("GNUSparseFile.1/a.json", blocks) + END)

    (found,) = open_source(Source("x.tar"), ANYTHING)
    assert (found.name, found.data) == ("x.tar!/a.json", WRONG[:13] + bytes(10) + WRONG[13:])


def test_global_pax_headers_change_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    comment = member("pax_global_header", b"52 comment=" + b"c" * 40 + b"\n", b"g")
    write("x.tar", comment + member("a.json", WRONG) + comment + member("b.json", WRONG) + END)

    assert validated(capsys, "x.tar")[1][:-1] == [f"x.tar!/{name}.json{WRONG_ID}" for name in "ab"]


def test_tar_archive_is_read_in_small_pieces() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 100))

    stream = Slow(tarred({"a.json": WRONG, "b.json": CREATED}))

    found = list(tars.members(Source("x.tar"), stream, lambda _: True))

    assert [(source.name, source.data) for source in found] == [("x.tar!/a.json", WRONG), ("x.tar!/b.json", CREATED)]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        pytest.param((b"a.json", 0, 0, 21, CREATED, 1), "is encrypted, password required", id="encrypted"),
        pytest.param((b"a.json", 12, 0, 21, CREATED, 1), "is encrypted, password required", id="encrypted-bzip2"),
        pytest.param((b"a.json", 14, 0, 21, CREATED, 0), "compression method 14 is not supported", id="lzma"),
        pytest.param((b"a.json", 99, 0, 21, CREATED, 0), "compression method 99 is not supported", id="unknown-method"),
        pytest.param((b"a.json", 0, 5, 21, CREATED, 0), "Bad CRC-32", id="wrong-checksum"),
        pytest.param((b"a.json", 8, 5, 21, CREATED, 0), "Error -3 while decompressing", id="not-deflated"),
        pytest.param((b"a.json", 12, 5, 21, CREATED, 0), "not .bz2 data", id="not-bzip2"),
        pytest.param(
            (b"a.json", 12, 5, 21, COMPRESSIONS["bz2"](CREATED), 0), "length or checksum", id="bzip2-checksum"
        ),
        pytest.param((b"a.json", 0, 0, 2000, CREATED, 0), "", id="shorter-than-declared"),
    ],
)
def test_unreadable_member_is_reported_and_the_others_are_read(
    capsys: pytest.CaptureFixture[str], one: tuple[bytes, int, int, int, bytes, int], reason: str
) -> None:
    write("x.zip", raw_zip([one, stored(b"b.json", WRONG)]))

    code, shown = worded(capsys, "x.zip")
    assert code == 3
    assert shown[0].startswith("x.zip!/a.json: error: BEV001")
    assert reason in shown[0]
    assert shown[1].startswith("x.zip!/b.json:1:14: error: BEV204 ")


def test_damaged_member_that_is_not_requested_is_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.zip", raw_zip([(b"notes.txt", 99, 0, 21, CREATED, 1), stored(b"b.json", CREATED)]))

    assert validated(capsys, "x.zip")[0] == 0


def test_zip_archive_may_have_leading_data_and_a_trailing_comment(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.zip", b"#!/bin/sh\n" * 10 + raw_zip([stored(b"a.json", WRONG)], b"x" * 65535))

    assert validated(capsys, "x.zip")[1][0] == f"x.zip!/a.json{WRONG_ID}"


def test_zip64_archive_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive, archive.open("a.json", "w", force_zip64=True) as stream:
        stream.write(WRONG)
    write("x.zip", held.getvalue())

    assert validated(capsys, "x.zip")[1][0] == f"x.zip!/a.json{WRONG_ID}"


@pytest.mark.parametrize("inside", ["x.zip", "x.tar"])
@pytest.mark.parametrize(
    ("name", "shown_as"),
    [
        ("../../etc/passwd.json", "../../etc/passwd.json"),
        ("/etc/passwd.json", "/etc/passwd.json"),
        ("C:\\boot.json", None),
        ("esc\x1b[2J.json", "esc\\x1b[2J.json"),
        ("line\nend.json", "line\\nend.json"),
        ("\u202enosj.json", "\\u202enosj.json"),
        ("a:1:1: error.json", "a:1:1: error.json"),
        ("x" * 200 + ".json", "x" * 200 + ".json"),
    ],
)
def test_names_in_archives_are_shown_and_never_followed(
    capsys: pytest.CaptureFixture[str], inside: str, name: str, shown_as: str | None
) -> None:
    write(inside, (zipped if inside == "x.zip" else tarred)({name: WRONG}))

    code, (line, _) = validated(capsys, inside)
    assert code == 1
    assert line == f"{inside}!/{shown_as}{WRONG_ID}" or shown_as is None
    assert line.isprintable()


def test_names_that_are_not_utf_8_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.zip", raw_zip([stored(b"\xed\xa0\x80.json", WRONG), stored(b"", CREATED), stored(b"d/", b"")]))
    write("x.tar", member("\udced\udca0\udc80.json", WRONG) + END)

    assert validated(capsys, "x.zip")[1][0] == f"x.zip!/φáÇ.json{WRONG_ID}"
    assert validated(capsys, "x.tar")[1][0] == f"x.tar!/\\udced\\udca0\\udc80.json{WRONG_ID}"


def test_archive_with_names_falsely_declared_as_utf_8_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.zip", raw_zip([stored(b"\xed\xa0\x80.json", WRONG, 0x800)]))

    code, shown = validated(capsys, "x.zip")
    assert (code, shown[0][:20]) == (1, "x.zip: error: BEV011")


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.jsonl"])
def test_missing_archive_is_unreadable(name: str) -> None:
    (found,) = open_source(Source(name), ANYTHING)

    assert (found.outcome, found.problems[0].code) == ("unreadable", "BEV001")
    assert found.problems[0].message == "cannot read file: No such file or directory"
