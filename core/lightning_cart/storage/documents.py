"""The numbers of receipts, credit notes and renewals, and the rows of the latter two.

A document is made in the batch that records its refund or renewal. It gets its number in a batch of its own, before the first
thing that shows it: a counter in the settling batch would queue all payments of a site. The batch numbers each document once
and may be repeated, and every number of a site, series and year is given without a gap.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.order import PAID_STATUSES, Order
from lightning_cart.domain.receipt import Pieces
from lightning_cart.domain.refund import IN_PROGRESS
from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart.storage.event_messages import COUNTS, FRESH
from lightning_cart.storage.refunds import json_to_pieces
from lightning_cart.storage.rows import SELECT_ORDER, SELECT_WITH_BUYER, row_to_number, row_to_order
from lightning_cart.storage.sql import Sql, in_list, run_batch

_LAST_PLACE = """(
    SELECT CAST(COALESCE(MAX(d.place), 0) AS BIGINT) FROM documents AS d WHERE d.order_id = o.id AND d.series = '{0}'
)"""
_CREDITED = """(
    SELECT CAST(COALESCE(SUM(d.{0}), 0) AS BIGINT) FROM documents AS d WHERE d.order_id = o.id AND d.series = 'credit_note'
)"""
# A refund counts towards a payment's amount first, then towards its tip.
_REFUNDED_TIPS = """(
    SELECT CAST(COALESCE(SUM(p.refunded_minor - p.amount_minor), 0) AS BIGINT) FROM payments AS p
    WHERE p.order_id = o.id AND p.state = 'paid' AND p.refunded_minor > p.amount_minor
)"""
# What was refunded of the order and has no credit note yet. Below 0 if a refund failed after it had one.
_INSERT_CREDIT_NOTE = f"""
    INSERT INTO documents (order_id, series, place, site, amount_minor, tip_minor, ref, at)
    SELECT n.id, 'credit_note', n.place, n.site, n.amount_minor, n.tip_minor, n.ref, :now
    FROM (
        SELECT o.id, o.site, {_LAST_PLACE.format("credit_note")} + 1 AS place, {{ref}} AS ref,
            o.refunded_minor - {_CREDITED.format("amount_minor")} AS amount_minor,
            {_REFUNDED_TIPS} - {_CREDITED.format("tip_minor")} AS tip_minor
        FROM {{orders}}
    ) AS n
    WHERE n.amount_minor <> 0 OR n.tip_minor <> 0
    ON CONFLICT DO NOTHING
"""
# The refund that the event names, or one of the payment whose result is not known yet: a webhook can come before it.
_REFUND_ID = f"""COALESCE((
    SELECT MIN(r.id) FROM refunds AS r WHERE r.order_id = o.id AND r.provider_ref = :subject AND :subject <> ''
), (
    SELECT MIN(r.id) FROM refunds AS r
    WHERE r.order_id = o.id AND r.payment_ref IN ('', :payment_key) AND r.counted = 0 AND r.status IN ({in_list(IN_PROGRESS)})
        AND r.amount_minor = o.refunded_minor - {_CREDITED.format("amount_minor")}
            + {_REFUNDED_TIPS} - {_CREDITED.format("tip_minor")}
        AND NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.order_id = o.id AND d.ref = r.id)
), '')"""
ADD_CREDIT_NOTE = _INSERT_CREDIT_NOTE.format(
    ref=_REFUND_ID, orders=f"events AS e JOIN orders AS o ON o.id = e.order_id WHERE {FRESH} AND {COUNTS}"
)
# A provider can tell of one renewal in several events.
_RENEWAL_REF = "CASE e.subject WHEN '' THEN e.event_id ELSE e.subject END"
_INSERT_RENEWALS = f"""
    INSERT INTO documents (order_id, series, place, site, amount_minor, ref, at)
    SELECT o.id, 'renewal', {_LAST_PLACE.format("renewal")} + ROW_NUMBER() OVER (ORDER BY n.at, n.ref), o.site,
        n.amount_minor, n.ref, n.at
    FROM (
        SELECT e.order_id, {_RENEWAL_REF} AS ref, MAX(e.amount_minor) AS amount_minor, MIN(e.received_at) AS at
        FROM events AS e JOIN orders AS x ON x.id = e.order_id
        WHERE {{events}} AND e.amount_minor IS NOT NULL AND e.currency = x.currency
        GROUP BY e.order_id, {_RENEWAL_REF}
    ) AS n JOIN orders AS o ON o.id = n.order_id
    WHERE NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.order_id = o.id AND d.series = 'renewal' AND d.ref = n.ref)
    ON CONFLICT DO NOTHING
