"""Reports what the database says about the engine's work: webhooks, messages, reviews, and orders that nothing looks at.

Each statement reads a bounded number of rows, or rows of an index that holds only what it looks for.
"""

from collections.abc import Iterator, Mapping, Sequence

from lightning_cart.ports import Database, Row, Statement
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.storage.loop_leases import LoopLeases
from lightning_cart.storage.sql import Sql, run_batch
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.cli.doctor.loops import check_loops

_SHOWN = 3
_OVERDUE_SECONDS = 600
_UNREAD_SECONDS = 3600
# A paid order of an unknown strategy is in the reconciler's report.
_STRANDED = """
    SELECT o.id, o.strategy FROM (
        SELECT id, strategy FROM orders WHERE status IN ('open', 'pending') ORDER BY created_at DESC, id DESC LIMIT 1000
    ) AS o WHERE o.strategy NOT IN ({}) LIMIT 3
"""
_WEBHOOKS = Statement("""
    SELECT n.provider, MAX(e.received_at) AS last_at,
        COUNT(DISTINCT CASE WHEN n.status IN ('paid', 'partially_refunded', 'refunded') THEN n.id END) AS paid
    FROM (SELECT id, provider, status FROM orders ORDER BY id DESC LIMIT 1000) AS n
    LEFT JOIN events AS e ON e.order_id = n.id AND e.event_id NOT LIKE 'read:%'
    WHERE n.provider <> 'engine' -- of free orders
    GROUP BY n.provider ORDER BY n.provider
""")
_FOREIGN = Statement("SELECT name, value, until FROM reconciling WHERE name >= 'foreign:' AND name < 'foreign;' ORDER BY name")
_PARKED = Statement("SELECT COUNT(*) AS found, MIN(received_at) AS oldest FROM events WHERE verdict = 'parked'")
_DEAD = Statement("""
    SELECT DISTINCT x.order_id FROM (
        SELECT order_id, state FROM outbox ORDER BY order_id DESC, effect DESC, channel DESC LIMIT 10000
    ) AS x WHERE x.state = 'dead' ORDER BY x.order_id DESC
""")
_OVERDUE = Sql("""
    SELECT COUNT(*) AS found, MIN(created_at) AS oldest FROM outbox
    WHERE state = 'waiting' AND next_at < :before AND created_at < :before
""")
_REVIEW = Statement("SELECT id FROM orders WHERE needs_review = 1 ORDER BY id DESC LIMIT 1000")
# As the index `orders_never_asked` has it.
_UNREAD = Sql("""
    SELECT COUNT(*) AS found, MIN(created_at) AS oldest FROM (
        SELECT created_at FROM orders
        WHERE status || '' IN ('open', 'pending') AND session_id IS NOT NULL AND looked_at = 0 AND created_at < :before
        ORDER BY created_at, id LIMIT 1000
    ) AS o
""")

type Rows = Sequence[Row]


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"{', '.join(ids[:_SHOWN])}{more}"


def _check_strategies(stranded: Rows) -> Iterator[Check]:
    if stranded:
        shown = ", ".join(f"{row['id']} ({row['strategy']})" for row in stranded)
        advice = "deploy a release that has it; once its checkout is over, `lightning-cart orders close ID` ends an order"
        yield failed("unpaid orders", f"of a strategy that is not in this engine: {shown}", advice)


def _number(value: object) -> int:
    return int(str(value or 0))


def _check_webhooks(webhooks: Rows, foreign: Rows) -> Iterator[Check]:
    others = {str(row["name"]).partition(":")[2]: row for row in foreign}
    last_foreign = {name: _number(row["until"]) for name, row in others.items()}
    for row in webhooks:
        provider = str(row["provider"])
        last_at = max(_number(row["last_at"]), last_foreign.get(provider, 0))
        if last_at:
            yield passed(f"{provider} events", f"the last webhook came at {format_utc(last_at)} UTC")
        elif row["paid"]:
            detail = f"no webhook has come yet, but orders were paid: {row['paid']}"
            advice = (
                "check the endpoint's URL and secret at the provider: a wrong secret shows only when a webhook comes, in this "
                "engine's log and as a failed delivery in the dashboard; send a test event from there"
            )
            yield warned(f"{provider} events", detail, advice)
    for name, row in others.items():
        detail = f"not about orders of this engine: {row['value']}, the last at {format_utc(last_foreign[name])} UTC"
        yield passed(f"{name} events", f"{detail}; normal if other programs use the account")


def _check_parked(parked: Row) -> Iterator[Check]:
    if parked["found"]:
        since = format_utc(_number(parked["oldest"]))
        detail = f"waiting for a payment that is not known here: {parked['found']}, the oldest since {since} UTC"
        yield passed("parked events", f"{detail}; they are deleted after 7 days")


def _check_messages(dead: Rows, overdue: Row) -> Iterator[Check]:
    if dead:
        detail = f"no longer sent, of the orders {_some([str(row['order_id']) for row in dead])}"
        yield warned("messages", detail, "correct the receiver at fulfilment_url, then run lightning-cart orders replay ID")
    if overdue["found"]:
        detail = f"overdue: {overdue['found']}, the oldest since {format_utc(_number(overdue['oldest']))} UTC"
        yield warned("messages", detail, "check that `lightning-cart serve` is running with this database")


def _check_orders(to_review: Rows, unread: Row) -> Iterator[Check]:
    if to_review:
        detail = f"orders that wait for your decision: {len(to_review)} ({_some([str(row['id']) for row in to_review])})"
        yield warned("reviews", detail, "lightning-cart orders list --review shows them, orders explain ID says why")
    if unread["found"]:
        since = format_utc(_number(unread["oldest"]))
        detail = f"unpaid orders that it never asked about: {unread['found']}, the oldest of {since} UTC"
        yield warned("reconciler", detail, "keep `lightning-cart serve` running with this database, which asks every 3 minutes")


def _statements(strategies: Sequence[type[PaymentStrategy]], now: int) -> Mapping[str, Statement]:
    names = tuple(strategy.name for strategy in strategies)
    return {
        "stranded": Statement(_STRANDED.format(", ".join("?" * len(names))), names),
        "webhooks": _WEBHOOKS,
        "foreign": _FOREIGN,
        "parked": _PARKED,
        "dead": _DEAD,
        "overdue": _OVERDUE({"before": now - _OVERDUE_SECONDS}),
        "to_review": _REVIEW,
        "unread": _UNREAD({"before": now - _UNREAD_SECONDS}),
    }


async def check_activity(database: Database, strategies: Sequence[type[PaymentStrategy]], now: int) -> list[Check]:
    """Return what there is to say about the engine's work.

    Args:
        database: An up-to-date database.
        strategies: The strategies of this engine.
        now: Unix seconds.

    Raises:
        StorageUnavailable: It cannot be read.
    """
    rows = await run_batch(database, _statements(strategies, now))
    return [
        *check_loops(await LoopLeases(database).read(), now),
        *_check_strategies(rows["stranded"]),
        *_check_webhooks(rows["webhooks"], rows["foreign"]),
        *_check_parked(rows["parked"][0]),
        *_check_messages(rows["dead"], rows["overdue"][0]),
        *_check_orders(rows["to_review"], rows["unread"][0]),
    ]
