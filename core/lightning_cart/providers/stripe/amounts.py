"""Stripe's format of amounts, its minimums, and the countries of which it takes no address. Source: Stripe docs, Currencies."""

from lightning_cart.domain.money import AmountFormat

AMOUNTS = AmountFormat(
    # ISK and UGX have no decimals in ISO 4217 and two at Stripe, where the amount must be whole. MGA has two and none.
    exponents={"ISK": 2, "UGX": 2, "MGA": 0},
    # Stripe takes three decimals for these, of which the last must be 0.
    multiples={"ISK": 100, "UGX": 100, "BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10},
    # Stripe does not document how many decimals these have.
    refused=frozenset({"IQD", "LYD"}),
)
# Source: Stripe API reference, Checkout Sessions, `shipping_address_collection.allowed_countries`.
REFUSED_COUNTRIES = frozenset({"AS", "CX", "CC", "CU", "FM", "HM", "IR", "KP", "MH", "MP", "NF", "PW", "SY", "UM", "VI"})
MAXIMUM = 99_999_999  # 8 digits, which every payment method of Stripe takes
MINIMUM = {  # in ISO minor units
    "AED": 200,
    "ARS": 50,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "COP": 50,
    "CZK": 1_500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
    "IDR": 50,
    "ILS": 50,
    "INR": 50,
    "JPY": 50,
    "KRW": 50,
    "MXN": 1_000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PHP": 50,
    "PLN": 200,
    "RON": 200,
    "RUB": 50,
    "SEK": 300,
    "SGD": 50,
    "THB": 1_000,
    "USD": 50,
    "ZAR": 50,
}