"""
ADD_RENEWAL = _INSERT_RENEWALS.format(events=f"{FRESH} AND e.verdict = 'applied'")
# Those that an operator accepts with their order, because their amount was another one.
ADD_ACCEPTED_RENEWALS = _INSERT_RENEWALS.format(
    events="e.order_id = :order_id AND e.reason = 'renewal_amount' AND {is_accepted}"
)
_IS_PAID = f"o.status IN ({in_list(PAID_STATUSES)})"
# Refunds and renewals that a release without documents recorded.
_ADD_MISSING = _INSERT_CREDIT_NOTE.format(ref="''", orders=f"orders AS o WHERE o.id = :id AND {_IS_PAID}")
_IS_RENEWAL = "e.order_id = :id AND e.kind = 'renewed' AND e.verdict = 'applied'"
_ADD_MISSING_RENEWALS = _INSERT_RENEWALS.format(events=_IS_RENEWAL)
_START_COUNTERS = f"""
    INSERT INTO counters (site, series, year, value)
    SELECT o.site, s.series, :year, 0
    FROM orders AS o CROSS JOIN (
        SELECT 'receipt' AS series UNION ALL SELECT 'credit_note' UNION ALL SELECT 'renewal'
    ) AS s
    WHERE o.id = :id AND {_IS_PAID} AND (s.series = 'receipt' AND o.receipt_number IS NULL OR EXISTS (
        SELECT 1 FROM documents AS d WHERE d.order_id = o.id AND d.series = s.series AND d.number IS NULL
    )) ON CONFLICT DO NOTHING
"""
_NUMBER_RECEIPT = f"""
    UPDATE orders SET receipt_year = :year, receipt_at = :now, receipt_number = (
        SELECT c.value + 1 FROM counters AS c WHERE c.site = orders.site AND c.series = 'receipt' AND c.year = :year
    )
    WHERE id = :id AND status IN ({in_list(PAID_STATUSES)}) AND receipt_number IS NULL
"""
_COUNT_RECEIPT = """
    UPDATE counters SET value = value + 1
    WHERE site = (SELECT o.site FROM orders AS o WHERE o.id = :id) AND series = 'receipt' AND year = :year AND EXISTS (
        SELECT 1 FROM orders AS o WHERE o.id = :id AND o.receipt_year = :year AND o.receipt_number = counters.value + 1
    )
"""
_NUMBER_DOCUMENTS = """
    UPDATE documents SET year = :year, numbered_at = :now, number = n.number, paid_minor = n.paid_minor
    FROM (
        SELECT d.series, d.place, o.paid_minor,
            c.value + ROW_NUMBER() OVER (PARTITION BY d.series ORDER BY d.place) AS number
        FROM documents AS d JOIN orders AS o ON o.id = d.order_id
        JOIN counters AS c ON c.site = d.site AND c.series = d.series AND c.year = :year
        WHERE d.order_id = :id AND d.number IS NULL AND o.receipt_number IS NOT NULL
    ) AS n
    WHERE documents.order_id = :id AND documents.series = n.series AND documents.place = n.place
"""
_LAST = """
    SELECT MAX(d.number) FROM documents AS d
    WHERE d.order_id = :id AND d.site = counters.site AND d.series = counters.series AND d.year = counters.year
"""
_COUNT_DOCUMENTS = f"""
    UPDATE counters SET value = ({_LAST})
    WHERE series <> 'receipt' AND year = :year AND site = (SELECT o.site FROM orders AS o WHERE o.id = :id)
        AND value < ({_LAST})
"""
_NUMBER = {
    "missing": Sql(_ADD_MISSING),
    "missing_renewals": Sql(_ADD_MISSING_RENEWALS),
    "counters": Sql(_START_COUNTERS),
    "receipt": Sql(_NUMBER_RECEIPT),
    "count_receipt": Sql(_COUNT_RECEIPT),
    "documents": Sql(_NUMBER_DOCUMENTS),
    "count_documents": Sql(_COUNT_DOCUMENTS),
}
SELECT_DOCUMENTS = Sql("SELECT * FROM documents WHERE order_id = :id ORDER BY at, series, place")
_SELECT_LINES = Sql("SELECT id, lines FROM refunds WHERE order_id = :id AND lines <> ''")
_SELECT_MISSING_RENEWAL = Sql(f"""
    SELECT 1 AS missing FROM events AS e JOIN orders AS o ON o.id = e.order_id
    WHERE {_IS_RENEWAL} AND e.amount_minor IS NOT NULL AND e.currency = o.currency AND {_IS_PAID} AND NOT EXISTS (
        SELECT 1 FROM documents AS d WHERE d.order_id = o.id AND d.series = 'renewal' AND d.ref = {_RENEWAL_REF}
    ) LIMIT 1
