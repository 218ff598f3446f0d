"""Forgets the buyer of an order: one batch deletes all that is stored about who bought, and logs that without saying who.

The row of the log is written first and only if the order is over; the other statements depend on that row.
"""

from typing import NamedTuple, cast

from lightning_cart.domain.order import UNPAID_STATUSES, CheckoutSession, Order
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.sql import Sql, in_list, run_batch

_IS_LOGGED = "EXISTS (SELECT 1 FROM operator_log AS l WHERE l.id = :log_id)"
_FORGET = {
    "log": Sql(f"""
        INSERT INTO operator_log (id, at, who, action, subject, reason)
        SELECT :log_id, :now, :who, 'forget', o.id, :reason FROM orders AS o
        WHERE o.id = :order_id AND o.status NOT IN ({in_list(UNPAID_STATUSES)}) AND o.forgotten_at IS NULL
        ON CONFLICT DO NOTHING
    """),
    "buyer": Sql(f"DELETE FROM buyers WHERE order_id = :order_id AND {_IS_LOGGED}"),
    "codes": Sql(f"UPDATE code_uses SET buyer = '' WHERE order_id = :order_id AND {_IS_LOGGED}"),
    "order": Sql(f"""
        UPDATE orders SET forgotten_at = :now, customer_email = '', metadata = '{{}}', session_url = :session_url
        WHERE id = :order_id AND {_IS_LOGGED}
    """),
    "saved": Sql("SELECT o.forgotten_at, o.status FROM orders AS o WHERE o.id = :order_id"),
}
# Both addresses, in any case: what the cart said and what the provider reported; and those of orders from before buyers had a
# table.
_OF_EMAIL = Sql("""
    SELECT o.id FROM orders AS o WHERE lower(o.customer_email) = lower(:email) AND o.customer_email <> ''
    UNION SELECT b.order_id AS id FROM buyers AS b WHERE lower(b.email) = lower(:email) AND b.email <> ''
    UNION SELECT p.order_id AS id FROM buyers AS p WHERE lower(p.paid_email) = lower(:email) AND p.paid_email <> ''
""")


class Forgetting(NamedTuple):
    """What became of a wish to forget a buyer.

    Args:
        status: The order's status.
        is_forgotten: Whether nothing is stored of the buyer any more.
    """

    status: str
    is_forgotten: bool


def _without_email(session: CheckoutSession | None) -> str | None:
    """Return the stored URL of a page without what may name the buyer: older releases stored the e-mail address in it."""
    if session is None:
        return None
    return session.url.partition("?")[0] if "prefilled_email=" in session.url else session.url


async def forget_buyer(database: Database, order: Order, operator: Operator, log_id: str, now: int) -> Forgetting:
    """Delete all that is stored about the buyer of an order, unless the order is not over. One round trip.

    Args:
        database: Where the tables are.
        order: The order, as it is stored.
        operator: Who wants it, and why.
        log_id: The id of the new row in the log.
        now: Unix seconds.

    Raises:
        StorageUnavailable: The database did not answer; nothing was deleted.
    """
    values: dict[str, SqlValue] = {
        "order_id": order.id,
        "session_url": _without_email(order.session),
        "who": operator.who,
        "reason": operator.reason,
        "log_id": log_id,
        "now": now,
    }
    rows = await run_batch(database, {name: sql(values) for name, sql in _FORGET.items()})
    saved = rows["saved"][0]
    return Forgetting(cast("str", saved["status"]), saved["forgotten_at"] is not None)


async def orders_of_email(database: Database, email: str) -> list[str]:
    """Return the ids of all orders of an e-mail address, in any case, oldest first. One round trip.

    Args:
        database: Where the tables are.
        email: The address, as `read_email` returns it.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    return sorted(cast("str", row["id"]) for row in await database.query(_OF_EMAIL({"email": email})))
