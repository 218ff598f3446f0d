"""What each way to pay can take is data: carts are judged by it, pages are shown it, and a refusal says who could."""

import json
from typing import Any

import pytest

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import check_limits, choose_able
from support.app import ENV, PRODUCTS, SHOP, Shop, make_catalog, problem
from support.builders import make_order
from support.paypal import PAYPAL_ENV
from support.square import SQUARE_ENV

OFFERED = ("stripe_checkout", "stripe_links", "paypal", "square")  # by the site of these tests, however many there are
ABLE = {strategy.name: strategy for strategy in STRATEGIES if strategy.name in OFFERED}
LIMITS = {name: strategy.limits for name, strategy in ABLE.items()}
ALL = SHOP + f"strategies = {json.dumps(OFFERED)}\n"


def shop(sites: str = ALL) -> Shop:
    catalog = make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), sites)
    return Shop(ENV | PAYPAL_ENV | SQUARE_ENV, catalog)


def lines(count: int, interval: Interval | None = None) -> tuple[LineItem, ...]:
    return tuple(LineItem(f"p{n}", "P", Money(100, "USD"), 1, interval=interval) for n in range(count))


def ask(strategy: str, items: list[str], currency: str = "USD") -> dict[str, Any]:
    cart = {"items": [{"id": item, "quantity": 1} for item in items], "strategy": strategy, "currency": currency}
    return problem(shop().checkout(cart))


def test_each_way_to_pay_has_a_name_and_a_label_of_its_own() -> None:
    assert (
        len({strategy.name for strategy in STRATEGIES}) == len({strategy.label for strategy in STRATEGIES}) == len(STRATEGIES)
    )


@pytest.mark.parametrize("strategy", ["paypal", "square"])
def test_a_recurring_cart_is_refused_and_told_who_can_take_it(strategy: str) -> None:
    refused = ask(strategy, ["club"])
    assert (refused["status"], refused["field"], refused["reason"]) == (
        422,
        "items",
        f"{strategy} cannot charge a recurring price; stripe_checkout or stripe_links can take it",
    )


def test_a_currency_is_refused_and_told_who_can_take_it() -> None:
    products = '[products.x]\nname = "X"\nprices = { CHF = "3.20" }\n'
    harness = Shop(ENV | PAYPAL_ENV | SQUARE_ENV, make_catalog(products, ALL))
    refused = problem(harness.checkout({"items": [{"id": "x", "quantity": 1}], "strategy": "square"}))
    assert (refused["field"], refused["reason"]) == (
        "currency",
        "square cannot charge CHF; stripe_checkout or stripe_links or paypal can take it",
    )


def test_a_total_below_the_least_is_refused_and_told_who_can_take_it() -> None:
    assert ask("stripe_checkout", ["pin"])["reason"].endswith("can charge, $0.50; paypal or square can take it")


def test_where_nobody_can_the_refusal_says_so() -> None:
    assert ask("stripe_checkout", ["oud"], "KWD")["reason"].endswith("no way to pay of this site can take it")


def test_a_buyer_is_told_which_other_way_to_pay_to_choose() -> None:
    assert ask("paypal", ["club"])["detail"] == (
        "This way to pay cannot be used for a subscription. Please choose Pay by card or Pay by card (link)."
    )


def test_a_buyer_whom_no_way_to_pay_helps_is_told_to_change_the_order() -> None:
    assert ask("stripe_checkout", ["oud"], "KWD")["detail"].endswith(
        "No other way to pay here takes it either: please change your order."
    )


def test_only_what_the_site_offers_is_named() -> None:
    cart = {"items": [{"id": "club", "quantity": 1}], "strategy": "paypal"}
    offered = SHOP + 'strategies = ["paypal", "stripe_links"]\n'
    assert problem(shop(offered).checkout(cart))["reason"].endswith("; stripe_checkout or stripe_links can take it")


def order(strategy: str, items: tuple[LineItem, ...]) -> Order:
    return make_order(strategy=strategy, lines=items)


@pytest.mark.parametrize(
    ("strategy", "items", "taken"),
    [
        ("stripe_checkout", lines(100), True),
        ("stripe_checkout", lines(101), False),
        ("stripe_checkout", lines(20, Interval.MONTH) + lines(20), True),
        ("stripe_checkout", lines(21, Interval.MONTH), False),
        ("stripe_checkout", lines(1, Interval.MONTH) + lines(21), False),
        ("stripe_links", lines(20), True),
        ("stripe_links", lines(21), False),
        ("stripe_links", lines(10, Interval.YEAR) + lines(10), True),
        ("stripe_links", lines(11, Interval.YEAR) + lines(10), False),
        ("paypal", lines(100), True),
        ("paypal", lines(101), False),
        ("square", lines(1, Interval.WEEK), False),
    ],
    ids=str,
)
def test_each_takes_as_many_lines_as_it_says(strategy: str, items: tuple[LineItem, ...], taken: bool) -> None:
    if taken:
        check_limits(order(strategy, items), LIMITS[strategy])
    else:
        with pytest.raises(InvalidField):
            choose_able(order(strategy, items), ABLE)


def test_a_strategy_that_cannot_mix_refuses_one_time_and_recurring_lines_together() -> None:
    limits = LIMITS["stripe_checkout"]._replace(mixed_intervals=False)
    with pytest.raises(InvalidField, match="one-time and recurring products in one order"):
        check_limits(order("stripe_checkout", lines(1, Interval.MONTH) + lines(1)), limits)


def test_a_total_above_the_maximum_is_refused() -> None:
    dear = LineItem("x", "X", Money(100_000_000, "USD"), 1)
    with pytest.raises(InvalidField, match="more than stripe_checkout can charge at once"):
        check_limits(order("stripe_checkout", (dear,)), LIMITS["stripe_checkout"])


def test_a_page_is_shown_what_each_can_take_in_the_sites_own_currencies() -> None:
    listed = json.loads(shop().handle("GET", "/strategies").body)["strategies"]
    assert {one["name"]: one["limits"] for one in listed}["square"] == {
        "recurring": False,
        "mixed": False,
        "lines": 100,
        "recurring_lines": 0,
        "lifetime": None,
        "cancels": False,
        "delivery": True,
        "added_tax": True,
        "refused_countries": [],
        "currencies": {code: {"minimum_minor": 1, "maximum_minor": 9_007_199_254_740_991} for code in ("USD", "EUR", "JPY")},
    }
    assert [(one["name"], one["provider"], one["label"]) for one in listed] == [
        ("stripe_checkout", "stripe", "Pay by card"),
        ("stripe_links", "stripe", "Pay by card (link)"),
        ("paypal", "paypal", "PayPal"),
        ("square", "square", "Square"),
    ]


def test_a_currency_that_cannot_be_charged_is_not_shown() -> None:
    listed = json.loads(shop().handle("GET", "/strategies").body)["strategies"]
    assert {one["name"]: list(one["limits"]["currencies"]) for one in listed} == {
        "stripe_checkout": ["USD", "EUR", "JPY", "KWD"],
        "stripe_links": ["USD", "EUR", "JPY", "KWD"],
        "paypal": ["USD", "EUR", "JPY"],
        "square": ["USD", "EUR", "JPY"],
    }
