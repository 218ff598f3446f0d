"""The client disconnects while the Worker runs: whatever was written, the repeated webhook completes it."""

import socket
import time
from typing import Any

import httpx
import pytest

from lightning_cart.http import json_bytes
from lightning_cart.ports import Statement
from proofs.edge import D1OverHttp, WorkerdShop
from support.app import run
from support.builders import paid_session
from support.processes import sandbox_settings
from support.stripe import sign

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("edge")]


def webhook_for(shop: WorkerdShop, number: int) -> tuple[str, bytes, dict[str, str]]:
    """Return a new order, and the webhook that says that it is paid."""
    cart = {"site": "shop", "strategy": "stripe_checkout", "items": [{"id": "test-10", "quantity": 1}]}
    checkout = httpx.post(f"{shop.address}/checkout", json=cart, trust_env=False, timeout=30).json()
    order_id = checkout["order_id"]
    session = paid_session(order_id, id=checkout["session_id"], payment_intent=f"pi_{number}")
    body = json_bytes({"id": f"evt_lost_{number}", "type": "checkout.session.completed", "data": {"object": session}})
    signature = sign(body, int(time.time()), sandbox_settings(shop.sandbox)["STRIPE_WEBHOOK_SECRET"])
    return order_id, body, {"stripe-signature": signature, "content-type": "application/json"}


def hang_up_on(shop: WorkerdShop, body: bytes, headers: dict[str, str], after: float) -> None:
    """Send a webhook, and disconnect some seconds later without reading the response."""
    address = httpx.URL(shop.address)
    lines = ["POST /webhook/stripe HTTP/1.1", f"host: {address.host}", f"content-length: {len(body)}"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""])
    with socket.create_connection((address.host, address.port or 80), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(after)


def read_order_row(database: D1OverHttp, order_id: str) -> dict[str, Any]:
    sql = """
        SELECT status, paid_minor, needs_review, (SELECT count(*) FROM events WHERE order_id = o.id) AS events,
            (SELECT group_concat(effect) FROM outbox WHERE order_id = o.id) AS effects
        FROM orders AS o WHERE id = ?
    """
    ((row),) = run(database.query(Statement(sql, (order_id,))))
    return dict(row)


def test_a_worker_whose_answers_are_lost_settles_each_webhook_once(edge_shop: WorkerdShop) -> None:
    with D1OverHttp(edge_shop.address) as database:
        written = 0
        for number in range(12):
            order_id, body, headers = webhook_for(edge_shop, number)
            hang_up_on(edge_shop, body, headers, number * 0.004)
            written += read_order_row(database, order_id)["events"]
            for _ in range(2):
                answer = httpx.post(f"{edge_shop.address}/webhook/stripe", content=body, headers=headers, trust_env=False)
                assert answer.status_code == 200
            assert read_order_row(database, order_id) == {
                "status": "paid",
                "paid_minor": 1000,
                "needs_review": 0,
                "events": 1,
                "effects": "order.paid",
            }
        assert written  # some were recorded before they were sent again
