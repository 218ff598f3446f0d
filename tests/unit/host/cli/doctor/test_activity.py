"""What the database says about the engine's work: its last webhooks, messages, reviews, and orders that nothing looks at."""

from collections.abc import Iterator

import pytest

from lightning_cart.ports import Database, Statement
from lightning_cart.providers import STRATEGIES
from lightning_cart.storage.loop_leases import LoopLeases
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.chaos.local_postgres import PostgresServer
from lightning_cart_host.cli.doctor.activity import check_activity
from lightning_cart_host.cli.doctor.check import Check
from support.app import run
from support.databases import MemoryDatabase, empty

NOW = 1_780_000_000
AT = "2026-05-28 20:26:40 UTC"
ORDER: dict[str, str | int] = {
    "site": "shop",
    "strategy": "stripe_checkout",
    "provider": "stripe",
    "status": "open",
    "currency": "USD",
    "total_minor": 1000,
    "lines": "[]",
    "metadata": "{}",
    "customer_email": "",
    "statement_descriptor_suffix": "",
    "request_digest": "",
    "created_at": NOW,
    "updated_at": NOW,
}
EVENT: dict[str, str | int] = {
    "provider": "stripe",
    "type": "t",
    "kind": "paid",
    "verdict": "applied",
    "payment_ref": "",
    "subscription_ref": "",
    "subject": "",
    "fresh": 0,
    "received_at": NOW,
}


