"""Reads the orders of a database for `lightning-cart orders`, without an engine."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.ports import Database
from lightning_cart.storage.open_work import OpenWork, read_open_work
from lightning_cart.storage.order_search import OrderSearch
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.storage.outbox import Outbox
from lightning_cart.storage.page_tokens import give_page_token
from lightning_cart_host.adapters.database import HostDatabase, is_postgres, open_database, shown_name
from lightning_cart_host.adapters.snapshot import open_snapshot
from lightning_cart_host.cli.orders.ids import resolve_order_id, unknown_order
from lightning_cart_host.resources import find_resource

_FOREIGN_FILE = ("SQLITE_NOTADB", "SQLITE_ERROR")  # another kind of file, and a database without our tables
_NO_TABLES = "UndefinedTable"
_TOKEN_BYTES = 16  # 128 bits


def _require_file(database: str) -> None:
    if not is_postgres(database) and not Path(database).is_file():
        raise ConfigurationError(f"there is no database {database}: name it with --database or DATABASE")


async def require_database(database: str) -> None:
    """Refuse to go on without a database: only `serve` creates its tables, so that a mistyped name is not an empty shop.

    Raises:
        ConfigurationError: There is no such file, or PostgreSQL's database has no tables of this program.
        StorageUnavailable: PostgreSQL cannot be reached.
    """
    _require_file(database)
    if is_postgres(database):
        store = await open_database(database, connections=1)
        try:
            with _refusing_foreign_databases(database):
                await store.pending_migrations(find_resource("migrations"))
        finally:
            await store.aclose()


@contextmanager
def _refusing_foreign_databases(database: str) -> Iterator[None]:
    try:
        yield
    except StorageUnavailable as error:
        if str(error).endswith(_FOREIGN_FILE):
            sentence = f"{database} is not a database of Lightning-Cart: name another file with --database or DATABASE"
            raise ConfigurationError(sentence) from error
        if str(error).endswith(_NO_TABLES):
            raise ConfigurationError(
                f"{shown_name(database)} has no tables of Lightning-Cart: start `lightning-cart serve` once, which creates "
                "them, or name another database with --database or DATABASE"
            ) from error
        raise


@asynccontextmanager
async def open_orders(database: str) -> AsyncIterator[HostDatabase]:
    """Open a database of orders that has all tables of this program, and close it after the block.

    Raises:
        ConfigurationError: There is no such database, it is not one of Lightning-Cart, or it is not up to date.
        StorageUnavailable: It cannot be read now.
    """
    _require_file(database)
    with _refusing_foreign_databases(database):
        store = await open_database(database, connections=1)
    try:
        with _refusing_foreign_databases(database):
            pending = await store.pending_migrations(find_resource("migrations"))
        if pending:
            shown, names = shown_name(database), ", ".join(pending)
            raise ConfigurationError(f"{shown} is not up to date: start `lightning-cart serve` once, which applies {names}")
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def open_one_state(database: str) -> AsyncIterator[Database]:
    """Open a database like `open_orders`, and let all reads of the block see one state of it. Others can write meanwhile."""
    async with open_orders(database), open_snapshot(database) as snapshot:
        yield snapshot


async def history_to_show(store: Database, order_id: str) -> OrderHistory | None:
    """Return an order with everything that is stored about it, or None. One from before pages had URLs gets those.

    Args:
        store: Where the order is.
        order_id: The order's id.

    Raises:
        StorageUnavailable: It cannot be read now.
    """
    history = await OrderStore(store).history(order_id)
    if history is None or history.order.page_token:
        return history
    try:
        token = await give_page_token(store, order_id, secrets.token_hex(_TOKEN_BYTES))
    except StorageUnavailable:  # such as a file that this user may only read: the order is shown without
        return history
    return history._replace(order=history.order._replace(page_token=token))


async def read_history(database: str, order_id: str) -> OrderHistory:
    """Return one order of a database with everything that is stored about it, as `history_to_show` returns it.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        order_id: The order's id, or its beginning if no other order's id begins with it.

    Raises:
        ConfigurationError: There is no such database, it is not up to date, or it has not exactly one such order.
        StorageUnavailable: It cannot be read now.
    """
    async with open_orders(database) as store:
        found = await resolve_order_id(OrderSearch(store), order_id, database)
        history = await history_to_show(store, found)
        if history is None:
            raise unknown_order(order_id, database)
        return history


async def read_open_order(database: str, order_id: str) -> tuple[OrderHistory, OpenWork]:
    """Return one order like `read_history`, and its open work, and write nothing. The arguments and errors are the same."""
    async with open_orders(database) as store:
        found = await resolve_order_id(OrderSearch(store), order_id, database)
        history = await OrderStore(store).history(found)
        if history is None:
            raise unknown_order(order_id, database)
        return history, await read_open_work(store, history.order)


async def replay_effects(database: str, order_id: str, effect: str) -> tuple[str, list[str]]:
    """Make effects of an order due again. A running engine delivers them.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        order_id: The order's id, or its unique beginning.
        effect: The name of one effect, such as `order.paid`, or empty for all.

    Returns:
        The order's id, and the names of the effects that are due again.

    Raises:
        ConfigurationError: There is no such database or order, it is not up to date, or no effect can be replayed.
        StorageUnavailable: It cannot be read now.
    """
    async with open_orders(database) as store:
        found = await resolve_order_id(OrderSearch(store), order_id, database)
        names = await Outbox(store).replay(found, effect)
    if not names:
        raise ConfigurationError(
            f"no such message can be sent again: lightning-cart orders show {found} lists the order's messages"
        )
    return found, names
