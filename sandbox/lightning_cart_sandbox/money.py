"""Amounts as people read them, for the sandbox's pages.

A payment page shows amounts in the currency's own format. The ledger must be readable for people who do not know minor units.
"""

import re

_ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE = "bhd jod kwd omr tnd"
ZERO_DECIMAL = frozenset(_ZERO.split())
THREE_DECIMAL = frozenset(_THREE.split())
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency at the provider (Stripe: supported currencies)."""
    if currency.lower() in ZERO_DECIMAL:
        return 0
    return 3 if currency.lower() in THREE_DECIMAL else 2


def parse_decimal(text: str, currency: str) -> int | None:
    """Return a decimal string in minor units, or `None` if it is no amount of a currency: `"2.00"` dollars are 200."""
    digits = exponent(currency)
    whole, _, part = text.partition(".")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text) or len(part) > digits:
        return None
    return int(whole + part.ljust(digits, "0"))


def decimal_text(amount_minor: int, currency: str) -> str:
    """Return an amount as a decimal string: `-1000` US cents are `"-10.00"`."""
    digits = exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**digits)
    fraction = f".{part:0{digits}d}" if digits else ""
    return f"{'-' if amount_minor < 0 else ''}{whole:,}{fraction}"


def display(amount_minor: int, currency: str) -> str:
    """Return an amount with its currency: `"$10.00"`, `"-€3.50"`, `"1,200.00 CHF"`."""
    text = decimal_text(abs(amount_minor), currency)
    symbol = _SYMBOLS.get(currency.lower())
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {currency.upper()}"
