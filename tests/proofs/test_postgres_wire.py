"""What crosses between the engine and PostgreSQL: one burst for a batch, and nothing again if its result is lost."""

import fcntl
import os
import resource
import selectors
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart_host.adapters import postgres_calls, postgres_connection
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.postgres_wire import Wire
from lightning_cart_host.chaos.local_postgres import PostgresServer
from support.app import run
from support.byte_proxy import ByteProxy, open_proxy

pytestmark = pytest.mark.process

MAX_TRIES = 20
COUNT = Statement("UPDATE counted SET times = times + 1 RETURNING times")
READ = Statement("SELECT times FROM counted")
# `refuse` counts its calls in a sequence, which no rollback undoes, and refuses those before the one that is named.
SETUP = """
    CREATE TABLE counted (times BIGINT NOT NULL);
    INSERT INTO counted VALUES (0);
    CREATE SEQUENCE tries;
    CREATE FUNCTION refuse(until BIGINT, code TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('tries') < until THEN RAISE EXCEPTION 'refused' USING ERRCODE = code; END IF;
        RETURN 1;
    END $$;
    CREATE TABLE late (until BIGINT, code TEXT);
    CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refuse(NEW.until, NEW.code);
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse_late();
"""
REFUSED_AT = {
    "the statement": "SELECT refuse(?, ?)",
    "COMMIT": "INSERT INTO late VALUES (?, ?)",
}


@pytest.fixture(scope="module")
def url(postgres_server: PostgresServer) -> Iterator[str]:
    made = postgres_server.create_database()
    with psycopg.connect(made, autocommit=True) as connection:
        connection.execute(SETUP)
    yield made
    postgres_server.drop_database(made)


@pytest.fixture(autouse=True)
def begin(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_calls, "MAX_PAUSE_SECONDS", 0)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE counted SET times = 0; ALTER SEQUENCE tries RESTART")


@pytest.fixture
def proxy(url: str) -> Iterator[ByteProxy]:
    with open_proxy(url) as opened:
        yield opened


@pytest.fixture
def database(proxy: ByteProxy) -> Iterator[HostDatabase]:
    made = run(open_database(proxy.url))
    yield made
    run(made.aclose())


def tries(database: HostDatabase) -> int:
    ((row),) = run(database.query(Statement("SELECT last_value AS tries FROM tries")))
    assert isinstance(row["tries"], int)
    return row["tries"]


def times(database: HostDatabase) -> object:
    ((row),) = run(database.query(READ))
    return row["times"]


@pytest.mark.parametrize("runs_before", [0, 1], ids=["new statements", "prepared statements"])
def test_a_batch_of_ten_statements_waits_for_the_server_once(
    database: HostDatabase, proxy: ByteProxy, runs_before: int
) -> None:
    batch = [Statement(f"SELECT times + {number} AS n FROM counted WHERE times = ?", (0,)) for number in range(10)]
    for _ in range(runs_before):
        run(database.batch(batch))
    proxy.waits.clear()
    assert run(database.batch(batch)) == [[{"n": number}] for number in range(10)]
    assert proxy.waits == [b"S"]


def test_one_statement_waits_for_the_server_once(database: HostDatabase, proxy: ByteProxy) -> None:
    run(database.query(READ))
    proxy.waits.clear()
    run(database.query(READ))
    assert proxy.waits == [b"S"]


def test_a_batch_whose_commit_was_answered_to_nobody_is_executed_once(database: HostDatabase, proxy: ByteProxy) -> None:
    proxy.cut = "after"
    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: OperationalError$"):
        run(database.batch([COUNT, READ]))
    proxy.cut = ""
    assert times(database) == 1


def test_a_batch_that_did_not_arrive_as_a_whole_is_not_executed(database: HostDatabase, proxy: ByteProxy) -> None:
    proxy.cut = "before"
    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: OperationalError$"):
        run(database.batch([COUNT, READ]))
    proxy.cut = ""
    assert times(database) == 0


@pytest.mark.parametrize("code", ["40001", "40P01"], ids=["serialization failure", "deadlock"])
@pytest.mark.parametrize("place", REFUSED_AT)
def test_a_batch_that_cannot_be_put_in_order_is_tried_twenty_times_and_executed_once(
    database: HostDatabase, place: str, code: str
) -> None:
    refused = Statement(REFUSED_AT[place], (MAX_TRIES, code))
    first, _, last = run(database.batch([COUNT, refused, READ]))
    assert (first, last) == ([{"times": 1}], [{"times": 1}])
    assert (tries(database), times(database)) == (MAX_TRIES, 1)


@pytest.mark.parametrize("place", REFUSED_AT)
def test_after_twenty_tries_a_batch_is_given_up_and_leaves_nothing(database: HostDatabase, place: str) -> None:
    refused = Statement(REFUSED_AT[place], (MAX_TRIES + 1, "40001"))
    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: SerializationFailure$"):
        run(database.batch([COUNT, refused]))
    assert (tries(database), times(database)) == (MAX_TRIES, 0)


@pytest.mark.parametrize("place", REFUSED_AT)
def test_another_error_is_not_tried_again_even_if_commit_raises_it(database: HostDatabase, place: str) -> None:
    refused = Statement(REFUSED_AT[place], (MAX_TRIES, "23514"))
    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: CheckViolation$"):
        run(database.batch([COUNT, refused]))
    assert (tries(database), times(database)) == (1, 0)


def test_a_single_statement_is_tried_again_as_a_batch_is(database: HostDatabase) -> None:
    run(database.query(Statement(REFUSED_AT["the statement"], (3, "40001"))))
    assert tries(database) == 3


def test_a_batch_that_was_refused_goes_on_if_another_process_never_ends_its_turn(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = postgres_connection.OPTIONS.replace("-c statement_timeout=10s", "-c statement_timeout=100ms")
    monkeypatch.setitem(postgres_connection.SETTINGS, "options", short)
    hasty = run(open_database(url))
    with psycopg.connect(url, autocommit=True) as frozen:
        frozen.execute("SELECT pg_advisory_lock(%s)", (postgres_calls.TURN,))
        try:
            assert run(hasty.batch([COUNT, Statement(REFUSED_AT["the statement"], (6, "40001"))]))[0] == [{"times": 1}]
            assert (tries(hasty), times(hasty)) == (6, 1)
        finally:
            run(hasty.aclose())


def test_a_closed_database_says_so(url: str) -> None:
    closed = run(open_database(url))
    run(closed.aclose())
    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: the database is closed$"):
        run(closed.query(READ))


def test_an_ended_connection_is_told_from_an_idle_one_though_the_process_has_many_files() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, limits[1]))
    ours, servers = socket.socketpair()
    file = fcntl.fcntl(ours, fcntl.F_DUPFD, 1024)
    selector = postgres_connection.Selector()
    selector.register(file, selectors.EVENT_READ)
    idle: Any = SimpleNamespace(_selector=selector)
    is_ended = vars(Wire)["is_ended"].fget
    try:
        is_idle = not is_ended(idle)
        servers.close()
        assert (is_idle, is_ended(idle)) == (True, True)
    finally:
        os.close(file)
        ours.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
