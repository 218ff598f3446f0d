"""PostgreSQL is gone, full, read-only, without a free connection or slow: the engine says so, and goes on when it is back."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart_host.adapters import postgres_calls
from lightning_cart_host.adapters.postgres_connection import OPTIONS, SETTINGS
from lightning_cart_host.chaos.local_postgres import LocalPostgres
from support.builders import ADMIN_TOKEN
from support.harness import Harness, open_harness
from support.postgres import migrated
from support.postgres_tables import PostgresTables, open_postgres_tables

pytestmark = pytest.mark.process

MINUTE = 60
MAX_CONNECTIONS = 10
ENGINES_CONNECTIONS = 4
WAIT_SECONDS = 0.2
ANSWER_SECONDS = 0.8
SLOW = Statement("SELECT pg_sleep(0.05)")
SEGMENT_BYTES = 16 * 1024 * 1024  # of PostgreSQL's log, whose files have their whole size from the beginning
# Orders of which two fill a page.
FILL = """
    INSERT INTO orders (id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, request_digest, created_at, updated_at)
    SELECT gen_random_uuid(), '', '', 'stripe', 'paid', 'USD', 1, '[]', repeat('x', 3800), '', '', '', 1, 1
    FROM generate_series(1, $1)
"""

type Failure = Callable[[LocalPostgres, str], AbstractContextManager[object]]


def execute(url: str, sql: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def end_connections(url: str) -> None:
    """Let the server end all connections to a database but this one."""
    execute(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


# ---- what can happen to it


@contextmanager
def gone(server: LocalPostgres, _: str) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def read_only(server: LocalPostgres, url: str) -> Iterator[None]:
    """Refuse every write, as a standby does after a change of the primary."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    execute(server.url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    end_connections(url)
    try:
        yield
    finally:
        execute(server.url, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        end_connections(url)


@contextmanager
def without_a_free_connection(server: LocalPostgres, url: str) -> Iterator[list[psycopg.Connection]]:
    """Take all connections, also those that the engine had."""
    others: list[psycopg.Connection] = []
    end_connections(url)
    try:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                others.append(psycopg.connect(server.url))
        yield others
    finally:
        for connection in others:
            connection.close()


@contextmanager
def locked(_: LocalPostgres, url: str) -> Iterator[None]:
    """Let every statement wait for a lock that somebody holds."""
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE orders, reconciling")
        yield
        connection.rollback()


@contextmanager
def frozen(_: LocalPostgres, url: str) -> Iterator[None]:
    """Stop the processes of the engine's connections, as a disk that hangs does: the server ends no statement."""
    found = execute(url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'lightning-cart'")
    for (pid,) in found:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for (pid,) in found:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def full(server: LocalPostgres, url: str) -> Iterator[None]:
    """Let no file of the server grow, and its log not be written: it ends itself, and needs to be started again."""
    limit(server, url, "8192")
    try:
        yield
    finally:
        server.restart()


def limit(server: LocalPostgres, url: str, size: str) -> None:
    """Limit the size of the files that the server writes, in bytes. Its processes may belong to another user."""
    user = Path(f"/proc/{server.process_id}").stat().st_uid
    for pid in (server.process_id, *(pid for (pid,) in execute(url, "SELECT pid FROM pg_stat_activity"))):
        subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}:"], user=user, check=False, capture_output=True)


# ---- the engine


@pytest.fixture(scope="module")
def server() -> Iterator[LocalPostgres]:
    with LocalPostgres(durable=False, options={"max_connections": str(MAX_CONNECTIONS)}) as started:
        yield started


@pytest.fixture(scope="module")
def template(server: LocalPostgres) -> str:
    url = server.create_database()
    with migrated(url):
        return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@pytest.fixture
def tables(server: LocalPostgres, template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresTables]:
    """Open a database whose calls wait as short as a test can."""
    monkeypatch.setitem(SETTINGS, "options", OPTIONS.replace("statement_timeout=10s", "statement_timeout=200ms"))
    monkeypatch.setattr(postgres_calls, "WAIT_SECONDS", WAIT_SECONDS)
    monkeypatch.setattr(postgres_calls, "ANSWER_SECONDS", ANSWER_SECONDS)
    with open_postgres_tables(server, template) as opened:
        yield opened


@asynccontextmanager
async def paid_order(tables: PostgresTables) -> AsyncIterator[Harness]:
    """Open an engine with an order whose buyer has paid; its webhooks are held."""
    async with open_harness(StripeCheckout, tables) as harness:
        harness.hold_webhooks = True
        await harness.visit(await harness.open(), "pay")
        await harness.deliver()
        (paid,) = (webhook for webhook in harness.webhooks if b'"checkout.session.completed"' in webhook.body)
        harness.webhooks = [paid]  # the others change nothing, and need no database
        await use_all_connections(harness)
        yield harness


async def use_all_connections(harness: Harness) -> None:
    await asyncio.gather(*(harness.database.query(SLOW) for _ in range(ENGINES_CONNECTIONS)))


async def health(harness: Harness) -> tuple[int, str]:
    answer = await harness.ask("GET", "/health", authorization=f"Bearer {ADMIN_TOKEN}")
    return answer.status, json.loads(answer.body)["database"]


async def post_paid(harness: Harness) -> int:
    return (await harness.post(harness.webhooks[0])).status


@pytest.mark.parametrize("failure", [gone, read_only, without_a_free_connection, locked, frozen, full])
def test_while_it_fails_nothing_is_acknowledged_and_everything_goes_on_when_it_is_back(
    failure: Failure, server: LocalPostgres, tables: PostgresTables
) -> None:
    async def scenario() -> None:
        async with paid_order(tables) as harness:
            calls = len(harness.calls)
            with failure(server, tables.url):
                assert await health(harness) == (503, "unavailable")
                assert (await harness.check_out(key="k")).status == 503
                assert await post_paid(harness) == 503
                assert len(harness.calls) == calls  # the provider was not asked for anything
                harness.wait(MINUTE)
            assert await health(harness) == (200, "ok")  # the first call
            assert await post_paid(harness) == 200
            assert [(await harness.check_out(key="k")).status for _ in range(2)] == [201, 201]
            rows = execute(tables.url, "SELECT status, count(*) FROM orders GROUP BY status ORDER BY status")
            assert rows == [("open", 1), ("paid", 1)]

    asyncio.run(scenario())


def test_an_engine_with_one_connection_left_goes_on_with_it(server: LocalPostgres, tables: PostgresTables) -> None:
    async def scenario() -> None:
        async with paid_order(tables) as harness:
            with without_a_free_connection(server, tables.url) as others:
                others.pop().close()
                answers = await asyncio.gather(*(harness.ask("GET", "/health") for _ in range(8)))
            assert {answer.status for answer in answers} == {200}

    asyncio.run(scenario())


def fill_orders(tables: PostgresTables) -> None:
    """Fill the table of orders until it may not grow."""
    while True:
        tables.connection.execute(FILL, (1,))


def test_a_table_that_cannot_grow_takes_no_order_until_it_can(server: LocalPostgres, tables: PostgresTables) -> None:
    async def scenario() -> None:
        async with paid_order(tables) as harness:
            execute(tables.url, "ALTER TABLE orders ALTER metadata SET STORAGE PLAIN")
            tables.connection.execute(FILL, (SEGMENT_BYTES // 4096,))
            limit(server, tables.url, str(SEGMENT_BYTES))
            try:
                with pytest.raises(psycopg.errors.InternalError_, match="File too large"):
                    fill_orders(tables)
                statuses = [201]  # of orders for which pages have room
                while statuses[-1] == 201:
                    calls, key = len(harness.calls), f"key-{len(statuses)}"
                    statuses.append((await harness.check_out(key=key)).status)
                assert (statuses[-1], len(harness.calls)) == (503, calls)
            finally:
                limit(server, tables.url, "unlimited")
            assert (await harness.check_out(key=key)).status == 201  # the first call
            assert tables.connection.execute("SELECT count(*) FROM orders WHERE metadata = '{}'").fetchone() == (len(statuses),)

    asyncio.run(scenario())


def test_calls_that_wait_too_long_for_a_slow_database_end(tables: PostgresTables) -> None:
    async def scenario() -> list[str]:
        await asyncio.gather(*(tables.query(SLOW) for _ in range(ENGINES_CONNECTIONS)))  # which opens them
        slow = Statement("SELECT pg_sleep(0.13)")
        results = await asyncio.gather(*(tables.query(slow) for _ in range(4 * ENGINES_CONNECTIONS)), return_exceptions=True)
        return [str(result) for result in results if isinstance(result, StorageUnavailable)]

    assert asyncio.run(scenario()) == ["PostgreSQL: all connections are busy"] * (2 * ENGINES_CONNECTIONS)
