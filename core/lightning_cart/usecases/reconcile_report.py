"""What one run of the reconciler did, and every difference that it found."""

from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.order import UNPAID_STATUSES, Order


class DiscrepancyKind(StrEnum):
    """How a stored order differed from the provider's."""

    PAID_THERE = "paid_there"  # recorded now
    NEVER_CAPTURED = "never_captured"  # the buyer had approved the payment; it was captured now, or needs review
    WRONG_AMOUNT = "wrong_amount"
    SECOND_PAYMENT = "second_payment"
    OTHER_PLACE = "other_place"  # the goods go to another place than the price is for
    REFUNDED_THERE = "refunded_there"  # recorded now
    REFUND_FAILED_THERE = "refund_failed_there"  # recorded now
    REFUSED = "refused"  # the provider refuses to report the order
    UNKNOWN_STRATEGY = "unknown_strategy"  # the order's strategy is not in this engine: nobody can be asked


class Discrepancy(NamedTuple):
    """One difference between a stored order and the provider's.

    Args:
        order_id: The order's id.
        kind: The kind of difference.
        detail: The event's id or the provider's reason, or empty.
    """

    order_id: str
    kind: DiscrepancyKind
    detail: str = ""


class ReconcileReport:
    """What one run did.

    Attributes:
        checked: Number of orders that were checked.
        settled: Number of orders that changed, without the expired ones.
        expired: Number of orders whose checkout was closed or had ended.
        applied: Number of parked events that were recorded, because their payment or subscription is known now.
        refunds: Number of unfinished refunds that were checked.
        complete: Whether the run reached the last order; the next run starts with the first one then.
        skipped_providers: Providers that were skipped because they did not answer.
        discrepancies: Every difference that was found.
    """

    def __init__(self) -> None:
        self.checked = self.settled = self.expired = self.applied = self.refunds = 0
        self.complete = False
        self.skipped_providers: list[str] = []
        self.discrepancies: list[Discrepancy] = []

    def __repr__(self) -> str:
        return f"ReconcileReport({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    @property
    def log_fields(self) -> dict[str, object]:
        """The whole report, for the log and for scripts."""
        return {
            "checked": self.checked,
            "settled": self.settled,
            "expired": self.expired,
            "applied": self.applied,
            "refunds": self.refunds,
            "complete": self.complete,
            "limited": list(self.skipped_providers),
            "findings": [{"order_id": one.order_id, "drift": one.kind, "detail": one.detail} for one in self.discrepancies],
        }

    def add(self, order: Order, kind: DiscrepancyKind, detail: str = "") -> None:
        """Add a difference."""
        self.discrepancies.append(Discrepancy(order.id, kind, detail))

    def count_change(self, before: Order, after: Order) -> None:
        """Count an order whose status or refunded amount has changed."""
        if (before.status, before.paid_minor, before.refunded_minor) == (after.status, after.paid_minor, after.refunded_minor):
            return
        if before.status in UNPAID_STATUSES and after.status in {"expired", "cancelled", "failed"}:
            self.expired += 1
        else:
            self.settled += 1
