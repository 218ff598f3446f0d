"""The stored orders: read back as they were saved."""

from dataclasses import replace

import pytest

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, LineItem, Order
from lightning_cart.errors import StorageUnavailable
from lightning_cart.storage.orders import OrderStore
from support.app import run
from support.builders import NOW, ORDER_ID, make_order
from support.databases import MemoryDatabase


class Kept:
    """A store in memory, with one order if one is given."""

    def __init__(self, order: Order | None = None) -> None:
        self.database = MemoryDatabase()
        self.orders = OrderStore(self.database)
        if order:
            run(self.orders.create_order(order, "", "digest"))


FULL = make_order(
    lines=(
        LineItem("mug", "Mug “Ñandú” 🫖", Money(500, "USD"), 2, "A mug", "https://x.example/a.png", None, {"sku": "M"}),
        LineItem("club", "Club", Money(5, "USD"), 1, interval=Interval.MONTH),
    ),
    customer_email="ada@example.com",
    metadata={"table": "7"},
    statement_descriptor_suffix="SHOP",
)


def test_an_order_comes_back_as_it_was_saved() -> None:
    assert run(Kept(FULL).orders.find_order(ORDER_ID)) == FULL


def test_an_unknown_order_is_none() -> None:
    kept = Kept()
    assert run(kept.orders.find_order(ORDER_ID)) is None
    assert run(kept.orders.history(ORDER_ID)) is None


def test_a_session_comes_back_as_it_was_saved() -> None:
    kept = Kept(FULL)
    session = CheckoutSession("cs_1", "https://pay.example/x", None)
    run(kept.orders.save_session(ORDER_ID, session, NOW + 5))
    assert run(kept.orders.find_order(ORDER_ID)) == replace(FULL, session=session, updated_at=NOW + 5)


def test_the_same_key_finds_the_first_order() -> None:
    kept = Kept()
    other = replace(FULL, id="ord_00000000000000000000000002")
    assert run(kept.orders.create_order(FULL, "key", "one")) == (FULL, "one")
    assert run(kept.orders.create_order(other, "key", "two")) == (FULL, "one")
    assert kept.database.count("orders") == 1


def test_orders_without_a_key_are_separate() -> None:
    kept = Kept(FULL)
    run(kept.orders.create_order(replace(FULL, id="ord_00000000000000000000000002"), "", "digest"))
    assert [order.id[-1] for order in run(kept.orders.list_orders())] == ["2", "1"]


def test_orders_are_listed_by_status_and_number() -> None:
    kept = Kept(FULL)
    assert run(kept.orders.list_orders(status="paid")) == []
    assert len(run(kept.orders.list_orders(status="open", limit=1))) == 1


def test_the_store_knows_when_its_database_is_gone() -> None:
    kept = Kept()
    run(kept.orders.ping())
    kept.database.broken = True
    with pytest.raises(StorageUnavailable):
        run(kept.orders.ping())
