"""How Square writes amounts: integers in the smallest unit. Source: Square docs, Working with monetary amounts."""

from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money
from lightning_cart.http import Json
from lightning_cart.providers.untrusted_json import get, parse_money

AMOUNTS = AmountFormat()
MAXIMUM = MAX_SAFE_INTEGER  # Square publishes none for links
# Those that a seller's location can have; each location has one of them.
CURRENCIES = frozenset({"AUD", "CAD", "EUR", "GBP", "JPY", "USD"})


def amount(money: Money) -> Json:
    """An amount as Square takes it."""
    return {"amount": AMOUNTS.to_provider(money), "currency": money.currency}


def read_amount(value: object) -> Money | None:
    """The money that an amount of Square's means, or `None` where it means none."""
    return parse_money(AMOUNTS, get(value, "amount"), get(value, "currency"))
