"""`docs/catalogue.md` names every key of the catalogue's files, and the bounds that the readers have."""

import re

import pytest

from lightning_cart.domain import catalog_products, catalog_shipping, catalog_sites, catalog_taxes, catalog_variants
from lightning_cart.domain.catalog import Input, Product, Site, Variant
from lightning_cart.domain.catalog_faults import MAX_QUANTITY
from lightning_cart.domain.shipping import Method, Zone
from lightning_cart.domain.taxes import TaxRate
from lightning_cart_host.edge import compile_catalog
from support import ROOT

PAGE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
OWN_TABLES = {"variants", "inputs"}


def section(start: str, end: str = "\n## ") -> str:
    """Return the page from a text up to the next heading."""
    return PAGE.partition(start)[2].partition(end)[0]


def keys(text: str) -> set[str]:
    """Return the keys in the first column of a section's tables."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (section("## products.toml", "`[[products.ID.variants]]`"), {*Product._fields} - {"id", *OWN_TABLES}),
        (section("`[[products.ID.variants]]`", "`[products.ID.inputs.NAME]`"), {*Variant._fields}),
        (section("`[products.ID.inputs.NAME]`"), {*Input._fields} - {"id"}),
        (section("## shipping.toml", "`[methods.ID]`"), {*Zone._fields} - {"id"}),
        (section("`[methods.ID]`"), {*Method._fields} - {"id"}),
        (section("## taxes.toml"), {*TaxRate._fields}),
    ],
    ids=["products", "variants", "inputs", "zones", "methods", "rates"],
)
def test_every_key_is_in_its_table_and_no_other(text: str, fields: set[str]) -> None:
    assert keys(text) == fields


def test_every_key_of_a_site_is_named() -> None:
    own = {"id"}
    assert set(re.findall(r"`(\w+)`", section("## sites.toml"))) >= {"default_strategy", *Site._fields} - own


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("`name` | 1 to {} characters, together", catalog_products.MAX_NAME),
        ("at most {} characters | empty", catalog_products.MAX_DESCRIPTION),
        ("1 to {} | 99", MAX_QUANTITY),
        ("grams, 0 to {}", catalog_variants.MAX_WEIGHT),
        ("`sku` | at most {} characters", catalog_variants.MAX_SKU),
        ("`categories` | at most {} texts", catalog_products.MAX_CATEGORIES),
        ("texts of {} characters without commas", catalog_products.MAX_CATEGORY),
        ("at most {} of a product:\n\n| Key | Value | Default |\n|---|---|---|\n| `id`", catalog_variants.MAX_VARIANTS),
        ("1 to {} names and values", catalog_variants.MAX_OPTIONS),
        ("values of at most {} characters; every", catalog_variants.MAX_OPTION),
        ("at most {} of a product:\n\n| Key | Value | Default |\n|---|---|---|\n| `label`", catalog_variants.MAX_INPUTS),
        ("`label` | 1 to {} characters | needed |\n| `max_length`", catalog_variants.MAX_LABEL),
        ("`max_length` | 1 to {} characters", catalog_variants.MAX_INPUT),
        ("`lines` | 1 to {} |", catalog_variants.MAX_LINES),
        ("`postal_codes` | at most {}:", catalog_shipping.MAX_POSTAL_CODES),
        ("`name` | 1 to {} characters | needed |\n| `prices`", catalog_shipping.MAX_METHOD_NAME),
        ("`label` | 1 to {} characters | needed |\n| `classes`", catalog_taxes.MAX_LABEL),
        ('`"8.875"`; at most {} |', catalog_taxes.MAX_CLASSES),
        ("text with line breaks; at most {} lines", catalog_sites.MAX_ADDRESS_LINES),
        ("lines of {} characters | none", catalog_sites.MAX_ADDRESS_LINE),
        ("of more than {} MiB", compile_catalog.MAX_SOURCE // 2**20),
    ],
)
def test_a_bound_of_the_page_is_that_of_the_code(sentence: str, number: int) -> None:
    assert sentence.format(f"{number:,}") in PAGE


def test_the_bound_of_the_gzipped_catalogue_is_that_of_the_code() -> None:
    assert f"or {compile_catalog.MAX_GZIPPED / 2**20} MiB gzipped" in PAGE


@pytest.mark.parametrize("unit", catalog_products.UNITS)
def test_every_unit_is_named(unit: str) -> None:
    assert f"`{unit}`" in section("## products.toml")
