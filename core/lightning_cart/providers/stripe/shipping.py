"""The delivery of a Checkout Session, and the place that Stripe reports.

Source: Stripe API reference, Checkout Sessions, `shipping_options` and `payment_intent_data.shipping`.
"""

from lightning_cart.domain.buyer import Address, Destination
from lightning_cart.domain.money import Money
from lightning_cart.domain.price import Delivery
from lightning_cart.http import Json
from lightning_cart.providers.stripe.amounts import AMOUNTS
from lightning_cart.providers.untrusted_json import get, read_place

_MAX_NAME = 100  # characters of a shipping option's name
# Since 2025-03-31 the first, since 2022-08-01 the second, and the third before; webhooks have the endpoint's version.
_PLACES = (("collected_information", "shipping_details", "address"), ("shipping_details", "address"), ("shipping", "address"))


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


def read_session_place(session: object) -> Destination | None:
    """Return where a session's goods go, or None if it does not say."""
    for path in _PLACES:
        address = get(session, *path)
        place = read_place(get(address, "country"), get(address, "state"), get(address, "postal_code"))
        if place is not None:
            return place
    return None
