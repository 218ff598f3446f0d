"""Compares orders with the provider and applies what webhooks missed.

One run does a limited amount of work and saves where it stopped, even if it is interrupted. A provider that does not answer is
skipped for the rest of the run, and for longer after each further failure.
"""

from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.order import UNPAID_STATUSES, EventKind, Order, PaymentEvent, Verdict
from lightning_cart.domain.refund import Refund
from lightning_cart.domain.transitions import ids_agree
from lightning_cart.errors import InvalidSettings, ProviderRefused, ProviderUnavailable
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.storage.rows import row_to_event
from lightning_cart.usecases.cancel import expire_order
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund import continue_refund

MIN_AGE_SECONDS = 300  # skip younger orders: the buyer is probably still paying
REFUND_WINDOW_SECONDS = 180 * 24 * 3600  # paid orders are checked for refunds for this long after they were created
LATE_PAYMENT_SECONDS = 600  # a payment may still arrive for this long after its checkout has ended
MAX_OPEN_SECONDS = 7 * 24 * 3600  # a checkout without an expiry is closed after this
_FIRST_BACKOFF_SECONDS, _MAX_BACKOFF_SECONDS = 300, 3600


class DiscrepancyKind(StrEnum):
    """How a stored order differed from the provider's."""

    PAID_THERE = "paid_there"  # recorded now
    NEVER_CAPTURED = "never_captured"  # the buyer had approved the payment; it was captured now, or needs review
    WRONG_AMOUNT = "wrong_amount"
    SECOND_PAYMENT = "second_payment"
    REFUNDED_THERE = "refunded_there"  # recorded now
    REFUND_FAILED_THERE = "refund_failed_there"  # recorded now
    REFUSED = "refused"  # the provider refuses to report the order


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
        applied: Number of parked events whose order exists now.
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
        if (before.status, before.refunded_minor) == (after.status, after.refunded_minor):
            return
        if before.status in UNPAID_STATUSES and after.status in {"expired", "cancelled", "failed"}:
            self.expired += 1
        else:
            self.settled += 1


class Backoff:
    """Decides which providers a run may ask.

    Args:
        queue: Keeps the pauses between runs.
        skipped: Receives each provider that is skipped.
    """

    def __init__(self, queue: ReconcileQueue, skipped: list[str]) -> None:
        self.queue, self.skipped = queue, skipped
        self._answered: set[str] = set()  # in this run: their pause need not be read or reset again

    async def allows(self, provider: str, now: int) -> bool:
        """Return whether a provider may be asked."""
        if provider in self.skipped:
            return False
        if provider not in self._answered and await self.queue.is_backing_off(provider, now):
            self.skipped.append(provider)
            return False
        return True

    async def record_answer(self, provider: str) -> None:
        """End a provider's pause."""
        if provider not in self._answered:
            await self.queue.reset_backoff(provider)
            self._answered.add(provider)

    async def record_failure(self, provider: str, now: int) -> None:
        """Skip a provider for the rest of the run, and pause it for longer than the last time."""
        self.skipped.append(provider)
        await self.queue.back_off(provider, now, _FIRST_BACKOFF_SECONDS, _MAX_BACKOFF_SECONDS)


async def _record(
    engine: Engine, report: ReconcileReport, order: Order, event: PaymentEvent, kind: DiscrepancyKind | None
) -> None:
    """Record what the provider reports; `kind` is the difference to report if the event is applied."""
    recorded = await engine.inbox.record_event(event, engine.now())
    if event.kind is EventKind.NEEDS_REVIEW:
        report.add(order, DiscrepancyKind.REFUSED, event.type)
    elif recorded.verdict is Verdict.MISMATCH:
        same_payment = ids_agree(order.payment_ref, event.payment_ref)
        report.add(order, DiscrepancyKind.WRONG_AMOUNT if same_payment else DiscrepancyKind.SECOND_PAYMENT, event.id)
    elif kind is not None:
        report.add(order, kind)
    report.count_change(order, recorded.order or order)


