"""What a body contains, with the values of its records in columns, so that large bodies need no models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import count
from typing import Final, TypeAlias, cast

from ..endpoints import MODELS
from ..lanes.columns import Columns, in_columns
from ..models import EmailRecord, Response
from ..payloads.layout import records_of, response_of
from ..reader.events import Survey

__all__ = ["CHECKS", "VERDICT", "Content", "Verdict", "Verdicts", "content_of", "surveyed"]

CHECKS: Final = tuple(name for name in EmailRecord.model_fields if name.endswith("_check"))
"""The attributes of the six checks."""
VERDICT: Final = (*CHECKS, "result")
"""The attributes of the verdict of a record: the checks and the result."""
Verdict: TypeAlias = tuple[bool | str | None, ...]
"""The values of the attributes in `VERDICT`, for one record."""


class Verdicts:
    """The verdicts of many records, of which only some hundred are distinct.

    Args:
        verdicts: the verdict of each record.
    """

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        numbers: defaultdict[Verdict, int] = defaultdict(count().__next__)
        self.numbers = list(map(numbers.__getitem__, verdicts))
        """For each record, the index of its verdict in `distinct`."""
        self.distinct = tuple(numbers)
        """The distinct verdicts."""


class Content:
    """What a body contains.

    Args:
        model: the model of the response.
        records: the records. Their models are built only if the response is used.
        response: the response, if it has been built already.
    """

    def __init__(self, model: type[Response], records: Columns, response: Response | None = None) -> None:
        self.model = model
        self.records = records
        self._response = response

    @cached_property
    def response(self) -> Response:
        """The response."""
        return self._response or response_of(self.model, self.records)

    @cached_property
    def addresses(self) -> Sequence[str]:
        """The address of each completed or failed record."""
        return cast("Sequence[str]", self.records.column("email_address"))

    @cached_property
    def hosts(self) -> Sequence[tuple[str, ...]]:
        """The mail servers of each completed record."""
        return cast("Sequence[tuple[str, ...]]", self.records.column("mx_records"))

    @cached_property
    def verdicts(self) -> Verdicts:
        """The verdicts of completed records."""
        return Verdicts(cast("Iterable[Verdict]", self.records.rows(*VERDICT)))


def content_of(response: Response) -> Content:
    """Return the content of a response."""
    return Content(type(response), in_columns(records_of(response)), response)


def surveyed(survey: Survey) -> Content | None:
    """Return the content of a body that was read, or None if it could not be read."""
    found, records = survey
    if records is not None and found.endpoint is not None:
        return Content(MODELS[found.endpoint], records)
    return None if found.response is None else content_of(found.response)
