"""The command line: the only package that prints or exits.

Exit codes: 0 all sound, 1 problems found, 2 usage, 3 something could not be read or written, 70 a bug of
bevparse, 130 interrupted, 141 nobody reads the output any more.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from ..version import __version__
from . import convert, rule, validate

__all__ = ["main"]

_EPILOG: Final = """exit codes:
  0    all sound
  1    problems found
  2    usage
  3    something could not be read or written
  70   a bug of bevparse
  130  interrupted
  141  nobody reads the output any more"""
_COMMANDS: Final = {"validate": validate.run, "convert": convert.run, "rule": rule.run}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        code = _COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("bevparse: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # somewhere for the last flush to go
        return 141
    except Exception as error:  # noqa: BLE001 - the one place where our own bugs end
        print(f"bevparse: a bug of bevparse, please report it: {type(error).__name__}: {error!s:.200}", file=sys.stderr)
        return 70
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bevparse",
        description="Check and convert saved answers of the Bulk Email Verification API.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"bevparse {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (validate, convert, rule):
        command.add(commands, _EPILOG)
    return parser
