"""The commands as processes of their own: the demo buys, the servers stop gently, and a killed shop loses nothing."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from fulfilment import SIGNING_SECRET
from lightning_cart.order import EventKind
from lightning_cart.store import OrderStore
from lightning_cart_host.buyer import CARD
from lightning_cart_host.database import SqliteDatabase
from support import NOW, PRODUCTS, make_event, make_order
from support import SHOP as SITE

pytestmark = pytest.mark.process
SECRET = "whsec_process_tests"


@pytest.fixture
def client() -> Any:
    with httpx.Client(trust_env=False, timeout=20) as made:
        yield made


@pytest.fixture
def sandbox(start: Any, free_port: Callable[[], int]) -> Any:
    """A sandbox whose webhooks go to a port of the test's choice; gives its address and that port."""
    port, shop_port = free_port(), free_port()
    webhook = f"http://127.0.0.1:{shop_port}/webhook/stripe"
    process = start("sandbox", "--port", str(port), "--webhook", webhook, "--webhook-secret", SECRET)
    process.wait_for(f"http://127.0.0.1:{port}/health")
    return f"http://127.0.0.1:{port}", shop_port


@pytest.fixture
def start_shop(start: Any, sandbox: Any, settings: dict[str, str], tmp_path: Path) -> Callable[[], Any]:
    """Starts a shop that pays at the sandbox: each time on the same port and the same database."""
    address, port = sandbox
    env = settings | {"STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": f"{address}/stripe"}

    def start_it() -> Any:
        process = start("serve", "--port", str(port), "--database", str(tmp_path / "orders.db"), **env)
        process.wait_for(f"http://127.0.0.1:{port}/health")
        return process

    return start_it


def check_out(client: httpx.Client, port: int) -> Any:
    return client.post(f"http://127.0.0.1:{port}/checkout", json={"items": [{"id": "test-10", "quantity": 1}]}).json()


def pay(client: httpx.Client, url: str) -> int:
    return client.post(url.partition("#")[0], data={**CARD, "action": "pay"}).status_code


def status(client: httpx.Client, port: int, order: Any) -> str:
    headers = {"authorization": f"Bearer {order['receipt']}"}
    return str(client.get(f"http://127.0.0.1:{port}/orders/{order['order_id']}", headers=headers).json()["status"])


def lines(process: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.text.splitlines()]


def test_the_demo_buys_and_ends(start: Any) -> None:
    process = start("demo", "--once")
    assert process.end() == 0, process.text
    missing = [text for text in ("Banco Sabadell", "-$10.00", "+$0.59", "+$9.41", "order: paid") if text not in process.text]
    assert missing == []


def test_the_demo_tells_scripts_each_step_and_the_result(start: Any) -> None:
    process = start("demo", "--once", "--json")
    assert process.end() == 0, process.text
    addresses, *steps, last = lines(process)
    assert list(addresses) == ["addresses"]
    assert [step["step"] for step in steps] == list(range(1, 11))
    assert [step["order_status"] for step in steps][2:6] == ["open", "open", "paid", "paid"]
    ledger = last["result"]["ledger"]
    assert (last["result"]["ok"], last["result"]["order_status"], ledger["balanced"]) == (True, "paid", True)
    assert (ledger["paid_minor"], ledger["fee_minor"], ledger["credited_minor"]) == (1000, 59, 941)


def test_the_demo_never_shows_a_receipt(start: Any) -> None:
    process = start("demo", "--once", "--json")
    assert (process.end(), "eyJ" in process.text) == (0, False)


