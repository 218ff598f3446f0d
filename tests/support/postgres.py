"""A PostgreSQL for tests: one server for each test process, and a database of its own for each test that wants one."""

import contextlib
import os
from collections.abc import Iterator

import pytest

from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.chaos.local_postgres import LocalPostgres, PostgresServer
from support import ROOT
from support.app import run


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return the server of `TEST_POSTGRES_URL`, else start one."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield PostgresServer(url)
        return
    with LocalPostgres(durable=False) as server:
        yield server


@contextlib.contextmanager
def migrated(url: str) -> Iterator[HostDatabase]:
    """Open a database with all migrations."""
    database = run(open_database(url))
    try:
        run(database.migrate(ROOT / "migrations"))
        yield database
    finally:
        run(database.aclose())


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Return the name of a migrated database, of which copies are made."""
    url = postgres_server.create_database()
    with migrated(url):
        pass
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the URL of a database without tables."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """Return the URL of a migrated, empty database."""
    url = postgres_server.create_database(postgres_template)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[HostDatabase]:
    """Return a migrated, empty database."""
    with migrated(postgres_url) as database:
        yield database
