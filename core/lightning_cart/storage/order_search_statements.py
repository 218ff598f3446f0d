"""The statements by which orders are searched: one for each filter that an index serves, newest first.

Each of them applies all filters. The one whose filter matches the fewest orders reads the fewest.
"""

from lightning_cart.domain.money import EXPONENTS
from lightning_cart.storage.rows import BUYER_COLUMNS, JOIN_BUYER, ORDER_COLUMNS
from lightning_cart.storage.sql import Sql


def _currencies(exponent: int) -> str:
    return ", ".join(f"'{currency}'" for currency, decimals in EXPONENTS.items() if decimals == exponent)


def _in_minor_units(bound: str, currency: str) -> str:
    """Return the SQL of an amount in major units, in minor units of a row's currency."""
    return f"""CASE WHEN {currency} IN ({_currencies(0)}) THEN :{bound}_whole
        WHEN {currency} IN ({_currencies(3)}) THEN :{bound}_thousandths ELSE :{bound}_hundredths END"""


def _distinct(table: str, column: str) -> str:
    """Return a recursive table `used` of a column's distinct values. It reads one row of the column's index for each."""
    return f"""WITH RECURSIVE used (name) AS (
        SELECT MIN(t.{column}) FROM {table} AS t
        UNION ALL SELECT (SELECT MIN(t.{column}) FROM {table} AS t WHERE t.{column} > used.name) FROM used
        WHERE used.name IS NOT NULL
    )"""


# A table of few names. PostgreSQL supposes a hundred unless there are bounds, and then reads whole tables to join them. SQLite
# with statistics reads whole tables for a Bloom filter, but not for a table with a limit. There are 180 currencies at most.
_USED = "(SELECT name FROM used WHERE name > '' AND name < '~' LIMIT 999) AS used"


def _of_amount(currency: str) -> str:
    return f"""o.currency = {currency} AND o.total_minor > {_in_minor_units("over", currency)}
        AND o.total_minor < {_in_minor_units("under", currency)}"""


_ALL_FILTERS = f"""
    (:status = '' OR o.status = :status) AND (:review = 0 OR o.needs_review = 1) AND (:disputed = 0 OR o.dispute <> 'none')
    AND (:email = '' OR lower(o.customer_email) = lower(:email) OR lower(b.email) = lower(:email)
        OR lower(b.paid_email) = lower(:email))
    AND (:site = '' OR o.site = :site)
    AND (:product = '' OR EXISTS (SELECT 1 FROM order_products AS op WHERE op.product_id = :product AND op.order_id = o.id))
    AND o.total_minor > {_in_minor_units("over", "o.currency")} AND o.total_minor < {_in_minor_units("under", "o.currency")}
"""
# What a statement begins with, its tables, and the condition that its index serves. The first that match the fewest is taken.
_BY_FILTER = {
    "review": ("", "orders AS o", "o.needs_review = 1"),
    "disputed": ("", "orders AS o", "o.dispute <> 'none'"),
    "product": ("", "order_products AS p JOIN orders AS o ON o.id = p.order_id", "p.product_id = :product"),
    "status": ("", "orders AS o", "o.status = :status"),
    "site": ("", "orders AS o", "o.site = :site"),
    "time": ("", "orders AS o", "TRUE"),
    "amount": (_distinct("orders", "currency"), f"{_USED} CROSS JOIN orders AS o", _of_amount("used.name")),
}


# The addresses of an order are the cart's and the provider's, or its own if it was saved before buyers had a table.
_OWN_EMAIL = "lower(o.customer_email) = lower(:email) AND o.customer_email <> ''"
_BUYERS_EMAIL = "lower(b.email) = lower(:email) AND b.email <> ''"
_PAYERS_EMAIL = "lower(b.paid_email) = lower(:email) AND b.paid_email <> ''"
# The ids of each filter's rows. Those of an amount are sorted after they are found: no planner is to take the index of all ids.
_IDS = {"product": "p.order_id", "email": "b.order_id", "amount": "o.id || ''"}


def _in_bounds(name: str) -> str:
    id_ = _IDS.get(name, "o.id")
    return f"{id_} >= :from_id AND {id_} < :below_id"


def _newest_first(name: str, columns: str = ORDER_COLUMNS) -> Sql:
    prefix, tables, condition = _BY_FILTER[name]
    return Sql(f"""{prefix} SELECT {columns} FROM {tables} {JOIN_BUYER}
        WHERE {condition} AND {_in_bounds(name)} AND {_ALL_FILTERS}
        ORDER BY {_IDS.get(name, "o.id")} DESC LIMIT :limit""")


def _newest_of_email(columns: str = ORDER_COLUMNS) -> Sql:
    """Return the statement that reads an address's orders. Each index gives as many as wanted, so few are sorted."""
    own = f"""SELECT o.id FROM orders AS o {JOIN_BUYER}
        WHERE {_OWN_EMAIL} AND {_in_bounds("time")} AND {_ALL_FILTERS} ORDER BY o.id DESC LIMIT :limit"""
    theirs, payers = (
        f"""SELECT b.order_id AS id FROM buyers AS b CROSS JOIN orders AS o
        WHERE {condition} AND {_in_bounds("email")} AND o.id = b.order_id AND {_ALL_FILTERS}
        ORDER BY b.order_id DESC LIMIT :limit"""
        for condition in (_BUYERS_EMAIL, _PAYERS_EMAIL)
    )
    return Sql(f"""SELECT {columns} FROM (
            SELECT own.id FROM ({own}) AS own UNION SELECT theirs.id FROM ({theirs}) AS theirs
            UNION SELECT payers.id FROM ({payers}) AS payers
        ) AS found CROSS JOIN orders AS o {JOIN_BUYER} WHERE o.id = found.id ORDER BY o.id DESC LIMIT :limit""")


