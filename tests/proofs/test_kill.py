"""`kill -9` while buyers buy: the engine restarts on its database, and every order ends right and fulfilled once."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lightning_cart.ports import Statement
from lightning_cart_host.server.loopback import free_port
from proofs.edge import WAYS, D1OverHttp, WorkerdShop
from proofs.load import Crowd, kill_under_load, left_the_banks, send_again, until
from support.app import CHARGEABLE_PRODUCTS, OTHER, SHOP, run
from support.builders import RECEIPT_SECRET
from support.http_server import serving
from support.merchants import SIGNING_SECRET
from support.processes import CliProcess, sandbox_settings, start_sandbox, start_shop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("edge")]

SEED, BUYERS = 5, 40
# So that the reconciler asks about them already, and the leases of what was killed are over.
AGE_ORDERS = "UPDATE orders SET created_at = created_at - 1000, busy_until = 0"
EASE = "UPDATE outbox SET next_at = 0 WHERE state = 'waiting'"  # what a dead process held comes due
FREE_LOOPS = "UPDATE reconciling SET until = 0 WHERE name LIKE 'loop:%'"  # so does its lease of the loops
STANDING = """
    SELECT o.id, o.status, o.paid_minor = o.total_minor AS whole, o.needs_review, o.paid_minor,
        (SELECT group_concat(effect) FROM outbox AS b WHERE b.order_id = o.id) AS effects
    FROM orders AS o ORDER BY o.id
"""


class RecordingMerchant:
    """A merchant's server that records the id and the body of each message."""

    def __init__(self, origin: str) -> None:
        self.address = f"{origin}/hook"
        self.messages: list[tuple[str, bytes]] = []
        self.app = Starlette(routes=[Route("/hook", self._hear, methods=["POST"])])

    async def _hear(self, request: Request) -> Response:
        self.messages.append((request.headers["webhook-id"], await request.body()))
        return Response(status_code=204)


class HostShop:
    """`lightning-cart serve` with a database file, which can be killed and restarted.

    Args:
        folder: For its files.
        port: Its port.
        sandbox: The sandbox's URL.
    """

    def __init__(self, folder: Path, port: int, sandbox: str) -> None:
        self.address, self.database = f"http://127.0.0.1:{port}", folder / "orders.db"
        self._port, self._folder, self._sandbox = port, folder, sandbox
        self._settings = {"FULFILMENT_SECRET": SIGNING_SECRET, "FULFILMENT_ALLOW_PRIVATE": "1"}
        self.start()

    def start(self) -> None:
        options = ("--config", str(self._folder), "--storefront", "none")
        self._process: CliProcess = start_shop(self._port, self._sandbox, self.database, *options, **self._settings)

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.close()

    def execute(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.database, isolation_level=None, timeout=10)) as connection:
            return connection.execute(sql).fetchall()

    def reconcile(self) -> dict[str, Any]:
        """Run `lightning-cart reconcile`, and return its report."""
        arguments = ["reconcile", "--config", str(self._folder), "--database", str(self.database), "--json"]
        own = self._settings | {"RECEIPT_SECRET": RECEIPT_SECRET, "PUBLIC_URL": self.address}
        env = os.environ | sandbox_settings(self._sandbox) | own
        command = [sys.executable, "-m", "lightning_cart_host", *arguments]
        done = subprocess.run(command, env=env, cwd=self._folder, capture_output=True, text=True, timeout=60, check=True)
        report: dict[str, Any] = json.loads(done.stdout)
        return report


@pytest.fixture
def merchant() -> Iterator[RecordingMerchant]:
    with serving(RecordingMerchant) as made:
        yield made


def test_a_host_that_is_killed_under_load_ends_with_every_order_right(tmp_path: Path, merchant: RecordingMerchant) -> None:
    (tmp_path / "products.toml").write_text(CHARGEABLE_PRODUCTS, encoding="utf-8")
    (tmp_path / "sites.toml").write_text(f'{SHOP}{WAYS}fulfilment_url = "{merchant.address}"\n{OTHER}', encoding="utf-8")
    port = free_port()
    with start_sandbox(port) as sandbox, closing(HostShop(tmp_path, port, sandbox.address)) as shop:
        crowd = Crowd(shop.address, SEED)
        assert kill_under_load(shop, partial(crowd.buy, range(BUYERS), 8), 3, SEED) >= 2
        shop.execute(AGE_ORDERS)
        send_again(sandbox.address)
        assert shop.reconcile()["complete"]
        shop.execute(EASE)
        shop.execute(FREE_LOOPS)
        until(lambda: len({name for name, _ in merchant.messages}) == BUYERS or None, "the merchant is told of each order")
        standing = shop.execute(STANDING)
        assert sorted(crowd.bought) == [order_id for order_id, *_ in standing]
        assert {row[1:4] + row[5:] for row in standing} == {("paid", 1, 0, "order.paid")}
        assert sum(row[4] for row in standing) == left_the_banks(sandbox.address)
        assert len(set(merchant.messages)) == BUYERS  # however often it was told of one, it was told the same


def standing_at(database: D1OverHttp, orders: list[str]) -> list[dict[str, Any]]:
    return [dict(row) for row in run(database.query(Statement(STANDING))) if row["id"] in orders]


def test_a_worker_that_is_killed_under_load_ends_with_every_order_right(edge_shop: WorkerdShop) -> None:
    before = left_the_banks(edge_shop.sandbox)
    crowd = Crowd(edge_shop.address, SEED)
    assert kill_under_load(edge_shop, partial(crowd.buy, range(16), 4), 1, SEED) == 1
    with D1OverHttp(edge_shop.address) as database:
        run(database.query(Statement(AGE_ORDERS)))
        send_again(edge_shop.sandbox)
        edge_shop.run_schedule(times=12)
        standing = standing_at(database, crowd.bought)
    assert len(standing) == 16
    assert {(row["status"], row["whole"], row["needs_review"], row["effects"]) for row in standing} == {
        ("paid", 1, 0, "order.paid")
    }
    assert sum(row["paid_minor"] for row in standing) == left_the_banks(edge_shop.sandbox) - before
