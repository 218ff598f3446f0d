"""What the commands print for people: tables and marks, in colour where the terminal has it."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.storage.orders import OrderHistory
from lightning_cart_host.cli.doctor import Check
from lightning_cart_host.cli.order_views import format_utc, mask_email

_COLOURS = {OrderStatus.PAID: "green", OrderStatus.FAILED: "red", OrderStatus.OPEN: "yellow", OrderStatus.PENDING: "yellow"}
_PIPE_WIDTH = 140  # characters, where there is no terminal to ask


def console() -> Console:
    """Standard output."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def coloured(status: str) -> Text:
    """An order's status."""
    return Text(status, style=_COLOURS.get(OrderStatus(status), "cyan"))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_checks(findings: Sequence[Check]) -> None:
    """Print the doctor's findings, and what to do."""
    out = console()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        mark = Text("ok   ", "green") if finding.ok else Text("wrong", "bold red")
        out.print(mark, Text(finding.subject.ljust(width), "bold"), Text(finding.detail), soft_wrap=True)
        if not finding.ok:
            out.print(Text(f"{' ' * 6}→ {finding.advice}"), soft_wrap=True)
    wrong = sum(not finding.ok for finding in findings)
    out.print(Text(f"\n{wrong} of {len(findings)} checks found something wrong." if wrong else "\nEverything is in order."))


def print_orders(orders: Sequence[Order]) -> None:
    """Print orders as a table."""
    table = _table("Order", "Made (UTC)", "Status", "Total", "Site", "Strategy", "Lines", "Buyer")
    for order in orders:
        lines = ", ".join(f"{line.quantity} of {line.product_id}" for line in order.lines)
        flags = " (review)" if order.needs_review else ""
        status = coloured(order.status).append(flags, "bold red")
        buyer = Text(mask_email(order.customer_email))
        table.add_row(
            order.id, format_utc(order.created_at), status, order.total.display, order.site_id, order.strategy, lines, buyer
        )
    console().print(table if orders else "No orders.")


def print_history(history: OrderHistory) -> None:
    """Print an order, its events and its effects."""
    out, order = console(), history.order
    out.print(Text(order.id, "bold"), coloured(order.status), Text(order.total.display))
    for line in order.lines:
        out.print(Text(f"  {line.quantity} of {line.name} at {line.unit_price.display}"))
    facts = {
        "site": order.site_id,
        "strategy": order.strategy,
        "buyer": mask_email(order.customer_email),
        "made": format_utc(order.created_at),
        "changed": format_utc(order.updated_at),
        "checkout": order.session.id if order.session else "",
        "payment": order.payment_ref,
        "dispute": "" if order.dispute == "none" else order.dispute,
        "review": "a person must look at it" if order.needs_review else "",
    }
    for name, value in facts.items():
        if value:
            out.print(Text(f"  {name:<10}"), Text(value), soft_wrap=True)
    happened = _table("Received (UTC)", "Event", "What", "Verdict", "Id")
    for event in history.events:
        received = format_utc(int(event["received_at"] or 0))
        happened.add_row(received, *(str(event[name]) for name in ("kind", "type", "verdict", "event_id")))
    out.print("\nEvents" if history.events else "\nNo events yet.", style="bold")
    if history.events:
        out.print(happened)
    out.print("\nEffects", style="bold") if history.effects else None
    told = _table("Made (UTC)", "Effect", "Delivery", "Tries", "Answered", "Why", "Next try (UTC)")
    for effect in history.effects:
        made, again = (format_utc(int(effect[name] or 0)) for name in ("created_at", "next_at"))
        fields = [str(effect[name] or "") for name in ("effect", "state", "attempts", "last_status", "last_error")]
        told.add_row(made, *fields, again if effect["state"] == "waiting" and effect["attempts"] else "")
    if history.effects:
        out.print(told)
