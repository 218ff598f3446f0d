"""The tables of orders and their buyers: creating, finding and listing orders over the `Database` port.

Databases at the edge have no interactive transactions, so every atomic decision is one batch of conditional statements.
"""

from typing import NamedTuple, cast

from lightning_cart.domain.document import Document
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENGINE, CheckoutSession, Order
from lightning_cart.domain.payment import Payment, sum_kept
from lightning_cart.domain.refund import Refund
from lightning_cart.errors import NotFound
from lightning_cart.ports import Database, Row
from lightning_cart.storage.documents import SELECT_DOCUMENTS, row_to_document
from lightning_cart.storage.new_orders import KEY_SECONDS, NO_CLAIMS, Claims, NotSaved, save_new_order
from lightning_cart.storage.refunds import SELECT_REFUNDS, row_to_refund
from lightning_cart.storage.rows import (
    ORDER_COLUMNS,
    ORDERS,
    SELECT_ORDER,
    SELECT_PAYMENTS,
    SELECT_WITH_BUYER,
    payments_by_key,
    row_to_order,
    row_to_payment,
)
from lightning_cart.storage.sql import Sql, run_batch

_SELECT_BY_KEY = Sql(f"""
    SELECT {ORDER_COLUMNS} FROM {ORDERS}
    WHERE o.site = :site AND o.idempotency_key = :idempotency_key AND o.created_at > :now - {KEY_SECONDS}
""")
_SAVE_SESSION = Sql("""
    UPDATE orders SET session_id = :session_id, session_url = :session_url, session_expires_at = :session_expires_at,
        updated_at = CASE WHEN updated_at > :now THEN updated_at ELSE :now END
    WHERE id = :id
""")
_SELECT_EVENTS = Sql("SELECT * FROM events WHERE order_id = :id ORDER BY received_at, event_id")
_SELECT_MESSAGES = Sql("SELECT * FROM outbox WHERE order_id = :id ORDER BY created_at, effect")
_SELECT_DISPUTES = Sql("SELECT * FROM disputes WHERE order_id = :id ORDER BY at, dispute_id")
_SELECT_LOG = Sql("SELECT * FROM operator_log WHERE subject = :id ORDER BY at, id")
# One statement for each filter, so that each reads what it shows.
_LIST_ALL = Sql(f"SELECT {ORDER_COLUMNS} FROM {ORDERS} ORDER BY o.id DESC LIMIT :limit")
# Written so that only `orders_by_status` serves it: PostgreSQL would read all orders by their ids to find a few.
_LIST_BY_STATUS = Sql(f"""
    SELECT {ORDER_COLUMNS} FROM {ORDERS}
    WHERE o.status BETWEEN :status AND :status ORDER BY o.status DESC, o.id DESC LIMIT :limit
""")
_LIST_TO_REVIEW = Sql(f"SELECT {ORDER_COLUMNS} FROM {ORDERS} WHERE o.needs_review = 1 ORDER BY o.id DESC LIMIT :limit")


class OrderHistory(NamedTuple):
    """An order with everything that is stored about it, oldest first.

    Args:
        order: The order.
        events: The rows of its events.
        effects: The rows of its outbox messages.
        refunds: The refunds that were requested here.
        payments: The rows of its payments, without that of a free order, which is nothing.
        disputes: The rows of its disputes.
        log: The rows of what operators did.
        documents: The credit notes and the receipts of renewals.
    """

    order: Order
    events: tuple[Row, ...]
    effects: tuple[Row, ...]
    refunds: tuple[Refund, ...]
    payments: tuple[Row, ...]
    disputes: tuple[Row, ...]
    log: tuple[Row, ...]
    documents: tuple[Document, ...] = ()

    @property
    def kept(self) -> Money:
        """What was paid and not refunded, with tips."""
        order = self.order
        if not self.payments:  # also of an order that was paid before payments were kept one by one
            return Money(order.paid_minor - order.refunded_minor, order.total.currency)
        return Money(sum_kept(map(row_to_payment, self.payments)), order.total.currency)


class OrderStore:
    """The stored orders.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def create_order(
        self, order: Order, key: str, digest: str, claims: Claims = NO_CLAIMS
    ) -> tuple[Order, str] | NotSaved:
        """Save a new order with what it claims, or return the one that has this key already. One round trip.

        Args:
            order: A new order with a fresh id. A free one is paid as soon as it is saved.
            key: The caller's idempotency key, or empty. It lapses after a day.
            digest: SHA-256 of the request's body.
            claims: What it claims beside the key.

        Returns:
            The saved order, and the digest of the request that created it; or why nothing was saved.

        Raises:
            TooManyFreeOrders: It is a free one, and its caller or its buyer has had too many.
        """
        return await save_new_order(self.database, order, key, digest, claims)

    async def find_by_key(self, site_id: str, key: str, now: int) -> tuple[Order, str] | None:
        """Return a site's order with this idempotency key and the digest of its request, or None. One round trip."""
        rows = await self.database.query(_SELECT_BY_KEY({"site": site_id, "idempotency_key": key, "now": now}))
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
        """Return the order with this id but without its buyer, or None. One round trip."""
        rows = await self.database.query(SELECT_ORDER({"id": order_id}))
        return row_to_order(rows[0]) if rows else None

    async def get_order(self, order_id: str) -> Order:
        """Return the order with this id, and its buyer. One round trip.

        Raises:
            NotFound: No order has this id.
        """
        rows = await self.database.query(SELECT_WITH_BUYER({"id": order_id}))
        if not rows:
            raise NotFound("there is no such order")
        return row_to_order(rows[0])

    async def list_orders(self, status: str = "", limit: int = 50, *, to_review: bool = False) -> list[Order]:
        """Return the newest orders: of one status, those that need review, or all."""
        statement = _LIST_TO_REVIEW if to_review else _LIST_BY_STATUS if status else _LIST_ALL
        return [row_to_order(row) for row in await self.database.query(statement({"status": status, "limit": limit}))]

    async def history(self, order_id: str) -> OrderHistory | None:
        """Return an order with everything that is stored about it, or None. One round trip."""
        values = {"id": order_id}
        rows = await run_batch(
            self.database,
            {
                "orders": SELECT_WITH_BUYER(values),
                "events": _SELECT_EVENTS(values),
                "effects": _SELECT_MESSAGES(values),
                "refunds": SELECT_REFUNDS(values),
                "payments": SELECT_PAYMENTS(values),
                "disputes": _SELECT_DISPUTES(values),
                "log": _SELECT_LOG(values),
                "documents": SELECT_DOCUMENTS(values),
            },
        )
        if not rows["orders"]:
            return None
        order = row_to_order(rows["orders"][0])
        refunds = tuple(row_to_refund(row, order.total.currency) for row in rows["refunds"])
        return OrderHistory(
            order,
            tuple(rows["events"]),
            tuple(rows["effects"]),
            refunds,
            tuple(row for row in rows["payments"] if row["provider"] != ENGINE),
            tuple(rows["disputes"]),
            tuple(rows["log"]),
            tuple(map(row_to_document, rows["documents"])),
        )

    async def payments_of(self, order_id: str) -> dict[str, Payment]:
        """Return the payments of an order by their keys. One round trip."""
        return payments_by_key(await self.database.query(SELECT_PAYMENTS({"id": order_id})))
