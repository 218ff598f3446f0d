"""The buyer's PayPal account: email address, name, country, and the addresses that the buyer keeps there."""

from lightning_cart_sandbox.types import Json

EMAIL = "ada@example.com"
NAME = {"given_name": "Ada", "surname": "Lovelace"}
COUNTRY = "ES"
ADDRESSES: dict[str, Json] = {
    "home": {
        "address_line_1": "Plaça de Sant Roc 20",
        "admin_area_1": "Barcelona",
        "admin_area_2": "Sabadell",
        "postal_code": "08201",
        "country_code": "ES",
    },
    "berlin": {
        "address_line_1": "Oranienstraße 25",
        "address_line_2": "Hinterhaus, 2. Stock",
        "admin_area_2": "Berlin",
        "postal_code": "10999",
        "country_code": "DE",
    },
    "london": {
        "address_line_1": "12 St James's Square",
        "admin_area_2": "London",
        "postal_code": "SW1Y 4JH",
        "country_code": "GB",
    },
    "san_jose": {
        "address_line_1": "2211 North First Street",
        "address_line_2": "Building 17",
        "admin_area_1": "CA",
        "admin_area_2": "San Jose",
        "postal_code": "95131",
        "country_code": "US",
    },
}
"""Addresses of several countries, by the name that the approval page's form uses. The first is preselected."""


def known_buyer(order: Json) -> Json:
    """Return what the shop has said about its buyer: in `payment_source.paypal`, or in the deprecated `payer`."""
    known: Json = order.get("payment_source", {}).get("paypal") or order.get("payer", {})
    return known


def account(wallet: Json) -> Json:
    """Return name, email address and country of the account that pays.

    Args:
        wallet: What the shop knows of its buyer (`payment_source.paypal` or `payer`); the account is assumed to have the same.
    """
    return {
        "name": wallet.get("name") or NAME,
        "email_address": wallet.get("email_address", EMAIL),
        "address": {"country_code": wallet.get("address", {}).get("country_code", COUNTRY)},
    }


def full_name(name: Json) -> str:
    """Return a name on one line."""
    return " ".join(name[part] for part in ("given_name", "surname") if part in name)
