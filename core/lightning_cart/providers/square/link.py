"""The body that creates a Square payment link. Source: Square API reference, Checkout API, and Orders API, Order.

Square calculates the total. Delivery and added tax are lines: a tax of Square's is a percentage, which Square rounds half to
even, and the fee of a link may be taxed by a rule of the account.
"""

import re

from lightning_cart.domain.buyer import Address
from lightning_cart.domain.order import Order
from lightning_cart.http import Json
from lightning_cart.providers.sent_lines import SentLine, sent_lines
from lightning_cart.providers.square.amounts import amount
from lightning_cart.providers.strategy import Limits

# What an account's default could turn on, and what would change the total.
_OFF = {"allow_tipping": False, "enable_coupon": False, "enable_loyalty": False}
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # E.164, the only form that Square takes
_MAX_LENGTHS = {"postal_code": 12, "administrative_district_level_1": 200}


def _line(line: SentLine) -> Json:
    sent: dict[str, object] = {
        "name": line.name,
        "quantity": str(line.quantity),
        "base_price_money": amount(line.unit_price),
    }
    if line.item is None:
        return sent | {"metadata": {"kind": line.kind.value}}
    return sent | ({"note": line.item.description} if line.item.description else {})


def _address(address: Address) -> Json:
    first, _, last = address.name.partition(" ")
    parts = {
        "address_line_1": address.line1,
        "address_line_2": address.line2,
        "locality": address.city,
        "administrative_district_level_1": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
        "first_name": first,
        "last_name": last,
    }
    return {name: value for name, value in parts.items() if value and len(value) <= _MAX_LENGTHS.get(name, 300)}


def _known(order: Order) -> Json:
    """Return what the page is filled with; the buyer can change it."""
    address = order.buyer.address or Address()
    known: dict[str, object] = {"buyer_email": order.customer_email} if order.customer_email else {}
    if _PHONE.fullmatch(address.phone):
        known["buyer_phone_number"] = address.phone
    if order.asks_address and any(address):
        known["buyer_address"] = _address(address)
    return known


def link_body(order: Order, location_id: str, success_url: str, limits: Limits) -> Json:
    """Return the body that creates a link. It depends on the stored order alone.

    The cart's metadata is not sent, because Square takes fewer and shorter values than a cart may have.

    Args:
        order: The order.
        location_id: The location that sells.
        success_url: Where Square sends a buyer who has paid.
        limits: The strategy's limits, which say what goes into lines.
    """
    sold: dict[str, object] = {
        "location_id": location_id,
        "reference_id": order.id,
        "metadata": {"order_id": order.id, "site_id": order.site_id},
        "line_items": [_line(line) for line in sent_lines(order, limits)],
    }
    if order.parts.discount.minor:
        name = f"Discount {order.code}".strip()
        discount = {"uid": "discount", "name": name, "type": "FIXED_AMOUNT", "scope": "ORDER"}
        sold["discounts"] = [{**discount, "amount_money": amount(order.parts.discount)}]
    options: dict[str, object] = {"redirect_url": success_url, **_OFF}
    if order.asks_address:
        options["ask_for_shipping_address"] = True
    body: dict[str, object] = {
        "idempotency_key": f"chk-{order.id}-1",
        "description": f"Order {order.id}",
        "payment_note": order.id,
        "order": sold,
        "checkout_options": options,
    }
    known = _known(order)
    return body | ({"pre_populated_data": known} if known else {})
