"""The seller's locations: one for each currency (Square: Locations API).

A real seller has one currency, that of the country. This one has a location in each currency that Square supports, so that
shops can test how they check the location's currency. `main` is the location in US dollars.
"""

from lightning_cart_sandbox.square.account import MERCHANT_ID
from lightning_cart_sandbox.square.errors import SquareError, not_found
from lightning_cart_sandbox.types import Json

_COUNTRIES = {"USD": "US", "CAD": "CA", "AUD": "AU", "GBP": "GB", "EUR": "IE", "JPY": "JP"}


def _location(currency: str, country: str) -> Json:
    return {
        "id": f"LSANDBOX{currency}",
        "name": "Sandbox Shop" if currency == "USD" else f"Sandbox Shop ({currency})",
        "timezone": "UTC",
        "capabilities": ["CREDIT_CARD_PROCESSING"],
        "status": "ACTIVE",
        "created_at": "2026-01-01T00:00:00.000Z",
        "merchant_id": MERCHANT_ID,
        "country": country,
        "language_code": "en-US",
        "currency": currency,
        "business_name": "Sandbox Shop",
        "type": "PHYSICAL",
        "mcc": "7299",
    }


LOCATIONS = {f"LSANDBOX{currency}": _location(currency, country) for currency, country in _COUNTRIES.items()}
MAIN_LOCATION = "LSANDBOXUSD"


def retrieve_location(identifier: str) -> Json:
    """Return a location; `main` is the one in US dollars.

    Raises:
        SquareError: `NOT_FOUND`.
    """
    key = MAIN_LOCATION if identifier == "main" else identifier
    if key not in LOCATIONS:
        raise not_found("Location", identifier)
    return LOCATIONS[key]


def find_currency(identifier: str, field: str) -> str:
    """Return the currency of the location that a request names in `field`."""
    if identifier not in LOCATIONS:
        raise not_found("Location", identifier, field)
    return str(LOCATIONS[identifier]["currency"])


def check_currency(money: Json, currency: str, field: str) -> None:
    """Raise unless an amount is in the location's currency."""
    if money["currency"] != currency:
        raise SquareError(
            "INVALID_VALUE",
            f"This merchant can only process payments in {currency}, but amount was provided in {money['currency']}",
            f"{field}.currency",
        )
