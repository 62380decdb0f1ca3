"""The checksums of headers in tar archives are written anew; nothing else changes, and no other data."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse.files.checksums import TarChecksums

contents = st.lists(st.binary(max_size=1200), max_size=4)


def archive(members: list[bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as written:
        for number, content in enumerate(members):
            info = tarfile.TarInfo(f"{'folder/' * 20}{number}.json")
            info.size = len(content)
            written.addfile(info, io.BytesIO(content))
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        folder.size = 700
        written.addfile(folder)
    return stream.getvalue()


def corrected(data: bytes, block: int) -> bytes:
    checksums = TarChecksums()
    return b"".join(checksums.feed(data[at : at + block]) for at in range(0, len(data), block)) + checksums.end()


@given(contents, st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), st.integers(1, 2000))
def test_archive_is_unchanged(members: list[bytes], format: int, block: int) -> None:
    data = archive(members, format)

    assert corrected(data, block) == data


@given(contents, st.integers(1, 2000))
def test_changed_name_has_its_checksum(members: list[bytes], block: int) -> None:
    data = archive(members, tarfile.GNU_FORMAT)

    changed = corrected(data.replace(b"folder", b"FOLDER"), block)
    with tarfile.open(fileobj=io.BytesIO(changed)) as read:
        names = read.getnames()

    assert len(names) == len(members) + 1
    assert names[-1] == "FOLDER"


@given(st.binary(max_size=2000), st.integers(1, 700))
def test_other_data_is_unchanged(data: bytes, block: int) -> None:
    assert corrected(data, block) == data


@pytest.mark.parametrize("size", [b"zzz".ljust(12), b"\x80".ljust(12, b"\0"), b" 0 ".ljust(12, b"\0")])
def test_size_that_is_no_number_ends_the_archive(size: bytes) -> None:
    header = bytearray(archive([])[:512])
    header[124:136] = size
    data = bytes(header) + b"x" * 700

    assert len(corrected(data, 100)) == len(data)
    assert corrected(data, 100)[512:] == b"x" * 700
