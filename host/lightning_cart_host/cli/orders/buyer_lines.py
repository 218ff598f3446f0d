"""Says who bought an order, how it is delivered and where to, as the fields of `orders show`."""

from collections.abc import Iterator, Mapping

from lightning_cart.domain.buyer import Address
from lightning_cart.domain.order import UNPAID_STATUSES, Order
from lightning_cart.domain.price import Delivery
from lightning_cart.usecases.buyer_fields import payer_email
from lightning_cart_host.cli.dates import format_utc

_ASKS = "(the payment page asks for the rest)"
_ASKED = "(the payment page asked for the rest: see the payment in the provider's dashboard)"


def _days(delivery: Delivery) -> str:
    if delivery.days is None:
        return ""
    least, most = delivery.days
    span = f"{most}" if least == most else f"{least} to {most}"
    return f", {span} working {'day' if most == 1 else 'days'}"


def _address(address: Address | None, known_phone: str = "") -> Iterator[str]:
    """Yield the lines of an address, from the name to the country, and a phone number that is not shown already."""
    if address is None:
        return
    yield address.name
    yield address.line1
    yield address.line2
    yield f"{address.postal_code} {address.city}".strip()
    yield ", ".join(filter(None, (address.region, address.country)))
    yield address.phone if address.phone != known_phone else ""


def _delivery_lines(order: Order) -> list[str]:
    delivery, address = order.delivery, order.buyer.delivery
    lines = list(filter(None, _address(address, order.buyer.phone)))
    is_known = order.forgotten_at is not None or (address is not None and address.line1)
    if delivery is not None and not delivery.pick_up and not is_known:
        lines.append(_ASKS if order.status in UNPAID_STATUSES else _ASKED)
    return lines


def buyer_fields(order: Order) -> Mapping[str, str]:
    """Return who bought an order, and what is delivered where, by name; what is not known is empty.

    Args:
        order: The order, read with its buyer.
    """
    delivery, buyer = order.delivery, order.buyer
    how = f"{delivery.name} ({delivery.method_id}){_days(delivery)}" if delivery else ""
    forgotten = order.forgotten_at
    return {
        "buyer": order.customer_email if forgotten is None else f"forgotten at {format_utc(forgotten)}",
        "paid by": payer_email(order),
        "name": buyer.name,
        "phone": buyer.phone,
        "VAT id": buyer.tax_id,
        "delivery": f"{how}, picked up" if delivery and delivery.pick_up else how,
        "price for": ", ".join(filter(None, order.place)),
        "address": "\n".join(_delivery_lines(order)),
        "billed to": "\n".join(filter(None, _address(buyer.billing, buyer.phone))),
        "note": buyer.note,
    }
