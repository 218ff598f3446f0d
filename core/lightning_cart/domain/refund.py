"""A refund that was asked for here, and what a provider says of one."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.money import Money
from lightning_cart.http import json_bytes


class RefundStatus(StrEnum):
    """Where a refund stands."""

    REQUESTED = "requested"  # saved; whether the provider heard of it is not known yet
    PENDING = "pending"  # the provider has it, and the money is on its way
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # refused, or failed later: the buyer has not got the money


NOT_FAILED = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.SUCCEEDED)
IN_PROGRESS = (RefundStatus.REQUESTED, RefundStatus.PENDING)


class RefundWish(NamedTuple):
    """What an operator asks for.

    Args:
        order_id: Whose money.
        amount_minor: How much, in minor units of the order's currency, or `None` for all that is left.
        reason: The operator's own words, or empty.
        key: The caller's idempotency key: one key of an order is one refund.
    """

    order_id: str
    amount_minor: int | None
    reason: str
    key: str

    @property
    def digest(self) -> str:
        """Tells a repeated wish from another one under the same key."""
        return hashlib.sha256(json_bytes([self.amount_minor, self.reason])).hexdigest()


@dataclass(frozen=True, slots=True)
class Refund:
    """Money of one order that goes back.

    Args:
        id: `rfd_` and 26 characters; the key under which the provider is asked.
        order_id: Whose money.
        amount: How much.
        reason: The operator's own words, or empty.
        status: Where it stands.
        provider_ref: The provider's id of it, once known.
        repeated: Whether it was saved by an earlier call, so that the provider may have it already.
        digest: Of the request that it was made with.
        created_at: Unix seconds.
        updated_at: Unix seconds.
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


class RefundResult(NamedTuple):
    """What a provider says of a refund.

    Args:
        id: The provider's own.
        status: Never `REQUESTED`.
        refunded: The sum of the payment given back so far, this refund included where it did not fail; `None` where the
            provider has not counted it yet.
    """

    id: str
    status: RefundStatus
    refunded: Money | None
