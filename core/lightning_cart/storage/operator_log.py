"""The log of what operators changed.

Each row is written in the batch that makes the change, or right after it if a provider makes the change.
"""

from typing import NamedTuple

from lightning_cart.domain.refund import RefundWish
from lightning_cart.ports import Statement
from lightning_cart.storage.sql import Sql

_LOG_REFUND = Sql("""
    INSERT INTO operator_log (id, at, who, action, subject, reason)
    SELECT r.id, :now, :who, 'refund', r.order_id, :reason FROM refunds AS r WHERE r.id = :id
    ON CONFLICT DO NOTHING
""")
_LOG = Sql("""
    INSERT INTO operator_log (id, at, who, action, subject, reason)
    VALUES (:log_id, :now, :who, :action, :subject, :reason) ON CONFLICT DO NOTHING
""")


class Operator(NamedTuple):
    """Who makes a change, and why.

    Args:
        who: Such as `cli` or `admin`.
        reason: The operator's reason, or empty.
    """

    who: str
    reason: str = ""


UNNAMED = Operator("operator")


def log_refund(refund_id: str, wish: RefundWish, now: int) -> Statement:
    """Return the statement that logs a refund, if this call saved it."""
    return _LOG_REFUND({"id": refund_id, "who": wish.who, "reason": wish.reason, "now": now})


def log_change(log_id: str, operator: Operator, action: str, subject: str, now: int) -> Statement:
    """Return the statement that logs a change.

    Args:
        log_id: The id of the new row.
        operator: Who made it, and why.
        action: Such as `cancel`.
        subject: The id of what was changed.
        now: Unix seconds.
    """
    return _LOG(
        {
            "log_id": log_id,
            "now": now,
            "who": operator.who,
            "action": action,
            "subject": subject,
            "reason": operator.reason,
        }
    )
