"""An endpoint that is added to the models appears in every description by itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bevparse

from ..paths import ROOT

SCRIPT = """
import json, bevparse.schemas as schemas
from bevparse import dump
from bevparse.models import DomainSummary, SummaryResponse
body = json.loads(dump(SummaryResponse(domains=(DomainSummary(domain="mail.example", ok_emails=5),))))
print(json.dumps([
    body, schemas.wire_schema(SummaryResponse), schemas.table_schema(SummaryResponse), schemas.xsd(SummaryResponse),
    schemas.openapi(),
]))
"""


def diff() -> list[str]:
    """Return the difference of the models that CONTRIBUTING.md shows for an invented endpoint."""
    (shown,) = re.findall(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    return [line.removeprefix("   ") for line in shown.splitlines()]


def with_summary(models: str) -> str:
    """Return the source of the models with the endpoint."""
    lines = diff()
    added = [line[1:] for line in lines if line.startswith("+")]
    first = next(number for number, line in enumerate(added) if line.startswith("class "))
    last = next(number for number, line in enumerate(added) if line.startswith("    CreateResponse | "))
    changed = zip((line[1:] for line in lines if line.startswith("-")), (added[first - 1], added[last]), strict=True)
    for before, after in changed:
        assert before in models
        models = models.replace(before, after)
    return models.replace("AnyResponse: TypeAlias", "\n".join([*added[first:last], "", "AnyResponse: TypeAlias"]))


def test_new_endpoint_is_described(tmp_path: Path) -> None:
    package = Path(bevparse.__file__).parent
    shutil.copytree(package, tmp_path / "bevparse", ignore=shutil.ignore_patterns("__pycache__"))
    models = tmp_path / "bevparse" / "models.py"
    models.write_text(with_summary(models.read_text("utf-8")), "utf-8")

    ran = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, check=True)
    body, wire, table, xml, service = json.loads(ran.stdout)

    assert body == {"response": [{"domain": "mail.example", "okEmails": 5}]}
    assert list(wire["$defs"]["DomainSummary"]["properties"]) == ["domain", "okEmails"]
    assert [field["name"] for field in table["fields"]] == ["Domain", "Ok Emails"]
    assert 'name="okEmails"' in xml
    assert "/request/summary" in service["paths"]
    assert "SummaryResponse" in service["components"]["schemas"]
