"""The command line: the only package that prints or exits.

A command is a module of this package, which is imported only when the command is used: `bevparse --help` is fast.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import errno
import gc
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn, Protocol, cast

from .. import __version__
from ..garbage import settle_collector
from .exit_codes import (
    BROKEN_PIPE,
    BUG,
    INTERRUPTED,
    NOTHING,
    OK,
    PROBLEMS,
    UNREADABLE,
    CommandError,
    describe_codes,
    fail,
)
from .remarks import remark_renamed

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

__all__ = ["main", "parser_of"]

_CODES: Final = {
    OK: "success: everything is valid, or has been done",
    PROBLEMS: "problems were found, or something was rejected",
    UNREADABLE: "something could not be read or written",
    NOTHING: "nothing was checked",
}
_COMMANDS: Final = {
    "validate": "check saved bodies",
    "report": "print the report of a saved run, or of all its shards",
    "stats": "count what bodies contain",
    "convert": "write bodies in another format",
    "diff": "compare two bodies",
    "redact": "overwrite API keys in recordings",
    "schema": "print the schema of a model, a body or the service",
    "rule": "explain a rule",
    "serve": "run a fake service for tests of clients",
    "completion": "print a completion script for a shell",
}
"""The commands, each with its help line. The module of a command has its name."""
_AFTER_COMMAND: Final = "; options come after the command"


class _Command(Protocol):
    """The module of a command."""

    DESCRIPTION: str
    EXAMPLES: str
    CODES: Mapping[int, str]

    def add_options(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, arguments: argparse.Namespace) -> int: ...


def _module(command: str) -> _Command:
    return cast(_Command, import_module(f".{command}", __name__))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        argv: the arguments after the name of the program; None for those of this process.
    """
    with contextlib.ExitStack() as stack:
        _repair_streams(stack)
        _handle_signals(stack)
        stack.callback(gc.set_threshold, *gc.get_threshold())
        stack.callback(gc.unfreeze)
        try:
            return _run(argv)
        except KeyboardInterrupt:
            return fail("interrupted", INTERRUPTED)
        except CommandError as error:
            return fail(str(error), error.code)
        except BrokenPipeError:
            _discard_output()
            return BROKEN_PIPE
        except Exception as error:  # noqa: BLE001 - any other exception is a bug of bevparse
            return _fail_with(error)


def _fail_with(error: Exception) -> int:
    from ..errors import SourceError, reason  # noqa: PLC0415 - `--version` and `--help` do without them
    from ..problems import escape, shortened  # noqa: PLC0415

    if isinstance(error, SourceError):
        return fail(str(error), UNREADABLE)
    if isinstance(error, MemoryError):
        return fail(reason(error), UNREADABLE)
    if isinstance(error, OSError) and error.filename is None:  # standard output failed: other errors name a file
        _discard_output()
        closed = os.name == "nt" and error.errno == errno.EINVAL  # how Windows reports a broken pipe
        return BROKEN_PIPE if closed else fail(f"cannot write standard output: {reason(error)}", UNREADABLE)
    text = escape(f"{type(error).__name__}: {shortened(str(error), 200)}")
    return fail(f"a bug of bevparse, please report it: {text}", BUG)


def _run(argv: Sequence[str] | None) -> int:
    try:
        given = sys.argv[1:] if argv is None else argv
        command = next((word for word in given if not word.startswith("-")), "")
        parser = parser_of([command])
        if command and command not in _COMMANDS:
            parser.error(f"unknown command {command!r}{_command_hint(command, given)}")
        arguments, unknown = parser.parse_known_args(given)
        if unknown:
            hint = _hint(unknown[0], arguments.parser)
            arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        if arguments.command is None:
            parser.error("the following arguments are required: COMMAND")
        command_module = _module(arguments.command)
        if not getattr(arguments, "quiet", False):
            for old, new in getattr(arguments, "renamed", {}).items():
                remark_renamed(old, new)
        settle_collector()
        return command_module.run(arguments)
    finally:
        sys.stdout.flush()  # if this fails, the exit code must say so, also for --help


