"""The events table: records each payment event once, together with what it changes."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from lightning_cart.domain.buyer import NO_CONTACT, NOWHERE
from lightning_cart.domain.dispute import DISPUTE_KINDS
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment import Payment, PaymentState
from lightning_cart.domain.payment_event import EventKind, PaymentEvent, Verdict
from lightning_cart.domain.refund import Refund, RefundResult
from lightning_cart.domain.transitions import PAYMENT_STATES, refunded_total
from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart.storage.buyers import contact_values
from lightning_cart.storage.event_messages import OWN_MESSAGES
from lightning_cart.storage.inbox_statements import conflict_statements, event_statements
from lightning_cart.storage.leases import NO_LEASE
from lightning_cart.storage.refunds import update_refund
from lightning_cart.storage.rows import row_to_event, row_to_order
from lightning_cart.storage.sql import run_batch

CONFLICT_MARK = "~"  # separates a reused event id from the digest of its new content
_OUTCOMES = {EventKind.DISPUTE_WON: "won", EventKind.DISPUTE_LOST: "lost"}


class RecordedEvent(NamedTuple):
    """The outcome of recording an event.

    Args:
        verdict: The decision, made now or at the first delivery.
        repeated: Whether the event was recorded before; then nothing changed.
        order: The order afterwards, or None if the event is parked.
        reason: Why the event does not fit its order, one of `ReviewReason`, or empty.
        parked: The events that waited for this one's payment or subscription; they can be recorded now.
    """

    verdict: Verdict
    repeated: bool
    order: Order | None
    reason: str = ""
    parked: tuple[PaymentEvent, ...] = ()


def _digest(event: PaymentEvent) -> str:
    names = (event.order_id, event.checkout_ref, event.claimed_order_id, event.payment_ref, event.subscription_ref)
    # Without a renewal's amount, which releases before 0008 did not read: a provider can repeat an event that they recorded.
    amount = None if event.kind is EventKind.RENEWED else event.amount
    content = (event.kind, amount, event.tip_minor, event.object_id, *names)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def event_values(
    event: PaymentEvent, now: int, known: Payment | None = None, busy_until: int = NO_LEASE
) -> dict[str, SqlValue]:
    """Return the parameters of every statement about an event.

    Args:
        event: The event.
        now: Unix seconds.
        known: The event's payment as stored before it was read.
        busy_until: The end of the lease that recording the event ends.
    """
    digest, message = _digest(event), OWN_MESSAGES.get(event.kind, "")
    minor, refunded = event.amount.minor if event.amount else None, refunded_total(event)
    delivers = minor is not None and (refunded or 0) < minor
    place = event.place.comparable if event.place and delivers else NOWHERE
    return {
        "provider": event.provider,
        "event_id": event.id,
        "type": event.type,
        "kind": event.kind.value,
        "order_id": event.order_id,
        "checkout_ref": event.checkout_ref,
        "claimed_order_id": event.claimed_order_id,
        "amount_minor": minor,
        "currency": event.amount.currency if event.amount else None,
        "paid_minor": (minor or 0) if event.kind in PAYMENT_STATES else 0,
        "tip_minor": event.tip_minor,
        "refunded_minor": refunded,
        "known_refunded_minor": known.refunded_minor if known else None,
        "payment_ref": event.payment_ref,
        "payment_key": event.payment_key,
        "payment_state": PAYMENT_STATES.get(event.kind, PaymentState.PENDING).value,
        "place_country": place.country,
        "place_region": place.region,
        "place_postal_code": place.postal_code,
        "is_part": int(event.is_part),
        "subscription_ref": event.subscription_ref,
        "subject": event.object_id,
        "outcome": _OUTCOMES.get(event.kind, ""),
        "dispute_reason": event.dispute_reason,
        "due_at": event.due_at,
        "created_at": event.created_at,
        "review_reason": event.review_reason,
        "message": f"{message}:{event.object_id}" if message and event.object_id else message,
        "digest": digest,
        "conflict_id": f"{event.id}{CONFLICT_MARK}{digest}",
        "was_read": int(event.was_read),
        "delivery_id": event.delivery_id,
        "body_digest": event.body_digest,
        "busy_until": busy_until,
        "now": now,
        **contact_values(event.contact),
    }


def locator_of(event: PaymentEvent) -> str:
    """Return which of an event's ids finds its order: one of `FIND_ORDER`."""
    if event.order_id:
        return "order"
    if event.checkout_ref:
        is_ours = event.claimed_order_id and not event.review_reason  # another account can name any order
        contradicts = is_ours and event.kind in {EventKind.PAID, EventKind.PENDING}
        return "claim" if contradicts else "checkout"
    return "dispute" if event.kind in DISPUTE_KINDS else "payment"


def _statements(event: PaymentEvent, values: Mapping[str, SqlValue]) -> dict[str, Statement]:
    statements = event_statements(
        event.kind,
        locator_of(event),
        has_contact=event.contact != NO_CONTACT,
        has_refund=event.kind is EventKind.PAID and bool(refunded_total(event)),
    )
    return {name: sql(values) for name, sql in statements.items()}


def record_event_batch(event: PaymentEvent, now: int) -> dict[str, Statement]:
    """Return the batch that records an event.

    Args:
        event: A verified event.
        now: Unix seconds.

    Returns:
        The statements by name, in order. `verdict` reads the verdict, whether it is fresh, and the order; `parked` reads the
        events that waited for this one.
    """
    return _statements(event, event_values(event, now))


class Inbox:
    """The recorded events of all providers.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def record_event(
        self, event: PaymentEvent, now: int, known: Payment | None = None, busy_until: int = NO_LEASE
    ) -> RecordedEvent | None:
        """Record an event and what it changes, in one transaction and one round trip.

        A second round trip records an event whose id was used before with other content.

        Args:
            event: A verified event.
            now: Unix seconds.
            known: The event's payment as stored before it was read. A lower refunded total is applied only if the payment is
                still that.
            busy_until: The end of the order's lease, if the caller holds it: recording the event ends it.

        Returns:
            The outcome, or None if the event is not about an order of this engine; then nothing was written.
        """
        values = event_values(event, now, known, busy_until)
        rows = await run_batch(self.database, _statements(event, values))
        return await self._outcome(event, values, rows)

    async def record_refund(
        self, refund: Refund, result: RefundResult, event: PaymentEvent, now: int, known: Payment | None
    ) -> RecordedEvent | None:
        """Save a provider's result for a refund and record its event, in one transaction."""
        values = event_values(event, now, known)
        statements = {"result": update_refund(refund, result, now), **_statements(event, values)}
        return await self._outcome(event, values, await run_batch(self.database, statements))

    async def _outcome(
        self, event: PaymentEvent, values: Mapping[str, SqlValue], rows: Mapping[str, Sequence[Row]]
    ) -> RecordedEvent | None:
        if not rows["verdict"]:
            return None
        row = rows["verdict"][0]
        is_other = row["recorded_digest"] not in {values["digest"], ""} and row["verdict"] != Verdict.PARKED
        if is_other and not row["fresh"] and not event.was_read:
            statements = conflict_statements(locator_of(event))
            rows = await run_batch(self.database, {name: sql(values) for name, sql in statements.items()})
            row = rows["verdict"][0]
        return RecordedEvent(
            verdict=Verdict(cast("str", row["verdict"])),
            repeated=not row["fresh"] and row["verdict"] != Verdict.PARKED,
            order=row_to_order(row) if row["id"] is not None else None,
            reason=cast("str", row["reason"]),
            parked=tuple(map(row_to_event, rows.get("parked", ()))) if row["fresh"] else (),
        )
