"""What contradicts itself in the page numbers of a list answer, which counts as Laravel's paginator does."""

from __future__ import annotations

from collections.abc import Iterator

from ...models import ListResponse
from ...problems import Problem, step

__all__ = ["contradictions_in_pages"]


def contradictions_in_pages(page: ListResponse, pointer: str) -> Iterator[Problem]:
    """Find the first contradiction, if there is one: the numbers hang together, so the others would follow from it."""
    for check in (_current_page, _last_page, _data, _from, _to):
        found = check(page)
        if found:
            name, message = found
            yield Problem("BEV406", message, step(pointer, name))
            return


def _current_page(page: ListResponse) -> tuple[str, str] | None:
    """A page behind the last one is empty."""
    current, last = page.current_page, page.last_page
    if page.requests and current is not None and last is not None and current > last:
        return "current_page", f"expected no requests behind the last page, {last}, got {_some(page)} on page {current}"
    return None


def _last_page(page: ListResponse) -> tuple[str, str] | None:
    last, total, size = page.last_page, page.total, page.per_page
    if last is None or total is None or not size:
        return None
    expected = -(-total // size)
    if last == expected or (last == 1 and not total):  # nothing at all still fills one page, or none
        return None
    return "last_page", f"expected {expected} pages for {total} requests, {size} on each, got {last}"


def _data(page: ListResponse) -> tuple[str, str] | None:
    """All pages are full but the last one."""
    count, size = len(page.requests), page.per_page
    if not size:
        return None
    if page.total is None or not page.current_page:
        return ("data", f"expected at most {size} requests on a page, got {count}") if count > size else None
    expected = max(0, min(size, page.total - (page.current_page - 1) * size))
    if count == expected:
        return None
    where = f"on page {page.current_page} of {page.total} requests, {size} on each"
    return "data", f"expected {expected} requests {where}, got {count}"


def _from(page: ListResponse) -> tuple[str, str] | None:
    if not page.requests or page.from_ is None or not page.current_page or not page.per_page:
        return None
    expected = (page.current_page - 1) * page.per_page + 1
    if page.from_ == expected:
        return None
    return (
        "from",
        f"expected page {page.current_page}, {page.per_page} on each, to begin at {expected}, got {page.from_}",
    )


def _to(page: ListResponse) -> tuple[str, str] | None:
    first, last = page.from_, page.to
    if first is None or last is None or not (page.requests or first or last):  # an empty page may say 0 for null
        return None
    expected = first + len(page.requests) - 1
    if last != expected:
        return "to", f"expected {_some(page)} that begin at {first} to end at {expected}, got {last}"
    if page.requests and page.total is not None and last > page.total:
        return "to", f"expected a position among the {page.total} requests there are, got {last}"
    return None


def _some(page: ListResponse) -> str:
    count = len(page.requests)
    return "1 request" if count == 1 else f"{count} requests"
