"""The servers as processes: they stop gracefully, and a killed shop loses nothing."""

import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart_host.server.loopback import free_port
from lightning_cart_host.shop_client.form_filling import CARD

pytestmark = pytest.mark.process


def check_out(client: httpx.Client, port: int) -> Any:
    return client.post(f"http://127.0.0.1:{port}/checkout", json={"items": [{"id": "test-10", "quantity": 1}]}).json()


def pay(client: httpx.Client, url: str) -> int:
    return client.post(url.partition("#")[0], data={**CARD, "action": "pay"}).status_code


def status(client: httpx.Client, port: int, order: Any) -> str:
    headers = {"authorization": f"Bearer {order['receipt']}"}
    return str(client.get(f"http://127.0.0.1:{port}/orders/{order['order_id']}", headers=headers).json()["status"])


def test_a_shop_that_is_killed_before_the_webhook_still_ends_in_a_paid_order(
    start_shop: Any, sandbox: Any, client: httpx.Client
) -> None:
    address, port = sandbox.address, sandbox.port
    shop = start_shop()
    order = check_out(client, port)
    shop.kill()
    assert pay(client, order["url"]) == 303
    assert client.get(f"{address}/api/deliveries").json()["deliveries"][0]["state"] == "pending"
    start_shop()
    until = time.monotonic() + 20
    while status(client, port, order) != "paid" and time.monotonic() < until:
        time.sleep(0.1)
    assert status(client, port, order) == "paid"


def test_a_shop_stops_gently_and_leaves_its_database_whole(
    start_shop: Any, sandbox: Any, client: httpx.Client, tmp_path: Path
) -> None:
    shop = start_shop()
    check_out(client, sandbox.port)
    shop.popen.send_signal(signal.SIGTERM)
    assert (shop.end(), "Traceback" in shop.text) == (0, False)
    assert sorted(path.name for path in tmp_path.glob("orders.db*")) == ["orders.db", "orders.db.lock"]


def test_a_shop_logs_json_lines_and_no_secret(start_shop: Any, sandbox: Any, client: httpx.Client) -> None:
    shop = start_shop()
    order = check_out(client, sandbox.port)
    pay(client, order["url"])
    status(client, sandbox.port, order)
    shop.popen.send_signal(signal.SIGTERM)
    shop.end()
    events = shop.lines
    assert [one["path"] for one in events if one.get("order_id") == order["order_id"]] != []
    hidden = (
        sandbox.env["STRIPE_WEBHOOK_SECRET"],
        sandbox.env["SQUARE_ACCESS_TOKEN"],
        "sk_test_",
        order["receipt"],
        CARD["email"],
    )
    assert [text for text in hidden if text in shop.text] == []


def test_a_shop_with_missing_keys_starts_and_names_them(start: Any) -> None:
    port = free_port()
    process = start("serve", "--port", str(port), "--storefront", "none")
    process.wait_for(f"http://127.0.0.1:{port}/health")
    health = httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
    assert (health.status_code, health.json()) == (503, {"status": "unavailable"})
    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 404
    told = {line["name"]: (line["level"], line["reason"]) for line in process.lines if line["event"] == "setting"}
    assert told["STRIPE_SECRET_KEY"] == ("warning", "is not set")
    assert "PUBLIC_URL" not in told
    (catalogue,) = (line for line in process.lines if line["event"] == "catalogue")
    assert (catalogue["level"], catalogue["warnings"], catalogue["advice"]) == (
        "warning",
        1,
        "run lightning-cart catalog check",
    )


def test_a_sandbox_prints_once_what_an_engine_needs(start_shop: Any, sandbox: Any, client: httpx.Client) -> None:
    needed = {need.name for strategy in STRATEGIES for need in strategy.settings if not need.optional}
    assert set(sandbox.process.settings) == needed
    heads = [line for line in sandbox.process.text.splitlines() if line.startswith("#")]
    assert heads[1:] == ["# Settings for the .env of an engine that works with this sandbox."]
    start_shop()
    assert client.get(f"http://127.0.0.1:{sandbox.port}/health").json()["status"] == "ok"


def test_a_sandbox_with_no_engine_prints_what_any_client_needs(start: Any) -> None:
    port = free_port()
    process = start("sandbox", "--port", str(port))
    process.wait_for(f"http://127.0.0.1:{port}/health")
    heads = [line for line in process.text.splitlines() if line.startswith("#")]
    assert heads == [
        f"# Payments, webhooks, the ledger and keys, in a browser: http://127.0.0.1:{port}/",
        "# Keys and base URLs of this sandbox, for any client.",
    ]
    assert process.settings["STRIPE_API_BASE"] == f"http://127.0.0.1:{port}/stripe"
