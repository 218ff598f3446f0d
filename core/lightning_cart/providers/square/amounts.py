"""Square's format of amounts: integers in the smallest unit. Source: Square docs, Working with monetary amounts."""

from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money
from lightning_cart.http import Json
from lightning_cart.providers.untrusted_json import get, parse_money

AMOUNTS = AmountFormat()
MAXIMUM = MAX_SAFE_INTEGER  # Square documents no maximum for links
# The currencies of Square's locations. Each location has one.
CURRENCIES = frozenset({"AUD", "CAD", "EUR", "GBP", "JPY", "USD"})


def amount(money: Money) -> Json:
    """Return Square's object of an amount."""
    return {"amount": AMOUNTS.to_provider(money), "currency": money.currency}


def read_amount(value: object) -> Money | None:
    """Return the money of Square's object, or None if it is no amount."""
    return parse_money(AMOUNTS, get(value, "amount"), get(value, "currency"))
