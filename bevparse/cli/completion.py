"""`bevparse completion`: a script with which a shell completes commands, options, paths and names."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast

from .. import formats, tables, writer
from ..problems.rules import RULES
from ..validate.renderers import FORMATS
from . import parser_of
from .exit_codes import OK, UNREADABLE, fail
from .schema import SCHEMAS

__all__ = [
    "CODES",
    "DESCRIPTION",
    "EXAMPLES",
    "Argument",
    "Command",
    "add_options",
    "fish_script",
    "powershell_script",
    "run",
]

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
    if arguments.shell in _SCRIPTS:
        print(_SCRIPTS[arguments.shell]([*_commands(parser_of())]))
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


class Argument(NamedTuple):
    """An option or a positional argument."""

    options: tuple[str, ...]
    """The names of an option; empty for a positional argument."""
    help: str
    takes_value: bool
    words: tuple[str, ...] = ()
    """The values to choose from; empty if they are not known."""
    path: str = ""
    """Whether a value is the path of a "file" or a "folder"; empty if it is not a path."""


class Command(NamedTuple):
    """A command, or the program itself, whose name is empty."""

    name: str
    help: str
    arguments: tuple[Argument, ...]


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


_FISH: Final = """\
# completion of bevparse for fish

function __bevparse_command -d 'Return whether the command is this one; without an argument, whether there is none yet'
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end

"""


def fish_script(commands: Sequence[Command]) -> str:
    """Return the script for fish."""
    lines = [_fish_line("")]
    for command in commands:
        if command.name:
            lines.append(_fish_line("", "-a", command.name, "-d", command.help))
        lines += (_fish_line(command.name, *_fish_argument(argument)) for argument in command.arguments)
    return _FISH + "\n".join(lines)


def _fish_line(command: str, *rest: str) -> str:
    words = ("-n", f"__bevparse_command {command}".rstrip(), *rest) if rest else ("-f",)
    return " ".join(("complete", "-c", "bevparse", *map(_fish_quoted, words)))


def _fish_argument(argument: Argument) -> Iterator[str]:
    for option in argument.options:
        yield from ("-l", option[2:]) if option.startswith("--") else ("-s", option[1:])
    if argument.path == "file":
        yield "-rF" if argument.options else "-F"
    elif argument.takes_value and argument.options:
        yield "-x"
    if argument.path == "folder":
        yield from ("-a", "(__fish_complete_directories)")
    elif argument.words:
        yield from ("-a", " ".join(argument.words))
    if argument.options:
        yield from ("-d", argument.help)


def _fish_quoted(word: str) -> str:
    if word.replace("-", "").isalnum():
        return word
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_POWERSHELL: Final = (
    """\
# completion of bevparse for PowerShell

Register-ArgumentCompleter -Native -CommandName bevparse -ScriptBlock {
    param($word, $ast, $cursor)
    # the words after a command, or after one of its options; where there are none, PowerShell completes paths""",
    """\
    $before = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
    $command = if ($before.Count -gt 1) { $before[1] } else { '' }
    $last = "$command $($before[-1])"
    $found = if ($values.ContainsKey($last)) { $values[$last] }
    elseif ($word -like '-*') { $options[$command] }
    else { $values[$command] }
    $found | Where-Object { $_ -and $_.StartsWith("$word", 'OrdinalIgnoreCase') } | ForEach-Object {
        $about = $help["$command $_".Trim()]
        if (-not $about) { $about = $_ }
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $about)
    }
}""",
)
"""The parts of the script before and after the hash tables."""


def powershell_script(commands: Sequence[Command]) -> str:
    """Return the script for PowerShell."""
    named = [command for command in commands if command.name]
    values = {"": _array(command.name for command in named)}
    options: dict[str, str] = {}
    about = {command.name: _quoted(command.help) for command in named}
    for command in commands:
        options[command.name] = _array(name for argument in command.arguments for name in argument.options)
        for argument in command.arguments:
            names = [f"{command.name} {name}" for name in argument.options]
            about.update((name.strip(), _quoted(argument.help)) for name in names)
            if argument.takes_value:
                values.update(dict.fromkeys(names or [command.name], _array(argument.words)))
    tables = {"values": values, "options": options, "help": about}
    begin, end = _POWERSHELL
    return "\n".join((begin, *(line for name, table in tables.items() for line in _hash_table(name, table)), end))


def _hash_table(name: str, table: Mapping[str, str]) -> Iterator[str]:
    yield f"    ${name} = @{{"
    yield from (f"        {_quoted(key)} = {value}" for key, value in table.items())
    yield "    }"


def _array(words: Iterable[str]) -> str:
    return f"@({', '.join(map(_quoted, words))})"


def _quoted(text: str) -> str:
    """Return a text as a string of PowerShell, in quotation marks."""
    return "'" + text.replace("'", "''") + "'"


_SCRIPTS: Final[dict[str, Callable[[Sequence[Command]], str]]] = {"fish": fish_script, "powershell": powershell_script}
"""The functions that return the scripts for shells that shtab does not know, by the name of the shell."""
