"""Reads the orders with money or a receipt, with their payments and documents: what `orders export --taxes` adds up.

They are read page by page, chosen by the order's id, so that a database of any size takes little memory. The engine needs none
of it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple, cast

from lightning_cart.domain.document import Document
from lightning_cart.domain.order import PAID_STATUSES, Order
from lightning_cart.domain.receipt import Pieces
from lightning_cart.ports import Database, Row, SqlValue
from lightning_cart.storage.documents import row_to_document
from lightning_cart.storage.order_filter import ABOVE_IDS
from lightning_cart.storage.refunds import json_to_pieces
from lightning_cart.storage.rows import ORDER_COLUMNS, ORDERS, row_to_order
from lightning_cart.storage.sql import Sql, in_list, run_batch

PAGE = 500  # orders
_LATEST = 2**53 - 1  # seconds
# Orders from before payments were kept one by one have none, and are read whatever the time.
_CONDITIONS = f"""
    o.id > :after_id AND o.id < :below_id AND (:site = '' OR o.site = :site)
    AND (o.status IN ({in_list(PAID_STATUSES)}) OR o.paid_minor > 0 OR o.receipt_number IS NOT NULL)
    AND (
        EXISTS (
            SELECT 1 FROM payments AS p
            WHERE p.order_id = o.id AND p.state = 'paid' AND p.at >= :since AND p.at < :until
        ) OR EXISTS (
            SELECT 1 FROM documents AS d WHERE d.order_id = o.id AND d.at >= :since AND d.at < :until
        ) OR NOT EXISTS (SELECT 1 FROM payments AS n WHERE n.order_id = o.id AND n.state = 'paid')
    )
"""
_IDS = f"(SELECT o.id FROM orders AS o WHERE {_CONDITIONS} ORDER BY o.id LIMIT :limit)"
_STATEMENTS = {
    "orders": Sql(f"SELECT {ORDER_COLUMNS} FROM {ORDERS} WHERE {_CONDITIONS} ORDER BY o.id LIMIT :limit"),
    "payments": Sql(f"""
        SELECT x.order_id, x.at, x.amount_minor, x.tip_minor FROM payments AS x
        WHERE x.order_id IN {_IDS} AND x.state = 'paid' ORDER BY x.at, x.payment_ref
    """),
    "documents": Sql(f"SELECT x.* FROM documents AS x WHERE x.order_id IN {_IDS} ORDER BY x.at, x.series, x.place"),
    "lines": Sql(f"SELECT x.order_id, x.id, x.lines FROM refunds AS x WHERE x.order_id IN {_IDS} AND x.lines <> ''"),
    "events": Sql(f"""
        SELECT x.order_id, MIN(x.received_at) AS at FROM events AS x
        WHERE x.order_id IN {_IDS} AND x.kind = 'paid' GROUP BY x.order_id
    """),
}


class PaidPart(NamedTuple):
    """Money that came for an order.

    Args:
        at: When it came, in Unix seconds.
        amount_minor: The amount without the tip, in minor units of the order's currency.
        tip_minor: The tip.
    """

    at: int
    amount_minor: int
    tip_minor: int


class Account(NamedTuple):
    """An order that money came for.

    Args:
        order: With its buyer.
        paid: Its payments, oldest first.
        paid_at: When the first one came, in Unix seconds.
        documents: Its credit notes and renewals, oldest first.
        lines_of: The lines that a refund is for, by the refund's id.
    """

    order: Order
    paid: tuple[PaidPart, ...]
    paid_at: int
    documents: tuple[Document, ...]
    lines_of: Mapping[str, Pieces]


class AccountFilter(NamedTuple):
    """Which orders are read.

    Args:
        since: Only those of which something was paid, refunded or charged in this second or later, in Unix seconds.
        until: And before this second.
        site: The site's id, or empty for all.
        below_id: Only orders with a lower id.
    """

    since: int = 0
    until: int = _LATEST
    site: str = ""
    below_id: str = ABOVE_IDS


def _by_order(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(cast("str", row["order_id"]), []).append(row)
    return found


def _row_to_part(row: Row) -> PaidPart:
    return PaidPart(cast("int", row["at"]), cast("int", row["amount_minor"]), cast("int", row["tip_minor"]))


async def read_accounts(database: Database, wanted: AccountFilter, size: int = PAGE) -> AsyncIterator[list[Account]]:
    """Yield all orders that money came for, oldest first, a page at a time. One round trip for each page.

    Args:
        database: Where they are, best a snapshot of it. Raises `StorageUnavailable` if it does not answer.
        wanted: Which of them.
        size: The maximum number of orders of a page.
    """
    after_id = ""
    while True:
        values: dict[str, SqlValue] = {**wanted._asdict(), "after_id": after_id, "limit": size}
        rows = await run_batch(database, {name: sql(values) for name, sql in _STATEMENTS.items()})
        if not rows["orders"]:
            return
        payments, documents, lines, events = (_by_order(rows[name]) for name in ("payments", "documents", "lines", "events"))
        yield [
            _account(
                row_to_order(row),
                tuple(map(_row_to_part, payments.get(cast("str", row["id"]), ()))),
                events.get(cast("str", row["id"]), ()),
                tuple(map(row_to_document, documents.get(cast("str", row["id"]), ()))),
                lines.get(cast("str", row["id"]), ()),
            )
            for row in rows["orders"]
        ]
        after_id = cast("str", rows["orders"][-1]["id"])


def _account(
    order: Order, paid: tuple[PaidPart, ...], events: Sequence[Row], documents: tuple[Document, ...], lines: Sequence[Row]
) -> Account:
    """Return an order's account. One without payments of its own was paid as its event says, or as it was accepted."""
    paid_at = paid[0].at if paid else cast("int", events[0]["at"]) if events else order.created_at
    paid = paid or (PaidPart(paid_at, order.paid_minor, order.tip_minor),)
    lines_of = {cast("str", row["id"]): json_to_pieces(cast("str", row["lines"])) for row in lines}
    return Account(order, paid, paid_at, documents, lines_of)
