"""Copies the database into a backup while engines use it, and puts a backup in its place while none does."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lightning_cart.domain.order import PAID_STATUSES
from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.storage.sql import in_list
from lightning_cart_host.adapters.migration_files import APPLIED, require_known
from lightning_cart_host.adapters.sqlite_groups import error_name
from lightning_cart_host.cli.new_file import BESIDE, exists_already, flush, name_new, new_file_beside

_IS_PAID = f"status IN ({in_list(PAID_STATUSES)})"
_CONTENT = f"""
    SELECT COUNT(*), COALESCE(SUM({_IS_PAID}), 0), COALESCE(MAX(id), ''), MAX(updated_at) FROM orders
"""  # noqa: S608 - the statuses are this program's
_NEWER = f"""
    SELECT COUNT(*), COALESCE(SUM(o.{_IS_PAID}), 0) FROM present.orders AS o LEFT JOIN main.orders AS b ON b.id = o.id
    WHERE b.id IS NULL OR o.updated_at > b.updated_at
"""  # noqa: S608 - the same


class Content(NamedTuple):
    """What a database holds.

    Args:
        orders: The number of orders.
        paid: How many of them are paid, also if they were refunded.
        newest: The id of the newest order, or empty.
        changed_at: When an order was changed last, in Unix seconds, or None.
    """

    orders: int
    paid: int
    newest: str
    changed_at: int | None


class Newer(NamedTuple):
    """Orders of the present database that a backup lacks, or has in an older state."""

    orders: int
    paid: int


def _open(path: Path) -> sqlite3.Connection:
    """Open an existing file for reading."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _unusable(path: Path, error: sqlite3.Error) -> ConfigurationError:
    name = error_name(error)
    if name.startswith("SQLITE_CORRUPT"):
        return ConfigurationError(f"{path} is damaged ({name})")
    return ConfigurationError(f"{path} is not a database of Lightning-Cart ({name})")


def read_content(copy: Path, path: Path) -> Content:
    """Return what a copy of a database holds, after checking that it is whole and this program's.

    Args:
        copy: The copy.
        path: What was copied, for the error message.

    Raises:
        ConfigurationError: It is no such database, it is damaged, or a newer program has migrated it.
    """
    try:
        with closing(_open(copy)) as database:
            damage = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
            if damage != ["ok"]:
                raise ConfigurationError(f"{path} is damaged: {damage[0]}")
            applied = {str(row[0]) for row in database.execute(APPLIED.sql)}
            content = Content(*database.execute(_CONTENT).fetchone())
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    require_known(applied, str(path))
    return content


def count_newer(backup: Path, present: Path) -> Newer | None:
    """Return how much of the present database a backup lacks, or None if the present one cannot be read."""
    try:
        with closing(_open(backup)) as database:
            database.execute("ATTACH ? AS present", (f"{present.resolve().as_uri()}?mode=ro",))
            return Newer(*database.execute(_NEWER).fetchone())
    except sqlite3.Error:
        return None


def _copy_pages(source: Path, target: Path) -> None:
    with closing(_open(source)) as original, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _copy(source: Path, target: Path) -> None:
    """Copy a database with what is in its write-ahead log, in one read transaction, into one file that needs no others."""
    try:
        _copy_pages(source, target)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # a full disk, or a lock
            raise StorageUnavailable(f"{source} could not be copied: {error_name(error)}") from error
        raise _unusable(source, error) from error
    flush(target)


def _require_file(path: Path, advice: str) -> None:
    if not path.is_file():
        raise ConfigurationError(f"there is no file {path}: {advice}")


def back_up(database: Path, backup: Path) -> Content:
    """Copy a database into a new file, while engines use it.

    Args:
        database: The SQLite file.
        backup: The new file. It gets its name once it is whole.

    Returns:
        What the backup holds.

    Raises:
        ConfigurationError: There is no such database, it is none of Lightning-Cart, or the backup exists already.
        StorageUnavailable: The copy failed; there is no backup.
    """
    _require_file(database, "name the database with --database or DATABASE")
    if backup.exists():
        raise exists_already(backup)
    with new_file_beside(backup) as copy:
        _copy(database, copy)
        content = read_content(copy, database)
        name_new(copy, backup)
    return content


def require_unused(database: Path) -> None:
    """Check that no program has a database open, and write its write-ahead log into it.

    Raises:
        ConfigurationError: A program has it open.
    """
    try:
        with closing(_open(database)) as present:  # of a damaged one, opening it for writing could delete the log
            present.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as present:
            present.execute("PRAGMA journal_mode = DELETE")  # SQLite does this only for the last connection
    except sqlite3.OperationalError as error:
        if error_name(error).startswith("SQLITE_BUSY"):
            raise ConfigurationError(f"another program has {database} open: stop it first") from error
    except sqlite3.DatabaseError:  # damaged: a reason to restore it
        pass


@contextmanager
def prepare_restore(backup: Path, database: Path) -> Iterator[Path]:
    """Copy a backup beside the database, so that replacing it is one step.

    Raises:
        ConfigurationError: There is no such file, it is damaged, or it is not this program's.
        StorageUnavailable: The copy failed.
    """
    _require_file(backup, "name a file that `lightning-cart backup` made")
    if database.exists() and database.samefile(backup):
        raise ConfigurationError(f"{backup} is the database itself: name a backup")
    with new_file_beside(database) as copy:
        _copy(backup, copy)
        yield copy


def replace_database(database: Path, copy: Path, now: float) -> Path | None:
    """Put a prepared copy in the place of the database, and return where the old file is, or None if there was none.

    Args:
        database: The SQLite file. It is there at every moment: the old one, then the new one.
        copy: The new file.
        now: Unix seconds, for the old file's new name.
    """
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = database.with_name(f"{database.name}.before-restore-{moment}")
    if kept.exists():
        raise ConfigurationError(f"{kept} exists already: try again")
    was_there = database.exists()
    if was_there:
        _keep_owner(database, copy)
        _keep(database, kept)
    for end in BESIDE:  # of a damaged or deleted database alone: else they are gone
        with contextlib.suppress(FileNotFoundError):
            Path(f"{database}{end}").rename(f"{kept}{end}")
    copy.replace(database)
    return kept if was_there else None


def _keep(database: Path, kept: Path) -> None:
    """Give a file a second name."""
    try:
        os.link(database, kept)
    except OSError:  # a file system without hard links
        shutil.copyfile(database, kept)
        shutil.copymode(database, kept)
        flush(kept)


def _keep_owner(database: Path, copy: Path) -> None:
    """Let the program that could open the old file open the new one."""
    shutil.copymode(database, copy)
    owner = database.stat()
    with contextlib.suppress(AttributeError, PermissionError):  # Windows has no owners, and only root gives files away
        os.chown(copy, owner.st_uid, owner.st_gid)
