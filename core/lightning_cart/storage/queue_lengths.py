"""Counts what waits in the database, for monitoring. Each statement reads a bounded number of rows."""

from collections.abc import Mapping
from typing import NamedTuple, cast

from lightning_cart.domain.order import UNPAID_STATUSES
from lightning_cart.ports import Database, Row
from lightning_cart.storage.loop_leases import SELECT_LOOPS, Loop, LoopState, rows_to_loops
from lightning_cart.storage.sql import Sql, in_list, run_batch

MAX_COUNTED = 10_000  # rows of each queue; a longer one is told as this long
_MESSAGES = Sql(f"""
    SELECT COUNT(*) AS waiting, MIN(x.created_at) AS oldest_at,
        CAST(COALESCE(SUM(CASE WHEN x.next_at <= :now THEN 1 ELSE 0 END), 0) AS BIGINT) AS due,
        MIN(CASE WHEN x.next_at > :now THEN NULL WHEN x.next_at > x.created_at THEN x.next_at ELSE x.created_at END) AS due_at
    FROM (
        SELECT next_at, created_at FROM outbox WHERE state = 'waiting' ORDER BY next_at, created_at LIMIT {MAX_COUNTED}
    ) AS x
""")
# Of the newest messages, because there is no index of the dead ones.
_DEAD = Sql(f"""
    SELECT COUNT(*) AS dead FROM (
        SELECT state FROM outbox ORDER BY order_id DESC, effect DESC, channel DESC LIMIT {MAX_COUNTED}
    ) AS x WHERE x.state = 'dead'
""")
_PARKED = Sql(f"""
    SELECT COUNT(*) AS found, MIN(x.received_at) AS oldest_at FROM (
        SELECT received_at FROM events WHERE verdict = 'parked' ORDER BY received_at, event_id LIMIT {MAX_COUNTED}
    ) AS x
""")
# As the index `orders_never_asked` has it.
_NEVER_ASKED = Sql(f"""
    SELECT COUNT(*) AS found, MIN(x.created_at) AS oldest_at FROM (
        SELECT created_at FROM orders
        WHERE status || '' IN ({in_list(UNPAID_STATUSES)}) AND session_id IS NOT NULL AND looked_at = 0
        ORDER BY created_at, id LIMIT {MAX_COUNTED}
    ) AS x
""")
_REVIEW = Sql(f"""
    SELECT COUNT(*) AS found FROM (SELECT id FROM orders WHERE needs_review = 1 ORDER BY id DESC LIMIT {MAX_COUNTED}) AS x
""")


class Queue(NamedTuple):
    """One queue.

    Args:
        length: The number of its rows, at most `MAX_COUNTED`.
        oldest_at: When its oldest row was made, in Unix seconds, or None if it is empty.
    """

    length: int
    oldest_at: int | None = None


class QueueLengths(NamedTuple):
    """What waits in the database.

    Args:
        waiting: Messages to merchants that are to be sent, now or later.
        due: Those of them to be sent now; `oldest_at` is since when.
        dead: Messages of the newest `MAX_COUNTED` that are no longer sent.
        parked: Events that wait for a payment that is not known here.
        never_asked: Unpaid orders that the provider was never asked about.
        review: Orders that wait for an operator's decision.
        loops: Who runs each loop of the engine.
    """

    waiting: Queue
    due: Queue
    dead: Queue
    parked: Queue
    never_asked: Queue
    review: Queue
    loops: Mapping[Loop, LoopState]


def _queue(row: Row, length: str = "found", oldest_at: str = "oldest_at") -> Queue:
    return Queue(cast("int", row[length]), cast("int | None", row.get(oldest_at)))


async def read_queue_lengths(database: Database, now: int) -> QueueLengths:
    """Return how much waits in each queue. One round trip.

    Args:
        database: Where the tables are.
        now: Unix seconds.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    statements = {
        "messages": _MESSAGES({"now": now}),
        "dead": _DEAD({}),
        "parked": _PARKED({}),
        "never_asked": _NEVER_ASKED({}),
        "review": _REVIEW({}),
        "loops": SELECT_LOOPS({}),
    }
    rows = await run_batch(database, statements)
    (messages,) = rows["messages"]
    return QueueLengths(
        _queue(messages, "waiting"),
        _queue(messages, "due", "due_at"),
        _queue(rows["dead"][0], "dead"),
        _queue(rows["parked"][0]),
        _queue(rows["never_asked"][0]),
        _queue(rows["review"][0]),
        rows_to_loops(rows["loops"]),
    )
