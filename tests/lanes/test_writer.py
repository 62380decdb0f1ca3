"""The fast path for writing: records are spelled as the tolerant writer spells them."""

from __future__ import annotations

import pytest

from bevparse import CompletedResponse, EmailRecord, FailedEmail, FailedResponse, Response, formats
from bevparse.lanes.writer import dump_by_lane
from bevparse.payloads import KINDS

TEXTS = [
    "ann@mail.example", "Ann_B.c-d+e@mail-1.example", "", " ", "a b", '"a"@b.example', "a\\b", "a&b<c>d",
    "a,b;c", "a\nb", "\u00e9@b.example", "\U0001f600", "=1+1", "-1", "@a", "null", "true", "Result", "mx.records",
    "[a]", "'a'", "a\x7fb",
]  # fmt: skip


def spelled_by_the_tolerant_writer(response: Response, format: str) -> bytes:
    chosen = formats.get(format)
    return chosen.encode(KINDS[chosen.kind].write(response, format))


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
@pytest.mark.parametrize("text", TEXTS)
def test_first_field_is_spelled_by_its_text(text: str, format: str) -> None:
    failures = tuple(FailedEmail(email_address=one, error="e") for one in ("a@b.example", text, "c@d.example"))
    response = FailedResponse(failures=failures)

    written = dump_by_lane(formats.get(format), response)

    assert written == spelled_by_the_tolerant_writer(response, format)


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
@pytest.mark.parametrize("hosts", [(), *((text,) for text in TEXTS), *(("mx.b.example", text) for text in TEXTS)])
def test_list_is_spelled_by_its_texts(hosts: tuple[str, ...], format: str) -> None:
    records = tuple(EmailRecord(email_address="a@b.example", mx_records=one) for one in (("mx.a.example",), hosts))
    response = CompletedResponse(records=records)

    written = dump_by_lane(formats.get(format), response)

    assert written in (None, spelled_by_the_tolerant_writer(response, format))
