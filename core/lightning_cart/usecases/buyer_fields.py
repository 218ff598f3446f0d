"""Who bought an order, as the JSON that shops and operators see."""

from lightning_cart.domain.buyer import Address
from lightning_cart.domain.order import Order
from lightning_cart.http import Json


def _address_fields(address: Address | None) -> Json | None:
    return address._asdict() if address is not None else None


def payer_email(order: Order) -> str:
    """Return the e-mail address that the provider reported, if it is another one than the cart's; else ""."""
    payer = order.buyer.paid_by.email
    return payer if payer.lower() != order.customer_email.lower() else ""


def buyer_fields(order: Order) -> Json:
    """Return who bought an order, where the goods go and what the buyer wrote. What is not known is null."""
    buyer = order.buyer
    return {
        "customer_email": order.customer_email or None,
        "payer_email": payer_email(order) or None,
        "name": buyer.name or None,
        "phone": buyer.phone or None,
        "address": _address_fields(buyer.delivery),
        "billing": _address_fields(buyer.billing),
        "vat_id": buyer.tax_id or None,
        "note": buyer.note or None,
    }
