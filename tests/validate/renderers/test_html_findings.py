"""The findings in the HTML report: all of them up to a limit, with at least one of each kind, and what is left out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import lxml.html
import pytest

from bevparse.problems import Problem
from bevparse.problems.rules import RULES
from bevparse.validate.renderers.groups import CommonText, Groups
from bevparse.validate.report import Checked, Excerpt

from .test_html import report, texts
from .test_renderers import ABSENT, EMPTY, MAYBE, SPELLED


class Item(NamedTuple):
    """A finding as the page shows it."""

    code: str
    severity: str
    source: str
    message: str
    pointer: str


def items(page: str) -> list[Item]:
    classes = ("code", "badge", "where", "text", "pointer")
    found: list[Item] = []
    for li in lxml.html.document_fromstring(page).xpath("//ol/li"):
        code, severity, where, message, pointer = (
            "".join(str(node.text_content()) for node in li.find_class(name)) for name in classes
        )
        found.append(Item(code, severity, where.removeprefix(f"{severity} {code} "), message, pointer))
    return found


def more(page: str) -> int:
    """Return the number of findings that the page says are left out."""
    return sum(int(text.split()[0].replace(",", "")) for text in texts(page, "//ul[@class='more']/li"))


def many(count: int, pointer: str, folder: str = "dumps") -> list[Checked]:
    return [
        Checked(f"{folder.format(number)}/a.json", problems=(replace(MAYBE, pointer=pointer.format(number)), SPELLED))
        for number in range(count)
    ]


def test_findings_are_in_the_order_of_their_severities_codes_and_sources() -> None:
    checks = [
        Checked("a.json", problems=(EMPTY, MAYBE, SPELLED)),
        Checked("b.zip", "!/c.json", problems=(MAYBE,)),
        Checked("d.json", problems=(ABSENT,), outcome="unreadable"),
    ]

    assert items(report(checks)) == [
        Item("BEV001", "error", "d.json", ABSENT.message, ""),
        Item("BEV203", "error", "a.json:1:65", MAYBE.message, MAYBE.pointer),
        Item("BEV203", "error", "b.zip!/c.json:1:65", MAYBE.message, MAYBE.pointer),
        Item("BEV302", "warning", "a.json:1:90", SPELLED.message, SPELLED.pointer),
        Item("BEV220", "info", "a.json:2:1", EMPTY.message, EMPTY.pointer),
    ]


@pytest.mark.parametrize(
    ("text", "caret", "expected"),
    [
        ('{"a":"maybe"}', 5, "<pre>{&quot;a&quot;:<mark>&quot;</mark>maybe&quot;}</pre>"),
        ("a\\u202eb", 1, "<pre>a<mark>\\u202e</mark>b</pre>"),
        ("<b>", 3, "<pre>&lt;b&gt;<mark></mark></pre>"),
        ("é", 0, "<pre><mark>&#233;</mark></pre>"),
    ],
)
def test_excerpt_marks_the_character_at_the_position(text: str, caret: int, expected: str) -> None:
    page = report([Checked("a.json", problems=(MAYBE, EMPTY), excerpts=(Excerpt(text, caret), None))])

    assert re.findall("<pre>.*?</pre>", page) == [expected]


def test_anchor_depends_on_code_source_and_pointer_only() -> None:
    def anchors(*checks: Checked) -> list[str]:
        return re.findall(r'<li id="(f-[0-9a-f-]+)"', report(checks))

    moved = replace(MAYBE, line=7, message="expected more")
    (anchor,) = anchors(Checked("a.json", problems=(MAYBE,)))

    assert anchors(Checked("a.json", problems=(moved, moved)), Checked("b.json", problems=(EMPTY,)))[:2] == [
        anchor,
        f"{anchor}-2",
    ]
    others = [Checked("b.json", problems=(MAYBE,)), Checked("a.json", problems=(replace(MAYBE, pointer="/b"),))]
    assert anchor not in anchors(*others)


@pytest.mark.parametrize(("count", "is_open"), [(50, True), (51, False)])
def test_many_findings_are_collapsed_under_their_codes(count: int, is_open: bool) -> None:
    page = report(many(count, "/response/0/smtpCheck"))

    assert len(items(page)) == 2 * count
    assert page.count('<details class="group" open="">') == 2 * is_open


def test_some_of_too_many_findings_of_each_kind_are_shown_and_the_others_counted() -> None:
    checks = [*many(1500, "/response/{}/smtpCheck"), Checked("z.json", problems=(EMPTY, ABSENT))]
    page = report(checks)
    found = items(page)

    assert {item.code for item in found} == {"BEV001", "BEV203", "BEV302", "BEV220"}
    assert 1000 < len(found) <= 2000
    assert len(found) + more(page) == 3002
    assert f"Shown are {len(found):,} of 3,002 findings" in page
    assert 'data-total="3002"' in page
    assert texts(page, "//ul[@class='more']/li")[0].endswith(
        " more like expected true, false or null, got 'maybe' /response/*/smtpCheck"
    )
    assert f"1,500 findings, {sum(item.code == 'BEV203' for item in found):,} shown" in page


def test_too_many_kinds_are_collapsed_and_no_finding_is_lost() -> None:
    page = report(many(2001, "/response/field{}"))

    assert len(items(page)) > 1000
    assert len(items(page)) + more(page) == 4002
    assert texts(page, "//ul[@class='more']/li")[0].endswith(f"more like {MAYBE.message}")


@pytest.mark.parametrize(
    ("messages", "common"),
    [
        (["got 1", "got 1"], "got 1"),
        (["got 1", "got 11"], "got …"),
        (["got 11", "got 12", "got 11"], "got …"),
        (["got 'a' here", "got 'b' here", "got 'c' here"], "got '…' here"),
        (["got 'a' here", "got 'b' there"], "got '…"),
        (["a 1 b 1", "a 2 b 3", "a 1"], "a …"),
    ],
)
def test_kind_shows_the_common_part_of_its_messages(messages: list[str], common: str) -> None:
    text = CommonText(messages[0])
    for message in messages:
        text.add(message)

    assert str(text) == common


@pytest.mark.parametrize("most", [1, 20, 109])
def test_groups_are_at_least_one_for_each_code(most: int) -> None:
    groups = Groups(
        lambda checked, problem: (problem.code, checked.file), (2, 1), groups=most, places=5, places_of_body=3
    )
    for file in ("a", "b/c"):
        groups.add(Checked(file, problems=tuple(Problem(code, "expected a, got b") for code in RULES)))

    assert [group.key[0] for group in groups] == list(RULES)
    assert sum(group.count for group in groups) == 2 * len(RULES)


def test_groups_keep_a_bounded_number_of_places_and_one_of_each_group() -> None:
    groups = Groups(
        lambda checked, problem: (problem.code,), (1,), groups=9, places=50, places_of_body=50, places_in_all=60
    )
    groups.add(Checked("a", problems=(MAYBE,) * 70))
    groups.add(Checked("b", problems=(SPELLED,) * 50))
    groups.add(Checked("c", problems=(EMPTY, MAYBE)))

    kept = [[place.number for place in group.places] for group in groups]
    assert [(places[0], len(places)) for places in kept] == [(0, 27), (70, 27), (120, 1)]
    assert groups.places == sum(map(len, kept))
    assert [group.count for group in groups] == [71, 50, 1]


def test_page_that_is_too_large_shows_fewer_findings() -> None:
    long = "<\U0001f600" * 120
    problems = tuple(Problem(code, long) for code in ("BEV203", "BEV302"))
    page = report([Checked(f"{number}{long}", f"!/{long}", problems=problems) for number in range(300)])

    assert len(page) < 2_200_000
    assert len(items(page)) + more(page) == 600
    assert more(page) > 0


@pytest.mark.slow
def test_page_stays_small_for_any_findings() -> None:
    long = "<\U0001f600" * 300
    checks: list[Checked] = []
    for folder in range(20):
        problems = tuple(Problem(code, f"{folder}{long}", f"/{folder}{long}") for code in RULES)
        excerpts = (Excerpt("\U0001f600" * 120, 60),) * len(RULES)
        checks.append(Checked(f"{folder}{long}/{long}", f"!/{long}", problems=problems, excerpts=excerpts))
    page = report(checks)

    assert len(page) < 3_000_000
    assert {item.code for item in items(page)} == set(RULES)
    assert len(items(page)) + more(page) == 20 * len(RULES)
