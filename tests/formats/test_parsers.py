"""How XML is read with lxml, and what expat reads instead."""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import bevparse
from bevparse import CreateResponse, DecodeError, Limits
from bevparse.formats import xml
from bevparse.formats.parsers import ExpatNames, LxmlNames, UnsureError
from bevparse.limits import DEFAULT_LIMITS
from bevparse.tree import FlatFields

from ..systems import measured

BLOCK = 2**16
BODY = "<xml><response><id>5</id></response></xml>"
FAULTY = (
    "<xml><a>1</xml>",
    "<xml><a>1</a>",
    "<xml>1<a/></xml>",
    "<xml><a:b/><a>",
    "<!DOCTYPE xml><xml/>",
    f"<a:b>{' ' * BLOCK}<c>",
    f"<xml><a>{' ' * BLOCK}<é/>",
    f"<xml><a>{' ' * BLOCK}{' ' * BLOCK}</a>",
    "<a>" * 40,
    "<xml xmlns:a='u' a:b='1'/>",
    "",
)
READ_BY_EXPAT = {
    "name": "<xml><naïve/></xml>",
    "attribute": "<xml><a naïve='1'/></xml>",
    "attribute with a namespace": "<xml xmlns:p='u'><a p:b='1'/></xml>",
    "prefix": "<xml xmlns:é='u'/>",
    "prefix xml": "<xml xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    "instruction": "<?naïve x?><xml/>",
    "namespace that is no URI": "<xml xmlns='a b'/>",
    "long namespace": f"<xml xmlns='{'u' * 300}'/>",
    "long tag": f"<xml><a b='{'>' * 2 * BLOCK}'/></xml>",
    "long text": f"<xml>{'x' * 2 * BLOCK}</xml>",
    "text in many pieces": f"<xml>{'a<!---->' * 3 * BLOCK}</xml>",
}


def faults(body: str, limits: Limits = DEFAULT_LIMITS) -> tuple[str, str, int | None, int | None]:
    """Return the code, the message and the place of the problem of a body."""
    with pytest.raises(DecodeError) as caught:
        xml.decode(body, limits)
    problem = caught.value.problem
    return problem.code, problem.message, problem.line, problem.column


@pytest.mark.parametrize("name", READ_BY_EXPAT)
def test_expat_reads_bodies_that_lxml_must_not_read(name: str) -> None:
    body = READ_BY_EXPAT[name]

    with pytest.raises(UnsureError):
        xml.read_with_lxml(body, DEFAULT_LIMITS)
    assert xml.decode(body, DEFAULT_LIMITS) == xml.read_with_expat(body, DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "body",
    [
        "<xml xmlns='u' xmlns:p='v'><p:a/><b xml:c='1' p:nil='true' key='0'/></xml>",
        "<?xml version='1.1'?><?p x?><xml>a<![CDATA[b]]>&amp;<!-- c --></xml>",
        f"<!--<{' ' * BLOCK}<{' ' * BLOCK}--><xml/>",
    ],
)
def test_lxml_reads_namespaces_comments_and_instructions(body: str) -> None:
    assert xml.read_with_lxml(body, DEFAULT_LIMITS) == xml.read_with_expat(body, DEFAULT_LIMITS)


def test_attribute_is_named_with_its_prefix() -> None:
    body = "<xml xmlns:p='u'><a/><b xml:c='1' p:type='2' p:d='3'>x</b></xml>"

    assert xml.decode(body, DEFAULT_LIMITS).attributes == (("p:d", (0, 1)),)


def test_body_that_only_expat_accepts_is_refused() -> None:
    message = "invalid XML: expat accepts the body, but lxml does not"

    assert faults("<?xml version='1.0a'?><a/>") == ("BEV120", message, 1, 19)
    assert faults("<?xml\nversion='1.0a'?><a/>") == ("BEV120", message, 2, 13)


