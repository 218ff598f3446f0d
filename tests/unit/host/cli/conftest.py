"""Databases that have been used, for the commands that read, copy and keep them: on PostgreSQL, and the same in a file."""

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.chaos.local_postgres import PostgresServer
from lightning_cart_host.resources import find_resource
from support.app import run
from support.databases import live


async def _use(name: str) -> None:
    database: HostDatabase = await open_database(name)
    await database.migrate(find_resource("migrations"))
    await live(database)
    await database.aclose()


@cache
def _used_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "used.db")
        run(_use(str(path)))
        return path.read_bytes()


@pytest.fixture
def used_file(tmp_path: Path) -> str:
    """Return a SQLite file with the lives of three orders."""
    path = tmp_path / "used.db"
    path.write_bytes(_used_file())
    return str(path)


@pytest.fixture(scope="session")
def used_template(postgres_server: PostgresServer, postgres_template: str) -> str:
    """Return the name of a database of PostgreSQL with the lives of three orders, of which copies are made."""
    url = postgres_server.create_database(postgres_template)
    run(_use(url))
    return urlsplit(url).path[1:]


@pytest.fixture(scope="session")
def reading_url(postgres_server: PostgresServer, used_template: str) -> str:
    """Return the URL of a database of PostgreSQL with the lives of three orders, for tests that change nothing in it."""
    return postgres_server.create_database(used_template)


@pytest.fixture
def used_url(postgres_server: PostgresServer, used_template: str) -> Iterator[str]:
    """Return the URL of a database of PostgreSQL with the lives of three orders."""
    url = postgres_server.create_database(used_template)
    yield url
    postgres_server.drop_database(url)
