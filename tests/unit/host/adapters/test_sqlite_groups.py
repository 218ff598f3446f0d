"""Calls that wait at the same time share a transaction: each gets what it would get alone, and no answer comes too early."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, Statement
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource

TABLE = "CREATE TABLE numbers (id INTEGER PRIMARY KEY, half TEXT NOT NULL CHECK (half <> 'none')) STRICT"
PUT = "INSERT INTO numbers (id, half) VALUES (?, ?)"
ALL = Statement("SELECT id, half FROM numbers ORDER BY id")
COUNT = Statement("UPDATE numbers SET half = half || '+' WHERE id < 3 RETURNING id")


def open_numbers(path: str | Path = ":memory:", **options: int) -> SqliteDatabase:
    database = SqliteDatabase(path, **options)
    asyncio.run(database.query(Statement(TABLE)))
    return database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    with closing(open_numbers(tmp_path / "numbers.db")) as made:
        yield made


async def at_once(database: SqliteDatabase, calls: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Make calls while the database's thread is busy, so that all of them wait together."""
    free = threading.Event()
    database._thread.submit(free.wait)
    tasks = [asyncio.ensure_future(call()) for call in calls]
    await asyncio.sleep(0)
    free.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


def traced(database: SqliteDatabase) -> list[str]:
    """Return a list to which every statement is added that SQLite executes."""
    executed: list[str] = []
    database._thread.submit(database._connection.set_trace_callback, executed.append).result()
    return executed


def put(database: SqliteDatabase, *numbers: int, half: str = "left") -> Callable[[], Awaitable[Sequence[Sequence[Row]]]]:
    return lambda: database.batch([Statement(PUT, (number, half)) for number in numbers])


def test_calls_that_wait_together_are_committed_once(database: SqliteDatabase) -> None:
    executed = traced(database)
    outcomes = asyncio.run(at_once(database, [put(database, number, number + 100) for number in range(20)]))
    assert outcomes == [[[], []]] * 20
    assert [executed.count(word) for word in ("BEGIN IMMEDIATE", "COMMIT")] == [1, 1]


def test_a_call_that_does_not_wait_with_others_has_no_savepoint(database: SqliteDatabase) -> None:
    executed = traced(database)
    asyncio.run(database.batch([Statement(PUT, (1, "left")), Statement(PUT, (2, "left"))]))
    assert [executed[0], executed[-1], len(executed)] == ["BEGIN IMMEDIATE", "COMMIT", 4]


def test_a_group_has_a_limit(tmp_path: Path) -> None:
    with closing(open_numbers(tmp_path / "numbers.db", max_group=5)) as database:
        executed = traced(database)
        asyncio.run(at_once(database, [put(database, number, number + 100) for number in range(20)]))
        assert executed.count("COMMIT") == 4


def test_reading_takes_no_part_in_a_transaction_of_writes(database: SqliteDatabase) -> None:
    executed = traced(database)
    calls = [put(database, 1, 2), lambda: database.query(ALL), put(database, 3, 4), lambda: database.batch([ALL, ALL])]
    outcomes = asyncio.run(at_once(database, calls))
    assert [outcomes[1], outcomes[3]] == [[], [[], []]]
    assert executed.index("BEGIN IMMEDIATE") > executed.index("COMMIT")  # the readers' own


def test_reading_needs_no_lock_for_writing(database: SqliteDatabase, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "numbers.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert asyncio.run(database.batch([ALL, ALL])) == [[], []]


WRITES = st.one_of(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(("left", "none"))), min_size=1, max_size=3),
    st.sampled_from(("count", "nonsense", "too large")),
)


def statements_of(write: Any) -> list[Statement]:
    named = {
        "count": [COUNT],
        "nonsense": [Statement(PUT, (90, "left")), Statement("SELECT nonsense")],
        "too large": [Statement(PUT, (91, "left")), Statement(PUT, (2**63, "left"))],
    }
    return named[write] if isinstance(write, str) else [Statement(PUT, pair) for pair in write]


def comparable(outcome: Any) -> Any:
    return str(outcome) if isinstance(outcome, Exception) else outcome


@given(st.lists(WRITES, min_size=2, max_size=12))
def test_a_group_leaves_and_answers_what_its_calls_leave_and_answer_one_by_one(writes: list[Any]) -> None:
    with closing(open_numbers()) as together, closing(open_numbers()) as alone:
        batches = [statements_of(write) for write in writes]
        grouped = asyncio.run(at_once(together, [lambda batch=batch: together.batch(batch) for batch in batches]))  # type: ignore[misc]
        single = [asyncio.run(at_once(alone, [lambda batch=batch: alone.batch(batch)]))[0] for batch in batches]  # type: ignore[misc]
        assert list(map(comparable, grouped)) == list(map(comparable, single))
        assert asyncio.run(together.query(ALL)) == asyncio.run(alone.query(ALL))


