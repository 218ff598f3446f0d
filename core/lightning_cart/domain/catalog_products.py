"""Reads `config/products.toml`. The Worker does not import this module."""

import re
from collections.abc import Callable, Mapping

from lightning_cart.domain.catalog import Interval, Product, UnitPrice
from lightning_cart.domain.catalog_amounts import read_amounts
from lightning_cart.domain.catalog_faults import page_fault, quantity_fault, switch_fault
from lightning_cart.domain.catalog_tables import Table, id_fault, one_of
from lightning_cart.domain.catalog_variants import MAX_SKU, read_inputs, read_open_amounts, read_variants, weight_fault
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.money import Money
from lightning_cart.domain.taxes import STANDARD
from lightning_cart.domain.text import text_fault
from lightning_cart.errors import InvalidField

PRODUCTS = "products.toml"
MAX_NAME = 127  # PayPal: items[].name
MAX_DESCRIPTION = 2000  # Square: line_items[].note
MAX_CATEGORY = 60
MAX_CATEGORIES = 20
UNITS = ("kg", "l", "m", "m2", "m3")  # Source: Directive 98/6/EC, Article 2(b)
_INTERVAL = one_of(tuple(Interval), 'must be "week", "month" or "year"')
_SMALLER = {"g": "kg", "mg": "kg", "ml": "l", "cl": "l", "dl": "l", "cm": "m", "mm": "m", "cm2": "m2", "cm3": "m3"}
_CONTENT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")


def _read_metadata(table: Table) -> dict[str, str]:
    try:
        return read_metadata(table.take("metadata"), "metadata")
    except InvalidField as error:
        table.add_mistake(*error.field.split(".", 1), reason=error.reason)
        return {}


def _content_fault(value: object) -> str:
    if isinstance(value, str) and _CONTENT.fullmatch(value) and value.strip("0."):
        return ""
    meant = str(value).strip().replace(",", ".")
    reason = 'must be a decimal string above zero, such as "0.75"'
    return f'{reason}: write "{meant}"' if _CONTENT.fullmatch(meant) and meant.strip("0.") else reason


def _unit_fault(value: object) -> str:
    reason = f"must be one of: {', '.join(UNITS)}"
    if isinstance(value, str) and value in _SMALLER:
        return f"{reason}: write the content in {_SMALLER[value]}"
    return one_of(UNITS, reason)(value)


def _read_unit_price(product: Table) -> UnitPrice | None:
    table = product.read_inner("unit_price", 'unit_price = { content = "0.75", unit = "l" }')
    if table is None:
        return None
    content = table.read("content", "1", _content_fault, required='write how much it contains, such as content = "0.75"')
    unit = table.read("unit", "l", _unit_fault, required=f"write one of: {', '.join(UNITS)}")
    table.finish()
    return UnitPrice(content, unit)


def _category_fault(value: object) -> str:
    if reason := text_fault(value, MAX_CATEGORY):
        return reason
    text = str(value)
    if "," in text:
        return f"may not have a comma: write {', '.join(f'"{one.strip()}"' for one in text.split(','))}"
    return "" if text == text.strip() else f'has blanks at its ends: write "{text.strip()}"'


def _read_categories(table: Table) -> tuple[str, ...]:
    categories = table.read_strings("categories", _category_fault)
    if len(categories) > MAX_CATEGORIES:
        table.add_mistake("categories", reason=f"has {len(categories)} entries: at most {MAX_CATEGORIES} are possible")
    return categories


def _given_variants(table: Table) -> list[Mapping[str, object]]:
    """Return the variants that the file has, as far as they are tables."""
    given = table.peek("variants")
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _given_currencies(table: Table) -> set[str]:
    """Return the currencies in which the file has a price, also one with a fault, so that a fault is told once."""
    priced = [table.peek("prices"), table.peek("amount"), *(one.get("prices") for one in _given_variants(table))]
    return {code for one in priced if isinstance(one, dict) for code in one}


def _read_prices(table: Table) -> dict[str, Money]:
    """Return the product's own prices, which may be left out if no price would count, or if each variant has its own."""
    variants = _given_variants(table)
    lack = [one.get("id", "ID") for one in variants if "prices" not in one]
    if table.peek("amount") is not None:
        for key in ("prices", "variants"):
            if table.peek(key) is not None:
                reason = "and amount exclude each other, because the buyer chooses one price: remove one of them"
                table.add_mistake(key, reason=reason, at_key=True)
        return read_amounts(table, "prices")
    why = f", or to the variant {lack[0]}" if lack else ""
    return read_amounts(table, "prices", needed=bool(lack or not variants), why=why)


def _check_title(table: Table, product: Product) -> None:
    """Add a mistake if a name is too long with its options, with which providers show it."""
    for index, variant in enumerate(product.variants):
        title = f"{product.name} ({', '.join(variant.options.values())})"
        if variant.options and len(title) > MAX_NAME:
            reason = f"with the product's name are {len(title)} characters: at most {MAX_NAME} are possible, so shorten one"
            table.add_mistake("variants", index, "options", reason=reason)


def _class_fault(value: object) -> str:
    return f'must be the name of a tax class, such as tax = "{STANDARD}"' if id_fault(value) else ""


def read_product(product_id: str, table: Table, site: Callable[[object], str]) -> Product:
    """Return a product.

    Args:
        product_id: Its id.
        table: Its table.
        site: Returns what is wrong with the id of a site, or "".
    """
    interval = table.read("interval", "", _INTERVAL)
    priced = _given_currencies(table)
    product = Product(
        id=product_id,
        name=table.read_text("name", MAX_NAME, required='write what the buyer reads, such as name = "Mug"'),
        prices=_read_prices(table),
        description=table.read_text("description", MAX_DESCRIPTION),
        image=table.read("image", "", page_fault),
        interval=Interval(interval) if interval else None,
        max_quantity=table.read("max_quantity", 99, quantity_fault),
        sites=table.read_strings("sites", site),
        active=table.read("active", True, switch_fault),
        metadata=_read_metadata(table),
        variants=read_variants(table),
        inputs=read_inputs(table, priced),
        amount=read_open_amounts(table, recurs=bool(interval)),
        tax=table.read("tax", STANDARD, _class_fault),
        weight=table.read("weight", None, weight_fault),
        ships=table.read("ships", True, switch_fault),
        sku=table.read_text("sku", MAX_SKU),
        unit_price=_read_unit_price(table),
        categories=_read_categories(table),
    )
    table.finish()
    _check_title(table, product)
    return product
