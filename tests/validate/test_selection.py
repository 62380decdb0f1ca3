"""Selection of codes: prefixes, names, ignored codes, and codes ignored in some files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse.problems import Problem, rules
from bevparse.problems.rules import RULES
from bevparse.validate import Selection, UnknownCodeError
from bevparse.validate.settings import UNSEEN, expanded

FOUND = tuple(Problem(code, "expected sense, got none") for code in ("BEV001", "BEV203", "BEV301", "BEV307"))

prefixes = st.builds(lambda code, length: code[:length], st.sampled_from(sorted(RULES)), st.integers(3, 6))
lists = st.lists(prefixes, max_size=4).map(tuple)


def chosen(selection: Selection, source: str = "dumps/a.json") -> list[str]:
    return [problem.code for problem in selection.chosen(FOUND, source)]


@pytest.mark.parametrize(
    ("given_codes", "expected"),
    [
        (["BEV203"], ("BEV203",)),
        (["bev203", " BEV3 "], ("BEV203", "BEV3")),
        (["bad-check", "Bad-Check"], ("BEV203", "BEV203")),
        (["all", "BEV"], ("BEV", "BEV")),
        ([], ()),
    ],
)
def test_rules_are_selected_by_code_prefix_or_name(given_codes: list[str], expected: tuple[str, ...]) -> None:
    assert expanded(given_codes) == expected


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("BEV2033", "expected a code of bevparse or a prefix such as BEV3, got 'BEV2033'; did you mean BEV203?"),
        ("bad-chek", "expected a code of bevparse or a prefix such as BEV3, got 'bad-chek'; did you mean bad-check?"),
        ("BEV9", "expected a code of bevparse or a prefix such as BEV3, got 'BEV9'"),
        ("E501", "expected a code of bevparse or a prefix such as BEV3, got 'E501'"),
        ("BE", "expected a code of bevparse or a prefix such as BEV3, got 'BE'"),
        ("", "expected a code of bevparse or a prefix such as BEV3, got ''"),
        ("\x1b[2J", "expected a code of bevparse or a prefix such as BEV3, got '\\x1b[2J'"),
    ],
)
def test_unknown_code_is_refused_with_the_nearest_one(code: str, message: str) -> None:
    with pytest.raises(UnknownCodeError) as caught:
        expanded(["BEV203", code])

    assert str(caught.value).startswith(message)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["BEV001", "BEV203", "BEV301", "BEV307"]),
        (Selection(select=("BEV3",)), ["BEV001", "BEV301", "BEV307"]),
        (Selection(ignore=("BEV3",)), ["BEV001", "BEV203"]),
        (Selection(select=("BEV", "BEV307"), ignore=("BEV3",)), ["BEV001", "BEV203", "BEV307"]),
        (Selection(select=("BEV3",), ignore=("BEV307",)), ["BEV001", "BEV301"]),
        (Selection(select=("BEV3",), ignore=("BEV3",)), ["BEV001"]),
        (Selection(select=()), ["BEV001"]),
        (Selection(per_file=(("a.json", ("BEV3",)), ("dumps/**", ("BEV001",)))), ["BEV001", "BEV203"]),
        (Selection(per_file=(("b.json", ("BEV",)), ("a.json", ()))), ["BEV001", "BEV203", "BEV301", "BEV307"]),
    ],
)
def test_longer_prefix_wins_and_ignore_wins_over_an_equal_select(selection: Selection, expected: list[str]) -> None:
    assert chosen(selection) == expected
    assert Selection().chosen((), "a") == selection.chosen((), "a") == ()


@given(lists, lists, st.sampled_from(sorted(RULES)))
def test_problem_ignored_by_its_full_code_is_never_reported(
    select: tuple[str, ...], ignore: tuple[str, ...], code: str
) -> None:
    assert Selection(select, (*ignore, code)).takes(code) is (code in ("BEV001", "BEV013", "BEV014"))
    assert Selection((*select, code), tuple(one for one in ignore if one != code)).takes(code)


@pytest.mark.parametrize(
    ("ignore", "source", "reports"),
    [
        ((), "a.har", True),
        (("BEV011",), "a.har", False),
        (("BEV0",), "a.har", False),
        ((), "a.har#/log/entries/3", False),
    ],
)
def test_unreadable_source_is_reported_for_any_selection(ignore: tuple[str, ...], source: str, reports: bool) -> None:
    problem = Problem("BEV011", "expected a HAR with its entries, got none")

    assert bool(Selection(select=("BEV5",), ignore=ignore).chosen((problem,), source)) is reports


@pytest.mark.parametrize("code", sorted(rule.code for rule in UNSEEN if rule is not rules.BAD_CONTAINER))
def test_unreadable_line_is_reported_for_any_selection(code: str) -> None:
    assert Selection(select=("BEV5",)).chosen((Problem(code, "expected less"),), "a.jsonl#/3")
