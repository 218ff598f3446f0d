"""Lists and finds orders for operators. The engine itself needs none of it, so a Worker does not load it.

Every filter but `text` has an index, so that a list reads what it shows. Of several filters, the one that matches the fewest
orders is read by its index, and the others are applied to what it finds. Time bounds hold for each of them, but for amounts.
"""

import json
import re
from collections.abc import Callable
from typing import NamedTuple, cast
from unicodedata import normalize

from lightning_cart.domain.email_address import read_email
from lightning_cart.domain.order import Order
from lightning_cart.ports import Database, Row, SqlValue
from lightning_cart.storage.order_filter import (
    ABOVE_IDS,
    ID_PREFIX,
    OrderFilter,
    amount_values,
    filter_values,
    is_amount,
    parse_thousandths,
)
from lightning_cart.storage.order_search_statements import (
    COUNTS,
    CURRENCIES,
    IDS,
    LARGEST_FIRST,
    NEWEST_FIRST,
    PRODUCTS,
    REFERENCES,
    SITES,
    TEXTS,
)
from lightning_cart.storage.rows import SELECT_WITH_BUYER, row_to_buyer, row_to_order
from lightning_cart.storage.sql import run_batch

__all__ = ["MAX_COUNTED", "FoundOrder", "OrderFilter", "OrderSearch", "parse_thousandths"]

MAX_COUNTED = 1000  # orders that are counted for each of several filters, to choose one
_PAGE = 1000  # orders whose texts are read at a time
_INDEXED = ("email", "review", "disputed", "product", "status", "site")
_ID_PART = re.compile(r"[0-9A-Z]{1,26}", re.ASCII)

type Orders = list[Order]
type Texts = list[str]
type Found = list["FoundOrder"]


class FoundOrder(NamedTuple):
    """An order, and what about it matched: `id`, `e-mail`, `total` or a name of `REFERENCES`."""

    order: Order
    matched: str


def _id_bounds(prefix: str) -> dict[str, SqlValue]:
    return {"from_id": prefix, "below_id": f"{prefix}{ABOVE_IDS}"}


def _id_prefix(text: str) -> str:
    """Return the beginning of an id that was typed in any case, with `ord_` or without it; or empty if it is none."""
    part = text.upper().removeprefix(ID_PREFIX.upper())
    return f"{ID_PREFIX}{part}" if _ID_PART.fullmatch(part) else ""


def _folded(text: str) -> str:
    """Return a text without differences of case, and of how its accents are encoded."""
    return normalize("NFC", text).casefold()


def _emails(row: Row) -> Texts:
    """Return the addresses of the cart and of the provider."""
    return [cast("str", row["buyer_email"] or row["customer_email"]), cast("str", row["paid_email"] or "")]


def _buyer_texts(row: Row) -> Texts:
    """Return what a buyer wrote: the addresses, the inputs and the note; and what the provider reported."""
    buyer = row_to_buyer(row)
    payer = buyer.paid_by
    texts = [buyer.note, buyer.vat_id, payer.name, payer.phone, payer.vat_id]
    texts += [text for address in (buyer.address, payer.delivery, payer.billing) for text in address or ()]
    return texts + [text for inputs in buyer.inputs for text in inputs.values()]


def _contains(text: str) -> Callable[[Row], bool]:
    """Return a function that returns whether the texts of a row contain a text."""
    wanted = _folded(text)

    def matches(row: Row) -> bool:
        lines = json.loads(cast("str", row["lines"]))
        texts = [str(row["id"]), *_emails(row), *_buyer_texts(row)]
        texts += [line.get(name, "") for line in lines for name in ("product_id", "name", "variant_id", "sku")]
        texts += [value for line in lines for value in line.get("options", {}).values()]
        for metadata in (json.loads(cast("str", row["metadata"])), *(line["metadata"] for line in lines)):
            texts += [*metadata, *metadata.values()]
        return any(wanted in _folded(one) for one in texts)

    return matches


def _has_domain(domain: str) -> Callable[[Row], bool]:
    wanted = (read_email(f"a{domain}") or f"a{domain}")[1:].lower()
    return lambda row: any(email.lower().endswith(wanted) for email in _emails(row))


