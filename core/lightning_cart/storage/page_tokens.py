"""Gives an order from before pages had a secret in their URL one, when an operator first asks for them."""

from typing import cast

from lightning_cart.ports import Database
from lightning_cart.storage.sql import Sql, run_batch

_GIVE = Sql("UPDATE orders SET page_token = :page_token WHERE id = :order_id AND page_token = ''")
_SELECT = Sql("SELECT o.page_token FROM orders AS o WHERE o.id = :order_id")


async def give_page_token(database: Database, order_id: str, token: str) -> str:
    """Return the secret part of the URLs of an order's pages. An order that has none gets the one that is offered.

    Args:
        database: Where the order is; there is such an order.
        order_id: The order's id.
        token: 128 random bits in hex.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    values = {"order_id": order_id, "page_token": token}
    rows = await run_batch(database, {"give": _GIVE(values), "saved": _SELECT(values)})
    return cast("str", rows["saved"][0]["page_token"])
