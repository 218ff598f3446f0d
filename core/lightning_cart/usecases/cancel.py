"""Ends unpaid orders for operators: closes the checkout at the provider, then records what the provider reports."""

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Order
from lightning_cart.errors import OrderStateConflict
from lightning_cart.storage.leases import Lease
from lightning_cart.storage.operator_log import UNNAMED, Operator, log_change
from lightning_cart.storage.reviews import Reviews
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.expire import expire_order, lease_order


def check_nothing_kept(order: Order, kept_minor: int) -> None:
    """Refuse to end an order while money is kept.

    Args:
        order: The order.
        kept_minor: What was paid and not refunded, with tips, in minor units of the order's currency.

    Raises:
        OrderStateConflict: The message says how much is kept, and what can be done.
    """
    if order.status in PAID_STATUSES and not order.needs_review:
        raise OrderStateConflict(f"the order is {order.status}: {'cancel' if order.is_free else 'refund'} it instead")
    if kept_minor > 0:
        paid, kept = Money(order.paid_minor + order.tip_minor, order.total.currency), Money(kept_minor, order.total.currency)
        raise OrderStateConflict(
            f"{paid.display} of {order.total.display} was paid and {kept.display} is kept: refund it first, or accept the order"
        )


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
        return (await Reviews(engine.ports.database).cancel_free(order_id, operator, log_id, engine.now()))[0]
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
