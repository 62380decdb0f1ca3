"""Archives: members are reported by their location, and nothing is unpacked to disk."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ..container_samples import (
    COMPRESSIONS,
    CREATED,
    FAULTY,
    FIXTURES,
    FOLDER,
    MEMBERS,
    VALID,
    WRONG,
    WRONG_ID,
    samples,
    tarred,
    validated,
    worded,
    write,
    zipped,
)

FOUND = ":1:70: error: BEV203 (/response/0/smtpCheck)"

PLACES = {
    **{name: f"{name}#/1" for name in samples() if ".jsonl" in name or ".ndjson" in name},
    **{name: name for name in samples() if ".json." in name},
    **{f"export.{kind}": f"export.{kind}!/july/status.json" for kind in ("zip", "tar", "tgz", "tbz2", "txz", "tzst")},
    **{f"export.tar.{kind}": f"export.tar.{kind}!/july/status.json" for kind in COMPRESSIONS},
    "bzip2.zip": "bzip2.zip!/july/status.json",
    "gnu.tar": "gnu.tar!/july/status.json",
    "nested.zip": "nested.zip!/status.json",
}


def test_there_is_a_sample_of_every_kind() -> None:
    assert {path.name for path in FOLDER.iterdir()} == samples().keys() == PLACES.keys()
    assert FOLDER.parent == FIXTURES


@pytest.mark.parametrize("name", sorted(PLACES))
def test_fault_is_reported_by_its_location_in_the_container(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(FOLDER)

    code, shown = validated(capsys, name)
    line = PLACES[name] + (FOUND.replace(":1:", ":2:", 1) if PLACES[name].endswith("#/1") else FOUND)
    assert code == 1
    assert line in shown
    if name != "nested.zip":
        assert shown == [line, shown[-1]]
        assert ("; 1 response body, 0 valid; " if ".json." in name else "; 2 response bodies, 1 valid; ") in shown[-1]


def test_samples_of_all_containers_are_found_in_a_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER.parent)

    _, shown = validated(capsys, "containers")
    assert [line for line in shown if "BEV203" in line] == [
        f"containers/{place}{FOUND.replace(':1:', ':2:', 1) if place.endswith('#/1') else FOUND}"
        for _, place in sorted(PLACES.items())
    ]


@pytest.mark.parametrize("nesting", [1, 2])
def test_nested_archive_is_read_if_the_limit_allows_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, nesting: int
) -> None:
    monkeypatch.chdir(FOLDER)

    code, shown = validated(capsys, "nested.zip", "--limit", f"archive_nesting={nesting}")
    refused = "nested.zip!/inner/export.zip: error: BEV010"
    assert code == 1
    if nesting == 1:
        assert shown[0].startswith(refused)
    else:
        assert shown[0] == f"nested.zip!/inner/export.zip!/july/status.json{FOUND}"
    assert shown[1] == f"nested.zip!/status.json{FOUND}"


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_nested_archives_are_counted_at_any_depth(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    pack = zipped if kind == "zip" else tarred
    data = pack({"a.json": WRONG})
    for _ in range(5):
        data = pack({"in.tgz": COMPRESSIONS["gz"](tarred({f"in.{kind}": data}))})
    write(f"x.{kind}", data)

    assert validated(capsys, f"x.{kind}", "--limit", "archive_nesting=10")[1][0].endswith("BEV010")
    place = f"x.{kind}" + f"!/in.tgz!/in.{kind}" * 5 + "!/a.json"
    assert validated(capsys, f"x.{kind}", "--limit", "archive_nesting=11")[1][0] == place + WRONG_ID


def test_members_are_decompressed_and_read_by_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    inner = {f"a.json.{kind}": compress(WRONG) for kind, compress in COMPRESSIONS.items()}
    inner["b.jsonl.gz"] = COMPRESSIONS["gz"](CREATED + b"\n" + WRONG)
    inner["c.xml"] = b"<xml><response><id>x</id></response></xml>"
    write("x.zip", zipped(inner))

    code, shown = validated(capsys, "x.zip")
    assert code == 1
    assert shown[:4] == [f"x.zip!/{name}{WRONG_ID}" for name in inner if name.startswith("a")]
    assert shown[4].startswith("x.zip!/b.jsonl.gz#/1:2:14: error: BEV204")
    assert shown[5].startswith("x.zip!/c.xml:1:")


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_files_to_read_can_be_selected(capsys: pytest.CaptureFixture[str], pack: object) -> None:
    assert callable(pack)
    names = ("a.json", "july/b.json", "july/old/c.json", "d.txt", "__MACOSX/a.json")
    write("x.archive.zip" if pack is zipped else "x.archive.tar", pack(dict.fromkeys(names, WRONG)))
    archive = next(Path().iterdir()).name

    def places(*options: str) -> list[str]:
        return [line.partition("!/")[2].partition(":")[0] for line in validated(capsys, archive, *options)[1][:-1]]

    assert places() == ["a.json", "july/b.json", "july/old/c.json"]
    for pattern in ("old", "old/", f"{archive}/july/old", f"{archive}!/july/old/**"):
        assert places("--exclude", pattern) == ["a.json", "july/b.json"]
    assert places("--exclude", "**/old/**") == ["a.json", "july/b.json"]
    assert places("--exclude", "b.json") == ["a.json", "july/old/c.json"]
    assert places("--include", "*.txt") == ["d.txt"]
    assert places("--include", f"{archive}/july/*") == ["july/b.json"]
    assert places("--include", f"{archive}!/july/*") == ["july/b.json"]


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_archive_from_standard_input_is_detected_by_its_content(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    for data, place in (
        (zipped(MEMBERS), f"<stdin>!/july/status.json{FOUND}"),
        (tarred(MEMBERS), f"<stdin>!/july/status.json{FOUND}"),
        (VALID + b" \r\n\r\n" + FAULTY, f"<stdin>#/2{FOUND.replace(':1:', ':3:', 1)}"),
        (b"\xef\xbb\xbf" + CREATED.ljust(5000) + b"\n" + FAULTY, f"<stdin>#/1{FOUND.replace(':1:', ':2:', 1)}"),
        (FAULTY, f"<stdin>{FOUND}"),
    ):
        packed = COMPRESSIONS[suffix[1:]](data) if suffix else data
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(packed)))

        code, shown = validated(capsys, "-")
        assert (code, shown[-2]) == (1, place)


DOCUMENTS = {
    "workbook.zip": ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
    "binary.zip": ("[Content_Types].xml", "xl/workbook.bin"),
    "open.zip": ("mimetype", "META-INF/manifest.xml", "content.xml"),
    "numbers.zip": ("Index/Document.iwa", "preview.jpg"),
    "letter.zip": ("[Content_Types].xml", "word/document.xml"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("suffix", [".zip", ".xlsx"])
def test_office_documents_are_named(capsys: pytest.CaptureFixture[str], name: str, suffix: str) -> None:
    path = name.replace(".zip", suffix)
    write(path, zipped(dict.fromkeys(DOCUMENTS[name], b"<x/>\xff")))

    code, shown = worded(capsys, path)

    assert code == 1
    assert ("BEV011" if suffix == ".zip" else "BEV102") in shown[0]
    assert "save the" in shown[0] or "export the table" in shown[0]


def test_old_workbook_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    write("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))

    code, shown = worded(capsys, "old.xls")

    assert code == 1
    assert "BEV102 expected utf-8 text, got an old Excel workbook" in shown[0]


def test_archive_with_names_of_office_documents_in_a_folder_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    write("dump.zip", zipped({"old/xl/workbook.xml": VALID, "a.json": VALID}))

    assert "; 2 response bodies, " in validated(capsys, "dump.zip")[1][-1]


@pytest.mark.parametrize("name", ["crawl.wacz", "crawl.zip"])
def test_recordings_in_a_wacz_are_read(capsys: pytest.CaptureFixture[str], name: str) -> None:
    recording = (FIXTURES / "recordings" / "capture.warc.gz").read_bytes()
    others = {"datapackage.json": b'{"profile":"data-package"}', "pages/pages.jsonl": b'{"format":"json-pages-1.0"}\n'}
    write(name, zipped({"archive/data.warc.gz": recording, **others, "indexes/index.cdx.gz": b"x"}))

    code, shown = validated(capsys, name)

    assert code == 0
    assert "; 4 response bodies, all valid; " in shown[-1]


def test_data_package_without_recordings_is_an_ordinary_archive(capsys: pytest.CaptureFixture[str]) -> None:
    write("data.zip", zipped({"datapackage.json": b"{}", "a.json": VALID}))

    assert "; 2 response bodies, " in validated(capsys, "data.zip")[1][-1]
