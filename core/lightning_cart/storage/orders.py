"""The orders, their inbox of events and their outbox of effects, over the `Database` port.

Every decision that must be atomic is one batch, written as conditions: the databases at the edge know no other transaction.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from lightning_cart.domain.order import CheckoutSession, Order, PaymentEvent, Verdict
from lightning_cart.domain.refund import Refund, RefundResult, RefundWish
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.storage.inbox import record_event_batch
from lightning_cart.storage.refunds import SELECT_REFUNDS, insert_refund, mark_refused, row_to_refund, update_refund
from lightning_cart.storage.rows import SELECT_ORDER, order_values, row_to_event, row_to_order
from lightning_cart.storage.sql import Sql


class RecordedEvent(NamedTuple):
    """What came of an event.

    Args:
        verdict: What was decided, now or at its first delivery.
        repeated: Whether it had been seen before; then nothing changed.
        order: As it stands now, or `None` where none was found.
        received_at: When the event came first, in Unix seconds.
    """

    verdict: Verdict
    repeated: bool
    order: Order | None
    received_at: int


class StaleRefundTotal(NamedTuple):
    """The sum in an event may be older than a refund that failed: nothing was kept, and the sum has to be asked for.

    Args:
        order: As it stands now.
        failures: How many refunds of it have failed; a sum that is asked for now reckons with them.
    """

    order: Order
    failed_refunds: int


class OrderHistory(NamedTuple):
    """An order with its inbox, its outbox and its refunds, oldest first."""

    order: Order
    events: tuple[Row, ...]
    effects: tuple[Row, ...]
    refunds: tuple[Refund, ...]


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
_SELECT_EFFECTS = Sql("SELECT * FROM outbox WHERE order_id = :id ORDER BY created_at, effect")
_LIST_ORDERS = Sql("SELECT * FROM orders WHERE :status IN ('', status) ORDER BY id DESC LIMIT :most")


class OrderStore:
    """The orders, their inbox and their outbox.

    Args:
        database: Where they are kept. Every method raises `StorageUnavailable` where it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def create_order(self, order: Order, key: str, digest: str) -> tuple[Order, str]:
        """Save a new order, or find the one that the same idempotency key made before.

        Args:
            order: The new one.
            key: The caller's idempotency key, or empty.
            digest: Of the request's body, to tell a repeated call from another one.

        Returns:
            The order that stands, and the digest that it was made with. One round trip.
        """
        values = order_values(order, key, digest)
        _, rows = await self.database.batch([_INSERT_ORDER(values), _SELECT_NEW_ORDER(values)])
        return row_to_order(rows[0]), cast("str", rows[0]["request_digest"])

    async def find_by_key(self, key: str) -> tuple[Order, str] | None:
        """The order that an idempotency key made, and the digest that it was made with; or `None`. One round trip."""
        rows = await self.database.query(_SELECT_BY_KEY({"idempotency_key": key}))
        return (row_to_order(rows[0]), cast("str", rows[0]["request_digest"])) if rows else None

    async def save_session(self, order_id: str, session: CheckoutSession, now: int) -> None:
        """Keep the hosted checkout that a provider opened for an order. One round trip."""
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

    async def record_event(self, event: PaymentEvent, now: int, before: Sequence[Statement] = ()) -> RecordedEvent:
        """Record an event and what it does to its order, in one batch: all of it, or nothing.

        One round trip, and one more for each event that came early and waited for this one to say whose it is.

        Args:
            event: A verified fact that names an order, a payment or a subscription.
            now: Unix seconds.
            before: What else to write in the same batch, before the event.
        """
        return await self._recorded(await self.database.batch([*before, *record_event_batch(event, now)]), now)

    async def record_refund_total(self, event: PaymentEvent, now: int, failures: int) -> RecordedEvent | StaleRefundTotal:
        """Settle an event that tells a sum given back, unless a refund that failed has made that sum too old.

        Args:
            event: `REFUNDED` or `REFUND_FAILED`.
            now: Unix seconds.
            failures: How many failed refunds of its order the sum reckons with; -1 where there is no sum yet.
        """
        outdated, *results = await self.database.batch(record_event_batch(event, now, failures))
        for row in outdated:
            return StaleRefundTotal(row_to_order(row), cast("int", row["failures"]))
        return await self._recorded(results, now)

    async def _recorded(self, results: Sequence[Sequence[Row]], now: int) -> RecordedEvent:
        *_, (row,), _, waiting = results
        settlement = RecordedEvent(
            verdict=Verdict(cast("str", row["verdict"])),
            repeated=not row["fresh"],
            order=row_to_order(row) if row["id"] is not None else None,
            received_at=cast("int", row["received_at"]),
        )
        for earlier in waiting if settlement.order else ():
            settlement = settlement._replace(
                order=(await self.record_event(row_to_event(earlier), now)).order or settlement.order
            )
        return settlement

    async def open_refund(self, wish: RefundWish, currency: str, refund_id: str, now: int) -> tuple[Refund | None, int]:
        """Save a refund if so much is left, or find the one that the same key made before.

        Args:
            wish: What is asked for.
            currency: The order's.
            refund_id: Of the new one.
            now: Unix seconds.

        Returns:
            The refund that stands, or `None` where not so much is left; and what is left beside it, in minor units.
        """
        _, rows, (left,) = await self.database.batch(insert_refund(wish, refund_id, now))
        return row_to_refund(rows[0], currency, refund_id) if rows else None, cast("int", left["left_minor"])

    async def save_refund(self, refund: Refund, result: RefundResult, now: int) -> None:
        """Keep what a provider said of a refund that it has not counted yet."""
        await self.database.query(update_refund(refund, result, now))

    async def refuse_refund(self, refund: Refund, now: int) -> None:
        """Keep that a provider refused a refund."""
        await self.database.query(mark_refused(refund, now))

    async def record_refund(self, refund: Refund, result: RefundResult, event: PaymentEvent, now: int) -> RecordedEvent:
        """Keep what a provider said of a refund, and settle what it means for its order, in one batch."""
        return await self.record_event(event, now, [update_refund(refund, result, now)])

    async def find_order(self, order_id: str) -> Order | None:
        """The order with this id, or `None`."""
        rows = await self.database.query(SELECT_ORDER({"id": order_id}))
        return row_to_order(rows[0]) if rows else None

    async def list_orders(self, status: str = "", limit: int = 50) -> list[Order]:
        """The newest orders, of one status or of all."""
        return [row_to_order(row) for row in await self.database.query(_LIST_ORDERS({"status": status, "most": limit}))]

    async def history(self, order_id: str) -> OrderHistory | None:
        """An order with all that happened to it, or `None`."""
        values = {"id": order_id}
        orders, events, effects, refunds = await self.database.batch(
            [sql(values) for sql in (SELECT_ORDER, _SELECT_EVENTS, _SELECT_EFFECTS, SELECT_REFUNDS)]
        )
        if not orders:
            return None
        order = row_to_order(orders[0])
        given = tuple(row_to_refund(row, order.total.currency) for row in refunds)
        return OrderHistory(order, tuple(events), tuple(effects), given)

    async def ping(self) -> None:
        """Ask whether the database answers and holds our tables."""
        await self.database.query(SELECT_ORDER({"id": ""}))
