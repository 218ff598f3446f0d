"""Compares orders with the provider and applies what webhooks missed.

One run does a limited amount of work and saves where it stopped, even if it is interrupted. A provider that does not answer is
skipped for the rest of the run, and for longer after each further failure.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.order import UNPAID_STATUSES, EventKind, Order, PaymentEvent
from lightning_cart.domain.refund import Refund
from lightning_cart.domain.review import ReviewReason
from lightning_cart.errors import InvalidSettings, ProviderRefused, ProviderUnavailable, UnknownStrategy
from lightning_cart.storage.leases import Lease
from lightning_cart.storage.reconcile_queue import PAID, WAITING, OrdersToCheck, ReconcileQueue
from lightning_cart.storage.sql import BudgetSpent, CountedDatabase
from lightning_cart.usecases.cancel import expire_order
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reading import changes_order, read_checkout, record_reading
from lightning_cart.usecases.refund import continue_refund

MIN_AGE_SECONDS = 300  # skip younger orders: the buyer is probably still paying
REFUND_WINDOW_SECONDS = 180 * 24 * 3600  # paid orders are checked for refunds for this long after they were created
LATE_PAYMENT_SECONDS = 600  # a payment may still arrive for this long after its checkout has ended
MAX_OPEN_SECONDS = 7 * 24 * 3600  # a checkout without an expiry is closed after this
PART_SECONDS = 24 * 3600  # an order of which only a part is paid needs review after this
ABANDONED_SECONDS = 24 * 3600  # an order without a payment page is expired after this
STATEMENTS_PER_ORDER = 16  # of a usual check: cursor, pause, lease, one event, the pause's end
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
    UNKNOWN_STRATEGY = "unknown_strategy"  # the order's strategy is not in this engine: nobody can be asked


_REVIEWS: Mapping[str, DiscrepancyKind] = {ReviewReason.SECOND_PAYMENT: DiscrepancyKind.SECOND_PAYMENT}


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


async def _check_unpaid(engine: Engine, report: ReconcileReport, lease: Lease) -> None:
    """Check an unpaid order; expire it once its checkout has ended."""
    order, now = lease.order, engine.now()
    ends_at = (order.session.expires_at if order.session else None) or order.created_at + MAX_OPEN_SECONDS
    reading = await read_checkout(engine, lease, capture=True)
    changes = [event for event in reading.events if changes_order(event, order, lease.payments.get(event.payment_key))]
    after, _ = await record_reading(engine, lease, reading)
    paid = DiscrepancyKind.NEVER_CAPTURED if reading.captured else DiscrepancyKind.PAID_THERE
    _report(report, order, after, changes, {EventKind.PAID: paid})
    if not after.needs_review and after.status in UNPAID_STATUSES and after.paid_minor > after.refunded_minor:
        await _flag_part(engine, report, after)
    if reading.events or now <= ends_at + LATE_PAYMENT_SECONDS:
        return
    _, again = await engine.leases.take(order.id, now)
    if again is not None:
        report.count_change(order, await expire_order(engine, again))


async def _flag_part(engine: Engine, report: ReconcileReport, order: Order) -> None:
    """Flag an order of which only a part is paid after a day."""
    if engine.now() - order.created_at > PART_SECONDS:
        event_id = f"read:{order.id}:part:{order.paid_minor}"
        event = PaymentEvent(order.provider, event_id, "part_paid", EventKind.NEEDS_REVIEW, order.id, was_read=True)
        await engine.inbox.record_event(event, engine.now())
        report.add(order, DiscrepancyKind.WRONG_AMOUNT, event_id)


async def _check_paid(engine: Engine, report: ReconcileReport, lease: Lease) -> None:
    """Check a paid order for refunds that failed or were made at the provider, and for further payments."""
    order = lease.order
    reading = await read_checkout(engine, lease, capture=False)
    changes = [event for event in reading.events if changes_order(event, order, lease.payments.get(event.payment_key))]
    after, _ = await record_reading(engine, lease, reading)
    kind = {}
    if after.refunded_minor != order.refunded_minor:
        is_more = after.refunded_minor > order.refunded_minor
        kind = {EventKind.PAID: DiscrepancyKind.REFUNDED_THERE if is_more else DiscrepancyKind.REFUND_FAILED_THERE}
    _report(report, order, after, changes, kind)


def _report(
    report: ReconcileReport,
    before: Order,
    after: Order,
    changes: Sequence[PaymentEvent],
    kinds: Mapping[EventKind, DiscrepancyKind],
) -> None:
    """Report what a reading changed: a review that it began, else the difference of each kind of event."""
    report.count_change(before, after)
    if not changes:
        return
    if after.needs_review and (not before.needs_review or after.review_reason != before.review_reason):
        kind = _REVIEWS.get(after.review_reason, DiscrepancyKind.WRONG_AMOUNT)
        refused = [event.type for event in changes if event.kind is EventKind.NEEDS_REVIEW]
        report.add(before, DiscrepancyKind.REFUSED if refused else kind, refused[0] if refused else changes[-1].id)
        return
    for kind in dict.fromkeys(kinds[event.kind] for event in changes if event.kind in kinds):
        report.add(before, kind)


async def _check(engine: Engine, report: ReconcileReport, backoff: Backoff, order: Order, refund: Refund | None = None) -> None:
    """Check one order, or continue one of its refunds, unless its provider is skipped or another call asks it."""
    if not await backoff.allows(order.provider, engine.now()):
        return
    try:
        if refund is not None:
            await continue_refund(engine, order, refund)
        else:
            await _check_order(engine, report, order)
    except ProviderUnavailable:
        await backoff.record_failure(order.provider, engine.now())
    except UnknownStrategy as error:
        report.add(order, DiscrepancyKind.UNKNOWN_STRATEGY, str(error))
    except (ProviderRefused, InvalidSettings) as error:
        report.add(order, DiscrepancyKind.REFUSED, str(error))
    else:
        await backoff.record_answer(order.provider)


async def _check_order(engine: Engine, report: ReconcileReport, order: Order) -> None:
    current, lease = await engine.leases.take(order.id, engine.now())
    if current is None or lease is None:
        return
    if current.status in UNPAID_STATUSES:
        await _check_unpaid(engine, report, lease)
    else:
        await _check_paid(engine, report, lease)


def _choose(found: OrdersToCheck, limit: int) -> list[tuple[str, Order]]:
    """Return the orders to check, each with its cursor's name or "".

    Waiting orders come first and leave a third for paid ones. Of them, those that were asked about before have a third as well,
    so that neither new orders nor paid ones keep them waiting.
    """
    room = max(limit - len(found.paid), limit - limit // 3, 1)
    known = {order.id for order in found.never_asked}
    again = [(WAITING, order) for order in found.waiting if order.id not in known]
    new = [("", order) for order in found.never_asked][: room - min(len(again), room // 3)]
    waiting = (new + again)[:room]
    return waiting + [(PAID, order) for order in found.paid][: limit - len(waiting)]


async def reconcile(engine: Engine, limit: int, budget: int | None = None) -> ReconcileReport:
    """Continue unfinished refunds, and compare the next orders with their providers: waiting ones before paid ones.

    Args:
        engine: The configured engine.
        limit: Maximum number of refunds and of orders in this run.
        budget: Maximum number of SQL statements in this run, or None for no limit.

    Returns:
        What was done, and every difference that was found.

    Raises:
        StorageUnavailable: The database did not answer; what was recorded before remains.
    """
    report, database = ReconcileReport(), CountedDatabase(engine.ports.database, budget)
    counted = engine.with_database(database)
    try:
        await _run(counted, report, database, limit)
    except BudgetSpent:  # the next run continues
        report.complete = False
    return report


async def _run(engine: Engine, report: ReconcileReport, database: CountedDatabase, limit: int) -> None:
    queue = ReconcileQueue(database)
    backoff = Backoff(queue, report.skipped_providers)
    now = engine.now()
    for order, refund in await queue.claim_unfinished(now - MIN_AGE_SECONDS, limit, now):
        report.refunds += 1
        await _check(engine, report, backoff, order, refund)
    now = engine.now()
    found = await queue.next_orders(now, now - MIN_AGE_SECONDS, now - REFUND_WINDOW_SECONDS, limit, now - ABANDONED_SECONDS)
    chosen = _choose(found, limit)
    for cursor, order in chosen:
        if not database.has_room(STATEMENTS_PER_ORDER):
            return
        if cursor:
            # Saved before the check, so an order that ends the run does not block the orders after it.
            await queue.save_cursor(cursor, order.id, order.created_at)
        report.checked += 1
        await _check(engine, report, backoff, order)
    checked = {order.id for _, order in chosen}
    ends = {WAITING: found.waiting, PAID: found.paid}
    report.complete = all(order.id in checked for order in found.never_asked)
    for name, orders in ends.items():
        is_at_end = len(orders) < limit and all(order.id in checked for order in orders)
        report.complete = report.complete and is_at_end
        if is_at_end and (not orders or any(cursor == name for cursor, _ in chosen)):
            await queue.reset_cursor(name)
