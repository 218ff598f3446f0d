"""A shop opens in one cell; an error is one sentence that says what to do."""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge import wrangler
from lightning_cart_host.server import uvicorn_server
from lightning_cart_host.shop_client.form_filling import CARD
from lightning_cart_notebook import NotebookError, NotebookShop, open_edge, open_shop
from lightning_cart_notebook import buyer as buyer_module
from lightning_cart_notebook.view import View

LIVE = {"STRIPE_SECRET_KEY": "sk_live_S3CRET"}


def opening_error(opening: Awaitable[object]) -> str:
    """Return the error of opening a shop."""

    async def run() -> None:
        await opening

    with pytest.raises(NotebookError) as caught:
        asyncio.run(run())
    return str(caught.value)


@pytest.mark.parametrize(
    ("strategy", "environ", "sentence"),
    [
        ("stripe_checkout", LIVE, "STRIPE_SECRET_KEY is not a test key, and a notebook spends no real money: set one"),
        ("stripe_links", {"STRIPE_SECRET_KEY": "rk_live_S3CRET"}, "STRIPE_SECRET_KEY is not a test key"),
        ("paypal", {"PAYPAL_CLIENT_ID": "S3CRET"}, "PAYPAL_CLIENT_SECRET beside it must be set as well"),
        (
            "paypal",
            {"PAYPAL_CLIENT_ID": "a", "PAYPAL_CLIENT_SECRET": "S3CRET", "PAYPAL_API_BASE": "https://api-m.paypal.com"},
            "PAYPAL_API_BASE is not the provider's sandbox, and a notebook spends no real money: set it to https://api-m.sandbox",
        ),
        ("square", {"SQUARE_ACCESS_TOKEN": "S3CRET"}, "SQUARE_LOCATION_ID beside it must be set as well"),
        (
            "square",
            {"SQUARE_ACCESS_TOKEN": "S3CRET", "SQUARE_LOCATION_ID": "L", "SQUARE_API_BASE": "https://connect.squareup.com"},
            "SQUARE_API_BASE is not the provider's sandbox",
        ),
    ],
    ids=["a live key", "a live restricted key", "half an app", "PayPal itself", "no location", "Square itself"],
)
def test_keys_that_could_spend_money_are_refused_and_not_repeated(
    strategy: str, environ: dict[str, str], sentence: str
) -> None:
    said = opening_error(open_shop(strategy, buyer="click", environ=environ))
    assert sentence in said
    assert "S3CRET" not in said


def test_a_script_cannot_pay_at_the_provider_itself() -> None:
    said = opening_error(open_shop(environ={"STRIPE_SECRET_KEY": "sk_test_x"}))
    assert said == "The scripted buyer knows only the local sandbox's pages: set BUYER = 'click' to pay at Stripe."


def test_inside_a_browser_nobody_can_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    said = opening_error(open_shop(buyer="click", environ={}))
    assert said == "Inside a browser no server can be started: set BUYER = 'script'."


def test_an_unknown_buyer_is_told_which_there_are() -> None:
    assert opening_error(open_shop(buyer="robot", environ={})) == "BUYER must be 'script' or 'click'."


def test_an_unknown_way_to_pay_is_told_which_there_are() -> None:
    said = opening_error(open_shop("cash", environ={}))
    assert said == "There is no strategy of that name: use one of stripe_checkout, stripe_links, paypal, square."


def test_a_malformed_webhook_secret_is_told_what_it_must_be() -> None:
    said = opening_error(open_shop(environ={}, settings={"STRIPE_WEBHOOK_SECRET": "S3CRET"}))
    assert said == "STRIPE_WEBHOOK_SECRET must start with whsec_."


