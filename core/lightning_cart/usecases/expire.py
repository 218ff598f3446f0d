"""Closes an unpaid order's checkout at the provider, and records what the provider reports.

The reconciler and a checkout that the provider refused need it at any time; what only operators do is in `cancel`.
"""

from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import OrderStateConflict
from lightning_cart.storage.leases import Lease
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reading import ask_provider, record_reading

MAX_OPEN_SECONDS = 7 * 24 * 3600  # a checkout that does not end by itself, or that nobody can close, counts as over after this
_BUSY = "the provider is being asked about the order at this moment: try again in some seconds"


async def expire_order(engine: Engine, lease: Lease) -> Order:
    """Close an unpaid order's checkout, record what the provider reports, and end the lease.

    Args:
        engine: The configured engine.
        lease: The lease of an open or pending order.

    Returns:
        The order now: expired; paid, if the buyer paid first; or unchanged, if the provider cannot close the checkout yet.

    Raises:
        UnknownStrategy: The order's strategy is not in this engine.
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    order = lease.order
    if order.session is None:  # the buyer never saw a payment page
        event = PaymentEvent(order.provider, f"read:{order.id}:expired", "order", EventKind.EXPIRED, order.id)
        recorded = await engine.inbox.record_event(event, engine.now(), busy_until=lease.busy_until)
        return recorded.order if recorded and recorded.order else order
    reading = await ask_provider(engine, lease, lambda strategy: strategy.expire_checkout(order))
    return (await record_reading(engine, lease, reading))[0]


async def lease_order(engine: Engine, order_id: str) -> Lease:
    """Take the lease of an order for an operator.

    Raises:
        NotFound: No order has this id.
        OrderStateConflict: Another call holds the lease.
    """
    order, lease = await engine.leases.take(order_id, engine.now())
    if order is None:
        await engine.orders.get_order(order_id)
    if lease is None:
        raise OrderStateConflict(_BUSY)
    return lease
