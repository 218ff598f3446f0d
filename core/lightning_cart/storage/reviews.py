"""What an operator decides about an order that needs review: to accept it as it is, or to close it.

The row of the log is written first and only if the order allows the decision; the other statements depend on that row.
"""

from typing import cast

from lightning_cart.domain.order import ENDED_STATUSES, FREE, PAID_STATUSES, UNPAID_STATUSES, Order
from lightning_cart.domain.review import OF_THIS_ORDER, ReviewReason
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.codes import give_back_codes, use_codes
from lightning_cart.storage.documents import ADD_ACCEPTED_RENEWALS
from lightning_cart.storage.event_messages import ADD_MESSAGES
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.rows import row_to_order
from lightning_cart.storage.sql import Sql, in_list, run_batch

_PAID, _UNPAID = in_list(PAID_STATUSES), in_list(UNPAID_STATUSES)
_LOG = """
    INSERT INTO operator_log (id, at, who, action, subject, reason)
    SELECT :log_id, :now, :who, :action, o.id, :reason FROM orders AS o WHERE o.id = :order_id AND {allowed}
    ON CONFLICT DO NOTHING
"""
_IS_LOGGED = "EXISTS (SELECT 1 FROM operator_log AS l WHERE l.id = :log_id)"
_DECIDED = f"SELECT p.id FROM orders AS p WHERE p.id = :order_id AND p.status IN ({{statuses}}) AND {_IS_LOGGED}"
# Money came that did not fit, or a part of it, and was not refunded.
_MONEY_REASONS = f"{in_list((*OF_THIS_ORDER, ReviewReason.ANOTHER_CHECKOUT))}, ''"  # events from before 0005 have none
_HAS_MONEY = f"""(orders.paid_minor > orders.refunded_minor OR orders.paid_minor = 0 AND EXISTS (
    SELECT 1 FROM events AS e WHERE e.order_id = orders.id AND e.kind = 'paid' AND e.reason IN ({_MONEY_REASONS})
))"""
# An order whose money is back is not to be fulfilled any more.
_MESSAGE = f"""
    SELECT o.id, CASE WHEN o.status IN ({_PAID}) THEN 'order.paid' ELSE 'order.' || o.status END AS effect
    FROM orders AS o WHERE o.id = :order_id AND o.status <> 'refunded' AND {_IS_LOGGED}
"""
_RENEWALS = f"""
    UNION ALL SELECT e.order_id, 'order.renewed' || CASE e.subject WHEN '' THEN '' ELSE ':' || e.subject END AS effect
    FROM events AS e WHERE e.order_id = :order_id AND e.reason = '{ReviewReason.RENEWAL_AMOUNT}' AND {_IS_LOGGED}
"""
_SELECT_ORDER = Sql(f"SELECT o.*, CASE WHEN {_IS_LOGGED} THEN 1 ELSE 0 END AS is_done FROM orders AS o WHERE o.id = :order_id")
_UPDATE = f"""
    UPDATE orders SET {{changes}}, needs_review = 0, review_reason = '', updated_at = :now
    WHERE id = :order_id AND {_IS_LOGGED}
"""
_KEPT = """(
    SELECT CAST(COALESCE(SUM(p.amount_minor + p.tip_minor - p.refunded_minor), 0) AS BIGINT) FROM payments AS p
    WHERE p.order_id = :order_id AND p.state = 'paid'
)"""
# The goods of an order that is accepted may go where they go, and are not compared again.
_ANYWHERE = """{0} = CASE
    WHEN EXISTS (SELECT 1 FROM events AS e WHERE e.order_id = orders.id AND e.reason = 'delivery') THEN ''
    ELSE orders.{0} END"""
