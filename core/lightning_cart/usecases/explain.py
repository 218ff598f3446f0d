"""The timeline of an order: what happened, what was decided about it, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, OrderStatus, Verdict
from lightning_cart.domain.transitions import TRANSITIONS
from lightning_cart.ports import Row
from lightning_cart.storage.inbox import CONFLICT_MARK
from lightning_cart.storage.orders import OrderHistory
from lightning_cart.storage.outbox import DeliveryState

_STATUS_KINDS = frozenset(kind for _, kind in TRANSITIONS) - {EventKind.REFUNDED}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to an order.

    Args:
        at: Unix seconds.
        what: `made` (created), `event`, `refund`, `effect` (message created) or `told` (delivery attempted).
        name: The event's type and id, the refund's id, or the message's event.
        before: The order's status before an event, else empty.
        verdict: The decision about an event, or the status of a refund or a delivery, else empty.
        why: The reason, as a phrase.
    """

    at: int
    what: str
    name: str
    before: str
    verdict: str
    why: str


def _display(row: Row) -> str:
    if row["amount_minor"] is None:
        return "an unknown amount"
    return Money(cast("int", row["amount_minor"]), cast("str", row["currency"])).display


def _why_mismatch(row: Row, order: Order) -> str:
    """Return why an event needs review."""
    if row["provider"] != order.provider:
        return f"it is from {row['provider']}, and the order is paid at {order.provider}"
    if CONFLICT_MARK in cast("str", row["event_id"]):
        return "an earlier event has the same id and other content"
    if row["kind"] == EventKind.NEEDS_REVIEW:
        return f"{row['provider']} answers {row['type']}: its page in docs/providers says what to do"
    if row["kind"] == EventKind.REFUND_FAILED:
        return "a refund failed, and the refunded total cannot be read"
    reported = _display(row)
    if reported != order.total.display or row["currency"] != order.total.currency:
        verb = "paid" if row["kind"] == EventKind.PAID else "refunded"
        return f"{reported} was {verb}, and the order's total is {order.total.display}"
    return f"it is a second payment, {row['payment_ref']}, beside {order.payment_ref}"


def _why_applied(row: Row) -> str:
    """Return what an event changed, or why it changed nothing."""
    kind, before = EventKind(cast("str", row["kind"])), cast("str", row["status_before"])
    reported = {
        EventKind.PAID: f"{_display(row)} was paid, which is the order's total",
        EventKind.REFUNDED: f"{_display(row)} is refunded so far",
        EventKind.REFUND_FAILED: f"a refund failed: {_display(row)} remains refunded",
    }.get(kind, f"the provider reports {kind.replace('_', ' ')}")
    changes = (OrderStatus(before), kind) in TRANSITIONS or kind not in _STATUS_KINDS
    return reported if changes else f"{reported}: no change, because the order is {before}"


def _why(row: Row, order: Order) -> str:
    match row["verdict"]:
        case Verdict.PARKED:
            return "its order was not stored: the reconciler applies it once it is"
        case Verdict.MISMATCH:
            return f"needs review: {_why_mismatch(row, order)}"
        case _:
            return _why_applied(row)


def _event_entries(history: OrderHistory) -> Iterator[TimelineEntry]:
    for row in history.events:
        yield TimelineEntry(
            at=cast("int", row["received_at"]),
            what="event",
            name=f"{row['type']} {row['event_id']}",
            before=cast("str", row["status_before"] or ""),
            verdict=cast("str", row["verdict"]),
            why=_why(row, history.order),
        )


def _why_delivery(row: Row) -> str:
    """Return the result of a message's last attempt."""
    if row["state"] == DeliveryState.UNWANTED:
        return "its site has no fulfilment URL"
    result = row["last_error"] or (f"answered {row['last_status']}" if row["last_status"] else "no answer yet")
    return f"attempt {row['attempts']}: {result}"


def order_timeline(history: OrderHistory) -> list[TimelineEntry]:
    """Return the timeline of an order.

    Args:
        history: The order with its events, messages and refunds.

    Returns:
        The entries, oldest first; within one second, each cause before its effects.
    """
    order = history.order
    items = ", ".join(f"{line.quantity} of {line.product_id}" for line in order.lines)
    entries = [
        TimelineEntry(order.created_at, "made", order.id, "", "", f"{items} for {order.total.display}, by {order.strategy}")
    ]
    for refund in history.refunds:
        why = f"refund of {refund.amount.display}{f': {refund.reason}' if refund.reason else ''}"
        entries.append(TimelineEntry(refund.created_at, "refund", refund.id, "", refund.status, why))
    entries.extend(_event_entries(history))
    for row in history.effects:
        created_at, event = cast("int", row["created_at"]), cast("str", row["effect"])
        entries.append(TimelineEntry(created_at, "effect", event, "", "", "to be sent to the shop"))
        if row["last_at"] is not None:
            attempted_at, state = cast("int", row["last_at"]), cast("str", row["state"])
            entries.append(TimelineEntry(attempted_at, "told", event, "", state, _why_delivery(row)))
    ranks = ("made", "refund", "event", "effect", "told")
    return sorted(entries, key=lambda entry: (entry.at, ranks.index(entry.what)))
