"""Every statement of the package runs on every database, and returns the same rows on each of them."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database, Row
from lightning_cart_host.adapters.database import HostDatabase
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from proofs.edge import MeasuredD1, WorkerdShop
from support import ROOT
from support.app import run
from support.databases import MemoryDatabase, comparable, dump, empty, live
from support.statements import STRANGE, named_statements, with_values

pytestmark = pytest.mark.xdist_group("edge")  # all that share one workerd
STATEMENTS = {
    f"{name}{suffix}": with_values(name, sql, changes)
    for suffix, changes in (("", {}), (" of strange ids", STRANGE))
    for name, sql in named_statements().items()
}


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteDatabase]:
    with contextlib.closing(SqliteDatabase(tmp_path / "orders.db")) as made:
        run(made.migrate(ROOT / "migrations"))
        yield made


@pytest.fixture
def d1(edge_shop: WorkerdShop) -> Iterator[MeasuredD1]:
    with MeasuredD1(edge_shop.address) as made:
        empty(made)
        yield made
        empty(made)


def run_all(database: Database) -> dict[str, list[Row]]:
    """Run every statement on the rows of some lives, in one round trip, and return the rows of each."""
    run(live(database))
    rows = run(database.batch(list(STATEMENTS.values())))
    return {name: [dict(row) for row in found] for name, found in zip(STATEMENTS, rows, strict=True)}


def refused(database: Database) -> dict[str, str]:
    """Run every statement alone, and return the error of each that is refused."""
    errors = {}
    for name, statement in STATEMENTS.items():
        try:
            run(database.query(statement))
        except StorageUnavailable as error:
            errors[name] = f"{error}: {statement.sql}"
    return errors


def in_order(rows: list[Row]) -> list[str]:
    """Return rows in one order, with each JSON text read: a statement whose rows have no order returns them in any."""
    return sorted(json.dumps(comparable(row), sort_keys=True) for row in rows)


def check(database: Database, *, is_ordered: bool = True) -> None:
    memory = MemoryDatabase()
    expected = run_all(memory)
    try:
        returned = run_all(database)
    except StorageUnavailable:
        assert refused(database) == {}  # names those that are refused
        raise
    if is_ordered:
        assert returned == expected
    assert {name: in_order(rows) for name, rows in returned.items()} == {
        name: in_order(rows) for name, rows in expected.items()
    }
    assert dump(database) == dump(memory)


def test_every_statement_runs_on_sqlite(sqlite: SqliteDatabase) -> None:
    check(sqlite)


@pytest.mark.process
def test_every_statement_runs_on_postgresql_and_returns_what_sqlite_returns(postgres: HostDatabase) -> None:
    check(postgres, is_ordered=False)


@pytest.mark.process
def test_every_statement_runs_on_d1_and_returns_what_sqlite_returns(d1: MeasuredD1) -> None:
    check(d1)


def test_most_statements_find_or_change_rows() -> None:
    memory = MemoryDatabase()
    run(live(memory))
    texts, busy = {statement.sql for statement in STATEMENTS.values()}, set[str]()
    for statement in STATEMENTS.values():
        before = memory.connection.total_changes
        if run(memory.query(statement)) or memory.connection.total_changes > before:
            busy.add(statement.sql)
    assert len(busy) > 0.75 * len(texts), "\n".join(texts - busy)
