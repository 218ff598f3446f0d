"""A copy has every row of its source, or nothing: between files, and to and from PostgreSQL."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.ports import Statement
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.database_lock import hold_database
from lightning_cart_host.cli.database import opening
from lightning_cart_host.cli.database.copying import Progress
from lightning_cart_host.cli.database.sqlite_side import SqliteSide
from lightning_cart_host.cli.database.tables import Table, Values, describe_tables
from support.app import run
from support.databases import REQUIRED, TABLES, dump

type Cli = Callable[..., tuple[int, str, str]]


def rows_of(name: str) -> dict[str, list[Any]]:
    """Return every row of every table, with the columns that a database generates."""

    async def read() -> HostDatabase:
        return await open_database(name)

    database = run(read())
    found = dump(database)
    run(database.aclose())
    return found


def execute(name: str, *statements: str) -> None:
    async def work() -> None:
        database = await open_database(name)
        for statement in statements:
            await database.query(Statement(statement))
        await database.aclose()

    run(work())


@pytest.fixture
def target() -> str:
    """Return the name of a file that is not there."""
    return "copy.db"


@pytest.fixture(params=["used_file target", "used_file empty_postgres_url", "used_url target", "used_url empty_postgres_url"])
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return a database that was used and one without tables, of each kind."""
    used, empty = map(request.getfixturevalue, request.param.split())
    return used, empty


@pytest.mark.process
def test_a_copy_has_the_same_rows(pair: tuple[str, str], lightning_cart: Cli) -> None:
    before = rows_of(pair[0])
    status, out, err = lightning_cart("database", "copy", *pair)
    assert (status, err, rows_of(pair[1]), rows_of(pair[0])) == (0, "", before, before)
    assert "orders           7 rows, the same in both, SHA-256 " in out


@pytest.mark.parametrize("name", ["target", pytest.param("empty_postgres_url", marks=pytest.mark.process)])
def test_a_copy_has_triggers_and_is_not_overwritten(
    name: str, used_file: str, lightning_cart: Cli, request: pytest.FixtureRequest
) -> None:
    copy = request.getfixturevalue(name)
    lightning_cart("database", "copy", used_file, copy)
    execute(copy, f"INSERT INTO orders (id, {REQUIRED}) SELECT 'ord_new', {REQUIRED} FROM orders LIMIT 1")
    before = rows_of(copy)
    assert len(before["order_products"]) == 8
    status, _, err = lightning_cart("database", "copy", used_file, copy)
    assert (status, "has orders: name a database without orders" in err, rows_of(copy)) == (2, True, before)


def test_every_table_is_copied_behind_those_that_it_refers_to() -> None:
    names = [table.name for table in describe_tables()]
    assert sorted(names) == sorted(TABLES)
    assert all(names.index("orders") < names.index(name) for name in ("payments", "disputes", "refunds", "buyers", "holds"))


def test_generated_columns_are_left_to_the_database() -> None:
    (orders,) = (table for table in describe_tables() if table.name == "orders")
    assert ("checkout_ref" in orders.columns, orders.columns["created_at"], orders.columns["id"]) == (False, False, True)


def test_for_scripts_is_an_object_for_each_table(used_file: str, lightning_cart: Cli) -> None:
    first, *_ = lightning_cart("database", "copy", used_file, "copy.db", "--json")[1].splitlines()
    assert {**json.loads(first), "sha256": ""} == {"table": "attempts", "rows": 3, "sha256": ""}


@pytest.mark.process
def test_the_digests_do_not_depend_on_the_kind_of_database(
    used_file: str, empty_postgres_url: str, lightning_cart: Cli
) -> None:
    there = lightning_cart("database", "copy", used_file, empty_postgres_url, "--json")[1]
    assert lightning_cart("database", "copy", empty_postgres_url, "back.db", "--json")[1] == there


def test_any_text_of_a_file_is_copied_to_a_file(used_file: str, lightning_cart: Cli) -> None:
    with closing(sqlite3.connect(used_file, isolation_level=None)) as connection:
        connection.execute("UPDATE orders SET metadata = CAST(x'00ff80' AS TEXT)")
    assert lightning_cart("database", "copy", used_file, "copy.db")[0] == 0
    with closing(sqlite3.connect("copy.db")) as connection:
        assert connection.execute("SELECT DISTINCT hex(metadata) FROM orders").fetchall() == [("00FF80",)]