def test_a_wrong_webhook_secret_is_told_where_to_look() -> None:
    async def scene() -> None:
        shop = await open_shop(environ={}, settings={"STRIPE_WEBHOOK_SECRET": "whsec_of_another_endpoint"})
        checkout = await shop.check_out()
        await shop.pay(await shop.visit(checkout.json["url"]), checkout.json["order_id"])
        await shop.deliver()

    said = opening_error(scene())
    assert said.startswith("The engine refused a webhook of Stripe (sandbox): ")
    assert "check that the engine has the endpoint's signing secret" in said


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = opening_error(open_shop(buyer="click", environ={}, port=port))
    assert said.startswith(f"The shop did not start: cannot listen on 127.0.0.1 port {port}: ")
    assert "Name another one with open_shop(port=…)" in said


def test_a_sandbox_that_does_not_start_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ConfigurationError("no socket is left")

    monkeypatch.setattr(uvicorn_server, "serve", fail)
    assert opening_error(open_shop(buyer="click", environ={})) == "The shop did not start: no socket is left."


@pytest.mark.parametrize(("missing", "buyer"), [("starlette", "script"), ("httpx", "script"), ("uvicorn", "click")])
def test_a_missing_package_is_named_with_what_to_install(missing: str, buyer: str) -> None:
    script = (
        f"import asyncio, sys; sys.modules[{missing!r}] = None\n"
        "from lightning_cart_notebook import open_shop, NotebookError\n"
        f"try:\n    asyncio.run(open_shop(buyer={buyer!r}, environ={{}}))\nexcept NotebookError as error:\n    print(error)"
    )
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert f"needs the package {missing}" in said
    assert "pip install 'lightning-cart[notebooks]'" in said


def test_an_error_is_shown_in_a_notebook_without_a_traceback() -> None:
    script = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance().run_cell('''from lightning_cart_notebook import open_shop\n"
        "await open_shop(environ={'STRIPE_SECRET_KEY': 'sk_live_x'})''')"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert re.fullmatch(r"Error: STRIPE_SECRET_KEY is not a test key[^\n]*\n", done.stdout)
    assert done.stderr == ""


def test_a_shop_in_this_process_needs_neither_sockets_nor_threads_nor_native_packages() -> None:
    script = (
        "import asyncio, sys, threading, socket\n"
        "for name in ('uvicorn', 'cryptography', 'rich', 'typer', 'cffi'): sys.modules[name] = None\n"
        "from lightning_cart_notebook import open_shop\n"
        "async def scene():\n"
        "    shop = await open_shop(environ={})\n"
        "    socket.socket = None\n"
        "    checkout = await shop.check_out()\n"
        "    order_id = checkout.json['order_id']\n"
        "    await shop.pay(await shop.visit(checkout.json['url']), order_id)\n"
        "    await shop.come_back(order_id)\n"
        "    await shop.deliver()\n"
        "    print((await shop.order(order_id)).status, threading.active_count())\n"
        "asyncio.run(scene())"
    )
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "paid 1\n"


