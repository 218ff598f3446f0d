"""Reads the orders of a database for `lightning-cart orders`, without an engine."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.storage.open_work import OpenWork, read_open_work
from lightning_cart.storage.order_search import OrderSearch
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.storage.outbox import Outbox
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli.orders.ids import resolve_order_id, unknown_order
from lightning_cart_host.resources import find_resource

_FOREIGN = ("SQLITE_NOTADB", "SQLITE_ERROR")  # another kind of file, and a database without our tables


def require_database(database: str) -> None:
    """Refuse to go on without a database: only `serve` creates one, so that a mistyped name is not an empty shop.

    Raises:
        ConfigurationError: There is no such file.
    """
    if not Path(database).is_file():
        raise ConfigurationError(f"there is no database {database}: name it with --database or DATABASE")


@contextmanager
def _refusing_foreign_files(database: str) -> Iterator[None]:
    try:
        yield
    except StorageUnavailable as error:
        if not str(error).endswith(_FOREIGN):
            raise
        sentence = f"{database} is not a database of Lightning-Cart: name another file with --database or DATABASE"
        raise ConfigurationError(sentence) from error


@asynccontextmanager
async def open_orders(database: str) -> AsyncIterator[SqliteDatabase]:
    """Open a database of orders that has all tables of this program, and close it after the block.

    Raises:
        ConfigurationError: There is no such file, it is not a database of Lightning-Cart, or it is not up to date.
        StorageUnavailable: The file cannot be read now.
    """
    require_database(database)
    with _refusing_foreign_files(database):
        store = SqliteDatabase(database)
    try:
        with _refusing_foreign_files(database):
            pending = await store.pending_migrations(find_resource("migrations"))
        if pending:
            names = ", ".join(pending)
            raise ConfigurationError(f"{database} is not up to date: start `lightning-cart serve` once, which applies {names}")
        yield store
    finally:
        store.close()


async def read_history(database: str, order_id: str) -> OrderHistory:
    """Return one order of a database with everything that is stored about it.

    Args:
        database: The SQLite file.
        order_id: The order's id, or its beginning if no other order's id begins with it.

    Raises:
        ConfigurationError: There is no such file, it is not up to date, or it has not exactly one such order.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    return (await read_open_order(database, order_id))[0]


async def read_open_order(database: str, order_id: str) -> tuple[OrderHistory, OpenWork]:
    """Return one order like `read_history`, and its open work. The arguments and errors are the same."""
    async with open_orders(database) as store:
        found = await resolve_order_id(OrderSearch(store), order_id, database)
        history = await OrderStore(store).history(found)
        if history is None:
            raise unknown_order(order_id, database)
        return history, await read_open_work(store, history.order)


async def replay_effects(database: str, order_id: str, effect: str) -> tuple[str, list[str]]:
    """Make effects of an order due again. A running engine delivers them.

    Args:
        database: The SQLite file.
        order_id: The order's id, or its unique beginning.
        effect: The name of one effect, such as `order.paid`, or empty for all.

    Returns:
        The order's id, and the names of the effects that are due again.

    Raises:
        ConfigurationError: There is no such file or order, the file is not up to date, or no effect can be replayed.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    async with open_orders(database) as store:
        found = await resolve_order_id(OrderSearch(store), order_id, database)
        names = await Outbox(store).replay(found, effect)
    if not names:
        raise ConfigurationError(
            f"no such message can be sent again: lightning-cart orders show {found} lists the order's messages"
        )
    return found, names
