"""Undocumented fields, which are kept and said aloud."""

from __future__ import annotations

from typing import cast

from ..formats import Kind
from ..models import Response
from ..problems import shown, step
from ..tree import Fields, Node, Path
from ..wire import UNREAD
from .findings import Findings

__all__ = ["Keeper", "fits", "plain"]


class Keeper:
    """Puts undocumented fields where `model_extra` will be made of them."""

    def __init__(self, kind: Kind, findings: Findings) -> None:
        self._kind: Kind = kind
        self._findings = findings

    def keep(self, extra: dict[str, object], name: str, value: Node, path: Path, pointer: str) -> bool:
        """Keep one field, or note why that cannot be done; in elements a name that repeats makes a list."""
        self._findings.add("BEV307", f"expected documented fields only, kept {shown(name)}", pointer, path)
        kept = plain(value, self._kind)
        if name not in extra and kept is not UNREAD:
            extra[name] = kept
        elif self._kind == "text":
            before = extra[name]
            if isinstance(before, list):  # made here: an element by itself is never a list
                cast("list[object]", before).append(kept)
            else:
                extra[name] = [before, kept]
        else:
            self._findings.add(
                "BEV209", f"expected {shown(name)} once, and each name in it, got one again", pointer, path
            )
            return False
        return True

    def merge(self, envelope: dict[str, object], extra: dict[str, object]) -> dict[str, object]:
        """Put the fields beside the response and in it together, noting those that stand in both places."""
        for name in envelope.keys() & extra.keys():
            self._findings.add("BEV209", f"expected {shown(name)} once, got it beside response and in it", "", ())
        return envelope | extra


def fits(model: type[Response], extra: dict[str, object], path: Path, findings: Findings) -> bool:
    """Tell whether undocumented fields can stand beside the attributes of a response, and note those that cannot."""
    taken = [name for name in extra if name in model.model_fields]
    for name in taken:
        message = f"expected a name that {model.__name__} does not have itself, got {shown(name)}"
        pointer, where = findings.kept_at(name) or (step("/response", name), path)
        findings.add("BEV215", message, pointer, where)
    return not taken


def plain(node: Node, kind: Kind) -> object:
    """Turn a tree into what `model_extra` holds: dicts, lists and values, or `UNREAD` where JSON repeats a name."""
    if isinstance(node, list):
        members = [plain(member, kind) for member in node]
        return UNREAD if UNREAD in members else members
    if not isinstance(node, Fields):
        return node
    kept: dict[str, object] = {}
    repeated: set[str] = set()
    for name, value in node.pairs:
        member = plain(value, kind)
        if member is UNREAD or (name in kept and kind == "typed"):
            return UNREAD
        if name in repeated:
            cast(list[object], kept[name]).append(member)
        elif name in kept:
            kept[name] = [kept[name], member]
            repeated.add(name)
        else:
            kept[name] = member
    return kept
