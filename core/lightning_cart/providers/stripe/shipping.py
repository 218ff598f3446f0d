"""The delivery of a Checkout Session, as it is sent to Stripe.

Source: Stripe API reference, Checkout Sessions, `shipping_options` and `payment_intent_data.shipping`.
"""

from lightning_cart.domain.buyer import Address
from lightning_cart.domain.money import Money
from lightning_cart.domain.price import Delivery
from lightning_cart.http import Json
from lightning_cart.providers.stripe.amounts import AMOUNTS

_MAX_NAME = 100  # characters of a shipping option's name


def shipping_option(delivery: Delivery, price: Money) -> Json:
    """Return the one option of a session's page, with its price and its time. The buyer cannot choose another."""
    data: dict[str, object] = {
        "type": "fixed_amount",
        "display_name": delivery.name[:_MAX_NAME],
        "fixed_amount": {"amount": AMOUNTS.to_provider(price), "currency": price.currency.lower()},
    }
    days = zip(("minimum", "maximum"), delivery.days or (), strict=False)
    estimate = {bound: {"unit": "business_day", "value": value} for bound, value in days if value}
    if estimate:
        data["delivery_estimate"] = estimate
    return {"shipping_rate_data": data}


def shipping_address(address: Address) -> Json:
    """Return a whole address as Stripe stores it with the payment, without its empty parts."""
    parts = {
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "state": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
    }
    shipping: dict[str, object] = {"name": address.name, "address": {name: value for name, value in parts.items() if value}}
    return shipping | ({"phone": address.phone} if address.phone else {})
