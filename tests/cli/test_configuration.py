"""The configuration file: where it is found, what it can contain, and how mistakes are reported."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.cli.configuration import find_configuration, read_configuration
from bevparse.cli.exit_codes import UsageError

from ..systems import links

EVERY_KEY = """
select = ["BEV2"]
ignore = ["BEV3", "bad-check"]
extend-select = ["BEV301"]
include = ["*.json"]
exclude = ["old"]
url-pattern = ["https://proxy.internal/*"]
strict = true
fail-on = "info"
plugins = ["tests.yaml_format"]
from = "json"
cross = false
baseline = "known.json"
jobs = 2
output-format = ["concise", "json=out.json"]

[per-file-ignores]
"dumps/*" = ["BEV203"]

[endpoint]
"completed-*" = "completed"

[limits]
body = 1000
"""

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs owners of files")


@pytest.mark.usefixtures("registry_restored")
def test_every_key_is_read(folder: Path) -> None:
    (folder / "bevparse.toml").write_text(EVERY_KEY)

    configuration = read_configuration(folder / "bevparse.toml")

    assert configuration.model_dump(by_alias=True) == {
        "select": ["BEV2"],
        "ignore": ["BEV3", "BEV203"],
        "extend-select": ["BEV301"],
        "include": ["*.json"],
        "exclude": ["old"],
        "url-pattern": ["https://proxy.internal/*"],
        "strict": True,
        "fail-on": "info",
        "plugins": ["tests.yaml_format"],
        "from": "json",
        "cross": False,
        "baseline": str(folder / "known.json"),
        "jobs": 2,
        "output-format": ["concise", f"json={folder}/out.json"],
        "per-file-ignores": {f"{folder}/dumps/*": ["BEV203"]},
        "endpoint": {"completed-*": "completed"},
        "limits": {"body": 1000},
    }


def test_project_file_has_its_own_table(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.other]\nselect = 7\n\n[tool.bevparse]\nstrict = true\n")

    assert find_configuration(folder) == folder / "pyproject.toml"
    assert read_configuration(folder / "pyproject.toml").model_dump(exclude_unset=True) == {"strict": True}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"bevparse.toml": ""}, "bevparse.toml"),
        ({"a/bevparse.toml": "", "bevparse.toml": ""}, "a/bevparse.toml"),
        ({"bevparse.toml": "", "pyproject.toml": "[tool.bevparse]"}, "bevparse.toml"),
        ({"a/b/pyproject.toml": "[tool.ruff]", "a/pyproject.toml": "[tool.bevparse]"}, "a/pyproject.toml"),
        ({"a/b/pyproject.toml": "tool = 7", "a/pyproject.toml": ""}, None),
        ({"a/b/bevparse.toml/x": "", "a/b/pyproject.toml/x": "", "bevparse.toml": ""}, "bevparse.toml"),
    ],
)
def test_nearest_file_above_is_found(folder: Path, files: dict[str, str], expected: str | None) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    assert find_configuration(folder / "a" / "b") == (folder / expected if expected else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "expected a configuration key, got 'selct'; did you mean select?"),
        (
            "per_file_ignores = {}",
            "expected a configuration key, got 'per_file_ignores'; did you mean per-file-ignores?",
        ),
        ('"\\u001b" = 1', "expected a configuration key, got '\\x1b'"),
        ('select = "BEV2"', "select: expected an array of strings, got 'BEV2'"),
        ("ignore = [1]", "ignore: expected a string, got 1"),
        ("extend-select = true", "extend-select: expected an array of strings, got true"),
        ("include = [[]]", "include: expected a string, got an array"),
        ("exclude = 7", "exclude: expected an array of strings, got 7"),
        ("output-format = {}", "output-format: expected an array of strings, got an object"),
        ("strict = 1", "strict: expected true or false, got 1"),
        ('cross = "no"', "cross: expected true or false, got 'no'"),
        ("fail-on = []", "fail-on: expected 'error', 'warning' or 'info', got an array"),
        ("plugins = [7]", "plugins: expected a string, got 7"),
        ("from = 1.5", "from: expected a string, got 1.5"),
        ("baseline = false", "baseline: expected a string, got false"),
        ("jobs = 0", "jobs: expected an integer of one or more, got 0"),
        ("jobs = true", "jobs: expected an integer of one or more, got true"),
        ("jobs = nan", "jobs: expected an integer of one or more, got nan"),
        ('limits = {body = "1"}', "limits.body: expected an integer of one or more, got '1'"),
        ("limits = 5", "limits: expected a table, got 5"),
        ("limits = 2026-11-29", "limits: expected a table, got 2026-11-29"),
        ("jobs = 2026-11-29T10:00:00Z", "jobs: expected an integer of one or more, got 2026-11-29T10:00:00+00:00"),
        ("strict = 10:00:00", "strict: expected true or false, got 10:00:00"),
        ("endpoint = {a = 1}", "endpoint.a: expected 'create', 'list', "),
        (
            "per-file-ignores = {'b/*' = ['BEV'], a = 'BEV'}",
            "per-file-ignores.a: expected an array of strings, got 'BEV'",
        ),
        ("strict", "invalid TOML: "),
        ("a = " + "[" * 100_000, "invalid TOML: "),
    ],
)
def test_wrong_key_or_type_is_reported_with_the_key(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    (folder / "bevparse.toml").write_text(text)

    assert main(["validate", "."]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"bevparse: {message}")
    assert shown.err.endswith(f" ({folder / 'bevparse.toml'})\n")
    assert (shown.out, shown.err[:-1].isprintable()) == ("", True)


def test_file_in_another_encoding_is_refused(folder: Path) -> None:
    (folder / "bevparse.toml").write_bytes(b"# \xff")

    with pytest.raises(UsageError, match="invalid TOML: "):
        read_configuration(folder / "bevparse.toml")


@pytest.mark.parametrize("text", ["[tool]\nbevparse = 7", "tool = 7", ""])
def test_named_project_file_must_have_the_table(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)

    with pytest.raises(UsageError, match=r"expected a table \[tool.bevparse\], got "):
        read_configuration(folder / "pyproject.toml")


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_named_file_must_exist(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["validate", "--config", name, "."]) == 2
    assert capsys.readouterr().err.startswith("bevparse: cannot read file: ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('select = ["BEV9"]', "select: expected a code of bevparse or a prefix such as BEV3, got 'BEV9'"),
        ('extend-select = [","]', "extend-select: expected codes such as BEV203,BEV3, got ','"),
        (
            'per-file-ignores = {"a" = ["X"]}',
            "per-file-ignores.a: expected a code of bevparse or a prefix such as BEV3, got 'X'",
        ),
        (
            'endpoint = {"a" = "x"}',
            "endpoint.a: expected 'create', 'list', 'status', 'completed', ",
        ),
        ('from = "x"', "from: expected a format among csv, json, xml, got 'x'"),
        ('fail-on = "x"', "fail-on: expected 'error', 'warning' or 'info', got 'x'"),
        ('output-format = ["x"]', "output-format: expected an output format among text, "),
        ("limits = {x = 1}", "limits: expected a limit among body, "),
        ("jobs = 257", "jobs: expected at most 256, got 257"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "stats"])
def test_wrong_value_is_reported_with_the_file(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    line: str,
    message: str,
    command: str,
) -> None:
    (folder / "bevparse.toml").write_text(line)

    assert main([command, "."]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"bevparse: {message}")
    assert shown.endswith(f" ({folder / 'bevparse.toml'})\n")


@pytest.fixture
def give_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Make a file that of another user: really as root, else by being another user than all files have."""

    def give(path: Path) -> None:
        if os.getuid() == 0:
            os.chown(path, 12345, -1, follow_symlinks=False)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    return give


