"""Reports what the database says about the engine's work: webhooks, messages, reviews, and orders that nothing looks at.

Each statement reads a bounded number of rows, or rows of an index that holds only what it looks for.
"""

import sqlite3
from collections.abc import Iterator, Sequence

from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned

_SHOWN = 3
_OVERDUE_SECONDS = 600
_UNREAD_SECONDS = 3600
# A paid order of an unknown strategy is in the reconciler's report.
_STRANDED = """
    SELECT o.id, o.strategy FROM (
        SELECT id, strategy FROM orders WHERE status IN ('open', 'pending') ORDER BY created_at DESC, id DESC LIMIT 1000
    ) AS o WHERE o.strategy NOT IN ({}) LIMIT 3
"""
_WEBHOOKS = """
    SELECT n.provider, MAX(e.received_at) AS last_at,
        COUNT(DISTINCT CASE WHEN n.status IN ('paid', 'partially_refunded', 'refunded') THEN n.id END) AS paid
    FROM (SELECT id, provider, status FROM orders ORDER BY id DESC LIMIT 1000) AS n
    LEFT JOIN events AS e ON e.order_id = n.id AND e.event_id NOT LIKE 'read:%'
    GROUP BY n.provider ORDER BY n.provider
"""
_FOREIGN = "SELECT name, value, until FROM reconciling WHERE name >= 'foreign:' AND name < 'foreign;' ORDER BY name"
_PARKED = "SELECT COUNT(*) AS found, MIN(received_at) AS oldest FROM events WHERE verdict = 'parked'"
_DEAD = """
    SELECT DISTINCT x.order_id FROM (
        SELECT order_id, state FROM outbox ORDER BY order_id DESC, effect DESC, channel DESC LIMIT 10000
    ) AS x WHERE x.state = 'dead'
"""
_OVERDUE = """
    SELECT COUNT(*) AS found, MIN(created_at) AS oldest FROM outbox
    WHERE state = 'waiting' AND next_at < :before AND created_at < :before
"""
_REVIEW = "SELECT id FROM orders WHERE needs_review = 1 ORDER BY id DESC LIMIT 1000"
# As the index `orders_never_asked` has it.
_UNREAD = """
    SELECT COUNT(*) AS found, MIN(created_at) AS oldest FROM (
        SELECT created_at FROM orders
        WHERE status || '' IN ('open', 'pending') AND session_id IS NOT NULL AND looked_at = 0 AND created_at < :before
        ORDER BY created_at, id LIMIT 1000
    ) AS o
"""


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"{', '.join(ids[:_SHOWN])}{more}"


def _check_strategies(connection: sqlite3.Connection, strategies: Sequence[type[PaymentStrategy]]) -> Iterator[Check]:
    names = [strategy.name for strategy in strategies]
    stranded = connection.execute(_STRANDED.format(", ".join("?" * len(names))), names).fetchall()
    if stranded:
        shown = ", ".join(f"{row['id']} ({row['strategy']})" for row in stranded)
        advice = "deploy a release that has it; once its checkout is over, `lightning-cart orders close ID` ends an order"
        yield failed("unpaid orders", f"of a strategy that is not in this engine: {shown}", advice)


def _check_webhooks(connection: sqlite3.Connection) -> Iterator[Check]:
    foreign = {row["name"].partition(":")[2]: row for row in connection.execute(_FOREIGN)}
    last_foreign = {name: row["until"] for name, row in foreign.items()}
    for row in connection.execute(_WEBHOOKS).fetchall():
        provider, last_at = row["provider"], max(row["last_at"] or 0, last_foreign.get(row["provider"], 0))
        if last_at:
            yield passed(f"{provider} events", f"the last webhook came at {format_utc(last_at)} UTC")
        elif row["paid"]:
            detail = f"no webhook has come yet, but orders were paid: {row['paid']}"
            advice = (
                "check the endpoint's URL and secret at the provider: a wrong secret shows only when a webhook comes, in this "
                "engine's log and as a failed delivery in the dashboard; send a test event from there"
            )
            yield warned(f"{provider} events", detail, advice)
    for name, row in foreign.items():
        detail = f"not about orders of this engine: {row['value']}, the last at {format_utc(row['until'])} UTC"
        yield passed(f"{name} events", f"{detail}; normal if other programs use the account")
    parked = connection.execute(_PARKED).fetchone()
    if parked["found"]:
        since = format_utc(parked["oldest"])
        detail = f"waiting for a payment that is not known here: {parked['found']}, the oldest since {since} UTC"
        yield passed("parked events", f"{detail}; they are deleted after 7 days")


def _check_messages(connection: sqlite3.Connection, now: int) -> Iterator[Check]:
    if dead := [row["order_id"] for row in connection.execute(_DEAD)]:
        detail = f"no longer sent, of the orders {_some(dead)}"
        yield warned("messages", detail, "correct the receiver at fulfilment_url, then run lightning-cart orders replay ID")
    overdue = connection.execute(_OVERDUE, {"before": now - _OVERDUE_SECONDS}).fetchone()
    if overdue["found"]:
        detail = f"overdue: {overdue['found']}, the oldest since {format_utc(overdue['oldest'])} UTC"
        yield warned("messages", detail, "check that `lightning-cart serve` is running with this database")


def _check_orders(connection: sqlite3.Connection, now: int) -> Iterator[Check]:
    if to_review := [row["id"] for row in connection.execute(_REVIEW)]:
        detail = f"orders that wait for your decision: {len(to_review)} ({_some(to_review)})"
        yield warned("reviews", detail, "lightning-cart orders list --review shows them, orders explain ID says why")
    unread = connection.execute(_UNREAD, {"before": now - _UNREAD_SECONDS}).fetchone()
    if unread["found"]:
        detail = f"unpaid orders that it never asked about: {unread['found']}, the oldest of {format_utc(unread['oldest'])} UTC"
        yield warned("reconciler", detail, "run lightning-cart reconcile every few minutes, for example from cron")


def check_activity(connection: sqlite3.Connection, strategies: Sequence[type[PaymentStrategy]], now: int) -> Iterator[Check]:
    """Yield what there is to say about the engine's work.

    Args:
        connection: An up-to-date database, whose rows have names.
        strategies: The strategies of this engine.
        now: Unix seconds.
    """
    yield from _check_strategies(connection, strategies)
    yield from _check_webhooks(connection)
    yield from _check_messages(connection, now)
    yield from _check_orders(connection, now)
