"""Follows the orders of a database: what is new, and what has changed since it was last seen."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from lightning_cart.domain.order import Order
from lightning_cart.ports import Database
from lightning_cart.storage.order_changes import changed_orders
from lightning_cart.storage.order_search import OrderFilter, OrderSearch
from lightning_cart_host.adapters.database import is_postgres
from lightning_cart_host.cli.orders.pages import PAGE, read_pages
from lightning_cart_host.cli.orders.stored import open_orders

OVERLAP_SECONDS = 30  # an order's time is taken before it is written, which may wait for a lock or a provider
MAX_KNOWN = 10_000  # orders whose last status is remembered


class Change(NamedTuple):
    """An order that is new or has changed.

    Args:
        order: The order now.
        before: The order when it was last seen, or None.
        is_new: Whether it was created since the last look.
    """

    order: Order
    before: Order | None = None
    is_new: bool = False


def identify(database: str) -> tuple[int, int]:
    """Return what tells a file from another one of the same name. PostgreSQL's URL always names the same database."""
    if is_postgres(database):
        return 0, 0
    found = Path(database).stat()
    return found.st_dev, found.st_ino


class Reader:
    """Opens a database whenever it is looked at. PostgreSQL stays open meanwhile; a file must not be replaced while it is open.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._opened = AsyncExitStack()
        self._store: Database | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Database]:
        """Open the database for the block. After an error in it, it is opened anew the next time. The errors: `open_orders`."""
        if self._store is None:
            self._store = await self._opened.enter_async_context(open_orders(self._database))
        try:
            yield self._store
        except BaseException:
            await self.close()
            raise
        if not is_postgres(self._database):
            await self.close()

    async def close(self) -> None:
        """Close it."""
        self._store = None
        await self._opened.aclose()


def _visible(order: Order) -> tuple[object, ...]:
    """Return what an operator would notice about an order."""
    amounts = (order.paid_minor, order.tip_minor, order.refunded_minor)
    return (order.status, *amounts, order.dispute, order.needs_review, order.review_reason)


class OrderFollower:
    """Compares the orders of a database with what they were.

    Args:
        clock: Returns Unix seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[str, Order] = {}
        self._since: int | None = None  # from when on orders are read

    async def start(self, database: Database, last: int) -> list[Order]:
        """Remember the orders as they are, and return the newest ones, oldest first."""
        self._known.clear()
        self._since = None
        await self.poll(database)
        newest = (await OrderSearch(database).list(OrderFilter(), last))[::-1] if last else []
        self._remember(newest)
        return newest

    async def poll(self, database: Database) -> list[Change]:
        """Return what is new and what has changed since the last call, in the order of the changes."""
        now = int(self._clock())
        since = now - OVERLAP_SECONDS if self._since is None else self._since
        found = {order.id: order async for order in _read_since(database, since)}  # of one that is read twice, the later state
        orders = sorted(found.values(), key=lambda order: (order.updated_at, order.id))
        changes = [change for change in map(self._compare, orders) if change]
        self._remember(orders)
        self._since = now - OVERLAP_SECONDS
        return changes

    def _compare(self, order: Order) -> Change | None:
        before = self._known.get(order.id)
        if before is None:
            return Change(order, is_new=order.created_at >= (self._since or 0))
        return Change(order, before) if _visible(before) != _visible(order) else None

    def _remember(self, orders: list[Order]) -> None:
        for order in orders:
            self._known.pop(order.id, None)
            self._known[order.id] = order
        surplus = len(self._known) - max(MAX_KNOWN, len(orders))  # what was read just now is read once more
        for order_id in list(self._known)[: max(surplus, 0)]:
            del self._known[order_id]


async def _read_since(database: Database, since: int) -> AsyncIterator[Order]:
    """Yield the orders that were created or have changed since a time in Unix seconds, page by page."""
    async for page in read_pages(database, OrderFilter(since=since)):
        for order in page:
            yield order
    at, after_id = since, ""
    while page := await changed_orders(database, at, after_id, PAGE):
        for order in page:
            yield order
        at, after_id = page[-1].updated_at, page[-1].id
