"""The products of orders are kept for lists by product, whoever inserts an order, and no text in an order prevents it."""

import json

import pytest

from lightning_cart.ports import Statement
from support.app import run
from support.databases import MIGRATIONS, MemoryDatabase

ID = "ord_00000000000000000000000001"
INSERT = """
    INSERT INTO orders (
        id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, request_digest, created_at, updated_at
    ) VALUES (?, 'shop', 'stripe_checkout', 'stripe', 'open', 'USD', 1, ?, '{}', '', '', '', 1, 1)
"""
(PRODUCTS,) = (index for index, file in enumerate(MIGRATIONS) if "CREATE TABLE order_products" in file.read_text())
QUOTED = "d'Ñandú \"\\ 🦤"


def lines(*products: str) -> str:
    return json.dumps([{"product_id": product} for product in products], ensure_ascii=False)


def products_after(lines: str, *, migrated: bool) -> list[tuple[str, str]]:
    """Return what is kept of an order that is inserted into a database with the migration, or migrated after it."""
    database = MemoryDatabase(MIGRATIONS if migrated else MIGRATIONS[:PRODUCTS])
    run(database.query(Statement(INSERT, (ID, lines))))
    if not migrated:
        database.connection.executescript(MIGRATIONS[PRODUCTS].read_text())
    rows = run(database.query(Statement("SELECT product_id, order_id FROM order_products ORDER BY product_id")))
    return [(str(row["product_id"]), str(row["order_id"])) for row in rows]


@pytest.mark.parametrize("migrated", [True, False], ids=["inserted", "migrated"])
@pytest.mark.parametrize(
    ("lines", "products"),
    [
        (lines("mug"), ["mug"]),
        (lines("shirt", "mug", "shirt"), ["mug", "shirt"]),
        (lines(QUOTED), [QUOTED]),
        ("[]", []),
        ("[{}]", []),
        ("not JSON", []),
        ("", []),
    ],
)
def test_an_order_has_each_product_of_its_lines_once(lines: str, products: list[str], *, migrated: bool) -> None:
    assert products_after(lines, migrated=migrated) == [(product, ID) for product in products]


def test_a_trigger_is_on_one_line_with_one_end_as_the_remote_d1_needs_it() -> None:
    texts = [line for file in MIGRATIONS for line in file.read_text().splitlines() if line.startswith("CREATE TRIGGER")]
    assert texts
    assert [text for text in texts if text.count("END") != 1 or not text.endswith("; END;") or " BEGIN " not in text] == []
