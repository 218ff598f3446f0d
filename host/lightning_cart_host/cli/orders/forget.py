"""Finds the orders whose buyer `orders forget` is asked to forget, and has them forgotten."""

from collections.abc import Sequence

from lightning_cart.domain.order import Order
from lightning_cart.errors import ConfigurationError, NotFound
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.forget import ForgottenOrders, find_orders_of, forget_orders
from lightning_cart.web.requests import check_reason
from lightning_cart_host.adapters.database import shown_name
from lightning_cart_host.cli.orders.operator import WHO, Installation


async def orders_to_forget(place: Installation, who: str) -> list[Order]:
    """Return the orders that are meant, oldest first: one by its id, or all of an e-mail address.

    Args:
        place: Where the command works.
        who: The beginning of an order's id, or an e-mail address.

    Raises:
        ConfigurationError: There is none, or the beginning is of several ids.
        StorageUnavailable: The database cannot be read now.
    """
    async with place.open_engine() as engine:
        if "@" not in who:
            return [await place.find(engine, who)]
        try:
            return await find_orders_of(engine, who)
        except NotFound as error:
            shown = shown_name(place.database)
            sentence = f"no order in {shown} has this e-mail address: lightning-cart orders list shows the orders"
            raise ConfigurationError(sentence) from error


async def forget(place: Installation, orders: Sequence[Order], reason: str) -> ForgottenOrders:
    """Forget the buyer of each order that is over.

    Args:
        place: Where the command works.
        orders: The orders.
        reason: The operator's reason, for the record.

    Raises:
        LightningCartError: The reason cannot be stored, or the database did not answer.
    """
    operator = Operator(WHO, check_reason(reason))
    async with place.open_engine() as engine:
        return await forget_orders(engine, list(orders), operator)
