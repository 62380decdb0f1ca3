"""`validate` and `iter_checked` take one path or several, as texts or as `Path`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bevparse.validate import Settings, iter_checked, validate

BODY = b'{"response":{"id":5}}'


class Entry(os.PathLike[str]):
    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dumps").mkdir()
    for name in ("a.json", "b.json"):
        (tmp_path / "dumps" / name).write_bytes(BODY)
    return tmp_path / "dumps"


@pytest.mark.parametrize(
    "spell", [str, Path, Entry, lambda path: [path], lambda path: (str(path),), lambda path: {path}]
)
def test_paths_may_be_one_or_several(folder: Path, spell: Any) -> None:
    paths = spell(folder)

    assert validate(paths).counts.valid == 2
    assert [checked.source for checked in iter_checked(paths, Settings())] == [
        (folder / "a.json").as_posix(),
        (folder / "b.json").as_posix(),
    ]


def test_paths_may_be_an_iterator_of_both_kinds(folder: Path) -> None:
    assert validate(iter([folder / "a.json", str(folder / "b.json"), str(folder / "*.json")])).counts.valid == 4


def test_single_path_may_be_a_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)

    assert [checked.source for checked in iter_checked("dumps", Settings())] == ["dumps/a.json", "dumps/b.json"]


@pytest.mark.parametrize("paths", [5, None, [5], [b"a"]])
def test_path_of_another_type_is_a_type_error(paths: Any) -> None:
    with pytest.raises(TypeError):
        validate(paths)
