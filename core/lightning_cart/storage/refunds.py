"""The refunds table. The batch that saves a refund also checks the amount, before any provider is asked.

A refund of an order with several payments is spread over them, newest first, one row for each. A payment's `refunded_minor` is
the provider's own total. Refunds that this total does not include yet are subtracted too, so two concurrent calls can never
refund more than was paid.
"""

import json
from typing import cast

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.receipt import Pieces
from lightning_cart.domain.refund import IN_PROGRESS, NOT_FAILED, Refund, RefundResult, RefundStatus, RefundWish
from lightning_cart.domain.refund_lines import PricedLines
from lightning_cart.http import json_bytes
from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart.storage.operator_log import log_refund
from lightning_cart.storage.sql import Sql, in_list, run_batch

# The payments of an order that was paid before payments were kept one by one.
_ADOPT_PAYMENT = Sql("""
    INSERT INTO payments (provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state, at)
    SELECT o.provider, COALESCE(NULLIF(o.payment_ref, ''), NULLIF(o.subscription_ref, ''), o.id), o.id, o.paid_minor, 0,
        o.refunded_minor, 'paid', o.updated_at
    FROM orders AS o
    WHERE o.id = :order_id AND o.paid_minor > 0 AND NOT EXISTS (SELECT 1 FROM payments AS p WHERE p.order_id = o.id)
    ON CONFLICT DO NOTHING
""")
# A refund without a payment's id is of an order with one payment.
_REQUESTED = f"""CAST(COALESCE((
    SELECT SUM(r.amount_minor) FROM refunds AS r
    WHERE r.order_id = p.order_id AND r.payment_ref IN ('', p.payment_ref) AND r.status IN ({in_list(NOT_FAILED)}){{}}
), 0) AS BIGINT)"""
_PAYMENTS = f"""
    SELECT p.payment_ref, p.at, p.amount_minor + p.tip_minor AS paid, {_REQUESTED.format("")} AS requested,
        p.refunded_minor + {_REQUESTED.format(" AND r.counted = 0")} AS refunded
    FROM payments AS p WHERE p.order_id = :order_id AND p.state = 'paid'
"""
_REFUNDABLE = f"""
    SELECT g.payment_ref, g.at,
        CASE WHEN g.refunded > g.requested THEN g.paid - g.refunded ELSE g.paid - g.requested END AS free
    FROM ({_PAYMENTS}) AS g
    WHERE g.paid > g.refunded AND g.paid > g.requested
"""
# Newest first, until the amount is reached: one row for each payment. Lines are refunded only as they were priced.
_INSERT = Sql(f"""
    INSERT INTO refunds (
        id, order_id, payment_ref, amount_minor, reason, status, idempotency_key, request_digest, lines, created_at, updated_at
    )
    SELECT CASE f.place WHEN 1 THEN :id ELSE :id || '-' || CAST(f.place AS TEXT) END, :order_id, f.payment_ref,
        CASE WHEN f.reached <= f.wanted THEN f.free ELSE f.wanted - (f.reached - f.free) END, :reason, 'requested',
        CASE f.place WHEN 1 THEN :key ELSE :key || ' ' || CAST(f.place AS TEXT) END, :digest, :lines, :now, :now
    FROM (
        SELECT x.payment_ref, x.free, ROW_NUMBER() OVER newest AS place, SUM(x.free) OVER newest AS reached,
            SUM(x.free) OVER () AS refundable, COALESCE(:amount_minor, SUM(x.free) OVER ()) AS wanted
        FROM ({_REFUNDABLE}) AS x
        WINDOW newest AS (ORDER BY x.at DESC, x.payment_ref DESC ROWS UNBOUNDED PRECEDING)
    ) AS f
    WHERE f.wanted <= f.refundable AND f.reached - f.free < f.wanted AND f.wanted = COALESCE(:seen_minor, f.wanted)
        AND NOT EXISTS (SELECT 1 FROM refunds AS r WHERE r.order_id = :order_id AND r.idempotency_key = :key)
        AND (:lines = '' OR :known = (
            SELECT COUNT(*) FROM refunds AS r
            WHERE r.order_id = :order_id AND r.lines <> '' AND r.status IN ({in_list(NOT_FAILED)})
        ))
    ON CONFLICT DO NOTHING
""")
_SELECT_BY_KEY = Sql("""
    SELECT * FROM refunds WHERE order_id = :order_id
        AND (idempotency_key = :key OR substr(idempotency_key, 1, length(:key) + 1) = :key || ' ')
    ORDER BY id
""")
_SELECT_REFUNDABLE = Sql(f"SELECT CAST(COALESCE(SUM(x.free), 0) AS BIGINT) AS refundable_minor FROM ({_REFUNDABLE}) AS x")
# A later report replaces an earlier one: a success with the provider's id replaces a refusal, which has no id.
_UPDATE = Sql("""
    UPDATE refunds SET
        status = CASE
            WHEN status = 'failed' AND provider_ref <> '' THEN status
            WHEN status = 'succeeded' AND :status = 'pending' THEN status
            ELSE :status END,
        provider_ref = :provider_ref, counted = CASE WHEN counted > :counted THEN counted ELSE :counted END, updated_at = :now
    WHERE id = :id
""")
_MARK_REFUSED = Sql("UPDATE refunds SET status = 'failed', updated_at = :now WHERE id = :id AND status = 'requested'")
SELECT_REFUNDS = Sql("SELECT * FROM refunds WHERE order_id = :id ORDER BY id")
CLAIM_UNFINISHED = Sql(f"""
    UPDATE refunds SET updated_at = :now WHERE id IN (
        SELECT id FROM refunds WHERE status IN ({in_list(IN_PROGRESS)}) AND updated_at <= :checked_before
        ORDER BY updated_at, id LIMIT :limit
    )
    RETURNING *
""")


