"""The orders that changed last: in the order of their changes, from a moment on, and read by their index alone."""

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.ports import Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.order_changes import changed_orders
from lightning_cart.storage.orders import OrderStore
from support.app import run
from support.builders import NOW, make_event, make_order
from support.databases import MemoryDatabase
from support.statements import every_statement

IDS = [f"ord_{number:026d}" for number in range(1, 5)]
FIRST, SECOND, SHORT, OPEN = IDS


@pytest.fixture
def database() -> MemoryDatabase:
    """Return four orders of one second: paid later, paid earlier, paid with another amount, and open."""
    database = MemoryDatabase()
    for order_id in IDS:
        run(OrderStore(database).create_order(make_order(id=order_id), "", "digest"))
    for order_id, at in ((SECOND, NOW + 10), (FIRST, NOW + 20)):
        event = make_event(EventKind.PAID, id=order_id, order_id=order_id, payment_ref=order_id)
        run(Inbox(database).record_event(event, at))
    short = make_event(EventKind.PAID, id="evt_short", order_id=SHORT, payment_ref="pi_short", amount=Money(1, "USD"))
    run(Inbox(database).record_event(short, NOW + 20))
    return database


def changed(database: MemoryDatabase, since: int, after_id: str = "", limit: int = 10) -> list[str]:
    return [order.id for order in run(changed_orders(database, since, after_id, limit))]


def test_orders_come_in_the_order_of_their_changes_and_open_ones_do_not(database: MemoryDatabase) -> None:
    assert changed(database, NOW) == [SECOND, FIRST, SHORT]


def test_an_open_order_that_needs_review_is_one_of_them(database: MemoryDatabase) -> None:
    run(database.query(Statement("UPDATE orders SET needs_review = 1, updated_at = ? WHERE id = ?", (NOW + 30, OPEN))))
    assert changed(database, NOW + 25) == [OPEN]


def test_a_second_belongs_to_what_is_asked_from_it_on(database: MemoryDatabase) -> None:
    assert changed(database, NOW + 20) == [FIRST, SHORT]


def test_a_page_is_continued_after_its_last_order(database: MemoryDatabase) -> None:
    assert (changed(database, NOW, limit=2), changed(database, NOW + 20, FIRST)) == ([SECOND, FIRST], [SHORT])


def test_nothing_else_is_read(database: MemoryDatabase) -> None:
    sql = every_statement()["order_changes _CHANGED"].sql
    plan = database.connection.execute(f"EXPLAIN QUERY PLAN {sql}", (1, "", 1))
    assert [row["detail"] for row in plan] == [
        "SEARCH o USING INDEX orders_changed ((updated_at,id)>(?,?))",
        "SEARCH b USING INDEX sqlite_autoindex_buyers_1 (order_id=?) LEFT-JOIN",
    ]
