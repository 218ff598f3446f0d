"""Dates for people."""

import pytest

from lightning_cart.domain.dates import iso_date


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (1_795_910_399, "2026-11-28"),
        (1_795_910_400, "2026-11-29"),
        (1_798_761_599, "2026-12-31"),
        (1_798_761_600, "2027-01-01"),
    ],
)
def test_a_date_is_that_of_utc(at: int, text: str) -> None:
    assert iso_date(at) == text
