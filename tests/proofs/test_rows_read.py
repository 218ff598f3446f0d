"""What a run of the reconciler and a list read does not depend on how many orders were ever paid."""

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.ports import Statement
from lightning_cart.storage.attempts import CodeSearch
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.new_orders import Claims, CodeClaim
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.usecases.reconcile import ABANDONED_SECONDS, MIN_AGE_SECONDS, REFUND_WINDOW_SECONDS, reconcile
from lightning_cart_host.chaos.local_postgres import LocalPostgres
from proofs.counted_postgres import SLACK, CountedPostgres
from proofs.edge import WorkerdShop
from proofs.many_orders import (
    FEW,
    MANY,
    MOST,
    OLDEST,
    PAID_ID,
    SPACING,
    WAITING,
    CountedD1,
    CountedDatabase,
    CountedSqlite,
    QuietStripe,
    add_open,
    add_paid,
    add_uses,
    forget_run,
    open_engine,
)
from support.app import run
from support.builders import NOW, make_code, make_event, make_order
from support.databases import empty
from worker.schedule import ORDERS_PER_RUN, STATEMENTS_PER_RUN

pytestmark = pytest.mark.xdist_group("edge")  # all that share one workerd
MOST_MEASURED = MOST if os.environ.get("MILLION_ORDERS") else MANY
MOST_IN_POSTGRES = MOST if os.environ.get("MILLION_ORDERS") else MANY // 5
LOST_ID = "ord_00020000000000000000000001"
CODES = ("SPRING", "ONCE")
# Every use of SPRING was released, so that none is found soon.
WITH_CODES = [*(f"{step} {code}" for step in ("find", "open with", "release") for code in CODES), "use ONCE"]
_NUMBERS = count(1)  # of orders with codes
CURSORS = {"no order": 0, "an order in the middle": FEW // 2, "one of the last orders": FEW - 2 * ORDERS_PER_RUN}


def at_cursor(database: CountedDatabase, number: int) -> None:
    """Let the next run continue after the paid order of a number."""
    forget_run(database)
    if number:
        at = NOW - OLDEST + number * SPACING
        run(ReconcileQueue(database).save_cursor("paid", f"{PAID_ID}{number:07d}", at))


def measures(database: CountedDatabase) -> dict[str, int]:
    """Return what each kind of work reads."""
    queue, orders = ReconcileQueue(database), OrderStore(database)
    times = (NOW, NOW - MIN_AGE_SECONDS, NOW - REFUND_WINDOW_SECONDS, ORDERS_PER_RUN, NOW - ABANDONED_SECONDS)
    work: dict[str, Callable[[], object]] = {
        "list of all": lambda: run(orders.list_orders()),
        "list of paid": lambda: run(orders.list_orders("paid")),
        "list of open": lambda: run(orders.list_orders("open")),
        "list of failed": lambda: run(orders.list_orders("failed")),
        "list to review": lambda: run(orders.list_orders(to_review=True, limit=1)),
    }
    found = {name: database.measure(one) for name, one in work.items()}
    for code in CODES:
        order_id, search = f"ord_0003{next(_NUMBERS):022d}", CodeSearch(database)
        order = make_order(id=order_id, code=code, customer_email="ada@example.com")
        claims = Claims(CodeClaim(code, 1, order_id))
        paid = make_event(EventKind.PAID, id=f"evt_{order_id}", order_id=order_id, payment_ref=f"pi_{order_id}")
        expired = make_event(EventKind.EXPIRED, id=f"read:{order_id}", order_id=order_id)
        steps: dict[str, Callable[[], object]] = {
            "find": lambda: run(search.find(code, order_id if code == "ONCE" else "", "caller", NOW)),  # noqa: B023
            "open with": lambda: run(orders.create_order(order, order_id, "digest", claims)),  # noqa: B023
            "release": lambda: run(Inbox(database).record_event(expired, NOW)),  # noqa: B023
            "use": lambda: run(Inbox(database).record_event(paid, NOW)),  # noqa: B023
        }
        found |= {f"{name} {code}": database.measure(step) for name, step in steps.items() if f"{name} {code}" in WITH_CODES}
        assert run(orders.get_order(order_id)).status == ("paid" if code == "ONCE" else "expired")
    for name, number in CURSORS.items():
        at_cursor(database, number)
        found[f"select after {name}"] = database.measure(lambda: run(queue.next_orders(*times)))
        at_cursor(database, number)
        run(reconcile(open_engine(database), ORDERS_PER_RUN))  # what it finds out for the first time is recorded
        at_cursor(database, number)
        found[f"run after {name}"] = database.measure(lambda: run(reconcile(open_engine(database), ORDERS_PER_RUN)))
    forget_run(database)
    return found


class Measured:
    """What is read with few paid orders, and then with many, from one database that then has many.

    Args:
        database: An empty one.
        most: How many are many.
        slack: How much more may be read with many, whatever is read with few.
    """

    def __init__(self, database: CountedDatabase, most: int, slack: int = 0) -> None:
        self.database = database
        self.slack = slack
        add_open(database)
        run(database.batch([make_code("SPRING"), make_code("ONCE", once=1)]))
        add_paid(database, 1, FEW)
        add_uses(database, 1, FEW)
        self.few = measures(database)
        add_paid(database, FEW + 1, most)
        add_uses(database, FEW + 1, most)
        self.many = measures(database)


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[Measured]:
    database = CountedSqlite()
    yield Measured(database, MOST_MEASURED)
    database.close()


@pytest.fixture(scope="module")
def on_d1(edge_shop: WorkerdShop) -> Iterator[Measured]:
    with CountedD1(edge_shop.address) as database:
        empty(database)
        yield Measured(database, MOST_MEASURED)
        empty(database)


@pytest.fixture(scope="module")
def on_postgres(postgres_server: LocalPostgres) -> Iterator[Measured]:
    with CountedPostgres(postgres_server.create_database()) as database:
        yield Measured(database, MOST_IN_POSTGRES, SLACK)


@pytest.fixture(
    params=["on_sqlite", *(pytest.param(one, marks=pytest.mark.process) for one in ("on_d1", "on_postgres"))],
)
def measured(request: pytest.FixtureRequest) -> Measured:
    found: Measured = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(
    "work",
    [
        *(f"list of {filter_}" for filter_ in ("all", "paid", "open", "failed")),
        "list to review",
        *WITH_CODES,
        *(f"{part} after {cursor}" for part in ("select", "run") for cursor in CURSORS),
    ],
)
def test_as_much_is_read_with_many_paid_orders_as_with_few(measured: Measured, work: str) -> None:
    assert measured.many[work] <= 1.2 * measured.few[work] + measured.slack


def test_as_much_is_read_after_sqlite_has_gathered_statistics(on_sqlite: Measured) -> None:
    run(on_sqlite.database.query(Statement("ANALYZE")))
    after = measures(on_sqlite.database)
    assert {name: count for name, count in after.items() if count > 1.2 * on_sqlite.few[name]} == {}


@pytest.mark.process
def test_choosing_the_orders_of_a_run_reads_no_more_rows_than_it_may_return(on_d1: Measured) -> None:
    rows = {name: count for name, count in on_d1.many.items() if name.startswith("select")}
    assert max(rows.values()) <= 2 * 4 * ORDERS_PER_RUN, rows


def runs_until_asked(database: CountedDatabase, order_id: str) -> int:
    """Return in which run the reconciler asks about an order, whose payment it finds then."""
    engine = open_engine(database, {order_id})
    for number in range(1, WAITING):
        run(reconcile(engine, ORDERS_PER_RUN, STATEMENTS_PER_RUN))
        if order_id in QuietStripe.asked:
            assert run(engine.orders.get_order(order_id)).status == "paid"
            return number
    raise AssertionError(order_id)


def test_a_lost_payment_is_asked_about_within_two_runs_whatever_was_paid_before(measured: Measured) -> None:
    at_cursor(measured.database, FEW // 2)
    orders, created_at = OrderStore(measured.database), NOW - MIN_AGE_SECONDS - 1
    run(orders.create_order(make_order(id=LOST_ID, created_at=created_at), "", ""))
    run(orders.save_session(LOST_ID, CheckoutSession("cs_lost", "https://pay.example/", NOW + 9999), NOW))
    assert runs_until_asked(measured.database, LOST_ID) <= 2


def test_the_newest_orders_are_listed_first(measured: Measured) -> None:
    listed = [order.created_at for order in run(OrderStore(measured.database).list_orders(limit=50))]
    assert (len(listed), listed) == (50, sorted(listed, reverse=True))
