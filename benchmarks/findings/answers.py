"""What a tool says about a body, and which of it counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from .bodies import Body

__all__ = ["Answer", "CrashError", "Mark", "Remark", "best", "pointer_of"]

Mark: TypeAlias = Literal["noticed", "missed", "crash", "unread"]

_ORDER: Final[tuple[Mark, ...]] = ("unread", "missed", "crash", "noticed")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class CrashError(Exception):
    """A tool ended with a traceback instead of an answer."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a tool complains about; it counts lines and columns from 1, and what it does not name is None."""

    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool says about one body."""

    mark: Mark
    remark: Remark = field(default_factory=Remark)
    """Of all its remarks the one that names most of the place rightly."""
    line: bool = False
    column: bool = False
    pointer: bool = False
    crashed: bool = False
    """The answer is that of some settings, and the tool crashed with others."""

    @classmethod
    def of(cls, body: Body, remarks: Iterable[Remark]) -> Answer:
        """Judge what a tool says about a body that it reads."""
        judged = [cls._of(body, remark) for remark in remarks]
        return best(judged) if judged else cls("missed")

    @classmethod
    def _of(cls, body: Body, remark: Remark) -> Answer:
        line = remark.line in body.lines
        pointer = remark.pointer is not None and _leads(remark.pointer, body.pointer)
        return cls("noticed", remark, line, line and remark.column is not None, pointer)

    @property
    def rank(self) -> tuple[int, int]:
        """Of two answers the one that ranks higher counts."""
        return _ORDER.index(self.mark), self.line + self.column + self.pointer


def best(answers: Iterable[Answer]) -> Answer:
    """Give the answer that ranks highest, the first of equal ones."""
    held = list(answers)
    found = max(held, key=lambda answer: answer.rank)
    return replace(found, crashed=found.mark != "crash" and any(answer.mark == "crash" for answer in held))


def _leads(pointer: str, expected: str) -> bool:
    """Tell whether a pointer leads to what is wrong, to what holds it, or to what it holds."""
    if not expected:
        return True
    return expected in (pointer, pointer.rpartition("/")[0]) or pointer == expected.rpartition("/")[0] != ""


def pointer_of(path: str) -> str:
    """Give the JSON pointer of a path such as `$.response[0].id`."""
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path.removeprefix("$")))
