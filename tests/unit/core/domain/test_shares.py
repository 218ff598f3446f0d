"""Rounding, shares and split lines: by figures, and for any amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.shares import round_half_up, share_out, split_line

steps = st.sampled_from([1, 10, 100])
amounts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("numerator", "denominator", "step", "rounded"),
    [
        (0, 3, 1, 0),
        (1, 3, 1, 0),
        (1, 2, 1, 1),
        (3, 2, 1, 2),
        (5, 3, 1, 2),
        (49, 1, 100, 0),
        (50, 1, 100, 100),
        (149, 1, 100, 100),
        (150, 1, 100, 200),
        (4999, 100, 10, 50),
        (4499, 100, 10, 40),
    ],
)
def test_a_quotient_is_rounded_half_up_to_the_step(numerator: int, denominator: int, step: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator, step) == rounded


@given(amounts, st.integers(1, 10**6), steps)
def test_a_rounded_quotient_is_the_nearest_step_and_of_two_the_upper(numerator: int, denominator: int, step: int) -> None:
    rounded = round_half_up(numerator, denominator, step)
    assert rounded % step == 0
    assert -step * denominator <= 2 * (numerator - rounded * denominator) < step * denominator


@pytest.mark.parametrize(
    ("amount", "weights", "step", "shares"),
    [
        (375, [999, 999, 499], 1, [150, 150, 75]),  # 149.999 149.999 74.899…: all remainders go up
        (100, [1, 1, 1], 1, [34, 33, 33]),  # a tie goes to the earlier line
        (200, [1, 1, 1], 1, [67, 67, 66]),
        (0, [5, 7], 1, [0, 0]),
        (490, [100], 1, [490]),
        (490, [0, 100, 0], 1, [0, 490, 0]),
        (490, [0, 0], 1, [490, 0]),
        (1000, [100, 200], 100, [300, 700]),  # 333 and 667 in hundreds
        (90, [2000, 1000], 10, [60, 30]),
        (6000, [20050, 20050], 100, [3000, 3000]),
        (40100, [20050, 20050], 100, [20050, 20050]),  # of prices below the step, in what they have in common: 50
        (50, [100, 100], 100, [50, 0]),
    ],
)
def test_an_amount_is_shared_out_by_the_largest_remainders(
    amount: int, weights: list[int], step: int, shares: list[int]
) -> None:
    assert share_out(amount, weights, step) == shares


@given(amounts, st.lists(st.integers(0, 10**7), min_size=1, max_size=8), steps)
def test_shares_add_up_and_none_is_negative(amount: int, weights: list[int], step: int) -> None:
    shares = share_out(amount, weights, step)
    assert sum(shares) == amount
    assert len(shares) == len(weights)
    assert min(shares) >= 0


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**5), min_size=1, max_size=8), steps)
def test_shares_of_whole_steps_are_whole_steps_nearest_to_their_part(units: int, weights: list[int], step: int) -> None:
    amount, wholes = units * step, [weight * step for weight in weights]
    shares = share_out(amount, wholes, step)
    assert [share % step for share in shares] == [0] * len(weights)
    if sum(weights):
        for share, whole in zip(shares, wholes, strict=True):
            assert abs(share * sum(wholes) - amount * whole) < step * sum(wholes)


@given(st.data(), st.lists(st.integers(0, 10**7), min_size=1, max_size=8), steps)
def test_no_share_exceeds_its_weight_if_the_amount_is_at_most_their_sum(
    data: st.DataObject, weights: list[int], step: int
) -> None:
    shares = share_out(data.draw(st.integers(0, sum(weights))), weights, step)
    assert [share for share, weight in zip(shares, weights, strict=True) if share > weight] == []


@pytest.mark.parametrize(
    ("total", "quantity", "step", "lines"),
    [
        (899, 3, 1, [(300, 2), (299, 1)]),
        (2122, 1, 1, [(2122, 1)]),
        (900, 3, 1, [(300, 3)]),
        (0, 4, 1, [(0, 4)]),
        (2, 5, 1, [(1, 2), (0, 3)]),
        (50_000, 3, 100, [(16_700, 2), (16_600, 1)]),
        (1_010, 3, 10, [(340, 2), (330, 1)]),
        (54_150, 3, 100, [(18_050, 3)]),  # a price below the step stays what it is
        (18_050, 1, 100, [(18_050, 1)]),
    ],
)
def test_a_reduced_line_is_split_into_at_most_two(total: int, quantity: int, step: int, lines: list[tuple[int, int]]) -> None:
    assert split_line(total, quantity, step) == lines


@given(amounts, st.integers(1, 10**4), steps)
def test_a_split_line_is_exact_with_at_most_two_prices(total: int, quantity: int, step: int) -> None:
    lines = split_line(total, quantity, step)
    assert sum(unit * count for unit, count in lines) == total
    assert sum(count for _, count in lines) == quantity
    assert len(lines) <= 2
    assert min(count for _, count in lines) >= 1
    assert min(unit for unit, _ in lines) >= 0
    assert [unit for unit, _ in lines] == sorted((unit for unit, _ in lines), reverse=True)


@given(st.integers(0, 10**7), st.integers(1, 10**4), steps)
def test_the_prices_of_a_split_line_of_whole_steps_are_one_step_apart(units: int, quantity: int, step: int) -> None:
    lines = split_line(units * step, quantity, step)
    assert [unit % step for unit, _ in lines] == [0] * len(lines)
    assert lines[0][0] - lines[-1][0] in {0, step}