async def _check_unpaid(engine: Engine, report: ReconcileReport, order: Order) -> None:
    """Check an unpaid order; expire it once its checkout has ended."""
    now = engine.now()
    ends_at = (order.session.expires_at if order.session else None) or order.created_at + MAX_OPEN_SECONDS
    if order.session is not None:
        event = await engine.run(engine.strategy(order.strategy).read_checkout(order))
        if event.kind is not EventKind.IGNORED:
            paid = DiscrepancyKind.NEVER_CAPTURED if event.captured_now else DiscrepancyKind.PAID_THERE
            await _record(engine, report, order, event, paid if event.kind is EventKind.PAID else None)
            return
    if now > ends_at + LATE_PAYMENT_SECONDS:
        report.count_change(order, await expire_order(engine, order))


async def _check_paid(engine: Engine, report: ReconcileReport, order: Order) -> None:
    """Check a paid order's refunded total; if it is unchanged, check for a second payment."""
    strategy = engine.strategy(order.strategy)
    total = await engine.run(strategy.read_refunded(order))
    if total is not None and total.minor != order.refunded_minor:
        is_more = total.minor > order.refunded_minor
        kind = EventKind.REFUNDED if is_more else EventKind.REFUND_FAILED
        event_id = f"read:{order.id}:{kind}:{total.minor}:{engine.now()}"
        event = PaymentEvent(order.provider, event_id, "refunds", kind, order.id, total, order.payment_ref)
        difference = DiscrepancyKind.REFUNDED_THERE if is_more else DiscrepancyKind.REFUND_FAILED_THERE
        await _record(engine, report, order, event, difference)
        return
    event = await engine.run(strategy.read_checkout(order))
    if event.kind is EventKind.PAID and not ids_agree(order.payment_ref, event.payment_ref):
        await _record(engine, report, order, event, None)


async def _check(engine: Engine, report: ReconcileReport, backoff: Backoff, order: Order, refund: Refund | None = None) -> None:
    """Check one order, or continue one of its refunds, unless its provider is skipped."""
    if not await backoff.allows(order.provider, engine.now()):
        return
    try:
        if refund is not None:
            await continue_refund(engine, order, refund)
        elif order.status in UNPAID_STATUSES:
            await _check_unpaid(engine, report, order)
        else:
            await _check_paid(engine, report, order)
    except ProviderUnavailable:
        await backoff.record_failure(order.provider, engine.now())
    except (ProviderRefused, InvalidSettings) as error:
        report.add(order, DiscrepancyKind.REFUSED, str(error))
    else:
        await backoff.record_answer(order.provider)


async def reconcile(engine: Engine, limit: int) -> ReconcileReport:
    """Apply parked events, continue unfinished refunds, and compare the next orders with their providers.

    Args:
        engine: The configured engine.
        limit: Maximum number of parked events, of refunds and of orders in this run.

    Returns:
        What was done, and every difference that was found.

    Raises:
        StorageUnavailable: The database did not answer; what was recorded before remains.
    """
    report = ReconcileReport()
    queue = ReconcileQueue(engine.ports.database)
    backoff = Backoff(queue, report.skipped_providers)
    for row in await queue.parked_events(limit):
        await engine.inbox.record_event(row_to_event(row), engine.now())
        report.applied += 1
    now = engine.now()
    for order, refund in await queue.claim_unfinished(now - MIN_AGE_SECONDS, limit, now):
        report.refunds += 1
        await _check(engine, report, backoff, order, refund)
    now = engine.now()
    orders = await queue.next_orders(now - MIN_AGE_SECONDS, now - REFUND_WINDOW_SECONDS, limit)
    for order in orders:
        # Saved before the check, so an order that ends the run does not block the orders after it.
        await queue.save_cursor(order.id)
        report.checked += 1
        await _check(engine, report, backoff, order)
    report.complete = len(orders) < limit
    if report.complete:
        await queue.save_cursor("")
    return report
