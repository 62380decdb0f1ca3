"""The HTML report: well-formed, self-contained, safe for any name or payload, and with the same counts."""

from __future__ import annotations

import io
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import __version__
from bevparse.cli import main
from bevparse.problems import Problem, rules
from bevparse.problems.rules import RULES
from bevparse.validate.conditions import Conditions
from bevparse.validate.profile import CHECKS, Profile
from bevparse.validate.renderers import renderer_of
from bevparse.validate.renderers.numbers import byte_size, series
from bevparse.validate.report import Checked, Summary

from .test_renderers import ALL, FAULTY, INNER, MAYBE, SPELLED, UNREADABLE, VALID, hostile, names

VOID = {"input", "link", "meta"}
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-zA-Z-]+="[^"<>]*")*)>|<')
PROFILE = Profile(
    Counter({"ready": 3, "not ready": 1}),
    Counter({"completed": 10, "failed": 2}),
    Counter({"ok": 7, "bad": 2, "missing": 1}),
    Counter({("smtp_check", "true"): 7, ("smtp_check", "false"): 3, ("dns_check", "missing"): 10}),
    Counter({"no such request": 4}),
    Counter({"2018-06-05": 2, "2018-06-07": 2}),
    Counter({"2018-06-05": 5}),
    Counter({5: 1, 8: 3}),
)
ACROSS = replace(VALID, problems=(Problem.of(rules.COUNTS_DISAGREE, "expected 2, got 3"),), outcome="notice")
STALE = Checked("known.json", problems=(Problem.of(rules.STALE_BASELINE, "BEV203 no longer occurs"),), outcome="notice")
STALE = Checked("known.json", problems=(Problem.of(rules.STALE_BASELINE, "BEV203 no longer occurs"),), outcome="notice")
STALE = Checked("known.json", problems=(Problem.of(rules.STALE_BASELINE, "BEV203 no longer occurs"),), outcome="notice")
days = st.dictionaries(st.dates().map(str), st.integers(1, 9), max_size=9)
profiles = st.builds(
    Profile,
    results=st.dictionaries(names, st.integers(1, 9), max_size=20).map(Counter),
    checks=st.dictionaries(st.tuples(st.sampled_from(CHECKS), st.just("true")), st.integers(1, 9)).map(Counter),
    errors=st.dictionaries(names, st.integers(1, 9), max_size=4).map(Counter),
    days=days.map(Counter),
    sizes=st.dictionaries(st.integers(0, 70), st.integers(1, 9), max_size=4).map(Counter),
)


def report(
    checks: Iterable[Checked],
    profile: Profile | None = None,
    *,
    conditions: Conditions | None = None,
    **counts: int,
) -> str:
    stream = io.StringIO()
    renderer = renderer_of("html", stream, conditions)
    summary = Summary(profile=Profile() + (profile or Profile()))
    for name, count in counts.items():
        setattr(summary, name, count)
    for checked in checks:
        renderer.body(checked)
        summary.add(checked)
    renderer.end(summary)
    return stream.getvalue()


def elements(page: str) -> Counter[str]:
    """Read a page by stricter rules than HTML has, and count its elements."""
    found, opened = Counter[str](), list[str]()
    assert page.isascii()
    assert page.startswith("<!DOCTYPE html>\n<html ")
    bare = re.sub(r"(<style>).*?(</style>)|(<script[^>]*>).*?(</script>)", r"\1\2\3\4", page[16:], flags=re.DOTALL)
    for tag in TAG.finditer(bare):
        end, name, attributes = tag.groups()
        assert name, bare[tag.start() :][:80]
        assert not re.search(r" (on|style=)", attributes)
        if end:
            assert opened.pop() == name
        elif name not in VOID:
            opened.append(name)
        found[name] += not end
    assert opened == []
    return found


def totals(page: str) -> dict[str, str]:
    boxes = lxml.html.document_fromstring(page).find_class("total")
    return {box.find("dt").text_content(): box.find("dd").text_content() for box in boxes}


def texts(page: str, path: str) -> list[str]:
    found = lxml.html.document_fromstring(page).xpath(path)
    return [str(node if isinstance(node, str) else node.text_content()) for node in found]


