"""Refunds: what an operator requests, what is saved, and what a provider reports."""

import hashlib
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.money import Money
from lightning_cart.http import json_bytes


class RefundStatus(StrEnum):
    """The status of a refund."""

    REQUESTED = "requested"  # saved; the provider may not have received it
    PENDING = "pending"  # accepted by the provider, not completed
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # refused, or failed later: the buyer did not receive it


NOT_FAILED = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.SUCCEEDED)
IN_PROGRESS = (RefundStatus.REQUESTED, RefundStatus.PENDING)


class LineWish(NamedTuple):
    """Pieces of one line that an operator wants to refund.

    Args:
        quantity: At least 1.
        product_id: The line's product, or empty if the line is named by its place.
        variant_id: The variant, or empty if the product is in one line only.
        place: The line's place from 0, or None if it is named by its product.
    """

    quantity: int
    product_id: str = ""
    variant_id: str = ""
    place: int | None = None


class RefundWish(NamedTuple):
    """An operator's request for a refund.

    Args:
        order_id: The order to refund.
        amount_minor: In minor units of the order's currency, or None for what the lines cost; without lines, for all that is
            left.
        reason: The operator's reason, or empty.
        key: The caller's idempotency key: one key is one refund of the order.
        who: Who requests it, for the operators' log.
        seen_minor: The amount that an operator has confirmed, in minor units: another one is not refunded. None: any.
        lines: What it is for, or empty if it is for no lines in particular.
        pieces: The same as places of lines from 0, each with a quantity, once the order is known.
    """

    order_id: str
    amount_minor: int | None
    reason: str
    key: str
    who: str = "operator"
    seen_minor: int | None = None
    lines: tuple[LineWish, ...] = ()
    pieces: tuple[tuple[int, int], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of amount, reason and pieces; distinguishes a repeated request from another one with the same key."""
        pieces = [self.pieces] if self.pieces else []  # without lines it is what it was before there were any
        return hashlib.sha256(json_bytes([self.amount_minor, self.reason, *pieces])).hexdigest()


class Refund(NamedTuple):
    """A saved refund of one order.

    Args:
        id: `rfd_` and 26 characters; also the idempotency key at the provider.
        order_id: The refunded order.
        amount: The amount to refund.
        reason: The operator's reason, or empty.
        status: The refund's status.
        provider_ref: The provider's id of the refund, or empty if unknown.
        may_exist_already: Whether an earlier call saved it, so the provider may have it already.
        digest: SHA-256 of the request's amount, reason and lines.
        created_at: Unix seconds.
        updated_at: Unix seconds.
        payment_ref: The key of the payment to refund, or empty for the order's only payment.
        pieces: The places of the lines that it is for, from 0, each with a quantity; empty if it is for none in particular.
    """

    id: str
    order_id: str
    amount: Money
    reason: str
    status: RefundStatus
    provider_ref: str
    may_exist_already: bool
    digest: str
    created_at: int
    updated_at: int
    payment_ref: str = ""
    pieces: tuple[tuple[int, int], ...] = ()


class RefundResult(NamedTuple):
    """What a provider reports of a refund.

    Args:
        id: The provider's id of the refund.
        status: Never `REQUESTED`.
        refunded: The payment's refunded total, with this refund unless it failed; None if the total does not include it yet.
    """

    id: str
    status: RefundStatus
    refunded: Money | None
