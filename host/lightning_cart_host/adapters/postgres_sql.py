"""Writes the engine's SQL, which is one text for all databases, as PostgreSQL takes it."""

import re
from functools import lru_cache

from lightning_cart.ports import Statement

_PLACEHOLDER = re.compile(r"\?")
_EACH = re.compile(r"\bjson_each\((\$\d+)\)")
_OBJECT = re.compile(r"\bjson_object\(")
_TEXT = re.compile(r"(?<!AS )\bTEXT\b")
_OPTIONS = re.compile(r"\)\s*(?:STRICT|WITHOUT ROWID)(?:\s*,\s*(?:STRICT|WITHOUT ROWID))*\s*;")
_COMMENT = re.compile(r"--[^\n]*")
# Statements that SQLite has in words of its own. What they change had no rows before this program knew PostgreSQL.
_OWN_TEXTS = {
    "CREATE TRIGGER orders_have_products": """
        CREATE FUNCTION products_of_lines(lines TEXT) RETURNS SETOF TEXT LANGUAGE plpgsql AS $$
        BEGIN
            RETURN QUERY SELECT line.value ->> 'product_id' FROM jsonb_array_elements(CAST(lines AS jsonb)) AS line
                WHERE line.value ->> 'product_id' IS NOT NULL;
        EXCEPTION WHEN data_exception THEN
            RETURN;
        END $$;
        CREATE FUNCTION orders_have_products() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO order_products (product_id, order_id)
                SELECT product_id, NEW.id FROM products_of_lines(NEW.lines) AS product_id ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$;
        CREATE TRIGGER orders_have_products AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_have_products()
    """,
    "INSERT INTO order_products": "",
}


@lru_cache(maxsize=1024)
def to_postgres(sql: str) -> str:
    """Return a statement with `$1` placeholders, and PostgreSQL's functions for the words of the dialect.

    Args:
        sql: With `?` placeholders.
    """
    numbers = iter(range(1, sql.count("?") + 1))
    text = _PLACEHOLDER.sub(lambda _: f"${next(numbers)}", sql)
    text = _EACH.sub(r"jsonb_array_elements(CAST(\1 AS jsonb))", text)
    return _OBJECT.sub("jsonb_build_object(", text)


def statement_to_postgres(statement: Statement) -> str:
    """Return the text of a statement as PostgreSQL takes it."""
    return to_postgres(statement.sql)


def migration_to_postgres(sql: str) -> str:
    """Return one statement of a migration as PostgreSQL takes it, or "" if it has nothing to do there.

    Texts are compared byte by byte, as SQLite does, and every number has 64 bits.
    """
    bare = _COMMENT.sub("", sql).strip()
    for beginning, own in _OWN_TEXTS.items():
        if bare.startswith(beginning):
            return own
    text = _OPTIONS.sub(");", bare)
    text = re.sub(r"\bINTEGER\b", "BIGINT", text)
    return _TEXT.sub('TEXT COLLATE "C"', text) if text.startswith(("CREATE TABLE", "ALTER TABLE")) else text