async def click(url: str) -> None:
    """Do what a person does behind the link, and follow the way back."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=20) as browser:
        page = await browser.get(url)
        back = await browser.post(page.url, data={**CARD, "action": "pay"})
        assert "success.html" in str(back.url)


@pytest.mark.process
def test_who_clicks_pays_behind_the_link_over_real_sockets() -> None:
    async def scene() -> None:
        shop = await open_shop(buyer="click", environ={})
        try:
            checkout = await shop.check_out()
            link = await shop.visit(checkout.json["url"])
            assert isinstance(link, View)
            assert f'href="{checkout.json["url"]}"' in link.html
            waiting = asyncio.create_task(shop.pay(link, checkout.json["order_id"]))
            await click(checkout.json["url"])
            assert repr(await waiting) == "You have paid."
            webhooks = await shop.deliver()
            assert {one.response.status for one in webhooks if one.response} == {200}
            assert (await shop.order(checkout.json["order_id"])).status is OrderStatus.PAID
            assert "+$9.41" in repr(shop.ledger())
        finally:
            await shop.close()

    asyncio.run(scene())


def test_who_never_pays_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buyer_module, "PERSON_TIMEOUT_SECONDS", 0.0)

    async def scene() -> None:
        shop = await open_shop(buyer="click", environ={})
        try:
            checkout = await shop.check_out()
            await shop.pay(await shop.visit(checkout.json["url"]), checkout.json["order_id"])
        finally:
            await shop.close()

    assert opening_error(scene()).endswith("pay behind the link above, then run this cell again.")


@pytest.mark.process
def test_test_keys_lead_to_the_provider_itself() -> None:
    """The provider itself is another sandbox here, at the address that `STRIPE_API_BASE` names."""

    async def scene() -> None:
        provider = await open_shop(buyer="click", environ={})
        environ = {"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_BASE": provider.settings["STRIPE_API_BASE"]}
        shop = await open_shop(buyer="click", environ=environ)
        try:
            assert "Stripe (test mode)" in repr(shop)
            checkout = await shop.check_out()
            order_id = checkout.json["order_id"]
            waiting = asyncio.create_task(shop.pay(await shop.visit(checkout.json["url"]), order_id))
            await click(checkout.json["url"])
            assert repr(await waiting) == "You have paid."
            assert repr(await shop.deliver()) == "Nothing was exchanged."
            assert "dashboard of Stripe (test mode)" in repr(shop.ledger())
            assert "dashboard of Stripe (test mode)" in repr(shop.dashboard_refund(order_id, 100))
            assert "Only a simulated clock" in wait_error(shop)
        finally:
            await shop.close()
            await provider.close()

    def wait_error(shop: NotebookShop) -> str:
        with pytest.raises(NotebookError) as caught:
            shop.wait(1)
        return str(caught.value)

    asyncio.run(scene())


def test_an_order_of_another_shop_is_not_known() -> None:
    async def scene() -> None:
        await (await open_shop(environ={})).order("ord_00000000000000000000000001")

    assert "There is no order ord_00000000000000000000000001 in this shop" in opening_error(scene())


def test_a_worker_that_does_not_answer_is_told_how_to_start() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        said = opening_error(open_edge({"WORKER_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}"}))
    assert said == "WORKER_URL does not respond: start a Worker with `make edge`, or leave WORKER_URL out."


def test_without_the_offline_runtime_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(wrangler, "OFFLINE_WRANGLER", tmp_path / "none")
    assert opening_error(open_edge({})) == "The offline runtime is not installed: run scripts/setup-node in a checkout."


@pytest.fixture
def engine() -> Callable[[Callable[[NotebookShop], Awaitable[None]]], None]:
    """Run a scene beside a shop on sockets, in place of a Worker."""

    def run(scene: Callable[[NotebookShop], Awaitable[None]]) -> None:
        async def whole() -> None:
            shop = await open_shop(buyer="click", environ={})
            try:
                await scene(shop)
            finally:
                await shop.close()

        asyncio.run(whole())

    return run


@pytest.mark.process
def test_an_engine_that_runs_already_is_used_and_its_sandbox_asked(engine: Any) -> None:
    async def scene(shop: NotebookShop) -> None:
        sandbox = shop.settings["STRIPE_API_BASE"].removesuffix("/stripe")
        edge = await open_edge({"WORKER_URL": f"{shop.engine.public_url}/", "SANDBOX_URL": sandbox})
        checkout = await edge.ask("POST", "/checkout", {"items": [{"id": "test-10", "quantity": 1}]})
        await edge.pay(await edge.visit(checkout.json["url"]))
        assert "checkout.session.completed  200     delivered" in repr(await edge.deliver())
        order = await edge.ask("GET", f"/orders/{checkout.json['order_id']}", receipt=checkout.json["receipt"])
        assert order.json["status"] == "paid"
        assert "+$9.41" in repr(await edge.ledger())
        await edge.close()

    engine(scene)


@pytest.mark.process
def test_without_its_address_the_sandbox_of_a_running_worker_is_asked_for(engine: Any) -> None:
    async def scene(shop: NotebookShop) -> None:
        edge = await open_edge({"WORKER_URL": shop.engine.public_url})
        with pytest.raises(NotebookError, match="set SANDBOX_URL, as `make edge` prints it"):
            await edge.ledger()
        await edge.close()

    engine(scene)
