"""A shop at one URL: the engine's routes first, then the storefront's files, and no hidden file."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.storefront import EngineWithStorefront, check_storefront, missing_files
from support.app import Shop as Engine
from support.app import make_catalog
from support.http_server import exchange


@pytest.fixture
def storefront(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    (folder / "about").mkdir(parents=True)
    (folder / "index.html").write_text("<title>The shop</title>")
    (folder / "about" / "index.html").write_text("About us")
    (folder / "products").mkdir()
    (folder / "products" / "index.html").write_text("not the engine's")
    (folder / "_headers").write_text("hidden")
    (folder / ".env").write_text("STRIPE_SECRET_KEY=hidden")
    (tmp_path / "secret.txt").write_text("hidden")
    return folder


def ask(storefront: Path, logbook: Any, method: str, path: str, **content: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(EngineWithStorefront(AsgiApp(Engine().app, logbook.log), storefront))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            return await client.request(method, path, **content)

    return asyncio.run(send())


@pytest.mark.parametrize(("path", "text"), [("/", "The shop"), ("/index.html", "The shop"), ("/about/", "About us")])
def test_a_page_is_shown(storefront: Path, logbook: Any, path: str, text: str) -> None:
    assert text in ask(storefront, logbook, "GET", path).text


def test_the_engine_comes_before_the_storefront(storefront: Path, logbook: Any) -> None:
    assert ask(storefront, logbook, "GET", "/products").json()["site"] == "shop"


@pytest.mark.parametrize("path", ["/checkout", "/orders/x", "/webhook", "/health", "/return/x"])
def test_every_route_of_the_engine_is_the_engines(storefront: Path, logbook: Any, path: str) -> None:
    (storefront / path.lstrip("/")).parent.mkdir(exist_ok=True)
    (storefront / path.lstrip("/")).write_text("not the engine's")
    assert "not the engine's" not in ask(storefront, logbook, "GET", path).text


def test_a_cart_is_posted_beside_the_pages(storefront: Path, logbook: Any) -> None:
    answer = ask(storefront, logbook, "POST", "/checkout", data={"id": "test-10", "quantity": "1"})
    assert answer.status_code == 303


def test_a_page_that_is_not_there_is_the_engines_problem(storefront: Path, logbook: Any) -> None:
    answer = ask(storefront, logbook, "GET", "/nothing.html")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    "path", ["/_headers", "/.env", "/%2Eenv", "/about/../.env", "/../secret.txt", "/..%2Fsecret.txt", "/%2e%2e/secret.txt"]
)
def test_what_is_hidden_stays_hidden(storefront: Path, logbook: Any, path: str) -> None:
    answer = ask(storefront, logbook, "GET", path)
    assert (answer.status_code, "hidden" in answer.text) == (404, False)


def test_a_request_line_with_the_whole_url_is_as_one_with_its_path(storefront: Path, logbook: Any) -> None:
    said = {
        "about/": b"About us",
        "products?site=shop": b'"site":"shop"',
        "_headers": b"/problems/not-found",
        ".env": b"/problems/not-found",
    }
    app = EngineWithStorefront(AsgiApp(Engine().app, logbook.log), storefront)
    requests = [f"GET http://other.example/{path} HTTP/1.1\r\nHost: other.example\r\n" for path in said]
    answers = asyncio.run(exchange(app, f"{'\r\n'.join(requests)}Connection: close\r\n\r\n".encode())).split(b"HTTP/1.1 ")
    assert [text in answer for text, answer in zip(said.values(), answers[1:], strict=True)] == [True] * len(said)


def test_a_page_takes_no_post(storefront: Path, logbook: Any) -> None:
    assert ask(storefront, logbook, "POST", "/index.html").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ],
)
def test_a_page_carries_security_headers(storefront: Path, logbook: Any, name: str, value: str) -> None:
    assert ask(storefront, logbook, "GET", "/").headers[name] == value


def test_a_storefront_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no folder"):
        check_storefront(tmp_path / "nowhere", tmp_path / "orders.db")


def test_a_storefront_that_would_show_the_orders_is_refused(storefront: Path) -> None:
    with pytest.raises(ConfigurationError, match="where anyone could read it"):
        check_storefront(storefront, storefront / "data" / "orders.db")


def test_a_storefront_that_contains_the_settings_is_refused(storefront: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"contains \.env, and .*: move \.env to the folder in which you start"):
        check_storefront(storefront, tmp_path / "orders.db")


def test_pages_and_images_that_the_storefront_lacks_are_told(storefront: Path) -> None:
    products = (
        '[products.mug]\nname = "Mug"\nprices = { USD = "10.00" }\nimage = "/mug%201.png"\n'
        '[products.pot]\nname = "Pot"\nprices = { USD = "10.00" }\nimage = "https://shop.example/pot.png"\n'
        '[products.old]\nname = "Old"\nprices = { USD = "10.00" }\nimage = "/old.png"\nactive = false\n'
    )
    sites = (
        '[sites.shop]\nname = "S"\nsuccess_page = "/about?paid=1"\ncancel_page = "/gone.html"\ndefault_strategy = "paypal"\n'
    )
    catalog = make_catalog(products, sites)
    assert missing_files(catalog, storefront) == [
        f"cancel_page of shop: there is no /gone.html in {storefront}",
        f"image of mug: there is no /mug%201.png in {storefront}",
    ]
    (storefront / "gone.html").touch()
    (storefront / "mug 1.png").touch()
    assert missing_files(catalog, storefront) == []


def test_a_page_without_its_suffix_is_there_if_the_server_adds_it(storefront: Path) -> None:
    (storefront / "thanks.html").touch()
    sites = '[sites.shop]\nname = "S"\nsuccess_page = "/thanks"\ncancel_page = "/"\ndefault_strategy = "paypal"\n'
    catalog = make_catalog('[products.mug]\nname = "Mug"\nprices = { USD = "10.00" }\n', sites)
    assert missing_files(catalog, storefront, adds_html=True) == []
    assert missing_files(catalog, storefront) == [f"success_page of shop: there is no /thanks in {storefront}"]
