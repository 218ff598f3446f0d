"""SQLite as the engine's database: batches are atomic, and nothing acknowledged is lost."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.write_proof import can_write
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource
from support.builders import NOW, ORDER_ID, make_event, make_order

MIGRATIONS = find_resource("migrations")
PUT = "INSERT INTO pairs (id, half) VALUES (?, ?)"
COUNT = Statement("SELECT half, count(*) AS n FROM pairs GROUP BY half ORDER BY half")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.db"


def make_read_only(path: Path) -> None:
    """Mark a file as one that only a later SQLite may write, as its header says it (https://sqlite.org/fileformat.html)."""
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Migrations for a database of pairs."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_pairs.sql").write_text(
        "-- a comment; with a semicolon\nCREATE TABLE pairs (id INTEGER, half TEXT, UNIQUE (id, half));\n"
    )
    return folder


@pytest.fixture
def open_database(path: Path) -> Iterator[Callable[[], SqliteDatabase]]:
    opened: list[SqliteDatabase] = []

    def open_one() -> SqliteDatabase:
        opened.append(SqliteDatabase(path))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[[], SqliteDatabase], pairs: Path) -> SqliteDatabase:
    made = open_database()
    asyncio.run(made.migrate(pairs))
    return made


def both(number: int) -> list[Statement]:
    """Return a batch that inserts both halves of a pair."""
    return [Statement(PUT, (number, "left")), Statement(PUT, (number, "right"))]


def test_a_query_gives_its_rows_by_column_name(database: SqliteDatabase) -> None:
    rows = asyncio.run(database.query(Statement("SELECT ? AS text, ? AS number, NULL AS gap", ("ñ", 7))))
    assert rows == [{"text": "ñ", "number": 7, "gap": None}]


def test_a_batch_gives_the_rows_of_each_statement(database: SqliteDatabase) -> None:
    assert asyncio.run(database.batch([*both(1), COUNT])) == [
        [],
        [],
        [{"half": "left", "n": 1}, {"half": "right", "n": 1}],
    ]


def test_a_batch_that_fails_leaves_nothing(database: SqliteDatabase) -> None:
    with pytest.raises(StorageUnavailable):
        asyncio.run(database.batch([*both(1), Statement(PUT, (1, "left"))]))
    assert asyncio.run(database.query(COUNT)) == []


def test_after_a_batch_that_failed_the_next_one_works(database: SqliteDatabase) -> None:
    with pytest.raises(StorageUnavailable):
        asyncio.run(database.batch([Statement("SELECT nonsense")]))
    asyncio.run(database.batch(both(2)))
    assert asyncio.run(database.query(COUNT)) == [{"half": "left", "n": 1}, {"half": "right", "n": 1}]


def test_an_integer_that_sqlite_does_not_have_is_unavailable_and_leaves_nothing(database: SqliteDatabase) -> None:
    with pytest.raises(StorageUnavailable, match="OverflowError"):
        asyncio.run(database.batch([*both(1), Statement(PUT, (2**63, "left"))]))
    assert asyncio.run(database.query(COUNT)) == []


def test_an_error_does_not_tell_the_values_of_a_statement(database: SqliteDatabase) -> None:
    with pytest.raises(StorageUnavailable) as raised:
        asyncio.run(database.query(Statement("SELECT json_extract('{}', ?)", ("ada@example.com",))))
    assert str(raised.value) == "SQLite: SQLITE_ERROR"
    assert isinstance(raised.value.__cause__, sqlite3.Error)


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 5000)],
    ids=["WAL is on", "foreign keys are on", "synchronous is FULL", "it waits five seconds for a lock"],
)
def test_the_connection_is_set_up(database: SqliteDatabase, pragma: str, expected: object) -> None:
    (row,) = asyncio.run(database.query(Statement(f"PRAGMA {pragma}")))
    assert list(row.values()) == [expected]


def test_batches_of_two_connections_at_once_are_all_kept(open_database: Callable[[], SqliteDatabase], pairs: Path) -> None:
    one, other = open_database(), open_database()

    async def load() -> None:
        await one.migrate(pairs)
        await asyncio.gather(*((one if number % 2 else other).batch(both(number)) for number in range(100)))

    asyncio.run(load())
    assert asyncio.run(one.query(COUNT)) == [{"half": "left", "n": 100}, {"half": "right", "n": 100}]


def test_cancelled_batches_leave_no_half_and_no_open_transaction(database: SqliteDatabase) -> None:
    async def load() -> None:
        tasks = [asyncio.create_task(database.batch(both(number))) for number in range(50)]
        await asyncio.sleep(0.001)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.batch(both(1000))

    asyncio.run(load())
    left, right = asyncio.run(database.query(COUNT))
    assert left["n"] == right["n"]


def test_a_locked_file_is_unavailable_and_not_an_error_of_ours(database: SqliteDatabase, path: Path) -> None:
    asyncio.run(database.query(Statement("PRAGMA busy_timeout = 10")))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="SQLITE_BUSY"):
            asyncio.run(database.batch(both(1)))


def test_a_file_that_is_not_a_database_is_unavailable(path: Path) -> None:
    path.write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(StorageUnavailable, match="SQLITE_NOTADB"):
        SqliteDatabase(path)


@pytest.mark.parametrize(("version", "text"), [((3, 38, 5), "3.38.5"), ((2, 8, 17), "2.8.17")])
def test_a_sqlite_that_is_too_old_is_refused_by_a_sentence_before_a_file_is_made(
    path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], text: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", text)
    with pytest.raises(ConfigurationError, match=f"^this Python has SQLite {text}, and the engine needs 3.39 or newer: "):
        SqliteDatabase(path)
    assert not path.exists()


