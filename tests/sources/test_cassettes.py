"""Cassettes of VCR.py, go-vcr, VCR and Betamax, in YAML and JSON."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import zlib
from pathlib import Path
from types import ModuleType

import pytest

from bevparse import CompletedResponse, parse
from bevparse.cli import main
from bevparse.errors import DecodeError
from bevparse.limits import Limits
from bevparse.sources import cassettes
from bevparse.sources.source import Source

from ..recordings import API, KEY, RECORDINGS, codes, members, validated

STATUS = '{"response":[]}'
HEAD = f"interactions:\n- request: {{method: POST, uri: {API}/status}}\n  response:\n"


def answer(body: str, headers: str = "{}") -> bytes:
    return f"{HEAD}    body: {body}\n    headers: {headers}\n    status: {{code: 200}}\n".encode()


def data_of(body: str, headers: str = "{}") -> bytes | None:
    (found,) = members(cassettes, answer(body, headers))
    return found.data if found.outcome == "body" else found.problems[0].code.encode()


def packed(body: bytes, encoding: str) -> bytes | None:
    return data_of(f"{{string: !!binary {base64.b64encode(body).decode()}}}", f"{{content-encoding: [{encoding}]}}")


def refusal(data: bytes, limits: Limits | None = None) -> str:
    """Return the problem of a cassette, or of its only interaction."""
    try:
        (found,) = members(cassettes, data, limits or Limits())
    except DecodeError as error:
        return f"{error.problem.code} {error}"
    return f"{found.problems[0].code} {found.problems[0]}"


@pytest.mark.parametrize("name", ["polling.yaml", "polling.json"])
def test_cassette_contains_the_responses_of_the_service(name: str) -> None:
    assert validated(name) == [
        ("#/interactions/0", "body", "create", ()),
        ("#/interactions/2", "body", "status", ()),
        ("#/interactions/3", "body", "completed", ()),
        ("#/interactions/4", "body", "failed", ()),
    ]


def test_both_formats_of_a_cassette_return_the_same() -> None:
    in_yaml, in_json = (
        members(cassettes, (RECORDINGS / f"polling.{suffix}").read_bytes()) for suffix in ("yaml", "json")
    )

    assert in_yaml == in_json
    assert [(one.format, one.request) for one in in_yaml] == [
        ("json", None),
        ("json", "596"),
        ("json", "596"),
        ("csv", "596"),
    ]


def test_compressed_bodies_are_decompressed() -> None:
    assert validated("compressed.yaml") == [
        ("#/interactions/0", "body", "create", ()),
        ("#/interactions/1", "body", "completed", ()),
        ("#/interactions/2", "body", "status", ()),
        ("#/interactions/3", "body", "status", ()),
        ("#/interactions/4", "body", "failed", ("BEV311", "BEV312")),
    ]


def test_invalid_cassette_is_reported_by_interaction() -> None:
    assert validated("with-errors.yaml") == [
        ("#/interactions/0", "notice", None, ("BEV011",)),
        ("#/interactions/1", "notice", None, ("BEV011",)),
        ("#/interactions/2", "notice", None, ("BEV012",)),
        ("#/interactions/3", "body", "status", ("BEV205",)),
    ]


@pytest.mark.parametrize("name", ["keys.yaml", "keys.json"])
def test_keys_are_reported_separately_from_the_response(name: str) -> None:
    assert validated(name) == [
        ("#/interactions/0", "body", "status", ()),
        ("#/interactions/0", "notice", None, ("BEV503",)),
        ("#/interactions/1", "notice", None, ("BEV501", "BEV502")),
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("httpx-content.yaml", [("#/interactions/0", "body", "status", ("BEV205",))]),
        ("httpx-content.json", [("#/interactions/0", "body", "status", ("BEV205",))]),
        (
            "go-vcr-1.yaml",
            [
                ("#/interactions/0", "body", "status", ("BEV205",)),
                ("#/interactions/0", "notice", None, ("BEV503",)),
            ],
        ),
        (
            "go-vcr.yaml",
            [
                ("#/interactions/0", "body", "status", ()),
                ("#/interactions/0", "notice", None, ("BEV503",)),
                ("#/interactions/1", "body", None, ("BEV102",)),
            ],
        ),
        (
            "ruby-vcr.yml",
            [
                ("#/http_interactions/0", "body", "status", ()),
                ("#/http_interactions/0", "notice", None, ("BEV503",)),
                ("#/http_interactions/1", "body", "completed", ()),
            ],
        ),
        ("ruby-vcr-1.yml", [("#/0", "body", "status", ()), ("#/0", "notice", None, ("BEV503",))]),
        (
            "ruby-vcr.json",
            [
                ("#/http_interactions/0", "body", "status", ()),
                ("#/http_interactions/0", "notice", None, ("BEV503",)),
            ],
        ),
        (
            "betamax.json",
            [
                ("#/http_interactions/0", "body", "status", ("BEV205",)),
                ("#/http_interactions/0", "notice", None, ("BEV503",)),
                ("#/http_interactions/1", "body", "completed", ()),
            ],
        ),
        ("php-vcr.yml", [("#/0", "body", "status", ("BEV205",)), ("#/0", "notice", None, ("BEV503",))]),
        ("list.json", [("#/0", "body", "status", ("BEV205",)), ("#/0", "notice", None, ("BEV503",))]),
        (
            "betamax-tape.yaml",
            [
                ("#/interactions/0", "body", "status", ()),
                ("#/interactions/0", "notice", None, ("BEV503",)),
            ],
        ),
    ],
)
def test_cassettes_of_other_recorders_are_read(name: str, found: list[object]) -> None:
    assert validated(name) == found


def test_broken_interaction_in_json_hides_no_others() -> None:
    cassette = json.loads((RECORDINGS / "httpx-content.json").read_text())["interactions"]
    half = {"request": {"uri": "https://other.example/\ud83d", "body": f"\ud83d {KEY}"}}
    data = json.dumps({"interactions": [half, "XX", *cassette]}).replace('"XX"', "NaN")

    found = members(cassettes, data.encode())

    assert [(one.inner, one.outcome) for one in found] == [
        ("#/interactions/0", "notice"),
        ("", "notice"),
        ("#/interactions/2", "body"),
    ]
    assert codes(found) == [("BEV503",), ("BEV011",), ()]


def test_list_without_interactions_is_not_a_cassette() -> None:
    assert refusal(b"- name: x\n").startswith("BEV011 invalid cassette: no interactions")
    assert members(cassettes, b"- name: x\n", named=False) == []


@pytest.mark.parametrize("name", ["ruby-vcr.yml", "betamax.json"])
def test_text_that_was_decoded_as_latin_1_is_encoded_again(name: str) -> None:
    *_, completed = members(cassettes, (RECORDINGS / name).read_bytes())

    record = parse(completed.data or b"", CompletedResponse).records[0]

    assert record.email_address == "j\xf6rg@alex.example"


def test_key_in_the_form_of_a_request_is_reported_there() -> None:
    _, notice, _ = members(cassettes, (RECORDINGS / "go-vcr.yaml").read_bytes())

    assert [problem.pointer for problem in notice.problems] == ["/request/form"]


def test_key_under_the_binary_name_of_a_header_is_reported() -> None:
    name = base64.b64encode(b"X-Key").decode()
    cassette = f"interactions: [{{request: {{uri: https://other.example/, headers: {{!binary {name}: [{KEY}]}}}}}}]"

    (notice,) = members(cassettes, cassette.encode())

    assert [problem.pointer for problem in notice.problems] == ["/request/headers/X-Key"]


@pytest.mark.parametrize(
    "name", ["go-vcr.yaml", "ruby-vcr-1.yml", "ruby-vcr.yml", "ruby-vcr.json", "betamax.json", "betamax-tape.yaml"]
)
def test_keys_in_cassettes_of_other_recorders_are_redacted(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / name)

    assert main(["redact", str(RECORDINGS / name), "-o", target]) == 0
    assert capsys.readouterr().out.endswith("1 key replaced\n")
    assert main(["validate", "--select", "BEV5", "--no-cache", "--no-config", target]) == 0


def test_aliases_are_followed_as_vcr_writes_them() -> None:
    assert validated("aliases.yaml") == [
        ("#/interactions/0", "body", "status", ()),
        ("#/interactions/1", "body", "status", ()),
    ]


@pytest.mark.parametrize(
    ("head", "held"),
    [
        (b'\xef\xbb\xbf{\n "version": 1, "interactions": [', True),
        (b'{"interactions":[],"version":1}', True),
        (b'{"version":"1.0","interactions":[', True),
        (b"interactions:\n", True),
        (b"---\nversion: 2\ninteractions:\n", True),
        (b"---\nhttp_interactions:\n", True),
        (b'{"http_interactions": [', True),
        (b"\n-\n    request:\n", True),
        (b"---\n- request: {}\n", True),
        (b"--- \n- !ruby/struct:VCR::HTTPInteraction \n  request: !ruby", True),
        (b'[{"request": {', True),
        (b'[{"id": 5}]', False),
        (b"- name: x\n", False),
        (b'{"response":{"id":5}}', False),
    ],
)
def test_cassette_is_detected_by_its_first_bytes(head: bytes, held: bool) -> None:
    assert cassettes.holds(head) is held


def test_file_without_interactions_is_reported_only_if_it_was_named() -> None:
    settings = (RECORDINGS / "settings.yaml").read_bytes()

    assert refusal(settings) == "BEV011 invalid cassette: no interactions"
    for data in (
        settings,
        b"pact:\n  interactions: []\n",
        b"- interactions: {{ template }}\n",
        b"interactions: x\n",
        b"{{ interactions: ]",
    ):
        assert members(cassettes, data, named=False) == []


@pytest.mark.parametrize(
    "data",
    [
        b"interactions:\n- request: {}\n- ]\n",
        b"version: 1\ninteractions:\n @\n",
        b"recorded: '\nhttp_interactions:\n- ] ",
    ],
)
def test_invalid_cassette_in_a_folder_is_reported_at_its_fault(data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"line 3"):
        members(cassettes, data, named=False)


def test_binary_and_text_bodies_are_read_in_every_spelling() -> None:
    in_base64 = base64.b64encode(STATUS.encode()).decode()

    assert data_of(f"{{string: '{STATUS}'}}") == STATUS.encode()
    assert data_of(f"'{STATUS}'") == STATUS.encode()
    assert data_of(f"{{string: !!binary '{in_base64}'}}") == STATUS.encode()
    assert data_of(f"{{base64_string: '{in_base64}'}}") == STATUS.encode()
    assert data_of(f"{{string: !!python/unicode '{STATUS}'}}") == STATUS.encode()
    assert data_of("{string: !!null x}") == data_of("{string: ~}") == data_of("") == b"BEV012"
    assert data_of("{string: ''}") == b""
    assert data_of("{string: 'null'}") == data_of("{string: !!str null}") == b"null"
    assert data_of("{base64_string: '???'}") == b"BEV011"


def test_bodies_in_json_are_read_in_every_spelling() -> None:
    in_base64 = base64.b64encode(STATUS.encode()).decode()
    bodies: list[object] = [{"string": STATUS}, STATUS, {"base64_string": in_base64}, None, {}, [STATUS], 5]
    ours = {"method": "POST", "uri": API}
    listed = [{"request": ours, "response": {"body": body, "status": 200}} for body in bodies]
    data = json.dumps({"version": 1, "interactions": listed}).encode()

    found = members(cassettes, data)

    assert [one.data for one in found] == [STATUS.encode()] * 3 + [None] * 3 + [b"5"]


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "br", "zstd", "identity", "GZIP"])
def test_body_that_the_recorder_decompressed_is_not_decompressed_again(encoding: str) -> None:
    assert packed(STATUS.encode(), encoding) == STATUS.encode()


def test_text_is_checked_for_compression_although_a_character_is_split() -> None:
    text = ('{"response":' + '"é' * 600).encode()

    assert packed(text, "br") == text


@pytest.mark.parametrize("encoding", ["compress", KEY])
def test_unsupported_encoding_is_refused_with_its_name_if_it_is_known(encoding: str) -> None:
    (found,) = members(cassettes, answer("{string: !!binary /w==}", f"{{Content-Encoding: [{encoding}]}}"))

    name = "another one" if encoding == KEY else encoding
    assert found.problems[0].message == f"expected the content encoding gzip, deflate, br or zstd, got {name}"


def test_compressed_body_without_its_end_is_read_with_a_warning() -> None:
    data = base64.b64encode(gzip.compress(STATUS.encode())[:-8]).decode()

    (found,) = members(cassettes, answer(f"{{string: !!binary {data}}}", "{Content-Encoding: [gzip]}"))

    assert (found.data, codes([found])) == (STATUS.encode(), [("BEV018",)])


def test_damage_and_bombs_are_refused() -> None:
    blanks = b" " * 2**23

    assert packed(gzip.compress(blanks), "gzip") == b"BEV007"
    assert packed(zlib.compress(blanks), "deflate") == b"BEV007"
    assert packed(zlib.compress(b"x" * 100)[:-6], "deflate") == b"BEV011"
    assert packed(b"\xff\xff", "deflate") == b"BEV011"
    assert packed(b"\xff\xff", "gzip") == b"BEV011"


def test_limit_of_a_body_applies_to_deflate() -> None:
    data = base64.b64encode(zlib.compress(bytes(range(256)) * 8)).decode()
    cassette = answer(f"{{string: !!binary {data}}}", "{Content-Encoding: [deflate]}")

    assert codes(members(cassettes, cassette, Limits(body=2000))) == [("BEV002",)]


def test_headers_without_end_are_reported() -> None:
    many = "{" + ", ".join(f"h{index}: x" for index in range(129)) + "}"

    assert data_of("{string: x}", many) == b"BEV011"
    in_request = f"interactions:\n- request: {{headers: {many}}}\n".encode()
    assert codes(members(cassettes, in_request)) == []


def test_bytes_in_a_request_and_in_headers_are_read() -> None:
    asked = base64.b64encode(b'{"id":5,"format":"\xff"}').decode()
    request = f"request: {{method: POST, uri: {API}, body: !!binary {asked}}}"
    response = "response: {body: {string: x}, headers: {Content-Type: !!binary dGV4dC9jc3Y=}}"
    (found,) = members(cassettes, f"interactions:\n- {request}\n  {response}\n".encode())
    (unsaid,) = members(cassettes, f"interactions:\n- {request}\n  response: {{body: x}}\n".encode())

    assert (found.format, found.request) == ("csv", "5")
    assert unsaid.format is None


def test_interactions_of_odd_shapes_are_skipped() -> None:
    odd = b"""interactions:
