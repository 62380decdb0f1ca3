"""The line that a problem points at: decoded as the format does, cut, escaped, and the caret under the place."""

from __future__ import annotations

import codecs
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bevparse import inspect
from bevparse.problems import Problem, escape
from bevparse.validate.excerpts import excerpts
from bevparse.validate.report import Excerpt

WIDTH = 120
KEY = '"\u017emtpCheck":"maybe"'


def shown(body: bytes, format: str | None, *places: tuple[int | None, int | None], code: str = "BEV203") -> list[Any]:
    """Return the text before and after each caret."""
    found = excerpts(body, format, [Problem(code, "expected sense", "", *place) for place in places])
    return [one and (one.text[: one.caret], one.text[one.caret :]) for one in found]


@pytest.mark.parametrize(
    "body",
    [
        f'{{\n "a":1,{KEY}\n}}'.encode(),
        codecs.BOM_UTF8 + f'{{\n "a":1,{KEY}\n}}'.encode(),
        codecs.BOM_UTF16_LE + f'{{\n "a":1,{KEY}\n}}'.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + f'{{\r\n "a":1,{KEY}\r\n}}'.encode("utf-16-be"),
    ],
)
def test_body_is_read_in_its_encoding(body: bytes) -> None:
    assert shown(body, "json", (2, 8)) == [(' "a":1,', KEY)]


def test_declared_encoding_of_xml_is_used() -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>\xe9</a>'.encode("latin-1")

    assert shown(body, "xml", (2, 5)) == [("<a>\xe9", "</a>")]


@pytest.mark.parametrize(
    ("format", "line", "code"),
    [("json", 2, "BEV203"), ("yaml", 2, "BEV203"), (None, 2, "BEV105"), ("xml", 3, "BEV203"), ("csv", 3, "BEV130")],
)
def test_carriage_return_ends_a_line_where_the_format_says_so(format: str | None, line: int, code: str) -> None:
    body = b"one\rtwo\nthree" if line == 3 else b"one\r\nthree"

    assert shown(body, format, (line, 3), code=code) == [("th", "ree")]


def test_syntax_errors_count_lines_as_the_format_does() -> None:
    assert shown(b"<a>\r<b>\n<!DOCTYPE", "xml", (3, 1), code="BEV121") == [("", "<!DOCTYPE")]


@pytest.mark.parametrize(
    ("body", "place", "parts"),
    [
        (b"good\nab\xff\x1b", (2, 3), ("ab", "\\xff\\x1b")),
        (b"\xff\xfea\0\n\0b\0\x00", (2, 2), ("b", "\\x00")),
        (b"\xff\xfe\0\0a", (1, 1), ("", "\\x00\\x61")),
    ],
)
def test_bytes_that_are_no_characters_are_shown_escaped(
    body: bytes, place: tuple[int, int], parts: tuple[str, str]
) -> None:
    assert shown(body, "json", place, code="BEV102") == [parts]


def test_body_whose_declared_encoding_is_refused_is_shown_as_utf_8() -> None:
    body = b'<?xml version="1.0" encoding="UTF-7"?><a/>'

    assert shown(body, "xml", (1, 1), code="BEV103") == [("", body.decode())]


def test_invisible_characters_are_escaped_and_the_caret_follows() -> None:
    assert shown('\t\x1b\u202e"x"\u2028\U0001f600'.encode(), "json", (1, 4)) == [
        ("\\t\\x1b\\u202e", '"x"\\u2028\U0001f600')
    ]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((None, None), None),
        ((None, 3), None),
        ((1, None), ("", "ab")),
        ((1, 3), ("ab", "")),
        ((1, 90), ("ab", "")),
        ((2, 1), None),
        ((3, 3), ("cd", "")),
        ((9, 1), None),
    ],
)
def test_excerpt_of_a_missing_position_is_none_or_the_end_of_the_line(
    place: tuple[int | None, int | None], expected: tuple[str, str] | None
) -> None:
    assert shown(b"ab\n\ncd", "json", place) == [expected]


def test_line_of_blanks_has_no_excerpt() -> None:
    assert shown(b"  \n \r\nx", "json", (1, 1), (2, 1), (3, 1)) == [None, None, ("", "x")]


def test_problems_without_a_line_have_no_excerpt_among_others() -> None:
    assert shown(b"ab\ncd", "json", (2, 2), (None, None), (1, 1)) == [("c", "d"), None, ("", "ab")]


