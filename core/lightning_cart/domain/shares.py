"""Exact division of amounts: rounding, sharing out, and splitting a line. All in integer minor units."""

from collections.abc import Sequence
from math import gcd


def round_half_up(numerator: int, denominator: int, step: int = 1) -> int:
    """Return a quotient rounded half up to a multiple of a step.

    Args:
        numerator: At least 0.
        denominator: Above 0.
        step: The multiple, in the numerator's unit.
    """
    divisor = denominator * step
    return (2 * numerator + divisor) // (2 * divisor) * step


def share_out(amount: int, weights: Sequence[int], step: int = 1) -> list[int]:
    """Return the shares of an amount by the largest remainders; ties go to the earlier weight. They add up to the amount.

    Args:
        amount: At least 0.
        weights: At least one, none below 0. If all are 0, the first gets everything. An amount that is at most their sum gives
            no share above its weight.
        step: Every share is a multiple of this; or of what it has in common with the amount and the weights, if one of them is
            no multiple.
    """
    total = sum(weights)
    if not total:
        return [amount, *[0] * (len(weights) - 1)]
    step = gcd(step, amount, *weights)
    units = amount // step
    shares = [units * weight // total for weight in weights]
    remainders = [units * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -remainders[index])
    for index in by_remainder[: units - sum(shares)]:
        shares[index] += 1
    return [share * step for share in shares]


def split_line(total: int, quantity: int, step: int = 1) -> list[tuple[int, int]]:
    """Return a line's reduced total as unit price and quantity of one or two lines, dearest first, that add up to it exactly.

    Args:
        total: In minor units, at least 0.
        quantity: At least 1.
        step: Every unit price is a multiple of this; or of what it has in common with a total that is no multiple.
    """
    step = gcd(step, total)
    unit, dearer = divmod(total // step, quantity)
    parts = [((unit + 1) * step, dearer), (unit * step, quantity - dearer)]
    return [(price, count) for price, count in parts if count]
