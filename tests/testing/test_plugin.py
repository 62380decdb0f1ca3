"""Formats of plug-ins: the laws they must keep, and how they are found."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from itertools import count
from types import ModuleType

import pytest

from bevparse import (
    BevparseError,
    BulkRequest,
    CreateResponse,
    DecodeError,
    EncodeError,
    Limits,
    PayloadError,
    StatusResponse,
    UnknownFormatError,
    detect,
    dump,
    formats,
    inspect,
    parse,
)
from bevparse.formats import Document
from bevparse.testing import check_format
from bevparse.tree import Fields, Node

from .. import yaml_format

pytestmark = pytest.mark.usefixtures("registry_restored")
_CALLS = count()
_STATUS = StatusResponse(requests=(BulkRequest(id=544, api_version=2, ready=True), BulkRequest(id=596)))


@pytest.fixture
def yaml_registered(registry_restored: None) -> None:
    formats.register(yaml_format)


@pytest.fixture
def broken() -> Iterator[ModuleType]:
    """Return a copy of the example format that a test can break."""
    module = ModuleType("broken_format")
    vars(module).update({name: value for name, value in vars(yaml_format).items() if not name.startswith("__")})
    yield module
    sys.modules.pop("broken_format", None)


@pytest.mark.unmeasured
def test_example_format_keeps_the_laws() -> None:
    check_format(yaml_format)


@pytest.mark.parametrize("name", ["json", "xml", "csv"])
def test_built_in_formats_keep_the_laws(name: str) -> None:
    check_format(formats.get(name))


def test_check_format_restores_the_registry() -> None:
    before = formats.known()

    check_format(yaml_format, examples=1)

    assert formats.known() == before
    with pytest.raises(UnknownFormatError):
        formats.get("yaml")


@pytest.mark.usefixtures("yaml_registered")
def test_registered_format_is_named_detected_and_written() -> None:
    body = dump(_STATUS, format="yaml")

    assert parse(body, StatusResponse, format="yaml") == _STATUS
    assert parse(body, StatusResponse) == _STATUS
    assert detect(body).format == "yaml"
    assert "yaml" in formats.known()
    assert formats.of_suffix(".yml") == "yaml"
    assert formats.of_media_type("application/yaml") == "yaml"


@pytest.mark.usefixtures("yaml_registered")
def test_duplicate_name_is_refused_as_in_json() -> None:
    with pytest.raises(PayloadError, match="once"):
        parse("response:\n  id: 5\n  id: 6\n", CreateResponse, format="yaml")


@pytest.mark.usefixtures("yaml_registered")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[" * 200_000, "BEV003"),
        ("- " * 5_000, "BEV003"),
        ("response: &a [*a]", "BEV003"),
        ("response: {id: 5", "BEV140"),
        ('response: "\\U00110000"', "BEV140"),
        ('response: "\\ud800"', "BEV112"),
        ("response: .inf", "BEV140"),
        ("response: " + "9" * 5_000, "BEV140"),
        ("--- 1\n--- 2\n", "BEV140"),
    ],
)
def test_hostile_yaml_is_refused(body: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse(body, format="yaml")

    assert caught.value.problem.code == code


@pytest.mark.usefixtures("yaml_registered")
def test_integer_too_long_to_print_is_reported() -> None:
    found = inspect("response:\n  id: 0x" + "f" * 5_000, CreateResponse, format="yaml")

    assert [problem.code for problem in found.problems] == ["BEV204"]


def _install(monkeypatch: pytest.MonkeyPatch, *entry_points: EntryPoint) -> list[dict[str, str]]:
    """Install entry points, and return the list in which look-ups are recorded."""
    lookups: list[dict[str, str]] = []

    def find(**selection: str) -> list[EntryPoint]:
        lookups.append(selection)
        return [one for one in entry_points if one.matches(**selection)]

    monkeypatch.setattr(importlib.metadata, "entry_points", find)
    return lookups


def test_entry_points_are_read_only_for_an_unknown_format(monkeypatch: pytest.MonkeyPatch) -> None:
    lookups = _install(monkeypatch, EntryPoint("yaml", yaml_format.__name__, "bevparse.formats"))
    monkeypatch.setitem(sys.modules, yaml_format.__name__, yaml_format)

    parse(b'{"response":{"id":5}}')
    assert lookups == []

    body = dump(_STATUS, format="yaml")

    assert parse(body, StatusResponse, format="yaml") == _STATUS
    assert lookups == [{"group": "bevparse.formats", "name": "yaml"}]


def test_detection_does_not_depend_on_formats_that_were_used(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, EntryPoint("yaml", yaml_format.__name__, "bevparse.formats"))
    monkeypatch.setitem(sys.modules, yaml_format.__name__, yaml_format)
    before = (formats.known(), formats.of_suffix(".yml"), formats.of_media_type("text/yaml"), inspect(b"response: 5"))

    parse(dump(_STATUS, format="yaml"), StatusResponse, format="yaml")

    after = (formats.known(), formats.of_suffix(".yml"), formats.of_media_type("text/yaml"), inspect(b"response: 5"))
    assert after == before


def _raise(*_: object) -> None:
    raise KeyError("x" * 1000)


@pytest.mark.parametrize("part", ["sniff", "decode", "locate"])
@pytest.mark.parametrize("value", [_raise, lambda *_: None])
def test_exception_of_a_plug_in_is_a_decode_error(broken: ModuleType, part: str, value: object) -> None:
    setattr(broken, part, value)
    formats.register(broken)  # type: ignore[arg-type]
    body = "response:\n  id: x\n"

    found = inspect(body, CreateResponse, format="yaml")

    if value is _raise or part != "sniff":
        (problem,) = found.problems
        assert (problem.code, found.format) == ("BEV140", "yaml")
        assert problem.message.startswith("the plug-in of the format yaml failed: ")
        with pytest.raises(DecodeError, match="yaml"):
            parse(body, CreateResponse, format="yaml")
    else:
        assert [problem.code for problem in found.problems] == ["BEV204"]


class _WithoutTruth:
    def __bool__(self) -> bool:
        raise ValueError


_LOOP: list[Node] = []
_LOOP.append(_LOOP)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("sniff", lambda _: _WithoutTruth()),
        ("decode", lambda *_: Document(Fields([("response", [Fields([(5, "x")])])]))),  # type: ignore[list-item]
        ("decode", lambda *_: Document(Fields("ab"))),  # type: ignore[arg-type]
        ("decode", lambda *_: Document(Fields([]), (5,))),  # type: ignore[arg-type]
        ("decode", lambda *_: Document(Fields([]), None)),  # type: ignore[arg-type]
        *(("locate", lambda _, paths, at=at: dict.fromkeys(paths, at)) for at in (None, 5, (1,), (0, 1), (1, "x"))),
    ],
)
def test_wrong_result_of_a_plug_in_is_a_decode_error(broken: ModuleType, part: str, value: object) -> None:
    setattr(broken, part, value)
    formats.register(broken)  # type: ignore[arg-type]

    (problem,) = inspect("response:\n  id: x\n", CreateResponse).problems

    assert problem.code == "BEV140"
    assert problem.message.startswith("the plug-in of the format yaml failed: ")


@pytest.mark.parametrize("root", [_LOOP, Fields([("response", _LOOP)])])
def test_endless_tree_of_a_plug_in_is_refused(broken: ModuleType, root: Node) -> None:
    vars(broken)["decode"] = lambda *_: Document(root)
    formats.register(broken)  # type: ignore[arg-type]

    with pytest.raises(BevparseError):
        parse("response:\n  id: x\n", CreateResponse)


@pytest.mark.parametrize(
    ("part", "value"), [("name", 5), ("kind", "tree"), ("suffixes", 5), ("suffixes", (5,)), ("media_types", None)]
)
def test_format_with_other_attributes_is_a_type_error(broken: ModuleType, part: str, value: object) -> None:
    setattr(broken, part, value)

    with pytest.raises(TypeError):
        formats.register(broken)  # type: ignore[arg-type]


def test_positions_of_a_plug_in_are_used(broken: ModuleType) -> None:
    vars(broken)["locate"] = lambda _, paths: dict.fromkeys(paths, (2, 3))
    formats.register(broken)  # type: ignore[arg-type]

    (problem,) = inspect("response:\n  id: x\n", CreateResponse, format="yaml").problems

    assert (problem.code, problem.line, problem.column) == ("BEV204", 2, 3)


@pytest.mark.parametrize("value", [_raise, lambda _: "text"])
def test_exception_of_a_plug_in_that_writes_is_an_encode_error(broken: ModuleType, value: object) -> None:
    vars(broken)["encode"] = value
    formats.register(broken)  # type: ignore[arg-type]

    with pytest.raises(EncodeError, match="the plug-in of the format yaml failed") as caught:
        dump(_STATUS, format="yaml")

    assert (caught.value.problem.code, caught.value.format) == ("BEV150", "yaml")


def test_modules_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "some_format", yaml_format)

    formats.load(["some_format"])
    first = formats.get("yaml")
    formats.load(["some_format"])

    assert formats.get("yaml") is first
    assert formats.of_suffix(".yml") == "yaml"


def test_incomplete_installed_format_is_a_type_error(monkeypatch: pytest.MonkeyPatch, broken: ModuleType) -> None:
    del broken.encode
    _install(monkeypatch, EntryPoint("yaml", "broken_format", "bevparse.formats"))
    monkeypatch.setitem(sys.modules, "broken_format", broken)

    with pytest.raises(TypeError, match="Format"):
        formats.get("yaml")


def test_missing_format_is_an_unknown_format_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, EntryPoint("yaml", "nowhere", "another.group"))

    with pytest.raises(UnknownFormatError, match="expected a format among csv, json, xml, got 'yaml'") as caught:
        parse(b"", format="yaml")

    assert caught.value.name == "yaml"
    assert caught.value.known == ("csv", "json", "xml")


@pytest.mark.parametrize("part", ["name", "kind", "suffixes", "media_types", "sniff", "decode", "encode"])
def test_incomplete_module_is_a_type_error(broken: ModuleType, part: str) -> None:
    delattr(broken, part)

    with pytest.raises(TypeError, match="Format"):
        formats.register(broken)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Format"):
        check_format(broken)  # type: ignore[arg-type]


def _another_five(root: Node) -> bytes:
    return yaml_format.encode(root).replace(b"5", b"6")


def _ever_longer(root: Node) -> bytes:
    return yaml_format.encode(root) + b"\n" * next(_CALLS)


def _foreign(data: bytes | str, limits: Limits) -> Document:
    try:
        return yaml_format.decode(data, limits)
    except DecodeError as error:
        raise KeyError(error.problem.code) from None


def _ever_other(data: bytes | str, limits: Limits) -> Document:
    document = yaml_format.decode(data, limits)
    if isinstance(document.root, Fields) and next(_CALLS) % 2:
        document.root.pairs.append(("call", "odd"))
    return document


@pytest.mark.parametrize(
    ("part", "value", "law"),
    [
        ("name", "Yaml", "a name in lower case"),
        ("suffixes", ("yaml",), "suffix"),
        ("media_types", ("application/yaml; charset=utf-8",), "media type"),
        ("encode", _another_five, "round trip"),
        ("encode", _ever_longer, "canonical bytes"),
        ("decode", _ever_other, "round trip|purity"),
        ("decode", _foreign, "hostile"),
        ("locate", lambda data, paths: dict.fromkeys(paths, (0, 1)), "locations"),
        ("locate", lambda data, paths: {(9, 9, 9): (1, 1)}, "locations"),
    ],
)
def test_check_format_names_the_broken_law(broken: ModuleType, part: str, value: object, law: str) -> None:
    setattr(broken, part, value)

    with pytest.raises(AssertionError, match=law):
        check_format(broken, examples=20)  # type: ignore[arg-type]


def test_check_format_reports_a_format_detected_as_another(broken: ModuleType) -> None:
    vars(broken).update(vars(formats.get("json")), name="other")

    with pytest.raises(AssertionError, match="detection"):
        check_format(broken, examples=20)  # type: ignore[arg-type]


def test_built_in_format_that_is_registered_again_is_the_same() -> None:
    before = formats.get("json")
    formats.register(before)

    assert formats.get("json") is before
