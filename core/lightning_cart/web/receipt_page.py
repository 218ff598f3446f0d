"""The receipt of an order as a page to print: without JavaScript, on A4 and on a phone."""

from collections.abc import Iterable

from lightning_cart.domain.buyer import Address
from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.dates import iso_date
from lightning_cart.domain.document import DocumentNumber, Series
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import UNPAID_STATUSES, Order, OrderStatus
from lightning_cart.domain.receipt import SharedDocument
from lightning_cart.usecases.receipts import Papers
from lightning_cart.web.order_tables import ORDER_STYLE, lines_table, sums_table, tax_table
from lightning_cart.web.page_frame import escape, page

_WAITING = "A receipt is made as soon as the payment has arrived."
_NEVER = "It was not paid, so there is nothing that a receipt could be for."


def _lines(*texts: str) -> str:
    """Return texts on a line each, without those that are empty or there twice."""
    return "<br>".join(f"<bdi>{escape(text)}</bdi>" for text in dict.fromkeys(filter(None, texts)))


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{label}</dt><dd><bdi>{escape(value)}</bdi></dd>" for label, value in facts if value)
    return f"<dl>{rows}</dl>"


def _shop(site: Site) -> str:
    email = escape(site.email)
    parts = (
        f'<p class="shop">{escape(site.name)}</p>',
        f'<address class="kept">{escape(site.address)}</address>' if site.address else "",
        f"<div>VAT id: {escape(site.vat_id)}</div>" if site.vat_id else "",
        f'<div><a href="mailto:{email}">{email}</a></div>' if site.email else "",
    )
    return f"<div>{''.join(parts)}</div>"


def _place(address: Address) -> tuple[str, ...]:
    region = address.region if address.region != address.city else ""
    city, country = f"{address.postal_code} {address.city}".strip(), ", ".join(filter(None, (region, address.country)))
    return address.name, address.line1, address.line2, city, country


def _person(title: str, name: str, address: Address | None, tax_id: str = "") -> str:
    """Return the block of a buyer or a recipient, or "" if nothing is known."""
    written = _lines(name, *(_place(address) if address is not None else ()), f"VAT id: {tax_id}" if tax_id else "")
    return f"<div><h2>{title}</h2><div>{written}</div></div>" if written else ""


def _people(order: Order) -> str:
    buyer = order.buyer
    delivery = buyer.delivery if order.asks_address else None
    parts = _person("Buyer", buyer.name, buyer.billing, buyer.tax_id) + _person("Delivered to", "", delivery)
    return f'<section class="sides">{parts}</section>' if parts else ""


def _document(order: Order, number: DocumentNumber, shared: SharedDocument) -> str:
    document, amount = shared.document, Money(abs(shared.document.amount_minor), order.total.currency).display
    title, what, day = "Receipt", f"The order was renewed, and {amount} was charged.", "Charged on"
    if document.series is Series.CREDIT_NOTE:
        title, what, day = "Credit note", f"{amount} of this order was refunded.", "Refunded on"
        if document.amount_minor < 0:
            what, day = f"A refund did not succeed: {amount} of this order counts as paid again.", "Booked on"
    if document.tip_minor:
        what += f" The same is true of {Money(abs(document.tip_minor), order.total.currency).display} of the tip."
    facts = _facts((("Date", iso_date(number.at)), (day, iso_date(document.at))))
    heading = f"<h2>{title} {escape(number.text(document.series))}</h2>"
    return f"<section>{heading}{facts}<p>{escape(what)}</p>{tax_table(order, shared.shares)}</section>"


def receipt_page(papers: Papers, number: DocumentNumber, site: Site, catalog: Catalog, *, payment: str, page_url: str) -> bytes:
    """Return the receipt of an order, with its credit notes and the receipts of its renewals.

    Args:
        papers: The order and its documents.
        number: The number of the receipt.
        site: The order's shop.
        catalog: It has the labels of the buyer's texts.
        payment: How it was paid, for the buyer.
        page_url: The order's page.
    """
    order = papers.order
    title = f"Receipt {escape(number.text(Series.RECEIPT))}"
    facts = _facts(
        (
            ("Date", iso_date(number.at)),
            ("Order", order.id),
            ("Paid on", iso_date(papers.paid_at) if papers.paid_at is not None else ""),
            ("Payment", payment),
            ("Status", "Cancelled" if order.status is OrderStatus.CANCELLED else ""),  # as a free order can be
        )
    )
    numbered = [(shared.document.number, shared) for shared in papers.documents]
    content = (
        f'<header class="sides">{_shop(site)}<div><h1>{title}</h1>{facts}</div></header>{_people(order)}'
        f"<h2>Products</h2>{lines_table(order, catalog)}{sums_table(order, papers.shares)}"
        f"{_taxes(papers)}{''.join(_document(order, own, shared) for own, shared in numbered if own is not None)}"
        f'<nav><p><a href="{escape(page_url)}">Back to your order</a></p></nav>'
    )
    return page(f"{title} &ndash; {escape(site.name)}", ORDER_STYLE, content)


def _taxes(papers: Papers) -> str:
    table = tax_table(papers.order, papers.shares)
    return f"<section><h2>Tax</h2>{table}</section>" if table else ""


def no_receipt_page(order: Order, site: Site, page_url: str) -> bytes:
    """Return the page of an order that has no receipt, because it is not paid."""
    name = escape(site.name)
    why = _WAITING if order.status in UNPAID_STATUSES else _NEVER
    content = (
        f'<p class="shop">{name}</p><h1>This order has no receipt</h1><p>{why}</p>'
        f'<p><a class="button" href="{escape(page_url)}">See your order</a></p>'
    )
    return page(f"This order has no receipt &ndash; {name}", ORDER_STYLE, content)
