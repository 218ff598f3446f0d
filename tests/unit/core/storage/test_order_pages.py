"""Whatever is asked for, by whichever index it is read, and however long a page is, each order that matches is listed once."""

import random
from collections.abc import Iterator
from fractions import Fraction

import pytest

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order
from lightning_cart.ports import Statement
from lightning_cart.storage import order_search
from lightning_cart.storage.order_filter import first_id_at
from lightning_cart.storage.order_search import OrderFilter, OrderSearch
from lightning_cart.storage.orders import OrderStore
from support.app import run
from support.builders import NOW, make_order
from support.databases import MemoryDatabase

HOUR = 3600
ORDERS, FILTERS = 120, 150
CHOICE = random.Random(14)  # the same at every run


def some_order(number: int) -> Order:
    """Return an order that shares its time and most of its fields with others."""
    at, currency = NOW + CHOICE.randrange(4) * HOUR, CHOICE.choice(["USD", "JPY", "KWD"])
    products = CHOICE.choices(["mug", "shirt", "club"], k=CHOICE.randrange(1, 4))
    return make_order(
        id=f"{first_id_at(at)[:-3]}{number * 37 % 1000:03d}",
        created_at=at,
        site_id=CHOICE.choice(["shop", "club"]),
        customer_email=CHOICE.choice(["", "ada@shop.example", "Eve@shop.example"]),
        lines=tuple(LineItem(one, one, Money(CHOICE.randrange(1, 3000), currency), 1) for one in products),
    )


def some_filter() -> OrderFilter:
    return OrderFilter(
        status=CHOICE.choice(["", "open", "paid"]),
        review=CHOICE.random() < 0.1,
        disputed=CHOICE.random() < 0.1,
        since=CHOICE.choice([None, NOW + HOUR]),
        until=CHOICE.choice([None, NOW + 3 * HOUR]),
        email=CHOICE.choice(["", "", "ADA@shop.example"]),
        site=CHOICE.choice(["", "shop"]),
        product=CHOICE.choice(["", "mug"]),
        over=CHOICE.choice(["", "5", "1.999"]),
        under=CHOICE.choice(["", "20.001", "1000"]),
        text=CHOICE.choice(["", "", "lub"]),
    )


def conditions(order: Order, wanted: OrderFilter) -> Iterator[bool]:
    total = Fraction(order.total.decimal)
    products = [line.product_id for line in order.lines]
    yield order.status == (wanted.status or order.status)
    yield order.needs_review or not wanted.review
    yield order.dispute is not Dispute.NONE or not wanted.disputed
    yield (wanted.since or 0) <= order.created_at < (wanted.until or NOW * 2)
    yield order.customer_email.lower() == (wanted.email or order.customer_email).lower()
    yield order.site_id == (wanted.site or order.site_id)
    yield not wanted.product or wanted.product in products
    yield not wanted.over or total > Fraction(wanted.over)
    yield not wanted.under or total < Fraction(wanted.under)
    yield wanted.text in " ".join(products)


@pytest.fixture(scope="module")
def search() -> OrderSearch:
    database = MemoryDatabase()
    for order in map(some_order, range(ORDERS)):
        run(OrderStore(database).create_order(order, "", ""))
        if CHOICE.random() < 0.4:
            values = (CHOICE.randrange(2), CHOICE.choice(["none", "lost"]), order.id)
            run(
                database.query(
                    Statement("UPDATE orders SET status = 'paid', needs_review = ?, dispute = ? WHERE id = ?", values)
                )
            )
    return OrderSearch(database)


def test_each_order_that_matches_is_listed_once(search: OrderSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_search, "MAX_COUNTED", 10)
    monkeypatch.setattr(order_search, "_PAGE", 7)
    everything = run(search.list(OrderFilter(), ORDERS + 1))
    assert len(everything) == ORDERS
    for wanted in (some_filter() for _ in range(FILTERS)):
        matching = [order for order in everything if all(conditions(order, wanted))]
        size, listed = CHOICE.choice([1, 4, 50]), list[Order]()
        while page := run(search.list(wanted, size, listed[-1].id if listed else "")):
            assert len(page) <= size
            listed += page
        assert listed == matching, wanted
        if not wanted.text:
            by_total = sorted(matching, key=lambda order: (Fraction(order.total.decimal), order.id), reverse=True)
            assert run(search.largest(wanted, size)) == by_total[:size], wanted
