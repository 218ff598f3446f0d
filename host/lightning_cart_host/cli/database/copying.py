"""Copies every table of one database into another in one transaction, which is committed only if both have the same rows."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from lightning_cart.errors import ConfigurationError, LightningCartError
from lightning_cart_host.cli.database.side import Side
from lightning_cart_host.cli.database.tables import Table, Values
from lightning_cart_host.output import plural

# What an engine that was only started has written there. Its leases and cursors are replaced by those of the source.
_WITHOUT_ORDERS = frozenset(["reconciling"])
_STEP = 10_000  # rows between two looks at the time
_SILENT_SECONDS = 5.0


class CopyFailed(LightningCartError):
    """The copy differs from its source, or its source was changed by an engine. Nothing was kept."""


class CopiedTable(NamedTuple):
    """A table that both databases have with the same rows.

    Args:
        table: Its name.
        rows: The number of its rows.
        sha256: The digest of its rows in the order of their key.
    """

    table: str
    rows: int
    sha256: str


class Progress:
    """Says how far a long copy is.

    Args:
        say: Prints a line.
        clock: Returns seconds.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._said_at = clock()

    def follow(self, table: Table, action: str, rows: Iterable[Values]) -> Iterator[Values]:
        """Yield rows, and say how many there were every few seconds."""
        for number, row in enumerate(rows, 1):
            yield row
            if number % _STEP == 0 and self._clock() - self._said_at >= _SILENT_SECONDS:
                self._said_at = self._clock()
                self._say(f"{table.name}: {number:,} rows {action}")


def require_empty(target: Side, tables: Sequence[Table]) -> None:
    """Check that nothing was stored in a database yet.

    Raises:
        ConfigurationError: It has rows.
    """
    for table in tables:
        if table.name not in _WITHOUT_ORDERS and (found := target.count(table)):
            raise ConfigurationError(
                f"{target.shown} has {found} {plural('row', found)} in {table.name}: name a database without orders"
            )


def _compare(source: Side, target: Side, table: Table, progress: Progress) -> CopiedTable:
    """Compare a table row by row.

    Raises:
        CopyFailed: A row differs, or is missing on one side.
    """
    count, digest = 0, hashlib.sha256()
    theirs = target.rows(table)
    for row, copy in zip_longest(progress.follow(table, "compared", source.rows(table)), theirs):
        if row != copy:
            where = table.describe(row or copy)
            raise CopyFailed(f"{table.name} differs at {where}: nothing was kept in {target.shown}; please report this")
        count += 1
        digest.update(repr(row).encode())
    return CopiedTable(table.name, count, digest.hexdigest())


def copy_tables(
    source: Side, target: Side, tables: Sequence[Table], progress: Progress, *, running: bool = False
) -> list[CopiedTable]:
    """Copy all rows, and compare each of them before anybody else can see one.

    Args:
        source: Is only read.
        target: Has all tables and no rows. If an error is raised, closing it undoes everything.
        tables: Each behind those that it refers to.
        progress: Says how far it is.
        running: Whether engines may use the source meanwhile.

    Raises:
        ConfigurationError: The target has rows, or cannot store a text of the source.
        CopyFailed: The two differ, or an engine began to use the source.
        StorageUnavailable: A database rejected a statement, or does not answer.
    """
    source.begin_reading()
    target.begin_writing(tables)
    require_empty(target, tables)
    for table in tables:
        target.clear(table)
        target.write(table, progress.follow(table, "copied", source.rows(table)))
    copied = [_compare(source, target, table, progress) for table in tables]
    if not running and source.count_engines():
        raise CopyFailed(f"an engine began to use {source.shown}: stop it, and copy again; nothing was kept in {target.shown}")
    target.commit()
    return copied
