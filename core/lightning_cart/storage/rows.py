"""Converts orders and events to rows, and rows to orders and events."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute, EventKind, Order, OrderStatus, PaymentEvent
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment import Payment, PaymentState
from lightning_cart.http import json_bytes
from lightning_cart.ports import Row, SqlValue


def _lines_json(lines: Sequence[LineItem]) -> str:
    return json_bytes(
        [
            {
                "product_id": line.product_id,
                "name": line.name,
                "unit_minor": line.unit_price.minor,
                "quantity": line.quantity,
                "description": line.description,
                "image": line.image,
                "interval": line.interval,
                "metadata": dict(line.metadata),
            }
            for line in lines
        ]
    ).decode()


def _json_to_line(line: Mapping[str, Any], currency: str) -> LineItem:
    return LineItem(
        product_id=line["product_id"],
        name=line["name"],
        unit_price=Money(line["unit_minor"], currency),
        quantity=line["quantity"],
        description=line["description"],
        image=line["image"],
        interval=Interval(line["interval"]) if line["interval"] else None,
        metadata=line["metadata"],
    )


def _row_to_parts(row: Row) -> Parts:
    """Return the parts of a total. An order that was saved before orders had parts has only goods."""
    number, currency = cast("Mapping[str, int]", row), cast("str", row["currency"])
    total = Money(number["total_minor"], currency)
    goods = total if row["goods_minor"] is None else Money(number["goods_minor"], currency)
    discount, shipping, tax = (Money(number[name], currency) for name in ("discount_minor", "shipping_minor", "tax_minor"))
    return Parts(total, goods, discount, shipping, tax)


def row_to_order(row: Row) -> Order:
    """Return the order in a row of `orders`."""
    text, number = cast("Mapping[str, str]", row), cast("Mapping[str, int]", row)
    session = None
    if row["session_id"] is not None:
        session = CheckoutSession(text["session_id"], text["session_url"], cast("int | None", row["session_expires_at"]))
    return Order(
        id=text["id"],
        site_id=text["site"],
        strategy=text["strategy"],
        provider=text["provider"],
        lines=tuple(_json_to_line(line, text["currency"]) for line in json.loads(text["lines"])),
        parts=_row_to_parts(row),
        created_at=number["created_at"],
        updated_at=number["updated_at"],
        customer_email=text["customer_email"],
        metadata=json.loads(text["metadata"]),
        statement_descriptor_suffix=text["statement_descriptor_suffix"],
        status=OrderStatus(text["status"]),
        paid_minor=number["paid_minor"],
        tip_minor=number["tip_minor"],
        refunded_minor=number["refunded_minor"],
        dispute=Dispute(text["dispute"]),
        needs_review=bool(row["needs_review"]),
        review_reason=text["review_reason"],
        payment_ref=text["payment_ref"],
        subscription_ref=text["subscription_ref"],
        session=session,
        return_token=text["return_token"],
    )


def order_values(order: Order, key: str, digest: str) -> dict[str, SqlValue]:
    """Return the column values of a new order.

    Args:
        order: The order.
        key: The caller's idempotency key, or empty.
        digest: SHA-256 of the request's body.
    """
    return {
        "id": order.id,
        "site": order.site_id,
        "strategy": order.strategy,
        "provider": order.provider,
        "currency": order.total.currency,
        "total_minor": order.total.minor,
        "goods_minor": order.parts.goods.minor,
        "discount_minor": order.parts.discount.minor,
        "shipping_minor": order.parts.shipping.minor,
        "tax_minor": order.parts.tax.minor,
        "renewal_minor": order.renewal_minor,
        "lines": _lines_json(order.lines),
        "metadata": json_bytes(dict(order.metadata)).decode(),
        "customer_email": order.customer_email,
        "statement_descriptor_suffix": order.statement_descriptor_suffix,
        "idempotency_key": key or None,
        "request_digest": digest,
        "return_token": order.return_token,
        "created_at": order.created_at,
    }


def row_to_event(row: Row) -> PaymentEvent:
    """Return the event in a row of `events`."""
    text, number = cast("Mapping[str, str]", row), cast("Mapping[str, int | None]", row)
    amount = Money(cast("int", row["amount_minor"]), text["currency"]) if row["amount_minor"] is not None else None
    return PaymentEvent(
        provider=text["provider"],
        id=text["event_id"],
        type=text["type"],
        kind=EventKind(text["kind"]),
        order_id=text["order_id"] or "",
        checkout_ref=text["checkout_ref"],
        amount=amount,
        payment_ref=text["payment_ref"],
        subscription_ref=text["subscription_ref"],
        object_id=text["subject"],
        dispute_reason=text["dispute_reason"],
        due_at=number["due_at"],
        created_at=number["created_at"],
        was_read=True,  # its content is what was stored, and is not compared with it again
    )


def row_to_payment(row: Row) -> Payment:
    """Return the payment in a row of `payments`."""
    number = cast("Mapping[str, int]", row)
    return Payment(
        ref=cast("str", row["payment_ref"]),
        amount_minor=number["amount_minor"],
        tip_minor=number["tip_minor"],
        refunded_minor=number["refunded_minor"],
        state=PaymentState(cast("str", row["state"])),
    )


def payments_by_key(rows: Sequence[Row]) -> dict[str, Payment]:
    """Return the payments in rows of `payments`, by their keys."""
    return {payment.ref: payment for payment in map(row_to_payment, rows)}
