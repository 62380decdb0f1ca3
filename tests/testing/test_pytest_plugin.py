"""The plug-in for pytest: recorded responses are tests, `bev_service` is a fake service, and a plain run is cheap."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from bevparse import pytest_plugin
from bevparse.cli import main

from ..paths import FIXTURES, ROOT
from ..recordings import KEY

pytest_plugins = ["pytester"]
PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def _no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load no plug-in by its entry point, as this environment may or may not have that of bevparse."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a project with a test, three cassettes, a HAR file and a saved body."""
    pytester.makepyfile(test_own="def test_own():\n    pass\n")
    cassettes = pytester.path / "tests" / "cassettes"
    cassettes.mkdir(parents=True)
    shutil.copy(FIXTURES / "recordings" / "polling.yaml", cassettes)
    shutil.copy(FIXTURES / "recordings" / "polling.json", cassettes)
    shutil.copy(FIXTURES / "recordings" / "keys.yaml", cassettes)
    (cassettes / "other.yaml").write_text("services: {}\n")
    (pytester.path / "dumps").mkdir()
    shutil.copy(FIXTURES / "invalid" / "BEV203-maybe.json", pytester.path / "dumps" / "completed.json")
    (pytester.path / "dumps" / "notes.txt").write_text("nothing")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest with the plug-in in this process."""
    return project.runpytest_inprocess("-p", "no:cacheprovider", *arguments, plugins=[pytest_plugin])


def test_plain_run_collects_no_recordings(project: pytest.Pytester) -> None:
    run(project).assert_outcomes(passed=1)


def test_each_recorded_response_is_a_test(project: pytest.Pytester) -> None:
    result = run(project, "--bevparse", "-v")

    lines = [line for line in result.outlines if "polling.json::" in line]
    assert len(lines) == 4
    assert re.match(r"tests/cassettes/polling\.json::#/interactions/\d PASSED", lines[0])
    assert [line for line in result.outlines if "other.yaml" in line or "dumps" in line] == []


def test_finding_is_the_text_of_the_failure(project: pytest.Pytester) -> None:
    result = run(project, "--bevparse")

    failures = result.parseoutcomes()["failed"]
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    text = result.stdout.str()
    assert text.count("keys.yaml#/interactions/") >= failures
    assert re.search(r"^tests/cassettes/keys\.yaml#/interactions/\d+: error: BEV50\d ", text, re.MULTILINE)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown in text
    assert "Traceback" not in text
    assert KEY[3:9] not in text


@pytest.mark.parametrize("path", ["dumps", "dumps/completed.json", "dumps/../dumps"])
def test_path_of_the_option_is_checked_in_addition_to_tests(project: pytest.Pytester, path: str) -> None:
    result = run(project, f"--bevparse={path}", "test_own.py")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ dumps/completed.json _*",
            "dumps/completed.json:1:70: error: BEV203 expected true, false or null, got 'maybe' (*/smtpCheck)",
            '    ...?{"emailAddress":"ann@mail.example"*',
            " *^",
            "FAILED dumps/completed.json::body*",
        ]
    )


def test_missing_path_is_a_usage_error(project: pytest.Pytester) -> None:
    result = run(project, "--bevparse=absent")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: file or directory not found: absent"])


def test_warning_fails_only_if_it_is_strict(project: pytest.Pytester) -> None:
    body = '{"response":[{"id":596,"priority":"high","date_start":"1528377253","ready":1}]}'
    (project.path / "dumps" / "completed.json").unlink()
    (project.path / "dumps" / "status.json").write_text(body)
    asked = ("--bevparse=dumps", "dumps")

    lenient = run(project, *asked, "-rP")
    strict = run(project, *asked, "--bevparse-strict")

    lenient.assert_outcomes(passed=1)
    lenient.stdout.fnmatch_lines(["*findings*", "dumps/status.json:1:*: warning: BEV307 *priority*"])
    strict.assert_outcomes(failed=1)


def test_configuration_file_is_used(project: pytest.Pytester) -> None:
    (project.path / "bevparse.toml").write_text('ignore = ["BEV203"]\n')

    run(project, "--bevparse=dumps", "dumps").assert_outcomes(passed=1)


def test_finding_in_the_baseline_does_not_fail(project: pytest.Pytester) -> None:
    (project.path / "bevparse.toml").write_text('baseline = "known.json"\n')
    assert main(["validate", "--no-cache", "--no-progress", "--update-baseline", "dumps"]) == 0

    run(project, "--bevparse=dumps", "dumps").assert_outcomes(passed=1)


def test_wrong_configuration_file_is_a_usage_error(project: pytest.Pytester) -> None:
    (project.path / "bevparse.toml").write_text("ignored = []\n")

    result = run(project, "--bevparse")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: bevparse: *ignored*bevparse.toml)"])


def test_fixture_is_a_fake_service(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from urllib.request import urlopen

        def test_create(bev_service):
            body = b'{"apiKey":"%b","emails":["a@b.example"]}' % bev_service.key.encode()
            with urlopen(bev_service.url + "/request", body) as response:
                assert response.read() == b'{"response":{"id":1}}'
        """
    )

    run(pytester).assert_outcomes(passed=1)


def test_other_exceptions_have_their_tracebacks(project: pytest.Pytester) -> None:
    project.makeconftest("def pytest_runtest_call(item):\n    raise TypeError('of another plug-in')")

    result = run(project, "--bevparse=dumps", "dumps")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["    def pytest_runtest_call(item):", "*TypeError: of another plug-in"])


def test_pytest_may_rewrite_the_modules_of_bevparse(pytester: pytest.Pytester) -> None:
    """It does so with all modules of a distribution that has a plug-in."""
    pytester.makeconftest("import pytest\n\npytest.register_assert_rewrite('bevparse')\n")
    pytester.makepyfile(
        """
        import bevparse

        def test_description():
            assert type(bevparse.__loader__).__name__ == "AssertionRewritingHook"
            assert bevparse.EmailRecord.model_fields["result"].description.startswith("The result")
        """
    )

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_importing_the_plugin_imports_nothing_else_of_bevparse() -> None:
    script = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import bevparse.pytest_plugin\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "['bevparse', 'bevparse.pytest_plugin']\n"


def test_distribution_declares_the_plugin() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]

    assert points["pytest11"] == {"bevparse": pytest_plugin.__name__}


def test_recordings_are_found_as_the_hook_for_pre_commit_finds_them() -> None:
    hooks = yaml.safe_load(Path(ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

    assert {hook["files"] for hook in hooks} == {pytest_plugin._RECORDINGS.pattern}
