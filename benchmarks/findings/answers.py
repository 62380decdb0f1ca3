"""The remarks of a tool about a body, and how they are ranked."""

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
    """A tool failed with a traceback."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One problem reported by a tool; lines and columns count from 1, and a missing value is None."""

    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a tool for one body."""

    mark: Mark
    remark: Remark = field(default_factory=Remark)
    """The remark with the most accurate location."""
    line: bool = False
    column: bool = False
    pointer: bool = False
    crashed: bool = False
    """Whether the tool crashed with some other settings."""

    @classmethod
    def of(cls, body: Body, remarks: Iterable[Remark]) -> Answer:
        """Return the answer for the remarks of a tool about a body."""
        judged = [cls._of(body, remark) for remark in remarks]
        return best(judged) if judged else cls("missed")

    @classmethod
    def _of(cls, body: Body, remark: Remark) -> Answer:
        line = remark.line in body.lines
        pointer = remark.pointer is not None and _leads(remark.pointer, body.pointer)
        return cls("noticed", remark, line, line and remark.column is not None, pointer)

    @property
    def rank(self) -> tuple[int, int]:
        """The key by which answers are ranked."""
        return _ORDER.index(self.mark), self.line + self.column + self.pointer


def best(answers: Iterable[Answer]) -> Answer:
    """Return the highest-ranked answer, the first of equal ones."""
    held = list(answers)
    found = max(held, key=lambda answer: answer.rank)
    return replace(found, crashed=found.mark != "crash" and any(answer.mark == "crash" for answer in held))


def _leads(pointer: str, expected: str) -> bool:
    """Return whether a pointer is that of the fault, a parent or a child of it."""
    if not expected:
        return True
    return expected in (pointer, pointer.rpartition("/")[0]) or pointer == expected.rpartition("/")[0] != ""


def pointer_of(path: str) -> str:
    """Return the JSON pointer of a path such as `$.response[0].id`."""
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path.removeprefix("$")))
