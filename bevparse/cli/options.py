"""Options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import cast

from ..endpoints import MODELS
from ..models import Response

__all__ = [
    "add_body_options",
    "add_configuration_options",
    "add_input_options",
    "add_limit_option",
    "add_renamed",
    "add_text_or_json",
    "model_of",
]


class _OldName(argparse.Action):
    """An old name of an option: it works like the new name, and no help shows it.

    The attribute `renamed` of the parsed arguments has the old names that were used, each with the new name.
    """

    def __init__(self, option_strings: Sequence[str], dest: str, new: argparse.Action) -> None:
        del dest  # the old name sets the attribute of the new name
        super().__init__(
            option_strings,
            new.dest,
            choices=new.choices,
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
        )
        self._new = new

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        self._new(parser, namespace, values, option_string)
        renamed = {self.option_strings[0]: self._new.option_strings[-1]}
        namespace.renamed = {**getattr(namespace, "renamed", {}), **renamed}


def add_renamed(add: Callable[..., object], old: str, *names: str, **keywords: object) -> None:
    """Add an option that also has an old name, which still works.

    Args:
        add: the `add_argument` of a parser or a group.
        old: the old name.
        names: the current names, the longest last.
        keywords: the other arguments of `add_argument`.
    """
    new = cast(argparse.Action, add(*names, **keywords))
    add(old, action=_OldName, new=new)


def add_body_options(add: Callable[..., object]) -> None:
    """Add the options that describe a body, with the `add_argument` of a parser or a group."""
    add("--endpoint", choices=tuple(MODELS), help="endpoint of the response (default: detected)")
    about = "format of the response: json, xml, csv or an installed format (default: detected)"
    add_renamed(add, "--format", "--from", dest="format", metavar="NAME", help=about)


def add_limit_option(add: Callable[..., object]) -> None:
    """Add the option that overrides limits, with the `add_argument` of a parser or a group."""
    add("--limit", action="append", metavar="NAME=VALUE", help="override a limit, for example body=2G (bytes)")


def add_input_options(add: Callable[..., object]) -> None:
    """Add the options that choose what is read, with the `add_argument` of a parser or a group."""
    add("--files-from", metavar="FILE", help="read more paths from the lines of a file, or - for standard input")
    add("--null", action="store_true", help="paths of --files-from are separated by null characters")
    add("--include", action="append", metavar="GLOB", help="read only these names in folders and archives")
    add("--exclude", action="append", metavar="GLOB", help="skip these names, unless a PATH names them")
    add(
        "--url-pattern",
        action="append",
        metavar="GLOB",
        help="also read recorded responses from URLs that match, such as the URL of a proxy (*: any characters)",
    )
    add("--follow-links", action="store_true", help="follow links in folders that lead outside of them")
    add_body_options(add)
    add_limit_option(add)
    add_configuration_options(add)


def add_configuration_options(add: Callable[..., object]) -> None:
    """Add the options that choose the configuration file, with the `add_argument` of a parser or a group."""
    add("--config", metavar="FILE", help="configuration file (default: the nearest in this folder or above)")
    add("--no-config", action="store_true", help="read no configuration file")


def add_text_or_json(add: Callable[..., object], about: str = "text, or JSON for programs (default: text)") -> None:
    """Add the option that chooses the format of what is printed, with the `add_argument` of a parser or a group."""
    choices = ("text", "json")
    add_renamed(add, "--output", "--output-format", choices=choices, default=choices[0], help=about)


def model_of(endpoint: str | None) -> type[Response]:
    """Return the model of an endpoint, or `Response` for None."""
    return next((model for name, model in MODELS.items() if name == endpoint), Response)
