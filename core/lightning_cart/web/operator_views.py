"""Orders and refunds as the JSON that operators see, over HTTP and in the command line."""

from collections.abc import Sequence

from lightning_cart.domain.document import Series
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, Order
from lightning_cart.domain.receipt import share_documents
from lightning_cart.domain.refund import IN_PROGRESS, Refund, RefundStatus
from lightning_cart.http import Json
from lightning_cart.ports import Row
from lightning_cart.storage.orders import OrderHistory
from lightning_cart.usecases.buyer_fields import buyer_fields
from lightning_cart.usecases.buyer_return import order_url
from lightning_cart.usecases.fulfilment_message import message_id
from lightning_cart.web.views import document_view, order_view

_DELIVERY = ("effect", "created_at", "state", "attempts", "next_at", "last_at", "last_status", "last_error")
_HIDDEN_OF_EVENT = {"order_id", "fresh", "digest", "delivery_id", "body_digest"}


def operator_view(order: Order) -> Json:
    """Return an order with all that is known of its buyer, the provider's ids, and why it needs review."""
    return {
        **order_view(order),
        **buyer_fields(order),
        "place": order.place._asdict(),
        "tip_minor": order.tip_minor,
        "dispute": order.dispute,
        "review_reason": order.review_reason or None,
        "customer_email": order.customer_email,
        "forgotten_at": order.forgotten_at,
        "receipt": order.number.text(Series.RECEIPT) if order.number is not None else None,
        "metadata": dict(order.metadata),
        "session_id": order.session.id if order.session else None,
        "payment_ref": order.payment_ref,
        "subscription_ref": order.subscription_ref,
    }


def page_urls(order: Order, public_url: str) -> Json:
    """Return the URLs of the order's pages at the engine: for the buyer, who needs nothing else to open them.

    Args:
        order: The order. Only a paid one has a receipt.
        public_url: The engine's own URL, or empty if it is not known.
    """
    pages = {"page_url": "page", "receipt_url": "receipt" if order.status in PAID_STATUSES else ""}
    return {name: order_url(public_url, order, page) or None if public_url and page else None for name, page in pages.items()}


def _without(row: Row, *names: str) -> Json:
    return {name: value for name, value in row.items() if name not in names}


def _event(row: Row) -> Json:
    return _without(row, *_HIDDEN_OF_EVENT)


def _delivery(order_id: str, row: Row) -> Json:
    return {**{name: row[name] for name in _DELIVERY}, "message_id": message_id(order_id, str(row["effect"]))}


def _documents(history: OrderHistory) -> list[Json]:
    lines_of = {refund.id: refund.pieces for refund in history.refunds}
    return [
        {
            **document_view(shared, history.order.total.currency),
            "tip_minor": shared.document.tip_minor,
            "ref": shared.document.ref or None,
        }
        for shared in share_documents(history.order, history.documents, lines_of)
    ]


def _piece_view(order: Order, place: int, quantity: int) -> Json:
    line = order.lines[place]
    return {"line": place + 1, "id": line.product_id, "variant": line.variant_id or None, "quantity": quantity}


def history_view(history: OrderHistory, public_url: str = "") -> Json:
    """Return an order with its pages, payments, refunds, documents, disputes, events, messages and what operators did.

    Args:
        history: The order with everything that is stored about it.
        public_url: The engine's own URL, or empty if it is not known.
    """
    order = history.order
    return {
        **operator_view(order),
        **page_urls(order, public_url),
        "payments": [_without(row, "order_id") for row in history.payments],
        "refunds": [refund_view(order, [refund]) for refund in history.refunds],
        "documents": _documents(history),
        "disputes": [_without(row, "order_id") for row in history.disputes],
        "log": [_without(row, "subject") for row in history.log],
        "events": [_event(row) for row in history.events],
        "effects": [_delivery(order.id, row) for row in history.effects],
    }


def _status(refunds: Sequence[Refund]) -> RefundStatus:
    """Return the status of a refund that has a row for each payment: the one that is furthest from success."""
    ranks = (RefundStatus.FAILED, *IN_PROGRESS, RefundStatus.SUCCEEDED)
    return min((refund.status for refund in refunds), key=ranks.index)


def refund_view(order: Order, refunds: Sequence[Refund]) -> Json:
    """Return a refund and its order as an operator sees them.

    Args:
        order: The order now.
        refunds: The refund's rows, one for each payment that is refunded; at least one.
    """
    first = refunds[0]
    amount = Money(sum(refund.amount.minor for refund in refunds), first.amount.currency)
    return {
        "refund_id": first.id,
        "order_id": order.id,
        "status": _status(refunds),
        "amount_minor": amount.minor,
        "amount": amount.display,
        "currency": amount.currency,
        "reason": first.reason,
        "lines": [_piece_view(order, place, quantity) for place, quantity in first.pieces],
        "provider_ref": first.provider_ref or None,
        "order_status": order.status,
        "refunded_minor": order.refunded_minor,
    }
