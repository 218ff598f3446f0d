"""The site of `make docs`: it is built without a word, is whole in itself, and fits a telephone."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from support import ROOT
from support.documents import BLOCKS
from support.http_server import serving_files

pytestmark = [pytest.mark.browser, pytest.mark.process]

PAGES = sorted(
    {f"{name}.html" for name in ("index", "storefront", "acorn", "contributing", "security", "changelog")}
    | {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    | {f"notebooks/{path.stem}.html" for path in (ROOT / "notebooks").glob("*.ipynb")}
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [ROOT / "scripts" / "docs", folder]
    return folder, subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def site(built: tuple[Path, object]) -> Iterator[str]:
    with serving_files(built[0]) as origin:
        yield origin


def test_it_is_built_without_a_warning(built: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert (built[1].returncode, built[1].stdout, built[1].stderr) == (0, "", "")


def test_every_document_and_notebook_is_a_page(built: tuple[Path, object]) -> None:
    pages = {path.relative_to(built[0]).as_posix() for path in built[0].rglob("*.html")}
    assert {page for page in pages if not page.startswith("repository/")} - {"404.html"} == set(PAGES)


def test_a_page_opened_as_a_file_links_to_pages_and_not_to_folders(built: tuple[Path, object]) -> None:
    index = (built[0] / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'<a [^>]*href="(?!https?:|#)([^"#]+)', index)
    assert links
    assert [link for link in links if not (built[0] / link).is_file()] == []


def test_no_page_asks_elsewhere_or_is_wider_than_a_telephone(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 390, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    wide = []
    for path in PAGES:
        page.goto(f"{site}/{path}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
    assert wide == []
    assert [url for url in asked if not url.startswith((f"{site}/", "data:"))] == []


def test_what_a_cell_showed_is_on_the_page(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(f"{site}/notebooks/00_test_checkout.html")
    page.get_by_text("FECU payout account").first.wait_for()


def test_a_page_draws_its_diagram(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(f"{site}/reliability.html")
    # The theme keeps the drawing where no selector reaches it, and gives it its height.
    page.wait_for_function("document.querySelector('div.mermaid')?.getBoundingClientRect().height > 100")


def test_every_diagram_can_be_drawn(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(f"{site}/reliability.html")
    diagrams = [block for block in BLOCKS if block.language == "mermaid"]
    drawn = [page.evaluate("async text => (await mermaid.render('drawing', text)).svg", block.text) for block in diagrams]
    assert len(drawn) > 1
    assert [svg[:4] for svg in drawn] == ["<svg"] * len(diagrams)
