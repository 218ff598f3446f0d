"""The parts of an order that are stored as JSON: its lines, what its price depends on, and what its buyer wrote.

What is empty is left out, so that the rows stay small. A row that was saved before a key existed is read without it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lightning_cart.domain.buyer import NOWHERE, UNKNOWN_BUYER, Address, Buyer, Destination
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.http import json_bytes


def _text(value: object) -> str:
    return json_bytes(value).decode()


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def lines_to_json(lines: Sequence[LineItem]) -> str:
    """Return the lines of an order as JSON. Each has the first eight keys, which the release before variants reads."""
    return _text(
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
                **_filled(
                    {
                        "variant_id": line.variant_id,
                        "options": dict(line.options),
                        "sku": line.sku,
                        "ships": line.ships,
                        "discount_minor": line.discount_minor,
                        "tax_rate": line.tax_rate,
                    }
                ),
            }
            for line in lines
        ]
    )


def _line(line: Mapping[str, Any], currency: str) -> LineItem:
    return LineItem(
        product_id=line["product_id"],
        name=line["name"],
        unit_price=Money(line["unit_minor"], currency),
        quantity=line["quantity"],
        description=line["description"],
        image=line["image"],
        interval=Interval(line["interval"]) if line["interval"] else None,
        metadata=line["metadata"],
        variant_id=line.get("variant_id", ""),
        options=line.get("options", {}),
        sku=line.get("sku", ""),
        ships=line.get("ships", False),
        discount_minor=line.get("discount_minor", 0),
        tax_rate=line.get("tax_rate", ""),
    )


def json_to_lines(text: str, currency: str) -> tuple[LineItem, ...]:
    """Return the lines of an order whose amounts are in a currency."""
    return tuple(_line(line, currency) for line in json.loads(text))


class Pricing(NamedTuple):
    """What the price of an order depends on, and what its payment page asks, as the fields of `Order` with these names."""

    place: Destination
    delivery: Delivery | None
    taxes: tuple[TaxGroup, ...]
    code: str = ""
    asks_vat_id: bool = False


def pricing_to_json(order: Order) -> str:
    """Return `Pricing` of an order as JSON."""
    delivery = order.delivery._asdict() if order.delivery else {}
    taxes = [tax._asdict() for tax in order.taxes]
    place = _filled(order.place._asdict())
    fields = {"place": place, "delivery": _filled(delivery), "taxes": taxes, "code": order.code}
    return _text(_filled({**fields, "asks_vat_id": order.asks_vat_id}))


def json_to_pricing(text: str) -> Pricing:
    """Return what `pricing_to_json` made a text of."""
    fields = json.loads(text)
    delivery = fields.get("delivery")
    if delivery and "days" in delivery:
        delivery["days"] = tuple(delivery["days"])
    return Pricing(
        Destination(**fields["place"]) if "place" in fields else NOWHERE,
        Delivery(**delivery) if delivery else None,
        tuple(TaxGroup(**tax) for tax in fields.get("taxes", ())),
        fields.get("code", ""),
        fields.get("asks_vat_id", False),
    )


def address_to_json(address: Address | None) -> str:
    """Return an address as JSON, or "" if there is none."""
    return _text(_filled(address._asdict())) if address is not None else ""


def json_to_address(text: str) -> Address | None:
    """Return an address, or None if the text is empty."""
    return Address(**json.loads(text)) if text else None


def buyer_to_json(buyer: Buyer) -> str:
    """Return what a cart said about its buyer, as JSON."""
    address = _filled(buyer.address._asdict()) if buyer.address else {}
    inputs = [dict(texts) for texts in buyer.inputs]
    return _text(_filled({"address": address, "inputs": inputs, "note": buyer.note, "vat_id": buyer.vat_id}))


def json_to_buyer(text: str) -> Buyer:
    """Return what a cart said about its buyer."""
    fields = json.loads(text)
    if not fields:
        return UNKNOWN_BUYER
    address = fields.get("address")
    return Buyer(
        Address(**address) if address else None,
        tuple(fields.get("inputs", ())),
        fields.get("note", ""),
        fields.get("vat_id", ""),
    )
