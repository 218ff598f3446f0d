"""The site of `make lite`: its notebooks run in the browser to the end, and it asks nobody but itself for anything."""

import base64
import csv
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from support import ROOT
from support.http_server import serving_files

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.long]  # of `make lite-check`

RUN_ALL = """
async () => {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("the notebook did not end")), 180_000));
    const run = async () => {
        await jupyterapp.restored;
        const { context, content } = jupyterapp.shell.currentWidget;
        await context.ready;
        await context.sessionContext.ready;
        await jupyterapp.commands.execute("notebook:run-all-cells");
        return content.model.toJSON();
    };
    return Promise.race([run(), late]);
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site."""
    place = tmp_path_factory.mktemp("lite") / "site"
    subprocess.run([sys.executable, ROOT / "scripts" / "lite.py", place], check=True, stdout=subprocess.DEVNULL, timeout=300)
    return place


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """Its origin, where it is served as the files it is."""
    with serving_files(folder) as origin:
        yield origin


def test_its_wheels_are_whole_and_hold_nothing_compiled(folder: Path) -> None:
    wheels = sorted((folder / "static" / "pyodide").glob("*.whl"))
    names = {wheel.name.partition("-")[0] for wheel in wheels}
    assert {"lightning_cart", "markupsafe", "ipython", "micropip"} <= names
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        assert [name for name in contents if name.endswith((".so", ".pyd", ".dylib"))] == []
        (record,) = (text.decode() for name, text in contents.items() if name.endswith(".dist-info/RECORD"))
        listed = {row[0]: row[1] for row in csv.reader(record.splitlines())}
        sums = {name: base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode() for name, text in contents.items()}
        kept = {name: f"sha256={text.rstrip('=')}" for name, text in sums.items() if not name.endswith("/RECORD")}
        assert {name: digest for name, digest in listed.items() if digest} == kept


def said(notebook: dict[str, Any]) -> list[list[str]]:
    """Return the output of each code cell, as text."""

    def text(output: dict[str, Any]) -> str:
        found = output.get("text") or output.get("data", {}).get("text/plain") or output.get("traceback", "")
        return found if isinstance(found, str) else "".join(found)

    return [[text(output) for output in cell["outputs"]] for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", ["00_test_checkout", "05_webhooks", "08_add_a_provider"])
def test_a_notebook_says_in_the_browser_what_it_says_here(site: str, open_page: Callable[..., Page], name: str) -> None:
    committed = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    page = open_page()
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/lab/index.html?path={name}.ipynb", wait_until="load")
    page.wait_for_selector(".jp-Notebook")
    assert said(page.evaluate(RUN_ALL)) == said(committed)
    # The kernel's own requests are among those seen; whatever was asked for, the site itself was asked.
    assert [url for url in asked if url.endswith(".whl")]
    assert [url for url in asked if not url.startswith((f"{site}/", f"blob:{site}/", "data:"))] == []
