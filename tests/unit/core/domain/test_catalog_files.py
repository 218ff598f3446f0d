"""The catalogue files: what they contain, and every mistake in them at once."""

import re
from pathlib import Path

import pytest

from lightning_cart.domain.catalog import Interval, absolute_url
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.domain.money import Money
from lightning_cart.providers import STRATEGIES
from support import ROOT
from support.app import OTHER, PRODUCTS, SHOP, make_catalog

OFFERED = ["stripe_checkout"]
EVERY = [strategy.name for strategy in STRATEGIES]
MUG = '[products.mug]\nname = "Mug"\nprices = { USD = "1.00" }\n'


def mistakes(products: str = MUG, sites: str = SHOP) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        parse_catalog(products, sites, OFFERED)
    return [str(mistake._replace(line=None)) for mistake in caught.value.mistakes]


def test_a_product_has_all_that_its_table_says() -> None:
    mug = make_catalog().products["mug"]
    assert (mug.name, mug.prices, mug.image, mug.sites, mug.metadata, mug.max_quantity, mug.active, mug.interval) == (
        "Mug",
        {"USD": Money(1250, "USD"), "JPY": Money(1800, "JPY")},
        "https://shop.example/mug.png",
        ("shop",),
        {"sku": "MUG-1"},
        99,
        True,
        None,
    )


def test_a_recurring_product_has_its_interval() -> None:
    assert make_catalog().products["club"].interval is Interval.MONTH


def test_a_site_offers_its_default_first_and_each_strategy_once() -> None:
    site = SHOP + 'strategies = ["stripe_checkout"]\n'
    assert make_catalog(MUG, site).sites["shop"].strategies == ("stripe_checkout",)


def test_a_site_sells_its_own_and_the_shared_products_that_are_active() -> None:
    assert [product.id for product in make_catalog().products_for("other")] == [
        "test-10",
        "club",
        "paper",
        "elsewhere",
        "pin",
        "oud",
    ]


def test_the_origins_of_all_sites_are_known() -> None:
    assert make_catalog().origins == {"https://shop.example"}


def test_a_page_may_be_a_path_on_our_own_origin() -> None:
    assert absolute_url("/ok.html", "https://pay.example") == "https://pay.example/ok.html"
    assert absolute_url("https://shop.example/ok", "https://pay.example") == "https://shop.example/ok"


def test_the_committed_catalogue_has_no_mistake() -> None:
    config = Path(ROOT / "config")
    catalog = parse_catalog((config / "products.toml").read_text(), (config / "sites.toml").read_text(), EVERY)
    assert catalog.products["test-10"].prices["USD"] == Money(1000, "USD")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('prices = { USD = "1.00" }\n', "name: is missing"),
        ('name = "x"\n', "prices: is missing"),
        ('name = ""\nprices = { USD = "1.00" }\n', "name: must be a string"),
        ('name = "a\\nb"\nprices = { USD = "1.00" }\n', "name: has U+000A at character 2, which breaks the line"),
        ('name = "\u200b"\nprices = { USD = "1.00" }\n', "name: has only invisible characters (U+200B)"),
        ('name = 7\nprices = { USD = "1.00" }\n', "name: must be a string"),
        ('name = "x"\nprices = {}\n', "prices: must be a table"),
        ('name = "x"\nprices = { USD = 10.0 }\n', "prices.USD: must be a decimal string"),
        ('name = "x"\nprices = { USD = 10 }\n', "prices.USD: must be a decimal string"),
        ('name = "x"\nprices = { USD = "10.001" }\n', "prices.USD: '10.001' has more decimals"),
        ('name = "x"\nprices = { usd = "10" }\n', "prices.usd: is not a current currency code in capitals: did you mean USD?"),
        ('name = "x"\nprices = { USD = "0.00" }\n', "prices.USD: must be above zero"),
        ('name = "x"\nprices = { USD = "-1.00" }\n', "prices.USD: must be above zero"),
        (MUG.partition("\n")[2] + 'interval = "day"\n', "interval: must be"),
        (MUG.partition("\n")[2] + "interval = []\n", "interval: must be"),
        (MUG.partition("\n")[2] + "max_quantity = 0\n", "max_quantity: must be a whole number"),
        (MUG.partition("\n")[2] + "max_quantity = true\n", "max_quantity: must be a whole number"),
        (MUG.partition("\n")[2] + 'active = "yes"\n', "active: must be true or false"),
        (MUG.partition("\n")[2] + 'sites = ["nowhere"]\n', "sites[0]: must be the id of a site"),
        (MUG.partition("\n")[2] + 'sites = ["shop", "shop"]\n', "sites[1]: is a repetition"),
        (MUG.partition("\n")[2] + 'sites = "shop"\n', 'sites: must be a list: write sites = ["shop"]'),
        (MUG.partition("\n")[2] + "sites = 1\n", "sites: must be a list of texts"),
        (MUG.partition("\n")[2] + 'image = "http://shop.example/x.png"\n', "image: must be an https URL"),
        (MUG.partition("\n")[2] + 'image = "//evil.example/x.png"\n', "image: must be an https URL"),
        (MUG.partition("\n")[2] + 'image = "https://[::1"\n', "image: must be an https URL"),
        (MUG.partition("\n")[2] + "image = 1\n", "image: must be an https URL"),
        (MUG.partition("\n")[2] + 'metadata = { order_id = "x" }\n', "metadata.order_id: is a reserved key"),
        (MUG.partition("\n")[2] + "metadata = { n = [] }\n", "metadata.n: must be a string"),
        (MUG.partition("\n")[2] + 'colour = "red"\n', "colour: is not a known key"),
    ],
)
def test_a_mistake_in_a_product_names_file_table_and_key(line: str, place: str) -> None:
    (mistake,) = mistakes(f"[products.x]\n{line}")
    assert mistake.startswith(f"products.toml: products.x.{place}")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('name = "Shop"\n', ""), "name: is missing"),
        (("https://shop.example/thanks", "thanks.html"), "success_page: must be"),
        (("https://shop.example/thanks", "https://shop.example/#thanks"), "success_page: may not have a # part"),
        (("https://shop.example/thanks", "https://user@shop.example/"), "success_page: must be"),
        (("https://shop.example/cart", "ftp://shop.example/cart"), "cancel_page: must be"),
        (('"stripe_checkout"', '"cash"'), "default_strategy: must be one of: stripe_checkout"),
        (('origins = ["https://shop.example"]', 'origins = ["*"]'), "origins[0]: would let every page"),
        (('origins = ["https://shop.example"]', 'origins = ["https://shop.example/"]'), "origins[0]: must be an origin"),
        (('origins = ["https://shop.example"]', 'origins = ["https://Shop.example"]'), "origins[0]: must be an origin"),
        (('"SHOP"', '"A VERY LONG SHOP"'), "statement_descriptor_suffix: must be"),
        (('"SHOP"', '"123"'), "statement_descriptor_suffix: must be"),
        (('"SHOP"', '"<SHOP>"'), "statement_descriptor_suffix: must be"),
    ],
)
def test_a_mistake_in_a_site_names_file_table_and_key(change: tuple[str, str], place: str) -> None:
    (mistake,) = mistakes(MUG, SHOP.replace(*change))
    assert mistake.startswith(f"sites.toml: sites.shop.{place}")


