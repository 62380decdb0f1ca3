"""How lists of host names are spelled: an array in JSON, elements in XML, one joined cell in CSV."""

from __future__ import annotations

import json
import re
from typing import TypeGuard, cast

from .problems import shown
from .tree import Node
from .wire import UNREAD, Deviation, Note, Spelling, accepted, fault, is_unsaid

__all__ = ["HOSTS", "join_hosts"]

_BETWEEN = re.compile(r"[,;|\s]+")
_JOINED = re.compile(r"[A-Za-z0-9._-]++(?:, [A-Za-z0-9._-]++)*+\Z")
_EXPECTED = "an array of host names"


def _typed_hosts(value: Node) -> object:
    if isinstance(value, list):
        return _host_members(value)
    if value is None or (isinstance(value, str) and is_unsaid(value)):
        return accepted((), "BEV306", f"{_EXPECTED} or no field at all", value)
    if isinstance(value, str):
        hosts = _text_hosts(value)
        return hosts if isinstance(hosts, Deviation) else accepted(hosts, "BEV305", _EXPECTED, value)
    return fault("BEV207", _EXPECTED, value)


def _host_members(value: list[Node]) -> object:
    hosts = tuple(filter(_is_str, value))
    if not value:
        return Deviation(
            (), Note("BEV306", "expected no field at all where there are no hosts, accepted an empty array")
        )
    if len(hosts) == len(value):
        return hosts
    faults = (
        Note("BEV207", f"expected a host name, got {shown(host)}", index)
        for index, host in enumerate(value)
        if not isinstance(host, str)
    )
    return Deviation(UNREAD, *faults)


def _is_str(host: object) -> TypeGuard[str]:
    return host.__class__ is str


def _text_hosts(value: str) -> object:
    if _JOINED.match(value) and value != "null":
        return tuple(value.split(", "))
    if is_unsaid(value):
        return ()
    members = _members(value) if value.startswith("[") else None
    if members is None:
        return _split_hosts(value)
    hosts = tuple(host for host in members if isinstance(host, str) and _is_text(host))
    return hosts if len(hosts) == len(members) else fault("BEV207", _EXPECTED, value)


def _members(text: str) -> list[object] | None:
    """Read a JSON array; an address literal such as [192.0.2.1] only starts like one."""
    try:
        members = cast(object, json.loads(text))
    except (ValueError, RecursionError):
        return None
    return cast("list[object]", members) if isinstance(members, list) else None


def _is_text(host: str) -> bool:
    """Tell whether there is no escaped half of a surrogate pair in it."""
    try:
        host.encode()
    except UnicodeEncodeError:
        return False
    return True


def _split_hosts(text: str) -> tuple[str, ...]:
    return tuple(host for host in _BETWEEN.split(text) if host)


def join_hosts(hosts: list[str]) -> str:
    """Write hosts into one cell: joined by comma and space when that can be split again, else as a JSON array."""
    text = ", ".join(hosts)
    return text if _text_hosts(text) == tuple(hosts) else json.dumps(hosts, ensure_ascii=False)


def _write_hosts(value: object) -> Node:
    return list(cast(tuple[str, ...], value)) or None


HOSTS = Spelling(_EXPECTED, _typed_hosts, _text_hosts, _write_hosts, plain=True, many=True)
