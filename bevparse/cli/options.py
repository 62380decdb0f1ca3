"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable

from ..endpoints import MODELS
from ..models import Response

__all__ = [
    "add_body_options",
    "add_configuration_options",
    "add_input_options",
    "add_limit_option",
    "model_of",
]


def add_body_options(add: Callable[..., object]) -> None:
    """Add the options that describe a body, with the `add_argument` of a parser or a group."""
    add("--endpoint", choices=tuple(MODELS), help="endpoint of the response (default: detected)")
    add("--format", metavar="NAME", help="json, xml, csv or an installed format (default: detected)")


def add_limit_option(add: Callable[..., object]) -> None:
    """Add the option that overrides limits, with the `add_argument` of a parser or a group."""
    add("--limit", action="append", metavar="NAME=VALUE", help="override a limit, for example body=2G (bytes)")


def add_input_options(add: Callable[..., object]) -> None:
    """Add the options that choose what is read, with the `add_argument` of a parser or a group."""
    add("--files-from", metavar="FILE", help="read more paths from the lines of a file, or -")
    add("--null", action="store_true", help="paths of --files-from are separated by null characters")
    add("--include", action="append", metavar="GLOB", help="read only these names in folders and archives")
    add("--exclude", action="append", metavar="GLOB", help="skip these names, unless a PATH names them")
    add(
        "--url-pattern",
        action="append",
        metavar="GLOB",
        help="read recorded responses to these URLs, too, such as those of a proxy (*: any characters)",
    )
    add("--follow-links", action="store_true", help="follow links in folders that lead outside of them")
    add_body_options(add)
    add_limit_option(add)
    add_configuration_options(add)


def add_configuration_options(add: Callable[..., object]) -> None:
    """Add the options that choose the configuration file, with the `add_argument` of a parser or a group."""
    add("--config", metavar="FILE", help="configuration file (default: the nearest in this folder or above)")
    add("--no-config", action="store_true", help="read no configuration file")


def model_of(endpoint: str | None) -> type[Response]:
    """Return the model of an endpoint, or `Response` if none is given."""
    return next((model for name, model in MODELS.items() if name == endpoint), Response)
