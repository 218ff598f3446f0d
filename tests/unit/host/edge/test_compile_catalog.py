"""The compiled catalogue: the same for any number of products, and refused if it is too large."""

import ast
import json
import re
from types import ModuleType
from typing import cast

import pytest

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.packed_products import PackedProducts
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge import compile_catalog as compiling
from lightning_cart_host.edge.compile_catalog import compile_catalog
from support.app import SHOP, make_catalog

SIZES = ("S", "M", "L", "XL")
FULL = """
[products.shirt]
name = "Shirt \u00fc \U0001f375"
prices = { EUR = "19.00", USD = "21.00" }
description = 'a "quoted" \\ one'
interval = "month"
sites = ["shop"]
metadata = { shelf = "B2" }
tax = "reduced"
weight = 0
sku = "TS"
unit_price = { content = "0.75", unit = "l" }
categories = ["clothes", "new"]
[[products.shirt.variants]]
id = "l-blue"
options = { size = "L", colour = "blue" }
prices = { EUR = "20.00", USD = "22.00" }
sku = "TS-L"
image = "/blue.png"
weight = 200
[[products.shirt.variants]]
id = "m-red"
options = { size = "M", colour = "red" }
active = false
[products.shirt.inputs.engraving]
label = "Text"
max_length = 20
lines = 2
required = true
surcharge = { EUR = "4.00" }
[products.donation]
name = "Donation"
ships = false
active = false
max_quantity = 1
[products.donation.amount]
EUR = { least = "2.00", most = "500.00", suggested = "10.00" }
JPY = { least = "200", most = "50000" }
"""
SHIPPING = """
[zones.islands]
countries = ["ES"]
regions = ["ES-TF"]
postal_codes = ["35*"]
[methods.post]
name = "Post"
zones = ["islands"]
prices = { EUR = "4.90" }
free_from = { EUR = "50.00" }
min_weight = 1
max_weight = 2000
min_sum = { EUR = "1.00" }
max_sum = { EUR = "900.00" }
days = [2, 4]
sites = ["shop"]
[methods.pickup]
name = "Pick up"
pick_up = true
prices = { EUR = "0.00" }
"""
TAXES = """
outside = "net"
[rates.ES]
label = "IVA"
classes = { standard = "21", reduced = "10" }
[rates.US-NY]
label = "Sales tax"
included = false
shipping = "standard"
classes = { standard = "8.875", reduced = "0" }
"""


def load(source: str) -> Catalog:
    module = ModuleType("catalog_data")
    exec(source, module.__dict__)  # noqa: S102 - our own
    return cast("Catalog", module.__dict__["CATALOG"])


def large(products: int) -> str:
    """Return a file with four variants of each product."""
    variant = '[[products.p{n}.variants]]\nid = "{size}"\noptions = {{ size = "{size}" }}\nsku = "S-{n}-{size}"\n'
    return "".join(
        f'[products.p{n}]\nname = "Product {n}"\nprices = {{ EUR = "{n + 1}.00" }}\n'
        + "".join(variant.format(n=n, size=size) for size in SIZES)
        for n in range(products)
    )


def nodes(source: str) -> list[str]:
    return [type(node).__name__ for node in ast.walk(ast.parse(source))]


def test_everything_that_a_catalogue_can_say_is_compiled() -> None:
    catalog = make_catalog(FULL, SHOP, SHIPPING, TAXES)
    assert load(compile_catalog(catalog))._replace(currencies={}) == catalog


def test_five_thousand_products_with_twenty_thousand_variants_are_as_much_to_execute_as_one() -> None:
    catalog = make_catalog(large(5000), SHOP)
    assert sum(len(product.variants) for product in catalog.products.values()) == 20_000
    assert nodes(compile_catalog(catalog)) == nodes(compile_catalog(make_catalog(large(1), SHOP)))


def test_a_product_is_made_when_it_is_first_asked_for_and_then_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    products = load(compile_catalog(make_catalog(large(100), SHOP))).products
    assert isinstance(products, PackedProducts)
    made: list[str] = []
    loads = json.loads

    def count(text: str) -> object:
        made.append(text)
        return loads(text)

    monkeypatch.setattr(json, "loads", count)
    assert "p7" in products
    assert "p100" not in products
    assert len(products) == len(list(products)) == 100
    assert made == []
    assert products["p7"] is products["p7"]
    assert products.get("p100") is None
    assert len(made) == 1


@pytest.mark.parametrize(("limit", "number"), [("MAX_SOURCE", 3000), ("MAX_GZIPPED", 1000)])
def test_a_catalogue_that_is_too_large_is_refused_with_the_number_of_products_that_fits(
    limit: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = make_catalog(large(200), SHOP)
    monkeypatch.setattr(compiling, limit, number)
    with pytest.raises(ConfigurationError, match="its 200 products is too large for a Worker") as caught:
        compile_catalog(catalog)
    found = re.search(r"the first (\d+) of them fit", str(caught.value))
    assert found
    fitting = int(found[1])
    ids = list(catalog.products)
    compile_catalog(catalog._replace(products={one: catalog.products[one] for one in ids[:fitting]}))
    with pytest.raises(ConfigurationError):
        compile_catalog(catalog._replace(products={one: catalog.products[one] for one in ids[: fitting + 1]}))


def test_a_catalogue_that_is_too_large_without_products_names_the_file_to_shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "MAX_SOURCE", 100)
    with pytest.raises(ConfigurationError, match=r"even without products it is too large: shorten the lists of shipping\.toml"):
        compile_catalog(make_catalog(large(2), SHOP))


FULL_SITE = f"""{SHOP}
strategies = ["paypal"]
fulfilment_url = "https://shop.example/hook"
contact = true
countries = ["ES"]
home_country = "ES"
timezone = "Europe/Madrid"
terms_page = "/terms.html"
privacy_page = "/privacy.html"
address = ["Calle Mayor 1", "28013 Madrid"]
vat_id = "ESB00000000"
email = "orders@shop.example"
ask_vat_id = true
"""


def test_every_field_of_a_site_is_compiled() -> None:
    catalog = make_catalog(FULL, FULL_SITE)
    (site,) = catalog.sites.values()
    assert [name for name, default in site._field_defaults.items() if getattr(site, name) == default] == []
    assert load(compile_catalog(catalog)).sites == catalog.sites
