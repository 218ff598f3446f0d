"""How Square writes amounts: integers in the smallest unit. Source: Square docs, Working with monetary amounts."""

from lightning_cart.domain.money import LARGEST, Money, WireRules
from lightning_cart.http import Json
from lightning_cart.providers.untrusted_json import at, money_of

WIRE = WireRules()
MAXIMUM = LARGEST  # Square publishes none for links
# Those that a seller's location can have; each location has one of them.
CURRENCIES = frozenset({"AUD", "CAD", "EUR", "GBP", "JPY", "USD"})


def amount(money: Money) -> Json:
    """An amount as Square takes it."""
    return {"amount": WIRE.to_wire(money), "currency": money.currency}


def read_amount(value: object) -> Money | None:
    """The money that an amount of Square's means, or `None` where it means none."""
    return money_of(WIRE, at(value, "amount"), at(value, "currency"))