def test_the_oldest_sqlite_that_the_engine_runs_on_is_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 39, 0))
    SqliteDatabase(path).close()
    assert path.exists()


def test_closing_twice_is_harmless(path: Path) -> None:
    database = SqliteDatabase(path)
    database.close()
    database.close()


def test_migrations_are_applied_once(open_database: Callable[[], SqliteDatabase]) -> None:
    database = open_database()
    assert asyncio.run(database.migrate(MIGRATIONS)) == [file.name for file in sorted(MIGRATIONS.glob("*.sql"))]
    assert asyncio.run(database.migrate(MIGRATIONS)) == []


def test_migrations_are_recorded_in_the_table_that_wrangler_uses(database: SqliteDatabase) -> None:
    (row,) = asyncio.run(database.query(Statement("SELECT * FROM d1_migrations")))
    assert (list(row), row["id"], row["name"]) == (["id", "name", "applied_at"], 1, "0001_pairs.sql")


def test_a_migration_that_fails_leaves_nothing_of_itself(database: SqliteDatabase, pairs: Path) -> None:
    (pairs / "0002_broken.sql").write_text("CREATE TABLE half_done (id INTEGER);\nCREATE TABLE pairs (id INTEGER);\n")
    with pytest.raises(StorageUnavailable):
        asyncio.run(database.migrate(pairs))
    names = asyncio.run(database.query(Statement("SELECT name FROM sqlite_schema WHERE name = 'half_done'")))
    assert (names, asyncio.run(database.query(Statement("SELECT count(*) AS n FROM d1_migrations")))) == ([], [{"n": 1}])


def test_a_last_statement_without_its_semicolon_is_applied(database: SqliteDatabase, pairs: Path) -> None:
    (pairs / "0002_more.sql").write_text("CREATE TABLE more (id INTEGER);\nCREATE TABLE most (id INTEGER)")
    asyncio.run(database.migrate(pairs))
    assert asyncio.run(database.query(Statement("SELECT * FROM most"))) == []


def test_what_was_not_applied_yet_is_pending(database: SqliteDatabase, pairs: Path) -> None:
    asyncio.run(database.migrate(pairs))
    (pairs / "0002_more.sql").write_text("CREATE TABLE more (id INTEGER)")
    assert asyncio.run(database.pending_migrations(pairs)) == ["0002_more.sql"]


def test_two_processes_may_migrate_at_once(open_database: Callable[[], SqliteDatabase]) -> None:
    one, other = open_database(), open_database()

    async def migrate() -> list[str]:
        first, second = await asyncio.gather(one.migrate(MIGRATIONS), other.migrate(MIGRATIONS))
        return [*first, *second]

    assert sorted(asyncio.run(migrate())) == [file.name for file in sorted(MIGRATIONS.glob("*.sql"))]


def test_an_order_is_settled_on_a_file_as_it_is_in_memory(open_database: Callable[[], SqliteDatabase]) -> None:
    database = open_database()
    store, inbox = OrderStore(database), Inbox(database)

    async def buy() -> list[object]:
        await database.migrate(MIGRATIONS)
        await store.create_order(make_order(), "", "digest")
        settlements = [await inbox.record_event(make_event(EventKind.PAID), NOW) for _ in range(2)]
        return [(one.repeated, one.order.status) for one in settlements if one and one.order]

    assert asyncio.run(buy()) == [(False, "paid"), (True, "paid")]


LOAD = """
import asyncio, sys
from lightning_cart.ports import Statement
from lightning_cart.storage.write_proof import can_write
from lightning_cart_host.adapters.sqlite import SqliteDatabase

async def load(database, numbers):
    for number in numbers:
        await database.batch([Statement(sys.argv[2], (number, half)) for half in ("left", "right")])
        print(number, flush=True)

async def crowd():
    database = SqliteDatabase(sys.argv[1])
    await asyncio.gather(*(load(database, range(first, 1_000_000, 16)) for first in range(16)))

asyncio.run(crowd())
"""


@pytest.mark.process
def test_whatever_was_answered_before_a_kill_is_there_after_it(database: SqliteDatabase, path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", LOAD, str(path), PUT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(200):
            process.stdout.readline()
        process.kill()
        answered = 200 + len([line for line in process.stdout.read().split("\n") if line])
    left, right = asyncio.run(database.query(COUNT))
    assert left["n"] == right["n"]
    assert int(str(left["n"])) >= answered
    assert asyncio.run(database.query(Statement("PRAGMA integrity_check"))) == [{"integrity_check": "ok"}]


def test_the_store_finds_what_another_connection_saved(open_database: Callable[[], SqliteDatabase]) -> None:
    writer, reader = open_database(), open_database()

    async def cross() -> object:
        await writer.migrate(MIGRATIONS)
        await OrderStore(writer).create_order(make_order(), "", "digest")
        return await OrderStore(reader).find_order(ORDER_ID)

    assert asyncio.run(cross()) == make_order()


def test_a_file_that_can_only_be_read_is_found_by_the_proof_of_a_write(path: Path) -> None:
    async def scene() -> None:
        database = SqliteDatabase(path)
        await database.migrate(MIGRATIONS)
        assert await can_write(database, NOW)
        database.close()
        make_read_only(path)
        database = SqliteDatabase(path)
        assert await database.query(Statement("SELECT name FROM reconciling")) == [{"name": "health"}]
        for moment in (NOW + 1, NOW + 61):  # also while nothing is to be written
            with pytest.raises(StorageUnavailable, match="SQLITE_READONLY"):
                await can_write(database, moment)
        database.close()

    asyncio.run(scene())
