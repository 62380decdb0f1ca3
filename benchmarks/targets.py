"""Performance targets, and whether they are met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeAlias

from .contestants import OURS
from .imports import BARE, PYDANTIC
from .results import Results
from .sizes import FORMATS

__all__ = ["TARGETS", "Target", "Verdict", "judge"]

_Measure: TypeAlias = Callable[[Results], float | None]


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


def _validate(results: Results) -> float | None:
    return results.ratio("validate", "bevparse.inspect", "bevparse validate")


def _beyond_pydantic(name: str, results: Results) -> float | None:
    ours, theirs = results.median("import", name), results.median("import", PYDANTIC)
    return None if ours is None or theirs is None else (ours - theirs) * 1000


def _memory(format: str) -> Iterator[Target]:
    def held(results: Results) -> float | None:
        return next((one.excluding_strings for one in results.memory if one.format == format), None)

    def peak(results: Results) -> float | None:
        return next((one.peak / one.body for one in results.memory if one.format == format), None)

    yield Target("memory", f"memory: {format}, bytes held per record excluding strings", held, "at most", 450, "")
    yield Target(
        "memory", f"memory: {format}, peak as a multiple of the body", peak, "at most", 6 if format == "xml" else 4
    )


def _growth(format: str) -> Iterator[Target]:
    def time(results: Results) -> float | None:
        return next((one.time_slope for one in results.growth if one.format == format), None)

    def memory(results: Results) -> float | None:
        return next((one.memory_slope for one in results.growth if one.format == format), None)

    yield Target("growth", f"growth: {format}, exponent of time by number of records", time, "at most", 1.1, "")
    yield Target("growth", f"growth: {format}, exponent of memory by number of records", memory, "at most", 1.1, "")


TARGETS: Final = (
    _slower("json", OURS, "msgspec typed decode", 2.5),
    _faster("json", "official client", 6),
    _faster("json", "pydantic model_validate_json", 3),
    _slower("json", f"{OURS}, one boolean", "official client", 1),
    _slower("json", f"{OURS}, one boolean", OURS, 3),
    _slower("xml", OURS, "lxml fromstring", 1),
    _faster("xml", "lxml + BaseModel(**d)", 6),
    _faster("xml", "xmltodict + BaseModel(**d)", 20),
    _slower("xml", f"{OURS}, one blank", OURS, 3),
    _slower("xml", f"{OURS}, one capital", OURS, 3),
    _slower("csv", OURS, "csv.reader iterated", 1.25),
    _faster("csv", "pandas.read_csv", 1),
    _slower("csv", f"{OURS}, one capital", OURS, 3),
    *(_slower(f"dump-{format}", f"{OURS}.dump", f"{OURS}.parse", 1) for format in FORMATS),
    _faster("small-status-json", "official client", 2),
    _slower("small-status-xml", OURS, "lxml fromstring", 2),
    *(target for format in FORMATS for target in _memory(format)),
    *(target for format in FORMATS for target in _growth(format)),
    Target("import", f"import: {BARE}, over pydantic", partial(_beyond_pydantic, BARE), "at most", 15, " ms"),
    Target("validate", "validate: bevparse.inspect / bevparse validate", _validate, "at least", 0.7),
)