@pytest.mark.parametrize("interrupted", [True, False])
@pytest.mark.parametrize("checks", [(), (VALID,), ALL], ids=len)
def test_page_is_well_formed_and_has_the_elements_that_an_html_parser_reads(
    checks: tuple[Checked, ...], interrupted: bool
) -> None:
    page = report(checks, PROFILE if checks else None, interrupted=interrupted)
    found = elements(page)
    parsed = Counter(node.tag for node in lxml.html.document_fromstring(page).iter())

    assert parsed == found
    assert found["h1"] == found["main"] == found["header"] == 1
    assert ("interrupted" in page) is interrupted
    assert report(checks, PROFILE if checks else None, interrupted=interrupted) == page


@pytest.mark.parametrize(
    ("checks", "counts", "result", "sentence"),
    [
        ((), {}, "Nothing was checked", "No saved responses were found."),
        ((), {"skipped": 4}, "Nothing was checked", "No saved responses were found; 4 files with other names skipped."),
        ((VALID,), {}, "No findings in 1 file", "1 response body, valid."),
        (
            (VALID, replace(VALID, file="b.json")),
            {"known": 7},
            "No findings in 2 files",
            "2 response bodies, all valid; 7 known findings of the baseline left out.",
        ),
        (
            (*(VALID,) * 999, FAULTY, UNREADABLE),
            {},
            "2 errors, 1 warning and 1 info in 2 of 3 files",
            "1,000 response bodies, 999 valid; 1 source could not be read.",
        ),
        (
            (replace(VALID, file="b"), *(replace(FAULTY, inner=f"#/{number}") for number in range(2)), VALID, ACROSS),
            {},
            "2 errors, 2 warnings and 2 infos in 1 of 3 files; 1 warning across bodies",
            "4 response bodies, 2 valid.",
        ),
        (
            (VALID, ACROSS, STALE),
            {},
            "No findings in 1 file; 1 warning across bodies; 1 info about the baseline",
            "1 response body, valid.",
        ),
        ((ACROSS,), {}, "1 warning across bodies", "No saved responses were found."),
    ],
)
def test_result_of_the_run_is_a_sentence(
    checks: tuple[Checked, ...], counts: dict[str, int], result: str, sentence: str
) -> None:
    page = report(checks, **counts)

    assert texts(page, "//section[@id='result']/h2") == [result]
    assert texts(page, "//section[@id='result']/p") == [sentence]
    assert texts(page, "//title") == [f"bevparse: {result}"]


def test_files_are_in_the_order_of_their_findings() -> None:
    checks = [
        Checked("warned.json", problems=(SPELLED,) * 9),
        VALID,
        *(replace(INNER, inner=f"#/{number}") for number in range(3)),
        Checked("worst.json", problems=(MAYBE,) * 7),
        Checked("also.json", problems=(MAYBE,) * 6 + (SPELLED,)),
        ACROSS,
    ]
    rows = texts(report(checks), "//table[@class='files sortable']/tbody/tr")

    assert rows == ["worst.json700", "also.json610", "july.zip600", "warned.json090"]


def test_only_the_worst_of_many_files_are_listed() -> None:
    checks = [Checked(f"{number}.json", problems=(MAYBE,) * (1 + number % 3)) for number in range(600)]
    page = report(checks)

    assert len(texts(page, "//table[@class='files sortable']/tbody/tr")) == 200
    assert texts(page, "//table[@class='files sortable']/tbody/tr/td[1]") == ["3"] * 200
    assert "the worst first; 400 more files with findings are not listed" in page


def test_page_shows_what_was_checked_when_and_how() -> None:
    page = report([VALID], conditions=Conditions(1_795_000_000, ("dumps/", "<b>at_" + "a" * 29)))

    assert texts(page, "//dl[@class='conditions']/div") == [
        "Checkeddumps/ <b>at_REDACTED.....................",
        "Time2026-11-18 11:06 UTC",
        "Settingsthe defaults",
        f"Versionbevparse {__version__}",
    ]
    assert texts(page, "//time/@datetime") == ["2026-11-18T11:06Z"]


def test_first_of_many_paths_and_settings_are_shown() -> None:
    paths, options = (tuple(f"{name} {number}" for number in range(60)) for name in ("path", "--exclude"))
    page = report([VALID], conditions=Conditions(0, paths, options))

    assert texts(page, "//dl[@class='conditions']/div[1]/dd/*") == [*paths[:5], "and 55 more"]
    assert texts(page, "//dl[@class='conditions']/div[3]/dd/*") == [*options[:40], "and 20 more"]