def test_the_demo_runs_again_on_the_books_of_an_earlier_one(start: Any, tmp_path: Path) -> None:
    results = []
    for _ in range(2):
        process = start("demo", "--once", "--json", "--state", str(tmp_path / "state.db"), "--database", "demo.db")
        assert process.end() == 0, process.text
        results.append(lines(process)[-1]["result"]["ledger"])
    assert [result["credited_minor"] for result in results] == [941, 941]
    assert results[1]["rows"][-1]["balance"] == "$18.82"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_the_demo_stays_up_until_it_is_told_to_stop(start: Any, client: httpx.Client, number: signal.Signals) -> None:
    process = start("demo", "--json")
    process.wait_for_text('"result"')
    addresses = lines(process)[-1]["result"]["addresses"]
    assert [client.get(address).status_code for address in addresses.values()] == [200, 200, 200]
    process.popen.send_signal(number)
    assert process.end() == 0
    assert "Traceback" not in process.text


def test_a_demo_whose_webhooks_do_not_arrive_fails_and_says_so(start: Any, sandbox: Any, settings: dict[str, str]) -> None:
    address, port = sandbox
    env = settings | {"STRIPE_WEBHOOK_SECRET": "whsec_another", "STRIPE_API_BASE": f"{address}/stripe"}
    start("serve", "--port", str(port), **env).wait_for(f"http://127.0.0.1:{port}/health")
    process = start(
        "demo", "--once", "--json", "--against", f"http://127.0.0.1:{port}", "--sandbox-url", address, "--patience", "2"
    )
    assert process.end() == 1
    result = lines(process)[-1]["result"]
    assert not result["ok"]
    assert result["sentence"] == "not every webhook about the order was delivered"


def test_the_demo_buys_at_an_engine_that_runs_already(start: Any, start_shop: Any, sandbox: Any) -> None:
    address, port = sandbox
    start_shop()
    process = start("demo", "--once", "--json", "--against", f"http://127.0.0.1:{port}/", "--sandbox-url", address)
    assert process.end() == 0, process.text


def test_the_demo_says_that_nobody_is_there(start: Any, free_port: Callable[[], int]) -> None:
    process = start("demo", "--once", "--json", "--against", f"http://127.0.0.1:{free_port()}")
    assert process.end() == 1
    assert "could not be reached (ConnectError)" in lines(process)[-1]["result"]["sentence"]


def test_the_demo_needs_no_pages_of_an_engine_elsewhere(start: Any, sandbox: Any, settings: dict[str, str]) -> None:
    address, port = sandbox
    env = settings | {"STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": f"{address}/stripe"}
    start("serve", "--port", str(port), "--storefront", "none", **env).wait_for(f"http://127.0.0.1:{port}/health")
    process = start("demo", "--once", "--json", "--against", f"http://127.0.0.1:{port}", "--sandbox-url", address)
    assert process.end() == 0, process.text
    assert len(lines(process)) == 10


def test_the_demo_says_that_an_address_is_not_an_engines(start: Any, sandbox: Any) -> None:
    process = start("demo", "--once", "--json", "--against", sandbox[0], "--sandbox-url", sandbox[0])
    assert process.end() == 1
    assert "answered 404 instead of 200" in lines(process)[-1]["result"]["sentence"]


def test_with_a_key_of_stripe_a_person_pays_at_the_providers_page(start: Any, sandbox: Any, client: httpx.Client) -> None:
    env = {"STRIPE_SECRET_KEY": "sk_test_person", "STRIPE_API_BASE": f"{sandbox[0]}/stripe"}
    process = start("demo", "--once", "--json", **env)
    process.wait_for_text('"pay_at"')
    invitation = next(line for line in lines(process) if "pay_at" in line)
    assert CARD["card_number"] in invitation["hint"]
    assert pay(client, invitation["pay_at"]) == 303
    assert process.end() == 0, process.text
    assert lines(process)[-1]["result"]["order_status"] == "paid"


def test_a_person_who_does_not_pay_is_not_waited_for_for_ever(start: Any, sandbox: Any) -> None:
    env = {"STRIPE_SECRET_KEY": "sk_test_person", "STRIPE_API_BASE": f"{sandbox[0]}/stripe"}
    process = start("demo", "--once", "--json", "--patience", "1", **env)
    assert process.end() == 1
    assert lines(process)[-1]["result"]["sentence"] == "nobody paid within 1 seconds"


