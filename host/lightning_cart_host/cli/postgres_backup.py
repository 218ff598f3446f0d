"""Copies a database of PostgreSQL into a backup while engines use it, and replaces it by a backup while none does."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psycopg

from lightning_cart.domain.order import PAID_STATUSES
from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.storage.sql import in_list
from lightning_cart_host.adapters.database import shown_name
from lightning_cart_host.adapters.migration_files import APPLIED, require_known
from lightning_cart_host.adapters.postgres_connection import ONE_STATE, Connection, check_url, naming_errors, open_long
from lightning_cart_host.cli.backup import Content, Newer
from lightning_cart_host.cli.database.postgres_side import PostgresSide
from lightning_cart_host.cli.new_file import exists_already, flush, name_new, new_file_beside
from lightning_cart_host.cli.postgres_programs import find_program, program_environment, read_program, run_program

_MAGIC, _SQLITE_MAGIC = b"PGDMP", b"SQLite format 3\0"
_RESTORE = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction")
_DUMP = ("--format=custom", "--no-owner", "--no-privileges")
_IS_PAID = f"status IN ({in_list(PAID_STATUSES)})"
_CONTENT = f"""
    SELECT COUNT(*) AS orders, COUNT(*) FILTER (WHERE {_IS_PAID}) AS paid, COALESCE(MAX(id), '') AS newest,
        MAX(updated_at) AS changed_at
    FROM orders
"""  # noqa: S608 - the statuses are this program's
_NEWER = f"""
    SELECT COUNT(*) AS orders, COUNT(*) FILTER (WHERE {_IS_PAID}) AS paid FROM orders WHERE id > $1 OR updated_at > $2
