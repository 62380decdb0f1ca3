"""The table of the HTML report: equal findings are one row, and any number of findings is complete."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bevparse.problems import Problem
from bevparse.problems.rules import RULES
from bevparse.validate.renderers.groups import CommonText, Groups
from bevparse.validate.report import Checked

from .test_html import data_of, elements, report, texts
from .test_renderers import EMPTY, MAYBE, SPELLED


def many(count: int, pointer: str, folder: str = "dumps") -> list[Checked]:
    return [
        Checked(f"{folder.format(number)}/a.json", problems=(replace(MAYBE, pointer=pointer.format(number)), SPELLED))
        for number in range(count)
    ]


def test_equal_findings_of_a_folder_are_one_row_with_the_shared_part_of_their_messages() -> None:
    checks = [Checked("july/sound.json")]
    for number, word in enumerate(("maybe", "mostly", "x", "maybe")):
        message = MAYBE.message.replace("maybe", word)
        problem = replace(MAYBE, message=message, pointer=f"/response/{number}/smtpCheck")
        checks.append(Checked(f"july/{number}.json", problems=(problem,) * 4))
    data = data_of(report(checks))
    (row,) = data["rows"]

    assert row[:6] == ["BEV203", "expected true, false or null, got '…'", "july", "/response/*/smtpCheck", 16, 4]
    first = [0, ":1:65", "/response/0/smtpCheck", MAYBE.message]
    assert (row[6][:3], [place[0] for place in row[6]]) == ([first] * 3, [0, 0, 0, 1, 2])
    assert data["sources"] == ["july/0.json", "july/1.json", "july/2.json"]


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
def test_a_row_shows_the_common_part_of_its_messages(messages: list[str], common: str) -> None:
    text = CommonText(messages[0])
    for message in messages:
        text.add(message)

    assert str(text) == common


def test_the_bodies_in_a_file_are_in_a_folder_of_its_name() -> None:
    names = [("a/b.zip", "!/c.json"), ("a/b.zip", "!/d.json"), ("b.json", ""), ("c.json", "")]
    rows = data_of(report([Checked(*name, problems=(MAYBE,)) for name in names]))["rows"]

    assert [row[2:6] for row in rows] == [[folder, "/response/*/smtpCheck", 2, 2] for folder in ("./", "a/b.zip")]


def test_a_row_of_one_source_shows_that_and_of_one_finding_its_place() -> None:
    checks = [Checked("a/b.zip", "!/c.json", problems=(MAYBE,)), Checked("b.json", problems=(MAYBE, MAYBE))]
    rows = data_of(report(checks))["rows"]

    assert [row[2:6] for row in rows] == [
        ["b.json", "/response/*/smtpCheck", 2, 1],
        ["a/b.zip!/c.json:1:65", "/response/0/smtpCheck", 1, 1],
    ]


def test_the_worst_and_most_frequent_come_first() -> None:
    checks = [Checked("a", problems=(EMPTY, SPELLED, SPELLED, MAYBE)), Checked("b/c", problems=(MAYBE, MAYBE))]
    rows = data_of(report(checks))["rows"]

    assert [(row[0], row[4]) for row in rows] == [("BEV203", 2), ("BEV203", 1), ("BEV302", 2), ("BEV220", 1)]


def test_of_many_rows_the_first_hundred_are_markup_and_all_are_data() -> None:
    page = report(many(150, "/response/field{}"))
    data = data_of(page)

    assert len(data["rows"]) == 151
    assert elements(page)["noscript"] == 1
    assert len(texts(page, "//table[@id='table']/tbody/tr")) == data["page"] == 100
    assert sum(row[4] for row in data["rows"]) == 300


@pytest.mark.parametrize(
    ("pointer", "folder", "expected"),
    [
        ("/response/0/smtpCheck", "dumps/{}", [("(several folders)", "/response/*/smtpCheck", 2030, 2030, False)]),
        ("/response/field{}", "dumps", [("(several folders)", "(several places)", 2030, 31, True)]),
    ],
)
def test_too_many_rows_are_folded_and_no_finding_is_lost(
    pointer: str, folder: str, expected: list[tuple[object, ...]]
) -> None:
    page = report(many(2030, pointer, folder))
    data = data_of(page)
    rows = [row for row in data["rows"] if row[0] == "BEV203"]

    assert [(*row[2:6], data["least"]) for row in rows] == expected
    assert ("&#8805;31</td>" in page) is data["least"]
    assert sum(row[4] for row in data["rows"]) == 4060


@pytest.mark.parametrize("most", [1, 20, 109])
def test_groups_are_at_least_one_for_each_code(most: int) -> None:
    groups = Groups(
        lambda checked, problem: (problem.code, checked.file), (2, 1), groups=most, places=5, places_of_body=3
    )
    for file in ("a", "b/c"):
        groups.add(Checked(file, problems=tuple(Problem(code, "expected a, got b") for code in RULES)))

    assert [group.key[0] for group in groups] == list(RULES)
    assert sum(group.count for group in groups) == 2 * len(RULES)


@pytest.mark.slow
def test_a_page_stays_small_for_any_findings() -> None:
    long = "<\U0001f600" * 300
    checks: list[Checked] = []
    for folder in range(20):
        problems = tuple(Problem(code, f"{folder}{long}", f"/{folder}{long}") for code in RULES)
        checks.append(Checked(f"{folder}{long}/{long}", f"!/{long}", problems=problems))
    page = report(checks)
    data = data_of(page)

    assert len(page) < 3_000_000
    assert len(data["rows"]) == len(RULES)
    assert {len(row[6]) for row in data["rows"]} == {1}
    assert sum(row[4] for row in data["rows"]) == 20 * len(RULES)


@pytest.mark.parametrize(("long", "rows"), [("", 1000), ("<\U0001f600" * 60, 501)])
def test_only_data_that_is_too_large_is_folded(long: str, rows: int) -> None:
    checks = many(500, "/response/field{}", "dumps/{}" + long)

    assert len(data_of(report(checks))["rows"]) == rows
