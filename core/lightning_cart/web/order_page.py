"""The page of an order: what has become of it, for a buyer without JavaScript and for links in messages."""

from collections.abc import Mapping

from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Dispute, Order, OrderStatus
from lightning_cart.domain.receipt import order_shares
from lightning_cart.web.order_tables import ORDER_STYLE, lines_table, sums_table
from lightning_cart.web.page_frame import escape, page

_BACK = "This order is not paid. You can go back to the shop and start again."
_WORDS: Mapping[OrderStatus, tuple[str, str]] = {
    OrderStatus.OPEN: (
        "Waiting for the confirmation",
        "The payment provider has not confirmed a payment yet. This is usually a matter of seconds.",
    ),
    OrderStatus.PENDING: (
        "Your payment is on its way",
        "The order is placed. Some ways to pay take a few days; it is confirmed when the money arrives.",
    ),
    OrderStatus.PAID: ("Paid. Thank you!", "Your payment arrived and your order is confirmed."),
    OrderStatus.PARTIALLY_REFUNDED: ("Paid, and partly refunded", "A part of your payment was sent back to you."),
    OrderStatus.REFUNDED: (
        "Refunded",
        "Your whole payment was sent back to you. It can take several days to show on your account.",
    ),
    OrderStatus.FAILED: ("The payment did not go through", _BACK),
    OrderStatus.EXPIRED: ("The time to pay ran out", _BACK),
    OrderStatus.CANCELLED: ("The order was cancelled", _BACK),
}
_FREE = ("Ordered. Thank you!", "There was nothing to pay, and your order is confirmed.")
_FREE_ENDED = ("The order was cancelled", "There was nothing to pay. You can go back to the shop and start again.")
_REVIEW = (
    "The shop is looking at your order",
    "Something about the payment has to be decided by hand. Please do not pay again; the result will show here.",
)
_DISPUTED = (
    "The bank or card company has a question about this payment and is settling it with the shop. You need to do nothing here."
)
_PAUSES: Mapping[str, int] = {"": 5, "1": 10, "2": 30}  # seconds until the page looks again, by how often it has


def _words(order: Order) -> tuple[str, str]:
    if order.needs_review:
        return _REVIEW
    if order.is_free:
        return _FREE if order.status in PAID_STATUSES else _FREE_ENDED
    return _WORDS[order.status]


def _look_again(order: Order, look: str) -> tuple[str, str]:
    """Return what makes the page look again by itself, and what it says of that, in HTML."""
    if order.status not in UNPAID_STATUSES:
        return "", ""
    pause = _PAUSES.get(look)
    if pause is None:
        return "", '<p><a class="button" href="?">Look again</a></p>'
    again = int(look or 0) + 1
    return (
        f'<meta http-equiv="refresh" content="{pause}; url=?look={again}">\n',
        f'<p>This page looks again by itself in {pause} seconds. <a href="?look={again}">Look now</a></p>',
    )


def order_page(order: Order, site: Site, catalog: Catalog, look: str, *, shop_url: str, receipt_url: str) -> bytes:
    """Return the page of an order.

    Args:
        order: The order, with its buyer.
        site: The order's shop.
        catalog: It has the labels of the buyer's texts.
        look: How often the page has looked again by itself, as its query says.
        shop_url: The shop's page of the order.
        receipt_url: The order's receipt. A paid order links to it.
    """
    name, (title, rest) = escape(site.name), _words(order)
    head, again = _look_again(order, look)
    refunded = [("Sent back to you", order.refunded_minor)] if order.refunded_minor else []
    links = f'<a class="button" href="{escape(shop_url)}">Back to {name}</a>'
    if order.status in PAID_STATUSES:
        links = f'<a class="button" href="{escape(receipt_url)}">Receipt</a>{links}'
    email = escape(site.email)
    content = (
        f'<p class="shop">{name}</p><h1>{title}</h1><p>{rest}</p>'
        f"{f'<p>{_DISPUTED}</p>' if order.dispute in {Dispute.OPEN, Dispute.LOST} else ''}{again}"
        f"<h2>What you ordered</h2>{lines_table(order, catalog)}{sums_table(order, order_shares(order), refunded)}"
        f"<p><small>Order {order.id}</small></p><nav><p>{links}</p></nav>"
        f"{f'<p>Questions? Write to <a href="mailto:{email}">{email}</a>.</p>' if email else ''}"
    )
    return page(f"{title} &ndash; {name}", ORDER_STYLE, content, head)
