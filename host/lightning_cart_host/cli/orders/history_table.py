"""Prints one order for people, with everything that is stored about it."""

from rich.console import Console
from rich.text import Text

from lightning_cart.domain.document import Series
from lightning_cart.domain.order import Dispute, Order
from lightning_cart.domain.review import explain_review
from lightning_cart.storage.orders import OrderHistory
from lightning_cart.web.operator_views import page_urls
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.orders.buyer_lines import buyer_fields
from lightning_cart_host.cli.orders.history_sections import SECTIONS
from lightning_cart_host.cli.orders.order_lines import print_lines, print_money
from lightning_cart_host.cli.records import hanging, print_line, print_records
from lightning_cart_host.console import coloured, console

_NAME_WIDTH = 14


def _field(name: str, text: str, width: int) -> str:
    return hanging(f"  {name:<{_NAME_WIDTH}}", text, width)


def _review(order: Order) -> str:
    if not order.needs_review:
        return ""
    sentence = explain_review(order.review_reason)
    return f"{order.review_reason}: {sentence}" if sentence else order.review_reason or "needed; no reason is stored"


def _fields(order: Order, public_url: str) -> dict[str, str]:
    urls = page_urls(order, public_url)
    return {
        "review": _review(order),
        "dispute": "" if order.dispute is Dispute.NONE else order.dispute,
        **buyer_fields(order),
        "code": order.code,
        "receipt": order.number.text(Series.RECEIPT) if order.number is not None else "",
        "page": str(urls["page_url"] or ""),
        "receipt page": str(urls["receipt_url"] or ""),
        "site": order.site_id,
        "strategy": order.strategy,
        "created": format_utc(order.created_at),
        "updated": format_utc(order.updated_at),
        "checkout": order.session.id if order.session else "",
        "payment": order.payment_ref,
        "subscription": order.subscription_ref,
    }


def print_history(history: OrderHistory, out: Console | None = None, *, public_url: str = "") -> None:
    """Print an order with its buyer, money, payments, refunds, disputes, events and messages, and what operators did.

    Args:
        history: The order.
        out: Where to print. Default: standard output.
        public_url: The engine's own URL, or empty if it is not known. Then the URLs of the order's pages are left out.
    """
    out, order = out or console(), history.order
    print_line(out, Text.assemble((order.id, "bold"), "  ", coloured(order.status), f"  {order.total.display}"))
    for name, value in _fields(order, public_url).items():
        if value:
            print_line(out, _field(name, value, out.width), "bold red" if name in {"review", "dispute"} else "")
    print_line(out, "  Times are in UTC.", "dim")
    print_lines(out, order)
    print_money(out, history)
    if order.metadata:
        print_line(out, "\nMetadata", "bold")
        for key, value in order.metadata.items():
            print_line(out, _field(f"{key} " if len(key) >= _NAME_WIDTH else key, value, out.width))
    for section in SECTIONS:
        print_records(out, section.title, section.columns, list(section.read(history)))
    if not history.events:
        print_line(out, "\nNo events yet.", "bold")
    print_line(out, "\n`lightning-cart orders explain` says what it waits for.")
