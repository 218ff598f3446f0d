"""Money as people read it: minor units to decimal text, for the sandbox's own pages.

A hosted page must show what will be charged in the currency's own way, and the ledger must be readable by somebody who
does not know what a minor unit is.
"""

_ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE = "bhd jod kwd omr tnd"
ZERO_DECIMAL = frozenset(_ZERO.split())
THREE_DECIMAL = frozenset(_THREE.split())
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def exponent(currency: str) -> int:
    """Return how many decimals a currency's minor unit stands for at the provider (Stripe: supported currencies)."""
    if currency.lower() in ZERO_DECIMAL:
        return 0
    return 3 if currency.lower() in THREE_DECIMAL else 2


def decimal_text(amount_minor: int, currency: str) -> str:
    """Return `amount_minor` minor units as plain decimal text: `-1000` US cents are `"-10.00"`."""
    digits = exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**digits)
    fraction = f".{part:0{digits}d}" if digits else ""
    return f"{'-' if amount_minor < 0 else ''}{whole:,}{fraction}"


def display(amount_minor: int, currency: str) -> str:
    """Return money with its currency: `"$10.00"`, `"-€3.50"`, `"1,200.00 CHF"`."""
    text = decimal_text(abs(amount_minor), currency)
    symbol = _SYMBOLS.get(currency.lower())
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {currency.upper()}"
