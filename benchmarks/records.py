"""Random email records, reproducible by seed."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple, TypeAlias

__all__ = ["Check", "Row", "rows"]

Check: TypeAlias = bool | None


class Row(NamedTuple):
    """The values of a record, in the form that is compared across contestants."""

    email: str
    checks: tuple[Check, ...]
    """The checks of format, SMTP, DNS, free provider, disposable address and catch-all."""
    hosts: tuple[str, ...]
    result: str


class _Domain(NamedTuple):
    name: str
    hosts: tuple[str, ...]
    free: bool


_POPULAR: Final = 0.6
_WITHOUT_HOSTS: Final = 0.05
_ADDRESSES_PER_COMPANY: Final = 4
_PROVIDERS: Final = (
    _Domain("bigmail.example", ("alt1.in.bigmail.example", "mx-in.bigmail.example"), free=True),
    _Domain("skypost.example", ("skypost-example.in.skypost.example",), free=True),
    _Domain("inbox24.example", ("mx1.inbox24.example", "mx2.inbox24.example"), free=True),
    _Domain("letterbird.example", ("mta5.letterbird.example", "mta6.letterbird.example"), free=True),
    _Domain("postfach.example", ("mx00.postfach.example", "mx01.postfach.example"), free=True),
)
_PROVIDER_WEIGHTS: Final = (45, 20, 15, 12, 8)
_FIRST: Final = ("ann", "bela", "carlos", "dmitri", "elena", "farid", "grace", "hiro", "ines", "jonas", "katya", "liam")
_LAST: Final = ("abbott", "brandt", "costa", "dubois", "eriksen", "fischer", "garcia", "horvat", "ivanova", "jensen")
_KINDS: Final = ("foods", "labs", "steel", "travel", "media", "legal", "energy", "motors", "garden", "clinic")
_NAMES: Final = ("alder", "birch", "cedar", "delta", "ember", "falcon", "granite", "harbor", "indigo", "juniper")
_RESULTS: Final = ("ok", "bad", "unknown", "smtp-failed")
_RESULT_WEIGHTS: Final = (66, 14, 12, 8)


def rows(count: int, seed: int, *, unique: bool = False, domains: int = 0) -> Iterator[Row]:
    """Yield random rows.

    Args:
        count: the number of rows.
        seed: the random seed.
        unique: whether every address has a unique domain; otherwise most share a few.
        domains: the number of domains, with up to five hosts each; 0 for as many as so many addresses usually have.
    """
    random = Random(f"{seed}/{count}/{unique}")
    companies = max(1, int(count * (1 - _POPULAR) / _ADDRESSES_PER_COMPANY))
    for number in range(count):
        if unique:
            domain = _company(number)
        elif domains:
            domain = _company(random.randrange(domains), most=5)
        elif random.random() < _POPULAR:
            domain = random.choices(_PROVIDERS, _PROVIDER_WEIGHTS)[0]
        else:
            domain = _company(random.randrange(companies))
        yield _row(random, number, domain)


def _company(number: int, most: int = 3) -> _Domain:
    """Return the company with a number; no other has the same hosts."""
    name = f"{_NAMES[number % 10]}-{_KINDS[number // 10 % 10]}{number}.example"
    return _Domain(name, tuple(f"mx{host}.{name}" for host in range(1, 2 + number % most)), free=False)


def _row(random: Random, number: int, domain: _Domain) -> Row:
    email = f"{random.choice(_FIRST)}.{random.choice(_LAST)}{number}@{domain.name}"
    if random.random() < _WITHOUT_HOSTS:
        return Row(email, (True, None, False, domain.free, False, None), (), "bad")
    checks = (
        random.random() < 0.98,
        _check(random, 0.75, 0.1),
        True,
        domain.free,
        _check(random, 0.02, 0.01),
        _check(random, 0.15, 0.2),
    )
    return Row(email, checks, domain.hosts, _result(random, *checks[:2]))


def _result(random: Random, well_formed: Check, answered: Check) -> str:
    """Return a random result that is consistent with the checks."""
    drawn = random.choices(_RESULTS, _RESULT_WEIGHTS)[0]
    if not well_formed:
        return "bad"
    if answered is None:
        return "unknown"
    return "smtp-failed" if not answered else drawn.replace("smtp-failed", "ok")


def _check(random: Random, true: float, unknown: float) -> Check:
    drawn = random.random()
    return None if drawn < unknown else drawn < unknown + true
