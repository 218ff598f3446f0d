"""Forgets who bought an order that is over. The order itself stays, with its money, its documents and its place of tax."""

from typing import NamedTuple

from lightning_cart.domain.email_address import read_email
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField, NotFound, OrderStateConflict
from lightning_cart.storage.forgetting import forget_buyer, orders_of_email
from lightning_cart.storage.operator_log import UNNAMED, Operator
from lightning_cart.usecases.engine import Engine


class ForgottenOrders(NamedTuple):
    """What became of all orders of a buyer.

    Args:
        forgotten: The ids of the orders whose buyer is forgotten.
        kept: Why the others are not, by their ids.
    """

    forgotten: tuple[str, ...]
    kept: dict[str, str]


def _check_reason(reason: str, emails: set[str]) -> None:
    if any(email and email.lower() in reason.lower() for email in emails):
        raise InvalidField("reason", "has the buyer's e-mail address, and the reason is kept: leave the address out")


async def forget_order(engine: Engine, order_id: str, operator: Operator = UNNAMED) -> Order:
    """Forget the buyer of an order. Forgetting twice is a no-op.

    What a provider reports of the buyer afterwards is not kept.

    Args:
        engine: The configured engine.
        order_id: The order's id.
        operator: Who wants it, and why.

    Returns:
        The order now, without its buyer.

    Raises:
        NotFound: No order has this id.
        InvalidField: The reason has the buyer's e-mail address.
        OrderStateConflict: The order is open or pending, so it can still be paid, and then somebody has to get the goods.
        StorageUnavailable: The database did not answer; nothing was deleted.
    """
    order = await engine.orders.get_order(order_id)
    _check_reason(operator.reason, {order.customer_email, order.buyer.paid_by.email})
    log_id = f"log_{engine.ports.new_id()}"
    found = await forget_buyer(engine.ports.database, order, operator, log_id, engine.now())
    if not found.is_forgotten:
        raise OrderStateConflict(f"the order is {found.status}, so its buyer is still needed: cancel it first")
    return await engine.orders.get_order(order_id)


async def find_orders_of(engine: Engine, email: str) -> list[Order]:
    """Return all orders of an e-mail address, whether the cart or the provider named it, in any case, oldest first.

    Args:
        engine: The configured engine.
        email: The address, as people type and copy it.

    Raises:
        NotFound: It is of no order.
        StorageUnavailable: The database did not answer.
    """
    ids = await orders_of_email(engine.ports.database, read_email(email) or email.strip())
    if not ids:
        raise NotFound("no order has this e-mail address")
    return [await engine.orders.get_order(order_id) for order_id in ids]


async def forget_orders(engine: Engine, orders: list[Order], operator: Operator = UNNAMED) -> ForgottenOrders:
    """Forget the buyer of each of some orders that is over.

    Args:
        engine: The configured engine.
        orders: The orders.
        operator: Who wants it, and why.

    Raises:
        InvalidField: The reason has a buyer's e-mail address. Nothing was deleted.
        StorageUnavailable: The database did not answer; the buyers of the orders before it are forgotten.
    """
    _check_reason(operator.reason, {email for order in orders for email in (order.customer_email, order.buyer.paid_by.email)})
    forgotten, kept = [], {}
    for order in orders:
        try:
            await forget_order(engine, order.id, operator)
        except OrderStateConflict as refusal:
            kept[order.id] = str(refusal)
        else:
            forgotten.append(order.id)
    return ForgottenOrders(tuple(forgotten), kept)
