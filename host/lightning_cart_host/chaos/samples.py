"""Summarises request times: count, rate and percentiles."""

from collections.abc import Sequence
from dataclasses import dataclass


def percentile(milliseconds: Sequence[float], share: float) -> float:
    """Return the time that a share of all requests stays within, or 0 without requests.

    Args:
        milliseconds: The time of each request.
        share: The share, from 0 to 1.
    """
    ordered = sorted(milliseconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Samples:
    """The summary of one kind of request.

    Args:
        kind: The name of the kind.
        count: The number of requests.
        per_second: Requests per second of the purchases.
        p50: The median, in milliseconds.
        p99: The 99th percentile, in milliseconds.
    """

    kind: str
    count: int
    per_second: float
    p50: float
    p99: float


def sum_up(kind: str, milliseconds: Sequence[float], seconds: float) -> Samples:
    """Summarise one kind of request.

    Args:
        kind: The name of the kind.
        milliseconds: The time of each request.
        seconds: The duration of the purchases.
    """
    rate = round(len(milliseconds) / seconds, 1) if seconds else 0.0
    return Samples(
        kind, len(milliseconds), rate, round(percentile(milliseconds, 0.5), 1), round(percentile(milliseconds, 0.99), 1)
    )
