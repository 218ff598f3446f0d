"""The events table: records each payment event once, together with what it changes."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from lightning_cart.domain.order import EventKind, Order, PaymentEvent, Verdict
from lightning_cart.domain.refund import Refund, RefundResult
from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart.storage.inbox_statements import SELECT_STALE, event_statements
from lightning_cart.storage.refunds import update_refund
from lightning_cart.storage.rows import row_to_event, row_to_order
from lightning_cart.storage.sql import run_batch

CONFLICT_MARK = "~"  # separates a reused event id from the digest of its new content
_NO_TOTAL = -1  # equals no count of failed refunds, so the total has to be read first
_EVENT_MESSAGES = {
    EventKind.RENEWED: "order.renewed",
    EventKind.RENEWAL_FAILED: "order.renewal_failed",
    EventKind.SUBSCRIPTION_ENDED: "order.subscription_ended",
    EventKind.REFUND_FAILED: "order.refund_failed",
}


class RecordedEvent(NamedTuple):
    """The outcome of recording an event.

    Args:
        verdict: The decision, made now or at the first delivery.
        repeated: Whether the event was recorded before; then nothing changed.
        order: The order afterwards, or None if none was found.
        received_at: When the event was first received, in Unix seconds.
    """

    verdict: Verdict
    repeated: bool
    order: Order | None
    received_at: int


class StaleRefundTotal(NamedTuple):
    """A refunded total that may be older than a failed refund: nothing was recorded, and the total has to be read again.

    Args:
        order: The order now.
        failed_refunds: How many refunds of the order have failed; a total that is read now includes them.
    """

    order: Order
    failed_refunds: int


def _digest(event: PaymentEvent) -> str:
    content = (event.kind, event.order_id, event.amount, event.payment_ref, event.subscription_ref, event.object_id)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _parameters(event: PaymentEvent, now: int, failed_refunds: int | None) -> dict[str, SqlValue]:
    minor = event.amount.minor if event.amount else None
    message = _EVENT_MESSAGES.get(event.kind, "")
    return {
        "provider": event.provider,
        "event_id": event.id,
        "type": event.type,
        "kind": event.kind.value,
        "order_id": event.order_id,
        "amount_minor": minor,
        "currency": event.amount.currency if event.amount else None,
        "paid_minor": (minor or 0) if event.kind is EventKind.PAID else 0,
        "refunded_minor": (minor or 0) if event.kind is EventKind.REFUNDED else 0,
        "payment_ref": event.payment_ref,
        "subscription_ref": event.subscription_ref,
        "subject": event.object_id,
        "message": f"{message}:{event.object_id}" if message and event.object_id else message,
        "conflict_id": f"{event.id}{CONFLICT_MARK}{_digest(event)}",
        "was_read": int(event.was_read),
        "failed_refunds": failed_refunds,
        "now": now,
    }


def _locator(event: PaymentEvent) -> str:
    return "order_id" if event.order_id else "payment_ref" if event.payment_ref else "subscription_ref"


def record_event_batch(event: PaymentEvent, now: int) -> dict[str, Statement]:
    """Return the batch that records an event, whatever refunds of its order have failed.

    Args:
        event: A verified event that names an order, a payment or a subscription.
        now: Unix seconds.

    Returns:
        The statements by name, in order. `verdict` reads the verdict, whether it is fresh, and the order; `parked` reads the
        events that waited for this one.
    """
    values = _parameters(event, now, None)
    return {name: sql(values) for name, sql in event_statements(event.kind, _locator(event)).items()}


def record_refund_total_batch(event: PaymentEvent, now: int, failed_refunds: int | None) -> dict[str, Statement]:
    """Return the batch that records a refunded total, unless another refund of the order has failed since it was read.

    Args:
        event: `REFUNDED` or `REFUND_FAILED`.
        now: Unix seconds.
        failed_refunds: How many failed refunds of the order the total includes, or None if there is no total yet.

    Returns:
        The statements of `record_event_batch`, after `stale`: it reads the order and its failed refunds if nothing is written.
    """
    values = _parameters(event, now, _NO_TOTAL if failed_refunds is None else failed_refunds)
    locator = _locator(event)
    statements = {name: sql(values) for name, sql in event_statements(event.kind, locator).items()}
    return {"stale": SELECT_STALE[locator](values), **statements}


class Inbox:
    """The recorded events of all providers.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def record_event(self, event: PaymentEvent, now: int) -> RecordedEvent:
        """Record an event and what it changes, in one transaction.

        One round trip, and more if events are parked that waited for this one.

        Args:
            event: A verified event that names an order, a payment or a subscription.
            now: Unix seconds.
        """
        return await self._outcome(await run_batch(self.database, record_event_batch(event, now)), now)

    async def record_refund_total(
        self, event: PaymentEvent, now: int, failed_refunds: int | None
    ) -> RecordedEvent | StaleRefundTotal:
        """Record an event with a refunded total, unless another refund of the order has failed since the total was read.

        Args:
            event: `REFUNDED` or `REFUND_FAILED`.
            now: Unix seconds.
            failed_refunds: How many failed refunds of the order the total includes, or None if there is no total yet.
        """
        rows = await run_batch(self.database, record_refund_total_batch(event, now, failed_refunds))
        if rows["stale"]:
            row = rows["stale"][0]
            return StaleRefundTotal(row_to_order(row), cast("int", row["failed_refunds"]))
        return await self._outcome(rows, now)

    async def record_refund(self, refund: Refund, result: RefundResult, event: PaymentEvent, now: int) -> RecordedEvent:
        """Save a provider's result for a refund and record its event, in one transaction."""
        statements = {"result": update_refund(refund, result, now), **record_event_batch(event, now)}
        return await self._outcome(await run_batch(self.database, statements), now)

    async def _outcome(self, rows: Mapping[str, Sequence[Row]], now: int) -> RecordedEvent:
        row = rows["verdict"][0]
        order = row_to_order(row) if row["id"] is not None else None
        if order is not None:
            # Each of these calls records a parked event or finds no order, so the recursion ends.
            for parked in rows["parked"]:
                order = (await self.record_event(row_to_event(parked), now)).order or order
        return RecordedEvent(
            verdict=Verdict(cast("str", row["verdict"])),
            repeated=not row["fresh"],
            order=order,
            received_at=cast("int", row["received_at"]),
        )
