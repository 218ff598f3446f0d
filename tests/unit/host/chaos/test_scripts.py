"""The scripts of the buyers: reproducible, and with every act in them."""

from collections import Counter

import pytest

from lightning_cart_host.chaos.scripts import PENDING_ACTS, Act, ForeignSale, Script, write_scripts

PROVIDERS = {"stripe_checkout": "stripe", "stripe_links": "stripe", "paypal": "paypal", "square": "square"}
FORMS = {"stripe": {"pay", "pending"}, "paypal": {"pay", "pending"}, "square": {"pay", "tip", "split"}}


def scripts(orders: int = 1000, seed: int = 1) -> list[Script]:
    return write_scripts(orders, seed, PROVIDERS, FORMS)


def test_the_same_seed_gives_the_same_scripts_and_another_seed_others() -> None:
    assert scripts(100, 1) == scripts(100, 1)
    assert scripts(100, 1) != scripts(100, 2)


def test_every_strategy_is_used_equally_often() -> None:
    assert set(Counter(one.strategy for one in scripts(400)).values()) == {100}


def test_every_act_occurs() -> None:
    assert {one.act for one in scripts()} == set(Act)
    assert {one.twice for one in scripts()} == {True, False}


def test_only_providers_with_pending_payments_have_pending_acts() -> None:
    assert {one.provider for one in scripts() if one.act in PENDING_ACTS} == {"stripe", "paypal"}


@pytest.mark.parametrize("extras", [(), ("tip",), ("split",), ("tip", "split")], ids=str)
def test_tips_and_gift_cards_occur_where_the_pay_page_offers_them(extras: tuple[str, ...]) -> None:
    found = {one.provider for one in scripts() if one.extras == extras}
    assert found == ({"square"} if extras else {"stripe", "paypal", "square"})


@pytest.mark.parametrize("provider", ["stripe", "paypal", "square"])
def test_other_programs_sell_on_every_account_with_and_without_an_order_of_ours(provider: str) -> None:
    assert {one.foreign_sale for one in scripts() if one.provider == provider} == set(ForeignSale)


def test_everything_of_an_order_with_a_tip_is_refunded_in_the_dashboard() -> None:
    assert [one for one in scripts(2000) if one.act is Act.DASHBOARD_REFUND_ALL and "tip" in one.extras]
