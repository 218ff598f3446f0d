"""Ends unpaid orders: closes the checkout at the provider, then records what the provider reports."""

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import OrderStateConflict
from lightning_cart.storage.leases import Lease
from lightning_cart.storage.operator_log import UNNAMED, Operator, log_change
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


def check_nothing_kept(order: Order, kept_minor: int) -> None:
    """Refuse to end an order while money is kept.

    Args:
        order: The order.
        kept_minor: What was paid and not refunded, with tips, in minor units of the order's currency.

    Raises:
        OrderStateConflict: The message says how much is kept, and what can be done.
    """
    if order.status in PAID_STATUSES and not order.needs_review:
        raise OrderStateConflict(f"the order is {order.status}: refund it instead")
    if kept_minor > 0:
        paid, kept = Money(order.paid_minor + order.tip_minor, order.total.currency), Money(kept_minor, order.total.currency)
        raise OrderStateConflict(
            f"{paid.display} of {order.total.display} was paid and {kept.display} is kept: refund it first, or accept the order"
        )


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


async def lease_unpaid(engine: Engine, order: Order) -> Lease:
    """Take the lease of an unpaid order of which no money is kept. The errors are those of `lease_order`.

    Raises:
        OrderStateConflict: Money is kept.
    """
    check_nothing_kept(order, order.paid_minor + order.tip_minor - order.refunded_minor)
    return await lease_order(engine, order.id)


async def cancel_order(engine: Engine, order_id: str, operator: Operator = UNNAMED) -> Order:
    """Cancel an unpaid order, or one that came to nothing. Cancelling twice is a no-op.

    Args:
        engine: The configured engine.
        order_id: The order's id.
        operator: Who cancels it, and why.

    Returns:
        The order now.

    Raises:
        NotFound: No order has this id.
        OrderStateConflict: The order is paid, a payment is pending, or another call is asking the provider about it.
        UnknownStrategy: The order's strategy is not in this engine.
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    order = await engine.orders.get_order(order_id)
    if order.is_free:
        log_id = f"log_{engine.ports.new_id()}"
        return (await engine.reviews.cancel_free(order_id, operator, log_id, engine.now()))[0]
    if order.status in UNPAID_STATUSES:
        order = await expire_order(engine, await lease_unpaid(engine, order))
        if order.status not in UNPAID_STATUSES and order.status not in PAID_STATUSES:
            log_id = f"log_{engine.ports.new_id()}"
            await engine.ports.database.query(log_change(log_id, operator, "cancel", order_id, engine.now()))
    if order.status in PAID_STATUSES:
        raise OrderStateConflict(f"the order is {order.status}: refund it instead")
    if order.status in UNPAID_STATUSES:
        raise OrderStateConflict(f"the order is {order.status} and the provider cannot close it now: try again later")
    return order
