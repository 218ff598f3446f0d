"""`0009_codes.sql` on the rows of the release before it, on every database: they are kept, and the engine goes on."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.ports import Database, Statement
from lightning_cart.storage.attempts import CodeSearch
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.new_orders import Claims, CodeClaim
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.database import open_database
from lightning_cart_host.adapters.postgres import PostgresDatabase
from proofs.last_release import BEFORE_CODES, migrate, only_columns, read_tables, replay
from support.app import run
from support.builders import NOW, ORDER_ID, make_code, make_event, make_order

pytestmark = pytest.mark.xdist_group("edge")  # all that share one workerd
THIRD, NEW = "ord_00000000000000000000000003", "ord_00000000000000000000000004"
_RENEWED = """
    INSERT INTO events (
        provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref, subject, verdict,
        fresh, received_at
    )
    VALUES ('stripe', ?, 'invoice.paid', 'renewed', ?, ?, 'USD', '', 'sub_1', ?, 'applied', 0, ?)
"""
# As the release records them; the first is the later one.
RENEWALS = [Statement(_RENEWED, (f"evt_in_{at}", ORDER_ID, 900 + at, f"in_{at}", NOW + at)) for at in (5, 4)]


def apply(database: Database, files: Sequence[Path]) -> None:
    """Apply migrations as `serve` does on PostgreSQL, and wrangler on D1."""
    if not isinstance(database, PostgresDatabase):
        migrate(database, files)
        return
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            shutil.copy(file, folder)
        assert run(database.migrate(Path(folder))) == [file.name for file in files]


class Migrated:
    """The release's rows, before and after the migration.

    Args:
        database: Without tables.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        apply(database, BEFORE_CODES.old_migrations)
        replay(database, [call for call in BEFORE_CODES.calls if call.life == "live"])
        asyncio.run(database.batch(RENEWALS))
        self.before = read_tables(database, BEFORE_CODES.tables)
        apply(database, BEFORE_CODES.new_migrations)
        self.after = read_tables(database, [*BEFORE_CODES.tables, "documents", "attempts"])


@pytest.fixture
def bare_postgres(empty_postgres_url: str) -> Iterator[Database]:
    database = run(open_database(empty_postgres_url))
    yield database
    run(database.aclose())


@pytest.fixture(params=["bare_sqlite", *(pytest.param(f"bare_{one}", marks=pytest.mark.process) for one in ("d1", "postgres"))])
def migrated(request: pytest.FixtureRequest) -> Migrated:
    return Migrated(request.getfixturevalue(request.param))


def test_every_row_is_kept_and_what_is_new_is_empty_or_follows_from_it(migrated: Migrated) -> None:
    before, after = migrated.before, migrated.after
    assert {table: only_columns(after[table], rows) for table, rows in before.items()} == before
    orders = ("forgotten_at", "by_form", "receipt_year", "receipt_number", "receipt_at", "page_token")
    assert {tuple(row[name] for name in orders) for row in after["orders"]} == {(None, 0, None, None, None, "")}
    paid_by = ("email", "name", "phone", "vat_id", "delivery", "billing")
    assert [[row[f"paid_{name}"] for name in paid_by] for row in after["buyers"]] == [[""] * len(paid_by)]
    assert {row["lines"] for row in after["refunds"]} == {""}
    assert after["attempts"] == after["codes"] == []
    documents = [(row["series"], row["place"], row["amount_minor"], row["at"], row["number"]) for row in after["documents"]]
    assert {row["order_id"] for row in after["documents"]} == {ORDER_ID}
    assert documents == [
        ("credit_note", 1, 300, NOW, None),
        ("renewal", 1, 904, NOW + 4, None),
        ("renewal", 2, 905, NOW + 5, None),
    ]


def test_the_engine_opens_and_settles_orders_with_codes_beside_the_old_ones(migrated: Migrated) -> None:
    database = migrated.database
    store, inbox = OrderStore(database), Inbox(database)
    run(database.query(make_code("SPRING", most_uses=1)))
    claims = Claims(CodeClaim("SPRING", 1))
    run(store.create_order(make_order(id=NEW, code="SPRING"), "new key", "digest", claims))
    run(inbox.record_event(make_event(EventKind.PAID, id="evt_new", order_id=NEW, payment_ref="pi_new"), NOW))
    run(inbox.record_event(make_event(EventKind.PAID, id="evt_late", order_id=THIRD, payment_ref="pi_late"), NOW))
    orders = [run(store.get_order(order_id)) for order_id in (NEW, THIRD)]
    assert [(order.status, order.code) for order in orders] == [(OrderStatus.PAID, "SPRING"), (OrderStatus.PAID, "")]
    found, _, _ = run(CodeSearch(database).find("SPRING", "", "caller", NOW))
    assert found
    assert (found.uses, found.terms.percent) == (1, "10")
