"""Compares orders with the provider and applies what webhooks missed.

One run does a limited amount of work and saves where it stopped, even if it is interrupted. A provider that does not answer is
skipped for the rest of the run, and for longer after each further failure.
"""

from collections.abc import Callable, Mapping, Sequence

from lightning_cart.domain.order import ENGINE, UNPAID_STATUSES, Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import Refund
from lightning_cart.domain.review import ReviewReason
from lightning_cart.errors import InvalidSettings, ProviderRefused, ProviderUnavailable, UnknownStrategy
from lightning_cart.storage.leases import Lease
from lightning_cart.storage.reconcile_queue import PAID, WAITING, OrdersToCheck, ReconcileQueue
from lightning_cart.storage.sql import BudgetSpent, CountedDatabase
from lightning_cart.usecases.backoff import Backoff
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.expire import MAX_OPEN_SECONDS, expire_order
from lightning_cart.usecases.reading import changes_order, read_checkout, record_reading
from lightning_cart.usecases.reconcile_report import DiscrepancyKind, ReconcileReport
from lightning_cart.usecases.refund_progress import continue_refund

MIN_AGE_SECONDS = 300  # skip younger orders: the buyer is probably still paying
REFUND_WINDOW_SECONDS = 180 * 24 * 3600  # paid orders are checked for refunds for this long after they were created
LATE_PAYMENT_SECONDS = 600  # a payment may still arrive for this long after its checkout has ended
PART_SECONDS = 24 * 3600  # an order of which only a part is paid needs review after this
ABANDONED_SECONDS = 24 * 3600  # an order without a payment page is expired after this
STATEMENTS_PER_ORDER = 16  # of a usual check: cursor, pause, lease, one event, the pause's end


_REVIEWS: Mapping[str, DiscrepancyKind] = {
    ReviewReason.SECOND_PAYMENT: DiscrepancyKind.SECOND_PAYMENT,
    ReviewReason.DELIVERY: DiscrepancyKind.OTHER_PLACE,
}


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
    known = before._replace(updated_at=after.updated_at, customer_email=after.customer_email, buyer=after.buyer)
    if not changes or known == after:
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


async def reconcile(
    engine: Engine, limit: int, budget: int | None = None, go_on: Callable[[], bool] = lambda: True
) -> ReconcileReport:
    """Continue unfinished refunds, and compare the next orders with their providers: waiting ones before paid ones.

    Args:
        engine: The configured engine.
        limit: Maximum number of refunds and of orders in this run.
        budget: Maximum number of SQL statements in this run, or None for no limit.
        go_on: Called before each refund and order; the run ends when it returns False.

    Returns:
        What was done, and every difference that was found.

    Raises:
        StorageUnavailable: The database did not answer; what was recorded before remains.
    """
    report, database = ReconcileReport(), CountedDatabase(engine.ports.database, budget)
    counted = engine.with_database(database)
    try:
        await _run(counted, report, database, limit, go_on)
    except BudgetSpent:  # the next run continues
        report.complete = False
    return report


async def _run(
    engine: Engine, report: ReconcileReport, database: CountedDatabase, limit: int, go_on: Callable[[], bool]
) -> None:
    queue = ReconcileQueue(database)
    backoff = Backoff(queue, report.skipped_providers)
    now = engine.now()
    # One refund where statements are limited: many that stay pending must not keep the orders waiting.
    refunds = limit if database.has_room(STATEMENTS_PER_ORDER * limit) else 1
    for order, refund in await queue.claim_unfinished(now - MIN_AGE_SECONDS, refunds, now):
        if not go_on():
            return
        report.refunds += 1
        await _check(engine, report, backoff, order, refund)
    now = engine.now()
    found = await queue.next_orders(now, now - MIN_AGE_SECONDS, now - REFUND_WINDOW_SECONDS, limit, now - ABANDONED_SECONDS)
    chosen = _choose(found, limit)
    for cursor, order in chosen:
        if not (database.has_room(STATEMENTS_PER_ORDER) and go_on()):
            return
        if cursor:
            # Saved before the check, so an order that ends the run does not block the orders after it.
            await queue.save_cursor(cursor, order.id, order.created_at)
        if order.provider == ENGINE:  # nothing was paid anywhere
            continue
        report.checked += 1
        await _check(engine, report, backoff, order)
    checked = {order.id for _, order in chosen}
    ends = {WAITING: found.waiting, PAID: found.paid}
    report.complete = all(order.id in checked for order in found.never_asked)
    for name, orders in ends.items():
        is_at_end = len(orders) < limit and all(order.id in checked for order in orders)
        report.complete = report.complete and is_at_end
        if is_at_end:
            await queue.reset_cursor(name)
