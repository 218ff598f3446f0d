"""The buyer's PayPal account: email address, name, phone, country, and the addresses that the buyer keeps there."""

from lightning_cart_sandbox.types import Json

EMAIL = "ada@example.com"
NAME = {"given_name": "Ada", "surname": "Lovelace"}
COUNTRY = "ES"
PHONE = "931234567"
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


def account(order: Json) -> Json:
    """Return name, email address, phone and country of the account that pays an order.

    PayPal names the phone to merchants who ask for it in their account's settings, as this one does. What the shop has said
    about its buyer, in `payment_source.paypal` or in the deprecated `payer`, is assumed to be true, unless the payer has signed
    in with another account.
    """
    known: Json = order.get("payment_source", {}).get("paypal") or order.get("payer", {})
    typed: Json = order.get("_account") or {}
    phone = typed.get("phone", PHONE)
    return {
        "name": typed.get("name") or known.get("name") or NAME,
        "email_address": typed.get("email_address") or known.get("email_address", EMAIL),
        **({"phone": {"phone_number": {"national_number": phone}}} if phone else {}),
        "address": {"country_code": known.get("address", {}).get("country_code", COUNTRY)},
    }


def full_name(name: Json) -> str:
    """Return a name on one line."""
    return " ".join(name[part] for part in ("given_name", "surname") if part in name)
