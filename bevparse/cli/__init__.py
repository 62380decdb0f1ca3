"""The command line: the only package that prints or exits.

Exit codes: 0 all sound, 1 problems found, 2 usage, 3 something could not be read or written, 4 nothing was checked,
70 a bug of bevparse, 130 interrupted, 141 nobody reads the output any more, 143 ended by a signal.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import errno
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Collection, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn, cast

from .. import __version__
from ..errors import reason
from ..problems import escape
from .options import BUG, INTERRUPTED, UNREADABLE, UNWATCHED, exit_codes, fail

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

__all__ = ["main", "parser_of"]

_CODES: Final = {
    0: "all sound",
    1: "problems found",
    2: "usage",
    3: "something could not be read or written",
    4: "nothing was checked",
}

_COMMANDS: Final = {
    "validate": "check saved bodies",
    "stats": "count what bodies contain",
    "convert": "write bodies in another format",
    "diff": "compare two bodies",
    "redact": "write over API keys in recordings",
    "schema": "print the JSON Schema of a model",
    "rule": "explain a code",
    "completion": "print a completion script for a shell",
}
"""The commands with a line about each; a module of that name holds it, and is imported when it is asked for."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    with contextlib.ExitStack() as stack:
        _mend_streams(stack)
        _end_tidily(stack)
        try:
            code = _run(argv)
        except KeyboardInterrupt:
            return fail("interrupted", INTERRUPTED)
        except BrokenPipeError:
            _discard_output()
            return UNWATCHED
        except Exception as error:  # noqa: BLE001 - the one place where our own bugs end
            if isinstance(error, OSError) and error.filename is None:  # a write, since what names a file is told apart
                _discard_output()
                return fail(f"expected standard output that can be written, got a fault: {reason(error)}", UNREADABLE)
            text = escape(f"{type(error).__name__}: {error!s:.200}")
            return fail(f"a bug of bevparse, please report it: {text}", BUG)
        return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        given = sys.argv[1:] if argv is None else argv
        asked = next((word for word in given if not word.startswith("-")), "")
        arguments, others = parser_of([asked]).parse_known_args(given)
        if others:
            arguments.parser.error(f"unrecognized arguments: {' '.join(others)}{_hint(others[0], arguments.parser)}")
        return cast("int", _module(arguments.command).run(arguments))
    finally:
        sys.stdout.flush()  # what was printed, be it help, must have gone somewhere


def _hint(option: str, parser: argparse.ArgumentParser) -> str:
    near = difflib.get_close_matches(option.partition("=")[0], re.findall("--[a-z-]+", parser.format_help()), n=1)
    return f"; did you mean {near[0]}?" if near else ""


class _Closed(io.RawIOBase):
    """What a closed stream is to whoever writes to it."""

    def writable(self) -> bool:
        return True

    def write(self, _data: object, /) -> NoReturn:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _mend_streams(stack: contextlib.ExitStack) -> None:
    """Let nothing but output fail where a stream is closed, and give characters that its encoding lacks a spelling."""
    for name in ("stdout", "stderr"):
        stream: object = getattr(sys, name)
        if stream is None:
            stack.callback(setattr, sys, name, None)
            if name == "stdout":
                sys.stdout = io.TextIOWrapper(cast(BinaryIO, _Closed()), write_through=True)
            else:
                sys.stderr = stack.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115 - the stack does
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _end_tidily(stack: contextlib.ExitStack) -> None:
    """Let signals that end a process do so in order, so that neither processes nor halves of files are left behind."""

    def end(signum: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + signum)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and threading.current_thread() is threading.main_thread():
            stack.callback(signal.signal, number, signal.signal(number, end))


def _discard_output() -> None:
    """Give the last flush somewhere to go."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """A parser that takes paths before and behind options, escapes what it complains about, and sees help fail."""

    _mixing = False

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        several = any(action.nargs in ("*", "+") for action in self._get_positional_actions())
        if not several or self._mixing or "--" in (args or ()):  # nothing is mixed behind that
            return super().parse_known_args(args, namespace or argparse.Namespace())
        self._mixing = True  # the other way comes back here
        try:
            return self.parse_known_intermixed_args(args, namespace or argparse.Namespace())
        finally:
            self._mixing = False

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        if file is not None and file is sys.stdout:
            file.write(message)  # argparse would pass over that it cannot be written
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        super().error(escape(message))


def _module(command: str) -> Any:
    return import_module(f".{command}", __name__)


def parser_of(loaded: Collection[str] = tuple(_COMMANDS)) -> argparse.ArgumentParser:
    """Return the parser, with the options of some commands, or of all.

    Args:
        loaded: the commands that are imported; of the others only the names are known.
    """
    parser = _Parser(
        prog="bevparse",
        description="Check and convert saved answers of the Bulk Email Verification API.",
        epilog=exit_codes(_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"bevparse {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, about in _COMMANDS.items():
        if command in loaded:
            _module(command).add(commands)
        else:
            commands.add_parser(command, help=about)
    for command_parser in commands.choices.values():
        command_parser.set_defaults(parser=command_parser)
    return parser
