"""The database file: absent, damaged, older or newer than the program, read-only, or on a disk that is full."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart_host.cli.doctor import database as database_module
from lightning_cart_host.cli.doctor import migrations as migrations_module
from lightning_cart_host.cli.doctor.check import Check
from lightning_cart_host.cli.doctor.database import check_database, check_file, check_room
from support.builders import NOW
from support.doctor import migrated_database

MEBIBYTE = 1024 * 1024


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "orders.db"
    path.write_bytes(migrated_database())
    return str(path)


def execute(database: str, sql: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(sql)


def test_a_file_that_the_engine_made_is_right(database: str) -> None:
    assert check_file(database) == Check("database", "ok", f"{database}: up to date, writable, 0 orders")


def test_a_file_that_is_no_database_is_found(tmp_path: Path) -> None:
    (tmp_path / "not.db").write_bytes(b"not a database" * 100)
    assert "file is not a database" in check_file(str(tmp_path / "not.db")).detail


def test_a_file_that_is_older_than_the_program_is_found(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "9999_next.sql").touch()
    monkeypatch.setattr(migrations_module, "find_resource", lambda _: tmp_path)
    check = check_file(database)
    assert (check.level, check.detail.endswith("is not up to date: 9999_next.sql")) == ("fail", True)


def test_a_file_that_a_newer_release_has_written_is_a_warning(database: str) -> None:
    execute(database, "INSERT INTO d1_migrations (name) VALUES ('0999_later.sql')")
    check = check_file(database)
    assert (check.level, "this program does not know 0999_later.sql" in check.detail) == ("warn", True)


def test_what_a_newer_release_stores_otherwise_is_told(database: str) -> None:
    execute(database, "INSERT INTO d1_migrations (name) VALUES ('0999_later.sql')")
    execute(database, "ALTER TABLE outbox RENAME TO letters")
    *_, check = asyncio.run(check_database(database, STRATEGIES, lambda: NOW))
    assert (check.level, check.detail) == ("warn", f"{database} cannot be read: SQLite: SQLITE_ERROR")


@pytest.mark.parametrize(
    ("name", "detail"), [(".", "is a folder"), ("none/orders.db", "there is no folder"), ("none.db", "there is no file")]
)
def test_a_place_without_the_file_is_told_and_no_file_is_made(tmp_path: Path, name: str, detail: str) -> None:
    path = tmp_path / name
    check = check_file(str(path))
    assert (check.level, detail in check.detail, path.is_file()) == ("fail", True, False)


def test_a_damaged_file_is_found(database: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'orders_by_status'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with Path(database).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
    check = check_file(database)
    assert (check.level, "restore your newest backup" in check.advice or "malformed" in check.detail) == ("fail", True)


def test_looking_for_damage_ends_in_time(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_INSTRUCTIONS", 1)
    assert check_file(database, seconds=-1).level == "ok"


def test_another_journal_than_wal_is_a_warning(database: str) -> None:
    execute(database, "PRAGMA journal_mode = DELETE")
    check = check_file(database)
    assert (check.level, "is in journal mode delete" in check.detail) == ("warn", True)


def test_a_file_that_another_program_keeps_locked_is_found(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, **options, timeout=0))
    with closing(connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "database is locked" in check_file(database).detail


@pytest.mark.parametrize(
    ("free", "levels"),
    [(501 * MEBIBYTE, []), (499 * MEBIBYTE, ["warn"]), (19 * MEBIBYTE, ["fail"])],
    ids=["room", "little", "none"],
)
def test_the_room_on_the_disk_is_told_when_it_ends(database: str, free: int, levels: list[str]) -> None:
    assert [check.level for check in check_room(database, free)] == levels


def test_a_folder_that_cannot_be_written_is_found(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root may write everywhere
    (check,) = check_room(database, 1000 * MEBIBYTE)
    assert (check.level, "is not writable" in check.detail) == ("fail", True)


def test_a_folder_that_is_not_there_has_no_room_to_speak_of(tmp_path: Path) -> None:
    assert list(check_room(str(tmp_path / "none" / "orders.db"))) == []