def test_page_loads_nothing_and_allows_only_its_own_style_and_script() -> None:
    page = report(ALL, PROFILE)
    head = lxml.html.document_fromstring(page).head
    (policy,) = head.xpath("meta[@http-equiv='Content-Security-Policy']/@content")
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    inline = {
        "style-src": re.findall(r"<style>(.*?)</style>", page, re.DOTALL),
        "script-src": re.findall(r"<script>(.*?)</script>", page, re.DOTALL),
    }

    for name, (text,) in inline.items():
        assert allowed.pop(name) == f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    assert allowed == {"default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}
    assert head[0].attrib == {"charset": "utf-8"}
    assert head[1].get("http-equiv") == "Content-Security-Policy"
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\ssrc=|fetch\(|eval\(|innerHTML", page)
    links = lxml.html.document_fromstring(page).xpath("//@href")
    assert [link for link in links if not link.startswith("#")] == ["data:,"]
    assert {link[1:] for link in links} - {"ata:,"} <= set(lxml.html.document_fromstring(page).xpath("//@id"))


@given(st.lists(hostile, max_size=2), profiles, st.booleans())
def test_nothing_in_a_name_a_message_or_a_payload_becomes_markup(
    checks: list[list[Checked]], profile: Profile, interrupted: bool
) -> None:
    page = report([checked for some in checks for checked in some], profile, interrupted=interrupted)

    assert set(elements(page)) <= set(elements(report(ALL, PROFILE)))
    assert page.count("<script") == 1
    assert all(text.isprintable() for text in texts(page, "//section[@id='findings']//ol"))


def test_hostile_texts_are_shown_as_they_are_spelled() -> None:
    text = "</script><img src=x onerror=alert(1)>\"'&amp;\u202e\u2028\ud800\x00"
    problem = Problem("BEV203", f"expected a, got {text}", f"/{text}")
    checked = Checked(f"{text}/a.json", f"!/{text}", "json", problems=(problem,))
    page = report([checked], Profile(results=Counter([text])))
    visible = text[:-4] + r"\u202e\u2028\ud800\x00"

    assert texts(page, "//li//span[@class='text']") == [f"expected a, got {visible}"]
    assert texts(page, "//li//bdi") == [f"{visible}/a.json", f"!/{visible}", f"/{visible}"]
    assert texts(page, "//table[@class='files sortable']//bdi") == [f"{visible}/a.json"]
    assert texts(page, "//span[@class='value']") == [visible]


def test_counts_are_those_of_the_summary() -> None:
    page = report(ALL, PROFILE)

    assert totals(page) == {
        "bodies": "3",
        "valid": "1 33%",
        "unreadable": "1",
        "errors": "4",
        "warnings": "1",
        "infos": "2",
        "size": "150 B",
        "requests": "4",
        "requests ready": "3",
        "completed records": "10",
        "failed records": "2",
    }
    assert texts(page, "//table[contains(@class,'codes')]//summary") == [
        f"{code} {RULES[code].slug}" for code in ("BEV001", "BEV203", "BEV302", "BEV220")
    ]
    assert texts(page, "//table[contains(@class,'codes')]//td[3]") == ["1", "3", "1", "2"]
    assert RULES["BEV203"].explanation in texts(page, "//div[@id='BEV203']/p")
    assert texts(page, "//table[@class='matrix']/tbody/tr[last()]/*") == ["all", "1", "2", "3"]


def test_report_without_findings_is_short() -> None:
    assert texts(report(()), "//section/h2") == ["Nothing was checked"]
    assert texts(report([VALID]), "//section/h2") == ["No findings in 1 file", "Totals", "Contents"]
    assert texts(report(()), "//a[@class='skip']/@href") == ["#main"]
    assert texts(report([FAULTY]), "//a[@class='skip']/@href") == ["#findings"]
    assert len(report(())) < 50_000


def test_charts_have_a_title_a_description_and_their_figures() -> None:
    page = report(ALL, PROFILE)
    charts = lxml.html.document_fromstring(page).xpath("//svg[@role='img']")

    assert [chart.find("desc").text for chart in charts] == [
        "From 2018-06-05 to 2018-06-07; maximum 2 at 2018-06-05.",
        "From 2018-06-05 to 2018-06-07; maximum 5 at 2018-06-05.",
        "From under 32 B to under 256 B; maximum 3 at under 256 B.",
    ]
    assert all(svg.get("aria-hidden") for svg in lxml.html.document_fromstring(page).xpath("//svg[not(@role)]"))
    assert texts(page, "//details//table[caption='Requests and findings over time']//td") == ["2", "5", "2", "0"]
    rows = dict(zip(texts(page, "//table[@class='bars checks']//tbody/tr/th"), range(6), strict=True))
    assert list(rows) == ["format", "smtp", "dns", "free", "disposable", "catch all"]
    assert texts(page, "//table[@class='bars checks']//tbody/tr[2]/td")[1:] == ["7", "3", "0"]
    assert texts(page, "//table[@class='bars']//tbody/tr[1]/td")[1:3] == ["7", "70%"]


def test_most_frequent_of_many_words_are_shown() -> None:
    page = report([VALID], Profile(results=Counter({f"w{number}": 30 - number for number in range(30)})))
    shown = texts(page, "//span[@class='value']")

    assert shown == [*(f"w{number}" for number in range(12)), "(18 others)"]


@pytest.mark.parametrize(
    ("days", "unit", "labels"),
    [
        (["2018-12-31", "2019-01-01"], "day", ["2018-12-31", "2019-01-01"]),
        (["2018-11-30", "2019-02-01"], "month", ["2018-11", "2018-12", "2019-01", "2019-02"]),
        (["2018-11-30", "2025"], "year", ["2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025"]),
        (["0001-01-01", "0124-12-31"], "2 years", [f"{year:04}" for year in range(1, 125, 2)]),
    ],
)
def test_unit_of_a_chart_depends_on_its_number_of_columns(days: list[str], unit: str, labels: list[str]) -> None:
    name, (columns,) = series(dict.fromkeys(days, 2))

    assert name == unit
    assert [label for label, _ in columns] == labels
    assert sum(count for _, count in columns) == 4
    assert (columns[0][1], columns[-1][1]) == (2, 2)


@given(days.filter(bool), days)
def test_columns_of_a_chart_keep_all_counts_and_are_bounded(one: dict[str, int], other: dict[str, int]) -> None:
    _, both = series(one, other)

    assert [sum(count for _, count in columns) for columns in both] == [sum(one.values()), sum(other.values())]
    assert [label for label, _ in both[0]] == [label for label, _ in both[1]]
    assert len(both[0]) <= 62


@pytest.mark.parametrize(("size", "text"), [(0, "0 B"), (1000, "1000 B"), (1100, "1.1 KiB"), (20_000_000, "19 MiB")])
def test_sizes_are_rounded_and_have_units(size: int, text: str) -> None:
    assert byte_size(size) == text


@pytest.mark.usefixtures("folder")
def test_run_writes_a_report_with_the_contents_of_the_bodies(capsys: pytest.CaptureFixture[str]) -> None:
    Path("dumps").mkdir()
    record = {"emailAddress": "a@b.example", "smtpCheck": "true", "result": "</script><b>"}
    Path("dumps/a.json").write_text(json.dumps({"response": [record, {**record, "smtpCheck": "maybe"}]}))
    Path("dumps/b.json").write_text('{"response":[{"id":5,"date_start":"1528204702","ready":1}]}')
    Path("dumps/c.json.gz").write_bytes(b"no gzip")
    arguments = ["validate", "dumps", "--no-config", "--no-cache", "--jobs", "1", "--output-format"]

    assert main([*arguments, "html=report.html"]) == 3
    assert main([*arguments, "html"]) == 3

    page = Path("report.html").read_text("ascii")
    assert capsys.readouterr().out == page
    elements(page)
    assert totals(page)["requests"] == "1"
    assert "</script><b>" in texts(page, "//span[@class='value']")
    assert "From 2018-06-05 to 2018-06-05; maximum 1 at 2018-06-05." in page
    assert any("maybe" in text for text in texts(page, "//pre"))


def test_total_has_room_for_millions_on_a_screen_of_1280_pixels() -> None:
    page = report([VALID])
    least = re.search(r"[.]totals{[^}]*minmax\(min\(([0-9.]+)rem,45%\)", page)
    assert least

    digits, padding = 1.4 * 16 * 0.7, 2 * 0.8 * 16 + 2  # 0.7 em in the widest fonts
    assert float(least[1]) * 16 - padding >= 7 * digits + 2 * digits / 2