def test_a_shop_that_is_killed_before_the_webhook_still_ends_in_a_paid_order(
    start_shop: Any, sandbox: Any, client: httpx.Client
) -> None:
    address, port = sandbox
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
    check_out(client, sandbox[1])
    shop.popen.send_signal(signal.SIGTERM)
    assert (shop.end(), "Traceback" in shop.text) == (0, False)
    assert sorted(path.name for path in tmp_path.glob("orders.db*")) == ["orders.db"]


def test_a_shop_logs_json_lines_and_no_secret(start_shop: Any, sandbox: Any, client: httpx.Client) -> None:
    shop = start_shop()
    order = check_out(client, sandbox[1])
    pay(client, order["url"])
    status(client, sandbox[1], order)
    shop.popen.send_signal(signal.SIGTERM)
    shop.end()
    events = lines(shop)
    assert [one["path"] for one in events if one.get("order_id") == order["order_id"]] != []
    hidden = (SECRET, "sk_test_", order["receipt"], CARD["email"])
    assert [text for text in hidden if text in shop.text] == []


def test_a_shop_with_missing_keys_starts_and_names_them(start: Any, free_port: Callable[[], int]) -> None:
    port = free_port()
    process = start("serve", "--port", str(port), "--storefront", "none")
    process.wait_for(f"http://127.0.0.1:{port}/health")
    health = httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
    assert (health.status_code, "STRIPE_SECRET_KEY" in health.json()["missing"]) == (503, True)
    assert "PUBLIC_URL" not in health.json()["missing"]
    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 404
    assert next(line for line in lines(process) if line["event"] == "missing_keys")["level"] == "warning"


class SlowReceiver(BaseHTTPRequestHandler):
    """A merchant that never answers the first message, and accepts the others."""

    got: ClassVar[list[tuple[str, bytes]]] = []
    arrived: ClassVar[threading.Event] = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        first = not self.got
        self.got.append((self.headers["webhook-id"], body))
        self.arrived.set()
        if first:
            with contextlib.suppress(OSError):
                self.rfile.read()
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_shop_killed_while_it_tells_the_merchant_tells_it_again(
    start: Any, free_port: Callable[[], int], settings: dict[str, str], tmp_path: Path
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowReceiver)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    (tmp_path / "products.toml").write_text(PRODUCTS.replace('sites = ["other"]', "active = false"), encoding="utf-8")
    hook = f'fulfilment_url = "http://127.0.0.1:{server.server_port}/"\n'
    (tmp_path / "sites.toml").write_text(SITE + hook, encoding="utf-8")
    database, port = str(tmp_path / "orders.db"), free_port()
    env = settings | {"FULFILMENT_SECRET": SIGNING_SECRET, "FULFILMENT_ALLOW_PRIVATE": "1"}

    def serve() -> Any:
        process = start("serve", "--port", str(port), "--config", str(tmp_path), "--database", database, **env)
        process.wait_for(f"http://127.0.0.1:{port}/health")
        return process

    async def pay_an_order() -> None:
        kept = SqliteDatabase(database)
        store = OrderStore(kept)
        await store.open(make_order(), "", "digest")
        await store.settle(make_event(EventKind.PAID), NOW)
        kept.close()

    shop = serve()
    asyncio.run(pay_an_order())
    assert SlowReceiver.arrived.wait(20)
    shop.kill()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (claimed,) = connection.execute("SELECT state, attempts FROM outbox").fetchall()
        connection.execute("UPDATE outbox SET next_at = 0")  # a minute later
        connection.commit()
    again = serve()
    again.wait_for_text('"state": "delivered"')
    again.popen.terminate()
    assert (claimed, again.end()) == (("waiting", 1), 0)
    first, second = SlowReceiver.got
    assert first == second
    server.shutdown()
    server.server_close()
