"""The schemas and the OpenAPI description in the tools that they are for: `python -m tests.descriptions`.

check-jsonschema, ajv and frictionless validate the fixtures. openapi-python-client generates a client that mypy checks
and that reads the fixtures. Prism serves the examples of docs/clients.md, and `bevparse validate` checks its responses.
It needs Node.js and npm. All tools are installed into a temporary folder.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from urllib.request import Request, urlopen

import bulkemailverifier

from bevparse import formats
from bevparse.cli import main as bevparse
from bevparse.endpoints import ENDPOINTS, MODELS
from bevparse.schemas import openapi, table_schema, wire_schema

from .docs.test_clients import BASE, BEGINNING, CLIENTS, examples
from .fixture_files import CANONICAL, FOREIGN, case_of, model_of
from .paths import FIXTURES, ROOT
from .recordings import KEY

PACKAGES = ("check-jsonschema==0.39.0", "frictionless==5.21.0", "openapi-python-client==0.29.1")
PRISM = "@stoplight/prism-cli@5.14.2"
AJV = "ajv@8.20.0"
PYTHON = Path(sys.executable)
CASES = [path for path in CANONICAL if case_of(path) not in FOREIGN]
INVALID = {
    ".json": FIXTURES / "invalid" / "BEV203-maybe.json",
    ".csv": FIXTURES / "invalid" / "BEV203-maybe.csv",
}
"""A completed body of each format that must be refused."""
READS = """
import json, pathlib, sys
from bulk_email_verification_api_client import models
for path in map(pathlib.Path, sys.argv[1:]):
    body = json.loads(path.read_text("utf-8"))
    read = getattr(models, path.parent.name.capitalize() + "Response").from_dict(body)
    assert read.to_dict() == body, path
"""
"""A program with the generated client, which reads bodies and writes them again."""


ACCEPTS = """
const fs = require("fs"), path = require("path"), Ajv = require("ajv/dist/2020"), known = {};
for (const name of process.argv.slice(1)) {
  const endpoint = path.basename(path.dirname(name));
  known[endpoint] ??= new Ajv().compile(JSON.parse(fs.readFileSync(endpoint + ".schema.json")));
  if (!known[endpoint](JSON.parse(fs.readFileSync(name)))) throw name + JSON.stringify(known[endpoint].errors);
}
"""


def run(*command: str | Path, cwd: Path = ROOT, path: Path | None = None) -> str:
    """Return the output of a command that must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(path)} if path else None
    ended = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(map(str, command))[:200]}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return ended.stdout


def succeeds(*command: str | Path, cwd: Path) -> bool:
    """Return whether a command ends with 0."""
    return not subprocess.run(command, cwd=cwd, capture_output=True, check=False).returncode


def check_json(tools: Path, folder: Path) -> None:
    """Validate the bodies in JSON, with the schema of their endpoint."""
    for endpoint, model in MODELS.items():
        (folder / f"{endpoint}.schema.json").write_text(json.dumps(wire_schema(model)), "utf-8")
        bodies = [path for path in CASES if path.suffix == ".json" and model_of(path) is model]
        run(tools / "check-jsonschema", "--schemafile", folder / f"{endpoint}.schema.json", *bodies)
    command = (tools / "check-jsonschema", "--schemafile", folder / "completed.schema.json", INVALID[".json"])
    assert not succeeds(*command, cwd=folder)


def check_json_in_javascript(node: str, folder: Path) -> None:
    """Validate the same bodies with ajv, whose defaults are strict about schemas."""
    run(node, "-e", ACCEPTS, *(path for path in CASES if path.suffix == ".json"), cwd=folder)


def check_csv(tools: Path, folder: Path) -> None:
    """Validate the bodies in CSV, with the schema of their endpoint."""
    for endpoint, model in MODELS.items():
        (folder / f"{endpoint}.table.json").write_text(json.dumps(table_schema(model)), "utf-8")
    for body in (path for path in CASES if path.suffix == ".csv"):
        run(*_frictionless(tools, folder, body, body.parent.name), cwd=folder)
    assert not succeeds(*_frictionless(tools, folder, INVALID[".csv"], "completed"), cwd=folder)


