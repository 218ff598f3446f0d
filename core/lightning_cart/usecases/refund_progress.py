"""Makes a saved refund at the provider, and records the provider's result as an event.

The reconciler continues refunds too; what an operator asks for is in `refund`.
"""

from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import IN_PROGRESS, Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderRefused
from lightning_cart.usecases.engine import Engine


def refund_event(order: Order, refund: Refund, result: RefundResult) -> PaymentEvent:
    """Return a provider's result for a refund as an event of its order."""
    kind = EventKind.REFUND_FAILED if result.status is RefundStatus.FAILED else EventKind.REFUNDED
    total_minor = result.refunded.minor if result.refunded else ""
    return PaymentEvent(
        provider=order.provider,
        id=f"read:{result.id}:{kind}:{total_minor}",
        type="refund",
        was_read=True,
        kind=kind,
        order_id=order.id,
        amount=result.refunded,
        payment_ref=refund.payment_ref or order.payment_ref or order.subscription_ref,
        object_id="" if result.status is RefundStatus.PENDING else result.id,  # a pending refund must not be finished by it
    )


async def continue_refund(engine: Engine, order: Order, refund: Refund) -> tuple[Order, Refund]:
    """Ask the provider to make a saved refund, or for its status. However often it is asked, the provider refunds once.

    Args:
        engine: The configured engine.
        order: The order to refund.
        refund: Saved already.

    Returns:
        The order and the refund now.

    Raises:
        UnknownStrategy: The order's strategy is not in this engine.
        InvalidSettings: The strategy's settings are missing.
        ProviderRefused: The provider refused; the refund is now `failed`.
        ProviderUnavailable: The outcome is unknown; the refund stays as it is, and the same call continues it.
        StorageUnavailable: The outcome is unknown; the same call continues the refund.
    """
    if refund.status not in IN_PROGRESS:
        return order, refund
    payments = await engine.orders.payments_of(order.id)
    try:
        result = await engine.run(engine.strategy(order.strategy).refund(order, refund))
    except ProviderRefused:
        await engine.refunds.mark_refused(refund, engine.now())
        raise
    now = engine.now()
    changed = refund._replace(status=result.status, provider_ref=result.id, updated_at=now)
    if result.refunded is None and result.status is not RefundStatus.FAILED:
        await engine.refunds.save_result(refund, result, now)
        return order, changed
    event = refund_event(order, refund, result)
    recorded = await engine.inbox.record_refund(refund, result, event, now, payments.get(event.payment_key))
    return (recorded.order if recorded and recorded.order else order), changed
