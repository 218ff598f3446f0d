"""The parts of a total: they add up, or there is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.parts import Parts
from lightning_cart.errors import MoneyError


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def test_the_total_of_parts_is_goods_less_discount_with_delivery_and_tax() -> None:
    parts = Parts.of(Money(2500, "USD"), 250, 490, 200)
    assert parts.total == Money(2940, "USD")
    assert (parts.goods.minor, parts.discount.minor, parts.shipping.minor, parts.tax.minor) == (2500, 250, 490, 200)


def test_goods_alone_are_the_total() -> None:
    assert Parts.of(euros(1000)) == Parts(euros(1000), euros(1000), euros(0), euros(0), euros(0))


def test_a_discount_may_take_all_of_the_goods() -> None:
    assert Parts.of(euros(1000), 1000, 490).total == euros(490)


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(MoneyError, match="do not add up"):
        Parts(euros(1001), euros(1000), euros(0), euros(0), euros(0))


@pytest.mark.parametrize("place", range(5))
def test_parts_in_several_currencies_are_refused(place: int) -> None:
    parts = [euros(0)] * 5
    parts[place] = Money(0, "USD")
    with pytest.raises(MoneyError, match="several currencies"):
        Parts(*parts)


@pytest.mark.parametrize(
    ("goods", "discount", "shipping", "tax"), [(-1, 0, 5, 0), (1000, -1, 0, 0), (1000, 0, -1, 0), (1000, 0, 0, -1)]
)
def test_a_negative_part_is_refused_even_if_the_total_is_not(goods: int, discount: int, shipping: int, tax: int) -> None:
    with pytest.raises(MoneyError, match="a part of a total is negative"):
        Parts.of(euros(goods), discount, shipping, tax)


def test_a_discount_above_the_goods_is_refused_although_the_delivery_would_pay_for_it() -> None:
    with pytest.raises(MoneyError, match="the discount exceeds the goods"):
        Parts.of(euros(1000), 1001, 490)


minors = st.integers(-(10**6), 10**12)


@given(minors, minors, minors, minors)
def test_any_parts_are_refused_or_add_up_to_a_total_that_is_not_negative(
    goods: int, discount: int, shipping: int, tax: int
) -> None:
    try:
        parts = Parts.of(euros(goods), discount, shipping, tax)
    except MoneyError:
        assert min(goods, discount, shipping, tax, goods - discount) < 0
        return
    assert parts.total.minor == goods - discount + shipping + tax >= 0
