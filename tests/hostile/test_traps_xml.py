"""The traps of XML, each with a real attack."""

from __future__ import annotations

import io
import pickle

import pytest

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    FailedEmail,
    FailedResponse,
    Limits,
    PayloadError,
    Response,
    StatusResponse,
    iter_records,
)

from .test_traps import codes, run_within

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = {
    "entity in an attribute": '<!DOCTYPE xml [<!ENTITY a "b">]><xml><response a="&a;"><id>5</id></response></xml>',
    "entity in text": '<!DOCTYPE xml [<!ENTITY a "5">]><xml><response><id>&a;</id></response></xml>',
    "default of an attribute": '<!DOCTYPE xml [<!ATTLIST id a CDATA "b">]><xml><response><id>5</id></response></xml>',
    "nothing in it": "<!DOCTYPE xml><xml><response><id>5</id></response></xml>",
    "file": '<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><response><id>5</id></response></xml>',
    "network": '<!DOCTYPE xml PUBLIC "-//x" "http://127.0.0.1:9/x.dtd"><xml><response><id>5</id></response></xml>',
    "parameter entity": '<!DOCTYPE xml [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><xml><id>5</id></xml>',
    "billion laughs": f'<!DOCTYPE xml [<!ENTITY l0 "lol">{LAUGHS}]><xml><response><id>&l9;</id></response></xml>',
    "after a comment": "<!-- a --><?p i?>\n<!DOCTYPE xml><xml><response><id>5</id></response></xml>",
    "after a declaration": '<?xml version="1.0"?>\n\n<!DOCTYPE xml><xml><response><id>5</id></response></xml>',
}


def in_record(address: str) -> str:
    return f"<xml><response><item><emailAddress>{address}</emailAddress><error>bad</error></item></response></xml>"


