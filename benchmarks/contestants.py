"""The contestants of each plan."""

from __future__ import annotations

from functools import partial
from typing import Final

from .contest import Contestant, Plan

__all__ = ["BASES", "DUMP", "OURS", "PARSE", "SMALL", "VALIDATE"]

OURS: Final = "bevparse"
BASES: Final = (OURS, "bevparse.dump", "bevparse validate")
"""The contestants to whose time the others are compared."""
_ENDPOINTS: Final = ("create", "list", "status", "completed-1", "completed-100", "failed", "error")

_COLUMNS: Final = "no objects, only columns; hosts as one string"
_DOCUMENTED: Final = "documented spellings only"
_WORD_IS_FALSE: Final = "an unknown check is read as False, an error reply as no records"


def _ours(format: str, *deviations: str) -> tuple[Contestant, ...]:
    """Return bevparse with a canonical body, bodies with one deviation, and a body of unique domains."""
    with_body = partial(
        Contestant, module="ours", call="read", rows="rows", truth="completed.rows", warm=f"completed-100.{format}"
    )
    return (
        with_body(OURS, body=f"completed.{format}"),
        *(with_body(f"{OURS}, {name.replace('-', ' ')}", body=f"completed-{name}.{format}") for name in deviations),
        with_body(f"{OURS}, all domains unique", body=f"unique.{format}", truth="unique.rows"),
        Contestant(
            f"{OURS}.iter_records",
            "ours",
            "drain",
            f"completed.{format}",
            truth="completed.rows",
            rows="rows_of_stream",
            keeps="stream",
            warm=f"completed-100.{format}",
            wants="iter_records",
            loses="the response around the records",
        ),
    )


_json = partial(Contestant, body="completed.json", truth="completed.rows", warm="completed-100.json")
_xml = partial(Contestant, body="completed.xml", truth="completed.rows", warm="completed-100.xml")
_csv = partial(Contestant, body="completed.csv", truth="completed.rows", warm="completed-100.csv")

_JSON: Final = (
    *_ours("json", "one-boolean"),
    _json("official client", "official", "read", rows="rows", needs="bulk-email-verifier", loses=_WORD_IS_FALSE),
    _json("json.loads + BaseModel(**d)", "pydantic_models", "read_each", rows="rows_of_each", loses=_DOCUMENTED),
    _json("pydantic model_validate_json", "pydantic_models", "read", rows="rows", loses=_DOCUMENTED),
    _json("pydantic slots dataclass", "pydantic_models", "read_data", rows="rows", loses=_DOCUMENTED),
    _json("cattrs over orjson", "cattrs_classes", "read", rows="rows", needs="attrs cattrs orjson", loses=_DOCUMENTED),
    _json(
        "msgspec typed decode", "msgspec_structs", "read", rows="rows", needs="msgspec", loses=_DOCUMENTED, floor=True
    ),
)
_XML: Final = (
    *_ours("xml", "one-blank", "one-capital"),
    _xml("lxml + BaseModel(**d)", "lxml_trees", "read_each", rows="rows_of_each", needs="lxml", loses=_DOCUMENTED),
    _xml(
        "xmltodict + BaseModel(**d)",
        "xmltodict_models",
        "read",
        rows="rows_of_each",
        needs="xmltodict",
        loses=_DOCUMENTED,
        slow=True,
    ),
    _xml(
        "pydantic-xml", "pydantic_xml_models", "read", rows="rows", needs="pydantic-xml", loses=_DOCUMENTED, slow=True
    ),
    _xml(
        "xsdata",
        "xsdata_classes",
        "read",
        rows="rows",
        needs="xsdata",
        loses="a null or unknown check stays a string",
        slow=True,
    ),
    _xml(
        "lxml fromstring", "lxml_trees", "read", rows="rows", needs="lxml", loses="no objects, only a tree", floor=True
    ),
)
_CSV: Final = (
    *_ours("csv", "one-capital"),
    _csv("DictReader + BaseModel(**d)", "pydantic_models", "read_rows", rows="rows_of_each", loses=_DOCUMENTED),
    _csv("pandas.read_csv", "pandas_frames", "read", rows="rows", needs="pandas", loses=_COLUMNS),
    _csv("polars.read_csv", "polars_frames", "read", rows="rows", needs="polars", loses=_COLUMNS),
    _csv("pyarrow.csv", "arrow_tables", "read", rows="rows", needs="pyarrow", loses=_COLUMNS),
    _csv(
        "csv.reader iterated",
        "standard",
        "drain_csv",
        rows="rows_of_csv",
        keeps="iterate_csv",
        loses="no objects; lists of strings, discarded",
        floor=True,
    ),
)
PARSE: Final = {
    "json": Plan("json", "JSON: read 50,000 records", _JSON, memory=True),
    "xml": Plan("xml", "XML: read 50,000 records", _XML, memory=True),
    "csv": Plan("csv", "CSV: read 50,000 records", _CSV, memory=True),
}


