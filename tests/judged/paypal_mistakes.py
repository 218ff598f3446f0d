"""What a shop can do wrong with PayPal's orders: bodies, deliveries and patches that break one rule each."""

from collections.abc import Iterator
from typing import Any

from support.sandbox_clients import amount, item, order_body, paypal_money, source, unit

UNIT = "/purchase_units/@reference_id=='default'"
ADDRESS = {"address_line_1": "Ada 1", "admin_area_2": "Sabadell", "postal_code": "08201", "country_code": "ES"}


def wrong_bodies() -> Iterator[Any]:
    """Yield bodies of orders that break one rule each."""
    yield []
    yield order_body(intent=None)
    yield order_body(intent="AUTHORIZE")
    yield order_body(intent="RENT", note="x")
    yield order_body(purchase_units=[])
    yield order_body(purchase_units=[unit()] * 11)
    yield order_body(purchase_units=[unit(), unit()])
    yield order_body(purchase_units=[unit(reference_id="a"), unit(reference_id="a", amount=amount("1.00", "EUR"))])
    for value in ("0", "-1.00", "1.001", "x", "1" * 19):
        yield order_body(purchase_units=[{"amount": amount(value)}])
    for currency in ("JPY", "BRL", "XXX", "EURO"):
        yield order_body(purchase_units=[{"amount": amount("1.50", currency)}])
    yield order_body(purchase_units=[unit(amount=amount("10.00", item_total="9.00"))])
    yield order_body(purchase_units=[unit(amount=amount("10.00"))])
    for total in ({}, {"tax_total": "9.00"}):
        yield order_body(purchase_units=[unit(amount=amount(item_total="10.00", **total), items=[item(tax=paypal_money("1"))])])
    yield order_body(purchase_units=[unit(custom_id="🫖" * 64)])
    yield order_body(payment_source=source(shipping_preference="SET_PROVIDED_ADDRESS"))
    yield order_body(payment_source=source(cancel_url=None))


def wrong_deliveries() -> Iterator[tuple[str, Any]]:
    """Yield shipping preferences and deliveries that break one rule each."""
    free = {"id": "post", "label": "Post", "selected": True, "amount": paypal_money("0.00")}
    for options in ([free | {"selected": False}], [free] * 2, [free | {"amount": paypal_money("1.00")}], [free] * 11):
        yield "GET_FROM_FILE", {"options": options}
    yield "NO_SHIPPING", {"options": [free]}
    for shipping_type in ("SHIPPING", "PICKUP_IN_PERSON", "PICKUP_IN_STORE"):
        yield "GET_FROM_FILE" if shipping_type == "SHIPPING" else "NO_SHIPPING", {"type": shipping_type}
    for missing in ("address_line_1", "admin_area_2", "postal_code", "country_code"):
        address = {name: text for name, text in ADDRESS.items() if name != missing}
        yield "SET_PROVIDED_ADDRESS", {"address": address}
    yield "SET_PROVIDED_ADDRESS", {"address": ADDRESS | {"country_code": "XX"}}


def wrong_patches() -> Iterator[list[Any]]:
    """Yield patches that break one rule each."""
    yield []
    yield [{"op": "replace", "path": f"{UNIT}/custom_id"}]
    yield [{"op": "replace", "path": f"{UNIT}/custom_id", "value": "c" * 128}]
    yield [{"op": "replace", "path": f"{UNIT}/amount", "value": amount("11.00", item_total="10.00")}]
    yield [{"op": "remove", "path": f"{UNIT}/soft_descriptor"}]
    yield [{"op": "replace", "path": f"{UNIT}/reference_id", "value": "x"}]
    yield [{"op": "replace", "path": "/purchase_units/@reference_id=='x'/custom_id", "value": "x"}]
    yield [{"op": "replace", "path": "custom_id", "value": "x"}]
    yield [{"op": "test", "path": f"{UNIT}/custom_id"}]
