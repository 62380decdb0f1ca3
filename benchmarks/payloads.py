"""Write the bodies of the benchmarks to a folder: `python -m benchmarks.payloads FOLDER SEED SET...`.

This runs in a separate process, to keep the memory of the comparing process small.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)

from .records import Row, rows
from .sizes import FORMATS, GROWTH, MANY
from .spellings import completed, irregular, spelling_of, unlike, write

__all__ = ["IRREGULAR", "LINES", "PLACES", "UNLIKE", "framed", "make"]

IRREGULAR: Final = (
    ("json", "documented"),
    ("json", "snake-case"),
    ("xml", "writer-a"),
    ("xml", "writer-c-pretty"),
    ("csv", "documented"),
    ("csv", "semicolon"),
)
"""The spellings of bodies with one irregular record, by format and name."""
PLACES: Final = {"regular": None, "first": 0, "middle": MANY // 2, "last": -1}
"""The index of the irregular record; None if there is none."""
UNLIKE: Final = (("json", "documented"), ("xml", "writer-a"), ("csv", "documented"))
"""The spellings of bodies whose records are unlike each other."""
_CHUNK: Final = 10_000
_SMALL_FILES: Final = 2_000
_LARGE_FILES: Final = 5
_LARGE: Final = 10_000
LINES: Final = 20_000
"""The records in a file of JSON Lines."""
_FRAMES: Final = {
    "json": (b'{"response":[', b",", b"]}"),
    "xml": (b'<?xml version="1.0" encoding="utf-8"?>\n<xml><response>', b"", b"</response></xml>"),
}
_DEVIATIONS: Final = (
    ("one-boolean.json", b'"formatCheck":"true"', b'"formatCheck":true'),
    ("one-blank.xml", b"<item>", b" <item>"),
    ("one-capital.xml", b"<formatCheck>true<", b"<formatCheck>TRUE<"),
    ("one-capital.csv", b",true,", b",TRUE,"),
)


def make(folder: Path, seed: int, names: Iterable[str]) -> None:
    """Write the named sets: warm, completed, small, growth, saved, spellings."""
    for name in names:
        _SETS[name](folder, seed)


def _warm(folder: Path, seed: int) -> None:
    _write_completed(folder, "completed-100", list(rows(100, seed)))


def _completed(folder: Path, seed: int) -> None:
    _write_completed(folder, "completed", list(rows(MANY, seed)))
    _write_completed(folder, "unique", list(rows(MANY, seed, unique=True)))
    for name, canonical, deviating in _DEVIATIONS:
        body = (folder / f"completed.{name.partition('.')[2]}").read_bytes()
        place = body.index(canonical, len(body) // 2)
        (folder / f"completed-{name}").write_bytes(body[:place] + deviating + body[place + len(canonical) :])


def _growth(folder: Path, seed: int) -> None:
    for count in GROWTH:
        for format in FORMATS:
            with (folder / f"growth-{count}.{format}").open("wb") as file:
                file.writelines(framed(rows(count, seed), format))


def _small(folder: Path, seed: int) -> None:
    for name, response in _small_responses(seed).items():
        for format in FORMATS:
            (folder / f"{name}.{format}").write_bytes(bevparse.dump(response, format=format))
        if isinstance(response, StatusResponse):
            _write_truth(folder, name, map(_request_values, response.requests))
    _write_completed(folder, "completed-1", list(rows(1, seed)))


def _saved(folder: Path, seed: int) -> None:
    """Write a typical folder of saved responses, one with its large files alone, and one with JSON Lines."""
    saved = folder / "saved"
    for top in (saved, folder / "large", folder / "lines"):
        top.mkdir()
    small = [*_small_responses(seed).values(), *(CompletedResponse(records=_records(rows(n, seed))) for n in (1, 3))]
    for number in range(_SMALL_FILES):
        format = FORMATS[number % len(FORMATS)]
        body = bevparse.dump(small[number % len(small)], format=format)
        (saved / f"small-{number:04}.{format}").write_bytes(body)
    for number in range(_LARGE_FILES):
        format = FORMATS[number % len(FORMATS)]
        large = b"".join(framed(rows(_LARGE, seed + number), format))
        for top in (saved, folder / "large"):
            (top / f"large-{number}.{format}").write_bytes(large)
    lines = (json.dumps(record, separators=(",", ":")) + "\n" for record in completed(LINES, seed))
    (folder / "lines" / "records.jsonl").write_text("".join(lines), "utf-8")


def _spellings(folder: Path, seed: int) -> None:
    """Write the rows of all spellings, and bodies with one irregular record, or with hardly any like another."""
    _write_truth(folder, "spellings", rows(MANY, seed, domains=100))
    records = list(completed(MANY, seed))
    for format, name in IRREGULAR:
        spelling = spelling_of(format, name)
        for place, number in PLACES.items():
            written = records if number is None else irregular(records, number)
            write(folder, spelling, written).rename(folder / f"{place}-{spelling.file}")
    for format, name in UNLIKE:
        write(folder, spelling_of(format, name), unlike(MANY, seed)).rename(folder / f"unlike.{format}")


_SETS: Final = {
    "warm": _warm,
    "completed": _completed,
    "growth": _growth,
    "small": _small,
    "saved": _saved,
    "spellings": _spellings,
}


def _write_completed(folder: Path, name: str, truth: list[Row]) -> None:
    for format in FORMATS:
        (folder / f"{name}.{format}").write_bytes(b"".join(framed(iter(truth), format)))
    _write_truth(folder, name, truth)


def _write_truth(folder: Path, name: str, truth: Iterable[tuple[object, ...]]) -> None:
    (folder / f"{name}.rows").write_text(json.dumps(list(truth)), "utf-8")


def _request_values(request: BulkRequest) -> tuple[object, ...]:
    """Return the fields of a request that every client reads."""
    begun = request.date_start and request.date_start.timestamp()
    counts = request.total_emails, request.invalid_emails, request.processed_emails, request.failed_emails
    return (request.id, begun, *counts, request.ready)


def framed(source: Iterator[Row], format: str) -> Iterator[bytes]:
    """Write a body in chunks, so that a million records need not fit in memory."""
    begun, tail = False, b""
    while chunk := _records(islice(source, _CHUNK)):
        body = bevparse.dump(CompletedResponse(records=chunk), format=format)
        head, between, tail = _FRAMES.get(format) or (body[: body.index(b"\n") + 1], b"", b"")
        yield between if begun else head
        yield body.removeprefix(head).removesuffix(tail)
        begun = True
    yield tail


def _records(source: Iterable[Row]) -> tuple[EmailRecord, ...]:
    return tuple(map(_record, source))


def _record(row: Row) -> EmailRecord:
    format, smtp, dns, free, disposable, catch_all = row.checks
    return EmailRecord(
        email_address=row.email,
        format_check=format,
        smtp_check=smtp,
        dns_check=dns,
        free_check=free,
        disposable_check=disposable,
        catch_all_check=catch_all,
        mx_records=row.hosts,
        result=row.result,
    )


def _small_responses(seed: int) -> dict[str, Response]:
    """Return a small response of every endpoint, and an error reply."""
    requests = tuple(_request(seed % 1000 + number) for number in range(3))
    failures = tuple(FailedEmail(email_address=text, error="Invalid format") for text in ("foo.bar", "ann@"))
    return {
        "create": CreateResponse(id=seed % 1000 + 3),
        "list": ListResponse(requests=requests, current_page=1, from_=1, last_page=1, per_page=10, to=3, total=3),
        "status": StatusResponse(requests=requests),
        "failed": FailedResponse(failures=failures),
        "error": ErrorResponse(errors=("Insufficient balance",)),
    }


def _request(number: int) -> BulkRequest:
    return BulkRequest(
        id=number,
        api_version=3,
        date_start=datetime.fromtimestamp(1_528_204_702 + number, UTC),
        total_emails=500,
        invalid_emails=2,
        processed_emails=498 - number % 5,
        failed_emails=number % 5,
        ready=number % 2 == 0,
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