def _dumping(format: str, *peers: Contestant) -> Plan:
    """Return the plan that compares `dump` with `parse` and with the other writers of a format."""
    here = partial(
        Contestant, module="ours", body=f"completed.{format}", truth="completed.rows", warm=f"completed-100.{format}"
    )
    ours = here(f"{OURS}.dump", call=f"dump_{format}", load="load")
    parse = here(f"{OURS}.parse", call="read", rows="rows")
    return Plan(f"dump-{format}", f"{format.upper()}: write 50,000 records", (ours, parse, *peers))


_BOOLEANS: Final = "checks are written as booleans"

DUMP: Final = (
    _dumping(
        "json",
        _json(
            "json.dumps", "standard", "dump_json", load="load_json", loses="no objects, only dictionaries of strings"
        ),
        _json("pydantic model_dump_json", "pydantic_models", "dump", load="load", loses=_BOOLEANS),
        _json(
            "msgspec.json.encode",
            "msgspec_structs",
            "dump",
            load="load",
            needs="msgspec",
            loses=_BOOLEANS,
            floor=True,
        ),
    ),
    _dumping("xml"),
    _dumping("csv"),
)

_status = partial(Contestant, call="read_status", body="status.json", truth="status.rows", rows="rows_of_status")

_STATUS_JSON: Final = (
    _status(OURS, "ours"),
    _status("official client", "official", needs="bulk-email-verifier", loses="api_version; date_end; time zones"),
    _status("pydantic model_validate_json", "pydantic_models", loses=_DOCUMENTED),
    _status("msgspec typed decode", "msgspec_structs", needs="msgspec", loses=_DOCUMENTED, floor=True),
)
_STATUS_XML: Final = (
    _status(OURS, "ours", body="status.xml"),
    _status(
        "lxml fromstring",
        "lxml_trees",
        call="read",
        body="status.xml",
        needs="lxml",
        loses="no objects, only a tree",
        floor=True,
    ),
)
_STATUS_CSV: Final = (
    _status(OURS, "ours", body="status.csv"),
    _status(
        "csv.reader + BaseModel(**d)", "pydantic_models", call="read_status_rows", body="status.csv", loses=_DOCUMENTED
    ),
)


def _every_endpoint(format: str) -> Plan:
    contestants = (
        Contestant(name, "ours", f"read_{name.partition('-')[0]}", f"{name}.{format}") for name in _ENDPOINTS
    )
    return Plan(f"small-{format}", f"{format.upper()}: small bodies", tuple(contestants), loops=True)


SMALL: Final = (
    Plan("small-status-json", "JSON: a status of three", _STATUS_JSON, loops=True),
    Plan("small-status-xml", "XML: a status of three", _STATUS_XML, loops=True),
    Plan("small-status-csv", "CSV: a status of three", _STATUS_CSV, loops=True),
    *map(_every_endpoint, ("json", "xml", "csv")),
)
_saved = partial(Contestant, module="ours", load="load_path", warm="saved/small-0000.json")


def _validating(key: str, title: str, folder: str) -> Plan:
    """Return the plan that compares the command line with `inspect` for the files of a folder."""
    ours = _saved("bevparse validate", call="validate_saved", body=folder)
    return Plan(key, title, (ours, _saved("bevparse.inspect", call="inspect_saved", body=folder, floor=True)))


VALIDATE: Final = (
    _validating("validate", "2,000 small files and 5 large ones", "saved"),
    _validating("validate-large", "5 large files", "large"),
    Plan(
        "validate-lines",
        "JSON Lines: 20,000 records",
        (_saved("bevparse validate", call="validate_saved", body="lines"),),
    ),
)
