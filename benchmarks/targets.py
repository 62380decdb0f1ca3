"""Performance targets, and whether they are met."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeAlias

from .contestants import OURS
from .imports import BARE, PYDANTIC, VALIDATE, VERSION
from .payloads import LINES
from .regularity import Comparison, Spelled
from .results import Results
from .sizes import FORMATS

__all__ = ["TARGETS", "Target", "Verdict", "judge"]

_Measure: TypeAlias = Callable[[Results], float | None]
_DOCUMENTED: Final = re.compile("documented|writer-a")
_QUOTED: Final = re.compile("quoted|other-order")
_PRETTY: Final = re.compile("writer-.-pretty|tabs")
_OTHER: Final = re.compile(f"(?!(?:{_DOCUMENTED.pattern}|{_QUOTED.pattern}|{_PRETTY.pattern})\\Z).*")
_PEAKS: Final = {"json": 2.5, "xml": 1.2, "csv": 3.0}


@dataclass(frozen=True, slots=True)
class Target:
    """A bound for one figure."""

    group: str
    text: str
    measure: _Measure
    sense: Literal["at most", "at least"]
    bound: float
    unit: str = "x"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and the measured figure."""

    target: Target
    figure: float | None
    """None if one of the compared contestants was skipped."""

    @property
    def kept(self) -> bool:
        """Whether the figure was measured and is within the bound."""
        if self.figure is None:
            return False
        return self.figure <= self.target.bound if self.target.sense == "at most" else self.figure >= self.target.bound

    @property
    def shown(self) -> tuple[str, str]:
        """The figure and the bound as text."""
        unit = self.target.unit
        places = 3 if self.figure is not None and abs(self.figure) < 1 else 2
        figure = "not measured" if self.figure is None else f"{self.figure:.{places}f}{unit}"
        return figure, f"{self.target.sense} {self.target.bound:g}{unit}"


def judge(results: Results) -> list[Verdict]:
    """Return the verdicts for all targets of the requested groups."""
    return [Verdict(target, target.measure(results)) for target in TARGETS if target.group in results.groups]


def _slower(key: str, name: str, than: str, bound: float) -> Target:
    """Return a target for the time of one contestant as a multiple of another's; the key begins with the group."""
    measure = partial(_ratio, key, name, than)
    return Target(key.partition("-")[0], f"{key}: {name} / {than}", measure, "at most", bound)


def _faster(key: str, than: str, bound: float) -> Target:
    """Return a target for how many times faster than a contestant bevparse must be."""
    measure = partial(_ratio, key, than, OURS)
    return Target(key.partition("-")[0], f"{key}: {than} / {OURS}", measure, "at least", bound)


def _ratio(key: str, above: str, below: str, results: Results) -> float | None:
    return results.ratio(key, above, below)


def _across(above: tuple[str, str], below: tuple[str, str], bound: float) -> Target:
    """Return a target for the time of a contestant as a multiple of one in another plan, both by key and name."""

    def measure(results: Results) -> float | None:
        over, under = results.median(*above), results.median(*below)
        return over / under if over is not None and under else None

    text = f"{above[0]}: {above[1]} / {below[1]} ({below[0]})"
    return Target(above[0].partition("-")[0], text, measure, "at most", bound)


def _validate(key: str, results: Results) -> float | None:
    return results.ratio(key, "bevparse.inspect", "bevparse validate")


def _each_line(results: Results) -> float | None:
    seconds = results.median("validate-lines", "bevparse validate")
    return None if seconds is None else seconds / LINES * 1e6


def _beyond_pydantic(name: str, results: Results) -> float | None:
    ours, theirs = results.median("import", name), results.median("import", PYDANTIC)
    return None if ours is None or theirs is None else (ours - theirs) * 1000


def _spelled(format: str, text: str, names: re.Pattern[str], bound: float) -> Target:
    """Return a target for the slowest of the spellings with some names, as a multiple of the floor."""

    def measure(results: Results) -> float | None:
        found = (one for one in results.spellings if one.format == format and names.fullmatch(one.spelling))
        return max((one.parse / one.floor for one in found), default=None)

    return Target("spellings", f"spellings: {format}, {text} / floor", measure, "at most", bound)


def _regularity(format: str) -> Iterator[Target]:
    """Return the targets that every format has for its spelling that is furthest from them."""

    def worst(value: Callable[[Spelled], float]) -> _Measure:
        return lambda results: max((value(one) for one in results.spellings if one.format == format), default=None)

    def worst_of(found: Callable[[Results], Sequence[Comparison]]) -> _Measure:
        return lambda results: max((one.worst for one in found(results) if one.format == format), default=None)

    stream, held = worst(lambda one: one.stream / one.parse), worst(lambda one: one.excluding_strings)
    peak = worst(lambda one: one.peak / one.body)
    irregular, unlike = worst_of(lambda results: results.irregular), worst_of(lambda results: results.unlike)
    start = f"spellings: {format},"
    yield Target("spellings", f"{start} any, {OURS}.iter_records / {OURS}", stream, "at most", 0.8)
    yield Target("spellings", f"{start} any, bytes held per record excluding strings", held, "at most", 300, "")
    yield Target("spellings", f"{start} any, peak as a multiple of the body", peak, "at most", _PEAKS[format])
    yield Target("spellings", f"{start} with one irregular record / without", irregular, "at most", 1.1)
    yield Target("spellings", f"{start} records unlike each other / tolerant reader", unlike, "at most", 1.1)


