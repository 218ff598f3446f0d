"""How PayPal writes amounts: exact decimal text in major units. Source: PayPal docs, Currency codes, and Orders v2, Money."""

from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money, decimal_text
from lightning_cart.errors import MoneyError
from lightning_cart.http import Json
from lightning_cart.providers.untrusted_json import get

# HUF and TWD have two decimals in ISO 4217 and none here: an amount with decimals would be refused.
AMOUNTS = AmountFormat(exponents={"HUF": 0, "JPY": 0, "TWD": 0})
MAXIMUM = MAX_SAFE_INTEGER  # PayPal's own, of 17 digits, is beyond what is kept exactly
CURRENCIES = frozenset(
    {
        "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK", "NZD",
        "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
    }
)  # fmt: skip


def amount(money: Money) -> Json:
    """An amount as PayPal takes it.

    Raises:
        MoneyError: Finer than what PayPal charges in its currency.
    """
    value = decimal_text(AMOUNTS.to_provider(money), AMOUNTS.exponent(money.currency))
    return {"currency_code": money.currency, "value": value}


def read_amount(value: object) -> Money | None:
    """The money that an amount of PayPal's means, or `None` where it means none exactly."""
    text, currency = get(value, "value"), get(value, "currency_code")
    if not isinstance(text, str) or not isinstance(currency, str):
        return None
    if "." in text:  # more zeros than the currency has decimals change nothing
        text = text.rstrip("0").removesuffix(".")
    try:
        money = Money.parse(text, currency)
    except MoneyError:
        return None
    return money if 0 <= money.minor <= MAX_SAFE_INTEGER else None
