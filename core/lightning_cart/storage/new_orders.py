"""Saves a new order with all that it claims in one batch: its idempotency key, its buyer, its code, or that it is free.

No statement fails on purpose, because nobody could tell a failed check from a database that is away. What does not hold is
selected for the answer, the order is inserted only where there is none of it, and all that follows depends on the order's row,
whose id is of this call alone. So the batch can be repeated.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from typing import NamedTuple, cast

from lightning_cart.domain.buyer import UNKNOWN_BUYER
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import TooManyFreeOrders
from lightning_cart.ports import Database, Row, SqlValue
from lightning_cart.storage.attempts import COUNT_FREE, HOUR, LIMIT_REACHED
from lightning_cart.storage.codes import BAD_CODE, TAKE_CODE
from lightning_cart.storage.inbox import record_event_batch
from lightning_cart.storage.rows import ORDER_COLUMNS, ORDERS, order_values, row_to_order
from lightning_cart.storage.sql import Sql, run_batch

KEY_SECONDS = 24 * 3600  # an idempotency key lapses after this
_INSERT_ORDER = """
    INSERT INTO orders (
        id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, idempotency_key, request_digest, return_token, page_token, by_form, goods_minor,
        discount_minor, shipping_minor, tax_minor, renewal_minor, pricing, ship_country, ship_region, ship_postal_code,
        created_at, updated_at
    )
    SELECT :id, :site, :strategy, :provider, 'open', :currency, :total_minor, :lines, :metadata, '',
        :statement_descriptor_suffix, :idempotency_key, :request_digest, :return_token, :page_token, :by_form, :goods_minor,
        :discount_minor, :shipping_minor, :tax_minor, :renewal_minor, :pricing, :ship_country, :ship_region, :ship_postal_code,
        :created_at, :created_at
    WHERE {holds}
    ON CONFLICT DO NOTHING
    RETURNING id
"""
_INSERT_BUYER = """
    INSERT INTO buyers (order_id, email, country, data)
    SELECT o.id, :buyer_email, :buyer_country, :buyer_data FROM orders AS o WHERE o.id = :id
    ON CONFLICT DO NOTHING
"""
# A key names one purchase for a day, also while `orders_by_key` keeps it from other sites.
_LET_KEY_LAPSE = f"""
    UPDATE orders SET idempotency_key = NULL
    WHERE idempotency_key = :idempotency_key AND created_at <= :created_at - {KEY_SECONDS}
"""
_SELECT_SAVED = f"""
    SELECT {ORDER_COLUMNS} FROM {ORDERS} WHERE o.id IN (
        SELECT n.id FROM orders AS n WHERE n.id = :id
        UNION SELECT k.id FROM orders AS k WHERE k.site = :site AND k.idempotency_key = :idempotency_key
    )
"""


class NotSaved(Enum):
    """Why no order was saved."""

    KEY_TAKEN = "key_taken"  # by another site
    CODE_CHANGED = "code_changed"  # it does not hold any more as the order was priced


class CodeClaim(NamedTuple):
    """One use of a code.

    Args:
        code: In capitals.
        revision: Of the code by which the order was priced.
        buyer: The mark of its buyer, which only a code for once keeps.
    """

    code: str
    revision: int
    buyer: str = ""


class FreeClaim(NamedTuple):
    """What limits free orders.

    Args:
        caller: The key of the caller's address.
        buyer: The key of the buyer's e-mail address, with the code or the goods.
    """

    caller: str
    buyer: str


class Claims(NamedTuple):
    """What a new order claims.

    Args:
        code: A use of its code, or None if it has none.
        free: That it costs nothing, or None if it does.
    """

    code: CodeClaim | None = None
    free: FreeClaim | None = None


NO_CLAIMS = Claims()


@cache
def new_order_statements(
    *, has_key: bool = False, has_buyer: bool = False, has_code: bool = False, is_free: bool = False
) -> dict[str, Sql]:
    """Return the statements that save an order, by name and in order, without those that cannot apply to it.

    Args:
        has_key: Whether it has an idempotency key.
        has_buyer: Whether its cart says anything about the buyer.
        has_code: Whether it uses a code.
        is_free: Whether it comes to nothing. The statements that record its payment follow these.
    """
    refusals = {**({"bad_code": BAD_CODE} if has_code else {}), **({"limit": LIMIT_REACHED} if is_free else {})}
    texts = {
        **refusals,
        **({"lapse": _LET_KEY_LAPSE} if has_key else {}),
        "before": _SELECT_SAVED,
        "insert": _INSERT_ORDER.format(holds=" AND ".join(f"NOT EXISTS ({one})" for one in refusals.values()) or "TRUE"),
        **({"buyer": _INSERT_BUYER} if has_buyer else {}),
        **(TAKE_CODE if has_code else {}),
        **({"attempt": COUNT_FREE} if is_free else {}),
    }
    return {name: Sql(text) for name, text in texts.items()}


def free_event(order: Order) -> PaymentEvent:
    """Return the event by which an order that comes to nothing counts as paid."""
    return PaymentEvent(order.provider, f"free:{order.id}", "free", EventKind.PAID, order.id, amount=order.total, was_read=True)


async def save_new_order(
    database: Database, order: Order, key: str, digest: str, claims: Claims = NO_CLAIMS
) -> tuple[Order, str] | NotSaved:
    """Save an order: see `OrderStore.create_order`, which has the same arguments."""
    has_buyer = bool(order.customer_email) or order.buyer != UNKNOWN_BUYER
    code, free = claims
    values = _values(order, key, digest, claims)
    texts = new_order_statements(has_key=bool(key), has_buyer=has_buyer, has_code=code is not None, is_free=free is not None)
    statements = {name: sql(values) for name, sql in texts.items()}
    if free is not None:
        paid = record_event_batch(free_event(order), order.created_at)
        statements |= {f"paid_{name}": statement for name, statement in paid.items()}
    return _saved(order, digest, await run_batch(database, statements))


def _values(order: Order, key: str, digest: str, claims: Claims) -> Mapping[str, SqlValue]:
    code, free = claims
    values = order_values(order, key, digest) | {"now": order.created_at, "hour": order.created_at // HOUR}
    if code is not None:
        values |= {"code": code.code, "code_revision": code.revision, "code_buyer": code.buyer}
    if free is not None:
        values |= {"caller": f"free:{free.caller}", "free_buyer": f"free:{free.buyer}"}
    return values


def _saved(order: Order, digest: str, rows: Mapping[str, Sequence[Row]]) -> tuple[Order, str] | NotSaved:
    if rows["before"]:
        saved = rows["before"][0]
        return row_to_order(saved), cast("str", saved["request_digest"])
    if rows["insert"]:
        if rows.get("paid_verdict"):
            settled = row_to_order(rows["paid_verdict"][0])
            order = settled._replace(customer_email=order.customer_email, buyer=order.buyer)
        return order, digest
    if rows.get("bad_code"):
        return NotSaved.CODE_CHANGED
    if limits := rows.get("limit"):
        raise TooManyFreeOrders(max(cast("int", row["until"]) for row in limits) * HOUR - order.created_at)
    return NotSaved.KEY_TAKEN
