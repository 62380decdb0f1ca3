"""`bevparse completion`: a script with which a shell completes commands, options, paths and names."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final, cast

from .. import formats, tables, writer
from ..problems.rules import RULES
from ..validate.renderers import FORMATS
from . import parser_of
from .failures import OK, UNREADABLE, fail
from .schema import SCHEMAS

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Print a script with which a shell completes the commands of bevparse, and their options.

Values are completed, too: paths, codes, formats and models. The package shtab makes the script, and is not needed when
the script is used. Install it with pip install 'bevparse[cli]'."""
EXAMPLES: Final = """\
  bevparse completion bash > ~/.local/share/bash-completion/completions/bevparse
  bevparse completion zsh > ~/.zfunc/_bevparse
  bevparse completion tcsh > ~/.bevparse.csh

bash reads that folder if the package bash-completion is installed. Otherwise, add the line
eval "$(bevparse completion bash)" to ~/.bashrc. zsh needs fpath+=~/.zfunc before compinit in ~/.zshrc,
and tcsh needs source ~/.bevparse.csh in ~/.tcshrc.
"""
CODES: Final = {
    OK: "the script was printed",
    UNREADABLE: "shtab is not installed, or the script could not be written",
}
_SHELLS: Final = ("bash", "zsh", "tcsh")
_PATHS: Final = {"PATH", "FILE", "IN", "OUT", "A", "B"}
"""Names in the help of values that are paths."""
_WORDS: Final = {
    "CODE": tuple(RULES),
    "CODES": tuple(RULES),
    "FORMAT": (*writer.FORMATS, *tables.FORMATS),
    "FORMAT[=FILE]": tuple(FORMATS),
    "MODEL": tuple(SCHEMAS),
    "NAME": formats.known(),
}
"""Names in the help of values that are one of some words."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("shell", choices=_SHELLS, help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    try:
        import shtab  # noqa: PLC0415 - an extra
    except ImportError:
        return fail("shtab is not installed; install it with pip install 'bevparse[cli]'", UNREADABLE)
    parser = parser_of()
    for action in _actions(parser):
        metavar = str(action.metavar)
        if metavar in _PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif metavar == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif metavar in _WORDS:
            action.choices = _WORDS[metavar]
    print(shtab.complete(parser, arguments.shell))
    return OK


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Return all options and arguments of all commands, and shorten the description of each command to its help line.

    argparse keeps them, but has no public way to them.
    """
    for action in cast("list[argparse.Action]", vars(parser)["_actions"]):
        commands = cast(object, vars(action)["choices"])
        if not isinstance(commands, dict):
            yield action
            continue
        lines = {line.dest: line.help for line in cast("list[argparse.Action]", vars(action)["_choices_actions"])}
        for name, command in cast("dict[str, argparse.ArgumentParser]", commands).items():
            command.description = lines[name]
            yield from _actions(command)
