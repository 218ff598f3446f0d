"""What a refund would do, for an operator who is asked to confirm it. Nothing is saved, and no provider is asked."""

from typing import NamedTuple

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.receipt import Pieces
from lightning_cart.domain.refund import RefundWish
from lightning_cart.domain.refund_lines import find_lines, price_lines
from lightning_cart.errors import IdempotencyConflict
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund import check_amount, refusal, strategy_of


class RefundPreview(NamedTuple):
    """What a refund would do.

    Args:
        order: The order.
        amount: What would be refunded.
        left: What could still be refunded afterwards.
        is_repeat: Whether a refund with the same key exists, which would be continued.
        pieces: The places of the lines that it is for, from 0, each with a quantity; empty if it is for none in particular.
    """

    order: Order
    amount: Money
    left: Money
    is_repeat: bool
    pieces: Pieces = ()

    @property
    def paid(self) -> Money:
        """What was paid of the order, with tips."""
        return Money(self.order.paid_minor + self.order.tip_minor, self.amount.currency)


async def preview_refund(engine: Engine, wish: RefundWish) -> RefundPreview:
    """Return what a refund would do.

    Args:
        engine: The configured engine.
        wish: The refund.

    Raises:
        NotFound: No order has this id.
        OrderStateConflict: Nothing was paid, or the amount is more than can be refunded.
        InvalidField: The provider cannot refund this amount, or the lines are not the order's.
        IdempotencyConflict: The key was used before with another amount, reason or lines.
        UnknownStrategy: The order's strategy is not in this engine.
        InvalidSettings: The strategy's settings are missing.
        StorageUnavailable: The database did not answer.
    """
    order = await engine.orders.get_order(wish.order_id)
    wish = find_lines(order, wish)
    strategy, currency = strategy_of(engine, order), order.total.currency
    if wish.amount_minor is not None:
        check_amount(wish.amount_minor, order, strategy)
    refunds, refundable_minor = await engine.refunds.find_refunds(wish, currency)
    if refunds:
        if refunds[0].digest != wish.digest:
            raise IdempotencyConflict(
                "this key was used before with another amount, reason or lines: use a new key for another refund"
            )
        amount = Money(sum(refund.amount.minor for refund in refunds), currency)
        return RefundPreview(order, amount, Money(refundable_minor, currency), is_repeat=True, pieces=wish.pieces)
    amount_minor = refundable_minor if wish.amount_minor is None else wish.amount_minor
    if wish.pieces:
        amount_minor = price_lines(order, wish, await engine.refunds.refunds_of(order)).amount_minor
        check_amount(amount_minor, order, strategy)
    if not 0 < amount_minor <= refundable_minor:
        raise await refusal(engine, wish, order, refundable_minor)
    return RefundPreview(
        order,
        Money(amount_minor, currency),
        Money(refundable_minor - amount_minor, currency),
        is_repeat=False,
        pieces=wish.pieces,
    )
