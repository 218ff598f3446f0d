"""Calls on PostgreSQL that write at the same time: they share a transaction, and none is hurt by another."""

import asyncio
import time
from collections.abc import Awaitable, Iterator
from typing import Any

import psycopg
import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, Statement
from lightning_cart_host.adapters import postgres_wire
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.postgres_calls import MAX_GROUP
from lightning_cart_host.chaos.local_postgres import PostgresServer
from support.app import run
from support.byte_proxy import ByteProxy, open_proxy

pytestmark = pytest.mark.process

SETUP = """
    CREATE TABLE kept (name TEXT PRIMARY KEY, big TEXT);
    CREATE TABLE late (name TEXT PRIMARY KEY);
    CREATE TABLE late_child (name TEXT REFERENCES late DEFERRABLE INITIALLY DEFERRED);
"""
ALL = Statement("SELECT name FROM kept ORDER BY name")
SLOW_SECONDS = 1.0
SLOW = Statement("INSERT INTO kept (name) SELECT 'slow' FROM pg_sleep(1)")


@pytest.fixture
def url(postgres_server: PostgresServer) -> Iterator[str]:
    made = postgres_server.create_database()
    with psycopg.connect(made, autocommit=True) as connection:
        connection.execute(SETUP)
    yield made
    postgres_server.drop_database(made)


@pytest.fixture
def proxy(url: str) -> Iterator[ByteProxy]:
    with open_proxy(url) as opened:
        yield opened


@pytest.fixture
def database(proxy: ByteProxy) -> Iterator[HostDatabase]:
    made = run(open_database(proxy.url))
    yield made
    run(made.aclose())


def keep(name: str) -> list[Statement]:
    return [
        Statement("INSERT INTO kept (name) VALUES (?) RETURNING name", (name,)),
        Statement("SELECT count(*) AS n FROM kept WHERE name = ?", (name,)),
    ]


def kept(database: HostDatabase) -> list[object]:
    return [row["name"] for row in run(database.query(ALL))]


def at_once(database: HostDatabase, *batches: list[Statement]) -> list[Any]:
    """Run batches at the same time, after one that has begun before, so that they wait together."""

    async def scenario() -> list[Any]:
        first = asyncio.create_task(database.batch(keep("first")))
        await asyncio.sleep(0)
        results = await asyncio.gather(*(database.batch(batch) for batch in batches), return_exceptions=True)
        await first
        return results

    return run(scenario())


def test_calls_that_wait_at_the_same_time_share_a_transaction(database: HostDatabase, proxy: ByteProxy) -> None:
    names = [f"n{number:02d}" for number in range(MAX_GROUP)]
    proxy.waits.clear()
    assert at_once(database, *map(keep, names)) == [[[{"name": name}], [{"n": 1}]] for name in names]
    assert proxy.waits == [b"S", b"S"]
    assert kept(database) == ["first", *names]


def test_a_call_that_is_rejected_is_told_so_and_the_others_are_executed(database: HostDatabase) -> None:
    twice, fine = [*keep("a"), *keep("a")], [[{"name": "b"}], [{"n": 1}]]
    malformed = [Statement("INSERT INTO nowhere VALUES (1)")]
    error, rows, other, last = at_once(database, twice, keep("b"), malformed, keep("c"))
    assert (str(error), rows, str(other)) == ("PostgreSQL: UniqueViolation", fine, "PostgreSQL: UndefinedTable")
    assert last[0] == [{"name": "c"}]
    assert kept(database) == ["b", "c", "first"]


def test_a_call_whose_commit_is_rejected_is_told_so_and_the_others_are_executed(database: HostDatabase) -> None:
    orphan = [Statement("INSERT INTO late_child VALUES ('x')"), *keep("orphan")]
    before, error, after = at_once(database, keep("a"), orphan, keep("b"))
    assert (before[0], str(error), after[0]) == ([{"name": "a"}], "PostgreSQL: ForeignKeyViolation", [{"name": "b"}])
    assert kept(database) == ["a", "b", "first"]


@pytest.mark.parametrize(("cut", "found"), [("before", ["first"]), ("after", ["a", "b", "first"])])
def test_a_group_whose_connection_is_lost_is_told_to_all_and_executed_once_at_most(
    database: HostDatabase, proxy: ByteProxy, cut: str, found: list[str]
) -> None:
    run(database.batch(keep("first")))
    proxy.cut = cut

    async def scenario() -> list[object]:
        return [*await asyncio.gather(database.batch(keep("a")), database.batch(keep("b")), return_exceptions=True)]

    results = run(scenario())
    proxy.cut = ""
    assert [type(result) for result in results] == [StorageUnavailable] * 2
    assert set(kept(database)) <= {*found}
    assert kept(database)[-1] == "first"


