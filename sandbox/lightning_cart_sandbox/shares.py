"""Amounts that are spread over lines by largest remainder."""

from collections.abc import Sequence
from fractions import Fraction


def spread(amount: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Return the shares of an amount in proportion to weights; they add up to the amount."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    exact = [Fraction(amount * weight) / total for weight in weights]
    shares = [one.__floor__() for one in exact]
    by_remainder = sorted(range(len(weights)), key=lambda n: shares[n] - exact[n])
    for n in by_remainder[: amount - sum(shares)]:
        shares[n] += 1
    return shares
