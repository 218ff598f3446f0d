"""The migration on a database with the last release's rows: all of them survive, and the engine finishes their orders."""

import itertools
import json
from collections.abc import Iterator

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import OrderStateConflict, StorageUnavailable
from lightning_cart.ports import Database, SqlValue, Statement
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, Outbox
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfilment_message import PageLinks, message_body
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.refund import refund_order
from lightning_cart.usecases.review import accept_order
from lightning_cart.usecases.tidy import tidy
from lightning_cart.web.app import App
from proofs.edge import MeasuredD1, WorkerdShop
from proofs.last_release import BEFORE_SELLING, ORDER_IDS, Rows, drop_tables, migrate, only_columns, read_tables, replay
from support.app import Shop, answer, run
from support.builders import NOW, paid_session
from support.databases import MIGRATIONS, TABLES, MemoryDatabase
from support.stripe import event, stripe_session

pytestmark = pytest.mark.xdist_group("edge")  # all that share one workerd
DAY = 24 * 3600
SCHEMA = """
    SELECT type, name, tbl_name FROM sqlite_schema
    WHERE tbl_name NOT LIKE '\\_cf%' ESCAPE '\\' AND tbl_name NOT IN ('d1_migrations', 'sqlite_sequence') ORDER BY 1, 2
"""
PAID_LIVES = {
    "paid": 0,
    "paid after it was pending and had expired": 0,
    "refunded in part": 300,
    "refund failed": 0,
    "refunded at the dashboard": 400,
    "refunded before it was paid": 400,
    "disputed": 0,
    "dispute won": 0,
    "dispute lost": 0,
    "second payment": 0,
    "other content": 0,
}


