"""The host's SQLite keeps the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from support import ROOT
from support.app import run
from support.builders import make_order
from support.databases import BROKEN, TABLES, DatabaseContract


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "orders.db")
    run(made.migrate(ROOT / "migrations"))
    yield made
    made.close()


class TestSqliteOnAFile(DatabaseContract):
    """The database of `lightning-cart serve`."""


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("it cannot be read", "ERROR"),
        ("it breaks a check", "CONSTRAINT_CHECK"),
        ("it refers to nothing", "CONSTRAINT_FOREIGNKEY"),
        ("it is there already", "CONSTRAINT_PRIMARYKEY"),
    ],
)
def test_each_broken_statement_of_the_contract_fails_for_its_own_reason(
    database: SqliteDatabase, broken: str, code: str
) -> None:
    run(OrderStore(database).create_order(make_order(), "", "digest"))
    with pytest.raises(StorageUnavailable, match=f"^SQLite: SQLITE_{code}$"):
        run(database.query(BROKEN[broken]))


def test_the_contract_compares_every_table_of_the_migrations(database: SqliteDatabase) -> None:
    rows = run(database.query(Statement("SELECT name FROM sqlite_schema WHERE type = 'table'")))
    assert {row["name"] for row in rows} == {*TABLES, "d1_migrations", "sqlite_sequence"}