class OrderSearch:
    """Searches the stored orders.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def ids_with_prefix(self, prefix: str, limit: int = 3) -> Texts:
        """Return at most `limit` ids that begin with a prefix, newest first."""
        rows = await self.database.query(IDS(_id_bounds(prefix) | {"limit": limit}))
        return [str(row["id"]) for row in rows]

    async def list(self, wanted: OrderFilter, limit: int, before: str = "") -> Orders:
        """Return the newest orders that have everything wanted.

        Args:
            wanted: The filters.
            limit: The maximum number of orders.
            before: Only orders with a lower id, to continue a list.

        Raises:
            MoneyError: An amount is not a plain decimal number.
        """
        values = filter_values(wanted, limit, before)
        if wanted.text:
            return await self._search(wanted, values, _contains(wanted.text))
        rows = await self.database.query(NEWEST_FIRST[await self._narrowest(wanted, values)](values))
        return [row_to_order(row) for row in rows]

    async def largest(self, wanted: OrderFilter, limit: int) -> Orders:
        """Return the orders with the largest totals that have everything wanted but `text`; of equal totals, the newest first.

        Raises:
            MoneyError: An amount is not a plain decimal number.
        """
        return await self._largest(filter_values(wanted, limit), limit)

    async def find(self, text: str, limit: int, since: int | None = None) -> Found:
        """Return the orders that a text names: the beginning of an id, an e-mail address, an amount, or a provider's id.

        Args:
            text: What an operator copied or remembers.
            limit: The maximum number of orders for each thing that it can name.
            since: From when on e-mail addresses are searched for a domain such as `@example.com`. Whole ones are all found.
        """
        found: dict[str, Orders] = {}
        if prefix := _id_prefix(text):
            values = filter_values(OrderFilter(), limit) | _id_bounds(prefix)
            rows = await self.database.query(NEWEST_FIRST["time"](values))
            found["id"] = [row_to_order(row) for row in rows]
        if text.startswith("@"):
            wanted = OrderFilter(since=since)
            found["e-mail"] = await self._search(wanted, filter_values(wanted, limit), _has_domain(text))
        elif "@" in text:
            found["e-mail"] = await self.list(OrderFilter(email=text), limit)
        if is_amount(text):
            exactly = amount_values(parse_thousandths(text) - 1, parse_thousandths(text) + 1)
            found["total"] = await self._largest(filter_values(OrderFilter(), limit) | exactly, limit)
        ids: dict[str, SqlValue] = {"ref": text, "checkout_ref": text.rpartition(":")[2], "limit": limit}
        referring = await run_batch(self.database, {name: sql(ids) for name, sql in REFERENCES.items()})
        found |= {name: [row_to_order(row) for row in rows] for name, rows in referring.items()}
        by_id = {order.id: FoundOrder(order, name) for name in reversed(found) for order in found[name]}
        return sorted(by_id.values(), key=lambda one: one.order.id, reverse=True)

    async def sites(self) -> Texts:
        """Return the ids of the sites that have orders."""
        return [str(row["name"]) for row in await self.database.query(SITES({}))]

    async def products(self) -> Texts:
        """Return the ids of the products that were ordered."""
        return [str(row["name"]) for row in await self.database.query(PRODUCTS({}))]

    async def _narrowest(self, wanted: OrderFilter, values: dict[str, SqlValue]) -> str:
        """Return the filter that the fewest orders match, of those that were given."""
        names = [name for name in _INDEXED if getattr(wanted, name)]
        if wanted.over or wanted.under:
            names += ["time", "amount"]
        if len(names) < 2:
            return names[0] if names else "time"
        counted = await run_batch(self.database, {name: COUNTS[name](values | {"limit": MAX_COUNTED}) for name in names})
        return min(names, key=lambda name: cast("int", counted[name][0]["n"]))

    async def _search(self, wanted: OrderFilter, values: dict[str, SqlValue], matches: Callable[[Row], bool]) -> Orders:
        """Return the newest orders whose rows match. All that have everything else that is wanted may be read."""
        statement, limit = TEXTS[await self._narrowest(wanted, values)], cast("int", values["limit"])
        ids: Texts = []
        values = values | {"limit": _PAGE}
        while len(ids) < limit and (rows := await self.database.query(statement(values))):
            ids += [str(row["id"]) for row in rows if matches(row)]
            values["below_id"] = rows[-1]["id"]
        if not ids:
            return []
        found = await run_batch(self.database, {one: SELECT_WITH_BUYER({"id": one}) for one in ids[:limit]})
        return [row_to_order(rows[0]) for rows in found.values()]

    async def _largest(self, values: dict[str, SqlValue], limit: int) -> Orders:
        currencies = [str(row["name"]) for row in await self.database.query(CURRENCIES({}))]
        rows = await run_batch(self.database, {one: LARGEST_FIRST(values | {"currency": one}) for one in currencies})
        orders = [row_to_order(row) for some in rows.values() for row in some]
        return sorted(orders, key=lambda one: (one.total.minor * 10 ** (3 - one.total.exponent), one.id), reverse=True)[:limit]