def _hint(option: str, parser: argparse.ArgumentParser) -> str:
    name = option.partition("=")[0]
    known = re.findall("--[a-z-]+", parser.format_help())
    if name in known:
        return _AFTER_COMMAND
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _command_hint(command: str, given: Sequence[str]) -> str:
    if given[0] != command:
        return _AFTER_COMMAND
    near = difflib.get_close_matches(command, _COMMANDS, n=1)
    return f"; did you mean {near[0]}?" if near else f"; choose from {', '.join(_COMMANDS)}"


def parser_of(loaded: Collection[str] = tuple(_COMMANDS)) -> argparse.ArgumentParser:
    """Return the parser of the command line.

    Args:
        loaded: the commands whose modules are imported. The other commands get a help line, but no options.
    """
    parser = _Parser(
        prog="bevparse",
        description="Check and convert saved responses of the Bulk Email Verification API.",
        epilog=describe_codes(_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(parser=parser)
    parser.add_argument("--version", action="version", version=f"bevparse {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command, about in _COMMANDS.items():
        command_parser = commands.add_parser(command, help=about, formatter_class=argparse.RawDescriptionHelpFormatter)
        command_parser.set_defaults(parser=command_parser)
        if command in loaded:
            module = _module(command)
            command_parser.description = module.DESCRIPTION
            command_parser.epilog = f"examples:\n{module.EXAMPLES}\n{describe_codes(module.CODES)}"
            module.add_options(command_parser)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser that accepts paths before and after options.

    Its error messages are one line, and an error while help is printed is raised.
    """

    _intermixing = False

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        several = any(action.nargs in ("*", "+") for action in self._get_positional_actions())
        if not several or self._intermixing or "--" in (args or ()):  # argparse cannot intermix after "--"
            return super().parse_known_args(args, namespace or argparse.Namespace())
        self._intermixing = True  # parse_known_intermixed_args calls this method
        try:
            return self.parse_known_intermixed_args(args, namespace or argparse.Namespace())
        finally:
            self._intermixing = False

    def _get_option_tuples(self, option_string: str) -> list[tuple[argparse.Action, str, str | None]]:
        """Return the options that an abbreviation matches. Hidden ones are returned only if no other matches."""
        found = super()._get_option_tuples(option_string)
        return [option for option in found if option[0].help != argparse.SUPPRESS] or found

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        if file is not None and file is sys.stdout:
            file.write(message)  # the method of argparse ignores errors
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        from ..problems import escape  # noqa: PLC0415
        from ..stores import without_credentials  # noqa: PLC0415

        self.exit(2, f"{self.prog}: error: {without_credentials(escape(message))}\n")


class _Closed(io.RawIOBase):
    """A stream that cannot be written."""

    def writable(self) -> bool:
        return True

    def write(self, _data: object, /) -> NoReturn:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _repair_streams(stack: contextlib.ExitStack) -> None:
    """Replace standard streams that are closed, and escape characters that their encodings lack."""
    for name in ("stdout", "stderr"):
        stream: object = getattr(sys, name)
        if stream is None:
            stack.callback(setattr, sys, name, None)
            if name == "stdout":
                sys.stdout = io.TextIOWrapper(cast(BinaryIO, _Closed()), write_through=True)
            else:
                sys.stderr = stack.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115 - the stack closes it
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _handle_signals(stack: contextlib.ExitStack) -> None:
    """Raise SystemExit for signals that end a process, so that worker processes end and partial files are removed.

    Signals that are ignored stay ignored: nohup ignores SIGHUP.
    """

    def end(signum: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + signum)

    if threading.current_thread() is not threading.main_thread():  # only the main thread can handle signals
        return
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):  # Windows sends SIGBREAK, also if the console is closed
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            stack.callback(signal.signal, number, signal.signal(number, end))


def _discard_output() -> None:
    """Redirect standard output to the null device, so that the flush at exit does not fail."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