def _memory(format: str) -> Iterator[Target]:
    def held(results: Results) -> float | None:
        return next((one.excluding_strings for one in results.memory if one.format == format), None)

    def peak(results: Results) -> float | None:
        return next((one.peak / one.body for one in results.memory if one.format == format), None)

    yield Target("memory", f"memory: {format}, bytes held per record excluding strings", held, "at most", 300, "")
    yield Target("memory", f"memory: {format}, peak as a multiple of the body", peak, "at most", _PEAKS[format])


def _growth(format: str) -> Iterator[Target]:
    def time(results: Results) -> float | None:
        return max((one.time_slope for one in results.growth if one.format == format), default=None)

    def memory(results: Results) -> float | None:
        return next((one.memory_slope for one in results.growth if one.format == format and not one.spelling), None)

    def stream(results: Results) -> float | None:
        spelled = (one for one in results.growth if one.format == format and one.spelling)
        return max((one.points[-1].peak / 1e6 for one in spelled), default=None)

    start = f"growth: {format},"
    yield Target("growth", f"{start} any, exponent of time by number of records", time, "at most", 1.03, "")
    yield Target("growth", f"{start} exponent of memory by number of records", memory, "at most", 1.1, "")
    yield Target("growth", f"{start} any, peak of {OURS}.iter_records", stream, "at most", 10, " MB")


TARGETS: Final = (
    _slower("json", OURS, "msgspec typed decode", 2.4),
    _faster("json", "official client", 5),
    _faster("json", "pydantic model_validate_json", 3),
    _slower("json", f"{OURS}, one boolean", OURS, 1.1),
    _slower("xml", OURS, "lxml fromstring", 0.7),
    _faster("xml", "lxml + BaseModel(**d)", 6),
    _faster("xml", "xmltodict + BaseModel(**d)", 15),
    _slower("xml", f"{OURS}, one blank", OURS, 1.1),
    _slower("xml", f"{OURS}, one capital", OURS, 1.1),
    _slower("csv", OURS, "csv.reader iterated", 2),
    _faster("csv", "pandas.read_csv", 1),
    _slower("csv", f"{OURS}, one capital", OURS, 1.1),
    _spelled("json", "as documented", _DOCUMENTED, 2.4),
    _spelled("json", "any other", _OTHER, 3.5),
    _spelled("xml", "as documented", _DOCUMENTED, 0.7),
    _spelled("xml", "pretty", _PRETTY, 0.9),
    _spelled("xml", "any other", _OTHER, 1.2),
    _spelled("csv", "as documented", _DOCUMENTED, 2),
    _spelled("csv", "quoted or reordered", _QUOTED, 2.5),
    _spelled("csv", "any other", _OTHER, 4),
    *(target for format in FORMATS for target in _regularity(format)),
    *(_slower(f"dump-{format}", f"{OURS}.dump", f"{OURS}.parse", 0.7) for format in FORMATS),
    *(_across((f"dump-{format}", f"{OURS}.dump"), ("dump-json", "msgspec.json.encode"), 6) for format in FORMATS),
    _slower("small-status-json", OURS, "official client", 0.7),
    _slower("small-status-xml", OURS, "lxml fromstring", 2),
    _slower("small-status-csv", OURS, "csv.reader + BaseModel(**d)", 1.3),
    _across(("small-json", "error"), ("small-status-json", "official client"), 0.45),
    _across(("small-xml", "error"), ("small-status-json", "official client"), 0.73),
    *(target for format in FORMATS for target in _memory(format)),
    *(target for format in FORMATS for target in _growth(format)),
    Target("import", f"import: {BARE}, over pydantic", partial(_beyond_pydantic, BARE), "at most", 15, " ms"),
    _slower("import", VALIDATE, PYDANTIC, 2),
    _slower("import", VERSION, PYDANTIC, 0.4),
    Target(
        "validate", "validate: bevparse.inspect / bevparse validate", partial(_validate, "validate"), "at least", 0.7
    ),
    Target(
        "validate",
        "validate-large: bevparse.inspect / bevparse validate",
        partial(_validate, "validate-large"),
        "at least",
        1.2,
    ),
    Target("validate", "validate-lines: bevparse validate, for each line", _each_line, "at most", 6, " us"),
)
