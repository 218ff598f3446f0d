"""Compares the time of a webhook in a small orders table with its time in a large one.

Both tables are SQLite files, filled by SQL; each order has an event and an outbox message. An engine verifies and records the
webhooks as usual. The two engines take turns, so that other load on the machine slows both.
"""

import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.parts import Parts
from lightning_cart.http import HttpRequest
from lightning_cart.storage.rows import order_values
from lightning_cart_host.chaos.samples import percentile
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.assembly import OpenEngine, open_host
from lightning_cart_host.shop_client.example_shop import PRODUCT, SITE

FEW = 1000
MAX_SLOWDOWN = 1.3
_ROUNDS = 400
_SECRET = "whsec_secret_of_this_measurement"  # noqa: S105 - used by this measurement only
_ENV = {
    "PUBLIC_URL": "http://127.0.0.1",
    "RECEIPT_SECRET": "used-by-this-measurement-only-32-chars",
    "STRIPE_SECRET_KEY": "sk_test_key_of_this_measurement",
    "STRIPE_WEBHOOK_SECRET": _SECRET,
}
_TOTAL = 1000  # minor units
_ORDER = Order(
    id="",
    site_id=SITE,
    strategy="stripe_checkout",
    provider="stripe",
    lines=(LineItem(PRODUCT, "Test checkout", Money(_TOTAL, "USD"), 1),),
    parts=Parts.of(Money(_TOTAL, "USD")),
    created_at=0,
    updated_at=0,
)
_FILL = (
    """
    INSERT INTO orders (id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, idempotency_key, request_digest, session_id, payment_ref, created_at, updated_at)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :orders)
    SELECT printf('ord_%026d', n), :site, 'stripe_checkout', 'stripe', CASE WHEN n % 10 THEN 'open' ELSE 'expired' END, 'USD',
        :total, :lines, '{}', '', '', printf('key-%d', n), '', printf('cs_test_%d', n), '', :now, :now FROM numbers
    """,
    """
    INSERT INTO events (provider, event_id, type, kind, order_id, payment_ref, subscription_ref, subject, status_before,
        verdict, fresh, received_at)
    SELECT 'stripe', 'evt_' || id, 'checkout.session.expired', 'expired', id, '', '', '', 'open', 'applied', 0, :now FROM orders
    """,
    """
    INSERT INTO outbox (order_id, effect, created_at, state) SELECT id, 'order.expired', :now, 'delivered' FROM orders
    """,
)


@dataclass(frozen=True, slots=True)
class LatencyComparison:
    """The median webhook times of two table sizes.

    Args:
        few: Orders in the small table.
        many: Orders in the large table.
        few_ms: Median milliseconds per webhook with the small table.
        many_ms: Median milliseconds per webhook with the large table.
    """

    few: int
    many: int
    few_ms: float
    many_ms: float

    @property
    def ratio(self) -> float:
        """The time with the large table divided by the time with the small one."""
        return round(self.many_ms / self.few_ms, 2)

    @property
    def within_limit(self) -> bool:
        """Whether the ratio is at most `MAX_SLOWDOWN`."""
        return self.ratio <= MAX_SLOWDOWN


def fill(database: Path, orders: int) -> None:
    """Insert orders into a migrated database.

    Args:
        database: The SQLite file.
        orders: The number of orders.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for statement in _FILL:
            values = {
                "orders": orders,
                "site": SITE,
                "total": _TOTAL,
                "lines": order_values(_ORDER, "", "")["lines"],
                "now": int(time.time()),
            }
            connection.execute(statement, values)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _open_table(folder: Path, orders: int) -> OpenEngine:
    database = folder / f"{orders}.db"
    host = await open_host(_ENV, find_resource("config"), database)
    await asyncio.to_thread(fill, database, orders)
    return host


def _webhook(order: int, number: int) -> HttpRequest:
    from lightning_cart_sandbox.stripe.signing import signature_header  # noqa: PLC0415 - an optional extra

    now = int(time.time())
    session = {
        "id": f"cs_test_{order}",
        "object": "checkout.session",
        "client_reference_id": f"ord_{order:026d}",
        "metadata": {"order_id": f"ord_{order:026d}"},
        "amount_total": _TOTAL,
        "currency": "usd",
        "payment_status": "paid",
        "status": "complete",
        "mode": "payment",
        "payment_intent": f"pi_{order}",
        "subscription": None,
    }
    event = {
        "id": f"evt_paid_{number}",
        "object": "event",
        "type": "checkout.session.completed",
        "created": now,
        "livemode": False,
        "data": {"object": session},
    }
    body = json.dumps(event).encode()
    headers = {"stripe-signature": signature_header([_SECRET], body, now), "content-type": "application/json"}
    return HttpRequest("POST", "/webhook/stripe", headers, body)


async def _time_one(host: OpenEngine, order: int, number: int) -> float:
    request = _webhook(order, number)
    started = time.perf_counter()
    response = await host.app.handle(request)
    milliseconds = (time.perf_counter() - started) * 1000
    if response.status != 200 or response.log_fields.get("order_status") != OrderStatus.PAID:
        raise AssertionError(f"a webhook was answered {response.status}: {response.body.decode()[:200]}")
    return milliseconds


async def measure(many: int, seed: int, report_progress: Callable[[int, int], None]) -> LatencyComparison:
    """Time webhooks with a small and with a large table.

    Args:
        many: Orders in the large table.
        seed: Selects the orders that are paid.
        report_progress: Takes the number of webhooks measured and their total.
    """
    generator = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="lightning-cart-") as folder:
        hosts = [(orders, await _open_table(Path(folder), orders)) for orders in (FEW, many)]
        try:
            numbers = {orders: generator.sample(range(1, orders + 1), _ROUNDS) for orders, _ in hosts}
            times: dict[int, list[float]] = {orders: [] for orders, _ in hosts}
            for number in range(_ROUNDS):
                for orders, host in hosts:
                    times[orders].append(await _time_one(host, numbers[orders][number], number))
                report_progress(number + 1, _ROUNDS)
        finally:
            for _, host in hosts:
                await host.close()
    few_ms, many_ms = (round(percentile(times[orders], 0.5), 3) for orders, _ in hosts)
    return LatencyComparison(FEW, many, few_ms, many_ms)
