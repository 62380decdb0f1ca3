"""docs/testing.md: its examples are tests that pass, and its tables name everything."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import cast

import pytest

from bevparse.testing import FakeService, faults
from bevparse.testing.shapes import CSV_SHAPES

from ..paths import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def names_of(examples: list[str]) -> dict[str, object]:
    names: dict[str, object] = {"__name__": "test_example"}
    for example in examples:
        exec(compile(example, "<docs/testing.md>", "exec"), names)
    return names


TESTS = {name: value for name, value in names_of(EXAMPLES).items() if name.startswith("test_")}


@pytest.mark.parametrize("name", TESTS)
def test_example_passes(name: str) -> None:
    test = cast("Callable[..., None]", TESTS[name])

    if "bev_service" in inspect.signature(test).parameters:
        with FakeService() as service:
            test(service)
    else:
        test()


def test_every_example_with_a_test_is_run() -> None:
    assert len(TESTS) == PAGE.count("\ndef test_")


def test_tables_name_every_fault_shape_and_attribute() -> None:
    attributes = [name for name in vars(FakeService()) if not name.startswith("_")]

    words = set(re.findall(r"`(\w+)", PAGE)) | set(re.findall(r'"([\w-]+)"', PAGE))
    assert set(faults.__all__) - {"FAULTS"} <= words
    assert {*CSV_SHAPES, *attributes} <= words
