"""The invalid bodies that are compared, and the location of each fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["BODIES", "FIXTURES", "ROOT", "VALID", "Body"]

ROOT: Final = Path(__file__).parent.parent.parent
FIXTURES: Final = ROOT / "fixtures"


@dataclass(frozen=True, slots=True)
class Body:
    """One invalid body; every tool knows its endpoint."""

    name: str
    """Its path under `fixtures/`."""
    endpoint: str
    kind: str
    fault: str
    """A description of the fault."""
    lines: tuple[int, ...]
    """The line of the fault; for a truncated body also the line after its end."""
    pointer: str = ""
    """The JSON pointer of the fault; "" if the body cannot be read."""

    @property
    def path(self) -> Path:
        """The path of the file."""
        return FIXTURES / self.name

    @property
    def format(self) -> str:
        """The format according to its name."""
        return self.path.suffix[1:]


BODIES: Final = (
    Body("invalid/BEV110-last-comma.json", "create", "syntax", "a comma before the closing brace", (2,)),
    Body("invalid/BEV110-cut-short.json", "status", "truncated", "the end is missing", (1, 2)),
    Body(
        "invalid/BEV203-maybe.json",
        "completed",
        "wrong value",
        'a check that is "maybe"',
        (1,),
        "/response/0/smtpCheck",
    ),
    Body(
        "hostile/refused-BEV209-last-wins.json",
        "failed",
        "duplicate field",
        "two addresses in one record",
        (1,),
        "/response/0/emailAddress",
    ),
    Body(
        "invalid/BEV208-no-address--completed.json",
        "completed",
        "missing field",
        "a record without an address",
        (1,),
        "/response/1",
    ),
    Body("invalid/BEV104-gateway.json", "completed", "HTML page", "the page of a gateway", (1,)),
    Body("invalid/BEV102-byte-ff.json", "error", "wrong encoding", "a byte FF in UTF-8", (2,)),
    Body(
        "invalid/BEV302-boolean.json",
        "completed",
        "leaked kind",
        'true where the service writes "true"',
        (1,),
        "/response/0/smtpCheck",
    ),
    Body(
        "inconsistent/BEV402-pretty.json",
        "status",
        "inconsistent",
        "a request that ends before it starts",
        (5,),
        "/response/0/date_end",
    ),
    Body(
        "inconsistent/BEV405-same-again.json",
        "status",
        "inconsistent",
        "the same request twice",
        (1,),
        "/response/2/id",
    ),
    Body("invalid/BEV120-crossed.xml", "status", "syntax", "elements that cross", (2,)),
    Body("invalid/BEV120-cut-short.xml", "create", "truncated", "the end is missing", (1, 2)),
    Body(
        "invalid/BEV203-maybe.xml", "completed", "wrong value", "a check that is maybe", (3,), "/response/0/smtpCheck"
    ),
    Body("invalid/BEV209-id-twice.xml", "status", "duplicate field", "two ids in one record", (2,), "/response/0/id"),
    Body(
        "invalid/BEV208-no-address--completed.xml",
        "completed",
        "missing field",
        "a record without an address",
        (2,),
        "/response/1",
    ),
    Body("invalid/BEV104-gateway.xml", "completed", "HTML page", "the page of a gateway", (1, 2)),
    Body(
        "hostile/refused-BEV102-utf8-declared-latin1-sent.xml",
        "error",
        "wrong encoding",
        "UTF-8 is declared, Latin-1 was sent",
        (1,),
    ),
    Body(
        "invalid/BEV302-capital.xml",
        "completed",
        "leaked kind",
        "TRUE where the service writes true",
        (2,),
        "/response/0/smtpCheck",
    ),
    Body(
        "inconsistent/BEV406-begins-elsewhere.xml",
        "list",
        "inconsistent",
        "page 2 begins at the wrong request",
        (2,),
        "/response/from",
    ),
    Body("hostile/refused-BEV121-external-entity.xml", "error", "attack", "an entity that reads a local file", (1,)),
    Body("invalid/BEV130-text-after-quote.csv", "failed", "syntax", "text after a closing quote", (2,)),
    Body("invalid/BEV130-unclosed.csv", "failed", "truncated", "a quote that never closes", (2, 3, 4)),
    Body(
        "invalid/BEV203-maybe.csv", "completed", "wrong value", "a check that is maybe", (3,), "/response/1/smtpCheck"
    ),
    Body("invalid/BEV209-label-twice.csv", "failed", "duplicate field", "two columns of one name", (1,), "/response"),
    Body("invalid/BEV208-blank-id.csv", "status", "missing field", "a request without an id", (3,), "/response/1"),
    Body("invalid/BEV104-gateway.csv", "completed", "HTML page", "the page of a gateway", (1,)),
    Body("invalid/BEV102-latin1-undeclared.csv", "failed", "wrong encoding", "Latin-1 where UTF-8 is due", (2,)),
    Body(
        "invalid/BEV210-unquoted-comma.csv",
        "failed",
        "ragged row",
        "a comma that is not quoted, after a cell of two lines",
        (4,),
        "/response/1",
    ),
    Body(
        "invalid/BEV302-number.csv",
        "completed",
        "leaked kind",
        "1 where the service writes true",
        (2,),
        "/response/0/formatCheck",
    ),
    Body(
        "inconsistent/BEV401-one-missing.csv",
        "status",
        "inconsistent",
        "counts that do not add up",
        (3,),
        "/response/1/total_emails",
    ),
)

VALID: Final = {
    "create": "create/documented",
    "list": "list/documented",
    "status": "status/documented",
    "completed": "completed/documented",
    "failed": "failed/documented",
    "error": "error/access-denied",
}
"""A valid case of each endpoint: a tool that complains about it does not read that endpoint in that format."""
