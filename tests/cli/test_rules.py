"""Every rule that a body can break is reported on the command line, with its code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.endpoints import MODELS
from bevparse.problems.rules import RULES

from ..fixture_files import INCONSISTENT, INVALID, code_of, each, model_of


@each([*INVALID, *INCONSISTENT])
def test_validate_reports_the_code_of_a_fixture(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = next((name for name, model in MODELS.items() if model is model_of(path)), None)
    asked = ["--endpoint", endpoint] if endpoint else []

    code = main(["validate", "--no-cache", "--no-config", "--strict", "--output-format", "json", *asked, str(path)])

    (body,) = json.loads(capsys.readouterr().out)["bodies"]
    found = {problem["code"] for problem in body["problems"]}
    is_info = RULES[code_of(path)].severity == "info"
    assert (code_of(path) in found, code) == (True, 0 if is_info else 1) or found == {"BEV220"}
