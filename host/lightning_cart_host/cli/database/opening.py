"""Opens both databases of a copy: nobody else uses them, both have all tables, and the target has no orders."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart_host.adapters.database import HostDatabase, is_postgres, open_database, shown_name
from lightning_cart_host.adapters.database_lock import hold_alone, hold_database
from lightning_cart_host.adapters.migration_files import APPLIED, require_known
from lightning_cart_host.cli.database.copying import CopiedTable, Progress, copy_tables
from lightning_cart_host.cli.database.side import Side
from lightning_cart_host.cli.database.sqlite_side import SqliteSide
from lightning_cart_host.cli.database.tables import describe_tables
from lightning_cart_host.cli.new_file import BESIDE
from lightning_cart_host.cli.orders.stored import open_orders
from lightning_cart_host.resources import find_resource

_ANY_ORDER = Statement("SELECT id FROM orders LIMIT 1")
_OR_RUNNING = "or copy what it has now with --running"


def open_side(name: str) -> Side:
    """Open one database of a copy, which has all tables.

    Raises:
        StorageUnavailable: It cannot be opened.
    """
    if is_postgres(name):
        from lightning_cart_host.cli.database.postgres_side import PostgresSide  # noqa: PLC0415 - only PostgreSQL needs psycopg

        return PostgresSide(name)
    return SqliteSide(name)


@contextlib.contextmanager
def _hold_source(name: str, *, running: bool) -> Iterator[None]:
    """Keep engines from starting with a file, or from having it replaced below them if they may run."""
    if running:
        release = hold_database(name)
        try:
            yield
        finally:
            release()
    else:
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(hold_alone(name))
            except ConfigurationError as error:
                raise ConfigurationError(f"{error}; {_OR_RUNNING}") from error
            yield


@contextlib.contextmanager
def _new_file(name: str) -> Iterator[None]:
    """Hold a target that is a file, and delete it if it is new and the block fails."""
    if is_postgres(name):
        yield
        return
    path = Path(name)
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise ConfigurationError(f"{name} cannot be written: name a file in a folder that exists")
    was_there = path.exists()
    with hold_alone(name):
        try:
            yield
        except BaseException:
            if not was_there:
                for end in ("", *BESIDE):
                    Path(f"{name}{end}").unlink(missing_ok=True)
            raise


async def _refuse_newer(store: HostDatabase, shown: str) -> None:
    require_known({str(row["name"]) for row in await store.query(APPLIED)}, shown)


async def _check_source(name: str) -> None:
    async with open_orders(name) as store:
        await _refuse_newer(store, shown_name(name))


async def _has_rows(store: HostDatabase, statement: Statement) -> bool | None:
    """Return whether a statement finds rows, or None if its table does not exist."""
    try:
        return bool(await store.query(statement))
    except StorageUnavailable as error:
        if str(error).endswith(("SQLITE_ERROR", "UndefinedTable")):
            return None
        raise


async def _prepare_target(name: str) -> None:
    """Create what a target lacks, unless it has orders or belongs to another program."""
    shown, store = shown_name(name), await open_database(name, connections=1)
    try:
        orders = await _has_rows(store, _ANY_ORDER)
        if orders:
            raise ConfigurationError(f"{shown} has orders: name a database without orders")
        if orders is not None and await _has_rows(store, APPLIED) is None:
            raise ConfigurationError(f"{shown} has tables of another program: name an empty database")
        await store.migrate(find_resource("migrations"))
        await _refuse_newer(store, shown)
    finally:
        await store.aclose()


def _identify(name: str) -> str:
    return name if is_postgres(name) else str(Path(name).resolve())


def copy_database(source: str, target: str, progress: Progress, *, running: bool = False) -> list[CopiedTable]:
    """Copy a database.

    Args:
        source: The SQLite file or the URL of PostgreSQL that is read.
        target: The one that gets all rows. A file is created, and its tables are, too.
        progress: Says how far it is.
        running: Whether engines may use the source. What they write from then on is not copied.

    Returns:
        The tables, which both have with the same rows.

    Raises:
        ConfigurationError: One of them cannot be used, an engine uses one of them, or the target has orders.
        CopyFailed: The two differ, or an engine began to use the source. The target has no orders.
        StorageUnavailable: One of them cannot be read or written. The target has no orders.
    """
    if _identify(source) == _identify(target):
        raise ConfigurationError("FROM and TO are the same database: name another one as TO")
    with contextlib.ExitStack() as opened:
        opened.enter_context(_hold_source(source, running=running))
        asyncio.run(_check_source(source))
        opened.enter_context(_new_file(target))
        asyncio.run(_prepare_target(target))
        read = open_side(source)
        opened.callback(read.close)
        written = open_side(target)
        opened.callback(written.close)
        if not running and (engines := read.count_engines()):
            raise ConfigurationError(f"{engines} connections of engines to {read.shown} are open: stop them, {_OR_RUNNING}")
        if engines := written.count_engines():
            raise ConfigurationError(f"{engines} connections of engines to {written.shown} are open: stop them first")
        return copy_tables(read, written, describe_tables(), progress, running=running)
