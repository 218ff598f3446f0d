"""The scripts of the buyers: reproducible, and with every act in them."""

from collections import Counter

from lightning_cart_host.chaos.scripts import PENDING_ACTS, Act, write_scripts

PROVIDERS = {"stripe_checkout": "stripe", "stripe_links": "stripe", "paypal": "paypal", "square": "square"}
SLOW = frozenset({"stripe", "paypal"})


def test_the_same_seed_gives_the_same_scripts_and_another_seed_others() -> None:
    assert write_scripts(100, 1, PROVIDERS, SLOW) == write_scripts(100, 1, PROVIDERS, SLOW)
    assert write_scripts(100, 1, PROVIDERS, SLOW) != write_scripts(100, 2, PROVIDERS, SLOW)


def test_every_strategy_is_used_equally_often() -> None:
    assert set(Counter(one.strategy for one in write_scripts(400, 1, PROVIDERS, SLOW)).values()) == {100}


def test_every_act_occurs() -> None:
    scripts = write_scripts(1000, 1, PROVIDERS, SLOW)
    assert {one.act for one in scripts} == set(Act)
    assert {one.twice for one in scripts} == {True, False}


def test_only_providers_with_pending_payments_have_pending_acts() -> None:
    assert {one.provider for one in write_scripts(1000, 1, PROVIDERS, SLOW) if one.act in PENDING_ACTS} == SLOW
