"""Refunds paid orders: checks what is asked for, saves the refund, and makes it at the provider."""

from lightning_cart.domain.money import MAX_SAFE_INTEGER, Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment import sum_kept
from lightning_cart.domain.refund import Refund, RefundWish
from lightning_cart.domain.refund_lines import find_lines, price_lines
from lightning_cart.errors import IdempotencyConflict, InvalidField, MoneyError, OrderStateConflict
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund_progress import continue_refund


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
