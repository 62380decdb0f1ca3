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
from .scripts import SCRIPTS, Argument, Command

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Print a script with which a shell completes the commands of bevparse, and their options.

Values are completed, too: paths, codes, formats and models. To print the script for bash, zsh or tcsh, install the
package shtab with pip install 'bevparse[cli]'. The script itself does not need it."""
EXAMPLES: Final = """\
  bevparse completion bash > ~/.local/share/bash-completion/completions/bevparse
  bevparse completion zsh > ~/.zfunc/_bevparse
  bevparse completion fish > ~/.config/fish/completions/bevparse.fish
  bevparse completion powershell | Out-String | Invoke-Expression
  bevparse completion tcsh > ~/.bevparse.csh

bash reads the folder above if the package bash-completion is installed. Otherwise, add the line
eval "$(bevparse completion bash)" to ~/.bashrc. zsh needs fpath+=~/.zfunc before compinit in ~/.zshrc,
tcsh needs source ~/.bevparse.csh in ~/.tcshrc, and PowerShell the line above in the file $PROFILE.
"""
CODES: Final = {
    OK: "the script was printed",
    UNREADABLE: "shtab is not installed, or the script could not be written",
}
_SHELLS: Final = ("bash", "zsh", "fish", "powershell", "tcsh")
_PATHS: Final = {"PATH", "FILE", "IN", "OUT", "A", "B"}
"""The metavars of options and arguments whose values are paths."""
_FOLDER: Final = "DIR"
"""The metavar of options whose value is the path of a folder."""
_WORDS: Final = {
    "CODE": tuple(RULES),
    "CODES": tuple(RULES),
    "FORMAT": (*writer.FORMATS, *tables.FORMATS),
    "FORMAT[=FILE]": tuple(FORMATS),
    "MODEL": tuple(SCHEMAS),
    "NAME": formats.known(),
}
"""The metavars of options and arguments whose values are known, each with these values."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("shell", choices=_SHELLS, help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    if arguments.shell in SCRIPTS:
        print(SCRIPTS[arguments.shell]([*_commands(parser_of())]))
        return OK
    try:
        import shtab  # noqa: PLC0415 - an extra
    except ImportError:
        return fail("shtab is not installed; install it with pip install 'bevparse[cli]'", UNREADABLE)
    parser = parser_of()
    for _, line, command in _parsers(parser):
        command.description = line
        for action in _actions(command):
            metavar = str(action.metavar)
            if metavar in _PATHS:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            elif metavar == _FOLDER:
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
            elif metavar in _WORDS:
                action.choices = _WORDS[metavar]
    print(shtab.complete(parser, arguments.shell))
    return OK


def _commands(parser: argparse.ArgumentParser) -> Iterator[Command]:
    """Return the program itself, whose name is empty, and its commands."""
    for name, line, command in (("", "", parser), *_parsers(parser)):
        yield Command(name, line, tuple(_arguments(command)))


def _arguments(parser: argparse.ArgumentParser) -> Iterator[Argument]:
    for action in _actions(parser):
        if action.help == argparse.SUPPRESS:
            continue
        metavar = str(action.metavar)
        words = _WORDS[metavar] if metavar in _WORDS else tuple(map(str, action.choices or ()))
        yield Argument(
            tuple(action.option_strings),
            str(action.help),
            takes_value=action.nargs != 0,
            words=words,
            path="file" if metavar in _PATHS else "folder" if metavar == _FOLDER else "",
        )


def _parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Return the commands: their names, help lines and parsers.

    argparse has no public access to them.
    """
    (group,) = cast("list[argparse.Action]", vars(vars(parser)["_subparsers"])["_group_actions"])
    lines = cast("list[argparse.Action]", vars(group)["_choices_actions"])
    parsers = cast("dict[str, argparse.ArgumentParser]", group.choices)
    return ((line.dest, str(line.help), parsers[line.dest]) for line in lines)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Return the options and positional arguments of a parser, without its commands."""
    actions = cast("list[argparse.Action]", vars(parser)["_actions"])
    return (action for action in actions if action.nargs != argparse.PARSER)
