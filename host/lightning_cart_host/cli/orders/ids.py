"""Finds the order that an operator means by the beginning of its id."""

from typing import Protocol

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.database import shown_name

_PREFIX = "ord_"
_MAX_NAMED = 3  # candidates in the message


class OrderIds(Protocol):
    """The ids of the stored orders, as `OrderSearch` reads them."""

    async def ids_with_prefix(self, prefix: str, limit: int = 3) -> list[str]:
        """Return at most `limit` ids that begin with a prefix."""
        ...


def unknown_order(order_id: str, database: str) -> ConfigurationError:
    """Return the error of a command that names an order which is not in the database."""
    return ConfigurationError(f"there is no order {order_id} in {shown_name(database)}: lightning-cart orders list shows them")


async def resolve_order_id(store: OrderIds, typed: str, database: str) -> str:
    """Return the id of the only order whose id begins with what was typed.

    Args:
        store: The ids of the stored orders.
        typed: The beginning of an id, in any case. `ord_` can be left out.
        database: The database's name, for the error message.

    Raises:
        ConfigurationError: No id begins with it, or several do. Then the message names up to three of them.
    """
    text = typed.strip()
    prefix = _PREFIX + text[len(_PREFIX) if text.lower().startswith(_PREFIX) else 0 :].upper()
    if prefix == _PREFIX:
        raise ConfigurationError("type at least the first characters of an order's id: lightning-cart orders list shows them")
    found = await store.ids_with_prefix(prefix, _MAX_NAMED + 1)
    if not found:
        raise unknown_order(typed, database)
    if len(found) == 1:
        return found[0]
    named, more = ", ".join(found[:_MAX_NAMED]), " and more" if len(found) > _MAX_NAMED else ""
    raise ConfigurationError(f"{typed} is the beginning of several ids ({named}{more}): type more characters")
