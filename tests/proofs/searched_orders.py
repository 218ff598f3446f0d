"""A database with any number of orders, of which only the oldest have what a search asks for."""

import asyncio

from lightning_cart.storage.order_filter import first_id_at
from lightning_cart.storage.sql import Sql
from lightning_cart.ulid import ALPHABET
from proofs.many_orders import CountedDatabase
from support.builders import NOW

RARE = 30  # the oldest orders, which alone are failed, disputed, to review, expensive, and of a site, a product and a buyer
SPACING = 60  # seconds between two orders
_CREATED_AT = f"({NOW} + n * {SPACING})"
_CHARACTERS = (
    f"substr('{ALPHABET}', CAST(1 + ({_CREATED_AT} * 1000 >> {shift} & 31) AS INTEGER), 1)" for shift in range(45, -1, -5)
)
_ID = f"'ord_' || {' || '.join(_CHARACTERS)} || '{'0' * 16}'"  # as `order_id` makes it, but faster
_PRODUCT = "CASE WHEN n <= :rare THEN 'rare' WHEN n % 2 = 1 THEN 'mug' ELSE 'shirt' END"
_LINES = f"""'[{{"product_id": "' || {_PRODUCT} || '", "name": "Thing", "unit_minor": 1000, "quantity": 1, "description": "",
    "image": "", "interval": null, "metadata": {{}}}}]'"""
_EMAIL = "CASE WHEN n <= :rare THEN 'Ada@Rare.example' ELSE 'buyer' || n || '@shop.example' END"
_NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
_ORDERS = f"""
    {_NUMBERS} INSERT INTO orders (
        id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, request_digest, session_id, session_url, payment_ref, subscription_ref, dispute,
        needs_review, created_at, updated_at
    ) SELECT {_ID}, CASE WHEN n <= :rare THEN 'rare' WHEN n % 2 = 1 THEN 'club' ELSE 'shop' END, 'stripe_checkout',
        CASE n % 3 WHEN 0 THEN 'paypal' ELSE 'stripe' END, CASE WHEN n <= :rare THEN 'failed' ELSE 'paid' END,
        CASE n % 4 WHEN 0 THEN 'JPY' WHEN 1 THEN 'KWD' ELSE 'USD' END,
        CASE WHEN n <= :rare THEN 99000 WHEN n % 4 <> 0 THEN 1000 ELSE 9 END, {_LINES}, '{{}}',
        CASE WHEN n % 2 = 1 THEN '' ELSE {_EMAIL} END, '', '',
        'cs_' || n, 'https://pay.example/', 'pi_' || n, 'sub_' || n, CASE WHEN n <= :rare THEN 'lost' ELSE 'none' END,
        CASE WHEN n <= :rare THEN 1 ELSE 0 END, {_CREATED_AT}, {_CREATED_AT} FROM numbers
"""
_NEW = """FROM (
    SELECT id, CAST(substr(session_id, 4) AS BIGINT) AS n FROM orders WHERE created_at BETWEEN :first AND :last
) AS added"""
# Every other order was saved before buyers had a table.
_BUYERS = f"""INSERT INTO buyers (order_id, email, country, data)
    SELECT id, {_EMAIL}, 'ES', '{{"address":{{"country":"ES","name":"Ada Lovelace"}}}}' {_NEW} WHERE n % 2 = 1"""
# What the trigger does for one order after another is done at once.
_PRODUCTS = f"INSERT INTO order_products (product_id, order_id) SELECT {_PRODUCT}, id {_NEW}"
# One order in ten has another payment, an event and a refund.
_OTHERS = (
    """INSERT INTO payments (provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state, at)
    SELECT 'stripe', 'more_' || n, id, 1000, 0, 0, 'paid', 1""",
    """INSERT INTO events (
        provider, event_id, type, kind, order_id, payment_ref, subscription_ref, subject, verdict, fresh, received_at
    ) SELECT 'stripe', 'evt_' || n, 'refund', 'refunded', id, '', '', 're_' || n, 'applied', 0, 1""",
    """INSERT INTO refunds (
        id, order_id, amount_minor, reason, status, provider_ref, idempotency_key, request_digest, created_at, updated_at
    ) SELECT 'rfd_' || n, id, 1, '', 'succeeded', 'ours_' || n, '', '', 1, 1""",
)


def created_at(number: int) -> int:
    """Return when the order of a number was created. The oldest has the number 1."""
    return NOW + number * SPACING


def order_id(number: int) -> str:
    """Return the id of the order of a number."""
    return first_id_at(created_at(number))


def add_orders(database: CountedDatabase, first: int, last: int) -> None:
    """Insert orders with the numbers from `first` to `last`."""
    bounds = {"first": created_at(first), "last": created_at(last), "rare": RARE}
    with database.without_indexes():
        asyncio.run(database.query(Sql(_ORDERS)({"first": first, "last": last, "rare": RARE})))
        asyncio.run(database.query(Sql(_PRODUCTS)(bounds)))
        asyncio.run(database.query(Sql(_BUYERS)(bounds)))
        for insert in _OTHERS:
            asyncio.run(database.query(Sql(f"{insert} {_NEW} WHERE n % 10 = 7")(bounds)))