class Migrated:
    """The last release's rows, and what became of them.

    Args:
        database: Without tables.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        migrate(database, BEFORE_SELLING.old_migrations)
        replay(database, BEFORE_SELLING.calls)
        self.before = read_tables(database, BEFORE_SELLING.tables)
        migrate(database, BEFORE_SELLING.new_migrations)
        self.after = read_tables(database, TABLES)

    def rows(self, table: str, life: str) -> Rows:
        """Return the rows about the order of a purchase."""
        column = "id" if table == "orders" else "order_id"
        return [row for row in self.after[table] if row[column] == ORDER_IDS[life]]


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[Migrated]:
    database = MemoryDatabase(())
    yield Migrated(database)
    database.close()


@pytest.fixture(scope="module")
def on_d1(edge_shop: WorkerdShop) -> Iterator[Migrated]:
    with MeasuredD1(edge_shop.address) as database:
        drop_tables(database)
        yield Migrated(database)
        drop_tables(database)
        migrate(database, MIGRATIONS)


@pytest.fixture(params=["on_sqlite", pytest.param("on_d1", marks=pytest.mark.process)])
def migrated(request: pytest.FixtureRequest) -> Migrated:
    found: Migrated = request.getfixturevalue(request.param)
    return found


# ---- what becomes of the rows


def test_the_rows_are_of_orders_of_every_status(migrated: Migrated) -> None:
    assert {row["status"] for row in migrated.before["orders"]} == set(OrderStatus)
    assert {row["state"] for row in migrated.before["outbox"]} == {"waiting", "delivered", "dead", "unwanted"}
    assert {row["verdict"] for row in migrated.before["events"]} == {"applied", "mismatch", "parked"}
    assert {row["status"] for row in migrated.before["refunds"]} == {"requested", "pending", "succeeded", "failed"}
    assert {row["dispute"] for row in migrated.before["orders"]} == {"none", "open", "won", "lost"}


@pytest.mark.parametrize("table", BEFORE_SELLING.tables)
def test_every_row_keeps_every_value(migrated: Migrated, table: str) -> None:
    before = migrated.before[table]
    assert before
    assert only_columns(migrated.after[table], before) == before


def test_every_reference_leads_to_an_order(migrated: Migrated) -> None:
    assert run(migrated.database.query(Statement("PRAGMA foreign_key_check"))) == []


@pytest.mark.parametrize("table", ["refunds", "payments", "disputes", "buyers", "holds", "code_uses"])
def test_a_table_refers_to_the_orders_that_are_there(migrated: Migrated, table: str) -> None:
    (reference,) = run(migrated.database.query(Statement(f"PRAGMA foreign_key_list({table})")))
    assert (reference["table"], reference["from"], reference["to"]) == ("orders", "order_id", "id")


def test_a_row_that_refers_to_nothing_is_still_refused(migrated: Migrated) -> None:
    insert = "INSERT INTO buyers (order_id) VALUES ('ord_x')"
    with pytest.raises(StorageUnavailable if isinstance(migrated.database, MeasuredD1) else Exception, match="FOREIGN KEY"):
        run(migrated.database.query(Statement(insert)))


def test_tables_and_indexes_are_those_of_a_new_database(migrated: Migrated) -> None:
    found, fresh = (run(database.query(Statement(SCHEMA))) for database in (migrated.database, MemoryDatabase()))
    assert [dict(row) for row in found] == [dict(row) for row in fresh]


def test_what_was_new_in_orders_is_empty_and_the_goods_are_the_total(migrated: Migrated) -> None:
    new: dict[str, SqlValue] = {
        "discount_minor": 0,
        "shipping_minor": 0,
        "tax_minor": 0,
        "renewal_minor": 0,
        "tip_minor": 0,
        "review_reason": "",
        "oversold": 0,
        "return_token": "",
        "page_token": "",
        "receipt_year": None,
        "receipt_number": None,
        "receipt_at": None,
        "forgotten_at": None,
        "by_form": 0,
        "busy_until": 0,
        "looked_at": 0,
        "pricing": "{}",
        "ship_country": "",
        "ship_region": "",
        "ship_postal_code": "",
    }
    assert [row for row in migrated.after["orders"] if not new.items() <= row.items()] == []
    assert [row for row in migrated.after["orders"] if row["goods_minor"] != row["total_minor"]] == []


def test_the_checkout_is_the_part_of_the_session_after_a_colon_or_all_of_it(migrated: Migrated) -> None:
    sessions = {row["session_id"]: row["checkout_ref"] for row in migrated.after["orders"]}
    assert sessions == {name: name and str(name).rpartition(":")[2] for name in sessions}
    (square,) = migrated.rows("orders", "paid at square")
    assert (":" in str(square["session_id"]), str(square["checkout_ref"]).startswith("sq_")) == (True, True)


def test_each_order_has_the_products_of_its_lines(migrated: Migrated) -> None:
    lines = {(line["product_id"], row["id"]) for row in migrated.after["orders"] for line in json.loads(str(row["lines"]))}
    assert {(row["product_id"], row["order_id"]) for row in migrated.after["order_products"]} == lines


def test_messages_go_to_the_webhook(migrated: Migrated) -> None:
    assert {row["channel"] for row in migrated.after["outbox"]} == {"webhook"}


def test_each_paid_order_has_one_payment_with_its_sums_and_no_other_order_has_one(migrated: Migrated) -> None:
    sums = {row["id"]: (row["paid_minor"], row["refunded_minor"]) for row in migrated.after["orders"] if row["paid_minor"]}
    payments = [(row["order_id"], (row["amount_minor"], row["refunded_minor"])) for row in migrated.after["payments"]]
    assert (sorted(payments), len(payments)) == (sorted(sums.items()), len(sums))
    assert {(row["state"], row["tip_minor"]) for row in migrated.after["payments"]} == {("paid", 0)}


@pytest.mark.parametrize(
    ("life", "column"),
    [
        ("paid", "payment_ref"),
        ("subscription", "subscription_ref"),
        ("one payment of two orders, the first", "payment_ref"),
        ("one payment of two orders, the second", "id"),
    ],
)
def test_a_payment_has_the_id_by_which_the_provider_names_it(migrated: Migrated, life: str, column: str) -> None:
    (order,), (payment,) = migrated.rows("orders", life), migrated.rows("payments", life)
    assert payment["payment_ref"] == order[column]


@pytest.mark.parametrize(
    ("life", "disputes"),
    [("paid", []), ("disputed", []), ("dispute won", [("closed", "won")]), ("dispute lost", [("closed", "lost")])],
)
def test_closed_disputes_are_kept_and_open_ones_are_found_again_by_their_next_event(
    migrated: Migrated, life: str, disputes: list[tuple[str, str]]
) -> None:
    assert [(row["state"], row["outcome"]) for row in migrated.rows("disputes", life)] == disputes


# ---- what the engine does with them


class Resumed(Shop):
    """The engine over the migrated rows, an hour after their first purchase. Each test is about other orders.

    Args:
        migrated: The rows.
    """

    ids = itertools.count(1)  # of all of them

    def __init__(self, migrated: Migrated) -> None:
        super().__init__()
        self.app = App(self.app.engine.with_database(migrated.database))
        self.now = float(NOW + 3600)

    def _new_id(self) -> str:
        return f"{next(self.ids):026d}"

    @property
    def engine(self) -> Engine:
        return self.app.engine

    def history(self, life: str) -> OrderHistory:
        found = run(self.engine.orders.history(ORDER_IDS[life]))
        assert found is not None
        return found

    def effects(self, life: str) -> set[str]:
        return {str(row["effect"]) for row in self.history(life).effects}

    def answers_refund(self, life: str, total: int) -> None:
        """Let Stripe answer with a refund that makes this the refunded total of its payment."""
        charge = {"id": "ch_1", "amount_refunded": total, "currency": "usd"}
        refund = {"id": f"re_{life}".replace(" ", "_"), "status": "succeeded", "charge": charge}
        self.provider.answers = [answer({"data": []}), answer(refund)] if "requested" in life else [answer(refund)]

    def dispute(self, life: str, name: str, status: str, created: int) -> None:
        """Deliver a webhook of Stripe about a dispute of an order's payment."""
        dispute = {"id": name, "payment_intent": f"pi_{int(ORDER_IDS[life][4:])}", "status": status, "amount": 1000}
        body = event("charge.dispute.updated", dispute | {"currency": "usd"}, f"evt_{name}_{status}", created=created)
        assert self.webhook(body, time=int(self.now)).status == 200


