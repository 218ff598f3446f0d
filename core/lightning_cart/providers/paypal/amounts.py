"""PayPal's format of amounts: decimal strings in major units. Source: PayPal docs, Currency codes, and Orders v2, Money."""

from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money, decimal_text
from lightning_cart.errors import MoneyError
from lightning_cart.http import Json
from lightning_cart.providers.untrusted_json import get

# HUF and TWD have two decimals in ISO 4217 and none at PayPal, which refuses an amount with decimals.
AMOUNTS = AmountFormat(exponents={"HUF": 0, "JPY": 0, "TWD": 0})
MAXIMUM = MAX_SAFE_INTEGER  # PayPal takes 17 digits, more than a database holds exactly
CURRENCIES = frozenset(
    {
        "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK", "NZD",
        "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
    }
)  # fmt: skip


def amount(money: Money) -> Json:
    """Return PayPal's object of an amount.

    Raises:
        MoneyError: The amount has more decimals than PayPal takes in its currency.
    """
    value = decimal_text(AMOUNTS.to_provider(money), AMOUNTS.exponent(money.currency))
    return {"currency_code": money.currency, "value": value}


def read_amount(value: object) -> Money | None:
    """Return the money of PayPal's object, or None if it is no exact amount."""
    text, currency = get(value, "value"), get(value, "currency_code")
    if not isinstance(text, str) or not isinstance(currency, str):
        return None
    if "." in text:  # PayPal may send more zeros than the currency has decimals
        text = text.rstrip("0").removesuffix(".")
    try:
        money = Money.parse(text, currency)
    except MoneyError:
        return None
    return money if 0 <= money.minor <= MAX_SAFE_INTEGER else None
