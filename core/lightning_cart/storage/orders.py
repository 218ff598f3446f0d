"""The orders table: creating, finding and listing orders over the `Database` port.

Databases at the edge have no interactive transactions, so every atomic decision is one batch of conditional statements.
"""

from typing import NamedTuple, cast

from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.refund import Refund
from lightning_cart.errors import NotFound
from lightning_cart.ports import Database, Row
from lightning_cart.storage.refunds import SELECT_REFUNDS, row_to_refund
from lightning_cart.storage.rows import order_values, row_to_order
from lightning_cart.storage.sql import Sql, run_batch

SELECT_ORDER = Sql("SELECT * FROM orders WHERE id = :id")
_INSERT_ORDER = Sql("""
    INSERT INTO orders (
        id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, idempotency_key, request_digest, created_at, updated_at
    ) VALUES (
        :id, :site, :strategy, :provider, 'open', :currency, :total_minor, :lines, :metadata, :customer_email,
        :statement_descriptor_suffix, :idempotency_key, :request_digest, :created_at, :created_at
    ) ON CONFLICT (idempotency_key) DO NOTHING
""")
_SELECT_NEW_ORDER = Sql(
    "SELECT * FROM orders WHERE id = :id UNION SELECT * FROM orders WHERE idempotency_key = :idempotency_key"
)
_SELECT_BY_KEY = Sql("SELECT * FROM orders WHERE idempotency_key = :idempotency_key")
_SAVE_SESSION = Sql("""
    UPDATE orders SET session_id = :session_id, session_url = :session_url, session_expires_at = :session_expires_at,
        updated_at = MAX(updated_at, :now)
    WHERE id = :id
""")
_SELECT_EVENTS = Sql("SELECT * FROM events WHERE order_id = :id ORDER BY received_at, event_id")
_SELECT_MESSAGES = Sql("SELECT * FROM outbox WHERE order_id = :id ORDER BY created_at, effect")
_LIST_ORDERS = Sql("SELECT * FROM orders WHERE :status IN ('', status) ORDER BY id DESC LIMIT :limit")


class OrderHistory(NamedTuple):
    """An order with its events, its outbox messages (`effects`) and its refunds, oldest first."""

    order: Order
    events: tuple[Row, ...]
    effects: tuple[Row, ...]
    refunds: tuple[Refund, ...]


class OrderStore:
    """The stored orders.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def create_order(self, order: Order, key: str, digest: str) -> tuple[Order, str]:
        """Save a new order, or return the one that was saved with the same idempotency key. One round trip.

        Args:
            order: The new order.
            key: The caller's idempotency key, or empty.
            digest: SHA-256 of the request's body.

        Returns:
            The saved order, and the digest of the request that created it.
        """
        values = order_values(order, key, digest)
        rows = await run_batch(self.database, {"insert": _INSERT_ORDER(values), "saved": _SELECT_NEW_ORDER(values)})
        row = rows["saved"][0]
        return row_to_order(row), cast("str", row["request_digest"])

    async def find_by_key(self, key: str) -> tuple[Order, str] | None:
        """Return the order with this idempotency key and the digest of its request, or None. One round trip."""
        rows = await self.database.query(_SELECT_BY_KEY({"idempotency_key": key}))
        return (row_to_order(rows[0]), cast("str", rows[0]["request_digest"])) if rows else None

    async def save_session(self, order_id: str, session: CheckoutSession, now: int) -> None:
        """Save the hosted checkout that a provider opened for an order. One round trip."""
        await self.database.query(
            _SAVE_SESSION(
                {
                    "id": order_id,
                    "session_id": session.id,
                    "session_url": session.url,
                    "session_expires_at": session.expires_at,
                    "now": now,
                }
            )
        )

    async def find_order(self, order_id: str) -> Order | None:
        """Return the order with this id, or None."""
        rows = await self.database.query(SELECT_ORDER({"id": order_id}))
        return row_to_order(rows[0]) if rows else None

    async def get_order(self, order_id: str) -> Order:
        """Return the order with this id.

        Raises:
            NotFound: No order has this id.
        """
        order = await self.find_order(order_id)
        if order is None:
            raise NotFound("there is no such order")
        return order

    async def list_orders(self, status: str = "", limit: int = 50) -> list[Order]:
        """Return the newest orders, of one status or of all."""
        return [row_to_order(row) for row in await self.database.query(_LIST_ORDERS({"status": status, "limit": limit}))]

    async def history(self, order_id: str) -> OrderHistory | None:
        """Return an order with its events, messages and refunds, or None. One round trip."""
        values = {"id": order_id}
        rows = await run_batch(
            self.database,
            {
                "orders": SELECT_ORDER(values),
                "events": _SELECT_EVENTS(values),
                "effects": _SELECT_MESSAGES(values),
                "refunds": SELECT_REFUNDS(values),
            },
        )
        if not rows["orders"]:
            return None
        order = row_to_order(rows["orders"][0])
        refunds = tuple(row_to_refund(row, order.total.currency) for row in rows["refunds"])
        return OrderHistory(order, tuple(rows["events"]), tuple(rows["effects"]), refunds)

    async def ping(self) -> None:
        """Check that the database responds and has the engine's tables."""
        await self.database.query(SELECT_ORDER({"id": ""}))
