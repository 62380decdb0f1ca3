"""`bevparse redact`: API keys out of recordings, everything else byte for byte as it was."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from warcio.archiveiterator import ArchiveIterator

from bevparse.cli import main
from bevparse.files.compression import ZSTD

from ..paths import FIXTURES

zstd = import_module(ZSTD)
SECRET = "Ab3dE6gH9jKlMnOpQrStUvWxYz012"
KEY = f"at_{SECRET}"
OVER = "at_REDACTED" + "." * 21
URL = "https://emailverification.whoisxmlapi.com/api/bevService/request"
ANSWER = '{"response":{"id":5}}'
TEXT = f"GET {URL}?apiKey={KEY}\n".encode()
CLEAN = TEXT.replace(KEY.encode(), OVER.encode())
RECORDINGS = sorted(path for path in (FIXTURES / "recordings").iterdir() if not zipfile.is_zipfile(path))
PACKED: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.compress, gzip.decompress),
    ".bz2": (bz2.compress, bz2.decompress),
    ".xz": (lzma.compress, lzma.decompress),
    ".zst": (zstd.compress, zstd.decompress),
}


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    (folder / "in.log").write_bytes(TEXT)
    return folder


def har() -> bytes:
    posted = json.dumps({"apiKey": KEY, "emails": ["a@a.example"]})
    request = {
        "method": "POST",
        "url": f"{URL}?apiKey={KEY}",
        "headers": [{"name": "Authorization", "value": f"Bearer {KEY}"}],
        "postData": {"mimeType": "application/json", "text": posted},
    }
    coded = {"text": base64.b64encode(f"you sent {KEY}".encode()).decode(), "encoding": "base64"}
    answer = {"mimeType": "application/json", "text": ANSWER}
    entries = [{"request": request, "response": {"status": 200, "content": content}} for content in (answer, coded)]
    return json.dumps({"log": {"version": "1.2", "entries": entries}}, indent=1).encode()


def cassette() -> bytes:
    posted = json.dumps({"apiKey": KEY, "text": "\xff" * 100}, ensure_ascii=False).encode("latin-1")
    request = {"method": "POST", "uri": URL, "headers": {"X-Key": [KEY]}, "body": posted}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ANSWER}}
    return yaml.safe_dump({"version": 1, "interactions": [{"request": request, "response": response}]}).encode()


def warc() -> bytes:
    request = f"POST /api/bevService/request?apiKey={KEY} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode()
    records = b""
    for number, kind in enumerate(("request", "response")):
        block = request if kind == "request" else f"HTTP/1.1 200 OK\r\n\r\n{ANSWER}".encode()
        head = (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
            f"WARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Target-URI: {URL}?apiKey={KEY}\r\n"
            f"Content-Type: application/http; msgtype={kind}\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        records += gzip.compress(head.encode() + block + b"\r\n\r\n")
    return records


def test_there_are_recordings_with_keys() -> None:
    assert len([path for path in RECORDINGS if b"at_0" in path.read_bytes()]) > 1


def test_only_the_key_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redact", "in.log", "-o", "out.log"]) == 0

    assert (folder / "out.log").read_bytes() == CLEAN
    assert (folder / "in.log").read_bytes() == TEXT
    assert capsys.readouterr() == ("in.log: 1 key replaced\n", "")


@pytest.mark.parametrize("target", [("--in-place",), ("-o", "out.log")])
def test_folder_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], target: tuple[str, ...]) -> None:
    (folder / "dumps").mkdir()

    assert main(["redact", "dumps/", *target]) == 3
    example = Path("dumps") / "*"
    assert capsys.readouterr().err == (
        f"bevparse: expected a file, got a folder; name its files, such as {example} (dumps/)\n"
    )


def test_file_without_a_key_is_copied_and_ends_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redact", "in.log", "-o", "clean.log"]) == main(["redact", "clean.log", "-o", "out.log"]) == 0

    assert (folder / "out.log").read_bytes() == CLEAN
    assert capsys.readouterr().out.splitlines()[1] == "clean.log: 0 keys replaced"


@pytest.mark.parametrize(
    ("name", "make", "keys"),
    [("session.har", har, 7), ("cassette.yaml", cassette, 2), ("capture.warc.gz", warc, 3)],
)
def test_validate_finds_no_key_in_redacted_files(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, make: Callable[[], bytes], keys: int
) -> None:
    (folder / name).write_bytes(make())
    (folder / "clean").mkdir()
    check = ["validate", "--select", "BEV5", "--no-cache"]

    assert main([*check, name]) == 1
    assert main(["redact", name, "-o", f"clean/{name}"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{name}: {keys} keys replaced"
    assert main([*check, f"clean/{name}"]) == 0
    assert capsys.readouterr().out.startswith("no findings in 1 file; ")


@pytest.mark.parametrize("path", RECORDINGS, ids=[path.name for path in RECORDINGS])
def test_redacted_recording_has_all_other_findings(
    folder: Path, capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    check = ["validate", "--no-cache", "--no-config", "--output-format", "jsonl"]
    main([*check, str(path)])
    before = capsys.readouterr().out.replace(str(path), path.name)

    assert main(["redact", str(path), "-o", path.name]) == 0
    capsys.readouterr()
    main([*check, path.name])
    after = capsys.readouterr().out

    assert '"BEV50' not in after
    kept = [
        [line for line in each.splitlines() if '"code"' in line and '"BEV50' not in line] for each in (before, after)
    ]
    assert kept[0] == kept[1]


def test_base64_keeps_its_length(folder: Path) -> None:
    (folder / "cassette.yaml").write_bytes(cassette())

    assert main(["redact", "cassette.yaml", "--in-place"]) == 0
    after = (folder / "cassette.yaml").read_bytes()
    assert [*map(len, after.split(b"\n"))] == [*map(len, cassette().split(b"\n"))]
    (interaction,) = yaml.safe_load(after)["interactions"]
    assert interaction["request"]["body"].startswith(f'{{"apiKey": "{OVER}"'.encode())


def test_gzip_members_of_a_warc_stay_separate(folder: Path) -> None:
    (folder / "capture.warc.gz").write_bytes(warc())

    assert main(["redact", "capture.warc.gz", "-o", "out.warc.gz"]) == 0
    with (folder / "out.warc.gz").open("rb") as stream:
        urls = [record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(stream)]
    assert urls == [f"{URL}?apiKey={OVER}"] * 2


@pytest.mark.parametrize("suffix", PACKED)
def test_compressed_files_are_read_and_written_by_their_names(folder: Path, suffix: str) -> None:
    compress, decompress = PACKED[suffix]
    (folder / f"in{suffix}").write_bytes(compress(TEXT))

    assert main(["redact", f"in{suffix}", "-o", f"out{suffix}"]) == 0
    assert decompress((folder / f"out{suffix}").read_bytes()) == CLEAN
    assert main(["redact", f"in{suffix}", "-o", "out.log"]) == 0
    assert (folder / "out.log").read_bytes() == CLEAN
    assert main(["redact", "in.log", "-o", f"out{suffix.upper()}"]) == 0
    assert decompress((folder / f"out{suffix.upper()}").read_bytes()) == CLEAN


@pytest.mark.parametrize("suffix", PACKED)
def test_empty_compressed_file_is_copied(folder: Path, suffix: str) -> None:
    compress, decompress = PACKED[suffix]
    (folder / f"in{suffix}").write_bytes(compress(b""))

    assert main(["redact", f"in{suffix}", "-o", f"out{suffix}"]) == 0
    assert decompress((folder / f"out{suffix}").read_bytes()) == b""


def test_gzip_with_an_empty_member_and_trailing_zeros_is_redacted(folder: Path) -> None:
    large = b"0123456789abcdef" * 2**17
    (folder / "in.gz").write_bytes(b"".join(map(gzip.compress, (TEXT, b"", large, TEXT))) + bytes(10))

    assert main(["redact", "in.gz", "-o", "out.gz"]) == 0
    after = (folder / "out.gz").read_bytes()
    assert gzip.decompress(after) == CLEAN + large + CLEAN
    assert after.count(b"\x1f\x8b\x08") == 4


def test_redacted_tar_archive_is_valid(folder: Path) -> None:
    with tarfile.open(folder / "in.tgz", "w:gz") as archive:
        archive.add("in.log")

    assert main(["redact", "in.tgz", "--in-place"]) == 0
    with tarfile.open(folder / "in.tgz") as archive:
        member = archive.extractfile("in.log")
        assert member is not None
        assert member.read() == CLEAN


def test_key_in_the_name_of_a_member_leaves_a_valid_archive(folder: Path) -> None:
    with tarfile.open(folder / "in.tar", "w") as archive:
        archive.add("in.log", f"dumps/{KEY}.log")
        archive.add("in.log", f"{'x' * 120}/{KEY}.log")
        archive.add("in.log", "other.log")

    assert main(["redact", "in.tar", "-o", "out.tar"]) == 0
    with tarfile.open(folder / "out.tar") as archive:
        assert archive.getnames() == [f"dumps/{OVER}.log", f"{'x' * 120}/{OVER}.log", "other.log"]
        assert [archive.extractfile(member).read() for member in archive] == [CLEAN] * 3  # type: ignore[union-attr]


def test_in_place_refuses_a_file_with_another_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.log").hardlink_to(folder / "in.log")

    assert main(["redact", "--in-place", "in.log"]) == 3
    assert "the file has 1 other name (a hard link), which would keep the keys" in capsys.readouterr().err
    (folder / "c.log").hardlink_to(folder / "in.log")
    assert main(["redact", "--in-place", "in.log"]) == 3
    assert "the file has 2 other names (hard links)" in capsys.readouterr().err
    assert (folder / "in.log").read_bytes() == TEXT
    assert main(["redact", "in.log", "-o", "out.log"]) == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_in_place_keeps_the_owner(folder: Path) -> None:
    os.chown(folder / "in.log", 1234, 5678)

    assert main(["redact", "--in-place", "in.log"]) == 0
    after = (folder / "in.log").stat()
    assert (after.st_uid, after.st_gid) == (1234, 5678)


def test_in_place_refuses_a_file_of_another_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: (folder / "in.log").stat().st_uid + 1, raising=False)

    assert main(["redact", "--in-place", "in.log"]) == 3
    assert "the file belongs to another user" in capsys.readouterr().err
    assert (folder / "in.log").read_bytes() == TEXT


@pytest.mark.skipif(not hasattr(os, "getgroups"), reason="needs groups")
@pytest.mark.parametrize(("is_member", "code"), [(True, 0), (False, 3)])
def test_in_place_refuses_a_file_of_another_group(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_member: bool, code: int
) -> None:
    status = (folder / "in.log").stat()
    monkeypatch.setattr(os, "geteuid", lambda: status.st_uid or 1)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: os.stat_result((*status[:4], status.st_uid or 1, *status[5:])))
    monkeypatch.setattr(os, "getegid", lambda: status.st_gid + 1)
    monkeypatch.setattr(os, "getgroups", lambda: [status.st_gid] if is_member else [])

    assert main(["redact", "--in-place", "in.log"]) == code
    assert ((folder / "in.log").read_bytes() == TEXT) is not is_member


def test_large_file_is_read_in_pieces(folder: Path) -> None:
    text = TEXT * 40_000
    (folder / "large.log").write_bytes(text)

    assert main(["redact", "large.log", "--in-place"]) == 0
    assert (folder / "large.log").read_bytes() == CLEAN * 40_000


def test_several_files_are_redacted_in_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.log", "b.log"):
        (folder / name).write_text(f"{KEY}\n")

    assert main(["redact", "--in-place", "a.log", "absent.log", "b.log"]) == 3
    shown = capsys.readouterr()
    assert shown.out == "a.log: 1 key replaced\nb.log: 1 key replaced\n"
    assert shown.err.startswith("bevparse: cannot read file: ")
    assert main(["redact", "a.log", "b.log", "-o", "out.log"]) == 2
    assert capsys.readouterr().err.startswith("bevparse: argument -o/--output-file: allowed with one input only; ")
    assert not (folder / "out.log").exists()


def test_in_place_leaves_a_file_without_a_key_untouched(folder: Path) -> None:
    (folder / "clean.gz").write_bytes(gzip.compress(CLEAN, mtime=5))
    before = (folder / "clean.gz").stat()

    assert main(["redact", "clean.gz", "--in-place"]) == 0
    after = (folder / "clean.gz").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert sorted(path.name for path in folder.iterdir()) == ["clean.gz", "in.log"]


def test_standard_input_is_redacted_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT)))

    assert main(["redact", "-", "-o", "-"]) == 0
    assert capfdbinary.readouterr() == (CLEAN, b"-: 1 key replaced\n")


def test_closed_standard_input_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert main(["redact", "-", "-o", "out"]) == 3
    assert capsys.readouterr().err == "bevparse: cannot read standard input: it is closed (<stdin>)\n"
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("name", "data", "ending"),
    [
        ("absent\x1b", None, "cannot read file: no such file or directory (absent\\x1b)"),
        ("a.gz", b"", "(a.gz)"),
        ("a.gz", gzip.compress(TEXT)[:-9], "(a.gz)"),
        ("a.gz", b"no gzip", "(a.gz)"),
        ("a.xz", lzma.compress(TEXT)[:-9], "(a.xz)"),
        (
            "a.har",
            gzip.compress(TEXT),
            "(a.har)",
        ),
        ("a.gz", gzip.compress(zstd.compress(TEXT)), "(a.gz)"),
    ],
)
def test_unreadable_file_ends_with_3_and_leaves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes | None, ending: str
) -> None:
    if data is not None:
        (folder / name).write_bytes(data)

    assert main(["redact", name, "-o", "out"]) == 3
    shown = capsys.readouterr()
    assert ending in shown.err.lower()
    assert (shown.out, (folder / "out").exists()) == ("", False)


def test_zip_archive_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(folder / "in.zip", "w") as archive:
        archive.write("in.log")

    assert main(["redact", "in.zip", "--in-place"]) == 3
    assert "got a zip archive" in capsys.readouterr().err


def test_key_in_compressed_data_is_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.dump").write_bytes(b"<" + gzip.compress(TEXT) + b">")

    assert main(["redact", "in.dump", "-o", "out.dump"]) == 0
    after = (folder / "out.dump").read_bytes()
    assert gzip.decompress(after[1:-1]) == CLEAN
    assert len(after) == (folder / "in.dump").stat().st_size
    assert capsys.readouterr().out == "in.dump: 1 key replaced\n"


def test_key_that_cannot_be_replaced_ends_with_3_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repeated = b"REDACTED".ljust(29, b"z")
    (folder / "in.dump").write_bytes(b"<" + gzip.compress(repeated + b"at_" + repeated + b"\n", 9))

    assert main(["redact", "in.dump", "-o", "out.dump"]) == 3
    assert "cannot replace a key in compressed data" in capsys.readouterr().err
    assert not (folder / "out.dump").exists()


def test_compressed_data_that_cannot_be_searched_ends_with_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.dump").write_bytes(TEXT + gzip.compress(CLEAN * 9)[:-8])

    assert main(["redact", "in.dump", "-o", "out.dump"]) == 3
    shown = capsys.readouterr()
    assert shown.out == "in.dump: 1 key replaced\n"
    assert "damaged, incomplete or too large, and was not searched" in shown.err
    assert (folder / "out.dump").read_bytes().startswith(CLEAN)


@pytest.mark.parametrize("arguments", [["in.zst", "-o", "out"], ["in.log", "-o", "out.zst"]])
def test_package_that_is_not_installed_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (folder / "in.zst").write_bytes(zstd.compress(TEXT))
    monkeypatch.setitem(sys.modules, ZSTD, None)

    assert main(["redact", *arguments]) == 3
    assert "pip install 'bevparse[zstd]'" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir() if path.name.startswith("out")] == []


def test_output_that_cannot_be_written_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redact", "in.log", "-o", "absent/out"]) == 3
    assert "absent/out" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["in.log"], ["in.log", "-o", "out", "--in-place"]])
def test_output_or_in_place_is_required(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["redact", *arguments])

    assert ended.value.code == 2


def test_standard_input_cannot_be_redacted_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redact", "-", "--in-place"]) == 2
    assert capsys.readouterr().err == "bevparse: argument --in-place: not allowed with standard input (-)\n"


def test_recording_that_is_too_large_to_be_read_again_is_redacted(folder: Path) -> None:
    (folder / "large.har").write_bytes(har() + b" " * (2**26 + 2**21))

    assert main(["redact", "large.har", "--in-place"]) == 0
    assert (folder / "large.har").read_bytes()[: len(har())] == har().replace(KEY.encode(), OVER.encode()).replace(
        base64.b64encode(f"you sent {KEY}".encode()), base64.b64encode(f"you sent {OVER}".encode())
    )
