"""docs/clients.md: every example runs against a fake service, and prints the documented output."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import bulkemailverifier  # pyright: ignore[reportMissingTypeStubs]
import pytest
import urllib3.exceptions
import yaml

from bevparse import ApiError, CompletedResponse, CreateResponse, FailedResponse, __version__, dump, parse
from bevparse.cli import main
from bevparse.testing import FakeService, Reply, faults

from ..documented import DOCUMENTED
from ..paths import FIXTURES, ROOT
from ..recordings import KEY, RECORDINGS

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
BASE = "https://emailverification.whoisxmlapi.com/api/bevService"
CLIENTS = ("requests", "httpx", "aiohttp", "urllib", "The official client")
COMPLETED = parse(DOCUMENTED["completed"], CompletedResponse)
FAILED = parse(DOCUMENTED["failed"], FailedResponse)


def section(heading: str) -> str:
    """Return the section under a heading, with its subsections."""
    found: list[str] = []
    level, fenced = 0, False
    for line in PAGE.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        marks, _, title = line.rstrip("\n").partition(" ")
        if not fenced and set(marks) == {"#"} and (title == heading or len(marks) <= level):
            if level:
                break
            level = len(marks)
        elif level:
            found.append(line)
    assert found
    return "".join(found)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def examples(heading: str) -> list[tuple[str, str]]:
    """Return the examples under a heading and their outputs."""
    found = re.findall(
        r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", section(heading), re.MULTILINE | re.DOTALL
    )
    assert found
    return found


BEGINNING = blocks(PAGE, "python")[0]


class Page:
    """Runs the examples of the page in order."""

    def __init__(self, service: FakeService, capsys: pytest.CaptureFixture[str]) -> None:
        self.service = service
        self.names: dict[str, object] = {"__name__": "example"}
        self._capsys = capsys
        assert self.run(BEGINNING) == ""

    def run(self, code: str) -> str:
        exec(compile(code.replace(BASE, self.service.url), "docs/clients.md", "exec"), self.names)
        return self._capsys.readouterr().out


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record how long an example wanted to sleep."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.fixture
def page(
    tmp_path: Path, slept: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Page]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BEV_API_KEY", KEY)
    known = [*COMPLETED.records, *FAILED.failures]
    with FakeService({544: known, 596: []}, records=known) as service:
        monkeypatch.setattr(bulkemailverifier.Client, "_Client__default_url", service.url)
        yield Page(service, capsys)


@pytest.mark.parametrize("client", CLIENTS)
def test_examples_of_a_client_print_the_documented_output(client: str, page: Page) -> None:
    page.service.polls = client == "requests"  # which waits

    for code, output in examples(client):
        assert page.run(code) == output

    assert page.service.calls


def test_every_example_is_in_a_tested_section() -> None:
    run = [code for client in CLIENTS for code, _ in examples(client)]
    others = [block for name in ("Recorded tests", "Secret scanners") for block in blocks(section(name), "python")]

    assert sorted(blocks(PAGE, "python")) == sorted([BEGINNING, *run, *others])
    assert len(run) >= 9


def test_links_of_the_contents_lead_to_headings() -> None:
    headings = re.findall(r"^##+ (.*)$", PAGE, re.MULTILINE)

    assert set(re.findall(r"\]\(#(.*?)\)", PAGE)) <= {heading.lower().replace(" ", "-") for heading in headings}


def test_example_waits_thirty_seconds_between_requests(page: Page, slept: list[float]) -> None:
    page.service.polls = 2

    for code, _ in examples("requests"):
        page.run(code)

    assert slept == [30, 30]


def test_example_stops_waiting_for_an_unknown_request(page: Page) -> None:
    page.names["created"] = CreateResponse(id=7)
    (define, _), (wait, _) = examples("requests")[0], examples("Wait")[0]
    page.run(define)

    with pytest.raises(LookupError, match="knows no request 7"):
        page.run(wait)


def streamed(page: Page, reply: Reply) -> None:
    """Run the example of a large response against another reply."""
    page.names["created"] = CreateResponse(id=544)
    page.run(examples("requests")[0][0])
    page.service.next(reply)
    page.run(examples("Large responses")[0][0])


def test_error_reply_is_raised_while_streaming_too(page: Page) -> None:
    with pytest.raises(ApiError, match="at least 1"):
        streamed(page, faults.BAD_ID)


def test_interrupted_stream_is_an_error(page: Page) -> None:
    body = dump(COMPLETED, format="csv")

    with pytest.raises(urllib3.exceptions.ProtocolError):
        streamed(page, Reply(body * 2, cut=True))  # what arrives looks like a whole body


def test_official_clients_errors_are_api_errors(page: Page) -> None:
    page.service.next(faults.INSUFFICIENT_BALANCE)

    with pytest.raises(ApiError, match="Insufficient balance"):
        page.run(examples("The official client")[0][0])


def test_pre_commit_configuration_names_an_existing_hook() -> None:
    (configuration,) = map(yaml.safe_load, blocks(section("pre-commit"), "yaml"))
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    (repository,) = configuration["repos"]

    assert repository["rev"] == f"v{__version__}"
    assert {hook["id"] for hook in repository["hooks"]} <= hooks
    assert all(f"`{hook}`" in section("pre-commit") for hook in hooks)


def test_workflow_uses_only_inputs_of_the_action() -> None:
    (workflow,) = map(yaml.safe_load, blocks(section("GitHub"), "yaml"))
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    steps = workflow["jobs"]["bevparse"]["steps"]
    (own,) = [step for step in steps if "bevparse" in step["uses"]]
    (upload,) = [step for step in steps if "upload-sarif" in step["uses"]]

    assert own["uses"].endswith(f"@v{__version__}")
    assert own["with"].keys() <= inputs.keys()
    assert own["with"]["sarif"] == upload["with"]["sarif_file"]
    assert {name for name, details in inputs.items() if details.get("required")} <= own["with"].keys()


def test_outputs_of_the_action_are_documented() -> None:
    outputs = yaml.safe_load((ROOT / "action.yml").read_text())["outputs"]
    rows = re.findall(r"^\| (`.*?) \|", section("GitHub"), re.MULTILINE)

    assert [name.strip("`") for row in rows for name in row.split(", ")] == list(outputs)
    assert set(re.findall(r"steps\.bevparse\.outputs\.([a-z-]+)", section("GitHub"))) <= outputs.keys()


def test_rules_of_secret_scanners_find_a_key() -> None:
    (rules,) = map(tomllib.loads, blocks(section("Secret scanners"), "toml"))
    (plugin,) = blocks(section("Secret scanners"), "python")
    patterns = [rules["rules"][0]["regex"], *re.findall(r'compile\(r"(.+)"\)', plugin)]

    assert len(patterns) == 2
    assert all(re.search(pattern, f'"apiKey":"{KEY}"') for pattern in patterns)
    assert not any(re.search(pattern, f"c{KEY}") for pattern in patterns)


def test_gitlab_job_writes_the_reports_that_it_uploads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(FIXTURES / "status", "dumps")
    (tmp_path / "tests" / "cassettes").mkdir(parents=True)
    shutil.copy(RECORDINGS / "polling.yaml", "tests/cassettes")
    (job,) = [yaml.safe_load(block)["bevparse"] for block in blocks(section("GitLab"), "yaml")]
    install, command = map(shlex.split, job["script"])

    assert install == ["pip", "install", "bevparse[vcr]"]
    assert command[0] == "bevparse"
    assert main(command[1:]) == 0
    assert all((tmp_path / name).stat().st_size for name in job["artifacts"]["reports"].values())
    capsys.readouterr()


def test_concise_output_matches_the_patterns_of_editors(capsys: pytest.CaptureFixture[str]) -> None:
    path = os.path.relpath(FIXTURES / "invalid" / "BEV203-maybe.json")
    (tasks,) = map(json.loads, blocks(section("Editors"), "json"))
    matcher = tasks["tasks"][0]["problemMatcher"]["pattern"]

    main(["validate", "--no-progress", "--output-format", "concise", path, "absent.json"])

    found, absent, *_ = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"{re.escape(path)}:\d+:\d+: error: BEV203 .*", found)
    places = [re.fullmatch(matcher["regexp"], line) for line in (found, absent)]
    assert [place and place[matcher["file"]] for place in places] == [path, "absent.json"]
    assert [place and place[matcher["code"]] for place in places] == ["BEV203", "BEV001"]
    assert [place and place[matcher["line"]] for place in places] == ["1", None]
