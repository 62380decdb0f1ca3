"""What `bevparse convert` does with what is rejected: tell it and give up, or write it to a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO, Final

from .options import PROBLEMS, UNREADABLE, fail

if TYPE_CHECKING:
    from ..rejects import Reject

__all__ = ["Complaints", "NothingWrittenError", "Quarantine"]

_SHOWN: Final = 20


class NothingWrittenError(Exception):
    """A record was rejected, and there is no place for it, or there is no input."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code


class Complaints:
    """Tells what is rejected, and gives up after some of it."""

    def __init__(self) -> None:
        self._count = 0
        self._others = False
        self._code = PROBLEMS

    def add(self, reject: Reject) -> None:
        """Tell it.

        Raises:
            NothingWrittenError: that is enough.
        """
        from ..validate.renderers.wording import line_of  # noqa: PLC0415 - brings pydantic, which --help does not need

        if reject.unreadable:
            self._code = UNREADABLE
        self._others |= reject.other
        for problem in reject.problems:
            fail(line_of(reject.source, problem), PROBLEMS)
            self._count += 1
            if self._count >= _SHOWN:
                self.end()

    def end(self) -> None:
        """Give up, if there was anything to tell.

        Raises:
            NothingWrittenError: there was.
        """
        if self._count:
            others = "--skip-others passes over bodies of other endpoints, " if self._others else ""
            message = f"nothing was written; {others}--rejects FILE sets such records aside and writes the others"
            raise NothingWrittenError(message, self._code)


class Quarantine:
    """Writes what is rejected, a line for each."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def add(self, reject: Reject) -> None:
        """Write it with its source, its place, its problems and what it holds."""
        held = {
            "source": reject.source,
            "pointer": reject.pointer,
            "codes": [problem.code for problem in reject.problems],
            "problems": [
                {name: getattr(problem, name) for name in ("code", "message", "pointer", "line", "column")}
                for problem in reject.problems
            ],
            "record": reject.record,
        }
        self._stream.write(json.dumps(held).encode() + b"\n")

    def end(self) -> None:
        """Leave it at that."""
