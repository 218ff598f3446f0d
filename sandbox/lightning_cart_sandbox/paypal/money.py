"""PayPal's amounts: decimal strings of major units, converted to integers of minor units (PayPal: currency codes).

HUF, JPY and TWD have no decimals at PayPal, all others have two. No float is used.
"""

from lightning_cart_sandbox.money import display, exponent
from lightning_cart_sandbox.types import Json

_CURRENCIES = "AUD CAD CZK DKK EUR HKD HUF ILS JPY MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB USD"
CURRENCIES = frozenset(_CURRENCIES.split())
IN_COUNTRY = frozenset({"BRL", "CNY", "MYR"})
"""Currencies that only accounts in their own country can use; this account cannot."""
NO_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
MAX_MINOR = 99_999_999_999_999_999
VALUE = r"-?([0-9]+|[0-9]*[.][0-9]+)"
"""The pattern of a value (PayPal: Orders v2, `money`)."""


def money_problem(money: Json) -> str:
    """Return the issue of an amount after its schema check, or ""."""
    currency, value = money["currency_code"], money["value"]
    if currency in IN_COUNTRY:
        return "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY"
    if currency not in CURRENCIES:
        return "INVALID_CURRENCY_CODE"
    decimals = value.partition(".")[2]
    if decimals and currency in NO_DECIMALS:
        return "DECIMALS_NOT_SUPPORTED"
    if len(decimals) > 2:
        return "DECIMAL_PRECISION"
    if value.startswith("-") and minor(money) < 0:
        return "CANNOT_BE_NEGATIVE"
    return "MAX_VALUE_EXCEEDED" if minor(money) > MAX_MINOR else ""


def minor(money: Json) -> int:
    """Return an amount in PayPal's minor units: cents, or whole yen.

    Args:
        money: `currency_code` and `value`, with no more decimals than the currency has.
    """
    value: str = money["value"]
    whole, _, decimals = value.removeprefix("-").partition(".")
    digits = _digits(money["currency_code"])
    amount: int = int(whole or "0") * 10**digits + int(decimals.ljust(digits, "0") or "0")
    return -amount if value.startswith("-") else amount


def money(amount_minor: int, currency: str) -> Json:
    """Return an amount in PayPal's format: 1000 cents are `{"currency_code": "USD", "value": "10.00"}`."""
    digits = _digits(currency)
    whole, part = divmod(amount_minor, 10**digits)
    return {"currency_code": currency, "value": f"{whole}.{part:0{digits}d}" if digits else str(whole)}


def normal(amount: Json) -> Json:
    """Return an amount with all decimals of its currency: `"10"` dollars become `"10.00"`."""
    return money(minor(amount), amount["currency_code"])


def ledger_minor(amount_minor: int, currency: str) -> int:
    """Convert PayPal's minor units to the ledger's, which all providers share: 5 forints are 500 in the ledger."""
    return amount_minor * int(10 ** (exponent(currency) - _digits(currency)))


def shown(amount: Json) -> str:
    """Return an amount for a page: `"$10.00"`."""
    currency = amount["currency_code"]
    if exponent(currency) == _digits(currency):
        return display(minor(amount), currency)
    return f"{minor(amount):,} {currency}"


def shown_total(order: Json) -> str:
    """Return the total of an order for a page."""
    amounts = [unit["amount"] for unit in order["purchase_units"]]
    return shown(money(sum(map(minor, amounts)), amounts[0]["currency_code"]))


def _digits(currency: str) -> int:
    return 0 if currency in NO_DECIMALS else 2