@pytest.fixture
def resumed(migrated: Migrated) -> Resumed:
    return Resumed(migrated)


@pytest.mark.parametrize("life", ORDER_IDS)
def test_every_order_is_read(resumed: Resumed, life: str) -> None:
    order = resumed.history(life).order
    assert order.id == ORDER_IDS[life]


def test_every_message_that_waited_is_delivered_with_what_was_saved(migrated: Migrated) -> None:
    waiting = {(row["order_id"], row["effect"]): row for row in migrated.after["outbox"] if row["state"] == "waiting"}
    outbox, claimed = Outbox(migrated.database), 0
    while message := run(outbox.claim(NOW + DAY, 60)):
        data = json.loads(message_body(message, contact=PageLinks()))["data"]
        saved = json.loads(str(waiting[message.order.id, message.event]["facts"]))
        assert saved.items() <= data.items()
        run(outbox.save_result(message, DeliveryResult(DeliveryState.DELIVERED, 0, 200)))
        claimed += 1
    assert claimed == len(waiting) > 30


@pytest.mark.parametrize(("life", "refunded"), PAID_LIVES.items())
def test_what_is_left_of_a_paid_order_is_refunded(resumed: Resumed, life: str, refunded: int) -> None:
    resumed.answers_refund(life, 1000)
    order, refunds = run(refund_order(resumed.engine, RefundWish(ORDER_IDS[life], None, "", "new")))
    assert [refund.amount.minor for refund in refunds] == [1000 - refunded]
    assert (order.status, order.refunded_minor) == (OrderStatus.REFUNDED, 1000)
    assert "order.refunded:1000" in resumed.effects(life)


@pytest.mark.parametrize("life", ["refund requested", "refund pending"])
def test_a_refund_in_progress_is_finished_by_its_own_key(resumed: Resumed, life: str) -> None:
    resumed.answers_refund(life, 300)
    order, (refund,) = run(refund_order(resumed.engine, RefundWish(ORDER_IDS[life], 300, "broken", "refund-0")))
    assert (order.status, order.refunded_minor, refund.status) == ("partially_refunded", 300, "succeeded")


def test_no_more_is_refunded_than_is_left(resumed: Resumed) -> None:
    with pytest.raises(OrderStateConflict, match=r"at most \$0\.00 can be refunded"):
        run(refund_order(resumed.engine, RefundWish(ORDER_IDS["refunded twice"], 1, "", "new")))


def test_a_payment_that_another_order_has_too_is_refunded_by_its_own_order(resumed: Resumed) -> None:
    life = "one payment of two orders, the second"
    resumed.answers_refund(life, 1000)
    order, _ = run(refund_order(resumed.engine, RefundWish(ORDER_IDS[life], None, "", "new")))
    assert (order.status, resumed.history("one payment of two orders, the first").order.status) == ("refunded", "paid")


