"""The bodies in fixtures/, and functions to read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bevparse
from bevparse import Response, formats
from bevparse.endpoints import MODELS

from .paths import FIXTURES

SOURCES = (FIXTURES / "SOURCES.md").read_text("utf-8")

CASES = sorted({(path.parent.name, path.name.split(".")[0]) for name in MODELS for path in (FIXTURES / name).iterdir()})
CANONICAL = sorted(path for name in MODELS for path in (FIXTURES / name).glob("*.*") if path.name.count(".") == 1)
VARIANTS = sorted(path for name in MODELS for path in (FIXTURES / name).glob("*.*.*"))
INVALID = sorted((FIXTURES / "invalid").glob("BEV*"))
INCONSISTENT = sorted((FIXTURES / "inconsistent").glob("BEV*"))
REFUSED = sorted((FIXTURES / "hostile").glob("refused-*"))
ACCEPTED = sorted((FIXTURES / "hostile").glob("accepted-*"))

DOCUMENTED = sorted(re.findall(r"^\| `([a-z]+/[a-z-]+)` \| (?:documented|observed) \|", SOURCES, re.MULTILINE))
FOREIGN = {"error/gateway", "error/error-message-error", "error/error-message-msg", "error/laravel"}
"""Error replies in the shapes of other services, which are dumped in the shape of this service."""
WRITTEN_OTHERWISE = {"error/one-of-errors"} | FOREIGN
"""A single text in `errors` is dumped as `error`."""


def each(paths: list[Path]) -> pytest.MarkDecorator:
    """Parametrise over files; there must be at least one."""
    assert paths, "no fixtures"
    return pytest.mark.parametrize("path", paths, ids=[str(path.relative_to(FIXTURES)) for path in paths])


def case_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name.split('.')[0]}"


def variant_names(path: Path) -> set[str]:
    """Return the names of a variant, without and with its suffix."""
    variant, suffix = path.name.split(".")[1:]
    return {variant, f"{variant}.{suffix}"}


def code_of(path: Path) -> str:
    found = re.search(r"BEV\d{3}", path.name)
    assert found, f"{path.name} names no code"
    return found[0]


def inspect(path: Path) -> bevparse.Inspection:
    """Inspect a body; its folder or name selects the model, and its suffix the format."""
    return bevparse.inspect(path.read_bytes(), model_of(path), format=formats.of_suffix(path.suffix))


def model_of(path: Path) -> type[Response]:
    endpoint = path.parent.name if path.parent.name in MODELS else path.stem.partition("--")[2]
    return next((model for name, model in MODELS.items() if name == endpoint), Response)


def errors(found: bevparse.Inspection) -> set[str]:
    return {problem.code for problem in found.problems if problem.severity == "error"}


def codes(found: bevparse.Inspection) -> set[str]:
    return {problem.code for problem in found.problems}
