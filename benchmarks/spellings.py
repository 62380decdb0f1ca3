"""Regular spellings of arrays of records: `python -m benchmarks.spellings FOLDER [--records N] [--seed N]`.

Nobody has published an XML or CSV body of the service, and JSON drifts. So these are the spellings that the service may
use, each the same for all records of a body.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias

from bevparse.testing.shapes import XML_SHAPES, XmlShape, csv_line, enclosed, xml_cdata, xml_text

from .records import Row, rows
from .sizes import MANY

__all__ = [
    "ARRAYS",
    "RECORDS",
    "SPELLINGS",
    "Array",
    "Record",
    "Spelling",
    "completed",
    "irregular",
    "record_of",
    "spelling_of",
    "unlike",
    "write",
]

Record: TypeAlias = dict[str, "str | int | tuple[str, ...]"]
"""The fields of a record as JSON documents them. A field without a value is missing, a check is a word."""
_Value: TypeAlias = "str | int | bool | tuple[str, ...] | None"
_Change: TypeAlias = Callable[[int, Record], "dict[str, _Value]"]
Array: TypeAlias = Literal["completed", "failed", "status"]
"""The endpoints that return an array."""

ARRAYS: Final[dict[Array, tuple[str, ...]]] = {
    "completed": (
        "emailAddress",
        "formatCheck",
        "smtpCheck",
        "dnsCheck",
        "freeCheck",
        "disposableCheck",
        "catchAllCheck",
        "mxRecords",
        "result",
    ),
    "failed": ("error", "emailAddress"),
    "status": (
        "id",
        "api_version",
        "date_start",
        "date_end",
        "total_emails",
        "invalid_emails",
        "processed_emails",
        "failed_emails",
        "ready",
    ),
}
"""The fields of a record, in their documented order."""
_COMPLETED: Final[tuple[Array, ...]] = ("completed",)
_ALL: Final[tuple[Array, ...]] = ("completed", "failed", "status")
_COLUMNS: Final[dict[Array, tuple[str, ...]]] = {**ARRAYS, "failed": ("emailAddress", "error")}
_FLAGS: Final = ("formatCheck", "smtpCheck", "dnsCheck", "freeCheck", "disposableCheck", "catchAllCheck", "ready")
_BOOLEANS: Final[dict[str | int, bool | None]] = {"true": True, "false": False, "null": None, 1: True, 0: False}
_MOST_HOSTS: Final = 5
_ERRORS: Final = ("Invalid format", "No such domain", "Timeout")
_WORD: Final = re.compile("[A-Z]?[a-z]+")
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_XSI: Final = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@dataclass(frozen=True, slots=True)
class Spelling:
    """A spelling that all records of a body have."""

    name: str
    format: str
    pieces: Callable[[Iterable[Record], Array], Iterator[str]]
    """Yields the text of a body for records of an endpoint."""
    arrays: tuple[Array, ...]
    """The endpoints whose records have such a spelling."""

    @property
    def file(self) -> str:
        """The name of a file with such a body."""
        return f"{self.name}.{self.format}"

    def body(self, records: Iterable[Record], array: Array = "completed") -> bytes:
        """Return a body of an endpoint."""
        return "".join(self.pieces(records, array)).encode()


def completed(count: int, seed: int) -> Iterator[Record]:
    """Yield random records of a hundred domains with one to five hosts, some of them without hosts."""
    return map(record_of, rows(count, seed, domains=100))


def failed(count: int, seed: int) -> Iterator[Record]:
    """Yield random records of addresses that were not processed."""
    random = Random(f"{seed}/{count}")
    for number in range(count):
        yield {"error": random.choice(_ERRORS), "emailAddress": f"name{number}.example"}


def statuses(count: int, seed: int) -> Iterator[Record]:
    """Yield random requests."""
    random = Random(f"{seed}/{count}")
    for number in range(count):
        start = 1_528_204_702 + 60 * number
        total, bad = random.choice((1, 20, 500, 50_000)), random.randrange(2)
        yield {
            "id": 500 + number,
            **({"api_version": random.choice((2, 3))} if random.random() < 0.9 else {}),
            "date_start": str(start),
            **({"date_end": str(start + random.randrange(3600))} if random.random() < 0.5 else {}),
            "total_emails": total,
            "invalid_emails": bad,
            "processed_emails": total - bad,
            "failed_emails": 0,
            "ready": random.randrange(2),
        }


def record_of(row: Row) -> Record:
    """Return a row as a record."""
    checks = {True: "true", False: "false", None: "null"}
    names = ARRAYS["completed"]
    record: Record = {names[0]: row.email}
    record.update(zip(names[1:7], (checks[check] for check in row.checks), strict=True))
    return record | ({"mxRecords": row.hosts} if row.hosts else {}) | {"result": row.result}


def irregular(records: Sequence[Record], place: int) -> list[Record]:
    """Return records of which one has an address that is escaped in every format, and a check with capitals."""
    changed = list(records)
    address = f'"R&D <{place}>"@alder-foods0.example'
    changed[place] = {**records[place], "emailAddress": address, "formatCheck": "TRUE"}
    return changed


def unlike(count: int, seed: int) -> Iterator[Record]:
    """Yield random records whose checks are spelled in so many ways that few records are alike."""
    random = Random(f"{seed}/{count}")
    words = {"true": ("true", "TRUE", "True", "1"), "false": ("false", "FALSE", "False", "0"), "null": ("null", "NULL")}
    for record in completed(count, seed):
        yield {name: random.choice(words[str(value)]) if name in _FLAGS else value for name, value in record.items()}


def spelling_of(format: str, name: str) -> Spelling:
    """Return a spelling by its format and name."""
    return next(one for one in SPELLINGS if (one.format, one.name) == (format, name))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _snake(name: str) -> str:
    return "_".join(_words(name))


def _pascal(name: str) -> str:
    return "".join(map(str.title, _words(name)))


def _title(name: str) -> str:
    """Return the label of a column."""
    return " ".join(
        {"smtp": "SMTP", "dns": "DNS", "mx": "MX", "id": "ID", "api": "API"}.get(word, word.title())
        for word in _words(name)
    )


# How values may differ, in any format.


def _same(_: int, record: Record) -> dict[str, _Value]:
    return dict(record)


def _renamed(rename: Callable[[str], str]) -> _Change:
    return lambda _, record: {rename(name): value for name, value in record.items()}


def _with_flags(change: Callable[[str | int], _Value]) -> _Change:
    def changed(_: int, record: Record) -> dict[str, _Value]:
        return {
            name: change(value) if name in _FLAGS and not isinstance(value, tuple) else value
            for name, value in record.items()
        }

    return changed


_real_booleans: Final = _with_flags(lambda value: _BOOLEANS.get(value, value))
_capitals: Final = _with_flags(lambda value: str(value).upper())
_title_case: Final = _with_flags(lambda value: str(value).title())


def _with_hosts(missing: _Value) -> _Change:
    return lambda _, record: {name: record.get(name, missing) for name in ARRAYS["completed"]}


def _without_nulls(_: int, record: Record) -> dict[str, _Value]:
    return {name: value for name, value in record.items() if value != "null"}


def _reversed(_: int, record: Record) -> dict[str, _Value]:
    return dict(reversed(record.items()))


def _more_text(number: int, record: Record) -> dict[str, _Value]:
    return {**record, "reference": f"r-{number:x}"}


def _more_number(number: int, record: Record) -> dict[str, _Value]:
    return {**record, "milliseconds": number * 7919 % 100_003}


def _more_constant(_: int, record: Record) -> dict[str, _Value]:
    return {"source": "import", **record}


def _joined_hosts(_: int, record: Record) -> dict[str, _Value]:
    return {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in record.items()}


# JSON


def _json(
    name: str,
    change: _Change = _same,
    *,
    indent: int | None = None,
    colon: str = ":",
    comma: str = ",",
    arrays: tuple[Array, ...] = _COMPLETED,
) -> Spelling:
    before, between, after = (
        ('{"response":[', ",", "]}") if indent is None else ('{\n"response": [\n', ",\n", "\n]\n}\n")
    )

    encode = json.JSONEncoder(indent=indent, separators=(comma, colon), ensure_ascii=False).encode

    def pieces(records: Iterable[Record], _: Array) -> Iterator[str]:
        yield before
        for number, record in enumerate(records):
            text = encode(change(number, record))
            yield between + text if number else text
        yield after

    return Spelling(name, "json", pieces, arrays)


# XML


def _xml(
    name: str,
    change: _Change = _same,
    *,
    writer: XmlShape = "A",
    indent: str | None = None,
    declaration: str = _DECLARATION,
    null: str = "null",
    cdata: bool = False,
    arrays: tuple[Array, ...] = _COMPLETED,
) -> Spelling:
    by = XML_SHAPES[writer]
    names = [name for name in (by.root, "response" if by.member else "") if name]
    tags, ends = [f"<{name}>" for name in names], [f"</{name}>" for name in reversed(names)]
    gaps = ["" if indent is None else "\n" + indent * depth for depth in range(len(tags) + 3)]
    around = gaps[len(tags) :]
    if null != "null":
        tags[0] = tags[0].replace(">", f"{_XSI}>" if "xsi" in null else ">")
    before = declaration + "".join(gaps[depth] + tag for depth, tag in enumerate(tags)).lstrip("\n")
    after = "".join(gaps[len(tags) - 1 - depth] + tag for depth, tag in enumerate(ends)) + ("\n" if gaps[0] else "")

    def field(name: str, value: _Value) -> Iterator[str]:
        if isinstance(value, tuple):
            yield from (
                [around[1], *hosts(name, value), f"</{name}>"]
                if value and by.member
                else [f"{around[1]}<{name}>{xml_text(member)}</{name}>" for member in value]
                or [f"{around[1]}<{name}/>"]
            )
        elif value is None or value == "null":
            yield around[1] + (f"<{name}{null}/>" if null != "null" else f"<{name}>null</{name}>")
        else:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            inside = xml_cdata(text) if cdata and name == "emailAddress" else xml_text(text)
            yield f"{around[1]}<{name}>{inside}</{name}>"

    def hosts(name: str, value: Sequence[str]) -> Iterator[str]:
        yield f"<{name}>"
        for number, member in enumerate(value):
            start = by.member(name, number) if by.member else ""
            yield f"{around[2]}{enclosed(start, xml_text(member))}"
        yield around[1]

    def pieces(records: Iterable[Record], _: Array) -> Iterator[str]:
        yield before
        for number, record in enumerate(records):
            fields = (piece for name, value in change(number, record).items() for piece in field(name, value))
            yield around[0] + enclosed(by.item(number), "".join(fields) + around[0])
        yield after

    return Spelling(name, "xml", pieces, arrays)


# CSV


def _csv(
    name: str,
    change: _Change = _same,
    *,
    label: Callable[[str], str] = _title,
    delimiter: str = ",",
    end: str = "\n",
    quoted: bool = False,
    hosts: Callable[[Sequence[str]], str] = ", ".join,
    spread: str = "",
    order: Callable[[Sequence[str]], Sequence[str]] = tuple,
    more: Sequence[str] = (),
    blank: str = "",
    arrays: tuple[Array, ...] = _COMPLETED,
) -> Spelling:
    def cells(name: str, value: _Value) -> list[str]:
        if name == "mxRecords" and spread:
            listed = value if isinstance(value, tuple) else ()
            return [*listed, *[blank] * (_MOST_HOSTS - len(listed))]
        if isinstance(value, tuple):
            return [hosts(value)]
        return [blank if value is None else str(value)]

    def line(texts: Iterable[str]) -> str:
        return csv_line(texts, delimiter, end=end, quoted=quoted)

    def pieces(records: Iterable[Record], array: Array) -> Iterator[str]:
        names = (*order(_COLUMNS[array]), *more)
        labels = [
            [spread.format(place) for place in range(_MOST_HOSTS)] if name == "mxRecords" and spread else [label(name)]
            for name in names
        ]
        yield line([one for some in labels for one in some])
        for number, record in enumerate(records):
            values = change(number, record)
            yield line([one for name in names for one in cells(name, values.get(name))])

    return Spelling(name, "csv", pieces, arrays)


SPELLINGS: Final = (
    _json("documented", arrays=_ALL),
    _json("pretty", indent=4, colon=": ", arrays=_ALL),
    _json("spaces", colon=": ", comma=", ", arrays=_ALL),
    _json("real-booleans", _real_booleans, arrays=("completed", "status")),
    _json("capitals", _capitals),
    _json("snake-case", _renamed(_snake), arrays=_ALL),
    _json("pascal-case", _renamed(_pascal), arrays=_ALL),
    _json("null-hosts", _with_hosts(None)),
    _json("empty-hosts", _with_hosts(())),
    _json("absent-checks", _without_nulls),
    _json("one-more-text", _more_text, arrays=_ALL),
    _json("one-more-number", _more_number, arrays=_ALL),
    _json("one-more-constant", _more_constant, arrays=_ALL),
    _json("other-order", _reversed, arrays=_ALL),
    _json("hosts-as-text", _joined_hosts),
    *(_xml(f"writer-{name.lower()}", writer=name, arrays=_ALL) for name in XML_SHAPES),
    *(_xml(f"writer-{name.lower()}-pretty", writer=name, indent="  ", arrays=_ALL) for name in XML_SHAPES),
    _xml("tabs", indent="\t", arrays=_ALL),
    _xml("cdata", cdata=True, arrays=_ALL),
    _xml("one-more-text", _more_text, arrays=_ALL),
    _xml("one-more-constant", _more_constant, arrays=_ALL),
    _xml("empty-hosts", _with_hosts(())),
    _xml("empty-checks", null=""),
    _xml("nil-checks", writer="B", null=' xsi:nil="true"'),
    _xml("joined-hosts", _joined_hosts),
    _xml("snake-case", _renamed(_snake), arrays=_ALL),
    _xml("title-case", _title_case),
    _xml("other-order", _reversed, arrays=_ALL),
    _xml("standalone", declaration='<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n', arrays=_ALL),
    _xml("upper-case-encoding", declaration="<?xml version='1.0' encoding='UTF-8'?>"),
    _xml("no-declaration", declaration=""),
    _csv("documented", arrays=_ALL),
    _csv("quoted", quoted=True, arrays=_ALL),
    _csv("other-order", order=lambda names: tuple(reversed(names)), arrays=_ALL),
    _csv("semicolon", delimiter=";", arrays=_ALL),
    _csv("tab", delimiter="\t", arrays=_ALL),
    _csv("crlf", end="\r\n", arrays=_ALL),
    _csv("snake-case", label=_snake, arrays=_ALL),
    _csv("wire-names", label=str, arrays=_ALL),
    _csv("hosts-as-json", hosts=lambda hosts: json.dumps(hosts, ensure_ascii=False)),
    _csv("hosts-as-python", hosts=lambda hosts: str(list(hosts))),
    _csv("spread-hosts", label=str, spread="mxRecords/{}"),
    _csv("null-hosts", blank="null"),
    _csv("capitals", _capitals),
    _csv("title-case", _title_case),
    _csv("one-more-text", _more_text, more=("reference",), arrays=_ALL),
    _csv("one-more-constant", _more_constant, more=("source",), arrays=_ALL),
)
"""All spellings. The names are unique in a format."""


RECORDS: Final[dict[Array, Callable[[int, int], Iterator[Record]]]] = {
    "completed": completed,
    "failed": failed,
    "status": statuses,
}
"""Functions that yield a number of random records, from a seed."""


def write(folder: Path, spelling: Spelling, records: Iterable[Record], array: Array = "completed") -> Path:
    """Write a body to a folder in pieces, so that a million records need not fit in memory."""
    path = folder / spelling.file
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(spelling.pieces(records, array))
    return path


def main() -> None:
    """Write a body in each spelling."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spellings", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder to write to, which is made if it is missing")
    parser.add_argument(
        "--records", type=int, default=MANY, metavar="N", help="records in a body (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=20_240_229, metavar="N", help="random seed (default: %(default)s)")
    parser.add_argument("--only", action="append", metavar="NAME", help="write only this spelling, such as tabs.xml")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    chosen = [spelling for spelling in SPELLINGS if not given.only or spelling.file in given.only]
    records = completed(given.records, given.seed) if len(chosen) == 1 else list(completed(given.records, given.seed))
    for spelling in chosen:
        print(write(given.folder, spelling, records))


if __name__ == "__main__":
    main()
