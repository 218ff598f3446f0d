"""Ends what waits for something that never came, forgets old attempts, and records parked events that a crash left over."""

from collections.abc import Callable

from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.domain.transitions import REFUND_KINDS
from lightning_cart.errors import ConfigurationError, ProviderError
from lightning_cart.storage.attempts import end_attempts
from lightning_cart.storage.reconcile_queue import PARKED, ReconcileQueue
from lightning_cart.storage.rows import row_to_event
from lightning_cart.storage.sql import BudgetSpent, CountedDatabase
from lightning_cart.storage.unread import find_unread
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reading import read_checkout, record_reading

PARKED_SECONDS = 7 * 24 * 3600  # an event whose payment is still unknown after this is somebody else's
STATEMENTS_PER_EVENT = 21  # of a refund: cursor, lease, one event


async def tidy(engine: Engine, limit: int, budget: int | None = None, go_on: Callable[[], bool] = lambda: True) -> int:
    """Delete old attempts and parked events, and record those of the others whose payment or subscription is known now.

    Attempts are deleted after a day, and events after seven.

    Args:
        engine: The configured engine.
        limit: Maximum number of parked events to look at.
        budget: Maximum number of SQL statements in this run, or None for no limit.
        go_on: Called before each event; the run ends when it returns False.

    Returns:
        The number of parked events that were recorded.

    Raises:
        StorageUnavailable: The database did not answer; what was recorded before remains.
    """
    database = CountedDatabase(engine.ports.database, budget)
    counted, queue, applied = engine.with_database(database), ReconcileQueue(database), 0
    try:
        await queue.end_parked(engine.now() - PARKED_SECONDS)
        await end_attempts(database, engine.now())
        rows = await queue.parked_events(limit)
        for row in rows:
            if not (database.has_room(STATEMENTS_PER_EVENT) and go_on()):
                return applied
            if row["is_known"]:
                await queue.save_cursor(PARKED, str(row["event_id"]), int(row["received_at"] or 0))
                applied += await _record(counted, row_to_event(row))
        if len(rows) < limit:
            await queue.reset_cursor(PARKED)
        else:
            await queue.save_cursor(PARKED, str(rows[-1]["event_id"]), int(rows[-1]["received_at"] or 0))
    except BudgetSpent:  # the next run continues
        pass
    return applied


async def _record(engine: Engine, event: PaymentEvent) -> bool:
    """Record one parked event, and return whether that was possible. A refund has to be read from its provider."""
    if event.kind not in REFUND_KINDS:
        return await engine.inbox.record_event(event, engine.now()) is not None
    found = await find_unread(engine.ports.database, event, engine.now())
    if found.lease is None:
        return False
    try:
        reading = await read_checkout(engine, found.lease, capture=False)
    except (ProviderError, ConfigurationError):
        return False
    _, recorded = await record_reading(engine, found.lease, reading, event)
    return recorded is not None
