"""What waits in the database is counted in one round trip that reads a bounded number of rows."""

import pytest

from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.loop_leases import LEASE_SECONDS, Loop, LoopLeases, LoopState
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, Outbox
from lightning_cart.storage.queue_lengths import Queue, QueueLengths, read_queue_lengths
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

LATER = NOW + 1000
OTHER_ID = "ord_00000000000000000000000002"


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


def lengths(database: MemoryDatabase, now: int = LATER) -> QueueLengths:
    return run(read_queue_lengths(database, now))


def open_orders(database: MemoryDatabase, *ids: str) -> None:
    store = OrderStore(database)
    for number, order_id in enumerate(ids):
        run(store.create_order(make_order(id=order_id), f"key {number}", "digest"))
        run(store.save_session(order_id, CheckoutSession(f"cs_{number}", "https://pay.example/", NOW + 60), NOW))


def add_messages(database: MemoryDatabase, *rows: tuple[str, str, int, int]) -> None:
    """Add messages by order, state, time of creation and of the next attempt."""
    sql = "INSERT INTO outbox (order_id, effect, state, created_at, next_at) VALUES (?, 'order.paid', ?, ?, ?)"
    database.connection.executemany(sql, rows)


def test_an_empty_database_has_empty_queues(database: MemoryDatabase) -> None:
    none = Queue(0)
    assert lengths(database) == QueueLengths(none, none, none, none, none, none, dict.fromkeys(Loop, LoopState()))


def test_it_takes_one_round_trip(database: MemoryDatabase) -> None:
    lengths(database)
    assert database.round_trips == 1


def test_a_message_is_due_since_it_was_made(database: MemoryDatabase) -> None:
    add_messages(database, ("a", "waiting", NOW, 0))
    assert lengths(database).due == lengths(database).waiting == Queue(1, NOW)


def test_a_message_that_is_to_be_repeated_later_waits_and_is_not_due(database: MemoryDatabase) -> None:
    add_messages(database, ("a", "waiting", NOW, LATER + 1))
    found = lengths(database)
    assert (found.waiting, found.due) == (Queue(1, NOW), Queue(0))


def test_a_message_whose_repetition_is_overdue_is_due_since_then(database: MemoryDatabase) -> None:
    add_messages(database, ("a", "waiting", NOW, NOW + 300), ("b", "waiting", NOW + 400, 0), ("c", "delivered", NOW, 0))
    found = lengths(database)
    assert (found.waiting, found.due) == (Queue(2, NOW), Queue(2, NOW + 300))


def test_messages_that_are_no_longer_sent_are_counted(database: MemoryDatabase) -> None:
    add_messages(database, ("a", "dead", NOW, 0), ("b", "delivered", NOW, 0), ("c", "dead", NOW, 0))
    assert lengths(database).dead == Queue(2)


def test_a_claimed_message_that_fails_for_good_moves_from_one_queue_to_the_other(database: MemoryDatabase) -> None:
    open_orders(database, ORDER_ID)
    run(Inbox(database).record_event(make_event(EventKind.PAID), NOW))
    message = run(Outbox(database).claim(NOW, 60))
    assert message
    run(Outbox(database).save_result(message, DeliveryResult(DeliveryState.DEAD)))
    assert (lengths(database).waiting, lengths(database).dead) == (Queue(0), Queue(1))


def test_parked_events_are_counted(database: MemoryDatabase) -> None:
    run(Inbox(database).record_event(make_event(EventKind.DISPUTED, order_id="", object_id="dp_1"), NOW))
    assert lengths(database).parked == Queue(1, NOW)


def test_orders_that_nobody_asked_about_are_counted(database: MemoryDatabase) -> None:
    open_orders(database, ORDER_ID, OTHER_ID)
    database.connection.execute("UPDATE orders SET looked_at = 1 WHERE id = ?", (OTHER_ID,))
    assert lengths(database).never_asked == Queue(1, NOW)


def test_orders_that_need_review_are_counted(database: MemoryDatabase) -> None:
    open_orders(database, ORDER_ID, OTHER_ID)
    database.connection.execute("UPDATE orders SET needs_review = 1 WHERE id = ?", (OTHER_ID,))
    assert lengths(database).review == Queue(1)


def test_the_loops_leases_and_last_runs_are_read(database: MemoryDatabase) -> None:
    leases = LoopLeases(database, "one")
    run(leases.take(NOW))
    run(leases.record_run(Loop.RECONCILE, NOW + 5))
    found = lengths(database)
    assert {loop: state.until for loop, state in found.loops.items()} == dict.fromkeys(Loop, NOW + LEASE_SECONDS)
    assert {loop: state.ran_at for loop, state in found.loops.items() if state.ran_at} == {"reconcile": NOW + 5}


def test_no_statement_reads_a_table_without_an_index_or_sorts_it(database: MemoryDatabase) -> None:
    seen: list[str] = []
    database.connection.set_trace_callback(seen.append)
    lengths(database)
    database.connection.set_trace_callback(None)
    plans = [
        row["detail"]
        for sql in seen
        if sql.startswith("SELECT")
        for row in database.connection.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert [line for line in plans if "TEMP B-TREE" in line] == []
    assert [line for line in plans if line.startswith("SCAN") and "INDEX" not in line and not line.endswith(" x")] == [
        "SCAN outbox"  # by its key, for the newest messages
    ]