- null
- text
- [request]
- request: [POST]
- request: {[a, b]: c, {d: e}: f, uri: {g: h}, method: [i]}
- request: {<<: {uri: x}, headers: !!seq [[a, b]], body: !!map {}}
- ? request
version: 1
"""
    assert members(cassettes, odd) == []


def test_alias_for_the_interactions_is_not_supported() -> None:
    assert refusal(b"a: &a []\ninteractions: *a\n").startswith("BEV011 ")


MERGED = b"a0: &a0 {x: 1}\n" + b"".join(
    b"a%d: &a%d {<<: [%s]}\n" % (level, level, b",".join([b"*a%d" % (level - 1)] * 9)) for level in range(1, 9)
)
BAD = {
    "syntax": (b"interactions:\n- ]\n", "(line 2, column 3)"),
    "bytes": (b"interactions:\n- '\xff'\n", "invalid leading UTF-8 octet"),
    "utf-16": ("interactions: []".encode("utf-16"), "UTF-16"),
    "directive": (b"%TAG ! x\n---\ninteractions: []\n", "%TAG"),
    "two documents": (b"interactions: []\n---\ninteractions: []\n", "more than one document (line 2, column 1)"),
    "twice": (b"interactions: []\ninteractions: []\n", "more than one list of interactions (line 2, column 15)"),
    "alias of nothing": (b"interactions:\n- *x\n", "an alias refers to no value before it (line 2, column 3)"),
    "alias of itself": (b"interactions:\n- &x [*x]\n", "an alias refers to no value before it (line 2, column 7)"),
    "object": ((RECORDINGS / "object-tag.yaml").read_bytes(), "a tag is not supported (line 2, column 12)"),
    "apply": (b"interactions:\n- !!python/object/apply:os.system [x]\n", "a tag is not supported (line 2, column 3)"),
    "tag before": (b"a: !secret x\ninteractions:\n- x\n", "a tag is not supported (line 1, column 4)"),
    "own tag": (b"interactions:\n- !secret x\n", "a tag is not supported (line 2, column 3)"),
    "binary": (b"interactions:\n- !!binary '?'\n", "!!binary is not base64 (line 2, column 3)"),
    "laughs": ((RECORDINGS / "laughs.yaml").read_bytes(), "aliases expand to more than 500000 values"),
    "merged": (MERGED, "aliases expand to more than 500000 values"),
    "brackets": (b"[" * 200_000, "nest"),
    "dashes": (b"- " * 200_000, "nested deeper than 32 levels"),
    "questions": (b"? " * 200_000, "nested deeper than 32 levels"),
    "braces": (b"interactions: " + b"{a: " * 200_000, "nested deeper than 32 levels"),
    "zeros": (bytes(2**20), "control characters are not allowed"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD.keys())
def test_yaml_with_tags_of_objects_is_refused(data: bytes, message: str) -> None:
    found = refusal(data)

    assert found.startswith("BEV011 ")
    assert message in found


def test_limits_apply_to_cassettes() -> None:
    assert refusal(b"interactions:\n- a\n- b\n", Limits(archive_members=1)).startswith("BEV009 ")
    assert refusal(b"a: [" + b"b," * 100_001 + b"]", Limits(archive_members=1)).startswith("BEV009 ")
    assert refusal(b'{"interactions":[{},{}]}', Limits(archive_members=1)).startswith("BEV009 ")


BROKEN = {
    "base64": (b"{string: !!binary '?'}", "!!binary is not base64"),
    "tag": (b"!ruby/object:Body {string: x}", "a tag is not supported"),
    "tag of a value": (b"{string: !secret x}", "a tag is not supported"),
    "alias": (b"{string: *nothing}", "an alias refers to no value"),
    "two faults": (b"{string: *nothing, encoding: !secret x}", "an alias refers to no value"),
}


@pytest.mark.parametrize(("body", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_interactions_around_a_broken_one_are_read(body: bytes, message: str) -> None:
    whole, broken = answer("{string: x}"), answer(body.decode()).partition(b"\n")[2]
    end = whole.partition(b"\n")[2]

    first, fault, last = members(cassettes, whole + broken + end)

    assert (first.data, last.data) == (b"x", b"x")
    assert [problem.code for problem in fault.problems] == ["BEV011"]
    assert message in fault.problems[0].message
    assert fault.problems[0].line


def test_alias_of_a_value_in_a_broken_interaction_is_a_fault() -> None:
    broken = answer("&body {string: !secret x}")
    other = answer("*body").partition(b"\n")[2]

    assert codes(members(cassettes, broken + other)) == [("BEV011",), ("BEV011",)]


def test_fault_after_the_interactions_is_reported() -> None:
    data = answer("{string: x}") + b"recorded_with: !secret x\n"
    found = cassettes.members(Source("x", named=True), data)

    assert next(found).data == b"x"
    with pytest.raises(DecodeError, match="a tag is not supported"):
        next(found)


def test_responses_before_a_fault_are_returned() -> None:
    data = answer("{string: x}") + b"- ]\n"
    found = cassettes.members(Source("x", named=True), data)

    assert next(found).data == b"x"
    with pytest.raises(DecodeError):
        next(found)


def test_missing_pyyaml_is_reported_with_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)

    assert refusal(b"interactions: []\n") == (
        "BEV013 reading cassettes requires PyYAML; run pip install 'bevparse[vcr]'"
    )
    with pytest.raises(DecodeError, match="PyYAML"):
        members(cassettes, b"interactions: []\n", named=False)
    assert members(cassettes, b"settings: []\n", named=False) == []
    assert members(cassettes, b'{"interactions":[]}') == []


def test_pyyaml_without_libyaml_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", ModuleType("yaml"))

    assert refusal(b"interactions: []\n").startswith("BEV013 ")


def test_cassette_in_yaml_is_read_up_to_half_the_limit_of_a_body() -> None:
    assert "in YAML a byte counts as two" in refusal(b"interactions: []\n" + b" " * 90, Limits(body=200))
    assert members(cassettes, b"interactions: []\n" + b" " * 80, limits=Limits(body=200)) == []


def test_cassette_of_other_services_counts_as_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.yaml").write_text(HEAD.replace(API, "https://mail.example/api") + "    body: {string: x}\n")

    assert main(["validate", "--no-cache", str(tmp_path)]) == 0
    counts = "no findings in 1 file; no saved responses were found; 1 exchange with other URLs skipped\n"
    assert capsys.readouterr().out == counts
