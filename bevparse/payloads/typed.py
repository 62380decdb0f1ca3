"""TODO doc."""

from __future__ import annotations

from ..problems import format_value, rules
from ..problems.findings import Findings
from ..tree import Fields, Node, fold
from .candidates import Payload, candidates_of_items, candidates_of_names, folded_names, keep_envelope, reply_outside
from .replies import OWN_NAMES, REPLIES

__all__ = ["open_typed"]


def open_typed(root: Node, findings: Findings) -> Payload | None:
    """Find the payload of a JSON-like tree, or note that there is none."""
    pairs = root.pairs if isinstance(root, Fields) else []
    inside = [position for position, (name, _) in enumerate(pairs) if fold(name) == "response"]
    if not inside:
        if isinstance(root, Fields) and folded_names(root) & (REPLIES):
            findings.add(rules.ERROR_SHAPE, "expected the key response, accepted an error without it", "", ())
            return Payload(root, (), "", ("error",))
        findings.add(rules.MISSING_ENVELOPE, f"expected an object with the key response, got {_without(root)}", "", ())
        return None
    position = inside[0]
    name, node = pairs[position]
    pointer = "/response"
    if name != "response":
        findings.add(
            rules.NAME_SPELLING, f"expected the name response, accepted {format_value(name)}", pointer, (position,)
        )
    for again in inside[1:]:
        findings.add(rules.DUPLICATE_FIELD, "expected response once, got it again", pointer, (again,))
    others = [(place, *pair) for place, pair in enumerate(pairs) if fold(pair[0]) != "response"]
    if any(fold(other) in OWN_NAMES for _, other, _ in others):
        return reply_outside(root, (), findings)
    envelope = keep_envelope(others, (), findings, "typed")
    if isinstance(node, Fields):
        candidates = candidates_of_names(folded_names(node), array=False)
    else:
        candidates = candidates_of_items(node) if isinstance(node, list) else ()
    return Payload(node, (position,), pointer, candidates, envelope, empty=node == [])


def _without(root: Node) -> str:
    return "one without" if isinstance(root, Fields) else format_value(root)