def json_to_pieces(text: str) -> Pieces:
    """Return the lines that a refund is for: their places from 0, each with a quantity; none if the text is empty."""
    return tuple((place, quantity) for place, quantity in json.loads(text)) if text else ()


def update_refund(refund: Refund, result: RefundResult, now: int) -> Statement:
    """Return the statement that saves what a provider reported of a refund."""
    return _UPDATE(
        {
            "id": refund.id,
            "status": result.status.value,
            "provider_ref": result.id,
            "counted": int(result.refunded is not None),
            "now": now,
        }
    )


def row_to_refund(row: Row, currency: str, new_id: str = "") -> Refund:
    """Return the refund in a row of `refunds`.

    Args:
        row: The row.
        currency: The order's currency.
        new_id: The id under which this call saves a new refund; another id means an earlier call saved it.
    """
    text = {name: cast("str", value) for name, value in row.items()}
    number = {name: cast("int", value) for name, value in row.items()}
    return Refund(
        id=text["id"],
        order_id=text["order_id"],
        amount=Money(number["amount_minor"], currency),
        reason=text["reason"],
        status=RefundStatus(text["status"]),
        provider_ref=text["provider_ref"],
        may_exist_already=not new_id or not text["id"].startswith(new_id),
        digest=text["request_digest"],
        created_at=number["created_at"],
        updated_at=number["updated_at"],
        payment_ref=text["payment_ref"],
        pieces=json_to_pieces(text["lines"]),
    )


class RefundStore:
    """The stored refunds.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def create_refund(
        self, wish: RefundWish, currency: str, refund_id: str, now: int, priced: PricedLines | None = None
    ) -> tuple[list[Refund], int]:
        """Save a refund if the amount is refundable, or return the one saved with the same key. One round trip.

        Args:
            wish: The requested refund.
            currency: The order's currency.
            refund_id: The id of a new refund.
            now: Unix seconds.
            priced: What the lines of the wish cost, or None if it has none.

        Returns:
            The saved refunds, one for each payment that is refunded, or none if the amount is too high or was not confirmed, or
            if other lines were refunded since these were priced; and the amount that can still be refunded, in minor units.
        """
        values: dict[str, SqlValue] = {
            "id": refund_id,
            "order_id": wish.order_id,
            "amount_minor": priced.amount_minor if priced else wish.amount_minor,
            "lines": json_bytes(wish.pieces).decode() if wish.pieces else "",
            "known": priced.known if priced else 0,
            "seen_minor": wish.seen_minor,
            "reason": wish.reason,
            "key": wish.key,
            "digest": wish.digest,
            "now": now,
        }
        rows = await run_batch(
            self.database,
            {
                "adopt": _ADOPT_PAYMENT(values),
                "insert": _INSERT(values),
                "log": log_refund(refund_id, wish, now),
                "saved": _SELECT_BY_KEY(values),
                "refundable": _SELECT_REFUNDABLE(values),
            },
        )
        refunds = [row_to_refund(row, currency, refund_id) for row in rows["saved"]]
        return refunds, cast("int", rows["refundable"][0]["refundable_minor"])

    async def find_refunds(self, wish: RefundWish, currency: str) -> tuple[list[Refund], int]:
        """Return the refunds saved with a wish's key, and what can still be refunded, in minor units. One round trip."""
        values: dict[str, SqlValue] = {"order_id": wish.order_id, "key": wish.key}
        rows = await run_batch(
            self.database,
            {
                "adopt": _ADOPT_PAYMENT(values),
                "saved": _SELECT_BY_KEY(values),
                "refundable": _SELECT_REFUNDABLE(values),
            },
        )
        refunds = [row_to_refund(row, currency) for row in rows["saved"]]
        return refunds, cast("int", rows["refundable"][0]["refundable_minor"])

    async def refunds_of(self, order: Order) -> list[Refund]:
        """Return all refunds of an order that were requested here. One round trip."""
        rows = await self.database.query(SELECT_REFUNDS({"id": order.id}))
        return [row_to_refund(row, order.total.currency) for row in rows]

    async def save_result(self, refund: Refund, result: RefundResult, now: int) -> None:
        """Save what a provider reported of a refund that its total does not include yet."""
        await self.database.query(update_refund(refund, result, now))

    async def mark_refused(self, refund: Refund, now: int) -> None:
        """Mark a refund as failed because the provider refused it."""
        await self.database.query(_MARK_REFUSED({"id": refund.id, "now": now}))
