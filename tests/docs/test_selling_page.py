"""What `docs/selling.md` builds up, step by step, is a catalogue without a mistake, and its form buys."""

import html.parser
import json
import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.http import json_bytes
from lightning_cart.providers import STRATEGIES
from lightning_cart.web.responses import Answer
from support.app import Shop
from support.codes import add_code, make_code
from support.documents import BLOCKS

PAGE = [block for block in BLOCKS if block.page == "docs/selling.md"]
FILES = ("products.toml", "shipping.toml", "taxes.toml", "sites.toml")
SITE = 'name = "Shop"\nsuccess_page = "/s.html"\ncancel_page = "/c.html"\ndefault_strategy = "stripe_checkout"\n'
MUG, SHIRT = {"id": "mug"}, {"id": "tshirt", "options": {"size": "L", "colour": "blue"}, "inputs": {"engraving": "Ada"}}
TO_SPAIN = {"country": "ES", "method": "post"}


def merge(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return one table with another's keys added."""
    merged = dict(one)
    for key, value in other.items():
        merged[key] = merge(merged[key], value) if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
    return merged


def toml(table: Mapping[str, Any], path: str = "") -> str:
    """Return a table as TOML: the page's blocks name some tables twice, and TOML does not allow that in one file."""
    plain = [f"{key} = {value(one)}" for key, one in table.items() if not isinstance(one, dict)]
    inner = [f"[{path}{key}]\n{toml(one, f'{path}{key}.')}" for key, one in table.items() if isinstance(one, dict)]
    return "\n".join([*plain, *inner])


def value(one: object) -> str:
    if isinstance(one, dict):
        return f"{{{', '.join(f'{key} = {value(inner)}' for key, inner in one.items())}}}"
    if isinstance(one, list):
        return f"[{', '.join(map(value, one))}]"
    return str(one).lower() if isinstance(one, bool) else repr(one).replace("'", '"')


def steps() -> list[dict[str, dict[str, Any]]]:
    """Return the files after each block of TOML."""
    found: list[dict[str, dict[str, Any]]] = [{}]
    for block in PAGE:
        if block.language == "toml":
            name = block.text.partition("\n")[0].removeprefix("# ")
            assert name in FILES
            found.append({**found[-1], name: merge(found[-1].get(name, {}), tomllib.loads(block.text))})
    return found[1:]


def read(files: Mapping[str, Mapping[str, Any]]) -> Catalog:
    texts = {name: toml(table) for name, table in files.items()}
    sites = texts.get("sites.toml", f"[sites.shop]\n{SITE}")
    strategies = [strategy.name for strategy in STRATEGIES]
    return parse_catalog(texts["products.toml"], sites, strategies, texts.get("shipping.toml"), texts.get("taxes.toml"))


def has_rates_for_its_products(files: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether every class of a product has a rate: one block adds the rates, the next the product."""
    return "taxes.toml" not in files or "book" in files["products.toml"]["products"]


@pytest.mark.parametrize("files", [files for files in steps() if has_rates_for_its_products(files)])
def test_each_step_is_a_catalogue_without_a_mistake(files: dict[str, dict[str, Any]]) -> None:
    read(files)


def quote(delivery: Mapping[str, str], *items: Mapping[str, Any], currency: str = "EUR") -> Mapping[str, Any]:
    body = json_bytes({"items": items, "delivery": delivery, "currency": currency})
    answer = Shop(catalog=read(steps()[-1])).handle("POST", "/quote", body)
    assert answer.status == 200, answer.body
    document: Mapping[str, Any] = json.loads(answer.body)
    return document


def test_the_whole_shop_posts_a_shirt_with_a_text_and_a_mug_to_spain() -> None:
    priced = quote(TO_SPAIN, SHIRT, MUG)
    assert (priced["goods_minor"], priced["shipping_minor"], priced["total_minor"], priced["missing"]) == (3800, 490, 4290, [])


def test_delivery_is_free_from_fifty() -> None:
    assert quote(TO_SPAIN, SHIRT, {**MUG, "quantity": 2})["shipping_minor"] == 0


def test_tax_is_added_in_new_york_and_included_in_germany() -> None:
    germany = quote({"country": "DE", "method": "post"}, {"id": "book"})
    new_york = quote({"country": "US", "region": "NY", "method": "post"}, {"id": "book", "quantity": 2}, currency="USD")
    assert (germany["total_minor"], germany["tax_minor"], germany["taxes"][0]["rate"]) == (2290, 0, "7")
    assert (new_york["goods_minor"], new_york["shipping_minor"], new_york["tax_minor"]) == (4000, 550, 404)


class _Fields(html.parser.HTMLParser):
    """The fields of a form with the values that a browser sends."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._name, self._is_selected = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "select":
            self._name = str(found["name"])
        elif tag == "option":
            self._is_selected = "selected" in found
        elif found.get("name"):
            self.fields[str(found["name"])] = str(found.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._is_selected:
            self.fields[self._name], self._is_selected = data, False


def submit(shop: Shop, fields: Mapping[str, str]) -> Answer:
    return shop.handle("POST", "/checkout", urlencode(fields).encode(), content_type="application/x-www-form-urlencoded")


def forms() -> list[dict[str, str]]:
    """Return the fields of each form of the page."""
    found = []
    for block in PAGE:
        if block.language == "html":
            parsed = _Fields()
            parsed.feed(block.text)
            found.append(parsed.fields)
    return found


def test_the_form_of_the_page_buys_a_shirt() -> None:
    fields = forms()[0]
    assert fields == {"id": "tshirt", "option[size]": "M", "option[colour]": "blue"}
    shop = Shop(catalog=read(steps()[-1]))
    answer = submit(shop, {**fields, "delivery[country]": "ES", "delivery[method]": "post"})
    assert answer.status == 303, answer.body


def test_the_form_with_a_code_buys_with_and_without_one() -> None:
    fields = forms()[1]
    shop = Shop(catalog=read(steps()[-1]))
    assert submit(shop, fields).status == 303
    assert submit(shop, {**fields, "code": "spring"}).status == 422
    add_code(shop.database, make_code("SPRING"))
    assert submit(shop, {**fields, "code": "spring"}).status == 303
