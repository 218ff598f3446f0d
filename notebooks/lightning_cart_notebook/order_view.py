"""Views of orders, events, hosted checkouts and an order's history."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute, Order, OrderStatus
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.usecases.explain import TimelineEntry
from lightning_cart_notebook.masking import safe_text
from lightning_cart_notebook.status_diagram import draw_status
from lightning_cart_notebook.view import View, facts, grid, note


def format_utc(seconds: int | None) -> str:
    """Return Unix seconds as a date and time in UTC, or an empty string for `None`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds is not None else ""


def return_path(order: Order) -> str:
    """Return the path to which the provider sends the buyer of an order back."""
    return f"/return/{order.id}/{order.return_token}"


def _display(minor: int, order: Order) -> str:
    return Money(minor, order.total.currency).display if minor else ""


def order_view(order: Order) -> View:
    """Return the view of an order. It does not show the buyer's e-mail address."""
    rows = [
        ("status", str(order.status)),
        ("sold", ", ".join(f"{line.quantity} of {line.name}" for line in order.lines)),
        ("total", order.total.display),
        ("paid", _display(order.paid_minor, order)),
        ("tip", _display(order.tip_minor, order)),
        ("refunded", _display(order.refunded_minor, order)),
        ("paid by", f"{order.strategy}, at {order.provider}"),
        ("payment", order.payment_ref),
        ("subscription", order.subscription_ref),
        ("dispute", "" if order.dispute is Dispute.NONE else str(order.dispute)),
        ("needs review", order.review_reason if order.needs_review else ""),
        ("created", format_utc(order.created_at)),
    ]
    return facts(f"Order {order.id}", rows, draw_status([order.status]))


def event_view(event: PaymentEvent) -> View:
    """Return the view of an event."""
    rows = [
        ("provider", event.provider),
        ("type", event.type),
        ("kind", str(event.kind)),
        ("order", event.order_id),
        ("checkout", event.checkout_ref),
        ("names the order", event.claimed_order_id),
        ("amount", event.amount.display if event.amount else ""),
        ("payment", event.payment_ref),
        ("subscription", event.subscription_ref),
        ("created", format_utc(event.created_at)),
    ]
    return facts(f"Event {event.id}", rows)


def reading_view(reading: CheckoutReading) -> View:
    """Return the view of what a provider reports of a checkout."""
    amounts = [event.amount.display if event.amount else "" for event in reading.events]
    rows = [(str(event.kind), amount, event.payment_ref) for event, amount in zip(reading.events, amounts, strict=True)]
    return grid("The checkout at the provider", ("kind", "amount", "payment"), rows) if rows else note("Nobody has paid yet.")


def session_view(session: CheckoutSession) -> View:
    """Return the view of a hosted checkout."""
    rows = [("URL", safe_text(session.url)), ("expires", format_utc(session.expires_at))]
    return facts(f"Hosted checkout {session.id}", rows)


def timeline_view(order: Order, path: Sequence[OrderStatus], steps: Sequence[TimelineEntry]) -> View:
    """Return the view of an order's history.

    Args:
        order: The order.
        path: The statuses that the order has had, in their order.
        steps: The events, their verdicts and the messages that followed.
    """
    rows = [(format_utc(step.at), step.what, step.name, step.before, step.verdict, step.why) for step in steps]
    title = f"The history of {order.id}: {' → '.join(path)}"
    return grid(title, ("when (UTC)", "what", "which", "before", "verdict", "why"), rows, draw_status(path))
