"""The migrations on PostgreSQL: by several processes at once, one that fails, and a later one over the rows of this release."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import psycopg
import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters import postgres, postgres_connection
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.snapshot import open_snapshot
from proofs.last_release import BEFORE_CODES, Call, only_columns, read_tables, replay
from proofs.racing import in_processes
from support import ROOT
from support.app import run
from support.databases import MIGRATIONS, TABLES, MemoryDatabase, live

pytestmark = pytest.mark.process

NAMES = [file.name for file in MIGRATIONS]
BROKEN = "CREATE TABLE half (name TEXT) STRICT;\nINSERT INTO half VALUES ('one');\nALTER TABLE nowhere ADD COLUMN more TEXT;\n"
# As a later release would write it, for every database.
LATER = """
CREATE TABLE later ( -- a comment; with a semicolon
    order_id TEXT NOT NULL REFERENCES orders (id),
    number INTEGER NOT NULL CHECK (number > 0),
    PRIMARY KEY (order_id, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE orders ADD COLUMN later_minor INTEGER NOT NULL DEFAULT 7;
CREATE INDEX orders_later ON orders (later_minor) WHERE later_minor <> 7;
INSERT INTO later (order_id, number) SELECT id, 9007199254740991 FROM orders WHERE status <> 'open';
UPDATE orders SET later_minor = total_minor WHERE currency = 'USD';
"""


@pytest.fixture
def database(empty_postgres_url: str) -> Iterator[HostDatabase]:
    opened = run(open_database(empty_postgres_url))
    yield opened
    run(opened.aclose())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with all migrations."""
    return Path(shutil.copytree(ROOT / "migrations", tmp_path / "migrations"))


def applied(database: HostDatabase) -> list[object]:
    return [row["name"] for row in run(database.query(Statement("SELECT name FROM d1_migrations ORDER BY id")))]


def test_four_engines_that_migrate_at_once_apply_each_migration_once(empty_postgres_url: str, database: HostDatabase) -> None:
    assert sorted(chain.from_iterable(in_processes(empty_postgres_url, "migrate"))) == NAMES
    assert applied(database) == NAMES


def test_an_engine_waits_for_the_migrations_of_another_longer_than_a_statement_may_take(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = postgres_connection.OPTIONS.replace("-c statement_timeout=10s", "-c statement_timeout=50ms")
    monkeypatch.setitem(postgres_connection.SETTINGS, "options", short)

    async def scenario(other: "psycopg.Connection[tuple[object]]") -> list[str]:
        waiting = await open_database(empty_postgres_url)
        try:
            migrating = asyncio.create_task(waiting.migrate(ROOT / "migrations"))
            await asyncio.to_thread(other.execute, "SELECT pg_sleep(0.2)")
            other.execute("SELECT pg_advisory_unlock(%s)", (postgres._MIGRATING,))
            return await migrating
        finally:
            await waiting.aclose()

    with psycopg.connect(empty_postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (postgres._MIGRATING,))
        assert run(scenario(other)) == NAMES


def test_a_snapshot_of_a_server_that_is_gone_is_told_as_such() -> None:
    async def scenario() -> None:
        async with open_snapshot("postgresql://shop:s3cr3t@127.0.0.1:1/orders"):
            pass

    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: .*start PostgreSQL"):
        run(scenario())


def test_a_migration_that_fails_leaves_those_before_it_and_nothing_of_itself(database: HostDatabase, folder: Path) -> None:
    broken = folder / "0003_broken.sql"
    broken.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: UndefinedTable$"):
        run(database.migrate(folder))
    assert applied(database) == NAMES[:2]
    assert run(database.query(Statement("SELECT to_regclass('half') AS found"))) == [{"found": None}]
    broken.write_text("CREATE TABLE half (name TEXT) STRICT;", encoding="utf-8")
    assert run(database.migrate(folder)) == sorted([broken.name, *NAMES[2:]])


def test_a_process_that_dies_while_it_migrates_lets_the_next_one_migrate(database: HostDatabase, folder: Path) -> None:
    dying = folder / "0003_dying.sql"
    dying.write_text("SELECT pg_terminate_backend(pg_backend_pid());", encoding="utf-8")
    with pytest.raises(StorageUnavailable):
        run(database.migrate(folder))
    dying.unlink()
    assert run(database.migrate(folder)) == NAMES[2:]


def test_the_last_releases_rows_are_kept_and_its_purchases_go_on(database: HostDatabase, folder: Path) -> None:
    new = [file.name for file in BEFORE_CODES.new_migrations]
    for name in new:
        (folder / name).rename(folder.parent / name)
    run(database.migrate(folder))
    calls = [call for call in BEFORE_CODES.calls if call.life == "live"]
    middle = len(calls) // 2
    replay(database, calls[:middle])
    before = read_tables(database, BEFORE_CODES.tables)
    for name in new:
        (folder.parent / name).rename(folder / name)
    assert run(database.migrate(folder)) == new
    after = read_tables(database, BEFORE_CODES.tables)
    assert {table: only_columns(after[table], rows) for table, rows in before.items()} == before
    added = ("forgotten_at", "by_form", "receipt_at")
    assert {tuple(row[column] for column in added) for row in after["orders"]} == {(None, 0, None)}
    replay(database, calls[middle:])
    orders = run(OrderStore(database).list_orders())
    expected = read_tables(memory_after(calls), ["orders", "buyers"])
    emails = {row["order_id"]: row["email"] for row in expected["buyers"]}
    assert {(order.id, str(order.status), order.customer_email) for order in orders} == {
        (row["id"], row["status"], emails.get(row["id"], "")) for row in expected["orders"]
    }


def memory_after(calls: Sequence[Call]) -> MemoryDatabase:
    """Return a database in memory in which a release's calls were made on its own tables."""
    memory = MemoryDatabase(BEFORE_CODES.old_migrations)
    replay(memory, calls)
    return memory


def test_a_later_migration_keeps_every_row_and_value(database: HostDatabase, folder: Path) -> None:
    run(database.migrate(folder))
    asyncio.run(live(database))
    before = read_tables(database, TABLES)
    (folder / "9999_later.sql").write_text(LATER, encoding="utf-8")
    assert run(database.pending_migrations(folder)) == run(database.migrate(folder)) == ["9999_later.sql"]
    after = read_tables(database, [*TABLES, "later"])
    assert after["orders"] == [{**row, "later_minor": row["total_minor"]} for row in before["orders"]]
    assert {name: after[name] for name in TABLES if name != "orders"} == {
        name: rows for name, rows in before.items() if name != "orders"
    }
    assert after["later"] == [
        {"order_id": row["id"], "number": 2**53 - 1} for row in before["orders"] if row["status"] != "open"
    ]
