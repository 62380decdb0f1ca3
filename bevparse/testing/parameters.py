"""The parameters of requests: what is wrong with them, in the words of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias, TypeGuard, cast

from ..models import EndpointName

__all__ = ["PER_PAGE", "SERVED", "Parameters", "parameter_errors"]

Parameters: TypeAlias = Mapping[str, object]
"""The parameters of a request, without the API key."""
PER_PAGE: Final = range(10, 51)
"""The allowed numbers of requests on a page, the default first."""
_FORMATS: Final = ("json", "xml", "csv")
_MOST_EMAILS: Final = 50_000


def parameter_errors(endpoint: EndpointName, parameters: Parameters) -> list[str]:
    """Return what is wrong with the parameters of a request. Only the message about the format is documented."""
    return [*_format_errors(endpoint, parameters), *_ERRORS[endpoint](parameters)]


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _format_errors(endpoint: EndpointName, parameters: Parameters) -> Iterator[str]:
    allowed = _FORMATS[:2] if endpoint == "create" else _FORMATS
    if parameters.get("format", "json") not in allowed:
        yield f"The format field should have one of the following values: {', '.join(allowed)}."


def _create_errors(parameters: Parameters) -> Iterator[str]:
    emails = parameters.get("emails")
    if not emails:
        yield "The emails field is required."
    elif not isinstance(emails, list) or not all(isinstance(one, str) for one in cast("list[object]", emails)):
        yield "The emails field should be an array of strings."
    elif len(cast("list[object]", emails)) > _MOST_EMAILS:
        yield f"The emails field should have at most {_MOST_EMAILS} items."


def _list_errors(parameters: Parameters) -> Iterator[str]:
    page, per_page = parameters.get("page", 1), parameters.get("perPage", PER_PAGE[0])
    if not _is_number(page) or page < 1:
        yield "The page must be at least 1."
    if not _is_number(per_page) or per_page not in PER_PAGE:
        yield f"The perPage must be between {PER_PAGE[0]} and {PER_PAGE[-1]}."
    if not isinstance(parameters.get("onlyIds", True), bool):
        yield "The onlyIds field must be true or false."
    if parameters.get("sort", "desc") not in ("asc", "desc"):
        yield "The sort field should have one of the following values: asc, desc."


def _status_errors(parameters: Parameters) -> Iterator[str]:
    ids = parameters.get("ids")
    if not ids:
        yield "The ids field is required."
    elif not isinstance(ids, list) or not all(map(_is_number, cast("list[object]", ids))):
        yield "The ids field should be an array of integers."


def _results_errors(parameters: Parameters) -> Iterator[str]:
    request = parameters.get("id")
    if request is None:
        yield "The id field is required."
    elif not _is_number(request):
        yield "The id must be an integer."
    elif request < 1:
        yield "The id must be at least 1."


_ERRORS: Final[dict[EndpointName, Callable[[Parameters], Iterable[str]]]] = {
    "create": _create_errors,
    "list": _list_errors,
    "status": _status_errors,
    "completed": _results_errors,
    "failed": _results_errors,
}
SERVED: Final = frozenset(_ERRORS)
"""The endpoints that the fake service has."""
