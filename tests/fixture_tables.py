"""The expected results for the bodies in fixtures/, by their names."""

from __future__ import annotations

from datetime import UTC, datetime

from bevparse import CreateResponse, ErrorResponse, FailedEmail, FailedResponse
from bevparse.limits import Limits

NOT_IN_A_BODY = {
    "BEV001": "a file that cannot be read",
    "BEV007": "a compressed file",
    "BEV008": "an archive",
    "BEV009": "an archive",
    "BEV010": "an archive in another",
    "BEV011": "a container",
    "BEV012": "a recording",
    "BEV013": "a kind of file that needs an extra",
    "BEV014": "a process that dies",
    "BEV015": "a baseline",
    "BEV140": "a plug-in's format",
    "BEV150": "a model that cannot be written",
    "BEV220": "reported by the validator only",
    "BEV420": "two bodies",
    "BEV421": "two bodies",
    "BEV422": "two bodies",
    "BEV501": "a recorded request",
    "BEV502": "a recorded request",
    "BEV503": "a recorded request",
}
LIMITED = {
    "BEV002": (b'{"response":{"id":5}}', Limits(body=20)),
    "BEV003": (b'{"response":{"id":5,"x":[[[]]]}}', Limits(depth=3)),
    "BEV004": (b'{"response":[{"id":1},{"id":2},{"id":3}]}', Limits(records=2)),
    "BEV005": (b'{"response":{"error":"too long a text for ten"}}', Limits(string=10)),
    "BEV006": (b'{"response":[{"id":"1"},{"id":"2"},{"id":"3"}]}', Limits(problems=2)),
}
"""Bodies that exceed a limit, with limits that are small enough for a test."""
WITHOUT_PLACE = {"BEV313", "BEV216-zero-bytes.csv"}
"""Rules about a body as a whole, which have no position."""

VARIANT_CODES: dict[str, set[str]] = {
    "absent-checks": {"BEV316"},
    "array": {"BEV310"},
    "blank-bounds": {"BEV306"},
    "bom": {"BEV311"},
    "capital-names": {"BEV308"},
    "capitals": {"BEV302", "BEV306"},
    "code-as-text": {"BEV301", "BEV310"},
    "cr": set(),
    "crlf": set(),
    "dates-as-numbers": {"BEV304"},
    "empty-mx": {"BEV306"},
    "enveloped": {"BEV310"},
    "error-as-array": {"BEV305"},
    "errors-as-text": {"BEV305"},
    "escapes": set(),
    "flags-as-text": {"BEV303"},
    "folded-names": {"BEV308"},
    "foreign": {"BEV310"},
    "joined-mx": {"BEV305"},
    "json-mx": set(),
    "latin1": {"BEV312"},
    "mx-as-text": {"BEV305"},
    "noise": set(),
    "null-fields": {"BEV306"},
    "null-mx.json": {"BEV306"},
    "numbers-as-text": {"BEV301"},
    "one-zero": {"BEV302"},
    "semicolon": {"BEV314"},
    "spread-mx": {"BEV305"},
    "utf16": {"BEV311", "BEV312"},
    "utf16-be": {"BEV311", "BEV312"},
    "without-envelope": {"BEV310"},
}
"""All codes that a variant must report, by its name or its name and suffix."""

PLACES = {
    "BEV102-byte-ff.json": (2, 15, ""),
    "BEV102-latin1-undeclared.csv": (2, 2, ""),
    "BEV110-text-behind.json": (2, 1, ""),
    "BEV111-nan.json": (2, 7, ""),
    "BEV112-lone-surrogate.json": (2, 2, "/response/error"),
    "BEV120-crossed.xml": (2, 18, ""),
    "BEV121-doctype.xml": (2, 1, ""),
    "BEV130-text-behind-quote.csv": (2, 6, ""),
    "BEV130-unclosed.csv": (2, 9, ""),
    "BEV203-maybe.csv": (3, 23, "/response/1/smtpCheck"),
    "BEV203-maybe.json": (1, 70, "/response/0/smtpCheck"),
    "BEV203-maybe.xml": (3, 83, "/response/0/smtpCheck"),
    "BEV204-blanks.csv": (3, 1, "/response/1/id"),
    "BEV205-yes.xml": (2, 1, "/response/0/ready"),
    "BEV206-soon.json": (2, 1, "/response/0/date_start"),
    "BEV207-host-as-number.json": (1, 201, "/response/0/mxRecords/1"),
    "BEV207-number-for-record--status.json": (1, 23, "/response/1"),
    "BEV208-blank-id.csv": (3, 1, "/response/1"),
    "BEV209-id-twice.json": (2, 1, "/response/id"),
    "BEV209-id-twice.xml": (2, 1, "/response/0/id"),
    "BEV209-label-twice.csv": (1, 21, "/response"),
    "BEV210-long-row.csv": (3, 1, "/response/1"),
    "BEV210-unquoted-comma.csv": (4, 1, "/response/1"),
    "BEV212-list--create.xml": (2, 6, "/response"),
    "BEV217-quota.xml": (2, 3, "/response"),
    "BEV217-rss.xml": (1, 1, "/response"),
    "BEV214-two-pages.csv": (3, 1, "/response"),
    "BEV215-endpoint.json": (2, 1, "/response/endpoint"),
    "BEV307-score.json": (2, 1, "/response/score"),
    "BEV308-snake.xml": (1, 38, "/response/0/emailAddress"),
    "BEV308-snake.json": (1, 15, "/response/0/emailAddress"),
}
"""The position of the problem, counted by hand, and its pointer into the canonical JSON."""

