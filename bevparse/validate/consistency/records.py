"""What contradicts itself in a completed record: addresses, hosts, and verdicts against checks.

There may be a million records, so each rule looks at some dozens of them at once, and closer only where it has to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final, TypeAlias

from ...models import EmailRecord
from ...problems import Problem, shown, step

__all__ = ["contradictions_in_records"]

_Values: TypeAlias = Mapping[str, Any]
_Rule: TypeAlias = Callable[[list[_Values], int, str], Iterator[Problem]]
_TOGETHER: Final = 128

# The grammar is that of RFC 5321 and RFC 6531, which lets in letters of any script. Lengths are not looked at, for
# RFC 5321 (4.5.3.1) wants longer names taken where that can be done, and the low line is taken for a letter.
_BLANK: Final = r"\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LABEL: Final = rf"(?!-)[^\x00-,./:-@\[-^`{{-\xa0{_BLANK}]++(?<!-)"
_DOMAIN: Final = rf"{_LABEL}(?:\.{_LABEL})*+\.?"
_ATOM: Final = rf'[^\x00-\x20"(),.:;<>@\[-\]\x7f-\xa0{_BLANK}]++'
_QUOTED: Final = r'"(?:[^\x00-\x08\x0a-\x1f"\\\x7f]|\\[\t\x20-\x7e])*+"'
_LITERAL: Final = r"\[[0-9A-Za-z.:-]++\]"
_ADDRESS: Final = re.compile(rf"(?:{_ATOM}(?:\.{_ATOM})*+|{_QUOTED})@(?:{_DOMAIN}|{_LITERAL})\Z")
_HOST: Final = re.compile(rf"(?![0-9.]+\Z){_DOMAIN}\Z")
"""A name, and no IP address, which a mail exchanger cannot be."""

_PLAIN: Final = r"[A-Za-z0-9_+-]++"
_NAME: Final = r"[A-Za-z0-9]++(?:[.-][A-Za-z0-9]++)*+"
_ORDINARY_ADDRESSES: Final = re.compile(rf"(?:{_PLAIN}(?:\.{_PLAIN})*+@{_NAME}\n)*+\Z")
_ORDINARY_HOSTS: Final = re.compile(rf"(?:(?![0-9.]+\n){_NAME}\.?\n)*+\Z")
"""What nearly every address and host is, one on each line: a narrower grammar, for all of them in one go."""

_NULL_MX: Final = (".",)
"""What a domain has that takes no mail (RFC 7505), as in the service's own sample."""


def contradictions_in_records(records: Sequence[EmailRecord], pointer: str, limit: int) -> Iterator[Problem]:
    """Compare each record with itself.

    Args:
        records: the records of one answer.
        pointer: the pointer of their array.
        limit: how many problems are enough for a rule, so that it may be left out from then on.
    """
    rules: list[_Rule] = [_addresses, partial(_hosts, {(), _NULL_MX}), _verdicts]
    left = dict.fromkeys(rules, limit)
    for start in range(0, len(records), _TOGETHER):
        stretch: list[_Values] = [record.__dict__ for record in records[start : start + _TOGETHER]]
        for rule in tuple(left):
            for problem in rule(stretch, start, pointer):
                left[rule] -= 1
                yield problem
            if left[rule] <= 0:
                del left[rule]


def _all_ordinary(texts: list[str], ordinary: re.Pattern[str]) -> bool:
    lines = "\n".join(texts) + "\n"
    return not texts or (ordinary.match(lines) is not None and lines.count("\n") == len(texts))


def _addresses(stretch: list[_Values], start: int, pointer: str) -> Iterator[Problem]:
    if _all_ordinary([values["email_address"] for values in stretch if values["format_check"]], _ORDINARY_ADDRESSES):
        return
    for number, values in enumerate(stretch, start):
        address = values["email_address"]
        # blanks around an address, as submitted lists have them, say nothing about the check
        if values["format_check"] and not _ADDRESS.match(address.strip()):
            message = f"expected an address, as formatCheck is true, got {shown(address)}"
            yield Problem("BEV407", message, step(step(pointer, number), "emailAddress"))


def _hosts(sound: set[tuple[str, ...]], stretch: list[_Values], start: int, pointer: str) -> Iterator[Problem]:
    new = {values["mx_records"] for values in stretch} - sound
    if not new:
        return
    if _all_ordinary(list(chain.from_iterable(new)), _ORDINARY_HOSTS):
        sound.update(new)
        return
    for number, values in enumerate(stretch, start):
        if values["mx_records"] in sound:
            continue
        for index, host in enumerate(values["mx_records"]):
            if not _HOST.match(host):
                place = step(step(step(pointer, number), "mxRecords"), index)
                yield Problem("BEV408", f"expected a host name, got {shown(host)}", place)


def _verdicts(stretch: list[_Values], start: int, pointer: str) -> Iterator[Problem]:
    for number, values in enumerate(stretch, start):
        verdict = values["result"]
        if verdict == "ok":
            if values["format_check"] is False or values["smtp_check"] is False or values["dns_check"] is False:
                message = f"expected no check to be false, as result is 'ok', got {_failed(values)} false"
                yield Problem("BEV409", message, step(step(pointer, number), "result"))
        elif verdict == "smtp-failed" and values["smtp_check"]:
            message = "expected smtpCheck not to be true, as result is 'smtp-failed', got true"
            yield Problem("BEV409", message, step(step(pointer, number), "result"))


def _failed(values: _Values) -> str:
    checks = {"formatCheck": "format_check", "smtpCheck": "smtp_check", "dnsCheck": "dns_check"}
    return " and ".join(name for name, attribute in checks.items() if values[attribute] is False)
