"""How the engine's own values are shown: orders, events, hosted checkouts, an order's story."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute, Order, OrderStatus, PaymentEvent
from lightning_cart.usecases.explain import TimelineEntry
from lightning_cart_notebook.masking import safe_text
from lightning_cart_notebook.status_diagram import draw_status
from lightning_cart_notebook.view import View, facts, grid


def format_utc(seconds: int | None) -> str:
    """A moment as a person reads it, in UTC; empty where there is none."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds is not None else ""


def _display(minor: int, order: Order) -> str:
    return Money(minor, order.total.currency).display if minor else ""


def order_view(order: Order) -> View:
    """An order, and where it stands. Its buyer's address is not shown."""
    rows = [
        ("status", str(order.status)),
        ("sold", ", ".join(f"{line.quantity} of {line.name}" for line in order.lines)),
        ("total", order.total.display),
        ("paid", _display(order.paid_minor, order)),
        ("given back", _display(order.refunded_minor, order)),
        ("paid by", f"{order.strategy}, at {order.provider}"),
        ("payment", order.payment_ref),
        ("subscription", order.subscription_ref),
        ("dispute", "" if order.dispute is Dispute.NONE else str(order.dispute)),
        ("a person must look", "yes" if order.needs_review else ""),
        ("made", format_utc(order.created_at)),
    ]
    return facts(f"Order {order.id}", rows, draw_status([order.status]))


def event_view(event: PaymentEvent) -> View:
    """An event in the engine's words."""
    rows = [
        ("provider", event.provider),
        ("its own name for it", event.type),
        ("what it means", str(event.kind)),
        ("order", event.order_id),
        ("amount", event.amount.display if event.amount else ""),
        ("payment", event.payment_ref),
        ("subscription", event.subscription_ref),
        ("made", format_utc(event.created_at)),
    ]
    return facts(f"Event {event.id}", rows)


def session_view(session: CheckoutSession) -> View:
    """A hosted checkout."""
    rows = [("address", safe_text(session.url)), ("can be paid until", format_utc(session.expires_at))]
    return facts(f"Hosted checkout {session.id}", rows)


def timeline_view(order: Order, path: Sequence[OrderStatus], steps: Sequence[TimelineEntry]) -> View:
    """What happened to an order, and the way it went.

    Args:
        order: As it stands.
        path: The statuses it has had.
        steps: What came, what was decided, what followed.
    """
    rows = [(format_utc(step.at), step.what, step.name, step.before, step.verdict, step.why) for step in steps]
    title = f"The story of {order.id}: {' → '.join(path)}"
    return grid(title, ("when (UTC)", "what", "which", "before", "verdict", "why"), rows, draw_status(path))
