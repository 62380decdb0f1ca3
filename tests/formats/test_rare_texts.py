"""Rare texts, each with a plain example, so that coverage does not depend on generated ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable

import pytest

import bevparse
from bevparse import (
    CompletedResponse,
    CreateResponse,
    DecodeError,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    StatusResponse,
)


def test_declared_csv_may_look_like_another_table() -> None:
    found = bevparse.inspect("hello\nworld\n", format="json")

    assert (found.format, [problem.code for problem in found.problems]) == ("json", ["BEV110"])


def test_lone_surrogate_in_hosts_is_reported() -> None:
    body = 'Email Address,MX Records,Result\na@b.example,"[""\\ud800""]",ok\n'

    assert [problem.code for problem in bevparse.inspect(body).problems if problem.severity == "error"]


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
def test_lone_surrogate_in_text_is_refused(format: str) -> None:
    (problem,) = bevparse.inspect('{"response":{"error":"\ud800"}}', format=format).problems

    assert problem.code == "BEV112"


@pytest.mark.parametrize("body", ['{"response":{"error":"x"}}', "<xml><response><error>x</error></response></xml>"])
def test_byte_order_mark_of_text_is_removed_and_reported(body: str) -> None:
    found = bevparse.inspect("\ufeff" + body)

    assert isinstance(found.response, ErrorResponse)
    assert [problem.code for problem in found.problems] == ["BEV311"]


@pytest.mark.parametrize("name", ["a b", "1", "a:b", "<", ""])
def test_field_name_that_xml_cannot_carry_is_refused(name: str) -> None:
    records = (FailedEmail(email_address="a"), FailedEmail(**{"email_address": "b", name: {"n": "x"}}))  # type: ignore[arg-type]

    with pytest.raises(EncodeError, match="expected a field name that XML can carry") as caught:
        bevparse.dump(FailedResponse(failures=records), format="xml")

    assert caught.value.problem.pointer == f"/response/1/{name}"


def test_field_name_of_non_ascii_letters_is_carried() -> None:
    response = CreateResponse(id=5, größe="x")

    assert bevparse.parse(bevparse.dump(response, format="xml")) == response


@pytest.mark.parametrize("name", ["Result", "MX Records", "mxRecords.0"])
def test_undocumented_field_with_a_documented_label_is_refused_in_csv(name: str) -> None:
    record = EmailRecord(**{"email_address": "a@b.example", name: "x"})

    with pytest.raises(EncodeError) as caught:
        bevparse.dump(CompletedResponse(records=(record,)), format="csv")
    assert caught.value.problem.code == "BEV150"


def test_duplicate_list_that_cannot_be_read_is_reported() -> None:
    body = (
        b"<r><response><emailAddress>a@b.example</emailAddress><mxRecords>a.example</mxRecords>"
        b"<mxRecords><x><y/></x></mxRecords></response></r>"
    )

    found = bevparse.inspect(body, CompletedResponse)

    assert "BEV207" in [problem.code for problem in found.problems]


@pytest.mark.parametrize("name", ["problems", "validate"])
def test_modules_of_the_package_are_imported_on_access(name: str) -> None:
    bevparse.__dict__.pop(name, None)

    assert getattr(bevparse, name).__name__ == f"bevparse.{name}"


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("body.json", data + b"\xff")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "pack"),
    [("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress), ("zip", zipped)],
)
def test_compressed_data_is_named_in_the_message(kind: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DecodeError, match=f"expected utf-8 text, got {kind} data; decompress it"):
        bevparse.parse(pack(b"{}"), StatusResponse, format="json")


@pytest.mark.parametrize("text", ["\x1c", "\x1d\x1e\x1f", "\x85", "\xa0", "\u2028", "\x0b\x0c", " \t\r\n", ""])
def test_text_and_bytes_are_equally_blank(text: str) -> None:
    assert bevparse.inspect(text).problems == bevparse.inspect(text.encode()).problems
