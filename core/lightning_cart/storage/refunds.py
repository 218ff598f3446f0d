"""The SQL of refunds. What may be given back is decided in the batch that saves a refund, before any provider is asked.

The order's `refunded_minor` is the provider's own sum. Refunds of ours that it does not include yet are held back beside it, so
that two calls at once can never ask for more than was paid.
"""

from typing import cast

from lightning_cart.domain.money import Money
from lightning_cart.domain.refund import IN_PROGRESS, NOT_FAILED, Refund, RefundResult, RefundStatus, RefundWish
from lightning_cart.ports import Row, Statement
from lightning_cart.storage.sql import Sql, in_list

_LIVE = (
    f"SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds AS r WHERE r.order_id = o.id AND r.status IN ({in_list(NOT_FAILED)})"
)
_LEFT = f"MIN(o.paid_minor - o.refunded_minor - ({_LIVE} AND r.counted = 0), o.paid_minor - ({_LIVE}))"
_INSERT = Sql(f"""
    INSERT INTO refunds (
        id, order_id, amount_minor, reason, status, idempotency_key, request_digest, created_at, updated_at
    )
    SELECT :id, o.id, COALESCE(:amount_minor, {_LEFT}), :reason, 'requested', :key, :digest, :now, :now
    FROM orders AS o
    WHERE o.id = :order_id AND COALESCE(:amount_minor, 1) <= {_LEFT}
    ON CONFLICT (order_id, idempotency_key) DO NOTHING
""")
_SELECT_BY_KEY = Sql("SELECT * FROM refunds WHERE order_id = :order_id AND idempotency_key = :key")
_SELECT_LEFT = Sql(f"SELECT {_LEFT} AS left_minor FROM orders AS o WHERE o.id = :order_id")
# What the provider tells later stands over what it told before; a success with its id stands over a refusal without one.
_SAVE_RESULT = Sql("""
    UPDATE refunds SET
        status = CASE
            WHEN status = 'failed' AND provider_ref <> '' THEN status
            WHEN status = 'succeeded' AND :status = 'pending' THEN status
            ELSE :status END,
        provider_ref = :provider_ref, counted = MAX(counted, :counted), updated_at = :now
    WHERE id = :id
""")
_REFUSE = Sql("UPDATE refunds SET status = 'failed', updated_at = :now WHERE id = :id AND status = 'requested'")
SELECT_REFUNDS = Sql("SELECT * FROM refunds WHERE order_id = :id ORDER BY id")
CLAIM_UNFINISHED = Sql(f"""
    UPDATE refunds SET updated_at = :now WHERE id IN (
        SELECT id FROM refunds WHERE status IN ({in_list(IN_PROGRESS)}) AND updated_at <= :until
        ORDER BY updated_at, id LIMIT :most
    )
    RETURNING *
""")


def insert_refund(wish: RefundWish, refund_id: str, now: int) -> list[Statement]:
    """The batch that saves a refund, if so much is left, or finds the one that the same key made before.

    Args:
        wish: What is asked for.
        refund_id: Of the new one.
        now: Unix seconds.

    Returns:
        The statements, whose rows are: none; the refund, if there is one; and what is left beside it.
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
    return [sql(values) for sql in (_INSERT, _SELECT_BY_KEY, _SELECT_LEFT)]


def update_refund(refund: Refund, result: RefundResult, now: int) -> Statement:
    """The statement that keeps what a provider said of a refund."""
    return _SAVE_RESULT(
        {
            "id": refund.id,
            "status": result.status.value,
            "provider_ref": result.id,
            "counted": int(result.refunded is not None),
            "now": now,
        }
    )


def mark_refused(refund: Refund, now: int) -> Statement:
    """The statement that keeps that a provider refused a refund."""
    return _REFUSE({"id": refund.id, "now": now})


def row_to_refund(row: Row, currency: str, new_id: str = "") -> Refund:
    """The refund that a row holds.

    Args:
        row: Of `refunds`.
        currency: Its order's.
        new_id: The id that this very call would have given it.
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
