"""The merchant gives an order up: its checkout is closed at the provider, and what comes of that is settled as a webhook is."""

from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, EventKind, Order, PaymentEvent
from lightning_cart.errors import OrderStateConflict
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund import get_order


async def expire_order(engine: Engine, order: Order) -> Order:
    """Close the checkout of an order that still waits for its money, and settle what the provider says.

    Args:
        engine: What to work with.
        order: Open or pending.

    Returns:
        The order as it stands now: expired; or paid, where the buyer was faster; or as before, where the provider cannot
        close it yet.

    Raises:
        InvalidSettings: The strategy has no keys.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    if order.session is None:  # no buyer was ever shown a page of it
        event = PaymentEvent(order.provider, f"read:{order.id}:expired", "order", EventKind.EXPIRED, order.id)
    else:
        event = await engine.run(engine.strategy(order.strategy).expire_checkout(order))
    if event.kind is EventKind.IGNORED:
        return order
    return (await engine.store.record_event(event, engine.now())).order or order


async def cancel_order(engine: Engine, order_id: str) -> Order:
    """Give an order up that nobody has paid. One that is given up already stays as it is.

    Args:
        engine: What to work with.
        order_id: Which.

    Returns:
        The order as it stands now.

    Raises:
        NotFound: No such order.
        OrderStateConflict: It is paid, or a payment of it is on its way.
        InvalidSettings: The strategy has no keys.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    order = await get_order(engine, order_id)
    if order.status in UNPAID_STATUSES:
        order = await expire_order(engine, order)
    if order.status in PAID_STATUSES:
        raise OrderStateConflict(f"the order is {order.status}: refund it instead")
    if order.status in UNPAID_STATUSES:
        raise OrderStateConflict(f"the order is {order.status} and the provider cannot close it now: try again later")
    return order