def test_every_mistake_of_both_files_is_reported_at_once() -> None:
    products = '[products.a]\nname = 1\nprices = { USD = 1.5, XXX = "1" }\n[products.b]\n[colours.red]\n'
    sites = SHOP.replace("origins = [", 'origins = ["nonsense", ').replace('name = "Shop"', "name = false")
    assert [re.sub(r": .*: .*|: is.*", "", mistake) for mistake in mistakes(products, sites)] == [
        "products.toml",
        *["products.toml"] * 5,
        *["sites.toml"] * 2,
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = [", "products.toml: is not TOML"),
        ("", "products.toml: products: has no entry"),
        ("products = 1", "products.toml: products: has no entry"),
        ("[products]\nmug = 1", "products.toml: products.mug: must be a table"),
        ('[products."a b"]\nname = "x"', "products.toml: products.a b: an id has"),
    ],
)
def test_a_file_that_is_no_catalogue_says_what_to_write(text: str, sentence: str) -> None:
    assert mistakes(text)[0].startswith(sentence)


def test_a_catalogue_of_two_sites_is_read() -> None:
    assert list(parse_catalog(PRODUCTS, SHOP + OTHER, OFFERED).sites) == ["shop", "other"]


@pytest.mark.parametrize(
    "switches",
    [
        "contact = true\n",
        "fulfilment_email = true\n",
        "contact = true\nfulfilment_email = true\n",
        "contact = false\nfulfilment_email = true\n",
    ],
)
def test_a_site_is_told_of_orders_and_their_buyers_where_it_says(switches: str) -> None:
    more = f'fulfilment_url = "https://merchant.example/hook?shop=1"\n{switches}'
    site = make_catalog(MUG, SHOP + more).sites["shop"]
    assert (site.fulfilment_url, site.contact) == ("https://merchant.example/hook?shop=1", True)


def test_a_site_need_not_be_told_of_orders() -> None:
    site = make_catalog(MUG, SHOP).sites["shop"]
    assert (site.fulfilment_url, site.contact) == ("", False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/hook", "http://localhost/hook"])
def test_a_loopback_address_may_be_told_by_http(url: str) -> None:
    assert make_catalog(MUG, f'{SHOP}fulfilment_url = "{url}"\n').sites["shop"].fulfilment_url == url


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        (
            '"http://merchant.example/hook"',
            "must be an https URL (http on a loopback host): write https://merchant.example/hook",
        ),
        ('"merchant.example"', "must be an https URL (http on a loopback host): write https://merchant.example"),
        ('"https://merchant.example/#hook"', "may not have a # part: write https://merchant.example/"),
        ('"/hook"', ""),
        ('"ftp://merchant.example/"', ""),
        ('"https://user:key@merchant.example/"', ""),
        ('"https://merchant.example:99999/"', ""),
        ('""', ""),
        ("true", ""),
    ],
)
def test_any_other_address_is_a_mistake(url: str, advice: str) -> None:
    reason = advice or "must be an https URL (http on a loopback host), such as https://shop.example/hook"
    assert mistakes(sites=f"{SHOP}fulfilment_url = {url}\n") == [f"sites.toml: sites.shop.fulfilment_url: {reason}"]


@pytest.mark.parametrize("keys", [["contact"], ["fulfilment_email"], ["contact", "fulfilment_email"]])
def test_asking_for_the_buyers_data_without_an_address_to_send_it_to_is_a_mistake(keys: list[str]) -> None:
    assert mistakes(sites=SHOP + "".join(f"{key} = true\n" for key in keys)) == [
        f"sites.toml: sites.shop.{key}: has no effect without a valid fulfilment_url: add one, or remove this" for key in keys
    ]


@pytest.mark.parametrize("key", ["contact", "fulfilment_email"])
def test_only_true_or_false_decide_on_the_buyers_data(key: str) -> None:
    more = f'fulfilment_url = "https://merchant.example/"\n{key} = "yes"\n'
    assert mistakes(sites=SHOP + more) == [f"sites.toml: sites.shop.{key}: must be true or false"]
