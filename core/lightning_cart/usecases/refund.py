"""The merchant gives money back: save the refund, then ask the provider, then settle its answer as a webhook is settled."""

from dataclasses import replace

from lightning_cart.domain.money import MAX_SAFE_INTEGER, Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.domain.refund import IN_PROGRESS, Refund, RefundResult, RefundStatus, RefundWish
from lightning_cart.errors import IdempotencyConflict, InvalidField, MoneyError, NotFound, OrderStateConflict, ProviderRefused
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine


async def get_order(engine: Engine, order_id: str) -> Order:
    """The order with this id.

    Raises:
        NotFound: There is none.
    """
    order = await engine.store.find_order(order_id)
    if order is None:
        raise NotFound("there is no such order")
    return order


def refund_event(order: Order, result: RefundResult) -> PaymentEvent:
    """What a provider's answer about a refund means for its order, as an event to settle."""
    kind = EventKind.REFUND_FAILED if result.status is RefundStatus.FAILED else EventKind.REFUNDED
    sum_minor = result.refunded.minor if result.refunded else ""
    return PaymentEvent(
        provider=order.provider,
        id=f"read:{result.id}:{kind}:{sum_minor}",
        type="refund",
        was_read=True,
        kind=kind,
        order_id=order.id,
        amount=result.refunded,
        object_id="" if result.status is RefundStatus.PENDING else result.id,  # counted already, and not at its end yet
    )


async def continue_refund(engine: Engine, order: Order, refund: Refund) -> tuple[Order, Refund]:
    """Ask the provider for a saved refund, or how it stands; the provider gives back once, however often it is asked.

    Args:
        engine: What to work with.
        order: Whose money.
        refund: Saved already.

    Returns:
        Both as they stand now.

    Raises:
        InvalidSettings: The strategy has no keys.
        ProviderRefused: The provider refused; the refund is `failed` from now on.
        ProviderUnavailable: The outcome is not known; the refund stays as it is, and the same call continues it.
        StorageUnavailable: The same.
    """
    if refund.status not in IN_PROGRESS:
        return order, refund
    try:
        result = await engine.run(engine.strategy(order.strategy).refund(order, refund))
    except ProviderRefused:
        await engine.store.refuse_refund(refund, engine.now())
        raise
    now = engine.now()
    changed = replace(refund, status=result.status, provider_ref=result.id, updated_at=now)
    if result.refunded is None and result.status is not RefundStatus.FAILED:
        await engine.store.save_refund(refund, result, now)
        return order, changed
    settlement = await engine.store.record_refund(refund, result, refund_event(order, result), now)
    return settlement.order or order, changed


async def refund_order(engine: Engine, wish: RefundWish) -> tuple[Order, Refund]:
    """Give money of a paid order back, or continue the refund that the same call began before.

    Args:
        engine: What to work with.
        wish: What is asked for.

    Returns:
        The order and the refund as they stand now.

    Raises:
        NotFound: No such order.
        OrderStateConflict: Nothing was paid, or not so much is left.
        InvalidField: An amount that cannot be given back.
        IdempotencyConflict: The key came before, with another amount or reason.
        InvalidSettings: The strategy has no keys.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: The database did not answer.
    """
    order = await get_order(engine, wish.order_id)
    strategy = engine.strategy(order.strategy)  # without keys nothing is saved
    if wish.amount_minor is not None:
        _check_amount(wish.amount_minor, order, strategy)
    refund_id = f"rfd_{engine.ports.new_id()}"
    refund, left = await engine.store.open_refund(wish, order.total.currency, refund_id, engine.now())
    if refund is None:
        raise OrderStateConflict(_refusal(order, left))
    if refund.digest != wish.digest:
        raise IdempotencyConflict("this Idempotency-Key came before with another amount or reason: use a fresh key")
    return await continue_refund(engine, order, refund)


def _check_amount(amount_minor: int, order: Order, strategy: PaymentStrategy) -> None:
    if not 1 <= amount_minor <= MAX_SAFE_INTEGER:
        raise InvalidField("amount_minor", f"must be a whole number of minor units, from 1 to {MAX_SAFE_INTEGER}")
    try:
        strategy.limits.amounts.to_provider(Money(amount_minor, order.total.currency))
    except MoneyError as error:
        raise InvalidField("amount_minor", f"{order.strategy} cannot give this back: {error}") from error


def _refusal(order: Order, left: int) -> str:
    if not order.paid_minor:
        return f"the order is {order.status} and nothing was paid: cancel it instead, if it is open"
    currency = order.total.currency
    paid, back = Money(order.paid_minor, currency), Money(order.refunded_minor, currency)
    waiting = order.paid_minor - order.refunded_minor - left
    held = f", {Money(waiting, currency).display} is on its way back" if waiting else ""
    return f"{paid.display} was paid and {back.display} given back{held}: at most {Money(left, currency).display} is left"
