"""Checks the database. A file has to exist, be whole, be writable, have room and fit this program."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from lightning_cart.errors import StorageUnavailable
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart_host.adapters.database import is_postgres, shown_name
from lightning_cart_host.adapters.migration_files import APPLIED
from lightning_cart_host.adapters.snapshot import open_snapshot
from lightning_cart_host.cli.doctor.activity import check_activity
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.cli.doctor.migrations import check_migrations
from lightning_cart_host.cli.doctor.postgres import check_postgres

_START = "start `lightning-cart serve` once: it creates and migrates the file"
_QUICK_CHECK_SECONDS = 2.0
_INSTRUCTIONS = 20_000  # of SQLite between two looks at the time
_MEBIBYTE = 1024 * 1024
_WARN_FREE, _FAIL_FREE = 500 * _MEBIBYTE, 20 * _MEBIBYTE


def _find_damage(connection: sqlite3.Connection, seconds: float) -> str:
    """Return the first damage that SQLite finds in the file within some seconds, or ""."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, _INSTRUCTIONS)
    try:
        row = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return ""
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return "" if row[0] == "ok" else str(row[0])


def check_file(database: str, *, seconds: float = _QUICK_CHECK_SECONDS) -> Check:
    """Check the file and its tables.

    Args:
        database: The SQLite file.
        seconds: How long to look for damage.
    """
    path = Path(database)
    try:
        if path.is_dir():
            return failed("database", f"{database} is a folder", "name a file with --database or the setting DATABASE")
        if not path.parent.is_dir():
            return failed("database", f"there is no folder {path.parent}", f"make it: mkdir {path.parent}; then {_START}")
        if not path.is_file():
            return failed("database", f"there is no file {database} yet", _START)
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            return _check_connection(connection, database, seconds)
    except (OSError, sqlite3.Error) as error:
        return failed("database", f"{database}: {error}", f"check the file and its permissions, or {_START}")


def _check_connection(connection: sqlite3.Connection, database: str, seconds: float) -> Check:
    wrong = check_migrations({row[0] for row in connection.execute(APPLIED.sql)}, database, _START)
    if wrong and not wrong.ok:
        return wrong
    connection.execute("BEGIN IMMEDIATE")  # fails if the file or its folder is not writable
    connection.execute("ROLLBACK")
    if damage := _find_damage(connection, seconds):
        advice = "stop the engine, keep a copy of the file, and restore your newest backup"
        return failed("database", f"{database} is damaged: {damage}", advice)
    if wrong:
        return wrong
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        advice = "move it to a local disk, because WAL does not work on network folders; then start `lightning-cart serve`"
        return warned("database", f"{database} is in journal mode {mode}, in which readers and writers wait", advice)
    orders = connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0]
    return passed("database", f"{database}: up to date, writable, {orders} orders")


def check_room(database: str, free: int | None = None) -> Iterator[Check]:
    """Yield what is wrong with the file's folder, if anything.

    Args:
        database: The SQLite file.
        free: The bytes that are free on its disk. Default: they are looked up.
    """
    folder = Path(database).resolve().parent
    if not folder.is_dir():
        return
    if not os.access(folder, os.W_OK):
        detail = f"the folder {folder} is not writable, and SQLite keeps two further files there"
        yield failed("database folder", detail, f"let the user who runs the engine write there: chown -R USER {folder}")
    left = shutil.disk_usage(folder).free if free is None else free
    if left < _WARN_FREE:
        level = failed if left < _FAIL_FREE else warned
        yield level("disk", f"{left // _MEBIBYTE} MiB are free where the database is", "free some, or move the database")


async def check_database(database: str, strategies: Sequence[type[PaymentStrategy]], clock: Callable[[], float]) -> list[Check]:
    """Check the database, and report what it says about the engine's work.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        strategies: The strategies of this engine.
        clock: Returns Unix seconds.
    """
    if is_postgres(database):
        checks = await check_postgres(database, clock)
    else:
        checks = [check_file(database), *check_room(database)]
    if not checks[0].ok:
        return checks
    try:
        async with open_snapshot(database) as snapshot:
            checks += await check_activity(snapshot, strategies, int(clock()))
    except StorageUnavailable as error:
        detail = f"{shown_name(database)} cannot be read: {error}"
        checks.append(warned("database", detail, "run doctor again, with the release that has written it"))
    return checks
