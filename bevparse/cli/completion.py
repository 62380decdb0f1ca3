"""`bevparse completion`: what a shell needs to complete commands, options, paths and names."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Final, cast

from ..problems.rules import RULES
from .options import SOUND, UNREADABLE, Commands, exit_codes, fail
from .outputs import FORMATS

__all__ = ["add", "run"]

_SHELLS: Final = ("bash", "zsh", "tcsh")
_DESCRIPTION = """\
Print a script with which a shell completes the commands of bevparse, and their options.

Values are completed, too: paths, codes, formats and models. The package shtab makes the script, and is not needed when
it is used; pip install 'bevparse[cli]' brings it."""

_EXAMPLES = """examples:
  bevparse completion bash > ~/.local/share/bash-completion/completions/bevparse
  bevparse completion zsh > ~/.zfunc/_bevparse
  bevparse completion tcsh > ~/.bevparse.csh

bash looks into that folder where the package bash-completion is installed; anywhere else the line
eval "$(bevparse completion bash)" in ~/.bashrc does the same. zsh wants fpath+=~/.zfunc before compinit in ~/.zshrc,
and tcsh wants source ~/.bevparse.csh in ~/.tcshrc.
"""

_CODES: Final = {
    SOUND: "the script was printed",
    UNREADABLE: "shtab is not installed, or the script could not be written",
}

_PATHS: Final = {"PATH", "FILE", "IN", "OUT", "A", "B"}
"""What the help calls a value that is a path."""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "completion",
        help="print a completion script for a shell",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=_SHELLS, help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    from . import parser_of  # noqa: PLC0415 - it imports this module

    try:
        import shtab  # noqa: PLC0415 - an extra
    except ImportError:
        message = "expected the package shtab, got none; pip install 'bevparse[cli]' brings it"
        return fail(message, UNREADABLE)
    parser = parser_of()
    words = _words()
    for action in _actions(parser):
        metavar = str(action.metavar)
        if metavar in _PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif metavar == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif metavar in words:
            action.choices = words[metavar]
    print(shtab.complete(parser, arguments.shell))
    return SOUND


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Give all options and arguments of all commands, and have commands described by their line in the help.

    argparse keeps them all, but has no public way to them.
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


def _words() -> Mapping[str, tuple[str, ...]]:
    """Give the words that a value may be, by what the help calls it."""
    from ..endpoints import MODELS  # noqa: PLC0415 - these bring pydantic, which --help does not need
    from ..writer import FORMATS as WRITTEN  # noqa: PLC0415

    answers = (model.__name__ for model in MODELS.values())
    models = (*MODELS, *answers, "AnyResponse", "BulkRequest", "EmailRecord", "FailedEmail")
    codes = tuple(RULES)
    return {"CODE": codes, "CODES": codes, "FORMAT[=FILE]": FORMATS, "MODEL": models, "NAME": WRITTEN}
