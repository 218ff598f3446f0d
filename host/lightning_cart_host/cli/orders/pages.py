"""Reads any number of orders page by page, as they were at one moment, so that neither memory nor a busy engine matters."""

from collections.abc import AsyncIterator

from lightning_cart.domain.order import Order
from lightning_cart.ports import Database
from lightning_cart.storage.order_search import OrderFilter, OrderSearch

PAGE = 500  # orders in memory at a time


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
