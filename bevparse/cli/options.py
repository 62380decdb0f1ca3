"""Options that several commands share, and how they fail."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from ..models import Response

__all__ = [
    "BUG",
    "INTERRUPTED",
    "NOTHING",
    "PROBLEMS",
    "SOUND",
    "UNREADABLE",
    "UNWATCHED",
    "USAGE",
    "Commands",
    "add_body_options",
    "add_input_options",
    "add_limit_option",
    "exit_codes",
    "fail",
    "model_of",
]


class Commands(Protocol):
    """What subcommands are added to."""

    def add_parser(
        self, name: str, *, help: str, description: str, epilog: str, formatter_class: type[argparse.HelpFormatter]
    ) -> argparse.ArgumentParser:
        """Add one."""
        ...


SOUND: Final = 0
PROBLEMS: Final = 1
USAGE: Final = 2
UNREADABLE: Final = 3
NOTHING: Final = 4
BUG: Final = 70
INTERRUPTED: Final = 130
UNWATCHED: Final = 141
_ENDED: Final = 143

_ALWAYS: Final = {
    USAGE: "usage",
    BUG: "a bug of bevparse",
    INTERRUPTED: "interrupted",
    _ENDED: "ended by a signal (129 where its terminal was closed)",
    UNWATCHED: "nobody reads the output any more",
}

_ENDPOINTS: Final = ("create", "list", "status", "completed", "failed", "error")


def exit_codes(meanings: Mapping[int, str]) -> str:
    """Give the end of the help of a command: its exit codes, and those that any command may end with."""
    lines = (f"  {code:<4} {meaning}" for code, meaning in sorted({**_ALWAYS, **meanings}.items()))
    return "\n".join(("exit codes:", *lines))


def add_body_options(add: Callable[..., object]) -> None:
    """Add the options that say what a body is, with the `add_argument` of a parser or a group."""
    add("--endpoint", choices=_ENDPOINTS, help="the endpoint that answered so (default: the body tells)")
    add(
        "--format", metavar="NAME", help="json, xml, csv or an installed one (default: the file name and the body tell)"
    )


def add_limit_option(add: Callable[..., object]) -> None:
    """Add the option that moves bounds, with the `add_argument` of a parser or a group."""
    add("--limit", action="append", metavar="NAME=VALUE", help="move a bound, such as body=2G (bytes)")


def add_input_options(add: Callable[..., object]) -> None:
    """Add the options that say what is looked at, with the `add_argument` of a parser or a group."""
    add("--files-from", metavar="FILE", help="read more paths from the lines of a file, or -")
    add("--null", action="store_true", help="paths of --files-from end with null characters, not with lines")
    add("--include", action="append", metavar="GLOB", help="look only at these names in folders and archives")
    add("--exclude", action="append", metavar="GLOB", help="leave out these, unless a PATH names them")
    add_body_options(add)
    add_limit_option(add)
    add("--config", metavar="FILE", help="the configuration file (default: the nearest one above)")
    add("--no-config", action="store_true", help="read no configuration file")


def model_of(endpoint: str | None) -> type[Response]:
    """Give the model that an endpoint option stands for."""
    from ..endpoints import MODELS  # noqa: PLC0415 - brings pydantic, which --help does not need
    from ..models import Response  # noqa: PLC0415

    return next((model for name, model in MODELS.items() if name == endpoint), Response)


def fail(message: str, code: int) -> int:
    """Say on standard error why a command ends, and give its exit code."""
    with contextlib.suppress(OSError):  # the code holds even where nobody can be told
        print(f"bevparse: {message}", file=sys.stderr, flush=True)
    return code
