"""What a provider gets as lines adds up to what it is to charge, whatever it has fields for."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.sent_lines import LineKind, sent_lines
from lightning_cart.providers.strategy import Limits, check_limits
from support.builders import make_order
from support.full_orders import BOOK, CLUB, POST, SHIRT, TAX, make_full_order, make_recurring_order

LIMITS = {strategy.name: strategy.limits for strategy in STRATEGIES}
SESSION, LINK, PAYPAL, SQUARE = (LIMITS[name] for name in ("stripe_checkout", "stripe_links", "paypal", "square"))
OF_OLD = Limits(SQUARE.amounts, SQUARE.maximum)  # as a strategy has them that was written before there were parts


def shown(order: Order, limits: Limits) -> list[tuple[str, int, int, Interval | None]]:
    return [(line.name, line.unit_price.minor, line.quantity, line.interval) for line in sent_lines(order, limits)]


REDUCED = [("T-shirt (L, blue), reduced", 2167, 2, None), ("T-shirt (L, blue), reduced", 2166, 1, None)]
FULL = [("T-shirt (L, blue)", 2500, 3, None)]
ONE_BOOK, DELIVERY, ADDED = ("Book", 1500, 1, None), ("Standard post", 490, 1, None), ("Sales tax (8.875 %)", 753, 1, None)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (SESSION, [*REDUCED, ONE_BOOK, ADDED]),
        (LINK, [*REDUCED, ONE_BOOK, DELIVERY, ADDED]),
        (PAYPAL, [*FULL, ONE_BOOK]),
        (SQUARE, [*FULL, ONE_BOOK, DELIVERY, ADDED]),
    ],
    ids=["stripe_checkout", "stripe_links", "paypal", "square"],
)
def test_each_provider_gets_in_lines_what_it_has_no_field_for(limits: Limits, expected: list[Any]) -> None:
    assert shown(make_full_order(), limits) == expected


def test_a_reduced_line_names_the_code_that_reduces_it() -> None:
    names = [line.name for line in sent_lines(make_full_order(code="SPRING"), SESSION)]
    assert names[:3] == ["T-shirt (L, blue), reduced with SPRING"] * 2 + ["Book"]


def test_delivery_and_tax_of_recurring_goods_recur_and_the_rest_is_charged_once() -> None:
    assert shown(make_recurring_order(), SESSION) == [
        *REDUCED,
        ("Tea club", 900, 2, Interval.MONTH),
        ("Standard post", 490, 1, Interval.MONTH),
        ("Sales tax (8.875 %)", 203, 1, Interval.MONTH),
        ("Sales tax (8.875 %)", 710, 1, None),
    ]


def test_the_delivery_of_one_time_goods_beside_a_recurring_line_is_charged_once() -> None:
    order = make_recurring_order(delivery=POST)
    assert [line.interval for line in sent_lines(order, SESSION) if line.kind is LineKind.DELIVERY] == [None]


def test_a_recurring_line_is_never_reduced() -> None:
    club = CLUB._replace(discount_minor=100)
    assert shown(make_order(lines=(club,)), SESSION) == [("Tea club", 900, 2, Interval.MONTH)]


def test_included_tax_is_no_line() -> None:
    included = TAX._replace(included=True)
    assert [line.kind for line in sent_lines(make_full_order(taxes=(included,), delivery=None), LINK)] == [LineKind.GOODS] * 3


def test_what_costs_nothing_is_no_line() -> None:
    order = make_full_order(taxes=(TAX._replace(tax_minor=0),))
    free = order._replace(parts=type(order.parts).of(order.parts.goods, 1000))
    assert {line.kind for line in sent_lines(free, LINK)} == {LineKind.GOODS}


@pytest.mark.parametrize(
    ("price", "discount", "expected"),
    [(199_900, 10_000, [(196_600, 2), (196_500, 1)]), (1_050, 100, [(1_017, 2), (1_016, 1)])],
    ids=["in whole forints", "a price in fillér"],
)
def test_a_reduced_line_stays_a_multiple_of_what_its_price_is_a_multiple_of(
    price: int, discount: int, expected: list[tuple[int, int]]
) -> None:
    order = make_order(lines=(LineItem("x", "X", Money(price, "HUF"), 3, discount_minor=discount),))
    assert [(minor, quantity) for _, minor, quantity, _ in shown(order, SESSION)] == expected


@pytest.mark.parametrize("limits", [SESSION, LINK, PAYPAL, SQUARE], ids=["session", "link", "paypal", "square"])
@pytest.mark.parametrize("order", [make_full_order(), make_recurring_order()], ids=["once", "recurring"])
def test_lines_and_fields_add_up_to_the_total(order: Order, limits: Limits) -> None:
    lines = sum(line.unit_price.minor * line.quantity for line in sent_lines(order, limits))
    kinds = {line.kind for line in sent_lines(order, limits)}
    fields = (0 if LineKind.DELIVERY in kinds else order.parts.shipping.minor) + (
        0 if LineKind.TAX in kinds else order.parts.tax.minor
    )
    assert lines + fields - (0 if limits.discount_line else order.parts.discount.minor) == order.total.minor


def refusal(order: Order, limits: Limits) -> tuple[str, str, str]:
    with pytest.raises(InvalidField) as caught:
        check_limits(order, limits)
    return caught.value.field, caught.value.reason, caught.value.for_buyer


@pytest.mark.parametrize("limits", [SESSION, LINK, PAYPAL, SQUARE], ids=["session", "link", "paypal", "square"])
def test_an_order_with_everything_is_taken(limits: Limits) -> None:
    check_limits(make_full_order(), limits)


def test_limits_count_what_is_sent() -> None:
    lines = tuple(BOOK._replace(product_id=f"book-{n}") for n in range(19))
    check_limits(make_full_order(lines=lines, delivery=None, taxes=()), LINK)
    check_limits(make_full_order(lines=lines, taxes=()), LINK)
    assert refusal(make_full_order(lines=lines), LINK) == (
        "items",
        "stripe_checkout takes at most 20 lines, and with reduced prices, delivery and tax this order has 21",
        "These are more different products than this way to pay takes with delivery, tax or a discount.",
    )


@pytest.mark.parametrize(
    ("order", "reason", "for_buyer"),
    [
        (make_full_order(lines=(BOOK,), taxes=()), "a delivery", "for goods that are delivered"),
        (
            make_full_order(lines=(BOOK,), delivery=None),
            "tax that is added to the price",
            "where tax is added to the price",
        ),
        (make_full_order(lines=(SHIRT,), delivery=None, taxes=()), "a discount", "with a discount"),
    ],
    ids=["delivery", "tax", "discount"],
)
def test_a_strategy_from_before_takes_no_part_that_it_does_not_send(order: Order, reason: str, for_buyer: str) -> None:
    assert refusal(order, OF_OLD) == (
        "items",
        f"stripe_checkout cannot charge {reason}",
        f"This way to pay cannot be used {for_buyer}.",
    )


def test_a_strategy_from_before_takes_an_order_without_parts() -> None:
    check_limits(make_full_order(lines=(BOOK,), delivery=None, taxes=(TAX._replace(included=True),)), OF_OLD)
    assert shown(make_full_order(lines=(SHIRT,)), OF_OLD) == FULL


def test_a_country_in_which_the_provider_takes_no_address_is_refused() -> None:
    order = make_full_order(place=Destination("CU"))
    assert refusal(order, SESSION)[:2] == ("delivery.country", "stripe_checkout takes no delivery address in CU")
    check_limits(order, PAYPAL)
    check_limits(order._replace(delivery=POST._replace(pick_up=True)), SESSION)


def test_a_subscription_for_nothing_is_refused() -> None:
    order = make_order(lines=(CLUB._replace(unit_price=Money(0, "USD")),))
    assert refusal(order, SESSION)[1] == "an order with a recurring price cannot be free"


def test_an_amount_in_a_field_must_be_one_that_the_provider_can_charge() -> None:
    book = LineItem("book", "Book", Money(100_000, "HUF"), 1)
    order = make_order(lines=(book,), parts=type(make_order().parts).of(book.total, shipping_minor=150), delivery=POST)
    assert refusal(order, PAYPAL)[0] == "currency"
    check_limits(order, SESSION)
