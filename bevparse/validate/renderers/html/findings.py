"""The findings in the HTML report, code by code, as far as they fit into a page.

Of findings that are alike, at least the first is shown. The script of the page only hides, groups and sorts them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from operator import attrgetter
from typing import Final

from ....problems import Problem
from ....problems.rules import RULES, Rule
from ...report import SEVERITIES, Checked, Excerpt
from ..groups import FindingGroup, Groups, Place, pointer_pattern
from ..numbers import number
from ..phrases import counted
from .markup import Markup, badge, clipped, element, joined

__all__ = ["findings_groups", "findings_section", "worst_first"]

_MOST_KINDS: Final = 2000
_MOST_FINDINGS: Final = 2000
_MOST_BYTES: Final = 2_000_000
_MOST_OPEN: Final = 100
"""The maximum number of findings that are not folded away under their codes."""
_VALUE: Final = re.compile(r"'[^']*'|[0-9]+")
_CHARACTER: Final = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})|.", re.DOTALL)
"""A character of an excerpt, which may be escaped."""


def findings_groups() -> Groups:
    """Return an empty collection that groups findings with the same code and similar pointers and messages."""
    most = _MOST_FINDINGS
    return Groups(_key, (3, 2, 1), groups=_MOST_KINDS, places=most, places_of_body=most, places_in_all=most)


def _key(checked: Checked, problem: Problem) -> tuple[str, ...]:
    return problem.code, pointer_pattern(problem.pointer), _VALUE.sub("…", problem.message)


def worst_first(codes: Counter[str]) -> list[Rule]:
    """Return the rules that were found, errors first."""
    rules = [RULES[code] for code in sorted(codes)]
    return sorted(rules, key=lambda rule: SEVERITIES.index(rule.severity))


def findings_section(groups: Groups) -> Markup:
    """Return the filters, and as many findings as fit into the page. There must be at least one finding."""
    lists = _lists(groups)
    while len(lists) > _MOST_BYTES and groups.reduce(groups.places * _MOST_BYTES // len(lists)):
        lists = _lists(groups)
    total = sum(group.count for group in groups)
    codes = Counter({group.key[0]: group.count for group in groups})
    status = element("p", id="shown", role="status", data_total=total)
    return joined(
        _left_out(groups.places, total),
        _filters(worst_first(codes)),
        status,
        element("div", lists, id="list", class_="by-code"),
    )


def _left_out(shown: int, total: int) -> Markup:
    if shown == total:
        return Markup()
    option = element("code", "--output-format jsonl=findings.jsonl")
    return element(
        "p",
        f"Shown are {number(shown)} of {number(total)} findings, with at least one of each kind. ",
        "The counts are of all findings. To get them all, add ",
        option,
        " to the command.",
        class_="warn",
    )


def _filters(rules: list[Rule]) -> Markup:
    text = element("input", id="text", name="q", type="search", autocomplete="off", spellcheck="false")
    file = element("input", id="file", name="file", type="search", autocomplete="off", spellcheck="false")
    severities: dict[str, str] = {one: one for one in SEVERITIES if one in {rule.severity for rule in rules}}
    codes = {rule.code: f"{rule.code} {rule.slug}" for rule in rules}
    controls = {
        "Search": text,
        "Severity": _choice("severity", {"": "all", **severities}),
        "Code": _choice("code", {"": "all", **codes}),
        "File": file,
        "Group by": _choice("group", {"": "code", "file": "file"}),
    }
    labels = (element("label", element("span", label), control) for label, control in controls.items())
    clear = element("button", "Clear", type="reset")
    return element("form", *labels, clear, id="filters", hidden="", role="search", aria_label="Findings")


def _choice(name: str, values: dict[str, str]) -> Markup:
    options = (element("option", label, value=value) for value, label in values.items())
    return element("select", *options, id=name, name=name)


def _lists(groups: Groups) -> Markup:
    """Return the findings of each code."""
    return Markup("".join(_list_of_each_code(groups)))


def _list_of_each_code(groups: Groups) -> Iterator[Markup]:
    of_code: defaultdict[str, list[FindingGroup]] = defaultdict(list)
    for group in groups:
        of_code[group.key[0]].append(group)
    anchors = Counter[str]()
    is_open = {"open": ""} if groups.places <= _MOST_OPEN else {}
    for rule in worst_first(Counter(of_code.keys())):
        alike = of_code[rule.code]
        places = sorted((place for group in alike for place in group.places), key=attrgetter("number"))
        count = sum(group.count for group in alike)
        shown = f", {number(len(places))} shown" if len(places) < count else ""
        note = element("span", counted(count, "finding") + shown, class_="note")
        slug = element("span", rule.slug, class_="slug")
        head = element("h3", badge(rule.severity), " ", rule.code, " ", slug, " ", note)
        items = (_item(place, rule, anchors) for place in places)
        found = element("ol", *items, role="list")
        yield element("details", element("summary", head), found, _more(alike), class_="group", **is_open)


def _item(place: Place, rule: Rule, anchors: Counter[str]) -> Markup:
    """Return a finding with an anchor, which is the same in the reports of later runs."""
    checked, problem = place.checked, place.problem
    hashed = "\0".join((rule.code, checked.source, problem.pointer)).encode("utf-8", "surrogatepass")
    anchor = f"f-{blake2b(hashed, digest_size=5).hexdigest()}"
    anchors[anchor] += 1
    if anchors[anchor] > 1:
        anchor += f"-{anchors[anchor]}"
    position = "".join(f":{one}" for one in (problem.line, problem.column) if one is not None)
    inner = (element("bdi", clipped(checked.inner)),) if checked.inner else ()
    source = element("a", element("bdi", clipped(checked.file), class_="file"), *inner, position, href=f"#{anchor}")
    code = element("a", rule.code, href=f"#{rule.code}", class_="code")
    pointer = (" ", element("bdi", clipped(problem.pointer), class_="pointer")) if problem.pointer else ()
    return element(
        "li",
        element("p", badge(rule.severity), " ", code, " ", source, class_="where"),
        element("p", element("span", clipped(problem.message), class_="text"), *pointer),
        _excerpt(place.excerpt) if place.excerpt else Markup(),
        id=anchor,
        data_number=place.number,
    )


def _excerpt(excerpt: Excerpt) -> Markup:
    """Return the line of a body with a mark at the position."""
    before, rest = excerpt.text[: excerpt.caret], excerpt.text[excerpt.caret :]
    at = _CHARACTER.match(rest)
    marked = at[0] if at else ""
    return element("pre", before, element("mark", marked), rest[len(marked) :])


def _more(alike: list[FindingGroup]) -> Markup:
    """Return a line for each kind of findings that are left out."""
    items = [
        element(
            "li",
            f"{number(group.count - len(group.places))} more like ",
            element("span", clipped(str(group.message)), class_="text"),
            *((" ", element("bdi", clipped(group.key[1]), class_="pointer")) if any(group.key[1:2]) else ()),
        )
        for group in alike
        if group.count > len(group.places)
    ]
    return element("ul", *items, class_="more", role="list") if items else Markup()