# Also of one that is accepted without money, because what did not fit had ended it.
_GIVE_BACK_CODES = {
    name: Sql(text) for name, text in give_back_codes(_DECIDED.format(statuses=in_list(ENDED_STATUSES))).items()
}
_ACCEPT = {
    "log": Sql(
        _LOG.format(
            allowed=f"(o.needs_review = 1 OR (o.status NOT IN ({_PAID}) AND o.paid_minor > o.refunded_minor))",
        )
    ),
    "order": Sql(
        _UPDATE.format(
            changes=f"""status = CASE WHEN orders.status NOT IN ({_PAID}) AND {_HAS_MONEY} THEN 'paid' ELSE orders.status END,
                {", ".join(map(_ANYWHERE.format, ("ship_country", "ship_region", "ship_postal_code")))}"""
        )
    ),
    **{name: Sql(text) for name, text in use_codes(_DECIDED.format(statuses=_PAID)).items()},
    **_GIVE_BACK_CODES,
    "renewals": Sql(ADD_ACCEPTED_RENEWALS.format(is_accepted=_IS_LOGGED)),
    "messages": Sql(ADD_MESSAGES.format(messages=_MESSAGE + _RENEWALS)),
    "saved": _SELECT_ORDER,
}
_CLOSE = {
    "log": Sql(_LOG.format(allowed=f"{_KEPT} <= 0 AND (o.needs_review = 1 OR o.status IN ({_UNPAID}))")),
    "order": Sql(
        _UPDATE.format(changes=f"status = CASE WHEN orders.status IN ({_UNPAID}) THEN 'cancelled' ELSE orders.status END")
    ),
    **_GIVE_BACK_CODES,
    "messages": Sql(ADD_MESSAGES.format(messages=_MESSAGE)),
    "kept": Sql(f"SELECT {_KEPT} AS kept_minor"),
    "saved": _SELECT_ORDER,
}


# A use of its code stays used: who has had a free order and lost it has had it all the same.
_CANCEL_FREE = {
    "log": Sql(_LOG.format(allowed=f"o.strategy = '{FREE}' AND o.status = 'paid'")),
    "order": Sql(_UPDATE.format(changes="status = 'cancelled'")),
    "messages": Sql(ADD_MESSAGES.format(messages=_MESSAGE)),
    "saved": _SELECT_ORDER,
}


class Reviews:
    """The decisions of operators.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def accept(self, order_id: str, operator: Operator, log_id: str, now: int) -> tuple[Order, bool]:
        """Accept an order as it is: it counts as paid if any money came, and needs no review any more. One round trip.

        Returns:
            The order now, and whether there was something to accept.
        """
        rows = await run_batch(
            self.database, {name: sql(_values(order_id, operator, "accept", log_id, now)) for name, sql in _ACCEPT.items()}
        )
        return row_to_order(rows["saved"][0]), bool(rows["saved"][0]["is_done"])

    async def close(self, order_id: str, operator: Operator, log_id: str, now: int) -> tuple[Order, bool, int]:
        """Close an order of which no money is kept. One round trip.

        Returns:
            The order now, whether it was closed, and the money that was not refunded, with tips, in minor units.
        """
        rows = await run_batch(
            self.database, {name: sql(_values(order_id, operator, "close", log_id, now)) for name, sql in _CLOSE.items()}
        )
        saved = rows["saved"][0]
        return row_to_order(saved), bool(saved["is_done"]), cast("int", rows["kept"][0]["kept_minor"])

    async def cancel_free(self, order_id: str, operator: Operator, log_id: str, now: int) -> tuple[Order, bool]:
        """Cancel an order that came to nothing. One round trip.

        Returns:
            The order now, and whether this call cancelled it.
        """
        rows = await run_batch(
            self.database, {name: sql(_values(order_id, operator, "cancel", log_id, now)) for name, sql in _CANCEL_FREE.items()}
        )
        return row_to_order(rows["saved"][0]), bool(rows["saved"][0]["is_done"])


def _values(order_id: str, operator: Operator, action: str, log_id: str, now: int) -> dict[str, SqlValue]:
    return {
        "order_id": order_id,
        "who": operator.who,
        "action": action,
        "reason": operator.reason,
        "log_id": log_id,
        "now": now,
    }
