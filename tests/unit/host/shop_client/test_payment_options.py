"""The payment options of a shop, and those that are tried."""

from collections.abc import Sequence

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.shop_client.payment_options import PaymentOption, choose_payment_options

OPTIONS = [PaymentOption(name, name.title(), name) for name in ("first", "second", "third")]


@pytest.mark.parametrize(
    ("wanted", "all_by_default", "chosen"),
    [
        ([], True, ["first", "second", "third"]),
        ([], False, ["first"]),
        (["third", "first"], True, ["first", "third"]),
        (["second"], False, ["second"]),
    ],
    ids=["all", "the default alone", "in the site's order", "the one that is wanted"],
)
def test_ways_to_pay_are_chosen(wanted: Sequence[str], all_by_default: bool, chosen: list[str]) -> None:
    assert [option.strategy for option in choose_payment_options(OPTIONS, wanted, all_by_default=all_by_default)] == chosen


def test_a_way_to_pay_that_is_not_offered_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="does not offer barter: use one of first, second, third"):
        choose_payment_options(OPTIONS, ["first", "barter"], all_by_default=True)
