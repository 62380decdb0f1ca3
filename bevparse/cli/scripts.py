"""Completion scripts for shells that shtab does not know: fish and PowerShell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

__all__ = ["SCRIPTS", "Argument", "Command", "fish_script", "powershell_script"]


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


SCRIPTS: Final[dict[str, Callable[[Sequence[Command]], str]]] = {"fish": fish_script, "powershell": powershell_script}
"""The functions that return the scripts, by the name of the shell."""