def test_a_call_that_takes_long_keeps_neither_those_that_read_nor_those_that_write_waiting(database: HostDatabase) -> None:
    async def scenario() -> tuple[float, float]:
        slow = asyncio.create_task(database.query(SLOW))
        await asyncio.sleep(0)
        started = time.monotonic()
        assert await database.query(ALL) == []
        read = time.monotonic() - started
        await asyncio.gather(*(database.batch(keep(name)) for name in ("a", "b")))
        written = time.monotonic() - started
        await slow
        return read, written

    read, written = run(scenario())
    assert max(read, written) < SLOW_SECONDS
    assert kept(database) == ["a", "b", "slow"]


def test_many_calls_that_read_keep_no_call_that_writes_waiting(database: HostDatabase) -> None:
    async def scenario() -> list[str]:
        ended: list[str] = []

        async def note(name: str, work: Awaitable[object]) -> None:
            await work
            ended.append(name)

        reads = [note("read", database.query(ALL)) for _ in range(20)]
        write = note("write", database.batch(keep("a")))
        await asyncio.gather(*reads, write, *(note("late read", database.query(ALL)) for _ in range(100)))
        return ended

    assert run(scenario()).index("write") < 50


def test_a_call_whose_caller_has_gone_is_executed_if_it_runs_and_not_if_it_waits(database: HostDatabase) -> None:
    async def scenario() -> None:
        running = asyncio.create_task(database.batch([*keep("running"), Statement("SELECT pg_sleep(0.02)")]))
        waiting = asyncio.create_task(database.batch(keep("waiting")))
        await asyncio.sleep(0.01)
        running.cancel()
        waiting.cancel()
        await database.batch(keep("next"))

    run(scenario())
    assert kept(database) == ["next", "running"]


def test_an_event_loop_that_ends_with_calls_under_way_leaves_a_database_that_goes_on(database: HostDatabase) -> None:
    async def scenario() -> None:
        _tasks = [asyncio.create_task(database.query(SLOW)), asyncio.create_task(database.batch(keep("a")))]
        await asyncio.sleep(0.01)

    run(scenario())
    run(database.batch(keep("b")))
    assert "b" in kept(database)


def test_a_statement_goes_on_after_another_engine_has_changed_the_columns_of_its_table(
    database: HostDatabase, url: str
) -> None:
    everything = Statement("SELECT * FROM kept")
    run(database.batch(keep("a")))

    async def with_all_connections() -> list[list[Row]]:
        return [list(rows) for rows in await asyncio.gather(*(database.query(everything) for _ in range(4)))]

    run(with_all_connections())
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("ALTER TABLE kept ADD COLUMN later BIGINT NOT NULL DEFAULT 7")
    for _ in range(2):
        assert run(with_all_connections()) == [[{"name": "a", "big": None, "later": 7}]] * 4
    assert run(database.batch([everything, ALL]))[0] == [{"name": "a", "big": None, "later": 7}]


def test_a_call_may_be_larger_than_what_the_network_holds(url: str) -> None:
    text = "é" * 100_000
    batch = [Statement("INSERT INTO kept VALUES (?, ?) RETURNING big", (f"{number:03d}", text)) for number in range(50)]
    direct = run(open_database(url))
    assert run(direct.batch(batch)) == [[{"big": text}]] * 50
    run(direct.aclose())


def test_a_connection_with_many_prepared_statements_is_replaced(
    database: HostDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_wire, "_MAX_PREPARED", 5)
    own = Statement("SELECT pg_backend_pid() AS id")
    used = {run(database.batch([own, Statement(f"SELECT {number} AS n")]))[0][0]["id"] for number in range(20)}
    assert 3 < len(used) < 20


class _WithoutReaders(asyncio.SelectorEventLoop):
    """An event loop that cannot watch files, as that of Windows."""

    def add_reader(self, *_: Any) -> None:  # type: ignore[override] # it takes any arguments
        raise NotImplementedError


def test_an_event_loop_that_cannot_watch_files_is_served(url: str) -> None:
    text = "x" * 1_000_000

    async def scenario() -> None:
        database = await open_database(url)
        big = [Statement("INSERT INTO kept VALUES (?, ?)", (f"{number}", text)) for number in range(9)]
        await asyncio.gather(*(database.batch([statement, ALL]) for statement in big))
        assert len(await database.query(ALL)) == 9
        await database.aclose()

    with asyncio.Runner(loop_factory=_WithoutReaders) as runner:
        runner.run(scenario())
