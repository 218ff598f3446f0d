"""Prints one order for people, with everything that is stored about it."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.review import explain_review
from lightning_cart.ports import Row, SqlValue
from lightning_cart.storage.orders import OrderHistory
from lightning_cart_host.cli.stored_orders import format_utc
from lightning_cart_host.cli.tables import make_table
from lightning_cart_host.console import coloured, console

type Cells = Sequence[str]


def _time(value: SqlValue) -> str:
    return format_utc(int(value)) if value else ""


def _amount(value: SqlValue, currency: SqlValue) -> str:
    return Money(int(value), str(currency)).display if value is not None else ""


def _review(order: Order) -> str:
    if not order.needs_review:
        return ""
    sentence = explain_review(order.review_reason)
    return f"{order.review_reason}: {sentence}" if sentence else f"lightning-cart orders explain {order.id} says why"


def _fields(order: Order) -> dict[str, str]:
    return {
        "site": order.site_id,
        "strategy": order.strategy,
        "buyer": order.customer_email,
        "created": format_utc(order.created_at),
        "updated": format_utc(order.updated_at),
        "checkout": order.session.id if order.session else "",
        "payment": order.payment_ref,
        "tip": _amount(order.tip_minor or None, order.total.currency),
        "dispute": "" if order.dispute == "none" else order.dispute,
        "review": _review(order),
    }


def _payments(history: OrderHistory) -> Iterator[Cells]:
    currency = history.order.total.currency
    for row in history.payments:
        amounts = (_amount(row[name], currency) for name in ("amount_minor", "tip_minor", "refunded_minor"))
        yield _time(row["at"]), str(row["payment_ref"]), str(row["state"]), *amounts


def _refunds(history: OrderHistory) -> Iterator[Cells]:
    for refund in history.refunds:
        yield _time(refund.created_at), refund.id, refund.status, refund.amount.display, refund.payment_ref, refund.reason


def _disputes(history: OrderHistory) -> Iterator[Cells]:
    for row in history.disputes:
        amount = _amount(row["amount_minor"], row["currency"])
        state = str(row["outcome"] or row["state"])
        yield _time(row["at"]), str(row["dispute_id"]), state, amount, str(row["reason"]), _time(row["due_at"])


def _log(history: OrderHistory) -> Iterator[Cells]:
    for row in history.log:
        yield _time(row["at"]), *(str(row[name]) for name in ("who", "action", "reason"))


def _events(history: OrderHistory) -> Iterator[Cells]:
    for row in history.events:
        yield _time(row["received_at"]), *(str(row[name]) for name in ("kind", "type", "verdict", "reason", "event_id"))


def _effects(history: OrderHistory) -> Iterator[Cells]:
    for row in history.effects:
        fields = [str(row[name] or "") for name in ("effect", "state", "attempts", "last_status", "last_error")]
        yield _time(row["created_at"]), *fields, _next_attempt(row)


def _next_attempt(row: Row) -> str:
    return _time(row["next_at"]) if row["state"] == "waiting" and row["attempts"] else ""


_SECTIONS = (
    ("Payments", "Recorded (UTC)|Payment|State|Amount|Tip|Refunded", _payments),
    ("Refunds", "Created (UTC)|Refund|Status|Amount|Payment|Reason", _refunds),
    ("Disputes", "Changed (UTC)|Dispute|State|Amount|Reason|Due (UTC)", _disputes),
    ("Operators", "At (UTC)|Who|Action|Reason", _log),
    ("Events", "Received (UTC)|Event|What|Verdict|Reason|Id", _events),
    ("Fulfilment messages", "Created (UTC)|Message|Delivery|Attempts|Response|Error|Next attempt (UTC)", _effects),
)


def _print_section(out: Console, title: str, columns: str, rows: Sequence[Cells]) -> None:
    if not rows:
        return
    table = make_table(*columns.split("|"))
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(f"\n{title}", style="bold")
    out.print(table)


def print_history(history: OrderHistory) -> None:
    """Print an order with its payments, refunds, disputes, events and messages, and what operators did."""
    out, order = console(), history.order
    out.print(Text(order.id, "bold"), coloured(order.status), Text(order.total.display))
    for line in order.lines:
        out.print(Text(f"  {line.quantity} of {line.name} at {line.unit_price.display}"))
    for name, value in _fields(order).items():
        if value:
            out.print(Text(f"  {name:<10}"), Text(value), soft_wrap=True)
    for title, columns, read_rows in _SECTIONS:
        _print_section(out, title, columns, list(read_rows(history)))
    if not history.events:
        out.print("\nNo events yet.", style="bold")