CONTRADICTIONS = {
    "BEV401-in-a-list.csv": (2, 29, "/response/data/0/total_emails"),
    "BEV401-one-missing.json": (1, 252, "/response/1/total_emails"),
    "BEV401-semicolon.csv": (3, 7, "/response/1/total_emails"),
    "BEV402-pretty.json": (5, 7, "/response/0/date_end"),
    "BEV403-next-century.csv": (2, 7, "/response/0/date_start"),
    "BEV404-year-before.csv": (3, 7, "/response/1/date_start"),
    "BEV405-repeated.xml": (4, 7, "/response/data/2/id"),
    "BEV405-same-again.csv": (4, 1, "/response/2/id"),
    "BEV406-behind-the-last.csv": (2, 11, "/response/current_page"),
    "BEV406-java.xml": (7, 1, "/response/from"),
    "BEV406-short-page.csv": (1, 1, "/response/data"),
    "BEV407-cdata.xml": (4, 5, "/response/0/emailAddress"),
    "BEV407-no-address.csv": (3, 1, "/response/1/emailAddress"),
    "BEV408-no-host.csv": (3, 50, "/response/1/mxRecords/1"),
    "BEV408-repeated.xml": (2, 39, "/response/0/mxRecords/1"),
    "BEV408-spread.csv": (2, 66, "/response/0/mxRecords/1"),
    "BEV409-folded-names.json": (2, 107, "/response/0/result"),
    "BEV409-smtp-failed-though-true.csv": (3, 66, "/response/1/result"),
}
"""The position of the first contradiction of a body in inconsistent/, counted by hand."""

EVIL = FailedResponse(failures=(FailedEmail(email_address="admin@x.com.evil.com", error="x"),))
FIVE = CreateResponse(id=5)
READ = {
    "accepted-11-digit-date.json": datetime(2454, 4, 8, 13, 3, 40, tzinfo=UTC),
    "accepted-attributes.xml": FIVE,
    "accepted-cdata-in-address.xml": EVIL,
    "accepted-comment-in-address.xml": EVIL,
    "accepted-doctype-in-cdata.xml": ErrorResponse(errors=("<!DOCTYPE xml [<!ENTITY a 'b'>]>",)),
    "accepted-doctype-in-comment.xml": FIVE,
    "accepted-doctype-in-instruction.xml": FIVE,
    "accepted-epoch-zero.json": datetime(1970, 1, 1, tzinfo=UTC),
    "accepted-formula.csv": ("=1+1@example.com",),
    "accepted-html-in-cdata.xml": ErrorResponse(errors=("<html><title>x</title>",)),
    "accepted-instruction-in-address.xml": EVIL,
    "accepted-last-second.json": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    "accepted-line-ends-in-quotes.csv": ("a\rb\nc\r\nd", "e"),
    "accepted-mark-as-data.csv": ("\ufefffoo.bar", "foo.bar"),
    "accepted-model-names.json": ("a",),
    "accepted-nan-as-text.json": ("[[[[{{{{",),
    "accepted-null-character.csv": ("a\x00b",),
    "accepted-quote-inside-bare-cell.csv": ('say "hi"@x',),
    "accepted-strange-line-ends-in-cells.csv": ("a\x0bb\x0cc\x1cd\x1ee\x85f\u2028g\u2029h",),
    "accepted-surrogate-pair.json": ("\U0001f600",),
    "accepted-two-marks.csv": ("\ufefffoo.bar",),
    "accepted-xsi-nil-beside-text.xml": FIVE,
    "accepted-depth-below-the-limit.json": "x",
    "accepted-proto-keys.json": "__proto__",
    "accepted-slashes-in-name.json": "a/b~c",
}
"""The expected result: a response, its addresses, its one date, or the name of a field in model_extra."""
