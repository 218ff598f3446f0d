"""The timeline of an order: what happened, what was decided about it, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind, Verdict
from lightning_cart.domain.review import OF_THIS_ORDER, REVIEW_TEXTS, ReviewReason
from lightning_cart.domain.transitions import TRANSITIONS
from lightning_cart.ports import Row
from lightning_cart.storage.orders import OrderHistory
from lightning_cart.storage.outbox import DeliveryState

_STATUS_KINDS = frozenset(kind for _, kind in TRANSITIONS) - {EventKind.REFUNDED}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to an order.

    Args:
        at: Unix seconds.
        what: `made` (created), `event`, `operator`, `refund`, `effect` (message created) or `told` (delivery attempted).
        name: The event's type and id, the operator's action, the refund's id, or the message's event.
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
    """Return why an event needs review: the reason and what it means."""
    reason = cast("str", row["reason"])
    if reason not in set(ReviewReason):  # recorded before reasons were stored
        return "it does not fit the order"
    text = f"{reason}: {REVIEW_TEXTS[ReviewReason(reason)]}"
    if row["kind"] == EventKind.NEEDS_REVIEW:
        return f"{text}; {row['provider']} answers {row['type']}, and its page in docs/providers says what to do"
    if reason == ReviewReason.DELIVERY:
        return f"{text}, which is {', '.join(filter(None, order.place))}; the provider has the buyer's address"
    expected = f"the order's total is {order.total.display}" if reason in OF_THIS_ORDER else ""
    if reason == ReviewReason.RENEWAL_AMOUNT:
        expected = f"each renewal is {Money(order.renewal_minor, order.total.currency).display}"
    return text if row["amount_minor"] is None or not expected else f"{text}: {_display(row)} was reported, and {expected}"


def _dispute_reason(row: Row) -> str:
    due = f", to be answered by {_date(cast('int', row['due_at']))}" if row["due_at"] else ""
    return f"{f' ({row["dispute_reason"]})' if row['dispute_reason'] else ''}{due}"


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _why_applied(row: Row) -> str:
    """Return what an event changed, or why it changed nothing."""
    kind, before = EventKind(cast("str", row["kind"])), cast("str", row["status_before"])
    reported = {
        EventKind.PAID: f"{_display(row)} was paid",
        EventKind.REFUNDED: f"{_display(row)} of the payment is refunded so far",
        EventKind.REFUND_FAILED: f"a refund failed: {_display(row)} of the payment remains refunded",
        EventKind.DISPUTED: f"dispute {row['subject']} of {_display(row)} is open{_dispute_reason(row)}",
        EventKind.DISPUTE_WON: f"dispute {row['subject']} of {_display(row)} is won",
        EventKind.DISPUTE_LOST: f"dispute {row['subject']} of {_display(row)} is lost",
    }.get(kind, f"the provider reports {kind.replace('_', ' ')}")
    changes = (OrderStatus(before), kind) in TRANSITIONS or kind not in _STATUS_KINDS
    return reported if changes else f"{reported}: no change, because the order is {before}"


def _why(row: Row, order: Order) -> str:
    match row["verdict"]:
        case Verdict.PARKED:
            return "its payment was not known: it is recorded once it is"
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


def _bought(order: Order) -> str:
    """Return what was bought and for how much, with the parts of the total unless they are the goods alone."""
    items = ", ".join(f"{line.quantity} of {line.id_with_options}" for line in order.lines)
    parts = order.parts
    named = {"discount": parts.discount, "delivery": parts.shipping, "tax": parts.tax}
    others = "".join(f", {name} {part.display}" for name, part in named.items() if part.minor)
    return f"{items} for {order.total.display}{f' (goods {parts.goods.display}{others})' if others else ''}"


def order_timeline(history: OrderHistory) -> list[TimelineEntry]:
    """Return the timeline of an order.

    Args:
        history: The order with its events, messages and refunds.

    Returns:
        The entries, oldest first; within one second, each cause before its effects.
    """
    order = history.order
    entries = [TimelineEntry(order.created_at, "made", order.id, "", "", f"{_bought(order)}, by {order.strategy}")]
    for refund in history.refunds:
        why = f"refund of {refund.amount.display}{f': {refund.reason}' if refund.reason else ''}"
        entries.append(TimelineEntry(refund.created_at, "refund", refund.id, "", refund.status, why))
    entries.extend(_event_entries(history))
    for row in history.log:
        why = f"{row['who']}: {row['reason'] or 'no reason given'}"
        entries.append(TimelineEntry(cast("int", row["at"]), "operator", cast("str", row["action"]), "", "", why))
    for row in history.effects:
        created_at, event = cast("int", row["created_at"]), cast("str", row["effect"])
        entries.append(TimelineEntry(created_at, "effect", event, "", "", "to be sent to the shop"))
        if row["last_at"] is not None:
            attempted_at, state = cast("int", row["last_at"]), cast("str", row["state"])
            entries.append(TimelineEntry(attempted_at, "told", event, "", state, _why_delivery(row)))
    ranks = ("made", "operator", "refund", "event", "effect", "told")
    return sorted(entries, key=lambda entry: (entry.at, ranks.index(entry.what)))