def test_a_commit_that_fails_because_of_one_call_is_only_its_failure(database: SqliteDatabase) -> None:
    deferred = "CREATE TABLE of_numbers (id INTEGER REFERENCES numbers (id) DEFERRABLE INITIALLY DEFERRED)"
    asyncio.run(database.query(Statement(deferred)))
    orphan = [Statement("INSERT INTO of_numbers (id) VALUES (77)"), ALL]
    outcomes = asyncio.run(at_once(database, [put(database, 1, 2), lambda: database.batch(orphan), put(database, 3)]))
    assert list(map(comparable, outcomes)) == [[[], []], "SQLite: SQLITE_CONSTRAINT_FOREIGNKEY", [[]]]
    assert [row["id"] for row in asyncio.run(database.query(ALL))] == [1, 2, 3]


def test_a_lock_of_another_process_is_everybodys_failure(database: SqliteDatabase, tmp_path: Path) -> None:
    asyncio.run(database.query(Statement("PRAGMA busy_timeout = 10")))
    with closing(sqlite3.connect(tmp_path / "numbers.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        outcomes = asyncio.run(at_once(database, [put(database, 1, 2), put(database, 3)]))
    assert list(map(str, outcomes)) == ["SQLite: SQLITE_BUSY"] * 2
    assert asyncio.run(at_once(database, [put(database, 1, 2), put(database, 3)])) == [[[], []], [[]]]


def test_a_cancelled_call_takes_no_part(database: SqliteDatabase) -> None:
    async def scene() -> None:
        free = threading.Event()
        database._thread.submit(free.wait)
        tasks = [asyncio.ensure_future(put(database, number)()) for number in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        free.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(scene())
    assert [row["id"] for row in asyncio.run(database.query(ALL))] == [0, 2, 3]


def test_a_call_whose_event_loop_has_ended_harms_nobody(database: SqliteDatabase) -> None:
    free = threading.Event()
    database._thread.submit(free.wait)

    async def leave() -> None:
        database._calls.submit([Statement(PUT, (1, "left"))])

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    loop.close()
    free.set()
    asyncio.run(database.query(ALL))
    assert asyncio.run(database.batch([Statement(PUT, (2, "left"))])) == [[]]


def test_a_closed_database_is_unavailable(tmp_path: Path) -> None:
    database = open_numbers(tmp_path / "numbers.db")
    database.close()
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="the database is closed"):
            asyncio.run(database.query(ALL))


def test_an_empty_batch_is_nothing_to_do(database: SqliteDatabase) -> None:
    assert asyncio.run(database.batch([])) == []


FULL_DISK = """
import asyncio, json, resource, signal, sys
from pathlib import Path
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.storage.write_proof import can_write
from lightning_cart_host.adapters.sqlite import SqliteDatabase

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write beyond the limit fails as on a full disk
PUT = Statement("INSERT INTO operator_log (id, at, who, action, subject, reason) VALUES (?, 1, 'cli', 'accept', '', ?)")

async def put(database, number, answers):
    try:
        await database.batch([PUT._replace(values=(f"{number}-{half}", "x" * 3000)) for half in ("left", "right")])
    except StorageUnavailable as error:
        answers["refused"].append((number, str(error)))
    else:
        answers["stored"].append(number)

async def crowd():
    answers = {"stored": [], "refused": [], "healthy": []}
    database = SqliteDatabase(sys.argv[1])
    await database.migrate(Path(sys.argv[2]))
    async def look(now):
        try:
            answers["healthy"].append(await can_write(database, now))
        except StorageUnavailable:
            answers["healthy"].append(False)
    await look(1000)
    limit = Path(sys.argv[1] + "-wal").stat().st_size + 400_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for first in range(0, 200, 40):
        await asyncio.gather(*(put(database, number, answers) for number in range(first, first + 40)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    await look(2000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await asyncio.gather(*(put(database, number, answers) for number in range(1000, 1020)))
    await look(3000)
    database.close()
    print(json.dumps(answers))

asyncio.run(crowd())
"""


@pytest.mark.process
def test_a_full_disk_is_told_and_nothing_is_acknowledged_that_is_not_stored(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    command = [sys.executable, "-c", FULL_DISK, str(path), str(find_resource("migrations"))]
    answers = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
    with closing(sqlite3.connect(path)) as connection:
        kept = [row[0] for row in connection.execute("SELECT id FROM operator_log")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(kept) == sorted(f"{number}-{half}" for number in answers["stored"] for half in ("left", "right"))
    assert {reason for _, reason in answers["refused"]} <= {"SQLite: SQLITE_FULL", "SQLite: SQLITE_IOERR_WRITE"}
    assert len(answers["refused"]) > 20
    assert set(range(1000, 1020)) <= set(answers["stored"])  # there is room again
    assert answers["healthy"] == [True, False, True]
