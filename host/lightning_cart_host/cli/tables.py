"""Tables that the commands print for people, in colour if the terminal has it."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from lightning_cart.domain.order import Order
from lightning_cart.storage.orders import OrderHistory
from lightning_cart_host.cli.check import Check
from lightning_cart_host.cli.order_views import format_utc, mask_email
from lightning_cart_host.console import coloured, console


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_checks(checks: Sequence[Check]) -> None:
    """Print the doctor's checks, and what to do about those that failed."""
    out = console()
    width = max(len(check.subject) for check in checks)
    for check in checks:
        mark = Text("ok  ", "green") if check.ok else Text("fail", "bold red")
        out.print(mark, Text(check.subject.ljust(width), "bold"), Text(check.detail), soft_wrap=True)
        if not check.ok:
            out.print(Text(f"{' ' * 5}→ {check.advice}"), soft_wrap=True)
    failed = sum(not check.ok for check in checks)
    out.print(Text(f"\n{failed} of {len(checks)} checks failed." if failed else "\nAll checks passed."))


def print_orders(orders: Sequence[Order]) -> None:
    """Print orders as a table."""
    table = _table("Order", "Created (UTC)", "Status", "Total", "Site", "Strategy", "Lines", "Buyer")
    for order in orders:
        lines = ", ".join(f"{line.quantity} of {line.product_id}" for line in order.lines)
        flags = " (review)" if order.needs_review else ""
        status = coloured(order.status).append(flags, "bold red")
        buyer = Text(mask_email(order.customer_email))
        table.add_row(
            order.id, format_utc(order.created_at), status, order.total.display, order.site_id, order.strategy, lines, buyer
        )
    # In a narrow terminal the rows wrap as a whole: a folded id could not be copied.
    console(wide=True).print(table if orders else "No orders.")


def _events_table(history: OrderHistory) -> Table:
    table = _table("Received (UTC)", "Event", "What", "Verdict", "Id")
    for event in history.events:
        received = format_utc(int(event["received_at"] or 0))
        table.add_row(received, *(str(event[name]) for name in ("kind", "type", "verdict", "event_id")))
    return table


def _effects_table(history: OrderHistory) -> Table:
    table = _table("Created (UTC)", "Message", "Delivery", "Attempts", "Response", "Error", "Next attempt (UTC)")
    for effect in history.effects:
        created, next_at = (format_utc(int(effect[name] or 0)) for name in ("created_at", "next_at"))
        fields = [str(effect[name] or "") for name in ("effect", "state", "attempts", "last_status", "last_error")]
        table.add_row(created, *fields, next_at if effect["state"] == "waiting" and effect["attempts"] else "")
    return table


def print_history(history: OrderHistory) -> None:
    """Print an order, its events and its fulfilment messages."""
    out, order = console(), history.order
    out.print(Text(order.id, "bold"), coloured(order.status), Text(order.total.display))
    for line in order.lines:
        out.print(Text(f"  {line.quantity} of {line.name} at {line.unit_price.display}"))
    fields = {
        "site": order.site_id,
        "strategy": order.strategy,
        "buyer": mask_email(order.customer_email),
        "created": format_utc(order.created_at),
        "updated": format_utc(order.updated_at),
        "checkout": order.session.id if order.session else "",
        "payment": order.payment_ref,
        "dispute": "" if order.dispute == "none" else order.dispute,
        "review": "needs manual review" if order.needs_review else "",
    }
    for name, value in fields.items():
        if value:
            out.print(Text(f"  {name:<10}"), Text(value), soft_wrap=True)
    out.print("\nEvents" if history.events else "\nNo events yet.", style="bold")
    if history.events:
        out.print(_events_table(history))
    if history.effects:
        out.print("\nFulfilment messages", style="bold")
        out.print(_effects_table(history))
