"""The site: Zensical builds it without a remark, and its links lead somewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from ..paths import ROOT

PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site that is built from a copy of the pages."""
    project = tmp_path_factory.mktemp("project")
    for name in ("mkdocs.yml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, project)
    shutil.copytree(ROOT / "docs", project / "docs")
    program = Path(sys.executable).parent / "zensical"

    ended = subprocess.run([program, "build", "--strict"], cwd=project, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Warning" not in ended.stdout + ended.stderr
    return project / "build" / "site"


@pytest.mark.slow
def test_every_page_is_in_the_navigation(site: Path) -> None:
    named = re.findall(r"\b([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)

    assert sorted(named) == PAGES
    assert [page for page in PAGES if not (site / page).with_suffix(".html").exists()] == []


@pytest.mark.slow
def test_links_in_the_site_have_a_target(site: Path) -> None:
    pages = {path: path.read_text("utf-8") for path in site.glob("*.html") if path.name != "404.html"}
    broken = [
        (path.name, link)
        for path, text in pages.items()
        for link in re.findall(r'(?:href|src)="([^"]*)"', text)
        if not re.match(r"[a-z]+:", link) and not _leads_somewhere(path, unquote(link))
    ]

    assert len(pages) > 15
    assert broken == []


def _leads_somewhere(page: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    if target.is_dir():
        target /= "index.html"
    return target.exists() and (not anchor or f'id="{anchor}"' in target.read_text("utf-8"))


@pytest.mark.slow
def test_reference_has_every_public_function(site: Path) -> None:
    text = (site / "api.html").read_text("utf-8")

    assert [
        name for name in ("parse", "dump", "inspect", "validate.validate") if f'id="bevparse.{name}"' not in text
    ] == []


@pytest.mark.slow
def test_page_for_language_models_lists_every_page(site: Path) -> None:
    text = (site / "llms.txt").read_text("utf-8")

    assert text.startswith("# bevparse\n\n> ")
    linked = set(re.findall(r"\]\(([\w-]+)\.html\)", text))
    assert linked | {"index"} == {page.removesuffix(".md") for page in PAGES}
