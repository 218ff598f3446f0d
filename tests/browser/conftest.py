"""A real Chromium, a real shop and a real sandbox; and a guard that fails a test on any error the page reports."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from lightning_cart_host.server.loopback import free_port
from support import ROOT
from support.builders import ADMIN_TOKEN
from support.http_server import serving_files
from support.processes import RunningShop, start_sandbox, start_shop

STOREFRONT = ROOT / "templates" / "test-checkout"
# Chromium must not look for anything outside this machine, and a sandbox of its own cannot be had as root.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]

# Ten percent off, and an order that may come to nothing.
CODES = ({"code": "SPRING", "percent": "10"}, {"code": "GIFT", "percent": "100", "free_delivery": True, "free": True})


def find_chromium() -> str | None:
    """Return the path of an installed Chromium, or None to use Playwright's (`scripts/browser` installs one of them)."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if name and (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    port = free_port()
    folder = tmp_path_factory.mktemp("shop")
    options = {"ADMIN_TOKEN": ADMIN_TOKEN}
    with start_sandbox(port) as sandbox, start_shop(port, sandbox.address, folder / "orders.db", **options) as process:
        for code in CODES:
            headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
            httpx.post(f"{process.address}/admin/codes", json=code, headers=headers).raise_for_status()
        yield RunningShop(process.address, sandbox.address)


def replace_in(path: Path, changes: dict[str, str]) -> None:
    """Change a copied file as its owner would; what is not there is left alone."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def static_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningShop, str]]:
    """Serve the storefront on its own origin, as a static host does."""
    port, folder = free_port(), tmp_path_factory.mktemp("static")
    files, config = folder / "site", folder / "config"
    shutil.copytree(STOREFRONT, files)
    shutil.copytree(ROOT / "config", config)
    engine = f"http://127.0.0.1:{port}"
    for page in files.glob("*.html"):
        replace_in(
            page,
            {
                'name="lightning-cart" content=""': f'name="lightning-cart" content="{engine}"',
                "connect-src 'self'": f"connect-src {engine}",
                'action="/checkout"': f'action="{engine}/checkout"',
            },
        )
    options = ("--config", str(config), "--storefront", "none")
    with serving_files(files) as origin, start_sandbox(port) as sandbox:
        pages = {f'"/{page}.html"': f'"{origin}/{page}.html"' for page in ("success", "cancel")}
        replace_in(config / "sites.toml", pages | {"origins = []": f'origins = ["{origin}"]'})
        pictures = {f'"/{path.name}"': f'"{origin}/{path.name}"' for path in files.glob("*.svg")}
        replace_in(config / "products.toml", pictures)
        with start_shop(port, sandbox.address, folder / "orders.db", *options) as process:
            yield RunningShop(process.address, sandbox.address), origin


@pytest.fixture(scope="module")  # its event loop must end before other tests run theirs
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages that fail the test on a script error or a violation of the Content-Security-Policy."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_one(**options: object) -> Page:
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None
        )
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def shots() -> Path:
    """Where screenshots go, to be looked at."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
