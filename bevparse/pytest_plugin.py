"""The plug-in for pytest: `pytest --bevparse` checks recorded responses, and `bev_service` is a fake service.

pytest imports it in every run, so everything else is imported when it is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from .cli.arguments import ValidateRun
    from .testing import FakeService
    from .validate import Checked

__all__ = ["RecordingFile", "RecordingItem", "bev_service", "pytest_addoption", "pytest_configure"]

_RECORDINGS: Final = re.compile(r"(^|/)cassettes?/.*\.(ya?ml|json)$|\.har$")
"""Matches the paths of recordings. The hook for pre-commit has the same pattern."""
_ARGUMENTS: Final = ("validate", ".", "--output-format", "text", "--no-cross", "--no-cache", "--jobs", "1")


@pytest.fixture
def bev_service() -> Iterator[FakeService]:
    """A fake service for this test; see `bevparse.testing.FakeService`."""
    from .testing import FakeService  # noqa: PLC0415

    with FakeService() as service:
        yield service


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of bevparse to pytest."""
    group = parser.getgroup("bevparse", "recorded responses of the Bulk Email Verification API")
    group.addoption(
        "--bevparse",
        action="append",
        nargs="?",
        const="",
        metavar="PATH",
        help="check each response in HAR files and in folders named cassettes as a test of its own; =PATH adds a file "
        "or a folder",
    )
    group.addoption("--bevparse-strict", action="store_true", help="a warning about a response fails its test, too")


def pytest_configure(config: pytest.Config) -> None:
    """Collect recorded responses if the option asks for it.

    Raises:
        UsageError: the configuration file of bevparse cannot be used.
    """
    given: list[str] | None = config.getoption("bevparse")
    if given is not None:
        config.pluginmanager.register(_Collector(config, [path for path in given if path]), "bevparse-collector")


class _Collector:
    def __init__(self, config: pytest.Config, paths: list[str]) -> None:
        self._run = _run_of(strict=bool(config.getoption("bevparse_strict")))
        self._root = config.rootpath
        self._paths = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - a Path keeps .. in it
        config.args += [path for path in paths if path not in config.args]

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        named = file_path in self._paths
        in_folder = any(path in file_path.parents for path in self._paths)
        if not (named or (in_folder and self._run.inputs.search.wants(str(file_path)))):
            relative = os.path.relpath(file_path, self._root).replace(os.sep, "/")
            if not _RECORDINGS.search(relative):
                return None
        return RecordingFile.from_parent(  # pyright: ignore[reportUnknownMemberType]
            parent, path=file_path, run=self._run, named=named
        )


def _run_of(*, strict: bool) -> ValidateRun:
    """Return the run that `bevparse validate` would make in this folder, with the configuration file."""
    from .cli import parser_of  # noqa: PLC0415
    from .cli.arguments import validate_run_of  # noqa: PLC0415
    from .cli.exit_codes import UsageError  # noqa: PLC0415
    from .errors import SourceError  # noqa: PLC0415

    arguments = parser_of(["validate"]).parse_args([*_ARGUMENTS, *(["--fail-on", "warning"] if strict else [])])
    try:
        return validate_run_of(arguments)
    except (UsageError, SourceError) as error:
        raise pytest.UsageError(f"bevparse: {error}") from None


class RecordingFile(pytest.File):
    """A file with recorded responses."""

    def __init__(self, *, run: ValidateRun, named: bool, **keywords: object) -> None:
        super().__init__(**keywords)  # type: ignore[arg-type]
        self._run = run
        self._named = named

    def collect(self) -> Iterator[RecordingItem]:
        """Check the file, and return an item for each response in it."""
        from .sources import open_source  # noqa: PLC0415
        from .validate import check  # noqa: PLC0415

        settings = self._run.settings
        search = self._run.inputs.search.within(settings.limits)
        path = Path(os.path.relpath(self.path)).as_posix()
        source = search.source(path, self.path.stat().st_size, named=self._named)
        found: dict[str, list[Checked]] = {}
        for one in open_source(source, search):
            for checked in check(one, settings):
                if checked.outcome == "body" or checked.problems:
                    found.setdefault(checked.inner, []).append(self._run.reporting.baseline.known(checked))
        for inner, parts in found.items():
            yield RecordingItem.from_parent(  # pyright: ignore[reportUnknownMemberType]
                self, name=inner or "body", run=self._run, parts=parts
            )


class _FindingsError(Exception):
    """A response has findings that are failures."""


class RecordingItem(pytest.Item):
    """A recorded response, which fails with its findings."""

    def __init__(self, *, run: ValidateRun, parts: list[Checked], **keywords: object) -> None:
        super().__init__(**keywords)  # type: ignore[arg-type]
        self._run = run
        self._parts = parts

    def runtest(self) -> None:
        """Fail if a finding is severe enough. Other findings are shown in a section of the report."""
        from .validate import Summary  # noqa: PLC0415
        from .validate.renderers import renderer_of  # noqa: PLC0415

        stream, failures = StringIO(), 0
        renderer = renderer_of("text", stream)
        fail_on = self._run.settings.fail_on
        for part in self._parts:
            renderer.body(part)
            failures += Summary.of(part, fail_on).failures(fail_on)
        text = stream.getvalue().rstrip("\n")
        if failures:
            raise _FindingsError(text)
        if text:
            self.add_report_section("call", "findings", text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> object:  # type: ignore[override]
        """Return the findings."""
        return str(excinfo.value) if isinstance(excinfo.value, _FindingsError) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the path of the file, and the name of the response in it."""
        return self.path, None, self._parts[0].source
