"""The columns of `orders export`: one row for an order, or one for each of its lines."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from lightning_cart.domain.buyer import Address
from lightning_cart.domain.document import Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.usecases.buyer_fields import payer_email
from lightning_cart.usecases.price_fields import tax_fields

type ExportRow = dict[str, object]

_AMOUNTS = ("total", "paid", "tip", "refunded")
_PARTS = ("goods", "discount", "shipping", "tax", "included_tax", "renewal")
_DELIVERY = (
    *("delivery_method", "delivery_name", "place_country", "place_region", "place_postal_code"),
    *(f"address_{name}" for name in Address._fields),
    "note",
)
_BUYER = (
    *("payer_email", "name", "phone", "vat_id"),
    *(f"billing_{name}" for name in Address._fields),
    *("code", "receipt"),
)
# New columns come at the end, so that what reads a column by its place goes on reading the same.
ORDER_COLUMNS = (
    *("order_id", "created", "updated", "site", "strategy", "provider", "status", "currency"),
    *(column for name in _AMOUNTS for column in (name, f"{name}_minor")),
    *("dispute", "needs_review", "review_reason", "customer_email", "quantity", "product_ids", "product_names", "metadata"),
    *("session_id", "payment_ref", "subscription_ref"),
    *(column for name in _PARTS for column in (name, f"{name}_minor")),
    "taxes",
    *_DELIVERY,
    *_BUYER,
)
# Without the order's amounts: a sum of their column would count an order of two lines twice.
LINE_COLUMNS = (
    *("order_id", "created", "site", "strategy", "status", "currency", "customer_email", "line", "product_id", "product_name"),
    *("quantity", "unit", "unit_minor", "line_total", "line_total_minor", "interval", "line_metadata", "metadata"),
    *("payment_ref", "subscription_ref"),
    *("variant_id", "options", "sku", "ships", "discount", "discount_minor", "inputs"),
    *_DELIVERY,
    *_BUYER,
)


def iso_utc(seconds: int) -> str:
    """Return Unix seconds as ISO 8601, in UTC: `2026-11-01T10:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def amount_fields(name: str, money: Money) -> ExportRow:
    """Return an amount in major units as a text, and in minor units as an integer."""
    return {name: money.decimal, f"{name}_minor": money.minor}


def _order(order: Order, currency: str) -> ExportRow:
    """Return what both kinds of rows have of an order."""
    buyer = order.buyer
    return {
        "order_id": order.id,
        "created": iso_utc(order.created_at),
        "site": order.site_id,
        "strategy": order.strategy,
        "status": str(order.status),
        "currency": currency,
        "customer_email": order.customer_email,
        "metadata": dict(order.metadata),
        "payment_ref": order.payment_ref,
        "subscription_ref": order.subscription_ref,
        "delivery_method": order.delivery.method_id if order.delivery else "",
        "delivery_name": order.delivery.name if order.delivery else "",
        **{f"place_{name}": value for name, value in order.place._asdict().items()},
        **{f"address_{name}": value for name, value in (buyer.delivery or Address())._asdict().items()},
        "note": buyer.note,
        "payer_email": payer_email(order),
        "name": buyer.name,
        "phone": buyer.phone,
        "vat_id": buyer.tax_id,
        **{f"billing_{name}": value for name, value in (buyer.billing or Address())._asdict().items()},
        "code": order.code,
        "receipt": order.number.text(Series.RECEIPT) if order.number is not None else "",
    }


def _line(line: LineItem, texts: Mapping[str, str]) -> ExportRow:
    return {
        "product_id": line.product_id,
        "product_name": line.name,
        "quantity": line.quantity,
        **amount_fields("unit", line.unit_price),
        **amount_fields("line_total", line.total),
        "interval": line.interval and str(line.interval),
        "line_metadata": dict(line.metadata),
        "variant_id": line.variant_id,
        "options": dict(line.options),
        "sku": line.sku,
        "ships": line.ships,
        **amount_fields("discount", Money(line.discount_minor, line.unit_price.currency)),
        "inputs": dict(texts),
    }


def _parts(order: Order) -> ExportRow:
    """Return the parts of a total. `tax` is added to the prices, and `included_tax` is a share of the other parts."""
    parts, currency = order.parts, order.total.currency
    included = sum(group.tax_minor for group in order.taxes if group.included)
    amounts = {
        "goods": parts.goods,
        "discount": parts.discount,
        "shipping": parts.shipping,
        "tax": parts.tax,
        "included_tax": Money(included, currency),
        "renewal": Money(order.renewal_minor, currency),
    }
    row = {"taxes": [tax_fields(group) for group in order.taxes]}
    return row | {field: value for name, money in amounts.items() for field, value in amount_fields(name, money).items()}


def order_row(order: Order) -> ExportRow:
    """Return the row of an order."""
    total = order.total
    amounts = {"total": total.minor, "paid": order.paid_minor, "tip": order.tip_minor, "refunded": order.refunded_minor}
    row = _order(order, total.currency)
    for name, minor in amounts.items():
        row |= amount_fields(name, Money(minor, total.currency))
    return {
        **row,
        **_parts(order),
        "updated": iso_utc(order.updated_at),
        "provider": order.provider,
        "dispute": str(order.dispute),
        "needs_review": order.needs_review,
        "review_reason": order.review_reason,
        "quantity": sum(line.quantity for line in order.lines),
        "product_ids": " ".join(line.product_id for line in order.lines),
        "product_names": "; ".join(line.name for line in order.lines),
        "session_id": order.session.id if order.session else "",
    }


def line_rows(order: Order) -> Iterator[ExportRow]:
    """Yield a row for each line of an order."""
    row = _order(order, order.total.currency)
    for number, (line, texts) in enumerate(zip(order.lines, order.inputs, strict=True), 1):
        yield {**row, "line": number, **_line(line, texts)}