@pytest.mark.parametrize("body", DOCTYPES.values(), ids=DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", None])
def test_every_doctype_is_refused_in_every_encoding(body: str, encoding: str | None) -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse(body.encode(encoding) if encoding else body, CreateResponse)

    assert caught.value.problem.code == "BEV121"


@pytest.mark.parametrize(
    "body",
    [
        "<!-- <!DOCTYPE xml> --><xml><response><id>5</id></response></xml>",
        "<?note <!DOCTYPE xml> ?><xml><response><id>5</id></response></xml>",
        "<xml><response><!-- <!DOCTYPE xml> --><id>5</id></response></xml>",
        "<xml><response><?note <!DOCTYPE xml> ?><id>5</id></response></xml>",
        "<xml><response><id>5</id></response></xml><!-- <!DOCTYPE xml> -->",
        '<xml><response note="!DOCTYPE"><id>5</id></response></xml>',
    ],
)
def test_doctype_in_comments_and_instructions_is_accepted(body: str) -> None:
    assert bevparse.parse(body, CreateResponse).id == 5


def test_doctype_in_cdata_is_data() -> None:
    body = in_record("<![CDATA[<!DOCTYPE xml [<!ENTITY a 'b'>]>&a;]]>")

    assert bevparse.parse(body, FailedResponse).failures[0].email_address == "<!DOCTYPE xml [<!ENTITY a 'b'>]>&a;"


@pytest.mark.parametrize("between", ["<!---->", "<!-- x -->", "<?x y?>", "<![CDATA[]]>", "<!--a--><?b c?><!--d-->"])
@pytest.mark.parametrize("format", [None, "xml"])
def test_comment_does_not_cut_a_text_short(between: str, format: str | None) -> None:
    read = bevparse.parse(in_record(f"admin@x.com{between}.evil.com"), FailedResponse, format=format)

    assert read.failures[0].email_address == "admin@x.com.evil.com"


@pytest.mark.parametrize(
    "encoding",
    ["UTF-7", "utf-32", "UCS-4", "windows-1252", "cp037", "EBCDIC-CP-US", "Shift_JIS", "GB18030", "rot13", "x", "hz"],
)
def test_unsupported_encodings_are_refused(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><xml><response><id>5</id></response></xml>'.encode()

    assert codes(body, CreateResponse) == ["BEV103"]


def test_attack_in_utf_7_is_refused_before_it_is_read() -> None:
    attack = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE xml+AD4-<xml><response><id>5</id></response></xml>'

    with pytest.raises(DecodeError) as caught:
        bevparse.parse(attack.encode(), CreateResponse)
    assert caught.value.problem.code == "BEV103"


@pytest.mark.parametrize(
    ("declared", "written"),
    [("utf-16", "utf-8"), ("utf-16", "utf-8-sig"), ("utf-8", "utf-16"), ("us-ascii", "utf-8-sig"), ("x", "utf-32")],
)
def test_encoding_that_contradicts_its_byte_order_mark_is_refused(declared: str, written: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?><xml><response><id>5</id></response></xml>'.encode(written)

    assert codes(body, CreateResponse, format="xml") == ["BEV103"]


@pytest.mark.parametrize(
    ("declared", "written"),
    [("UTF-8", "utf-8"), ("utf-8", "utf-8-sig"), ("UTF-16", "utf-16"), ("ISO-8859-1", "iso-8859-1")],
)
def test_supported_encodings_are_read(declared: str, written: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>{in_record("é@x.example")}'.encode(written)

    assert bevparse.parse(body, FailedResponse).failures[0].email_address == "é@x.example"


def test_bytes_above_us_ascii_are_refused() -> None:
    body = f'<?xml version="1.0" encoding="US-ASCII"?>{in_record("é")}'.encode()

    assert codes(body, FailedResponse) == ["BEV102"]


def test_encoding_declared_in_text_is_ignored() -> None:
    body = f'<?xml version="1.0" encoding="UTF-7"?>{in_record("é")}'

    assert bevparse.parse(body, FailedResponse).failures[0].email_address == "é"


@pytest.mark.parametrize(
    "body",
    [
        "<xml><response><id>5</id></response>",
        "<xml><response><id>5</id></Response></xml>",
        "<xml><response><id>5</id></response></xml><xml/>",
        "<xml><response><id>5</id></response></xml>tail",
        "<xml><response><id>&undefined;</id></response></xml>",
        "<xml><response><id>5 & 6</id></response></xml>",
        "<xml><response><id>&#0;</id></response></xml>",
        "<xml><response><id a=1>5</id></response></xml>",
        "<xml><response><id a='1' a='2'>5</id></response></xml>",
        "<xml><response><x:id>5</id></response></xml>",
        "<xml><response><id>\x01</id></response></xml>",
        "<xml><!-- -- --><response><id>5</id></response></xml>",
    ],
)
def test_xml_that_is_not_well_formed_is_refused(body: str) -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse(body, CreateResponse)

    assert caught.value.problem.code == "BEV120"


def test_syntax_error_does_not_echo_the_input_and_pickles() -> None:
    body = "<xml><response><" + "a" * 5000 + ">5</b></response></xml>"

    with pytest.raises(DecodeError) as caught:
        bevparse.parse(body, CreateResponse)

    assert len(str(caught.value)) < 200
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    "piece",
    [
        "a<!---->",
        *(pytest.param(piece, marks=pytest.mark.long) for piece in ("a<?b?>", "a<![CDATA[]]>", "a&amp;", "a&#98;")),
    ],
)
def test_fourteen_megabytes_of_text_in_pieces_are_read_in_linear_time(piece: str) -> None:
    count = 14_000_000 // len(piece)
    body = in_record(piece * count)

    read = bevparse.parse(body, FailedResponse, limits=Limits(string=2**25))

    assert len(read.failures[0].email_address) in (count, 2 * count)
    assert codes(body, FailedResponse) == ["BEV005"]


@pytest.mark.parametrize("piece", [" <!---->", "\n<?b?>"])
def test_fourteen_megabytes_of_blanks_in_pieces_are_read_in_linear_time(piece: str) -> None:
    body = f"<xml><response>{piece * (14_000_000 // len(piece))}<id>5</id></response></xml>"

    assert bevparse.parse(body, CreateResponse).id == 5


def test_million_elements_take_little_memory() -> None:
    printed = run_within(
        350,
        "import bevparse\n"
        "body = b'<xml><response>' + b'<item/>' * 999_999 + b'</response></xml>'\n"
        "found = bevparse.inspect(body, bevparse.CompletedResponse)\n"
        "print([problem.severity for problem in found.problems].count('error'))\n",
    )

    assert printed == "100\n"


def test_comments_and_instructions_carry_no_data_and_attributes_are_reported() -> None:
    body = '<xml id="1"><response id="2"><!-- <id>3</id> --><?id 4?><id id="6">5</id></response></xml>'

    found = bevparse.inspect(body, CreateResponse)

    assert found.response == CreateResponse(id=5)
    assert [problem.code for problem in found.problems] == ["BEV320"]


@pytest.mark.parametrize(
    "body",
    [
        '<xml><response error="quota"/></xml>',
        '<xml><response><item id="5"></item></response></xml>',
        '<response type="array" code="5"> </response>',
        '<xml error="quota"><response/></xml>',
        '<xml version="1"><response version="1"/></xml>',
    ],
)
@pytest.mark.parametrize("model", [StatusResponse, CompletedResponse, Response])
def test_attributes_alone_are_not_an_empty_response(body: str, model: type[Response]) -> None:
    assert "BEV217" in codes(body, model)
    with pytest.raises(PayloadError) as caught:
        bevparse.parse(body, model)
    assert caught.value.problems[0].code == "BEV217"
    with pytest.raises(PayloadError) as caught:
        list(iter_records(io.BytesIO(body.encode()), BulkRequest))
    assert caught.value.problems[0].code == "BEV217"


@pytest.mark.parametrize(
    "attributes",
    [
        '<generated at="x">2020</generated>',
        '<meta><total unit="n">0</total></meta>',
        '<x a="1"/>',
    ],
)
def test_attributes_next_to_an_empty_response_are_reported(attributes: str) -> None:
    for body in (f"<xml><response/>{attributes}</xml>", f"<xml>{attributes}<response/></xml>"):
        found = bevparse.inspect(body, StatusResponse)

        assert {problem.code for problem in found.problems} == {"BEV307", "BEV320"}
        assert found.response == StatusResponse(requests=(), **(found.response.model_extra or {}))


@pytest.mark.parametrize(
    "attributes", ['xmlns="urn:x"', 'xmlns:xsi="urn:y" xsi:nil="true"', 'type="array"', 'xml:space="preserve"', ""]
)
def test_empty_response_may_have_attributes_about_reading(attributes: str) -> None:
    assert bevparse.parse(f'<xml version="1"><response {attributes}/></xml>', StatusResponse).requests == ()


def test_text_next_to_elements_is_refused() -> None:
    body = in_record("a<b>c</b>d")

    assert codes(body, CompletedResponse) == ["BEV122"]


def failures(record: str, head: str = "<xml>") -> bytes:
    """Return a body of several blocks with a record in the middle."""
    plain = "<item><error>e</error><emailAddress>a@b.c</emailAddress></item>" * 2000
    return f"{head}<response>{plain}{record}{plain}</response></xml>".encode()


UNDECLARED = {
    "element": "<item><b:error>e</b:error><emailAddress>a@b.c</emailAddress></item>",
    "undocumented": "<item><error>e</error><emailAddress>a@b.c</emailAddress><b:x/></item>",
    "attribute": '<item><error b:x="1">e</error><emailAddress>a@b.c</emailAddress></item>',
    "record": "<b:item><error>e</error><emailAddress>a@b.c</emailAddress></b:item>",
    "declared elsewhere": '<item><error xmlns:b="u">e</error><emailAddress>a@b.c</emailAddress><b:x/></item>',
}


@pytest.mark.parametrize("name", UNDECLARED)
def test_prefix_without_a_declaration_is_refused_in_whole_bodies_and_streams(name: str) -> None:
    body = failures(UNDECLARED[name])
    start = body.index(b"<xml>") + body.index(b"b:") if name == "record" else body.rindex(b"<", 0, body.index(b"b:"))
    records = []

    with pytest.raises(DecodeError) as whole:
        bevparse.parse(body, FailedResponse)
    with pytest.raises(DecodeError) as streamed:
        records.extend(iter_records(io.BytesIO(body), FailedEmail))

    assert whole.value.problem == streamed.value.problem
    assert (whole.value.problem.code, whole.value.problem.line) == ("BEV120", 1)
    assert abs((whole.value.problem.column or 0) - start) < 120
    assert len(records) <= 2000


@pytest.mark.parametrize("name", [name for name in UNDECLARED if name != "attribute"])
def test_prefix_with_a_declaration_is_read(name: str) -> None:
    body = failures(UNDECLARED[name], '<xml xmlns:b="urn:example">')

    assert len(bevparse.parse(body, FailedResponse).failures) == 4001
    assert len(list(iter_records(io.BytesIO(body), FailedEmail))) == 4001


def test_small_body_with_a_prefix_without_a_declaration_is_refused() -> None:
    for body in (
        "<b:xml><response><id>5</id></response></b:xml>",
        "<xml><response><id b:c='1'>5</id></response></xml>",
    ):
        assert codes(body, CreateResponse) == ["BEV120"]


def test_long_namespace_takes_no_memory_for_each_element() -> None:
    printed = run_within(
        400,
        "import bevparse\n"
        "head = b'<xml xmlns:b=\"' + b'u' * 500_000 + b'\"><response><id>5</id>'\n"
        "body = head + b'<b:x/>' * 100_000 + b'</response></xml>'\n"
        "print([problem.code for problem in bevparse.inspect(body, bevparse.CreateResponse).problems][-1])\n",
    )

    assert printed == "BEV006\n"


LARGE = {
    "a tag that is not closed": ("""b'<xml><response ' + b'a="1" ' * 3_000_000""", "BEV120"),
    "an attribute that is not closed": ("""b'<xml><response a="' + b'1' * 20_000_000""", "BEV120"),
    "a comment that is not closed": ("b'<xml><response><!--' + b'- ' * 10_000_000", "BEV120"),
    "a million entities": ("""b'<!DOCTYPE xml [' + b'<!ENTITY a "b">' * 1_000_000 + b']><xml/>'""", "BEV121"),
    "deep nesting": ("b'<xml>' + b'<a>' * 6_000_000", "BEV003"),
    "prefixes that are not declared": ("b'<xml>' + b'<a:b/>' * 900_000 + b'</xml>'", "BEV120"),
    "a text in pieces": ("b'<xml><response><id>' + b'ab<!---->' * 2_000_000 + b'</id></response></xml>'", "BEV005"),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_body_that_is_refused_takes_little_memory(name: str) -> None:
    body, code = LARGE[name]

    printed = run_within(
        350, f"import bevparse\nfound = bevparse.inspect({body})\nprint([problem.code for problem in found.problems])\n"
    )

    assert printed == f"['{code}']\n"
