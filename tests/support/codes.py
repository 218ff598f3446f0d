"""Discount codes for tests, and what they do to a cart."""

from collections.abc import Mapping
from typing import Any

from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.money import Money
from lightning_cart.ports import SqlValue
from lightning_cart.storage.codes import terms_to_json
from support.databases import MemoryDatabase


def sums(**minor: int) -> dict[str, Money]:
    """Return amounts by currency: `sums(EUR=500)`."""
    return {currency: Money(amount, currency) for currency, amount in minor.items()}


def make_code(name: str = "SPRING", *, revision: int = 1, **fields: Any) -> Code:
    """Return a code. What `CodeTerms` has goes into its terms; without any of it the code takes 10 % off."""
    terms = {key: fields.pop(key) for key in CodeTerms._fields if key in fields}
    return Code(name, revision, CodeTerms(**(terms or {"percent": "10"})), **fields)


def _columns(code: Code) -> Mapping[str, SqlValue]:
    fields: dict[str, Any] = code._asdict()
    return fields | {"terms": terms_to_json(code.terms), "once": int(code.once)}


def add_code(database: MemoryDatabase, code: Code) -> None:
    """Write a code into a database, in place of the one of its name."""
    values = _columns(code)
    sql = f"INSERT OR REPLACE INTO codes ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
    database.connection.execute(sql, tuple(values.values()))