"""  # noqa: S608 - the same


class BackupContent(NamedTuple):
    """What a backup has.

    Args:
        content: Its orders.
        migrations: Those that its database had.
    """

    content: Content
    migrations: frozenset[str]


def _connect(url: str) -> Connection:
    check_url(url)
    return open_long(url)


def _not_ours(name: str) -> ConfigurationError:
    return ConfigurationError(f"{name} is not a database of Lightning-Cart: it has no tables of this program")


def _find_restore(backup: Path) -> str:
    """Return where pg_restore is.

    Raises:
        ConfigurationError: It is not installed.
    """
    return find_program("pg_restore", f"pg_restore {' '.join(_RESTORE)} --dbname=URL {backup}")


def back_up_postgres(url: str, backup: Path) -> Content:
    """Copy a database into a new file by pg_dump, while engines use it.

    Args:
        url: Its URL.
        backup: The new file, in the custom format of pg_dump. It gets its name once it is whole.

    Returns:
        What the backup has.

    Raises:
        ConfigurationError: pg_dump is not installed, the database has no tables of this program, or the backup exists already.
        StorageUnavailable: The copy failed; there is no backup.
    """
    if backup.exists():
        raise exists_already(backup)
    shown = shown_name(url)
    dump = find_program("pg_dump", f"pg_dump {' '.join(_DUMP)} --file={backup} {shown}")
    restore = _find_restore(backup)
    with closing(_connect(url)) as connection, naming_errors(), new_file_beside(backup) as copy:
        connection.execute(ONE_STATE)
        snapshot = connection.execute("SELECT pg_export_snapshot() AS name").fetchone()
        try:
            found = connection.execute(_CONTENT.encode()).fetchone()
        except psycopg.errors.UndefinedTable as error:
            raise _not_ours(shown) from error
        assert snapshot  # noqa: S101 - these statements return one row
        assert found  # noqa: S101 - the same
        run_program(dump, [*_DUMP, f"--snapshot={snapshot['name']}", f"--file={copy}"], program_environment(url))
        run_program(restore, ["--file=/dev/null", str(copy)])  # reads all of it
        flush(copy)
        name_new(copy, backup)
    return Content(int(found["orders"] or 0), int(found["paid"] or 0), str(found["newest"]), _number(found["changed_at"]))


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))


def _read_table(backup: Path, table: str, columns: Sequence[str]) -> Iterator[list[str]]:
    """Yield columns without special characters of each row of a table of a backup."""
    with read_program(_find_restore(backup), ["--data-only", f"--table={table}", "--file=-", str(backup)]) as lines:
        places: list[int] = []
        for line in lines:
            if line.startswith("COPY "):
                names = line.partition("(")[2].partition(")")[0].replace('"', "").split(", ")
                places = [names.index(column) for column in columns]
            elif line == "\\.\n":
                places = []
            elif places:
                values = line.rstrip("\n").split("\t")
                yield [values[place] for place in places]


def read_backup(backup: Path) -> BackupContent:
    """Return what a backup has, after reading all of it.

    Raises:
        ConfigurationError: It is no backup of PostgreSQL, it is damaged, or a newer program has made it.
    """
    if not backup.is_file():
        raise ConfigurationError(f"there is no file {backup}: name a file that `lightning-cart backup` made")
    with backup.open("rb") as file:
        magic = file.read(len(_SQLITE_MAGIC))
    if magic == _SQLITE_MAGIC:
        raise ConfigurationError(f"{backup} is a SQLite database: copy it with `lightning-cart database copy {backup} URL`")
    if not magic.startswith(_MAGIC):
        raise ConfigurationError(f"{backup} is not a backup of PostgreSQL: name a file that `lightning-cart backup` made")
    orders = paid = changed_at = 0
    newest = ""
    try:
        migrations = frozenset(name for (name,) in _read_table(backup, "d1_migrations", ["name"]))
        for order_id, status, updated_at in _read_table(backup, "orders", ["id", "status", "updated_at"]):
            orders, paid = orders + 1, paid + (status in PAID_STATUSES)
            newest, changed_at = max(newest, order_id), max(changed_at, int(updated_at))
        run_program(_find_restore(backup), ["--file=/dev/null", str(backup)])
    except (StorageUnavailable, ValueError, IndexError) as error:
        raise ConfigurationError(f"{backup} is damaged, or of a newer PostgreSQL than pg_restore: {error}") from error
    if not migrations:
        raise _not_ours(str(backup))
    require_known(migrations, str(backup))
    return BackupContent(Content(orders, paid, newest, changed_at or None), migrations)


def require_unused(url: str) -> None:
    """Check that no engine is connected to a database.

    Raises:
        ConfigurationError: One is.
        StorageUnavailable: It cannot be reached.
    """
    with closing(PostgresSide(url)) as side:
        if engines := side.count_engines():
            shown = shown_name(url)
            raise ConfigurationError(f"an engine is running on {shown}, with {engines} connections: stop it first")


def count_newer(url: str, backup: BackupContent) -> Newer | None:
    """Count the orders of a database that are newer than a backup or have changed since.

    Returns:
        None if it has no tables.

    Raises:
        ConfigurationError: It has tables that a backup of an older release lacks.
        StorageUnavailable: It cannot be reached.
    """
    content = backup.content
    with closing(_connect(url)) as connection, naming_errors():
        try:
            applied = {str(row["name"]) for row in connection.execute(APPLIED.sql)}
            newer = connection.execute(_NEWER.encode(), (content.newest, content.changed_at or 0)).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    if later := sorted(applied - backup.migrations):
        raise ConfigurationError(
            f"{shown_name(url)} has {', '.join(later)}, which the backup lacks: restore it into an empty database, and set "
            "DATABASE to that"
        )
    assert newer  # noqa: S101 - this statement returns one row
    return Newer(int(newer["orders"] or 0), int(newer["paid"] or 0))


def replace_postgres(url: str, backup: Path, now: float, *, keep: bool) -> Path | None:
    """Replace a database's tables by those of a backup, in one transaction.

    Args:
        url: The database.
        backup: A backup that `read_backup` has read.
        now: Unix seconds, for the name of the file that keeps what is replaced.
        keep: Whether there is anything to keep.

    Returns:
        The backup of what was replaced, beside the other one, or None.

    Raises:
        ConfigurationError: That backup exists already, or an engine was started meanwhile.
        StorageUnavailable: It failed; the database is as it was.
    """
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = backup.with_name(f"before-restore-{moment}.dump") if keep else None
    if kept:
        back_up_postgres(url, kept)
        require_unused(url)  # what an engine stored since is not in it
    run_program(
        _find_restore(backup), [*_RESTORE, "--dbname=", str(backup)], program_environment(url)
    )  # which names the database
    with closing(_connect(url)) as connection, naming_errors():
        connection.execute("ANALYZE")
    return kept
