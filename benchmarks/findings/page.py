"""The page docs/findings.md, with the answers as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from .answers import Answer
from .bodies import BODIES, Body

__all__ = ["shown", "totals", "written"]

Answers: TypeAlias = Mapping[str, Sequence[Answer]]

_TEMPLATE: Final = (Path(__file__).parent / "template.md").read_text("utf-8")


def written(versions: Mapping[str, str], answers: Answers) -> str:
    """Return the whole page."""
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    tables = {"bodies": "\n".join(_table(answers)), "totals": "\n".join(totals(answers))}
    return _TEMPLATE.format(count=len(BODIES), versions=named, **tables)


def _table(answers: Answers) -> list[str]:
    rows = [f"| # | body | fault | {' | '.join(answers)} |", "|---|---|---|" + "---|" * len(answers)]
    for number, body in enumerate(BODIES):
        cells = " | ".join(shown(of_tool[number]) for of_tool in answers.values())
        rows.append(f"| {number + 1} | `{body.name}` | {_fault(body)} | {cells} |")
    return rows


def _fault(body: Body) -> str:
    return f"{body.kind}: {body.fault}"


def shown(answer: Answer) -> str:
    """Return one cell."""
    if answer.mark != "noticed":
        return answer.mark
    remark = answer.remark
    line = _shown(remark.line, right=answer.line)
    column = _shown(remark.column, right=answer.line)
    pointer = _shown(None if remark.pointer is None else f"`{remark.pointer or '/'}`", right=answer.pointer)
    return f"{line}:{column} {pointer}" + (" †" if answer.crashed else "")


def _shown(part: object, *, right: bool) -> str:
    if part is None:
        return "-"
    return str(part) if right else f"~~{part}~~"


_COUNTED: Final[dict[str, Callable[[Answer], bool]]] = {
    "noticed": lambda answer: answer.mark == "noticed",
    "line": lambda answer: answer.line,
    "column": lambda answer: answer.column,
    "pointer": lambda answer: answer.pointer,
    "missed": lambda answer: answer.mark == "missed",
    "crash": lambda answer: answer.mark == "crash",
    "unread": lambda answer: answer.mark == "unread",
}


def totals(answers: Answers) -> list[str]:
    """Return the table of totals."""
    formats = ("json", "xml", "csv")
    rows = [
        f"| | {' | '.join(_COUNTED)} | noticed in {' | noticed in '.join(name.upper() for name in formats)} |",
        "|---|" + "---|" * (len(_COUNTED) + len(formats)),
    ]
    for name, of_tool in answers.items():
        counts = [sum(map(counted, of_tool)) for counted in _COUNTED.values()]
        counts += [_noticed(of_tool, format) for format in formats]
        rows.append(f"| {name} | {' | '.join(map(str, counts))} |")
    return rows


def _noticed(answers: Sequence[Answer], format: str) -> int:
    return sum(answer.mark == "noticed" for answer, body in zip(answers, BODIES, strict=True) if body.format == format)
