"""An order's whole story in the order of time: what came, what was decided and why, and what followed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import TRANSITIONS, EventKind, Order, OrderStatus, Verdict
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
        what: Such as `made`, `event`, `refund`, `effect` or `told`.
        name: Which one: the event's type and id, the refund's id, the effect.
        before: The order's status before it, or empty where it is none of an event.
        verdict: What was decided about an event, or how a refund or the telling of an effect stands; else empty.
        why: A sentence.
    """

    at: int
    what: str
    name: str
    before: str
    verdict: str
    why: str


def _display(row: Row) -> str:
    if row["amount_minor"] is None:
        return "no amount that can be read"
    return Money(cast("int", row["amount_minor"]), cast("str", row["currency"])).display


def _why_not(row: Row, order: Order) -> str:
    """Why an event waits for a person."""
    if row["provider"] != order.provider:
        return f"it is from {row['provider']}, and the order is paid at {order.provider}"
    if CONFLICT_MARK in cast("str", row["event_id"]):
        return "an event of this id came before, and said something else"
    if row["kind"] == EventKind.NEEDS_REVIEW:
        return f"{row['provider']} answers {row['type']}: its page in docs/providers says what to do"
    if row["kind"] == EventKind.REFUND_FAILED:
        return "a refund failed, and the sum that is still given back cannot be read"
    reported = _display(row)
    if reported != order.total.display or row["currency"] != order.total.currency:
        verb = "paid" if row["kind"] == EventKind.PAID else "given back"
        return f"{reported} was {verb} and the order is about {order.total.display}"
    return f"it is a second payment, {row['payment_ref']}, beside {order.payment_ref}"


def _why_applied(row: Row) -> str:
    """What an event changed, or why it changed nothing."""
    kind, before = EventKind(cast("str", row["kind"])), cast("str", row["status_before"])
    said = {
        EventKind.PAID: f"{_display(row)} was paid, which is the order's total",
        EventKind.REFUNDED: f"{_display(row)} is given back so far",
        EventKind.REFUND_FAILED: f"a refund failed: {_display(row)} is still given back",
    }.get(kind, f"the provider says {kind.replace('_', ' ')}")
    changes = (OrderStatus(before), kind) in TRANSITIONS or kind not in _STATUS_KINDS
    return said if changes else f"{said}: nothing changes by it once the order is {before}"


def _why(row: Row, order: Order) -> str:
    match row["verdict"]:
        case Verdict.PARKED:
            return "its order could not be read: the reconciler applies it once it can"
        case Verdict.MISMATCH:
            return f"a person must look: {_why_not(row, order)}"
        case _:
            return _why_applied(row)


def _events(history: OrderHistory) -> Iterator[TimelineEntry]:
    for row in history.events:
        yield TimelineEntry(
            at=cast("int", row["received_at"]),
            what="event",
            name=f"{row['type']} {row['event_id']}",
            before=cast("str", row["status_before"] or ""),
            verdict=cast("str", row["verdict"]),
            why=_why(row, history.order),
        )


def _why_told(row: Row) -> str:
    """What came of telling the shop, at the last try."""
    if row["state"] == DeliveryState.UNWANTED:
        return "its site names no address to be told at"
    said = row["last_error"] or (f"answered {row['last_status']}" if row["last_status"] else "not answered yet")
    return f"try {row['attempts']}: {said}"


def order_timeline(history: OrderHistory) -> list[TimelineEntry]:
    """Tell an order's story.

    Args:
        history: The order, its events, its effects and its refunds.

    Returns:
        Every step, oldest first; of the same second the cause before what followed.
    """
    order = history.order
    sold = ", ".join(f"{line.quantity} of {line.product_id}" for line in order.lines)
    steps = [
        TimelineEntry(order.created_at, "made", order.id, "", "", f"{sold} for {order.total.display}, by {order.strategy}")
    ]
    for refund in history.refunds:
        why = f"{refund.amount.display} is to go back{f': {refund.reason}' if refund.reason else ''}"
        steps.append(TimelineEntry(refund.created_at, "refund", refund.id, "", refund.status, why))
    steps.extend(_events(history))
    for row in history.effects:
        at, effect = cast("int", row["created_at"]), cast("str", row["effect"])
        steps.append(TimelineEntry(at, "effect", effect, "", "", "to be told to the shop"))
        if row["last_at"] is not None:
            steps.append(
                TimelineEntry(cast("int", row["last_at"]), "told", effect, "", cast("str", row["state"]), _why_told(row))
            )
    ranks = ("made", "refund", "event", "effect", "told")
    return sorted(steps, key=lambda step: (step.at, ranks.index(step.what)))