@pytest.mark.parametrize("body", ["<a><\u3400/></a>", "<?p:q x?><a/>", "<a xmlns='http://www.w3.org/2000/xmlns/'/>"])
def test_body_that_only_one_parser_accepts_is_refused(body: str) -> None:
    code, message, line, column = faults(body)

    assert (code, line) == ("BEV120", 1)
    assert column
    assert "lxml" not in message


def test_limit_of_a_name_is_that_of_the_name_without_its_prefix() -> None:
    body = "<xml xmlns:p='urn:example:long'><p:name/></xml>"

    assert xml.decode(body, Limits(string=4)).root == FlatFields(["xml", FlatFields(["name", ""])])
    assert faults(body, Limits(string=3))[0] == "BEV005"


@pytest.mark.unmeasured
@pytest.mark.parametrize("body", ["<xml><a>1</a></xml>", "<xml><a>1</xml>", "<xml><é/></xml>", "<xml>1<a/></xml>"])
def test_tree_that_is_no_longer_used_is_freed(body: str) -> None:
    def trees() -> int:
        return sum(isinstance(one, FlatFields) for one in gc.get_objects())

    gc.disable()
    try:
        before = trees()
        with contextlib.suppress(DecodeError):
            xml.decode(body, DEFAULT_LIMITS)
        assert trees() == before
    finally:
        gc.enable()


@pytest.mark.unmeasured
@pytest.mark.parametrize("body", [BODY, *FAULTY])
def test_parser_is_used_again(body: str) -> None:
    def decode() -> None:
        for _ in range(10):
            with contextlib.suppress(DecodeError):
                xml.decode(body, DEFAULT_LIMITS)
            assert len(xml.decode("<a><b/></a>", DEFAULT_LIMITS).root.pairs[0][1].pairs) == 1  # type: ignore[union-attr]

    decode()  # imports what it needs
    gc.disable()
    gc.freeze()  # what is there before is not looked at
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        decode()
        gc.collect()
        found = [one for one in gc.garbage if type(one).__module__.startswith(("bevparse.", "lxml."))]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()

    assert found == []  # other threads may leave garbage of their own


def test_threads_do_not_share_parsers() -> None:
    bodies = [f"<xml><response><id>{number}</id></response></xml>" for number in range(2000)]
    bodies[::7] = ["<xml><response>"] * len(bodies[::7])

    def read(body: str) -> int | None:
        found = bevparse.inspect(body, CreateResponse).response
        return found.id if isinstance(found, CreateResponse) else None

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, bodies)) == [None if number % 7 == 0 else number for number in range(2000)]


@measured
def test_names_that_lxml_keeps_are_limited() -> None:
    script = (
        "import resource, bevparse\n"
        "long = 'n' * 200\n"
        "def read(number):\n"
        "    names = ''.join(f'<{long}{number}y{index}/>' for index in range(4000))\n"
        "    body = f'<xml><response><id>5</id><a>{names}</a></response></xml>'\n"
        "    return bevparse.parse(body, bevparse.CreateResponse).id\n"
        "def used():\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert [read(number) for number in range(5)] == [5] * 5\n"
        "before = used()\n"
        "assert [read(number) for number in range(5, 35)] == [5] * 30\n"
        "print((used() - before) // 1024)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert int(ran.stdout) < 8, "MB"


def test_lxml_reads_no_more_after_a_million_characters_of_names() -> None:
    names = LxmlNames()
    assert [names[f"{{urn:x}}{index:09}"] for index in range(2000)] == [f"{index:09}" for index in range(2000)]

    with pytest.raises(UnsureError):
        any(names[f"{{urn:x}}{index}"] == "" for index in range(2**20))

    with pytest.raises(UnsureError):
        names.check()
    assert len(names) < 2**10


def test_names_of_expat_are_kept_up_to_a_limit() -> None:
    names = ExpatNames()

    assert [names[f"x:name{index}"] for index in range(2000)] == [f"name{index}" for index in range(2000)]
    assert len(names) < 2**10
