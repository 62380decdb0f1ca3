"""The parts of docs/formats.md that come from the wire marks and the fixtures: `python -m tests.formats_page`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import bevparse
from bevparse import ListResponse
from bevparse.endpoints import MODELS, RESPONSES
from bevparse.payloads.layout import Field, layout_of
from bevparse.tree import Fields, Node
from bevparse.wire import (
    CHECK,
    CODE,
    END,
    EPOCH,
    FLAG,
    HOSTS,
    INTEGER,
    RESULT,
    TEXT,
    UNREAD,
    WORDS,
    Deviation,
    Spelling,
)

from .paths import ROOT

PAGE = ROOT / "docs" / "formats.md"
FIXTURES = ROOT / "fixtures"
KINDS: dict[str, tuple[Spelling, list[Node], list[str]]] = {
    "check": (
        CHECK,
        ["true", "false", "null", None, True, 1, "True", "yes", "maybe", ""],
        ["true", "false", "null", "", "TRUE", "1", "1.0", "N/A", "yes", "maybe"],
    ),
    "flag": (FLAG, [1, 0, True, "1", 1.0, None, 2, "yes"], ["1", "0", "", "true", "1.0", "2", "yes"]),
    "integer": (INTEGER, [500, "500", 500.0, None, -1, 1.5, "1,000", True], ["500", "", "500.0", "null", "-1", "1e3"]),
    "date": (
        EPOCH,
        ["1528377253", 1528377253, "1528377253.0", 0, None, "2018-06-07", -1],
        ["1528377253", "", "1528377253.0", "0", "2018-06-07"],
    ),
    "end date": (END, ["1528377253", 0, "", None, "2018-06-07"], ["1528377253", "", "0", "2018-06-07"]),
    "hosts": (
        HOSTS,
        [
            ["a.example", "b.example"],
            [],
            None,
            "a.example, b.example",
            Fields([("0", "a.example"), ("2", "b.example")]),
            [5],
        ],
        [
            "a.example, b.example",
            "a.example;b.example",
            "a.example|b.example",
            "a.example b.example",
            '["a.example", "b.example"]',
            "['a.example' 'b.example']",
            "{a.example,b.example}",
            "",
        ],
    ),
    "result": (RESULT, ["ok", "greylisted", None, "", 5], ["ok", "greylisted", "", "N/A"]),
    "text": (TEXT, ["ann@mail.example", "", 5, None, ["a"]], ["ann@mail.example", ""]),
    "optional text": (WORDS, ["Invalid format", "", None, 5, ["a"]], ["Invalid format", "", "null", "N/A"]),
    "error code": (CODE, [403, "403", "forbidden", None], ["403", "forbidden", ""]),
}
NAMES_OF_KINDS = {id(spelling): name for name, (spelling, _, _) in KINDS.items()}


def formats_page() -> str:
    """Return the page with its parts as they are now."""
    page = PAGE.read_text("utf-8")
    parts = {
        "endpoints": _endpoints(),
        "fields": _fields(),
        "values": _values(),
        "xml": _shapes("xml"),
        "csv": _shapes("csv"),
    }
    for name, lines in parts.items():
        before, mark, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->\n")
        page = "".join([before, mark, "\n", *(f"{line}\n" for line in lines), end, after])
    return page


def _endpoints() -> Iterable[str]:
    for name, model in MODELS.items():
        path = FIXTURES / name / ("access-denied.json" if name == "error" else "documented.json")
        response = bevparse.parse(path.read_bytes(), model)
        yield f"### {name}\n"
        for format in ("json", "xml", "csv"):
            yield _block(format, bevparse.dump(response, format=format).decode())


def _fields() -> Iterable[str]:
    for model in (*RESPONSES, ListResponse, bevparse.CreateResponse, bevparse.ErrorResponse):
        yield f"### {model.__name__}\n"
        yield "| attribute | JSON and XML | CSV | value | if missing | how sure |"
        yield "|---|---|---|---|---|---|"
        yield from (_field(field) for field in layout_of(model).fields)
        yield ""


def _field(field: Field) -> str:
    sure = re.findall(r"Source: (.*?)\.?$", field.description)
    missing = "an error" if field.required else "`()`" if field.spelling.many else "`None`"
    cells = (
        f"`{field.attribute}`",
        f"`{field.wire.name}`",
        f"`{field.label}`",
        NAMES_OF_KINDS[id(field.spelling)],
        missing,
    )
    return f"| {' | '.join(cells)} | {sure[0] if sure else ''} |"


def _values() -> Iterable[str]:
    for name, (spelling, typed, texts) in KINDS.items():
        yield f"### {name[0].upper()}{name[1:]}\n"
        yield "| in JSON | is |"
        yield "|---|---|"
        yield from (_row(_json(value), spelling.typed(value)) for value in typed)
        yield ""
        yield "| in XML and CSV | is |"
        yield "|---|---|"
        yield from (_row(text, spelling.text(text)) for text in texts)
        yield ""


def _json(value: Node) -> str:
    return json.dumps(dict(value.pairs) if isinstance(value, Fields) else value)


def _row(spelled: str, found: object) -> str:
    if not isinstance(found, Deviation):
        return f"| {_code(spelled)} | `{_shown(found)}` |"
    rules = ", ".join(dict.fromkeys(f"{note.rule.severity} {note.rule.code}" for note in found.notes))
    value = "" if found.value is UNREAD else f"`{_shown(found.value)}`, "
    return f"| {_code(spelled)} | {value}{rules} |"


def _shown(value: object) -> str:
    return repr(value).replace("datetime.datetime", "datetime").replace("datetime.timezone.utc", "UTC")


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|") if text else "a blank"


def _shapes(format: str) -> Iterable[str]:
    """Return the fixtures of one record in a format, if they are read without an error and are short."""
    expected = bevparse.parse_file(FIXTURES / "completed" / "one.json", bevparse.CompletedResponse)
    for path in sorted((FIXTURES / "completed").glob(f"one*.{format}")):
        found = bevparse.parse_file(path, bevparse.CompletedResponse)
        if found == expected:
            yield _block(format, path.read_text("utf-8"))


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(formats_page(), "utf-8")