@pytest.mark.process
@pytest.mark.parametrize("text", ["00", "ff80"], ids=["U+0000", "no UTF-8"])
def test_a_text_that_postgresql_cannot_store_is_named_by_its_row(
    used_file: str, empty_postgres_url: str, lightning_cart: Cli, text: str
) -> None:
    with closing(sqlite3.connect(used_file, isolation_level=None)) as connection:
        connection.execute(f"UPDATE events SET type = CAST(x'{text}' AS TEXT) WHERE event_id = 'evt_2'")
    status, _, err = lightning_cart("database", "copy", used_file, empty_postgres_url)
    assert (status, "events: type of stripe evt_2 has U+0000 or is not UTF-8" in err) == (2, True)
    assert [name for name, rows in rows_of(empty_postgres_url).items() if rows] == []


def spoil(table: Table, rows: Iterable[Values]) -> Iterator[Values]:
    """Yield rows, of which the events have another type."""
    place = list(table.columns).index("type") if table.name == "events" else None
    for row in rows:
        yield row if place is None else (*row[:place], b"another", *row[place + 1 :])


def test_a_copy_that_differs_leaves_no_file_behind(
    used_file: str, tmp_path: Path, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = SqliteSide.write
    monkeypatch.setattr(SqliteSide, "write", lambda side, table, rows: write(side, table, spoil(table, rows)))
    status, _, err = lightning_cart("database", "copy", used_file, "copy.db")
    assert (status, "events differs at engine free:ord_" in err, "nothing was kept in copy.db" in err) == (1, True, True)
    assert [path.name for path in tmp_path.glob("copy.db*")] == ["copy.db.lock"]


@pytest.mark.process
def test_a_copy_that_lacks_a_row_leaves_none_in_postgresql(
    used_file: str, empty_postgres_url: str, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, was_read = SqliteSide.rows, set()

    def read_less(side: SqliteSide, table: Table) -> Iterator[Values]:
        rows = read(side, table)
        if table.name == "events" and table.name not in was_read:
            next(rows)
        was_read.add(table.name)
        yield from rows

    monkeypatch.setattr(SqliteSide, "rows", read_less)
    assert lightning_cart("database", "copy", used_file, empty_postgres_url)[0] == 1
    assert [name for name, rows in rows_of(empty_postgres_url).items() if rows] == []


class TestIsRefused:
    def refused(self, lightning_cart: Cli, *names: str) -> str:
        status, out, err = lightning_cart("database", "copy", *names)
        assert (status, out) == (2, "")
        return err

    def test_while_an_engine_holds_the_source(self, used_file: str, lightning_cart: Cli) -> None:
        release = hold_database(used_file)
        err = self.refused(lightning_cart, used_file, "copy.db")
        assert ("an engine is running on" in err, "or copy what it has now with --running" in err) == (True, True)
        assert lightning_cart("database", "copy", used_file, "copy.db", "--running")[0] == 0
        release()

    def test_while_an_engine_holds_the_target(self, used_file: str, tmp_path: Path, lightning_cart: Cli) -> None:
        release = hold_database(str(tmp_path / "copy.db"))
        assert "an engine is running on copy.db" in self.refused(lightning_cart, used_file, "copy.db")
        release()

    @pytest.mark.process
    def test_while_an_engine_is_connected_to_either_postgresql(
        self, used_url: str, used_file: str, postgres_url: str, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from lightning_cart_host.cli.database import postgres_side

        monkeypatch.setattr(postgres_side, "_LEAVING_SECONDS", 0.2)
        engines = [run(open_database(url)) for url in (used_url, postgres_url)]
        assert "stop them, or copy what it has now with --running" in self.refused(lightning_cart, used_url, "copy.db")
        assert lightning_cart("database", "copy", used_url, "copy.db", "--running")[0] == 0
        assert "are open: stop them first" in self.refused(lightning_cart, used_file, postgres_url)
        for engine in engines:
            run(engine.aclose())

    def test_from_a_file_that_is_not_there(self, lightning_cart: Cli, tmp_path: Path) -> None:
        assert "there is no database none.db" in self.refused(lightning_cart, "none.db", "copy.db")
        assert not (tmp_path / "copy.db").exists()

    def test_to_itself(self, used_file: str, lightning_cart: Cli) -> None:
        assert "FROM and TO are the same database" in self.refused(lightning_cart, used_file, used_file)

    def test_to_a_folder_that_is_not_there(self, used_file: str, lightning_cart: Cli) -> None:
        assert "name a file in a folder that exists" in self.refused(lightning_cart, used_file, "none/copy.db")

    def test_from_a_newer_release(self, used_file: str, lightning_cart: Cli) -> None:
        execute(used_file, "INSERT INTO d1_migrations (name) VALUES ('9999_future.sql')")
        assert "is of a newer release, with 9999_future.sql" in self.refused(lightning_cart, used_file, "copy.db")

    def test_from_an_older_release(self, used_file: str, lightning_cart: Cli) -> None:
        execute(used_file, "DELETE FROM d1_migrations WHERE name = '0006_settings.sql'")
        assert "is not up to date: start `lightning-cart serve` once" in self.refused(lightning_cart, used_file, "copy.db")

    def test_to_tables_of_another_program(self, used_file: str, lightning_cart: Cli) -> None:
        with closing(sqlite3.connect("other.db")) as connection:
            connection.execute("CREATE TABLE orders (id INTEGER)")
        assert "has tables of another program" in self.refused(lightning_cart, used_file, "other.db")

    def test_to_a_database_that_has_something_else_than_orders(self, used_file: str, lightning_cart: Cli) -> None:
        lightning_cart("database", "copy", used_file, "copy.db")
        with closing(sqlite3.connect("copy.db", isolation_level=None)) as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT INTO stock (sku, on_hand) VALUES ('mug', 3)")
        assert "copy.db has 1 row in stock: name a database without orders" in self.refused(
            lightning_cart, used_file, "copy.db"
        )


def test_what_an_engine_without_orders_has_written_is_replaced(used_file: str, lightning_cart: Cli) -> None:
    lightning_cart("database", "copy", used_file, "copy.db")
    with closing(sqlite3.connect("copy.db", isolation_level=None)) as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")
        connection.execute("INSERT INTO reconciling (name, value) VALUES ('loop:deliver', 'me')")
    assert lightning_cart("database", "copy", used_file, "copy.db")[0] == 0
    assert rows_of("copy.db") == rows_of(used_file)


def test_an_engine_that_begins_meanwhile_ends_it(
    used_file: str, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counts = iter([0, 1])
    monkeypatch.setattr(SqliteSide, "count_engines", lambda side: next(counts) if side.shown == used_file else 0)
    status, _, err = lightning_cart("database", "copy", used_file, "copy.db")
    assert (status, "an engine began to use" in err, (tmp_path / "copy.db").exists()) == (1, True, False)


def test_a_long_copy_says_how_far_it_is() -> None:
    said: list[str] = []
    times: Sequence[float] = [0, 6, 6, 7, 12, 12]
    clock = iter(times)
    progress = Progress(said.append, lambda: next(clock))
    (table, *_) = describe_tables()
    assert sum(1 for _ in progress.follow(table, "copied", ((number,) for number in range(39_999)))) == 39_999
    assert said == [f"{table.name}: 10,000 rows copied", f"{table.name}: 30,000 rows copied"]


@pytest.mark.process
def test_no_password_is_shown(used_file: str, lightning_cart: Cli) -> None:
    status, out, err = lightning_cart("database", "copy", used_file, "postgresql://shop:s3cr3t-word@127.0.0.1:1/orders")
    assert (status, "s3cr3t" in out + err, "start PostgreSQL" in err) == (1, False, True)


def test_sides_are_chosen_by_name(used_file: str) -> None:
    side = opening.open_side(used_file)
    assert isinstance(side, SqliteSide)
    side.close()


@pytest.mark.parametrize("name", ["used_file", pytest.param("used_url", marks=pytest.mark.process)])
def test_a_copy_of_a_running_shop_has_one_state_of_it(
    name: str, lightning_cart: Cli, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, write = request.getfixturevalue(name), SqliteSide.write

    def write_while_orders_come(side: SqliteSide, table: Table, rows: Iterator[Values]) -> None:
        write(side, table, rows)
        if table.name == "orders":
            execute(used, f"INSERT INTO orders (id, {REQUIRED}) SELECT 'ord_new', {REQUIRED} FROM orders LIMIT 1")

    monkeypatch.setattr(SqliteSide, "write", write_while_orders_come)
    before = rows_of(used)
    assert lightning_cart("database", "copy", used, "copy.db", "--running")[0] == 0
    assert (rows_of("copy.db"), len(rows_of(used)["orders"])) == (before, 8)


_KILLED = """
import os, signal, sys
from lightning_cart_host.cli.database.sqlite_side import SqliteSide
from lightning_cart_host.cli.main import main
SqliteSide.commit = lambda side: os.kill(os.getpid(), signal.SIGKILL)
sys.argv = ["lightning-cart", "database", "copy", *sys.argv[1:]]
main()
"""


@pytest.mark.process
def test_a_copy_that_is_killed_leaves_no_rows_and_can_be_repeated(used_file: str, lightning_cart: Cli) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, used_file, "copy.db"], check=False)
    assert (killed.returncode, [name for name, rows in rows_of("copy.db").items() if rows]) == (-signal.SIGKILL, [])
    assert lightning_cart("database", "copy", used_file, "copy.db")[0] == 0
    assert rows_of("copy.db") == rows_of(used_file)
