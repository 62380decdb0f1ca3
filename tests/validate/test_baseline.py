"""The baseline: known findings are skipped as often as they are listed, and stale entries are reported."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse.errors import DecodeError, SourceError
from bevparse.problems import Problem
from bevparse.sources import ANYTHING, Search
from bevparse.sources.source import STDIN
from bevparse.validate.baseline import Baseline
from bevparse.validate.cross_checks import Fact
from bevparse.validate.report import Checked, Coverage, Excerpt
from bevparse.validate.settings import Selection

pytestmark = pytest.mark.usefixtures("folder")

MAYBE = Problem("BEV203", "expected true, false or null, got 'maybe'", "/response/0/smtpCheck", 1, 65)
MOVED = Problem("BEV203", "expected true, false or null, got 'never'", "/response/0/smtpCheck", 9, 1)
SPELLED = Problem("BEV302", "expected 'true', accepted true", "/response/0/dnsCheck", 1, 90)
FIRST, SECOND, THIRD = Excerpt("a", 0), Excerpt("b", 0), None
HEAD = '{"baseline":"bevparse","version":1,"findings":['


def written(path: Path, *checks: Checked) -> Baseline:
    baseline = Baseline(str(path))
    for checked in checks:
        baseline.add(checked)
    baseline.write()
    return Baseline.read(str(path))


def test_known_findings_are_left_out_with_their_excerpts(tmp_path: Path) -> None:
    baseline = written(tmp_path / "known.json", Checked("a.json", problems=(MAYBE,)))
    new = baseline.known(Checked("./a.json", problems=(SPELLED, MOVED), excerpts=(FIRST, SECOND)))

    assert (new.problems, new.excerpts, baseline.stale()) == ((SPELLED,), (FIRST,), ())
    assert baseline.known(Checked("b.json", problems=(MAYBE,))).problems == (MAYBE,)


def test_findings_are_counted(tmp_path: Path) -> None:
    baseline = written(tmp_path / "known.json", Checked("a", "#/0", problems=(MAYBE, MAYBE)))
    one = baseline.known(Checked("a", "#/0", problems=(MAYBE,)))
    two = baseline.known(Checked("a", "#/0", problems=(MAYBE, MAYBE), excerpts=(FIRST, THIRD)))

    assert (one.problems, two.problems, two.excerpts) == ((), (MAYBE,), (THIRD,))


def test_unreadable_source_is_never_a_known_finding(tmp_path: Path) -> None:
    absent = Checked("a", problems=(Problem("BEV001", "expected a file, got none"),), outcome="unreadable")
    baseline = written(tmp_path / "known.json", absent)

    assert baseline.known(absent) is absent
    assert (tmp_path / "known.json").read_text() == HEAD + "\n]}\n"


def test_baseline_without_a_file_has_no_entries() -> None:
    checked = Checked("a", problems=(MAYBE,))

    assert (Baseline().known(checked), Baseline().stale()) == (checked, ())


def test_baseline_is_sorted_and_has_one_entry_on_each_line(tmp_path: Path) -> None:
    hostile = Checked("x\x1b\udcff\n.json", "#/1", problems=(SPELLED, MAYBE, MAYBE))
    written(tmp_path / "known.json", hostile, Checked("b", problems=(MAYBE,)), Checked("a", problems=(SPELLED,)))

    assert (tmp_path / "known.json").read_text("ascii").splitlines() == [
        HEAD,
        '{"source": "a", "code": "BEV302", "pointer": "/response/0/dnsCheck", "count": 1},',
        '{"source": "b", "code": "BEV203", "pointer": "/response/0/smtpCheck", "count": 1},',
        r'{"source": "x\\x1b\\udcff\\n.json#/1", "code": "BEV203", "pointer": "/response/0/smtpCheck", "count": 2},',
        r'{"source": "x\\x1b\\udcff\\n.json#/1", "code": "BEV302", "pointer": "/response/0/dnsCheck", "count": 1}',
        "]}",
    ]
    assert Baseline.read(str(tmp_path / "known.json")).known(hostile).problems == ()


def test_stale_entries_of_a_baseline_are_one_notice(tmp_path: Path) -> None:
    whole = Problem("BEV101", "expected a response, got an empty body")
    path = tmp_path / "known.json"
    baseline = written(path, Checked("a", problems=(MAYBE, MAYBE, MAYBE, SPELLED, whole)), Checked("b"))
    baseline.known(Checked("a", problems=(MAYBE,)))
    (remark,) = baseline.stale()

    assert (remark.file, remark.outcome, {problem.code for problem in remark.problems}) == (
        str(path),
        "notice",
        {"BEV015"},
    )
    assert [problem.message for problem in remark.problems] == [
        "BEV101 in a no longer occurs",
        "BEV203 in a at /response/0/smtpCheck occurs 1 of 3 times",
        "BEV302 in a at /response/0/dnsCheck no longer occurs",
    ]


@pytest.mark.parametrize(("count", "listed"), [(100, 100), (137, 101)])
def test_no_more_than_a_hundred_stale_entries_are_listed(tmp_path: Path, count: int, listed: int) -> None:
    checks = [Checked(f"{number}.json", problems=(MAYBE,)) for number in range(count)]
    (remark,) = written(tmp_path / "known.json", *checks).stale()

    assert len(remark.problems) == listed
    more = [problem.message for problem in remark.problems[100:]]
    assert more == ["37 more entries no longer occur"][: listed - 100]


@pytest.mark.parametrize(
    "name", ["odd!/e.json", "hash#/f.json", "nl\nx.json", "bad\udcff.json", "back\\slash.json", "a.zip", "x\\u12.json"]
)
def test_existing_file_of_any_name_is_not_stale(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    inner = "!/a.json" if name == "a.zip" else ""
    baseline = written(tmp_path / "known.json", Checked(name, inner, problems=(MAYBE,)))

    assert baseline.stale() == ()
    path.unlink()
    if path.parent == tmp_path:
        assert len(baseline.stale()) == 1
    assert baseline.known(Checked(str(path), inner, problems=(MAYBE,))).problems == ()


def test_entries_outside_a_partial_run_are_kept(tmp_path: Path) -> None:
    path = str(tmp_path / "known.json")
    for name in ("a", "b", "c"):
        (tmp_path / name).touch()
    across = Problem("BEV420", "expected 2 records, got 1", "/response")
    written(tmp_path / "known.json", *(Checked(name, problems=(MAYBE, across)) for name in ("a", "b", "c", "gone")))

    partial = Baseline.read(path)
    assert partial.known(Checked("a", problems=(SPELLED,))).problems == (SPELLED,)
    (remark,) = partial.stale()
    assert {problem.message for problem in remark.problems} == {
        "BEV203 in a at /response/0/smtpCheck no longer occurs",
        "BEV203 in gone at /response/0/smtpCheck no longer occurs",
        "BEV420 in gone at /response no longer occurs",
    }
    renewed = Baseline.renewed(path)
    renewed.add(Checked("a", problems=(SPELLED,)))
    renewed.write()

    again = Baseline.read(path)
    assert again.known(Checked("a", problems=(MAYBE, across, SPELLED))).problems == (MAYBE,)
    assert again.known(Checked("b", problems=(MAYBE, across))).problems == ()
    assert again.known(Checked("c")).problems == ()
    (remark,) = again.stale()
    assert [problem.message[:11] for problem in remark.problems].count("BEV420 in g") == 0
    assert [problem.message[:11] for problem in remark.problems].count("BEV203 in c") == 1


def messages(found: tuple[Checked, ...]) -> list[str]:
    return [problem.message for remark in found for problem in remark.problems]


@pytest.mark.parametrize("left", [None, "unreadable", "part", "pattern"])
def test_entries_of_missing_lines_and_members_are_reported_if_the_file_was_read(
    tmp_path: Path, left: str | None
) -> None:
    path = tmp_path / "known.json"
    Path("a.zip").touch()
    written(path, *(Checked("a.zip", f"!/{name}", problems=(MAYBE,)) for name in "xyz"))
    search = Search(include=("x",)) if left == "pattern" else ANYTHING
    fault = Checked("a.zip", outcome="notice", coverage="partial")

    def run(baseline: Baseline) -> Baseline:
        baseline.known(Checked("a.zip", "!/x", problems=(MAYBE,)))
        if left == "unreadable":
            baseline.known(Checked("a.zip", outcome="unreadable"))
        if left == "part":
            baseline.known(fault)
        baseline.known(Checked("a.zip", "!/x", problems=(MAYBE,)))
        return baseline

    reports = messages(run(Baseline.read(str(path), search=search)).stale())
    renewed = Baseline.renewed(str(path), search=search)
    run(renewed).write()

    gone = [f"BEV203 in a.zip!/{name} at /response/0/smtpCheck no longer occurs" for name in "yz"]
    assert reports == ([] if left else gone)
    assert path.read_text().count("BEV203") == (3 - 1 if left else 0)


def test_entry_of_an_unselected_rule_is_neither_stale_nor_dropped(tmp_path: Path) -> None:
    path = str(tmp_path / "known.json")
    Path("a.json").touch()
    written(tmp_path / "known.json", Checked("a.json", problems=(MAYBE, SPELLED)))
    selection = Selection(select=("BEV3",))
    one, two = (Baseline.read(path, selection=selection) for _ in range(2))
    one.known(Checked("a.json"))
    two.add(Checked("a.json"))
    two.write()

    assert messages(one.stale()) == ["BEV302 in a.json at /response/0/dnsCheck no longer occurs"]
    assert Baseline.read(path).known(Checked("a.json", problems=(MAYBE, SPELLED))).problems == (SPELLED,)


@pytest.mark.parametrize("coverage", ["no_consistency", "partial"])
def test_entries_that_errors_of_a_body_may_hide_are_kept(tmp_path: Path, coverage: Coverage) -> None:
    contradiction = Problem("BEV402", "expected an end after the start, got one before", "/response/0/date_end")
    path = str(tmp_path / "known.json")
    Path("a.json").touch()
    written(tmp_path / "known.json", Checked("a.json", problems=(MAYBE, contradiction)))
    one, two = Baseline.read(path), Baseline.renewed(path)
    one.known(Checked("a.json", problems=(), coverage=coverage))
    two.add(Checked("a.json", problems=(), coverage=coverage))
    two.write()

    stale = ["BEV203 in a.json at /response/0/smtpCheck no longer occurs"]
    assert messages(one.stale()) == (stale if coverage == "no_consistency" else [])
    assert Path(path).read_text().count("BEV402") == 1
    assert Path(path).read_text().count("BEV203") == (coverage == "partial")


def test_contradictions_within_a_body_hide_only_those_across_bodies(tmp_path: Path) -> None:
    within, across = (Problem(code, "expected another", "/response") for code in ("BEV402", "BEV420"))
    for name in ("a.json", "b.json"):
        Path(name).touch()
    baseline = written(tmp_path / "known.json", Checked("a.json", problems=(within, across)))
    fact = Fact("5", "completed", "json", "b.json", "", "", b"", records=1)
    baseline.known(Checked("b.json", facts=(fact,)))
    baseline.known(Checked("a.json", coverage="no_cross_checks"))

    assert messages(baseline.stale()) == ["BEV402 in a.json at /response no longer occurs"]


@pytest.mark.parametrize("inner", ["!/b.har", "#/log/entries/3"])
def test_entries_in_a_container_that_was_cut_are_kept(tmp_path: Path, inner: str) -> None:
    Path("a").touch()
    baseline = written(tmp_path / "known.json", Checked("a", f"{inner}#/log/entries/5", problems=(MAYBE,)))
    baseline.known(Checked("a", "!/other.json"))
    baseline.known(Checked("a", inner, outcome="body", coverage="partial"))

    assert baseline.stale() == ()


@pytest.mark.parametrize("compared", [True, False])
@pytest.mark.parametrize("code", ["BEV420", "BEV421", "BEV422", "BEV423"])
def test_contradictions_across_bodies_are_stale_only_if_any_body_was_compared(
    tmp_path: Path, compared: bool, code: str
) -> None:
    across = Problem(code, "expected 2 records, got 1", "/response")
    Path("a.json").touch()
    baseline = written(tmp_path / "known.json", Checked("a.json", problems=(across,), outcome="notice"))
    fact = Fact("5", "completed", "json", "a.json", "", "", b"", records=1)
    baseline.known(Checked("a.json", facts=(fact,) if compared else ()))

    assert messages(baseline.stale()) == [f"{code} in a.json at /response no longer occurs"] * compared


def test_entries_of_standard_input_are_kept_until_it_is_read_again(tmp_path: Path) -> None:
    baseline = written(tmp_path / "known.json", Checked(STDIN, "#/1", problems=(MAYBE,)))

    assert baseline.stale() == ()
    baseline.known(Checked(STDIN, "#/1"))
    assert messages(baseline.stale()) == ["BEV203 in <stdin>#/1 at /response/0/smtpCheck no longer occurs"]


def test_temporarily_unreadable_source_keeps_its_known_findings(tmp_path: Path) -> None:
    path = str(tmp_path / "known.json")
    Path("a.json").touch()
    written(tmp_path / "known.json", Checked("a.json", problems=(MAYBE,)))
    renewed = Baseline.renewed(path)
    renewed.add(Checked("a.json", problems=(Problem("BEV001", "expected a file"),), outcome="unreadable"))
    renewed.write()

    assert Baseline.read(path).known(Checked("a.json", problems=(MAYBE,))).problems == ()


def test_file_that_is_not_a_baseline_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"response":{"id":5}}')

    with pytest.raises(DecodeError, match="not a bevparse baseline file"):
        Baseline.renewed(str(tmp_path / "a.json"))
    assert Baseline.renewed(str(tmp_path / "absent.json")).stale() == ()


def test_baseline_in_a_folder_with_an_odd_name_may_be_moved(tmp_path: Path) -> None:
    (tmp_path / "x!").mkdir()
    written(tmp_path / "x!" / "known.json", Checked("x!/d/a.json", problems=(MAYBE,)))
    (tmp_path / "x!").rename(tmp_path / "y")

    baseline = Baseline.read(str(tmp_path / "y" / "known.json"))
    assert baseline.known(Checked("y/d/a.json", problems=(MAYBE,))).problems == ()
    assert baseline.stale() == ()


def test_entries_that_a_merge_repeated_add_up(tmp_path: Path) -> None:
    entry = '{"source":"a","code":"BEV203","pointer":"/response/0/smtpCheck","count":1}'
    (tmp_path / "known.json").write_text(f"{HEAD}\n{entry},\n{entry}\n]}}\n")
    baseline = Baseline.read(str(tmp_path / "known.json"))

    assert baseline.known(Checked("a", problems=(MAYBE, MAYBE, MAYBE))).problems == (MAYBE,)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "not a bevparse baseline file: Expecting value", (1, 1, "")),
        ('{"baseline":\n}', "not a bevparse baseline file: Expecting value", (2, 1, "")),
        (HEAD + "9" * 5000 + "]}", "not a bevparse baseline file", (None, None, "")),
        ("[" * 100_000, "not a bevparse baseline file", (None, None, "")),
        ("[]", "not a bevparse baseline file: Expected object, got array", (None, None, "")),
        ('{"bodies":[]}', "not a bevparse baseline file: Object missing required field baseline", (None, None, "")),
        (
            '{"baseline":"x","version":1,"findings":[]}',
            "not a bevparse baseline file: Invalid enum value 'x'",
            (None, None, "/baseline"),
        ),
        (
            '{"baseline":"bevparse","version":2,"findings":[7]}',
            "expected a baseline of version 1, got 2",
            (None, None, "/version"),
        ),
        (HEAD + "7]}", "not a bevparse baseline file: Expected object, got int", (None, None, "/findings/0")),
        (
            HEAD + '{"source":"a","code":"b","pointer":"","count":0}]}',
            "not a bevparse baseline file: Expected int >= 1",
            (None, None, "/findings/0/count"),
        ),
        (
            HEAD + '{"source":"a","code":"b","pointer":"","count":1,"x":1}]}',
            "not a bevparse baseline file: Object contains unknown field x",
            (None, None, "/findings/0"),
        ),
    ],
)
def test_file_that_is_not_a_baseline_is_refused(
    tmp_path: Path, text: str, message: str, place: tuple[int | None, int | None, str]
) -> None:
    (tmp_path / "known.json").write_text(text)
    with pytest.raises(DecodeError) as caught:
        Baseline.read(str(tmp_path / "known.json"))

    problem = caught.value.problem
    assert (problem.message, (problem.line, problem.column, problem.pointer)) == (message, place)


@pytest.mark.parametrize("name", ["absent.json", ".", "\0"])
def test_unreadable_baseline_raises_a_source_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot read file: "):
        Baseline.read(str(tmp_path / name))


def test_baseline_of_invalid_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "known.json").write_bytes(b'{"\xff\xff":1}')

    with pytest.raises(DecodeError, match="not a bevparse baseline file"):
        Baseline.read(str(tmp_path / "known.json"))


findings = st.lists(
    st.builds(
        Checked,
        st.sampled_from(["a", "b", "\udcff\x1b"]),
        st.sampled_from(["", "#/1"]),
        problems=st.lists(st.sampled_from([MAYBE, MOVED, SPELLED]), max_size=4).map(tuple),
    ),
    max_size=4,
)


@given(findings, findings)
def test_new_findings_and_stale_entries_are_the_differences_of_two_runs(
    tmp_path_factory: pytest.TempPathFactory, before: list[Checked], now: list[Checked]
) -> None:
    def counts(checks: list[Checked]) -> Counter[tuple[str, str]]:
        return Counter((checked.source, problem.code) for checked in checks for problem in checked.problems)

    baseline = written(tmp_path_factory.getbasetemp() / "known.json", *before)
    new = [baseline.known(checked) for checked in now]

    assert counts(new) == counts(now) - counts(before)
    stale = [problem for remark in baseline.stale() for problem in remark.problems]
    assert len(stale) == len(counts(before) - counts(now))


def test_file_is_json_of_one_version(tmp_path: Path) -> None:
    written(tmp_path / "known.json", Checked("a", problems=(MAYBE,)))
    document = json.loads((tmp_path / "known.json").read_bytes())

    assert document == {
        "baseline": "bevparse",
        "version": 1,
        "findings": [{"source": "a", "code": "BEV203", "pointer": "/response/0/smtpCheck", "count": 1}],
    }
