"""Every program of docs/library.md runs: the applications respond over ASGI, and the core alone opens a checkout."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lightning_cart_host.server.loopback import free_port
from lightning_cart_host.server.strategies import GROUP
from support import ROOT
from support.documents import Block, read_blocks
from support.processes import CliProcess, start_sandbox

pytestmark = pytest.mark.process

PROGRAMS = read_blocks("docs/library.md", "python")
MOUNTED = [block for block in PROGRAMS if "AsgiApp" in block.text]
FLOW, WHOLE = (block for block in PROGRAMS if "AsgiApp" not in block.text)
ASK = """
import asyncio, documented, httpx, json

async def main():
    app = getattr(documented, "application", None) or documented.app
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.example") as client:
            health, products = await client.get("/pay/health"), await client.get("/pay/products")
            other = await client.get("/about")
            strategies = [found["name"] for found in (await client.get("/pay/strategies")).json()["strategies"]]
    print(json.dumps([health.json()["status"], products.json()["site"], strategies, other.status_code, other.text]))

asyncio.run(main())
"""
DJANGO = {
    "mysite/__init__.py": "",
    "mysite/settings.py": 'SECRET_KEY = "of-the-test"\nROOT_URLCONF = "mysite.urls"\nALLOWED_HOSTS = ["*"]\n',
    "mysite/urls.py": """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("about", lambda request: HttpResponse("Django says hello"))]
""",
}
ENV = {"PUBLIC_URL": "https://shop.example/pay", "RECEIPT_SECRET": "receipt-secret-of-thirty-two-chars"}


def run_program(folder: Path, *arguments: str, **env: str) -> str:
    """Run Python in a new folder, with warnings as errors; return its output."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-B", "-W", "error", *arguments]
    done = subprocess.run(command, cwd=folder, env=known | env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Create a folder with the example's catalogue and a Django project."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    for name, text in DJANGO.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def sandbox() -> Iterator[CliProcess]:
    with start_sandbox(free_port()) as running:
        yield running


@pytest.mark.parametrize("block", MOUNTED, ids=str)
def test_an_application_answers_over_asgi(block: Block, folder: Path) -> None:
    own = "Donation" in block.text
    if own:
        sites = folder / "config" / "sites.toml"
        sites.write_text(sites.read_text(encoding="utf-8").replace('"stripe_links", ', '"donation", '), encoding="utf-8")
    (folder / "documented.py").write_text(block.text, encoding="utf-8")
    health, site, strategies, status, text = json.loads(run_program(folder, "-c", ASK, **ENV))
    assert (health, site) == ("unavailable", "test-checkout")
    assert ("donation" in strategies) is own
    assert (status, "Django says hello" in text) == ((200, True) if "django" in block.text else (404, False))


def test_the_core_alone_opens_a_checkout(folder: Path, sandbox: CliProcess) -> None:
    (folder / "documented.py").write_text(FLOW.text, encoding="utf-8")
    printed = run_program(folder, "documented.py", NO_PROXY="*", **sandbox.settings)
    assert printed.startswith(f"{sandbox.address}/")


def test_the_engine_by_hand_answers(folder: Path) -> None:
    (folder / "documented.py").write_text(WHOLE.text, encoding="utf-8")
    status, _, body = run_program(folder, "documented.py", **ENV).partition(" ")
    assert (status, json.loads(body)["products"][0]["id"]) == ("200", "tea")


def test_the_entry_point_is_in_the_group_that_the_host_reads() -> None:
    (block,) = read_blocks("docs/library.md", "toml")
    assert [*tomllib.loads(block.text)["project"]["entry-points"]] == [GROUP]


def test_the_readme_shows_a_program_of_this_page() -> None:
    (block,) = read_blocks("README.md", "python")
    assert block.text in {program.text for program in PROGRAMS}
