"""Cancels unpaid orders: closes the checkout at the provider, then records what the provider reports."""

from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, EventKind, Order, PaymentEvent
from lightning_cart.errors import OrderStateConflict
from lightning_cart.usecases.engine import Engine


async def expire_order(engine: Engine, order: Order) -> Order:
    """Close an unpaid order's checkout, and record what the provider reports.

    Args:
        engine: The configured engine.
        order: Open or pending.

    Returns:
        The order now: expired; paid, if the buyer paid first; or unchanged, if the provider cannot close the checkout yet.

    Raises:
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    if order.session is None:  # the buyer never saw a payment page
        event = PaymentEvent(order.provider, f"read:{order.id}:expired", "order", EventKind.EXPIRED, order.id)
    else:
        event = await engine.run(engine.strategy(order.strategy).expire_checkout(order))
    if event.kind is EventKind.IGNORED:
        return order
    return (await engine.inbox.record_event(event, engine.now())).order or order


async def cancel_order(engine: Engine, order_id: str) -> Order:
    """Cancel an unpaid order. Cancelling twice is a no-op.

    Args:
        engine: The configured engine.
        order_id: The order's id.

    Returns:
        The order now.

    Raises:
        NotFound: No order has this id.
        OrderStateConflict: The order is paid, or a payment is pending.
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    order = await engine.orders.get_order(order_id)
    if order.status in UNPAID_STATUSES:
        order = await expire_order(engine, order)
    if order.status in PAID_STATUSES:
        raise OrderStateConflict(f"the order is {order.status}: refund it instead")
    if order.status in UNPAID_STATUSES:
        raise OrderStateConflict(f"the order is {order.status} and the provider cannot close it now: try again later")
    return order
