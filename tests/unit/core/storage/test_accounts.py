"""The orders that money came for are read page by page, with their payments and documents."""

from typing import Any

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENGINE, FREE
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.ports import Statement
from lightning_cart.storage.accounts import Account, AccountFilter, PaidPart, read_accounts
from lightning_cart.storage.documents import number_orders
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.new_orders import Claims, FreeClaim
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.reviews import Reviews
from support.app import run
from support.builders import NOW, make_event, make_order
from support.databases import MemoryDatabase

K = EventKind
IDS = [f"ord_{number:026d}" for number in range(5)]


def _fill(*ids: str) -> MemoryDatabase:
    """Return a database with these orders, each of which is paid a minute after the one before."""
    database = MemoryDatabase()
    for number, order_id in enumerate(ids):
        run(OrderStore(database).create_order(make_order(id=order_id, site_id="ab"[number % 2]), "", "digest"))
        _record(database, order_id, K.PAID, NOW + 60 * number)
    return database


def _record(database: MemoryDatabase, order_id: str, kind: EventKind, now: int, **changes: Any) -> None:
    named = {"id": f"{kind}_{order_id}_{now}", "order_id": order_id, "payment_ref": f"pi_{order_id}"}
    assert run(Inbox(database).record_event(make_event(kind, **(named | changes)), now))


def _read(database: MemoryDatabase, size: int = 500, **wanted: Any) -> list[list[Account]]:
    async def read() -> list[list[Account]]:
        return [page async for page in read_accounts(database, AccountFilter(**wanted), size)]

    return run(read())


def _ids(pages: list[list[Account]]) -> list[list[str]]:
    return [[account.order.id for account in page] for page in pages]


def test_no_orders_are_no_page() -> None:
    assert _read(MemoryDatabase()) == []


def test_pages_follow_each_other_and_take_a_round_trip_each() -> None:
    database = _fill(*IDS)
    database.round_trips = 0
    assert _ids(_read(database, 2)) == [IDS[:2], IDS[2:4], IDS[4:]]
    assert database.round_trips == 4


def test_only_orders_with_money_are_read() -> None:
    database = _fill(IDS[0])
    run(OrderStore(database).create_order(make_order(id=IDS[1]), "", "digest"))
    run(OrderStore(database).create_order(make_order(id=IDS[2]), "", "digest"))
    _record(database, IDS[2], K.PAID, NOW, amount=Money(300, "USD"), is_part=True)
    (page,) = _read(database)
    assert [(account.order.id, str(account.order.status)) for account in page] == [(IDS[0], "paid"), (IDS[2], "pending")]


def test_a_free_order_that_was_cancelled_is_read_for_its_number() -> None:
    database = MemoryDatabase()
    for order_id in IDS[:2]:
        free = make_order(id=order_id, strategy=FREE, provider=ENGINE, lines=(LineItem("a", "A", Money(0, "USD"), 1),))
        run(OrderStore(database).create_order(free, "", "digest", Claims(free=FreeClaim("caller", order_id))))
    run(number_orders(database, IDS[:1], NOW))
    for order_id in IDS[:2]:
        run(Reviews(database).cancel_free(order_id, Operator("cli"), f"log {order_id}", NOW))
    assert _ids(_read(database)) == [IDS[:1]]


def test_an_order_is_read_if_something_was_paid_or_documented_in_the_time() -> None:
    database = _fill(*IDS[:3])
    _record(database, IDS[0], K.REFUNDED, NOW + 500, amount=Money(300, "USD"))
    assert _ids(_read(database, since=NOW + 60, until=NOW + 120)) == [[IDS[1]]]
    assert _ids(_read(database, since=NOW + 120)) == [[IDS[0], IDS[2]]]
    assert _ids(_read(database, until=NOW + 60)) == [[IDS[0]]]
    assert _ids(_read(database, site="b")) == [[IDS[1]]]
    assert _ids(_read(database, below_id=IDS[1])) == [[IDS[0]]]


def test_an_order_has_its_payments_documents_and_the_lines_of_its_refunds() -> None:
    database = _fill(IDS[0])
    _record(database, IDS[0], K.PAID, NOW + 5, payment_ref="pi_2", tip_minor=20)
    _record(database, IDS[0], K.REFUNDED, NOW + 9, amount=Money(300, "USD"))
    run(
        database.query(
            Statement(
                "INSERT INTO refunds (id, order_id, amount_minor, reason, status, idempotency_key, request_digest, lines,"
                " created_at, updated_at) VALUES ('rfd_1', ?, 300, '', 'succeeded', 'k', 'd', '[[0,1]]', 1, 1)",
                (IDS[0],),
            )
        )
    )
    ((account,),) = _read(database)
    assert (account.paid, account.paid_at) == ((PaidPart(NOW, 1000, 0), PaidPart(NOW + 5, 1000, 20)), NOW)
    assert [(one.amount_minor, one.at) for one in account.documents] == [(300, NOW + 9)]
    assert account.lines_of == {"rfd_1": ((0, 1),)}


def test_an_order_from_before_payments_were_kept_was_paid_with_its_event() -> None:
    database = _fill(IDS[0])
    run(database.query(Statement("DELETE FROM payments")))
    run(database.query(Statement("UPDATE events SET received_at = ?", (NOW + 77,))))
    ((account,),) = _read(database, since=NOW + 10**6)
    assert (account.paid, account.paid_at) == ((PaidPart(NOW + 77, 1000, 0),), NOW + 77)


def test_an_order_that_was_accepted_without_money_counts_from_when_it_was_opened() -> None:
    database = MemoryDatabase()
    run(OrderStore(database).create_order(make_order(id=IDS[0]), "", "digest"))
    _record(database, IDS[0], K.PAID, NOW + 5, review_reason="another_checkout")
    run(Reviews(database).accept(IDS[0], Operator("cli"), "log_1", NOW + 9))
    ((account,),) = _read(database)
    assert (account.paid, account.order.status) == ((PaidPart(NOW + 5, 0, 0),), "paid")
    run(database.query(Statement("DELETE FROM events")))
    ((account,),) = _read(database)
    assert account.paid_at == NOW
