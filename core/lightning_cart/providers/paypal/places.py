"""How PayPal spells countries and states. Sources: PayPal docs, Country codes, and State and province codes."""

from lightning_cart.domain.buyer import Address, Destination
from lightning_cart.domain.order import Order
from lightning_cart.http import Json
from lightning_cart.providers.buyer_texts import place_of
from lightning_cart.providers.paypal.contact import read_order_address

_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})  # countries of ISO 3166-1, and states of the USA at PayPal
# PayPal refuses a given address without a state in all of these. Source: PayPal REST API reference v1, Address, `state`.
_ISO_STATES = frozenset({"BR", "CA", "IT", "US"})
_OWN_STATES = frozenset({"AR", "CN", "IN", "JP", "MX", "TH"})  # a state there has names or codes of PayPal's own
# PayPal's codes that look like codes of ISO 3166-2 and are none; its longer ones count as names.
_MEXICAN = {"AGS": "AGU", "BC": "BCN", "DGO": "DUR", "GTO": "GUA", "HGO": "HID", "NL": "NLE", "QRO": "QUE"}


def spell_address(address: Address) -> Json | None:
    """Return PayPal's object of a whole address, or None if its state cannot be written as PayPal does."""
    country, region = address.country, address.region
    if country in _TERRITORIES:
        country, region = "US", country
    if country in _ISO_STATES:
        region = Destination(country, region).comparable.region
    if country in _OWN_STATES or (country in _ISO_STATES and not region):
        return None
    parts = {
        "address_line_1": address.line1,
        "address_line_2": address.line2,
        "admin_area_2": address.city,
        "admin_area_1": region,
        "postal_code": address.postal_code,
        "country_code": country,
    }
    return {name: value for name, value in parts.items() if value}


def read_order_place(document: Json, order: Order) -> Destination | None:
    """Return where the goods of PayPal's order go, or None if it does not say.

    Args:
        document: PayPal's order.
        order: The order, which tells whether a territory of the USA is meant as a country or as a state.
    """
    place = place_of(read_order_address(document))
    if place is None:
        return None
    if place.country == "US" and place.region in _TERRITORIES and place.region == order.place.country:
        return Destination(place.region, "", place.postal_code)
    return place._replace(region=_MEXICAN.get(place.region, place.region)) if place.country == "MX" else place