@pytest.mark.parametrize(
    ("life", "steps", "flag"),
    [
        ("paid by a link", [("dp_new", "needs_response")], "open"),
        ("paid in yen", [("dp_other", "needs_response"), ("dp_other", "won")], "won"),
        ("refund refused", [("dp_third", "needs_response"), ("dp_third", "lost")], "lost"),
        ("disputed", [("dp_known", "lost")], "lost"),
        ("dispute won and refunded", [("dp_second", "needs_response")], "open"),
    ],
)
def test_a_dispute_of_its_payment_is_kept_and_told(
    resumed: Resumed, life: str, steps: list[tuple[str, str]], flag: str
) -> None:
    for number, (name, status) in enumerate(steps):
        resumed.dispute(life, name, status, NOW + 3000 + number)
    name, _ = steps[-1]
    told = f"order.disputed:{name}" if flag == "open" else f"order.dispute_closed:{name}:{flag}"
    assert (resumed.history(life).order.dispute, told in resumed.effects(life)) == (flag, True)


def test_a_buyer_returns_without_a_token_on_the_first_day_alone(resumed: Resumed) -> None:
    path, created_at = f"/return/{ORDER_IDS['open']}", resumed.order(ORDER_IDS["open"]).created_at
    resumed.now = float(created_at + DAY)
    assert resumed.handle("GET", path).status == 404
    resumed.now -= 1
    assert resumed.handle("GET", f"{path}/any-token").status == 404
    resumed.provider.answers = [answer(stripe_session(**paid_session(ORDER_IDS["open"], payment_intent="pi_returned")))]
    assert resumed.handle("GET", path).status == 303
    assert resumed.order(ORDER_IDS["open"]).status == "paid"


@pytest.mark.parametrize("life", ["pending", "failed", "expired", "cancelled"])
def test_an_order_that_was_not_paid_is_paid_by_a_webhook_of_its_checkout(resumed: Resumed, life: str) -> None:
    order = resumed.order(ORDER_IDS[life])
    assert order.session is not None
    session = paid_session(order.id, id=order.session.id, payment_intent=f"pi_{life}")
    body = event("checkout.session.completed", session, f"evt_new_{life}")
    assert resumed.webhook(body, time=int(resumed.now)).status == 200
    assert (resumed.order(order.id).status, resumed.order(order.id).paid_minor) == ("paid", 1000)


def test_the_same_key_still_finds_the_order_of_its_site_for_a_day(resumed: Resumed) -> None:
    orders, life = OrderStore(resumed.engine.ports.database), "open without a page"
    key, created_at = f"key-{int(ORDER_IDS[life][4:])}", resumed.order(ORDER_IDS[life]).created_at
    found = [run(orders.find_by_key("shop", key, created_at + seconds)) for seconds in (DAY - 1, DAY)]
    assert [one and one[0].id for one in found] == [ORDER_IDS[life], None]


@pytest.mark.parametrize("life", ["wrong amount", "wrong currency"])
def test_an_order_that_needs_review_is_accepted(resumed: Resumed, life: str) -> None:
    order = run(accept_order(resumed.engine, ORDER_IDS[life], Operator("cli", "a friend")))
    assert (order.status, order.needs_review) == ("paid", False)


def test_the_reconciler_reads_every_order_and_changes_none_of_which_nothing_new_is_known(
    resumed: Resumed, migrated: Migrated
) -> None:
    resumed.provider.answers = [answer(stripe_session())]
    before = read_tables(migrated.database, TABLES)
    report = run(reconcile(resumed.engine, 100))
    after = read_tables(migrated.database, TABLES)
    asked: dict[str, SqlValue] = {"busy_until": 0, "looked_at": 0}
    assert [row | asked for row in after.pop("orders")] == [row | asked for row in before.pop("orders")]
    assert (report.checked > 30, after | {"reconciling": []}) == (True, before | {"reconciling": []})


def test_what_was_parked_ends_after_seven_days(resumed: Resumed, migrated: Migrated) -> None:
    resumed.now = float(NOW + 8 * DAY)
    run(tidy(resumed.engine, 100))
    parked = "SELECT event_id FROM events WHERE verdict = 'parked'"
    assert run(migrated.database.query(Statement(parked))) == []
