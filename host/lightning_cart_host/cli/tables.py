"""Tables that the commands print for people, in colour if the terminal has it."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from lightning_cart.domain.order import Dispute, Order
from lightning_cart.web.operator_views import mask_email
from lightning_cart_host.cli.stored_orders import format_utc
from lightning_cart_host.console import coloured, console


def make_table(*columns: str) -> Table:
    """Return an empty table whose long cells wrap."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _marks(order: Order) -> str:
    """Return what an operator has to know beside an order's status."""
    marks = []
    if order.needs_review:
        marks.append(f"review: {order.review_reason}" if order.review_reason else "review")
    if order.dispute is not Dispute.NONE:
        marks.append(f"dispute: {order.dispute}")
    return f" ({', '.join(marks)})" if marks else ""


def print_orders(orders: Sequence[Order]) -> None:
    """Print orders as a table."""
    table = make_table("Order", "Created (UTC)", "Status", "Total", "Site", "Strategy", "Lines", "Buyer")
    table.columns[0].no_wrap = True  # a folded id could not be copied
    for order in orders:
        lines = ", ".join(f"{line.quantity} of {line.product_id}" for line in order.lines)
        status = coloured(order.status).append(_marks(order), "bold red")
        buyer = Text(mask_email(order.customer_email))
        table.add_row(
            order.id, format_utc(order.created_at), status, order.total.display, order.site_id, order.strategy, lines, buyer
        )
    # In a narrow terminal the rows wrap as a whole.
    console(wide=True).print(table if orders else "No orders.")
