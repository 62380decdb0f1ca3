"""Records one by one, from bodies of any length."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from . import formats
from .endpoints import RESPONSES, endpoint_of
from .errors import PayloadError
from .files import read_blocks
from .files.compression import Readable
from .files.paths import body_suffix
from .lanes import chunks
from .limits import DEFAULT_LIMITS, Limits
from .models import (
    BulkRequest,
    EmailRecord,
    EndpointName,
    FailedEmail,
)
from .problems import Problem
from .record_reading import RecordReader

__all__ = ["iter_records"]

M = TypeVar("M", BulkRequest, EmailRecord, FailedEmail)


def iter_records(
    source: str | os.PathLike[str] | Readable,
    model: type[M],
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_problem: Callable[[Problem], object] | None = None,
    on_reject: Callable[[str, object], object] | None = None,
) -> Iterator[M]:
    r"""Read the records of a body one by one, in memory that does not depend on how many they are.

    That holds for an array of records in JSON, for `item` elements in XML, and for CSV; a body of another shape is
    read as a whole, within `limits.body`. The limits are those of `parse`: raise `body` and `records` for a long one.

    Args:
        source: a path, also of a compressed file as in `parse_file`, or a binary file object, which is left open.
        model: what the records are.
        format: as for `parse`.
        limits: as for `parse`.
        on_problem: is called with every problem, errors and warnings, before the records that follow. Without it the
            first error is raised, and warnings are passed over.
        on_reject: is called, after its problems, with every record that could not be read: its pointer, and what it
            holds in values that JSON knows (in CSV texts by their labels).

    Returns:
        The records in the order of the body, without those that could not be read. The errors below are raised while
        they are taken.

    Raises:
        SourceError: the file cannot be read.
        DecodeError: the body is no JSON, XML or CSV, or passes a limit; that may show only after many records.
        PayloadError: a record cannot be read and there is no `on_problem`, there are more errors than
            `limits.problems`, or the body holds other records.
        ApiError: the body is an error reply.
        UnknownFormatError: there is no such format.

    >>> import io
    >>> body = io.BytesIO(b'Email Address,Error\nfoo.bar,Invalid format\n')
    >>> [failed.email_address for failed in iter_records(body, FailedEmail)]
    ['foo.bar']
    """
    if model not in RESPONSES:
        raise TypeError(f"expected BulkRequest, EmailRecord or FailedEmail, got {model!r:.100}")
    binary = hasattr(source, "read") and not isinstance(source, io.TextIOBase)
    if not (binary or isinstance(source, (str, os.PathLike))):
        raise TypeError(f"expected a path or a binary file object, got {type(source).__name__}")
    named = format is None and isinstance(source, (str, os.PathLike))
    declared = formats.of_suffix(body_suffix(cast(str, source))) if named else format
    blocks, models = read_blocks(source, chunks.BLOCK, limits), RESPONSES[model]
    listener = _Callbacks(endpoint_of(models[0]), on_problem, on_reject)
    return cast("Iterator[M]", RecordReader(blocks, models, declared, limits, listener).records())


class _Callbacks:
    """Whoever is given to `iter_records`; without an `on_problem` the first error is raised."""

    def __init__(
        self,
        endpoint: EndpointName,
        on_problem: Callable[[Problem], object] | None,
        on_reject: Callable[[str, object], object] | None,
    ) -> None:
        self._endpoint = endpoint
        self._on_problem = on_problem
        self._on_reject = on_reject

    def problem(self, problem: Problem) -> None:
        """Pass it on, or raise it."""
        if self._on_problem is not None:
            self._on_problem(problem)
        elif problem.severity == "error":
            raise PayloadError((problem,), self._endpoint)

    def reject(self, pointer: str, held: object) -> None:
        """Pass it on."""
        if self._on_reject is not None:
            self._on_reject(pointer, held)

    def begin(self, base: str) -> None:
        """Leave it: the pointer of a record says where it stands."""
