"""docs/plugins.md: the example is a format, and its bodies are read as the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import msgspec
import pytest

import bevparse
from bevparse import formats
from bevparse.testing import check_format

from ..paths import ROOT

MODULE, USE = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "docs" / "plugins.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)


def test_example_is_a_format(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "msgpack_format.py").write_text(MODULE, "utf-8")
    (folder / "status.msgpack").write_bytes(msgspec.msgpack.encode({"response": [{"id": 544, "ready": 1}]}))
    monkeypatch.syspath_prepend(folder)
    names: dict[str, object] = {}
    try:
        with formats.registry_restored():
            exec(USE, names)

            check_format(sys.modules["msgpack_format"], examples=20)
            for body in (b"\x81\xc1", msgspec.msgpack.encode({"response": b"\xff"}), "text"):
                with pytest.raises(bevparse.DecodeError, match=r"MessagePack|bytes"):
                    bevparse.parse(body, format="msgpack")
    finally:
        sys.modules.pop("msgpack_format", None)

    assert names["status"] == bevparse.StatusResponse(requests=(bevparse.BulkRequest(id=544, ready=True),))
