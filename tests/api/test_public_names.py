"""Public names are those in `__all__`, in every module, and importing bevparse has no side effects."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import json
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

import bevparse
from bevparse import errors
from bevparse.problems import rules
from bevparse.problems.rules import RULES

OPTIONAL = {"bevparse.__main__"}
"""Modules that are run, not imported."""

MODULES = sorted(
    {"bevparse", *(found.name for found in pkgutil.walk_packages(bevparse.__path__, "bevparse."))} - OPTIONAL
)
EXCEPTIONS = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}
FORBIDDEN = ["lxml", "msgspec", "csv", "pydantic", "hypothesis", "json", "inspect", "requests", "httpx", "aiohttp"]


def as_in_ruff(name: str) -> tuple[int, str]:
    """Return the sort key of the linter: constants, classes, the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def defined_names(module: str) -> set[str]:
    """Return the public names that a module defines, according to its source."""
    source = importlib.import_module(module).__file__
    assert source is not None
    names: set[str] = set()
    for node in ast.parse(Path(source).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_") and not is_type_variable(module, name)}


def is_type_variable(module: str, name: str) -> bool:
    return isinstance(getattr(importlib.import_module(module), name, None), TypeVar | ParamSpec)


def test_modules_are_found() -> None:
    assert {"bevparse.api", "bevparse.formats.csv", "bevparse.payloads.fields"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_all_is_sorted_and_complete(module: str) -> None:
    names = importlib.import_module(module).__dict__.get("__all__", [])

    assert names == sorted(set(names), key=as_in_ruff)
    assert [name for name in names if not hasattr(importlib.import_module(module), name)] == []
    constants = RULES.values() if module == rules.__name__ else ()  # which `RULES` lists
    assert defined_names(module) - {rule.slug.replace("-", "_").upper() for rule in constants} <= set(names)


def test_no_two_classes_have_the_same_name() -> None:
    sources = (path.read_text("utf-8") for path in Path(bevparse.__file__).parent.rglob("*.py"))
    counts = Counter(name for source in sources for name in re.findall(r"^class (\w+)", source, re.MULTILINE))

    assert [name for name, count in counts.items() if count > 1] == []


def test_public_names_of_the_package() -> None:
    assert set(bevparse.__all__) == {
        *(
            "parse",
            "parse_reply",
            "parse_http",
            "parse_file",
            "parse_object",
            "dump",
            "inspect",
            "detect",
            "iter_records",
        ),
        *("CreateResponse", "ListResponse", "StatusResponse", "CompletedResponse", "FailedResponse", "ErrorResponse"),
        *("BulkRequest", "EmailRecord", "FailedEmail", "Response", "AnyResponse"),
        *("Inspection", "Detection", "Problem", "Limits", "Body", "__version__"),
        *EXCEPTIONS,
    }


@pytest.mark.parametrize("name", bevparse.__all__)
def test_public_class_is_also_importable_from_its_module(name: str) -> None:
    value = getattr(bevparse, name)
    home = getattr(value, "__module__", None)

    if isinstance(value, type):
        assert str(home).startswith("bevparse.")
        assert getattr(importlib.import_module(str(home)), name) is value


def test_star_import_has_every_public_name() -> None:
    names: dict[str, object] = {}

    exec("from bevparse import *", names)

    assert set(bevparse.__all__) <= set(names)


def test_dir_lists_every_name_and_module() -> None:
    listed = [name for name in dir(bevparse) if not name.startswith("_")]

    assert set(bevparse.__all__) - {"__version__"} <= set(listed)
    assert {"errors", "models"} <= set(listed)
    assert all(hasattr(bevparse, name) for name in listed)
    assert dir(bevparse) == sorted(dir(bevparse))


@pytest.mark.parametrize("name", ["prase", "StatusReponse", "_secret", "__wrapped__", "cil"])
def test_unknown_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'bevparse' has no attribute '{name}'"):
        getattr(bevparse, name)


def test_version_is_that_of_the_distribution() -> None:
    assert bevparse.__version__ == importlib.metadata.version("bevparse")


def test_docstring_draws_the_exception_tree() -> None:
    assert errors.__doc__ is not None
    drawn = re.findall(r"^    (?:[├└]── )?(\w+Error)(?:\((\w+)\))?", errors.__doc__, re.MULTILINE)

    tree = {name: {"BevparseError", base} - {"", name} for name, base in drawn}
    tree["BevparseError"] = {"Exception"}

    assert next(iter(tree)) == "BevparseError"
    assert set(tree) == EXCEPTIONS
    assert tree == {name: {base.__name__ for base in getattr(errors, name).__bases__} for name in EXCEPTIONS}


def test_import_is_light_silent_and_without_side_effects() -> None:
    script = (
        "import locale, signal, sys, warnings\n"
        "def state():\n"
        "    handlers = [signal.getsignal(number) for number in sorted(signal.valid_signals())]\n"
        "    return sys.getrecursionlimit(), list(warnings.filters), locale.setlocale(locale.LC_ALL), handlers\n"
        "before, modules = state(), set(sys.modules)\n"
        "import bevparse\n"
        "changed, new = state() != before, sorted(set(sys.modules) - modules)\n"
        "import json\n"
        "sys.stderr.write(json.dumps([changed, new]))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    changed, new = json.loads(ran.stderr)

    assert ran.stdout == ""
    assert not changed
    assert [name for name in new if name.partition(".")[0] in FORBIDDEN] == []
    assert [name for name in new if name.startswith("bevparse")] == ["bevparse"]


@pytest.mark.parametrize("module", ["apikeys", "tree", "limits"])
def test_lowest_modules_import_nothing_of_the_package(module: str) -> None:
    script = f"import sys, bevparse.{module}\nprint(sorted(n for n in sys.modules if n.startswith('bevparse.')))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    brought = {name for name in ast.literal_eval(ran.stdout) if not name.startswith(f"bevparse.{module}.")}
    assert brought == {f"bevparse.{module}"}


@pytest.mark.parametrize(("format", "brought"), [("json", ["msgspec"]), ("xml", ["lxml"]), ("csv", [])])
def test_parsing_imports_only_the_modules_of_the_format(format: str, brought: list[str]) -> None:
    body = {"json": '{"response":{"id":5}}', "xml": "<xml><response><id>5</id></response></xml>", "csv": "ID\n5\n"}
    script = (
        "import sys, bevparse\n"
        f"model = bevparse.parse({body[format]!r})\n"
        f"bevparse.dump(model, format={format!r})\n"
        "print(sorted({'lxml', 'hypothesis', 'msgspec', 'yaml', 'argparse'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ast.literal_eval(ran.stdout) == brought
