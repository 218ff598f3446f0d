"""Backups are whole while an engine writes; a restore replaces the database in one step, and never below an engine."""

import asyncio
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import ConfigurationError
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli import backup as copying
from lightning_cart_host.resources import find_resource
from support.builders import NOW, make_event, make_order
from support.command_line import Terminal

type Cli = Callable[..., tuple[int, str, str]]


class Shop:
    """A database that an engine has open."""

    def __init__(self, path: Path) -> None:
        self._database = SqliteDatabase(path)

    def order(self, number: int, *, paid: bool = False) -> None:
        async def save() -> None:
            order = make_order(id=f"ord_{number:026d}", created_at=NOW + number, updated_at=NOW + number)
            await OrderStore(self._database).create_order(order, "", "digest")
            if paid:
                event = make_event(EventKind.PAID, id=f"evt_{number}", order_id=order.id, payment_ref=f"pi_{number}")
                await Inbox(self._database).record_event(event, NOW + 10 * number)

        asyncio.run(save())

    def close(self) -> None:
        self._database.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a database without orders."""
    path = tmp_path_factory.mktemp("empty") / "orders.db"
    database = SqliteDatabase(path)
    asyncio.run(database.migrate(find_resource("migrations")))
    database.close()
    return path


@pytest.fixture
def shop(tmp_path: Path, empty: Path) -> Any:
    """Open a database, with a paid order that is in its write-ahead log."""
    shutil.copyfile(empty, tmp_path / "lightning-cart.db")
    opened = Shop(tmp_path / "lightning-cart.db")
    opened.order(1, paid=True)
    yield opened
    opened.close()


def ids(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0][-1] for row in database.execute("SELECT id FROM orders ORDER BY id")]


def parts(folder: Path) -> list[str]:
    """Return the files that should be gone."""
    return [file.name for file in folder.iterdir() if file.name.endswith((".part", "-journal"))]


@pytest.mark.usefixtures("shop")
class TestABackup:
    def test_has_what_the_open_database_has(self, lightning_cart: Cli, tmp_path: Path) -> None:
        status, out, err = lightning_cart("backup", "copy.db")
        assert (status, err, ids(tmp_path / "copy.db")) == (0, "", ["1"])
        assert out.startswith("copy.db: 1 order (1 paid), the newest is ord_00000000000000000000000001, changed last at 2026-")

    def test_is_one_file_for_its_owner_alone(self, lightning_cart: Cli, tmp_path: Path) -> None:
        lightning_cart("backup", "copy.db")
        assert sorted(file.name for file in tmp_path.glob("copy.db*")) == ["copy.db"]
        assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600

    def test_for_scripts_is_an_object(self, lightning_cart: Cli) -> None:
        made = json.loads(lightning_cart("backup", "copy.db", "--json")[1])
        assert (made["orders"], made["paid"], made["newest"][-1], made["bytes"] > 0) == (1, 1, "1", True)

    def test_overwrites_nothing(self, lightning_cart: Cli, tmp_path: Path) -> None:
        (tmp_path / "copy.db").write_text("mine")
        status, _, err = lightning_cart("backup", "copy.db")
        assert (status, err) == (2, "lightning-cart: copy.db exists already: name a new file\n")
        assert (tmp_path / "copy.db").read_text() == "mine"

    def test_overwrites_no_file_that_was_made_meanwhile(
        self, lightning_cart: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read = copying.read_content
        monkeypatch.setattr(copying, "read_content", lambda *paths: (tmp_path / "copy.db").write_text("mine") and read(*paths))
        assert "exists already" in lightning_cart("backup", "copy.db")[2]
        assert ((tmp_path / "copy.db").read_text(), parts(tmp_path)) == ("mine", [])

    def test_is_made_without_hard_links_too(self, lightning_cart: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "link", refuse_to_link)
        assert (lightning_cart("backup", "copy.db")[0], ids(tmp_path / "copy.db")) == (0, ["1"])

    def test_that_does_not_fit_the_disk_leaves_nothing(
        self, lightning_cart: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fill_disk(*_: Any) -> None:
            raise sqlite3.OperationalError("disk full")

        monkeypatch.setattr(copying, "_copy_pages", fill_disk)
        status, _, err = lightning_cart("backup", "copy.db")
        assert (status, "lightning-cart.db could not be copied" in err) == (1, True)
        assert (parts(tmp_path), (tmp_path / "copy.db").exists()) == ([], False)

    def test_in_a_folder_that_is_not_there_is_refused(self, lightning_cart: Cli) -> None:
        assert "nowhere/copy.db cannot be written: No such file" in lightning_cart("backup", "nowhere/copy.db")[2]


def test_a_backup_of_no_orders_says_so(lightning_cart: Cli, tmp_path: Path, empty: Path) -> None:
    shutil.copyfile(empty, tmp_path / "lightning-cart.db")
    assert lightning_cart("backup", "copy.db")[1].startswith("copy.db: no orders; ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file lightning-cart.db: name the database with --database or DATABASE"),
        (b"", "is not a database of Lightning-Cart (SQLITE_ERROR)"),
        (b"a text " * 100, "is not a database of Lightning-Cart (SQLITE_NOTADB)"),
    ],
    ids=["no file", "an empty file", "another file"],
)
def test_a_backup_of_something_else_is_refused(
    lightning_cart: Cli, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "lightning-cart.db").write_bytes(content)
    status, out, err = lightning_cart("backup", "copy.db")
    assert (status, out, sentence in err) == (2, "", True)
    assert (parts(tmp_path), (tmp_path / "copy.db").exists()) == ([], False)


def refuse_to_link(*_: Any) -> None:
    raise OSError("no links here")


@pytest.fixture
def backup(shop: Shop, lightning_cart: Cli, tmp_path: Path) -> Path:
    """Make a backup, after which a paid and an open order come, and the engine stops."""
    lightning_cart("backup", "copy.db")
    shop.order(2, paid=True)
    shop.order(3)
    shop.close()
    return tmp_path / "copy.db"


class TestARestore:
    def test_replaces_the_database_and_keeps_the_old_one(self, backup: Path, lightning_cart: Cli, tmp_path: Path) -> None:
        status, out, _ = lightning_cart("restore", str(backup), "--yes")
        (kept,) = tmp_path.glob("lightning-cart.db.before-restore-*Z")
        assert (status, ids(tmp_path / "lightning-cart.db"), ids(kept)) == (0, ["1"], ["1", "2", "3"])
        assert (f"the old database is kept: {kept.name}" in out, parts(tmp_path)) == (True, [])

    def test_keeps_the_rights_of_the_old_file(self, backup: Path, lightning_cart: Cli, tmp_path: Path) -> None:
        (tmp_path / "lightning-cart.db").chmod(0o640)
        lightning_cart("restore", str(backup), "--yes")
        assert (tmp_path / "lightning-cart.db").stat().st_mode & 0o777 == 0o640

    def test_asks_with_what_will_be_missing(
        self, backup: Path, lightning_cart: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))
        status, _, err = lightning_cart("restore", str(backup))
        assert (status, ids(tmp_path / "lightning-cart.db"), parts(tmp_path)) == (1, ["1", "2", "3"], [])
        assert "It has 2 orders (1 paid) newer than the backup, which will be missing. [y/N] nothing was restored" in err

    def test_that_is_confirmed_is_done(self, backup: Path, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", Terminal("y\n"))
        assert lightning_cart("restore", str(backup))[0] == 0

    def test_is_refused_where_nobody_can_be_asked(
        self, backup: Path, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        status, _, err = lightning_cart("restore", str(backup))
        assert (status, "add --yes" in err) == (2, True)

    def test_for_scripts_is_an_object(self, backup: Path, lightning_cart: Cli) -> None:
        done = json.loads(lightning_cart("restore", str(backup), "--yes", "--json")[1])
        assert (done["newer"], done["orders"], ".before-restore-" in done["kept"]) == ({"orders": 2, "paid": 1}, 1, True)

    def test_where_no_database_is_just_puts_it_there(self, backup: Path, lightning_cart: Cli, tmp_path: Path) -> None:
        status, out, _ = lightning_cart("restore", str(backup), "--database", "new.db")
        assert (status, ids(tmp_path / "new.db"), "kept" in out) == (0, ["1"], False)

    @pytest.mark.parametrize("end", ["-wal", "-journal"])
    def test_takes_what_a_deleted_database_left_away(self, backup: Path, lightning_cart: Cli, tmp_path: Path, end: str) -> None:
        (tmp_path / f"new.db{end}").write_bytes(b"of another file")
        lightning_cart("restore", str(backup), "--database", "new.db")
        (kept,) = tmp_path.glob(f"new.db.before-restore-*{end}")
        assert ((tmp_path / f"new.db{end}").exists(), kept.read_bytes()) == (False, b"of another file")

    def test_through_a_link_replaces_what_it_names(self, backup: Path, lightning_cart: Cli, tmp_path: Path) -> None:
        (tmp_path / "link.db").symlink_to("lightning-cart.db")
        lightning_cart("restore", str(backup), "--yes", "--database", "link.db")
        assert ((tmp_path / "link.db").is_symlink(), ids(tmp_path / "lightning-cart.db")) == (True, ["1"])

    def test_of_the_same_orders_says_that_none_is_newer(
        self, shop: Shop, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lightning_cart("backup", "copy.db")
        shop.close()
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))
        assert "No order in it is newer than the backup." in lightning_cart("restore", "copy.db")[2]

    def test_replaces_a_damaged_database_and_keeps_all_its_files(
        self, backup: Path, lightning_cart: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "lightning-cart.db").write_bytes(b"damaged " * 100)
        (tmp_path / "lightning-cart.db-wal").write_bytes(b"log")
        monkeypatch.setattr("sys.stdin", Terminal("y\n"))
        monkeypatch.setattr(os, "link", refuse_to_link)
        status, _, err = lightning_cart("restore", str(backup))
        assert (status, "It cannot be read" in err, ids(tmp_path / "lightning-cart.db")) == (0, True, ["1"])
        (kept,) = tmp_path.glob("lightning-cart.db.before-restore-*Z-wal")
        assert (kept.read_bytes(), (tmp_path / kept.name.removesuffix("-wal")).read_bytes()[:7]) == (b"log", b"damaged")

    @pytest.mark.parametrize("name", ["copy.db", "lightning-cart.db"], ids=["other tables", "the database itself"])
    def test_of_something_else_is_refused(self, backup: Path, lightning_cart: Cli, name: str) -> None:
        with closing(sqlite3.connect(backup)) as other:
            other.execute("DROP TABLE outbox")
            other.execute("DROP TABLE d1_migrations")
        status, _, err = lightning_cart("restore", name, "--yes")
        reason = {"copy.db": "is not a database of Lightning-Cart", "lightning-cart.db": "is the database itself"}[name]
        assert (status, reason in err) == (2, True)

    def test_of_a_newer_release_is_refused(self, backup: Path, lightning_cart: Cli) -> None:
        with closing(sqlite3.connect(backup)) as newer:
            newer.execute("INSERT INTO d1_migrations (name) VALUES ('9999_future.sql')")
            newer.commit()
        status, _, err = lightning_cart("restore", str(backup), "--yes")
        assert (status, "is of a newer release, with 9999_future.sql: upgrade Lightning-Cart first" in err) == (2, True)

    def test_of_a_damaged_backup_is_refused(self, backup: Path, lightning_cart: Cli, tmp_path: Path) -> None:
        content = bytearray(backup.read_bytes())
        content[4096 * 3 : 4096 * 30] = b"\xff" * 4096 * 27
        backup.write_bytes(content)
        status, _, err = lightning_cart("restore", str(backup), "--yes")
        assert (status, err) == (2, f"lightning-cart: {backup} is damaged (SQLITE_CORRUPT)\n")
        assert (ids(tmp_path / "lightning-cart.db"), parts(tmp_path)) == (["1", "2", "3"], [])

    def test_of_a_backup_with_a_damaged_index_names_the_backup(self, backup: Path, lightning_cart: Cli) -> None:
        with closing(sqlite3.connect(backup)) as damaged:
            damaged.execute("PRAGMA writable_schema = ON")
            damaged.execute("UPDATE sqlite_master SET sql = replace(sql, '(status', '(site') WHERE name = 'orders_by_status'")
            damaged.commit()
        assert lightning_cart("restore", str(backup), "--yes")[2].startswith(f"lightning-cart: {backup} is damaged: ")

    def test_twice_in_a_second_keeps_both_old_files(self, backup: Path, tmp_path: Path) -> None:
        database = tmp_path / "lightning-cart.db"
        with copying.prepare_restore(backup, database) as copy:
            copying.replace_database(database, copy, NOW)
        with copying.prepare_restore(backup, database) as copy, pytest.raises(ConfigurationError):
            copying.replace_database(database, copy, NOW)

    @pytest.mark.usefixtures("shop")
    def test_is_refused_while_another_program_has_the_database_open(self, lightning_cart: Cli, tmp_path: Path) -> None:
        lightning_cart("backup", "copy.db")
        status, _, err = lightning_cart("restore", "copy.db", "--yes")
        assert (status, "another program has lightning-cart.db open: stop it first" in err) == (2, True)
        assert parts(tmp_path) == []


def test_a_running_server_is_backed_up_and_not_restored(start: Any, lightning_cart: Cli, settings: Any) -> None:
    server = start("serve", "--port", "0", "--storefront", "none", "--config", str(find_resource("config")), **settings)
    server.wait_until_serving()
    assert lightning_cart("backup", "copy.db")[0] == 0
    status, _, err = lightning_cart("restore", "copy.db", "--yes")
    assert (status, "an engine is running on lightning-cart.db: stop it first" in err) == (2, True)
    server.popen.terminate()
    assert server.end() == 0
    assert lightning_cart("restore", "copy.db", "--yes")[0] == 0
