"""Reads any number of orders page by page, as they were at one moment, so that neither memory nor a busy engine matters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from lightning_cart.domain.order import Order
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.storage.order_search import OrderFilter, OrderSearch

PAGE = 500  # orders in memory at a time


class _Snapshot:
    """Reads inside a transaction that is open already, so a batch begins none."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner

    async def query(self, statement: Statement) -> Sequence[Row]:
        return await self._inner.query(statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        return [await self._inner.query(statement) for statement in statements]


@asynccontextmanager
async def open_snapshot(database: Database) -> AsyncIterator[Database]:
    """Let all reads of a block see one state of a SQLite file. Others can write meanwhile."""
    await database.query(Statement("BEGIN"))
    try:
        yield _Snapshot(database)
    finally:
        await database.query(Statement("ROLLBACK"))


async def read_pages(database: Database, wanted: OrderFilter, size: int | None = None) -> AsyncIterator[list[Order]]:
    """Yield all orders that match, newest first, a page at a time.

    Args:
        database: Where the orders are, best a snapshot of it.
        wanted: The filters.
        size: The maximum number of orders of a page. Default: `PAGE`.
    """
    search, before = OrderSearch(database), ""
    while page := await search.list(wanted, size or PAGE, before):
        yield page
        before = page[-1].id
