"""The refunds table. The batch that saves a refund also checks the amount, before any provider is asked.

An order's `refunded_minor` is the provider's own total. Refunds that this total does not include yet are subtracted too, so two
concurrent calls can never refund more than was paid.
"""

from typing import cast

from lightning_cart.domain.money import Money
from lightning_cart.domain.refund import IN_PROGRESS, NOT_FAILED, Refund, RefundResult, RefundStatus, RefundWish
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.storage.sql import Sql, in_list, run_batch

_NOT_FAILED_SUM = (
    f"SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds AS r WHERE r.order_id = o.id AND r.status IN ({in_list(NOT_FAILED)})"
)
_REFUNDABLE = (
    f"MIN(o.paid_minor - o.refunded_minor - ({_NOT_FAILED_SUM} AND r.counted = 0), o.paid_minor - ({_NOT_FAILED_SUM}))"
)
_INSERT = Sql(f"""
    INSERT INTO refunds (
        id, order_id, amount_minor, reason, status, idempotency_key, request_digest, created_at, updated_at
    )
    SELECT :id, o.id, COALESCE(:amount_minor, {_REFUNDABLE}), :reason, 'requested', :key, :digest, :now, :now
    FROM orders AS o
    WHERE o.id = :order_id AND COALESCE(:amount_minor, 1) <= {_REFUNDABLE}
    ON CONFLICT (order_id, idempotency_key) DO NOTHING
""")
_SELECT_BY_KEY = Sql("SELECT * FROM refunds WHERE order_id = :order_id AND idempotency_key = :key")
_SELECT_REFUNDABLE = Sql(f"SELECT {_REFUNDABLE} AS refundable_minor FROM orders AS o WHERE o.id = :order_id")
# A later report replaces an earlier one: a success with the provider's id replaces a refusal, which has no id.
_UPDATE = Sql("""
    UPDATE refunds SET
        status = CASE
            WHEN status = 'failed' AND provider_ref <> '' THEN status
            WHEN status = 'succeeded' AND :status = 'pending' THEN status
            ELSE :status END,
        provider_ref = :provider_ref, counted = MAX(counted, :counted), updated_at = :now
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
        may_exist_already=text["id"] != new_id,
        digest=text["request_digest"],
        created_at=number["created_at"],
        updated_at=number["updated_at"],
    )


class RefundStore:
    """The stored refunds.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def create_refund(self, wish: RefundWish, currency: str, refund_id: str, now: int) -> tuple[Refund | None, int]:
        """Save a refund if the amount is refundable, or return the one saved with the same key. One round trip.

        Args:
            wish: The requested refund.
            currency: The order's currency.
            refund_id: The id of a new refund.
            now: Unix seconds.

        Returns:
            The saved refund, or None if the amount is too high; and the amount that can still be refunded, in minor units.
        """
        values = {
            "id": refund_id,
            "order_id": wish.order_id,
            "amount_minor": wish.amount_minor,
            "reason": wish.reason,
            "key": wish.key,
            "digest": wish.digest,
            "now": now,
        }
        rows = await run_batch(
            self.database,
            {"insert": _INSERT(values), "saved": _SELECT_BY_KEY(values), "refundable": _SELECT_REFUNDABLE(values)},
        )
        refund = row_to_refund(rows["saved"][0], currency, refund_id) if rows["saved"] else None
        return refund, cast("int", rows["refundable"][0]["refundable_minor"])

    async def save_result(self, refund: Refund, result: RefundResult, now: int) -> None:
        """Save what a provider reported of a refund that its total does not include yet."""
        await self.database.query(update_refund(refund, result, now))

    async def mark_refused(self, refund: Refund, now: int) -> None:
        """Mark a refund as failed because the provider refused it."""
        await self.database.query(_MARK_REFUSED({"id": refund.id, "now": now}))
