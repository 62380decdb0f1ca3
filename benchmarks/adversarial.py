"""The time and memory of hostile bodies by size: `python -m benchmarks.adversarial`.

Each family makes a body of about n bytes. A body is read in a process of its own at n, 2n and 4n bytes, next to a valid
body of the same size. The table shows the seconds and the peak memory at 4n, and how both grew from n to 2n to 4n.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

import bevparse
from bevparse import BevparseError, CompletedResponse, EmailRecord, Limits
from bevparse.validate import validate

__all__ = ["FAMILIES", "JOBS"]

_Make: TypeAlias = Callable[[int], bytes]

_MIB: Final = 2**20
_URL: Final = "https://emailverification.whoisxmlapi.com/api/bevService/request/status"


def _filled(before: bytes, piece: bytes, after: bytes = b"") -> _Make:
    """Return a function that repeats a piece up to a size."""
    return lambda size: before + piece * (size // len(piece)) + after


def _array(piece: bytes, last: bytes) -> _Make:
    """Return a function that makes an array of records."""
    return _filled(b'{"response":[', piece + b",", last + b"]}")


def _items(piece: bytes, after: bytes = b"</response></xml>") -> _Make:
    """Return a function that makes elements in a response."""
    return _filled(b"<xml><response>", piece, after)


def _numbered(before: str, piece: str, after: str = "") -> _Make:
    """Return a function that repeats a piece with its number in place of `#`."""

    def make(size: int) -> bytes:
        pieces = (piece.replace("#", str(number)) for number in range(size // (len(piece) + 4)))
        return (before + "".join(pieces) + after).encode()

    return make


def _halves(first: _Make, second: _Make) -> _Make:
    """Return a function that makes a body of two halves."""
    return lambda size: first(size // 2) + second(size // 2)


def _har(size: int) -> bytes:
    response = {"status": 200, "content": {"text": '{"response":[]}'}}
    entry = {"request": {"method": "POST", "url": _URL}, "response": response}
    return json.dumps({"log": {"entries": [entry] * (size // 200)}}).encode()


def _zip(size: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(size // 150):
            archive.writestr(f"{number}.json", b'{"response":{"id":5}}')
    return held.getvalue()


_RECORD: Final = b'{"emailAddress":"a@b.example","result":"ok","smtpCheck":"1"}'
_ITEM: Final = b"<item><emailAddress>a@b.example</emailAddress><result>ok</result></item>"
_LABELS: Final = b"Email Address,MX Records,Result\n"
_ROW: Final = b"a@b.example,mx.b.example,ok\n"
_HOSTS: Final = b'{"response":[{"emailAddress":"a","result":"ok","mxRecords":['
_ELEMENT: Final = b"<xml><response><i><emailAddress>a</emailAddress><result>ok</result><mxRecords>"
_END: Final = b"</mxRecords></i></response></xml>"
FAMILIES: Final[dict[str, tuple[str, _Make]]] = {
    "valid.json": ("inspect", _array(_RECORD, _RECORD)),
    "valid.xml": ("inspect", _items(_ITEM)),
    "valid.csv": ("inspect", _filled(_LABELS, _ROW)),
    "empty records.json": ("inspect", _array(b"{}", b"{}")),
    "numbers as records.json": ("inspect", _array(b"1", b"1")),
    "arrays as records.json": ("inspect", _array(b"[]", b"[]")),
    "wrong records.json": ("inspect", _array(b'{"emailAddress":1,"result":"ok"}', b"{}")),
    "wrong hosts.json": ("inspect", _filled(_HOSTS, b"1,", b"1]}]}")),
    "objects as hosts.json": ("inspect", _filled(_HOSTS, b"{},", b"1]}]}")),
    "blank hosts.json": ("inspect", _filled(_HOSTS, b'"",', b'""]}]}')),
    "wrong hosts.csv": ("inspect", _filled(_LABELS + b'a,"', b"a b,", b'",ok\n')),
    "wrong hosts.xml": ("inspect", _filled(_ELEMENT, b"<h><a/></h>", _END)),
    "undocumented fields.json": ("inspect", _numbered('{"response":{"id":5', ',"x#":1', "}}")),
    "undocumented fields.xml": ("inspect", _numbered("<xml><response><id>5</id>", "<x#/>", "</response></xml>")),
    "repeated fields.json": ("inspect", _filled(b'{"response":{"id":5', b',"id":5', b"}}")),
    "repeated fields.xml": ("inspect", _items(b"<id>5</id>")),
    "columns.csv": ("inspect", _numbered("Email Address", ",c#", "\n5\n")),
    "cells.csv": ("inspect", _filled(_LABELS, b"1,")),
    "cells only.csv": ("inspect", _filled(b"", b"1,")),
    "short rows.csv": ("inspect", _filled(_LABELS, b"1\n")),
    "line feeds.csv": ("inspect", _filled(_LABELS, b"\n", b"a,[],ok\n")),
    "carriage returns.csv": ("inspect", _filled(_LABELS, b"\r", b"a,[],ok\r")),
    "line feeds in a cell.csv": ("inspect", _filled(_LABELS + b'"', b"\n", b'",[],ok\n')),
    "quotation marks.csv": ("inspect", _filled(_LABELS + b'"', b'""')),
    "open quotation mark.csv": ("inspect", _filled(_LABELS, b'a,"b\n')),
    "brackets.json": ("inspect", _filled(b"", b"[")),
    "brackets in a text.json": ("inspect", _filled(b'{"response":{"error":"', b"[{", b'"}}')),
    "digits.json": ("inspect", _filled(b'{"response":{"id":', b"9", b"}}")),
    "escapes.json": ("inspect", _array(b'{"error":"\\u00e9","emailAddress":"\\u0041"}', b"{}")),
    "halves of pairs.json": ("inspect", _array(b'"\\ud800"', b"1")),
    "blanks before.json": ("inspect", _filled(b"", b" ", b'{"response":{"id":5}}')),
    "blanks after.json": ("inspect", _halves(_filled(b'{"response":[', _RECORD + b",", _RECORD), _filled(b"", b" "))),
    "blanks.json": ("inspect", _filled(b"", b" ")),
    "zeros.json": ("inspect", _filled(b"", b"\0")),
    "text.txt": ("inspect", _filled(b"", b"a")),
    "heads.txt": ("inspect", _filled(b"", b"HTTP/1.1 200 OK\r\n\r\n")),
    "header lines.txt": ("inspect", _filled(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")),
    "elements.xml": ("inspect", _items(b"<a/>")),
    "open elements.xml": ("inspect", _items(b"<item><a>")),
    "attributes.xml": ("inspect", _numbered("<xml><response", ' a#="b"', "><id>5</id></response></xml>")),
    "namespaces.xml": ("inspect", _numbered("<xml><response>", '<b:a xmlns:b="u#"/>', "</response></xml>")),
    "prefixes.xml": ("inspect", _items(b"<b:a/>")),
    "comments.xml": ("inspect", _filled(b"<xml><response><id>5", b"<!---->", b"</id></response></xml>")),
    "references.xml": ("inspect", _filled(b"<xml><response><error>", b"&amp;", b"</error></response></xml>")),
    "ampersands.xml": ("inspect", _items(_ITEM + b"&")),
    "comments before.xml": ("inspect", _filled(b"", b"<!-- -->", b"<xml/>")),
    "blanks after.xml": ("inspect", _halves(_items(_ITEM, b""), _filled(b"", b" "))),
    "one record, in a stream.json": ("stream", _filled(b'{"response":[{"emailAddress":"a","result":"', b"x", b'"}]}')),
    "one record, in a stream.xml": ("stream", _filled(b"<xml><response><item><result>", b"x", b"</result></item>")),
    "one cell, in a stream.csv": ("stream", _filled(_LABELS + b'a,"', b"\n", b'",ok\n')),
    "wrong records, in a stream.json": ("stream", _array(b'{"emailAddress":1}', b"{}")),
    "fault at the end, in a stream.json": ("stream", _array(_RECORD, b"[")),
    "fault at half, in a stream.json": (
        "stream",
        _halves(_filled(b'{"response":[', _RECORD + b","), _filled(b"[", _RECORD + b",")),
    ),
    "fault at half, in a stream.xml": ("stream", _halves(_items(_ITEM, b"&"), _filled(b"", _ITEM))),
    "fault at half, in a stream.csv": ("stream", _halves(_filled(_LABELS, _ROW, b'a,"b"c\n'), _filled(b"", _ROW))),
    "faults, salvaged.json": ("salvage", _array(_RECORD + b"," + _RECORD.replace(b",", b" "), _RECORD)),
    "faults, salvaged.xml": ("salvage", _items(_ITEM + _ITEM.replace(b"ok", b"&"))),
    "faults, salvaged.csv": ("salvage", _filled(_LABELS, _ROW + b'a,"b"c,ok\n')),
    "open records, salvaged.json": ("salvage", _array(_RECORD[:-1] + b',"x":[{"y":1}},' + _RECORD, _RECORD)),
    "open records, salvaged.xml": ("salvage", _items(_ITEM + _ITEM.removesuffix(b"</item>"))),
    "open quotation mark, salvaged.csv": ("salvage", _filled(_LABELS + _ROW + b'a,"b\n', _ROW)),
    "objects.jsonl": ("validate", _filled(b"", b"{}".ljust(99) + b"\n")),
    "bodies.jsonl": ("validate", _filled(b"", b'{"response":{"id":5}}\n')),
    "line ends.jsonl": ("validate", _filled(b'{"response":{"id":5}}\n', b"\n")),
    "one line.jsonl": ("validate", _filled(b'{"response":{"error":"', b"x", b'"}}\n')),
    "entries.har": ("validate", _har),
    "empty entries.har": ("validate", _filled(b'{"log":{"entries":[', b"{},", b"{}]}}")),
    "brackets.har": ("validate", _filled(b'{"log":{"entries":[{"request":', b"[")),
    "names.yaml": ("validate", _filled(b"interactions:\n", b"- a\n")),
    "anchors.yaml": ("validate", _numbered("interactions:\n", "- &a# b\n")),
    "members.zip": ("validate", _zip),
    "members.jsonl.gz": ("validate", lambda size: gzip.compress(b"{}\n", mtime=0) * (size // 23)),
}
"""Of each family the job that reads it, and the function that makes a body of about n bytes."""


def _inspect(path: Path) -> None:
    bevparse.inspect(path.read_bytes(), CompletedResponse)


def _stream(path: Path) -> None:
    with contextlib.suppress(BevparseError):
        for _ in bevparse.iter_records(path, EmailRecord):
            pass


def _salvage(path: Path) -> None:
    limits = Limits(problems=10**9)
    ignore: Callable[..., None] = lambda *_: None  # noqa: E731
    with contextlib.suppress(BevparseError):
        for _ in bevparse.iter_records(path, EmailRecord, limits=limits, on_problem=ignore, on_reject=ignore):
            pass


def _validate(path: Path) -> None:
    validate([str(path)])


JOBS: Final[dict[str, Callable[[Path], None]]] = {
    "inspect": _inspect,
    "stream": _stream,
    "salvage": _salvage,
    "validate": _validate,
}
"""What reads a body, in seconds and bytes of memory."""


def _measure(job: str, path: Path) -> tuple[float, int]:
    """Run a job in a process of its own, and return its seconds and the bytes that it added to the peak memory."""
    command = [sys.executable, "-m", "benchmarks.adversarial", "--job", job, str(path)]
    seconds, peak = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return seconds, peak


def _do(job: str, path: Path) -> None:
    bevparse.inspect(b'{"response":[{"emailAddress":1}]}', CompletedResponse)  # imports what is imported when needed
    before = _peak()
    begun = time.process_time()
    JOBS[job](path)
    seconds = time.process_time() - begun
    print(json.dumps([seconds, _peak() - before]))


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _growth(values: Sequence[float]) -> str:
    """Return by which factors values grow, if they are large enough to compare."""
    pairs = pairwise(values)
    return " ".join(f"x{after / before:.1f}" if before else "-" for before, after in pairs)


def main() -> None:
    """Measure the families, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adversarial", description=__doc__)
    parser.add_argument("families", nargs="*", help="parts of names of families (default: all)")
    parser.add_argument("--size", type=float, default=2, metavar="MIB", help="the size n in MiB (default: 2)")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        _do(arguments.job, Path(arguments.families[0]))
        return
    print(f"{'family':40} {'4n':>7} {'time':>8} {'n to 4n':>12} {'memory':>8} {'of body':>8} {'n to 4n':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (job, make) in FAMILIES.items():
            if arguments.families and not any(part in name for part in arguments.families):
                continue
            path = Path(folder, name)
            seconds, peaks, size = list[float](), list[float](), 0
            for times in (1, 2, 4):
                path.write_bytes(make(int(arguments.size * times * _MIB)))
                size = path.stat().st_size
                took, peak = _measure(job, path)
                seconds.append(took)
                peaks.append(peak / _MIB)
            memory = f"{peaks[-1]:6.0f}MB {peaks[-1] * _MIB / size:7.1f}x {_growth(peaks):>12}"
            print(f"{name:40} {size / _MIB:5.1f}MB {seconds[-1]:7.2f}s {_growth(seconds):>12} {memory}", flush=True)


if __name__ == "__main__":
    main()
