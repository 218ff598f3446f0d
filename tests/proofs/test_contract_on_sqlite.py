"""The host's SQLite keeps the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from database_contract import DatabaseContract
from lightning_cart_host.database import SqliteDatabase
from support import ROOT, run


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "orders.db")
    run(made.migrate(ROOT / "migrations"))
    yield made
    made.close()


class TestSqliteOnAFile(DatabaseContract):
    """The database of `lightning-cart serve`."""
