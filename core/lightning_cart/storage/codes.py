"""The tables of codes and their uses.

A use is taken in the batch that saves its order, and counted in `codes.uses` from then on. The batch that ends the order
without money releases it, and the batch that settles it marks it as used.
"""

import json
from collections.abc import Mapping
from typing import cast

from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.money import Money
from lightning_cart.http import json_bytes
from lightning_cart.ports import Row

USED_BEFORE = """EXISTS (
    SELECT 1 FROM code_uses AS u WHERE u.code = c.code AND u.buyer = :code_buyer AND u.state <> 'released'
)"""
# Selects a row if the code of a new order does not hold any more as it was priced.
BAD_CODE = f"""
    SELECT 1 AS bad FROM (SELECT 1 AS n) AS one LEFT JOIN codes AS c ON c.code = :code
    WHERE c.code IS NULL OR c.revision <> :code_revision
        OR (c.from_at IS NOT NULL AND c.from_at > :now) OR (c.until_at IS NOT NULL AND c.until_at <= :now)
        OR (c.most_uses IS NOT NULL AND c.uses >= c.most_uses)
        OR (c.once = 1 AND {USED_BEFORE})
"""
# They depend on the order's row, which is of this call alone, and on the mark `new`, so that they can be repeated.
TAKE_CODE = {
    "take": """
        INSERT INTO code_uses (order_id, code, buyer, state)
        SELECT o.id, c.code, CASE c.once WHEN 1 THEN :code_buyer ELSE '' END, 'new'
        FROM orders AS o CROSS JOIN codes AS c WHERE o.id = :id AND c.code = :code ON CONFLICT DO NOTHING
    """,
    "count": """
        UPDATE codes SET uses = uses + 1
        WHERE code IN (SELECT u.code FROM code_uses AS u WHERE u.order_id = :id AND u.state = 'new')
    """,
    "hold": "UPDATE code_uses SET state = 'held' WHERE order_id = :id AND state = 'new'",
}


def use_codes(paid: str) -> dict[str, str]:
    """Return the statements that mark the codes of paid orders as used. One that was released counts again: money wins.

    Args:
        paid: SQL that selects the ids of the orders.
    """
    return {
        "count_again": f"""
            UPDATE codes SET uses = uses + 1 WHERE code IN (
                SELECT u.code FROM code_uses AS u WHERE u.order_id IN ({paid}) AND u.state = 'released'
            )
        """,
        "use": f"""
            UPDATE code_uses SET state = 'used' WHERE order_id IN ({paid}) AND state IN ('held', 'released')
        """,
    }


def give_back_codes(ended: str) -> dict[str, str]:
    """Return the statements that release the codes of orders which ended without money.

    Args:
        ended: SQL that selects the ids of the orders.
    """
    given_back = f"SELECT u.code FROM code_uses AS u WHERE u.order_id IN ({ended}) AND u.state = 'release'"
    return {
        "release": f"UPDATE code_uses SET state = 'release' WHERE order_id IN ({ended}) AND state = 'held'",
        "count_less": f"""
            UPDATE codes SET uses = uses - (SELECT COUNT(*) FROM ({given_back}) AS g WHERE g.code = codes.code)
            WHERE code IN ({given_back})
        """,
        "released": f"UPDATE code_uses SET state = 'released' WHERE order_id IN ({ended}) AND state = 'release'",
    }


def terms_to_json(terms: CodeTerms) -> str:
    """Return what a code gives as JSON, without what is empty."""
    fields = {
        "percent": terms.percent,
        "amounts": {currency: amount.minor for currency, amount in terms.amounts.items()},
        "products": terms.products,
        "categories": terms.categories,
        "least": {currency: amount.minor for currency, amount in terms.least.items()},
        "free_delivery": terms.free_delivery,
        "free": terms.free,
    }
    return json_bytes({name: value for name, value in fields.items() if value}).decode()


def _amounts(minor: Mapping[str, int]) -> dict[str, Money]:
    return {currency: Money(amount, currency) for currency, amount in minor.items()}


def json_to_terms(text: str) -> CodeTerms:
    """Return what a code gives."""
    fields = json.loads(text)
    return CodeTerms(
        percent=fields.get("percent", ""),
        amounts=_amounts(fields.get("amounts", {})),
        products=tuple(fields.get("products", ())),
        categories=tuple(fields.get("categories", ())),
        least=_amounts(fields.get("least", {})),
        free_delivery=fields.get("free_delivery", False),
        free=fields.get("free", False),
    )


def row_to_code(row: Row) -> Code:
    """Return the code in a row of `codes`."""
    number = cast("Mapping[str, int | None]", row)
    return Code(
        code=cast("str", row["code"]),
        revision=cast("int", row["revision"]),
        terms=json_to_terms(cast("str", row["terms"])),
        most_uses=number["most_uses"],
        uses=cast("int", row["uses"]),
        once=bool(row["once"]),
        from_at=number["from_at"],
        until_at=number["until_at"],
    )
