"""How Square rounds amounts (Square: Order Price Adjustments).

Halves go to the even number: 58.5 cents are 58. Yen are rounded down: 10 % of 915 yen are 91, and 5 % of 819 are 40, as orders
in Square's developer forum show (thread 16894). An adjustment is rounded once, over all lines. How Square spreads it over the
lines is not published; here the largest remainders get what is left (`shares`).
"""

from fractions import Fraction


def rounded(amount: Fraction, currency: str) -> int:
    """Return an amount in whole minor units."""
    return amount.__floor__() if currency == "JPY" else round(amount)
