"""Prints the changes of orders for people and for scripts, one line for each."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order
from lightning_cart.http import Json
from lightning_cart.web.operator_views import operator_view
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.orders.watch import Change
from lightning_cart_host.cli.records import print_line
from lightning_cart_host.console import coloured
from lightning_cart_host.output import printable


def _status(change: Change) -> Text:
    order, before = change.order, change.before
    if before and before.status is not order.status:
        return Text.assemble(coloured(before.status), " → ", coloured(order.status))
    return Text.assemble("new: ", coloured(order.status)) if change.is_new else coloured(order.status)


def _notes(change: Change) -> list[str]:
    """Return what has to be known beside the status."""
    order, before, notes = change.order, change.before, []
    currency = order.total.currency
    if order.refunded_minor and (before is None or before.refunded_minor != order.refunded_minor):
        notes.append(f"{Money(order.refunded_minor, currency).display} refunded")
    if order.paid_minor not in {0, order.total.minor}:
        notes.append(f"{Money(order.paid_minor, currency).display} paid")
    if order.dispute is not Dispute.NONE:
        notes.append(f"dispute: {order.dispute}")
    if order.needs_review:
        notes.append(f"needs review: {order.review_reason}" if order.review_reason else "needs review")
    elif before and before.needs_review:
        notes.append("needs no review any more")
    return notes


def _goods(order: Order) -> str:
    return ", ".join(f"{line.quantity} of {line.id_with_options}" for line in order.lines)


def change_view(change: Change, what: str = "") -> Json:
    """Return a change as JSON.

    Args:
        change: The change.
        what: `stored` for an order that was there before. Default: `new` or `changed`.
    """
    before = change.before.status if change.before else None
    what = what or ("new" if change.is_new else "changed")
    return {"what": what, "at": change.order.updated_at, "status_before": before, **operator_view(change.order)}


class ChangeLines:
    """Prints a line for each change, and a line for each new day.

    Args:
        out: Where to print.
    """

    def __init__(self, out: Console) -> None:
        self._out = out
        self._day = ""

    def print(self, changes: Sequence[Change]) -> None:
        """Print changes."""
        for change in changes:
            day, _, time = format_utc(change.order.updated_at).partition(" ")
            if day != self._day:
                print_line(self._out, f"{day} (UTC)", "bold")
                self._day = day
            print_line(self._out, _line(time, change))


def _line(time: str, change: Change) -> Text:
    order = change.order
    notes = Text(", ".join(_notes(change)), "bold red" if order.needs_review else "")
    parts = [Text(time), Text(order.id, "bold"), _status(change), Text(order.total.display), notes]
    parts += [Text(printable(text)) for text in (_goods(order), order.site_id, order.strategy, order.customer_email)]
    return Text("  ").join(part for part in parts if part)
