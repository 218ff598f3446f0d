"""Ends what needs a person: an operator accepts an order as it is, or closes it once its money is back."""

from lightning_cart.domain.order import UNPAID_STATUSES, Order
from lightning_cart.domain.payment import PaymentState
from lightning_cart.domain.review import MONEY_ELSEWHERE, explain_review
from lightning_cart.errors import ConfigurationError, InvalidField, OrderStateConflict, ProviderRefused
from lightning_cart.storage.leases import Lease
from lightning_cart.storage.operator_log import Operator, log_change
from lightning_cart.storage.reviews import Reviews
from lightning_cart.usecases.cancel import check_nothing_kept, lease_unpaid
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.expire import MAX_OPEN_SECONDS, expire_order


async def accept_order(engine: Engine, order_id: str, operator: Operator) -> Order:
    """Accept an order as it is: if money came, it counts as paid, whatever the amount; it needs no review any more.

    Args:
        engine: The configured engine.
        order_id: The order's id.
        operator: Who accepts it, and why; the reason is required.

    Returns:
        The order now.

    Raises:
        NotFound: No order has this id.
        InvalidField: There is no reason.
        OrderStateConflict: The order does not need review, and no part of its total was paid.
        StorageUnavailable: The database did not answer.
    """
    if not operator.reason.strip():
        raise InvalidField("reason", "say why the order is accepted: it is kept in the order's history")
    await engine.orders.get_order(order_id)
    log_id, reviews = f"log_{engine.ports.new_id()}", Reviews(engine.ports.database)
    order, is_done = await reviews.accept(order_id, operator, log_id, engine.now())
    if not is_done:
        raise OrderStateConflict(f"the order is {order.status} and needs no review: there is nothing to accept")
    return order


async def close_order(engine: Engine, order_id: str, operator: Operator) -> Order:
    """Close an order of which no money is kept, and its checkout at the provider before.

    Args:
        engine: The configured engine.
        order_id: The order's id.
        operator: Who closes it, and why.

    Returns:
        The order now.

    Raises:
        NotFound: No order has this id.
        InvalidField: Money came that this engine cannot refund, and there is no reason.
        OrderStateConflict: Money is kept, a payment is pending, or another call is asking the provider about the order.
        UnknownStrategy: The order's strategy is not in this engine, and its checkout may still be open.
        InvalidSettings: The strategy's settings are missing, and its checkout may still be open.
        ProviderRefused: The provider refused, and its checkout may still be open.
        ProviderUnavailable: The provider did not answer.
        StorageUnavailable: The database did not answer.
    """
    order, has_expired, log_id = await engine.orders.get_order(order_id), False, f"log_{engine.ports.new_id()}"
    if order.review_reason in MONEY_ELSEWHERE and not operator.reason.strip():
        raise InvalidField("reason", f"{explain_review(order.review_reason)}: say how the money was refunded")
    if order.status in UNPAID_STATUSES:
        order = await _expire(engine, await lease_unpaid(engine, order))
        has_expired = order.status not in UNPAID_STATUSES
    order, is_closed, kept_minor = await Reviews(engine.ports.database).close(order_id, operator, log_id, engine.now())
    if not is_closed:
        check_nothing_kept(order, kept_minor)
        if has_expired:
            await engine.ports.database.query(log_change(log_id, operator, "close", order_id, engine.now()))
    return order


async def _expire(engine: Engine, lease: Lease) -> Order:
    """Close the checkout. If nobody can close it any more, it has to have ended by itself."""
    try:
        order = await expire_order(engine, lease)
    except (ConfigurationError, ProviderRefused):
        if _has_ended(lease.order, engine.now()):
            return lease.order
        raise
    if order.status in UNPAID_STATUSES and engine.now() - order.created_at <= MAX_OPEN_SECONDS:
        payments = await engine.orders.payments_of(order.id)
        # A payment in another currency leaves the order open, and its checkout is over all the same.
        if not any(payment.state is PaymentState.PAID for payment in payments.values()):
            raise OrderStateConflict(f"the order is {order.status} and the provider cannot close it now: try again later")
    return order


def _has_ended(order: Order, now: int) -> bool:
    """Return whether an order's checkout has ended by itself."""
    is_over = order.session is not None and order.session.is_over(now)
    return is_over or now - order.created_at > MAX_OPEN_SECONDS
