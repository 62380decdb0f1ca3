"""The reports that are looked at: small, large, empty, interrupted, and full of hostile texts."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from bevparse.problems import Problem, escape
from bevparse.problems.rules import RULES
from bevparse.sources import ANYTHING
from bevparse.validate import iter_checked
from bevparse.validate.conditions import Conditions, options_of_run
from bevparse.validate.content import CHECKS
from bevparse.validate.profile import Profile
from bevparse.validate.renderers import renderer_of
from bevparse.validate.report import Checked, Excerpt, Summary
from bevparse.validate.settings import Selection, Settings

__all__ = ["REPORTS", "picture"]

HOSTILE = (
    "x'\"></script></style></title><script>window.hit=1</script><img src=x onerror=window.hit=1>"
    "<svg onload=window.hit=1>&lt;b>\u202ertl\u05d0\u05d1\u2066\ud800\udcff\u2028\u2029\x00\x1b[0m<!--<script>"
)
WORDS = ("maybe", "yes", "perhaps")
FIELDS = ("id", "ready", "emailAddress", "smtpCheck", "dnsCheck", "date_start", "mxRecords", "result", "formatCheck")
MAYBE = "expected true, false or null, got '{}'"
ABSENT = Problem("BEV001", "expected a readable file, got a fault: no such file or directory")


NOW = 1_795_000_000
STRICT = Conditions(NOW, ("dumps/", HOSTILE), ("--ignore BEV316", "--fail-on warning"))
USUAL = Conditions(NOW, ("dumps/",))


def rendered(
    checks: Iterable[Checked],
    profile: Profile | None = None,
    *,
    conditions: Conditions = USUAL,
    interrupted: bool = False,
) -> str:
    stream = io.StringIO()
    renderer = renderer_of("html", stream, conditions)
    summary = Summary(interrupted=interrupted)
    for checked in checks:
        renderer.body(checked)
        summary.add(checked)
    summary.profile.add(profile or Profile())
    renderer.end(summary)
    return stream.getvalue()


def contents() -> Profile:
    """Return typical contents of many bodies, the same at each run."""
    chance = random.Random(1)
    days = [(date(2018, 6, 5) + timedelta(number)).isoformat() for number in range(58)]
    profile = Profile(
        Counter({"ready": 8123, "not ready": 1200, "missing": 12}),
        Counter({"completed": 1_234_567, "failed": 3456}),
        Counter({"ok": 900_000, "bad": 300_000, "unknown": 30_000, "missing": 4567}),
        errors=Counter({"Access restricted. Check credits balance or enter the correct API key.": 40, "No such id": 3}),
        days=Counter({day: chance.randrange(300) for day in days}),
        findings=Counter({day: chance.randrange(90) for day in days[9:]}),
        sizes=Counter({digits: 3000 >> abs(digits - 14) // 2 for digits in range(6, 24)}),
    )
    for check in CHECKS:
        true = chance.randrange(10, 1_234_567)
        false = chance.randrange(1_234_567 - true)
        profile.checks.update({(check, "true"): true, (check, "false"): false})
        profile.checks[check, "missing"] = 1_234_567 - true - false
    return profile


def few() -> Iterator[Checked]:
    """Return typical contents of a folder."""
    chance = random.Random(2)
    for number in range(40):
        words = [chance.choice(WORDS) for _ in range(number % 4)]
        problems = tuple(
            Problem("BEV203", MAYBE.format(word), f"/response/{row}/smtpCheck", row + 1, 41)
            for row, word in enumerate(words)
        )
        lines = tuple(Excerpt(f'{{"emailAddress":"ann@mail.example","smtpCheck":"{word}"}},', 34) for word in words)
        yield Checked(f"dumps/july/request-{number}.json", "", "json", "completed", problems, lines, size=4000)
    spelled = Problem("BEV302", "expected 'true', accepted true", "/response/0/dnsCheck", 1, 90)
    unknown = Problem("BEV220", "expected a body of a known endpoint, got an empty one", "/response", 2, 1)
    yield Checked("dumps/july.zip", "!/session.har#/log/entries/3", "csv", "status", (spelled, unknown), size=90)
    score = Problem("BEV307", "expected a documented field, got 'score'", "/response/0/score", 1, 90)
    folder = "dumps/a/folder/" + "that/goes/on/and/on/" * 4
    line = Excerpt("...<record><emailAddress>ann@mail.example</emailAddress><score>7</score></record>...", 57)
    yield Checked(f"{folder}request-with-a-long-name.json", "", "xml", "list", (score,), (line,), size=90)
    yield Checked("absent.json", problems=(ABSENT,), outcome="unreadable")
    differ = "expected the same data for request 7 as in dumps/july/request-7.csv, got processed_emails 3 instead of 2"
    problems = (Problem("BEV421", differ, "/response/0"),)
    yield Checked("dumps/july/request-7.json", problems=problems, outcome="notice")


def many() -> Iterator[Checked]:
    """Return 100,000 findings in 10,000 bodies."""
    chance = random.Random(3)
    codes = sorted(RULES)[:77]  # with nine fields always as many rows
    for number in range(10_000):
        problems = tuple(
            Problem(
                chance.choice(codes),
                f"expected an integer from 0 to 9223372036854775807, got '{chance.randrange(10**6)}'",
                f"/response/{chance.randrange(500)}/{chance.choice(FIELDS)}",
                chance.randrange(1, 9000),
                chance.randrange(1, 90),
            )
            for _ in range(10)
        )
        lines = (Excerpt('...,"freeCheck":"true","catchAllCheck":"<b>","disposableCheck":"null"},...', 20),) * 10
        file = f"dumps/2026/{number % 12 + 1:02}/{number % 28 + 1:02}/request-{100_000 + number}.json"
        yield Checked(file, "", "json", "completed", problems, lines, size=chance.randrange(100, 10**6))


def hostile() -> Iterator[Checked]:
    """Return names, messages and locations that contain markup."""
    for number in range(130):
        problem = Problem("BEV203", HOSTILE + str(number % 3), f"/response/3/{HOSTILE}", 1, 2)
        lines = (Excerpt(escape(HOSTILE), 9),)
        yield Checked(f"{HOSTILE}/{number}/{HOSTILE}", f"!/{HOSTILE}", "json", "completed", (problem,), lines, size=3)
    yield Checked(HOSTILE, problems=(Problem("BEV001", HOSTILE),), outcome="unreadable")


REPORTS = {
    "few": lambda: rendered(few(), contents(), interrupted=True),
    "many": lambda: rendered(many(), contents()),
    "hostile": lambda: rendered(hostile(), Profile(results=Counter({HOSTILE: 3, "<b>": 2}), errors=Counter([HOSTILE]))),
    "empty": lambda: rendered((), conditions=STRICT),
    "valid": lambda: rendered([Checked("a.json", "", "json", "create", size=21)]),
}
"""The reports by name."""


def picture() -> str:
    """Return the report for the README: that of some fixtures, with a fixed time."""
    paths = (
        "fixtures/completed/documented.*",
        "fixtures/invalid/BEV203-maybe.*",
        "fixtures/inconsistent/BEV402-*.json",
    )
    settings = Settings(now=NOW, excerpts=True, profile=True, selection=Selection(ignore=("BEV3", "BEV220")))
    stream = io.StringIO()
    renderer = renderer_of("html", stream, Conditions(NOW, paths, options_of_run(settings, ANYTHING)))
    summary = Summary()
    for checked in iter_checked(paths, settings):
        renderer.body(checked)
        summary.add(checked)
    renderer.end(summary)
    return stream.getvalue()