def _frictionless(tools: Path, folder: Path, body: Path, endpoint: str) -> tuple[str | Path, ...]:
    copied = shutil.copy(body, folder)  # frictionless refuses paths outside of its folder
    return tools / "frictionless", "validate", "--schema", f"{endpoint}.table.json", Path(copied).name


def check_client(tools: Path, folder: Path) -> None:
    """Generate a client, check its types, and read the bodies in JSON with it."""
    run(tools / "openapi-python-client", "generate", "--path", "service.json", "--output-path", "client", cwd=folder)
    run(PYTHON, "-m", "mypy", "--python-executable", tools / "python", folder / "client", cwd=folder)
    bodies = [path for path in CASES if path.suffix == ".json"]
    run(tools / "python", "-c", READS, *bodies, path=folder / "client")


@contextmanager
def mock_server(folder: Path) -> Iterator[str]:
    """Serve the description with Prism until the block ends, and yield the URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (folder / "node_modules" / ".bin" / "prism", "mock", "service.json", "--port", str(port))
    with (
        (folder / "prism.log").open("w") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT) as server,
    ):
        try:
            while "listening" not in (folder / "prism.log").read_text():
                if server.poll() is not None:
                    raise SystemExit((folder / "prism.log").read_text())
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def check_examples(url: str, folder: Path) -> None:
    """Run the examples of docs/clients.md, and show what they print."""
    os.environ["BEV_API_KEY"] = KEY
    bulkemailverifier.Client._Client__default_url = url  # type: ignore[attr-defined]
    os.chdir(folder)
    names: dict[str, object] = {"__name__": "example"}
    for code in (BEGINNING, *(code for client in CLIENTS for code, _ in examples(client))):
        exec(compile(code.replace(BASE, url), "docs/clients.md", "exec"), names)


def check_responses(url: str, folder: Path) -> None:
    """Save the response of each endpoint in each format, and validate all."""
    folder.mkdir()
    body = json.dumps({"apiKey": KEY, "emails": ["ann@mail.example"], "ids": [5], "id": 5}).encode()
    for endpoint in (one for one in ENDPOINTS.values() if one.path is not None):
        for name in ("json", "xml", "csv"):
            headers = {"Content-Type": "application/json", "Accept": formats.get(name).media_types[0]}
            with urlopen(Request(f"{url}/request/{endpoint.path}".rstrip("/"), body, headers)) as response:
                (folder / f"{endpoint.name}.{name}").write_bytes(response.read())
    assert bevparse(["validate", "--strict", "--no-progress", str(folder)]) == 0


def main() -> int:
    """Install the tools, and use them."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        print("expected Node.js and npm: apt-get install nodejs npm", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="bevparse-descriptions-") as name:
        folder = Path(name)
        tools = folder / "tools" / "bin"
        run(PYTHON.with_name("uv"), "venv", "--quiet", "--python", PYTHON, folder / "tools")
        run(PYTHON.with_name("uv"), "pip", "install", "--quiet", "--python", tools / "python", *PACKAGES)
        run(npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PRISM, AJV)
        (folder / "service.json").write_text(json.dumps(openapi()), "utf-8")
        check_json(tools, folder)
        print("check-jsonschema accepts the bodies in JSON")
        check_json_in_javascript(node, folder)
        print("ajv accepts them, too")
        check_csv(tools, folder)
        print("frictionless accepts the bodies in CSV")
        check_client(tools, folder)
        print("the generated client reads the bodies in JSON")
        with mock_server(folder) as url:
            printed = StringIO()
            with redirect_stdout(printed):
                check_examples(url, folder)
            print(f"the examples of docs/clients.md print\n{printed.getvalue()}")
            check_responses(url, folder / "responses")
        os.chdir(ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
