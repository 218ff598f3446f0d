"""How Stripe writes amounts, and the least it charges. Source: Stripe docs, Currencies."""

from lightning_cart.domain.money import AmountFormat, Money

AMOUNTS = AmountFormat(
    # Two decimals on the wire although both have none, and only whole amounts; MGA has two in ISO 4217 and none at Stripe.
    exponents={"ISK": 2, "UGX": 2, "MGA": 0},
    # Three decimals, of which the last is always 0.
    multiples={"ISK": 100, "UGX": 100, "BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10},
    # Stripe says nothing of how it would count their thousandths.
    refused=frozenset({"IQD", "LYD"}),
)
MAXIMUM = 99_999_999  # eight digits: what every payment method there takes
_MINIMUMS = (
    "0.50 USD EUR AUD BRL CAD CHF INR NZD SGD ZAR ARS COP IDR ILS PHP RUB;2.00 AED MYR PLN RON;15.00 CZK;2.50 DKK;0.30 GBP;"
    "4.00 HKD;175.00 HUF;50 JPY KRW;10.00 MXN THB;3.00 NOK SEK"
)
MINIMUM = {
    currency: Money.parse(amount, currency).minor
    for amount, *currencies in (group.split() for group in _MINIMUMS.split(";"))
    for currency in currencies
}
