"""Orders as the JSON that callers see."""

from lightning_cart.domain.dates import iso_date
from lightning_cart.domain.document import Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order
from lightning_cart.domain.receipt import SharedDocument
from lightning_cart.http import Json
from lightning_cart.usecases.price_fields import choice_fields, price_fields, tax_fields
from lightning_cart.usecases.receipts import Papers


def line_view(line: LineItem) -> Json:
    """Return a line of an order as its buyer sees it."""
    return {
        "id": line.product_id,
        "name": line.name,
        **choice_fields(line),
        "quantity": line.quantity,
        "unit_minor": line.unit_price.minor,
        "unit": line.unit_price.display,
        "total_minor": line.total.minor,
        "discount_minor": line.discount_minor,
        "interval": line.interval,
    }


def order_view(order: Order) -> Json:
    """Return an order with the texts that its buyer wrote for its lines, and nothing else of the buyer or the provider."""
    return {
        "order_id": order.id,
        "site": order.site_id,
        "strategy": order.strategy,
        "status": order.status,
        "currency": order.total.currency,
        "exponent": order.total.exponent,
        "total_minor": order.total.minor,
        "total": order.total.display,
        **price_fields(order),
        "paid_minor": order.paid_minor,
        "refunded_minor": order.refunded_minor,
        "disputed": order.dispute in {Dispute.OPEN, Dispute.LOST},
        "needs_review": order.needs_review,
        "lines": [{**line_view(line), "inputs": dict(texts)} for line, texts in zip(order.lines, order.inputs, strict=True)],
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def document_view(shared: SharedDocument, currency: str) -> Json:
    """Return a credit note or the receipt of a renewal, with its tax shares.

    Args:
        shared: The document.
        currency: Of its order.
    """
    document, number = shared.document, shared.document.number
    return {
        "kind": document.series,
        "number": number.text(document.series) if number is not None else None,
        "date": iso_date(number.at) if number is not None else None,
        "at": document.at,
        "amount_minor": document.amount_minor,
        "amount": Money(document.amount_minor, currency).display,
        "tip_minor": document.tip_minor,
        "taxes": [tax_fields(share) for share in shared.shares],
    }


def buyer_view(papers: Papers, *, page_url: str, receipt_url: str) -> Json:
    """Return an order and its documents as its buyer sees them.

    Args:
        papers: The order and its documents.
        page_url: The order's page, or empty.
        receipt_url: Its receipt as a page, or empty.
    """
    order, number = papers.order, papers.order.number
    receipt = None
    if number is not None:
        receipt = {"number": number.text(Series.RECEIPT), "date": iso_date(number.at), "url": receipt_url or None}
    return {
        **order_view(order),
        "documents": [document_view(shared, order.total.currency) for shared in papers.documents],
        "receipt": receipt,
        "page_url": page_url or None,
    }
