"""`catalog list`: products with their variants, for people and for scripts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

type Cli = Callable[..., tuple[int, str, str]]

PRODUCTS = """
[products.shirt]
name = "Shirt"
prices = { EUR = "19.00", USD = "21.00" }
weight = 1800
sites = ["shop"]
sku = "TS"
categories = ["clothes"]
[[products.shirt.variants]]
id = "m"
options = { size = "M" }
[[products.shirt.variants]]
id = "l"
options = { size = "L" }
prices = { EUR = "21.00", USD = "23.00" }
weight = 2000
sku = "TS-L"
active = false
[products.shirt.inputs.text]
label = "Text"
[products.shirt.inputs.more]
label = "More"
[products.gift]
name = "Gift"
amount = { EUR = { least = "2.00", most = "9.00", suggested = "5.00" }, USD = { least = "2.00", most = "9.00" } }
ships = false
interval = "month"
tax = "none"
[products.gift.inputs.text]
label = "Text"
"""
SITE = (
    '[sites.{}]\nname = "Shop"\nsuccess_page = "/success.html"\ncancel_page = "/cancel.html"\n'
    'default_strategy = "stripe_checkout"\n'
)


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> Path:
    """Write the catalogue of the working directory."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "products.toml").write_text(PRODUCTS, encoding="utf-8")
    (folder / "sites.toml").write_text(SITE.format("shop") + SITE.format("other"), encoding="utf-8")
    return folder


def test_products_are_listed_with_their_variants(lightning_cart: Cli) -> None:
    assert lightning_cart("catalog", "list") == (
        0,
        (
            "Product  Name       Prices                          Weight   Tax\n"
            "shirt/m  Shirt (M)  €19.00, $21.00                  1,800 g  standard  2 texts to write\n"
            "shirt/l  Shirt (L)  €21.00, $23.00                  2,000 g  standard  off sale, 2 texts to write\n"
            "gift     Gift       €2.00 to €9.00, $2.00 to $9.00           none      "
            "every month, not delivered, 1 text to write\n"
        ),
        "",
    )


def test_only_what_a_site_sells_is_listed(lightning_cart: Cli) -> None:
    status, out, _ = lightning_cart("catalog", "list", "--site", "other")
    assert (status, [line.split()[0] for line in out.splitlines()]) == (0, ["Product", "gift"])


def test_an_unknown_site_is_refused_with_the_known_ones(lightning_cart: Cli) -> None:
    status, _, err = lightning_cart("catalog", "list", "--site", "nowhere")
    assert status == 2
    assert "there is no site nowhere: use one of shop, other." in err


def test_scripts_get_one_object_for_each_thing_that_is_sold(lightning_cart: Cli) -> None:
    status, out, _ = lightning_cart("catalog", "list", "--json")
    first, second, gift = map(json.loads, out.splitlines())
    assert status == 0
    assert first == {
        "id": "shirt",
        "variant": "m",
        "name": "Shirt",
        "options": {"size": "M"},
        "sku": "TS",
        "prices": {"EUR": "19.00", "USD": "21.00"},
        "amount": {},
        "interval": None,
        "weight": 1800,
        "ships": True,
        "tax": "standard",
        "categories": ["clothes"],
        "inputs": ["text", "more"],
        "active": True,
    }
    assert (second["sku"], second["weight"], second["prices"]["EUR"], second["active"]) == ("TS-L", 2000, "21.00", False)
    assert (gift["variant"], gift["options"], gift["interval"]) == (None, {}, "month")
    assert gift["amount"]["EUR"] == {"least": "2.00", "most": "9.00", "suggested": "5.00"}
    assert gift["amount"]["USD"]["suggested"] is None


def test_a_catalogue_with_mistakes_is_not_listed(lightning_cart: Cli, config: Path) -> None:
    (config / "products.toml").write_text("[products.mug]\n", encoding="utf-8")
    status, out, err = lightning_cart("catalog", "list")
    assert (status, out) == (2, "")
    assert "products.mug.name: is missing" in err
