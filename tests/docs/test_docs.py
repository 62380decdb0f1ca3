"""The documentation: its examples run, its commands print the documented output, its page of rules is current."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

import bevparse
from bevparse.cli import main

from .. import formats_page, migrating_page, settings_page, tables_page
from ..paths import ROOT
from ..rules_page import PAGE, rules_page

README = (ROOT / "README.md").read_text("utf-8")
CONSOLE = [
    [tuple(part.split("\n", 1)) for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    for page in (
        README,
        *(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")) if path.name != "stores.md"),
    )
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL)
]
"""The commands of each example, with their outputs."""
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("fixtures/*.md")])
EXAMPLES = [page for page in PAGES if re.search(r"^>>> ", page.read_text("utf-8"), re.MULTILINE)]
"""The pages with examples of Python's prompt."""


@pytest.mark.parametrize("page", EXAMPLES, ids=[page.name for page in EXAMPLES])
def test_examples_of_a_page_are_correct(monkeypatch: pytest.MonkeyPatch, page: Path) -> None:
    monkeypatch.chdir(ROOT)

    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS)

    assert tried
    assert not failed


def test_pages_with_examples_are_found() -> None:
    assert {"README.md", "parsing.md", "tutorial.md"} <= {page.name for page in EXAMPLES}


@pytest.mark.slow
@pytest.mark.parametrize("example", CONSOLE, ids=[example[0][0] for example in CONSOLE])
def test_commands_print_the_documented_output(
    folder: Path, capsys: pytest.CaptureFixture[str], example: list[tuple[str, str]]
) -> None:
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    for command, output in example:
        program, *arguments = shlex.split(command)
        assert program == "bevparse"

        main(arguments)

        assert capsys.readouterr().out.rstrip("\n") == output.rstrip("\n"), command


def test_readme_shows_every_command() -> None:
    shown = {command.split()[1] for example in CONSOLE for command, _ in example}

    assert shown == {"validate", "report", "stats", "convert", "diff", "redact", "schema", "rule"}


def test_readme_names_every_public_function() -> None:
    functions = [name for name in bevparse.__all__ if name.islower() and name.isidentifier() and name[0] != "_"]

    assert functions
    assert [name for name in functions if f"`{name}(" not in README] == []


def test_page_of_rules_is_made_from_the_rules() -> None:
    expected = rules_page()

    assert PAGE.read_text("utf-8") == expected


def test_columns_of_tables_are_made_from_the_schema() -> None:
    assert tables_page.PAGE.read_text("utf-8") == tables_page.page()
    assert tables_page.PICTURE.read_text("utf-8") == tables_page.picture()


def test_comparison_with_other_ways_of_reading_is_current() -> None:
    assert migrating_page.PAGE.read_text("utf-8") == migrating_page.page()


def test_reference_of_formats_and_settings_is_current() -> None:
    assert formats_page.PAGE.read_text("utf-8") == formats_page.formats_page()
    assert settings_page.PAGE.read_text("utf-8") == settings_page.settings_page()


def test_sentences_of_the_readme_are_short() -> None:
    prose = re.sub(r"```.*?```|^[|#][^\n]*", "", README, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)|`[^`]*`", "]", prose)
    sentences = re.split(r"(?<=[.!?:])\s+|\n\n+|\n- ", text)

    assert len(sentences) > 20
    assert [sentence for sentence in sentences if len(sentence.split()) > 25] == []


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_between_pages_have_a_target(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text("utf-8"))
    targets = [(page.parent / file if file else page, anchor) for file, anchor in links]

    assert [target for target, _ in targets if not target.exists()] == []
    assert [(target, anchor) for target, anchor in targets if anchor and anchor not in anchors(target)] == []


def test_ci_runs_the_readmes_test_command() -> None:
    (command,) = re.findall(r"^python3 .*tests$", README, re.MULTILINE)

    assert command in (ROOT / ".ci" / "run").read_text("utf-8")
