"""Refunds paid orders: saves the refund, asks the provider, then records the provider's result as an event."""

from lightning_cart.domain.money import MAX_SAFE_INTEGER, Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment import sum_kept
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import IN_PROGRESS, Refund, RefundResult, RefundStatus, RefundWish
from lightning_cart.domain.refund_lines import find_lines, price_lines
from lightning_cart.errors import IdempotencyConflict, InvalidField, MoneyError, OrderStateConflict, ProviderRefused
from lightning_cart.providers.strategy import PaymentStrategy
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


async def refund_order(engine: Engine, wish: RefundWish) -> tuple[Order, list[Refund]]:
    """Refund what was paid of an order, or continue the refund of an earlier call with the same key.

    The order may need review, and any part of its total may have been paid. An order with several payments is refunded one by
    one, newest first.

    Args:
        engine: The configured engine.
        wish: The requested refund.

    Returns:
        The order, and the refund now: one for each payment that is refunded.

    Raises:
        NotFound: No order has this id.
        OrderStateConflict: Nothing was paid, the amount is more than can be refunded, or it is not the one that was confirmed.
        InvalidField: The provider cannot refund this amount, or the lines are not the order's.
        IdempotencyConflict: The key was used before with another amount, reason or lines.
        UnknownStrategy: The order's strategy is not in this engine.
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    order = await engine.orders.get_order(wish.order_id)
    strategy, wish = strategy_of(engine, order), find_lines(order, wish)  # raise before anything is saved
    if wish.amount_minor is not None:
        check_amount(wish.amount_minor, order, strategy)
    refunds = await _save(engine, wish, order)
    if refunds[0].digest != wish.digest:
        raise IdempotencyConflict(
            "this Idempotency-Key was used before with another amount, reason or lines: use a new key for another refund"
        )
    done = []
    for refund in refunds:
        order, changed = await continue_refund(engine, order, refund)
        done.append(changed)
    return order, done


def strategy_of(engine: Engine, order: Order) -> PaymentStrategy:
    """Return the strategy that refunds an order.

    Raises:
        OrderStateConflict: The order came to nothing.
        UnknownStrategy: The order's strategy is not in this engine.
        InvalidSettings: The strategy's settings are missing.
    """
    if order.is_free:
        raise OrderStateConflict("the order was free and nothing was paid: cancel it instead")
    return engine.strategy(order.strategy)


async def _save(engine: Engine, wish: RefundWish, order: Order) -> list[Refund]:
    """Save a refund, or return the one that was saved with the same key; raise why it cannot be made."""
    refund_id, currency, priced = f"rfd_{engine.ports.new_id()}", order.total.currency, None
    if wish.pieces:
        saved, _ = await engine.refunds.find_refunds(wish, currency)
        if saved:
            return saved
        priced = price_lines(order, wish, await engine.refunds.refunds_of(order))
        check_amount(priced.amount_minor, order, engine.strategy(order.strategy))
    refunds, refundable_minor = await engine.refunds.create_refund(wish, currency, refund_id, engine.now(), priced)
    if refunds:
        return refunds
    if priced is not None and priced.amount_minor <= refundable_minor:
        raise OrderStateConflict("lines of the order were refunded meanwhile: look at it again, and repeat the refund")
    raise await refusal(engine, wish, order, refundable_minor)


def check_amount(amount_minor: int, order: Order, strategy: PaymentStrategy) -> None:
    """Refuse an amount that the order's provider cannot refund, whatever was paid.

    Raises:
        InvalidField: The amount is not a positive number of minor units, or the provider has no such unit.
    """
    if not 1 <= amount_minor <= MAX_SAFE_INTEGER:
        raise InvalidField("amount_minor", f"must be a whole number of minor units, from 1 to {MAX_SAFE_INTEGER}")
    try:
        strategy.limits.amounts.to_provider(Money(amount_minor, order.total.currency))
    except MoneyError as error:
        raise InvalidField("amount_minor", f"{order.strategy} cannot refund this amount: {error}") from error


async def refusal(engine: Engine, wish: RefundWish, order: Order, refundable_minor: int) -> OrderStateConflict:
    """Return the error of a refund that cannot be made, with what was paid, what is refunded, and how much can be refunded."""
    if not order.paid_minor:
        return OrderStateConflict(f"the order is {order.status} and nothing was paid: cancel it instead, if it is open")
    currency = order.total.currency
    refundable = Money(refundable_minor, currency)
    if wish.amount_minor is None and refundable_minor > 0 and wish.seen_minor is not None:
        seen = Money(wish.seen_minor, currency)
        return OrderStateConflict(
            f"{refundable.display} can be refunded now, and no longer {seen.display}: run the command again"
        )
    payments = await engine.orders.payments_of(order.id)
    paid_minor, kept_minor = order.paid_minor + order.tip_minor, sum_kept(payments.values())
    paid, refunded = Money(paid_minor, currency), Money(paid_minor - kept_minor, currency)
    pending_minor = kept_minor - refundable_minor
    pending = f", {Money(pending_minor, currency).display} is being refunded" if pending_minor > 0 else ""
    return OrderStateConflict(
        f"{paid.display} was paid and {refunded.display} refunded{pending}: at most {refundable.display} can be refunded"
    )
