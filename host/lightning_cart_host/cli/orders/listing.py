"""Reads the orders that `orders list` and `orders find` show, and says why there are none."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from lightning_cart.domain.order import Order
from lightning_cart.spelling import did_you_mean
from lightning_cart.storage.order_search import FoundOrder, OrderFilter, OrderSearch
from lightning_cart.storage.orders import OrderHistory
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.orders.stored import history_to_show, open_orders

_NO_FILTER = OrderFilter()
_AMOUNTS = ("over", "under")
# Filters that hold together: the parts of a time span, and the text with the time span in which it is searched.
_TOGETHER = {"since": ("since", "until"), "until": ("since", "until"), "text": ("text", "since", "until")}


class ListedOrders(NamedTuple):
    """What a list shows.

    Args:
        orders: The orders.
        notes: Sentences about the list; if there are no orders, why.
    """

    orders: list[Order]
    notes: list[str]


def _given(wanted: OrderFilter) -> list[str]:
    return [name for name, value in wanted._asdict().items() if value != getattr(_NO_FILTER, name)]


def _span(wanted: OrderFilter) -> str:
    since = f" from {format_utc(wanted.since)}" if wanted.since is not None else ""
    until = f" before {format_utc(wanted.until)}" if wanted.until is not None else ""
    return f"{since}{until} (UTC)" if since or until else ""


async def _reason(search: OrderSearch, wanted: OrderFilter, name: str) -> str:
    """Return why a filter finds nothing by itself."""
    if name == "site":
        meant = did_you_mean(wanted.site, await search.sites())
        return f"none is of the site {wanted.site}{f' ({meant})' if meant else ''}"
    if name == "product":
        meant = did_you_mean(wanted.product, await search.products())
        return f"none has the product {wanted.product}{f' ({meant})' if meant else ''}"
    return {
        "status": f"none is {wanted.status}",
        "review": "none needs review",
        "disputed": "none was disputed",
        "email": f"none is of the e-mail address {wanted.email}",
        "over": f"no total is over {wanted.over}",
        "under": f"no total is under {wanted.under}",
        "since": f"none was created{_span(wanted)}",
        "text": f"none created{_span(wanted)} has the text {wanted.text}",
    }[name]


async def _alone(search: OrderSearch, wanted: OrderFilter) -> AsyncIterator[str]:
    """Yield why, for each of several filters that finds nothing by itself."""
    names = ["since" if name == "until" else name for name in _given(wanted)]
    if wanted.text and "since" in names:
        names.remove("since")
    for name in dict.fromkeys(names):
        fields = _TOGETHER.get(name, (name,))
        alone = OrderFilter(**{field: getattr(wanted, field) for field in fields})
        if not await search.list(alone, 1):
            yield await _reason(search, wanted, name)


async def explain_none(search: OrderSearch, wanted: OrderFilter) -> str:
    """Return a sentence about why no order matches."""
    reasons = [reason async for reason in _alone(search, wanted)]
    if not reasons and not _given(wanted):
        return "No orders."
    return f"No orders: {', and '.join(reasons) or 'each filter matches some, but none matches all of them'}."


async def list_orders(database: str, wanted: OrderFilter, limit: int) -> ListedOrders:
    """Return the orders that match: the newest, or those with the largest totals if nothing but the total is asked for.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        wanted: The filters.
        limit: The maximum number of orders.

    Raises:
        ConfigurationError: There is no such database, or it is not up to date.
        StorageUnavailable: It cannot be read now.
    """
    given = _given(wanted)
    by_total = bool(given) and set(given) <= set(_AMOUNTS)
    async with open_orders(database) as store:
        search = OrderSearch(store)
        orders = await (search.largest(wanted, limit + 1) if by_total else search.list(wanted, limit + 1))
        if not orders:
            return ListedOrders([], [await explain_none(search, wanted)])
    notes = ["The largest totals come first, whatever their currency."] if by_total else []
    if len(orders) > limit:
        notes.append(f"More orders match: --limit {limit * 2} shows more.")
    return ListedOrders(orders[:limit], notes)


async def find_orders(database: str, text: str, limit: int, since: int) -> tuple[list[FoundOrder], OrderHistory | None]:
    """Return the orders that a text names, and the history of the order if it is only one.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        text: What an operator copied or remembers.
        limit: The maximum number of orders for each thing that it can name.
        since: From when on orders are searched for the domain of an e-mail address.

    Raises:
        ConfigurationError: There is no such database, or it is not up to date.
        StorageUnavailable: It cannot be read now.
    """
    async with open_orders(database) as store:
        found = await OrderSearch(store).find(text, limit, since)
        return found, await history_to_show(store, found[0].order.id) if len(found) == 1 else None