""")
# Orders from before payments were kept one by one, and those that an operator accepted without one, have only events.
_SELECT_PAID_AT = Sql(f"""
    SELECT COALESCE((
        SELECT MIN(p.at) FROM payments AS p WHERE p.order_id = :id AND p.state = 'paid'
    ), (
        SELECT MIN(e.received_at) FROM events AS e JOIN orders AS o ON o.id = e.order_id
        WHERE e.order_id = :id AND e.kind = 'paid' AND {_IS_PAID}
    )) AS paid_at
""")


class StoredDocuments(NamedTuple):
    """What is stored of an order's documents.

    Args:
        order: With its buyer.
        documents: Its later documents, oldest first.
        lines_of: The lines that a refund is for, by the refund's id: places from 0, each with a quantity.
        paid_at: When its first payment came, in Unix seconds, or None.
        misses_renewal: Whether a renewal has no document, because a release without documents recorded it.
    """

    order: Order
    documents: tuple[Document, ...]
    lines_of: Mapping[str, Pieces]
    paid_at: int | None
    misses_renewal: bool = False


def row_to_document(row: Row) -> Document:
    """Return the document in a row of `documents`."""
    number = None
    if row["number"] is not None:
        number = DocumentNumber(cast("int", row["year"]), cast("int", row["number"]), cast("int", row["numbered_at"]))
    return Document(
        Series(cast("str", row["series"])),
        cast("int", row["place"]),
        cast("int", row["amount_minor"]),
        cast("str", row["ref"]),
        cast("int", row["at"]),
        number,
        cast("int", row["tip_minor"]),
        cast("int | None", row["paid_minor"]),
    )


def needs_numbers(order: Order, documents: Sequence[Document]) -> bool:
    """Return whether something of a paid order has no number yet, so that `number_documents` has to be called."""
    if order.status not in PAID_STATUSES:
        return False
    credited = sum(one.amount_minor for one in documents if one.series is Series.CREDIT_NOTE)
    is_numbered = order.number is not None and all(one.number for one in documents)
    return not is_numbered or credited != order.refunded_minor


async def read_documents(database: Database, order_id: str) -> StoredDocuments | None:
    """Return an order with its documents, or None if there is no such order. One round trip.

    Args:
        database: Raises `StorageUnavailable` if it does not answer.
        order_id: The order's id.
    """
    values = {"id": order_id}
    rows = await run_batch(
        database,
        {
            "order": SELECT_WITH_BUYER(values),
            "documents": SELECT_DOCUMENTS(values),
            "lines": _SELECT_LINES(values),
            "paid_at": _SELECT_PAID_AT(values),
            "missing": _SELECT_MISSING_RENEWAL(values),
        },
    )
    if not rows["order"]:
        return None
    return StoredDocuments(
        row_to_order(rows["order"][0]),
        tuple(map(row_to_document, rows["documents"])),
        {cast("str", row["id"]): json_to_pieces(cast("str", row["lines"])) for row in rows["lines"]},
        cast("int | None", rows["paid_at"][0]["paid_at"]),
        bool(rows["missing"]),
    )


def _numbering(order_id: str, now: int) -> list[Statement]:
    values: dict[str, SqlValue] = {"id": order_id, "now": now, "year": datetime.fromtimestamp(now, UTC).year}
    return [sql(values) for sql in _NUMBER.values()]


async def number_documents(database: Database, order: Order, now: int) -> tuple[Order, tuple[Document, ...]]:
    """Give numbers to the receipt of a paid order and to its later documents, as far as they have none. One round trip.

    Args:
        database: Raises `StorageUnavailable` if it does not answer.
        order: The order.
        now: Unix seconds: the date of what gets its number now, and its year in UTC.

    Returns:
        The order with the number of its receipt, which an unpaid order has not, and its later documents, oldest first.
    """
    values = {"id": order.id}
    *_, rows, documents = await database.batch([*_numbering(order.id, now), SELECT_ORDER(values), SELECT_DOCUMENTS(values)])
    return order._replace(number=row_to_number(rows[0])), tuple(map(row_to_document, documents))


async def number_orders(database: Database, order_ids: Iterable[str], now: int) -> None:
    """Give numbers to all documents of some orders, in their order. One round trip.

    Args:
        database: Raises `StorageUnavailable` if it does not answer; then none has got a number.
        order_ids: The ids of at least one order.
        now: Unix seconds: the date of what gets its number now, and its year in UTC.
    """
    await database.batch([statement for order_id in order_ids for statement in _numbering(order_id, now)])