_COUNT_EMAIL = Sql(f"""SELECT COUNT(*) AS n FROM (
        SELECT o.id FROM orders AS o WHERE {_OWN_EMAIL} AND {_in_bounds("time")}
        UNION ALL SELECT b.order_id FROM buyers AS b WHERE {_BUYERS_EMAIL} AND {_in_bounds("email")}
        UNION ALL SELECT b.order_id FROM buyers AS b WHERE {_PAYERS_EMAIL} AND {_in_bounds("email")} LIMIT :limit
    ) AS counted""")


def _count(name: str) -> Sql:
    """Return the statement that counts the rows which `_newest_first` reads. An amount's index does not have the time first."""
    prefix, tables, condition = _BY_FILTER[name]
    tables = "order_products AS p" if name == "product" else tables
    bounds = "TRUE" if name == "amount" else _in_bounds(name)
    return Sql(f"""{prefix} SELECT COUNT(*) AS n FROM (
        SELECT 1 AS one FROM {tables} WHERE {condition} AND {bounds} LIMIT :limit
    ) AS counted""")


_TEXTS = f"o.id, o.customer_email, o.lines, o.metadata, {BUYER_COLUMNS}"
NEWEST_FIRST = {"email": _newest_of_email(), **{name: _newest_first(name) for name in _BY_FILTER}}
TEXTS = {"email": _newest_of_email(_TEXTS), **{name: _newest_first(name, _TEXTS) for name in _BY_FILTER}}
COUNTS = {"email": _COUNT_EMAIL, **{name: _count(name) for name in _BY_FILTER}}
CURRENCIES = Sql(f"{_distinct('orders', 'currency')} SELECT used.name FROM used WHERE used.name IS NOT NULL")
SITES = Sql(f"{_distinct('orders', 'site')} SELECT used.name FROM used WHERE used.name IS NOT NULL")
PRODUCTS = Sql(f"{_distinct('order_products', 'product_id')} SELECT used.name FROM used WHERE used.name IS NOT NULL")
LARGEST_FIRST = Sql(f"""
    SELECT {ORDER_COLUMNS} FROM orders AS o {JOIN_BUYER}
    WHERE {_of_amount(":currency")} AND o.id >= :from_id AND o.id < :below_id AND {_ALL_FILTERS}
    ORDER BY o.total_minor DESC, o.id DESC LIMIT :limit
""")
IDS = Sql("SELECT o.id FROM orders AS o WHERE o.id >= :from_id AND o.id < :below_id ORDER BY o.id DESC LIMIT :limit")

_PROVIDERS = _distinct("orders", "provider")


def _refer(tables: str, condition: str) -> str:
    return f"SELECT {ORDER_COLUMNS} FROM {tables} {JOIN_BUYER} WHERE {condition}"


def _of_provider(condition: str) -> str:
    return _refer(f"{_USED} CROSS JOIN orders AS o", f"o.provider = used.name AND {condition}")


def _of_row(table: str, row: str, condition: str) -> str:
    tables = f"{_USED} CROSS JOIN {table} AS {row} JOIN orders AS o ON o.id = {row}.order_id"
    return _refer(tables, f"{row}.provider = used.name AND {condition}")


_OF_REFUND = "refunds AS r JOIN orders AS o ON o.id = r.order_id"
_OF_EVENT = "events AS e JOIN orders AS o ON o.id = e.order_id"
# By which id an order is found: the provider's, or the refund's own. What was refunded or disputed elsewhere is in the events.
REFERENCES = {
    "checkout": Sql(f"{_PROVIDERS} {_of_provider('o.checkout_ref = :checkout_ref')} LIMIT :limit"),
    "payment": Sql(f"""{_PROVIDERS} {_of_provider("o.payment_ref = :ref AND o.payment_ref <> ''")}
        UNION {_of_row("payments", "p", "p.payment_ref = :ref")} LIMIT :limit"""),
    "subscription": Sql(f"{_PROVIDERS} {_of_provider("o.subscription_ref = :ref AND o.subscription_ref <> ''")} LIMIT :limit"),
    "refund": Sql(f"""{_refer(_OF_REFUND, "r.id = :ref")}
        UNION {_refer(_OF_REFUND, "r.provider_ref = :ref AND r.provider_ref <> ''")} LIMIT :limit"""),
    "dispute": Sql(f"{_PROVIDERS} {_of_row('disputes', 'd', 'd.dispute_id = :ref')} LIMIT :limit"),
    "refund, dispute or invoice": Sql(
        f"{_refer(_OF_EVENT, "e.subject = :ref AND e.subject <> ''").replace('SELECT', 'SELECT DISTINCT', 1)} LIMIT :limit"
    ),
    "event": Sql(f"{_PROVIDERS} {_of_row('events', 'e', 'e.event_id = :ref')} LIMIT :limit"),
}
