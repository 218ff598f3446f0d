"""The host's SQLite keeps the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lightning_cart_host.adapters.sqlite import SqliteDatabase
from support import ROOT
from support.app import run
from support.databases import DatabaseContract


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "orders.db")
    run(made.migrate(ROOT / "migrations"))
    yield made
    made.close()


class TestSqliteOnAFile(DatabaseContract):
    """The database of `lightning-cart serve`."""