@pytest.fixture
def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a valid body, in another one."""
    (folder / "project").mkdir()
    (folder / "project" / "valid.json").write_text('{"response":{"id":5}}')
    monkeypatch.chdir(folder / "project")
    return folder / "project"


@posix
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("project/bevparse.toml", ""),
        ("bevparse.toml", ""),
        ("bevparse.toml", "no TOML"),
        ("project/pyproject.toml", "[tool.bevparse]"),
        ("pyproject.toml", "[tool.bevparse]"),
    ],
)
@pytest.mark.parametrize("command", [["validate"], ["stats"], ["convert", "--to", "csv"]])
def test_found_file_of_another_user_is_refused(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    give_away: Callable[[Path], None],
    name: str,
    text: str,
    command: list[str],
) -> None:
    path = project.parent / name
    path.write_text(text)
    give_away(path)

    assert main([*command, "valid.json"]) == 2
    assert capsys.readouterr().err == (
        f"bevparse: refusing {path}: it is owned by another user;"
        " name it with --config to use it, or ignore it with --no-config\n"
    )


@posix
@pytest.mark.parametrize("name", ["project/bevparse.toml", "bevparse.toml", "project/pyproject.toml", "pyproject.toml"])
@pytest.mark.parametrize("command", [["validate"], ["stats"], ["convert", "--to", "csv"]])
def test_plugins_in_a_found_file_of_another_user_are_not_imported(
    project: Path, monkeypatch: pytest.MonkeyPatch, give_away: Callable[[Path], None], name: str, command: list[str]
) -> None:
    path = project.parent / name
    table = "[tool.bevparse]\n" if name.endswith("pyproject.toml") else ""
    path.write_text(f'{table}plugins = ["imported_by_accident"]\n')
    (project / "imported_by_accident.py").write_text("open('imported', 'w').close()\n")
    monkeypatch.syspath_prepend(project)
    monkeypatch.delitem(sys.modules, "imported_by_accident", raising=False)
    give_away(path)

    assert main([*command, "valid.json"]) == 2
    assert not (project / "imported").exists()
    assert main([*command, "valid.json", "--config", str(path)]) == 2  # it is no format
    assert (project / "imported").exists()


@posix
def test_named_file_of_another_user_is_used(project: Path, give_away: Callable[[Path], None]) -> None:
    path = project / "bevparse.toml"
    path.write_text('output-format = ["json=report.json"]')
    give_away(path)

    assert main(["validate", "valid.json", "--config", "bevparse.toml"]) == 0
    assert (project / "report.json").exists()
    assert main(["validate", "valid.json", "--no-config"]) == 0


@posix
@pytest.mark.parametrize("given", ["link.toml", "bevparse.toml"])
def test_found_link_is_refused_if_it_or_its_target_is_of_another_user(
    project: Path, capsys: pytest.CaptureFixture[str], give_away: Callable[[Path], None], given: str
) -> None:
    (project / "link.toml").write_text("")
    (project / "bevparse.toml").symlink_to("link.toml")

    assert main(["validate", "valid.json"]) == 0
    give_away(project / given)
    assert main(["validate", "valid.json"]) == 2
    assert f"refusing {project / 'bevparse.toml'}: it is owned by another user;" in capsys.readouterr().err


@posix
def test_project_file_of_another_user_without_the_table_is_skipped(
    project: Path, give_away: Callable[[Path], None]
) -> None:
    (project / "pyproject.toml").write_text("[tool.other]")
    give_away(project / "pyproject.toml")

    assert main(["validate", "valid.json"]) == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs a file that is owned by root")
def test_found_file_of_root_is_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "bevparse.toml").write_text("")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    assert main(["validate", "valid.json"]) == 0


def test_no_file_is_refused_on_a_system_without_owners(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "bevparse.toml").write_text("")
    monkeypatch.delattr(os, "geteuid", raising=False)

    assert main(["validate", "valid.json"]) == 0


def configured(key: str, target: str) -> tuple[str, list[str]]:
    """Return the line of a configuration that names a file to write, and the options that write it."""
    if key == "output-format":
        return f"output-format = ['text=-', 'html={target}']\n", []
    return f"baseline = '{target}'\n", ["--update-baseline"]


@links
@pytest.mark.parametrize(
    "target", ["../out", "new/../../out", "ABOVE/out", "ABOVE/project-2", "up/out", "up/new/out", "to-out"]
)
@pytest.mark.parametrize("key", ["output-format", "baseline"])
@pytest.mark.parametrize("config", ["bevparse.toml", "pyproject.toml"])
@pytest.mark.parametrize("named", [False, True])
def test_file_outside_the_folder_of_the_configuration_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], target: str, key: str, config: str, named: bool
) -> None:
    target = target.replace("ABOVE", str(project.parent))
    (project / "up").symlink_to("..", target_is_directory=True)
    (project / "to-out").symlink_to("../out")
    line, options = configured(key, target)
    (project / config).write_text(line if config == "bevparse.toml" else f"[tool.bevparse]\n{line}")

    assert main(["validate", "valid.json", *options, *(["--config", config] if named else [])]) == 2
    assert capsys.readouterr().err == (
        f"bevparse: refusing {os.path.normpath(project / target)}: it is outside the folder of the configuration;"
        f" name it with --{key} to use it ({config if named else project / config})\n"
    )
    assert [path.name for path in project.parent.iterdir()] == ["project"]


def test_file_outside_is_refused_before_it_is_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bevparse.toml").write_text('output-format = ["html=../body.json"]')
    (project / "valid.json").rename(project.parent / "body.json")

    assert main(["validate", "."]) == 2
    assert "it is outside the folder of the configuration" in capsys.readouterr().err


@links
@pytest.mark.parametrize("target", ["out", "new/../out", "below/out", "FOLDER/below/out", "here/out"])
@pytest.mark.parametrize("key", ["output-format", "baseline"])
def test_file_below_the_folder_of_the_configuration_is_written(project: Path, target: str, key: str) -> None:
    (project / "below").mkdir()
    (project / "here").symlink_to(".", target_is_directory=True)
    line, options = configured(key, target.replace("FOLDER", str(project)))
    (project / "bevparse.toml").write_text(line)

    assert [main(["validate", "valid.json", *options]) for _ in range(2)] == [0, 0]
    assert [path.name for path in project.rglob("out")] == ["out"]


@links
def test_link_into_the_folder_of_the_configuration_is_written(project: Path) -> None:
    (project / "below").mkdir()
    (project / "to-out").symlink_to("below/out")
    (project / "bevparse.toml").write_text('output-format = ["html=to-out"]')

    assert main(["validate", "valid.json"]) == 0
    assert (project / "below" / "out").exists()


def test_command_line_may_name_files_anywhere(project: Path) -> None:
    (project / "bevparse.toml").write_text('output-format = ["html=../no"]\nbaseline = "../no"')

    assert (
        main(["validate", "valid.json", "--output-format", "html=../a", "--baseline", "../b", "--update-baseline"]) == 0
    )
    assert main(["stats", "valid.json"]) == 0  # it writes neither
    assert sorted(path.name for path in project.parent.iterdir()) == ["a", "b", "project"]


@posix
@pytest.mark.parametrize(
    ("target", "given"), [("out", "out"), ("to-out", "out"), ("to-out", "to-out"), ("to-new", "to-new")]
)
@pytest.mark.parametrize("key", ["output-format", "baseline"])
def test_file_of_another_user_is_not_overwritten(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    give_away: Callable[[Path], None],
    target: str,
    given: str,
    key: str,
) -> None:
    (project / "out").write_text("")
    (project / "to-out").symlink_to("out")
    (project / "to-new").symlink_to("new")
    line, options = configured(key, target)
    (project / "bevparse.toml").write_text(line)
    give_away(project / given)

    assert main(["validate", "valid.json", *options, "--config", "bevparse.toml"]) == 2
    assert capsys.readouterr().err == (
        f"bevparse: refusing {project / target}: it is owned by another user;"
        f" name it with --{key} to use it (bevparse.toml)\n"
    )
    assert ((project / "out").read_text(), (project / "new").exists()) == ("", False)


@pytest.mark.parametrize("key", ["output-format", "baseline"])
def test_configured_file_with_a_null_character_cannot_be_written(
    project: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    line, options = configured(key, "a\\u0000b")
    (project / "bevparse.toml").write_text(line.replace("'", '"'))

    assert main(["validate", "valid.json", *options]) == 3
    assert "null" in capsys.readouterr().err
