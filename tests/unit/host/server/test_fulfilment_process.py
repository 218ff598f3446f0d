"""A shop process that is killed while it sends a fulfilment webhook."""

import asyncio
import contextlib
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.server.loopback import free_port
from support.app import CHARGEABLE_PRODUCTS
from support.app import SHOP as SITE
from support.builders import NOW, make_event, make_order
from support.merchants import SIGNING_SECRET

pytestmark = pytest.mark.process


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


def test_a_shop_killed_while_it_tells_the_merchant_tells_it_again(start: Any, settings: dict[str, str], tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowReceiver)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    (tmp_path / "products.toml").write_text(
        CHARGEABLE_PRODUCTS.replace('sites = ["other"]', "active = false"), encoding="utf-8"
    )
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
        store, inbox = OrderStore(kept), Inbox(kept)
        await store.create_order(make_order(), "", "digest")
        await inbox.record_event(make_event(EventKind.PAID), NOW)
        kept.close()

    shop = serve()
    asyncio.run(pay_an_order())
    assert SlowReceiver.arrived.wait(20)
    shop.kill()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (claimed,) = connection.execute("SELECT state, attempts FROM outbox").fetchall()
        connection.execute("UPDATE outbox SET next_at = 0")  # a minute later
        connection.execute("UPDATE reconciling SET until = 0 WHERE name LIKE 'loop:%'")
        connection.commit()
    again = serve()
    again.wait_for_text('"state": "delivered"')
    again.popen.terminate()
    assert (claimed, again.end()) == (("waiting", 1), 0)
    first, second = SlowReceiver.got
    assert first == second
    server.shutdown()
    server.server_close()