def test_long_line_is_cut_on_both_sides() -> None:
    line = b"0123456789" * 100
    ((before, after),) = shown(line, "json", (1, 501))

    assert (len(before), len(after)) == (60, 60)
    assert (before[:4], after[:10], after[-4:]) == ("...3", "0123456789", "6...")
    assert shown(line, "json", (1, 5)) == [("0123", (line[4:117].decode() + "..."))]
    assert shown(line, "json", (1, 1000)) == [("..." + line[883:999].decode(), "9")]


def test_escapes_that_widen_a_line_do_not_widen_the_excerpt() -> None:
    ((before, after),) = shown(b"\x1b" * 100 + b"x" + b"\x1b" * 10, "json", (1, 101))

    assert (before, after) == ("..." + "\\x1b" * 19, "x" + "\\x1b" * 10)


SECRET = "at_0123456789ABCDEFGHIJabcdefghi"


@pytest.mark.parametrize("column", [1, 2, 30, 70, 130, 150, 290])
@pytest.mark.parametrize("before", [0, 50, 100, 118])
def test_api_key_at_the_cut_of_a_long_line_is_masked(before: int, column: int) -> None:
    line = f"{'.' * before}{SECRET} {'.' * 250}"

    ((left, right),) = shown(line.encode(), "json", (1, column))

    assert "012345" not in left + right
    assert len(left) == column - 1 or left.startswith("...")


def test_api_key_after_a_bad_byte_is_masked() -> None:
    ((_, right),) = shown(b"\xff" + b"." * 100 + SECRET.encode(), "json", (1, 1), code="BEV102")

    assert "at_" in right
    assert "012345" not in right


lines = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\r\n\t\x1b,;"\u202e'), max_size=400)


@given(lines, st.sampled_from(("json", "xml", "csv", None)), st.data())
def test_caret_is_under_the_location_for_any_text(text: str, format: str | None, data: st.DataObject) -> None:
    text = text.removeprefix("\ufeff")
    index = data.draw(st.integers(0, len(text)))
    before = text[:index]
    ends = before.replace("\r\n", "\n").replace("\r", "\n") if format in ("csv", "xml") else before
    line = ends.count("\n") + 1
    column = len(ends) - ends.rfind("\n")
    if format in ("csv", "xml") and text[index - 1 : index + 1] == "\r\n":
        return
    (found,) = excerpts(text.encode(), format, [Problem("BEV130", "expected sense", "", line, column)])

    begun = ends[len(ends) - column + 1 :]
    if found is None:
        rest = text[index:].replace("\r", "\n") if format in ("csv", "xml") else text[index:]
        assert not (begun + rest.partition("\n")[0]).strip(" \r")
        return
    assert found.text.isprintable()
    assert (len(found.text) <= WIDTH, 0 <= found.caret <= len(found.text)) == (True, True)
    left, right = found.text[: found.caret], found.text[found.caret :]
    assert escape(begun).endswith(left.removeprefix("..."))
    assert escape(text[index:]).startswith(right.removesuffix("..."))


@given(
    st.lists(st.sampled_from(["ab", "c\u00e9", "\n", "\r", "\r\n", "x" * 9]), max_size=40).map("".join),
    st.sampled_from(["json", "xml"]),
    st.integers(0, 60),
)
@example("ab\r\n" * 9, "json", 3)
@example("ab\r\n" * 9, "xml", 3)
def test_lines_do_not_depend_on_the_size_of_blocks(text: str, format: str, before: int) -> None:
    problems = [Problem("BEV203", "expected sense", "", line, 1) for line in range(2, text.count("\n") + 42)]
    expected = excerpts(f"\n{text}".encode(), format, problems)
    long = " " * (2**16 - 1 - before) + f"\n{text}"

    assert excerpts(long.encode(), format, problems[::-1])[::-1] == expected


@pytest.mark.parametrize(
    ("body", "format", "expected"),
    [
        (b'{"response":[{"emailAddress":"a@b.example","smtpCheck":"maybe"}]}', "json", '"smtpCheck":"maybe"}]}'),
        (b"<xml>\r<response><item><emailAddress>a</emailAddress><smtpCheck>", "xml", ""),
        (b'Email Address,Smtp Check\r\n"a,b",maybe\r\n', "csv", "maybe"),
        (b'{"response":[{"emailAddress":"a@b.example","smtp', "json", '"smtp'),
    ],
)
def test_problems_of_a_body_are_found_in_it(body: bytes, format: str, expected: str) -> None:
    errors = [problem for problem in inspect(body, format=format).problems if problem.severity == "error"]
    first = excerpts(body, format, errors)[0]

    assert isinstance(first, Excerpt)
    assert first.text[first.caret :] == expected
