"""The last releases go on working on the new tables: a migration runs before the deploy, and a rollback does not undo it."""

import pytest

from lightning_cart.ports import Database, Statement
from proofs.last_release import RELEASES, Release, Rows, migrate, only_columns, read_tables, replay
from support.app import run
from support.databases import MIGRATIONS, MemoryDatabase

pytestmark = pytest.mark.xdist_group("edge")  # all that share one workerd

each_release = pytest.mark.parametrize("name", RELEASES)
_own: dict[str, tuple[list[Rows], dict[str, Rows]]] = {}


def on_its_own_tables(name: str, release: Release) -> tuple[list[Rows], dict[str, Rows]]:
    """Return the rows of each statement of a release's purchases, and of its tables after them."""
    if name not in _own:
        database = MemoryDatabase(release.old_migrations)
        _own[name] = replay(database, release.calls), read_tables(database, release.tables)
    return _own[name]


def check_same(database: Database, name: str, calls: int) -> None:
    """Make a release's purchases on its tables, which are migrated after so many calls."""
    release = RELEASES[name]
    expected, tables = on_its_own_tables(name, release)
    migrate(database, release.old_migrations)
    found = replay(database, release.calls[:calls])
    migrate(database, release.new_migrations)
    found += replay(database, release.calls[calls:])
    texts = [statement.sql for call in release.calls for statement in call.statements]
    compared = zip(texts, expected, found, strict=True)
    assert [(text, rows, now) for text, rows, now in compared if only_columns(now, rows) != rows] == []
    new_tables = read_tables(database, release.tables)
    assert {table: only_columns(new_tables[table], rows) for table, rows in tables.items()} == tables


@each_release
def test_every_statement_of_the_last_release_is_understood(bare_database: Database, name: str) -> None:
    texts = RELEASES[name].texts
    migrate(bare_database, MIGRATIONS)
    plans = [Statement(f"EXPLAIN QUERY PLAN {text}", (None,) * text.count("?")) for text in texts]
    assert len(run(bare_database.batch(plans))) == len(texts) > 50


@each_release
@pytest.mark.parametrize("share", [0, 2], ids=["from the start", "from the middle"])
def test_its_purchases_on_the_new_tables_end_as_on_its_own(bare_database: Database, name: str, share: int) -> None:
    check_same(bare_database, name, len(RELEASES[name].calls) // share if share else 0)


@each_release
def test_its_purchases_end_the_same_whenever_the_tables_are_migrated(name: str) -> None:
    for calls in range(1, len(RELEASES[name].calls), 9):
        check_same(MemoryDatabase(()), name, calls)
