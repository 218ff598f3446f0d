"""How long something took, many times over: how many, how many a second, and the slowest of each half and each hundred."""

from collections.abc import Sequence
from dataclasses import dataclass


def percentile(milliseconds: Sequence[float], share: float) -> float:
    """The time that a share of all stays within, or 0 where there are none."""
    ordered = sorted(milliseconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Samples:
    """What was measured of one kind of request.

    Args:
        kind: What they are.
        count: How many.
        per_second: Of the time that the crowd bought.
        p50: Milliseconds.
        p99: The same.
    """

    kind: str
    count: int
    per_second: float
    p50: float
    p99: float


def sum_up(kind: str, milliseconds: Sequence[float], seconds: float) -> Samples:
    """What was measured of one kind of request, in so many seconds."""
    rate = round(len(milliseconds) / seconds, 1) if seconds else 0.0
    return Samples(
        kind, len(milliseconds), rate, round(percentile(milliseconds, 0.5), 1), round(percentile(milliseconds, 0.99), 1)
    )