class Orders:
    """A database whose rows a test writes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def insert(self, table: str, **values: str | int) -> None:
        marks = ", ".join("?" * len(values))
        statement = Statement(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
        run(self.database.query(statement))

    def order(self, order_id: str, **changes: str | int) -> None:
        self.insert("orders", id=order_id, **{**ORDER, **changes})

    def event(self, event_id: str, **changes: str | int) -> None:
        self.insert("events", event_id=event_id, **{**EVENT, **changes})

    def checks(self) -> list[Check]:
        return run(check_activity(self.database, STRATEGIES, NOW))

    def check(self) -> dict[str, Check]:
        return {check.subject: check for check in self.checks()}


@pytest.fixture
def sqlite() -> Iterator[MemoryDatabase]:
    database = MemoryDatabase()
    yield database
    database.close()


@pytest.fixture(scope="module")
def one_postgres(postgres_server: PostgresServer, postgres_template: str) -> Iterator[HostDatabase]:
    database = run(open_database(postgres_server.create_database(postgres_template)))
    yield database
    run(database.aclose())


@pytest.fixture
def emptied_postgres(one_postgres: HostDatabase) -> HostDatabase:
    empty(one_postgres)
    return one_postgres


@pytest.fixture(params=["sqlite", pytest.param("emptied_postgres", marks=pytest.mark.process)])
def orders(request: pytest.FixtureRequest) -> Orders:
    """Return each database, in which a process runs all loops."""
    database: Database = request.getfixturevalue(request.param)
    run(LoopLeases(database, "shop:1:x").take(NOW))
    return Orders(database)


def test_there_is_nothing_to_say_about_an_empty_database(orders: Orders) -> None:
    assert list(orders.check()) == ["loops"]


def test_the_last_webhook_of_a_provider_is_told(orders: Orders) -> None:
    orders.order("ord_1", status="paid")
    orders.event("evt_1", order_id="ord_1", received_at=NOW - 9)
    orders.event("evt_2", order_id="ord_1")
    assert orders.check()["stripe events"] == Check("stripe events", "ok", f"the last webhook came at {AT}")


def test_paid_orders_without_any_webhook_are_a_warning(orders: Orders) -> None:
    orders.order("ord_1", status="paid")
    orders.order("ord_2", status="refunded")
    orders.order("ord_3", status="expired")
    orders.event("read:ord_1:cs_1:paid", order_id="ord_1")  # the engine asked
    check = orders.check()["stripe events"]
    assert (check.level, check.detail) == ("warn", "no webhook has come yet, but orders were paid: 2")
    assert "send a test event" in check.advice


def test_an_event_of_another_program_is_a_webhook_too(orders: Orders) -> None:
    orders.order("ord_1", status="paid")
    orders.insert("reconciling", name="foreign:stripe", value="3", until=NOW)
    found = [check for check in orders.checks() if check.subject == "stripe events"]
    assert [check.detail for check in found] == [
        f"the last webhook came at {AT}",
        f"not about orders of this engine: 3, the last at {AT}; normal if other programs use the account",
    ]
    assert {check.level for check in found} == {"ok"}


def test_an_unpaid_order_of_an_unknown_strategy_is_named(orders: Orders) -> None:
    orders.order("ord_gold", strategy="gold", provider="golden")
    check = orders.check()["unpaid orders"]
    assert (check.level, check.detail) == ("fail", "of a strategy that is not in this engine: ord_gold (gold)")
    assert "orders close" in check.advice


def test_a_paid_order_of_an_unknown_strategy_is_no_mistake(orders: Orders) -> None:
    orders.order("ord_gold", strategy="gold", provider="golden", status="paid")
    assert "unpaid orders" not in orders.check()


def test_parked_events_are_counted_with_the_oldest(orders: Orders) -> None:
    orders.event("evt_1", verdict="parked", kind="refunded")
    orders.event("evt_2", verdict="parked", kind="refunded", received_at=NOW + 5)
    check = orders.check()["parked events"]
    assert check.detail.startswith(f"waiting for a payment that is not known here: 2, the oldest since {AT}")


def test_messages_that_are_no_longer_sent_are_named_by_their_orders(orders: Orders) -> None:
    for number in range(5):
        orders.insert("outbox", order_id=f"ord_{number}", effect="order.paid", created_at=NOW, state="dead")
    check = orders.check()["messages"]
    assert (check.level, check.detail) == ("warn", "no longer sent, of the orders ord_4, ord_3, ord_2 and 2 more")
    assert "orders replay ID" in check.advice


def test_messages_that_are_overdue_are_counted(orders: Orders) -> None:
    orders.insert("outbox", order_id="ord_1", effect="order.paid", created_at=NOW - 601)
    orders.insert("outbox", order_id="ord_2", effect="order.paid", created_at=NOW - 599)
    orders.insert("outbox", order_id="ord_3", effect="order.paid", created_at=NOW - 900, next_at=NOW + 60)
    check = orders.check()["messages"]
    assert (check.level, check.detail) == ("warn", "overdue: 1, the oldest since 2026-05-28 20:16:39 UTC")


def test_orders_that_need_review_are_named(orders: Orders) -> None:
    for number in range(4):
        orders.order(f"ord_{number}", needs_review=1)
    check = orders.check()["reviews"]
    assert (check.level, check.detail) == ("warn", "orders that wait for your decision: 4 (ord_3, ord_2, ord_1 and 1 more)")


def test_unpaid_orders_that_nothing_looks_at_are_the_reconcilers(orders: Orders) -> None:
    orders.order("ord_1", session_id="cs_1", created_at=NOW - 3601)
    orders.order("ord_2", session_id="cs_2", created_at=NOW - 3599)
    orders.order("ord_3", session_id="cs_3", created_at=NOW - 9000, looked_at=NOW)
    check = orders.check()["reconciler"]
    assert check.detail == "unpaid orders that it never asked about: 1, the oldest of 2026-05-28 19:26:39 UTC"


def test_the_statements_read_whole_only_what_has_a_limit_or_an_index_of_nothing_else(sqlite: MemoryDatabase) -> None:
    seen: list[str] = []
    sqlite.connection.set_trace_callback(seen.append)
    Orders(sqlite).check()
    sqlite.connection.set_trace_callback(None)
    selects = [sql for sql in seen if "SELECT" in sql]
    steps = {row["detail"] for sql in selects for row in sqlite.connection.execute(f"EXPLAIN QUERY PLAN {sql}")}
    assert {step for step in steps if step.startswith("SCAN")} == {
        "SCAN events USING INDEX events_parked",
        "SCAN orders USING INDEX orders_to_review",
        "SCAN orders USING INDEX sqlite_autoindex_orders_1",  # the newest 1,000
        "SCAN outbox",  # the newest 10,000
        *("SCAN n", "SCAN o", "SCAN x"),  # what the limits have left
    }
