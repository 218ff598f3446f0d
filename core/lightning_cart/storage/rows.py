"""Converts orders and events to rows, and rows to orders and events."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from lightning_cart.domain.buyer import UNKNOWN_BUYER, Buyer, Contact
from lightning_cart.domain.document import DocumentNumber
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute, Order, OrderStatus
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment import Payment, PaymentState
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.http import json_bytes
from lightning_cart.ports import Row, SqlValue
from lightning_cart.storage.order_json import (
    buyer_to_json,
    json_to_address,
    json_to_buyer,
    json_to_lines,
    json_to_pricing,
    lines_to_json,
    pricing_to_json,
)
from lightning_cart.storage.sql import Sql

# An order o with its buyer b. Orders from before buyers had a table have the e-mail address in `orders`.
BUYER_COLUMNS = """b.email AS buyer_email, b.data AS buyer_data, b.paid_email, b.paid_name, b.paid_phone, b.paid_vat_id,
    b.paid_delivery, b.paid_billing"""
ORDER_COLUMNS = f"o.*, {BUYER_COLUMNS}"
JOIN_BUYER = "LEFT JOIN buyers AS b ON b.order_id = o.id"
ORDERS = f"orders AS o {JOIN_BUYER}"
SELECT_ORDER = Sql("SELECT * FROM orders WHERE id = :id")
SELECT_WITH_BUYER = Sql(f"SELECT {ORDER_COLUMNS} FROM {ORDERS} WHERE o.id = :id")
SELECT_PAYMENTS = Sql("SELECT * FROM payments WHERE order_id = :id ORDER BY at, payment_ref")


def _row_to_parts(row: Row) -> Parts:
    """Return the parts of a total. An order that was saved before orders had parts has only goods."""
    number, currency = cast("Mapping[str, int]", row), cast("str", row["currency"])
    total = Money(number["total_minor"], currency)
    goods = total if row["goods_minor"] is None else Money(number["goods_minor"], currency)
    discount, shipping, tax = (Money(number[name], currency) for name in ("discount_minor", "shipping_minor", "tax_minor"))
    return Parts(total, goods, discount, shipping, tax)


def row_to_buyer(row: Row) -> Buyer:
    """Return the buyer in a row of orders with their buyers."""
    if row.get("buyer_data") is None:
        return UNKNOWN_BUYER
    text = cast("Mapping[str, str]", row)
    buyer = json_to_buyer(text["buyer_data"])
    email, name, phone, vat_id = (text[f"paid_{part}"] for part in ("email", "name", "phone", "vat_id"))
    delivery, billing = (json_to_address(text[f"paid_{part}"]) for part in ("delivery", "billing"))
    return buyer._replace(paid_by=Contact(email, name, phone, vat_id, delivery, billing))


def row_to_number(row: Row) -> DocumentNumber | None:
    """Return the number of the receipt in a row of `orders`, or None if it has none yet."""
    if row["receipt_number"] is None:
        return None
    number = cast("Mapping[str, int]", row)
    return DocumentNumber(number["receipt_year"], number["receipt_number"], number["receipt_at"] or number["updated_at"])


def row_to_order(row: Row) -> Order:
    """Return the order in a row of `orders`. Without the columns of its buyer nothing is known of the buyer."""
    text, number = cast("Mapping[str, str]", row), cast("Mapping[str, int]", row)
    pricing, session = json_to_pricing(text["pricing"]), None
    if row["session_id"] is not None:
        session = CheckoutSession(text["session_id"], text["session_url"], cast("int | None", row["session_expires_at"]))
    return Order(
        id=text["id"],
        site_id=text["site"],
        strategy=text["strategy"],
        provider=text["provider"],
        lines=json_to_lines(text["lines"], text["currency"]),
        parts=_row_to_parts(row),
        created_at=number["created_at"],
        updated_at=number["updated_at"],
        customer_email=next(filter(None, map(text.get, ("buyer_email", "paid_email"))), text["customer_email"]),
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
        delivery=pricing.delivery,
        place=pricing.place,
        taxes=pricing.taxes,
        renewal_minor=number["renewal_minor"],
        buyer=row_to_buyer(row),
        code=pricing.code,
        page_token=text["page_token"],
        by_form=bool(row["by_form"]),
        number=row_to_number(row),
        forgotten_at=cast("int | None", row["forgotten_at"]),
        asks_vat_id=pricing.asks_vat_id,
    )


def order_values(order: Order, key: str, digest: str) -> dict[str, SqlValue]:
    """Return the column values of a new order and its buyer.

    Args:
        order: The order.
        key: The caller's idempotency key, or empty.
        digest: SHA-256 of the request's body.
    """
    ships_to = order.ships_to
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
        "lines": lines_to_json(order.lines),
        "pricing": pricing_to_json(order),
        "ship_country": ships_to.country,
        "ship_region": ships_to.region,
        "ship_postal_code": ships_to.postal_code,
        "metadata": json_bytes(dict(order.metadata)).decode(),
        "buyer_email": order.customer_email,
        "buyer_country": order.buyer.address.country if order.buyer.address else order.place.country,
        "buyer_data": buyer_to_json(order.buyer),
        "statement_descriptor_suffix": order.statement_descriptor_suffix,
        "idempotency_key": key or None,
        "request_digest": digest,
        "return_token": order.return_token,
        "page_token": order.page_token,
        "by_form": int(order.by_form),
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
