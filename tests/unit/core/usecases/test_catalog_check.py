"""What a catalogue says and can never work: prices, texts, sites, pages and webhooks."""

import re
from itertools import product as combinations
from typing import ClassVar

import pytest

from lightning_cart.domain.catalog import Product
from lightning_cart.domain.catalog_files import CatalogFiles, parse_catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import MAX_SAFE_INTEGER, Money
from lightning_cart.errors import InvalidField
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import check_limits
from lightning_cart.usecases.catalog_check import check_catalog, read_checked_catalog
from lightning_cart.usecases.catalog_limits import find_refusal
from support.app import Shop
from support.builders import make_order

PUBLIC_URL = "https://pay.shop.example"
ADVICE = ": change it, or offer a strategy that can"


def found(products: str, sites: str, public_url: str = PUBLIC_URL, *, allow_private: bool = False) -> list[str]:
    """Return what is found in two files, each with its level, line and key."""
    files = CatalogFiles(CatalogFile("products.toml", products), CatalogFile("sites.toml", sites))
    catalog = parse_catalog(products, sites, [strategy.name for strategy in STRATEGIES])
    mistakes = check_catalog(catalog, files, STRATEGIES, public_url, allow_private=allow_private)
    return [f"{one.level}:{one.line}: {one.key}: {one.reason}" for one in mistakes]


def product(lines: str, product_id: str = "mug", name: str = "Mug") -> str:
    return f'[products.{product_id}]\nname = "{name}"\n{lines}\n'


def site(strategies: str, site_id: str = "shop", page: str = "/success.html", more: str = "") -> str:
    default, *others = strategies.split()
    return (
        f'[sites.{site_id}]\nname = "Shop"\nsuccess_page = "{page}"\ncancel_page = "/cancel.html"\n'
        f'default_strategy = "{default}"\nstrategies = {others}\n{more}\n'
    )


TEN = product('prices = { USD = "10.00" }')
STRIPE = site("stripe_checkout")


class TestPrices:
    def test_a_price_that_every_strategy_can_charge_is_right(self) -> None:
        assert found(TEN, site("stripe_checkout stripe_links paypal square")) == []

    @pytest.mark.parametrize(
        ("lines", "strategies", "expected"),
        [
            (
                'prices = { EUR = "0.10" }\nmax_quantity = 1',
                "stripe_checkout stripe_links",
                (
                    "mistake:3: prices.EUR: can never be bought: stripe_checkout and stripe_links cannot charge less than "
                    "€0.50, and even 1 of it cost €0.10"
                ),
            ),
            (
                'prices = { EUR = "0.10" }',
                "stripe_checkout",
                (
                    "warning:3: prices.EUR: stripe_checkout cannot charge less than €0.50: "
                    "alone, 5 or more of it have to be bought"
                ),
            ),
            (
                'prices = { USD = "1000000.00" }\nmax_quantity = 1',
                "stripe_checkout",
                "mistake:3: prices.USD: can never be bought: stripe_checkout cannot charge more than $999,999.99",
            ),
            (
                'prices = { USD = "20000.00" }\nmax_quantity = 60',
                "stripe_checkout paypal",
                (
                    "warning:4: max_quantity: stripe_checkout cannot charge more than $999,999.99, "
                    "and 60 of it cost $1,200,000.00: at most 49 can be bought"
                ),
            ),
            (
                'prices = { USD = "20000.00" }',
                "stripe_checkout",
                (
                    "warning:1: max_quantity: stripe_checkout cannot charge more than $999,999.99, "
                    "and 99 of it cost $1,980,000.00: at most 49 can be bought"
                ),
            ),
            (
                'prices = { KWD = "1.005" }',
                "stripe_checkout",
                (
                    "mistake:3: prices.KWD: can never be bought: stripe_checkout cannot charge this: 1.005 KWD is not a "
                    "multiple of the smallest amount of KWD to charge"
                ),
            ),
            (
                'prices = { USD = "5.00", INR = "500" }',
                "paypal square",
                "mistake:3: prices.INR: can never be charged: paypal and square cannot charge INR",
            ),
            (
                'prices = { USD = "5.00", INR = "500.00" }',
                "stripe_checkout paypal square",
                "warning:3: prices.INR: paypal and square cannot charge INR",
            ),
            (
                'prices = { USD = "5.00" }\ninterval = "month"',
                "paypal",
                "mistake:4: interval: can never be bought: paypal cannot charge a recurring price",
            ),
            (
                'prices = { USD = "5.00", EUR = "5.00" }\ninterval = "month"',
                "stripe_checkout paypal square",
                "warning:4: interval: paypal and square cannot charge a recurring price",
            ),
        ],
    )
    def test_what_strategies_cannot_charge_names_them_and_why(self, lines: str, strategies: str, expected: str) -> None:
        advice = ADVICE if expected.startswith("mistake") else ""
        assert found(product(lines), site(strategies)) == [f"{expected}{advice}"]

    def test_every_reason_of_a_price_that_nobody_can_charge_is_in_one_sentence(self) -> None:
        lines = product('prices = { USD = "5.00", KWD = "1.005" }')
        assert found(lines, site("stripe_checkout paypal")) == [
            (
                "mistake:3: prices.KWD: can never be charged: stripe_checkout cannot charge this: 1.005 KWD is not a "
                f"multiple of the smallest amount of KWD to charge; paypal cannot charge KWD{ADVICE}"
            )
        ]

    def test_a_product_that_one_of_its_sites_cannot_sell_names_the_site(self) -> None:
        lines = product('prices = { USD = "5.00" }\ninterval = "month"')
        assert found(lines, site("stripe_checkout") + site("paypal", "other")) == [
            (
                "mistake:4: interval: can never be bought: paypal cannot charge a recurring price (on other): "
                'change it, offer a strategy that can, or write sites = ["shop"]'
            )
        ]

    def test_a_price_that_one_of_several_sites_cannot_charge_is_a_warning(self) -> None:
        lines = product('prices = { USD = "5.00", INR = "500.00" }')
        sites = site("stripe_checkout") + site("paypal", "other") + site("paypal", "third")
        assert found(lines, sites) == ["warning:3: prices.INR: paypal cannot charge INR (on other and third)"]

    def test_a_small_price_of_one_piece_can_be_bought_with_something_else(self) -> None:
        lines = TEN + product('prices = { USD = "0.30" }\nmax_quantity = 1', "ribbon")
        assert found(lines, STRIPE) == [
            "warning:6: prices.USD: stripe_checkout cannot charge less than $0.50: it can be bought together with others only"
        ]

    def test_a_product_that_is_not_sold_is_not_looked_at(self) -> None:
        dead = product('prices = { INR = "1.00" }\nactive = false', "old")
        assert found(TEN + dead, site("paypal")) == []

    @pytest.mark.parametrize(("strategy", "interval"), list(combinations(STRATEGIES, [None, "month"])), ids=str)
    def test_what_is_told_is_what_a_cart_would_be_told(self, strategy: type, interval: str | None) -> None:
        limits = strategy.limits  # type: ignore[attr-defined]
        amounts = (1, 49, 50, 1_005, 10_000_000_000, MAX_SAFE_INTEGER)
        for amount, currency in combinations(amounts, ("USD", "JPY", "KWD", "HUF", "IQD", "INR", "ISK")):
            price = Money(amount, currency)
            alone = Product("mug", "Mug", {currency: price}, interval=interval, max_quantity=1)  # type: ignore[arg-type]
            order = make_order(lines=(LineItem("mug", "Mug", price, 1, interval=interval),))  # type: ignore[arg-type]
            try:
                check_limits(order, limits)
            except InvalidField:
                assert find_refusal(alone, price, limits)
            else:
                assert find_refusal(alone, price, limits) is None


class TestVariantsAndAmounts:
    SHIRT: ClassVar[str] = (
        '[products.shirt]\nname = "Shirt"\nships = false\n[[products.shirt.variants]]\nid = "l"\noptions = { size = "L" }\n'
    )

    def test_every_price_of_a_variant_is_compared_and_has_its_line(self) -> None:
        lines = self.SHIRT + 'prices = { USD = "0.10", INR = "500.00" }\n'
        assert found(lines, site("paypal")) == [
            f"mistake:7: variants[0].prices.INR: can never be charged: paypal cannot charge INR{ADVICE}"
        ]

    def test_a_variant_off_sale_and_a_price_that_no_variant_has_do_not_count(self) -> None:
        own = self.SHIRT.replace("ships", 'prices = { INR = "5.00" }\nships') + 'prices = { USD = "5.00" }\n'
        other = '[[products.shirt.variants]]\nid = "m"\noptions = { size = "M" }\nactive = false\n'
        warnings = [one for one in found(own + other, site("paypal")) if "charge" in one]
        assert warnings == []

    def test_the_products_price_counts_where_a_variant_has_none(self) -> None:
        lines = self.SHIRT.replace("ships", 'prices = { INR = "5.00" }\nships')
        assert found(lines, site("paypal")) == [f"mistake:3: prices.INR: can never be bought: paypal cannot charge INR{ADVICE}"]

    @pytest.mark.parametrize(
        ("least", "most", "expected"),
        [
            ("0.10", "5.00", "warning:3: amount.USD: stripe_checkout cannot charge less than $0.50: write it as the least"),
            (
                "0.00",
                "5.00",
                "warning:3: amount.USD: stripe_checkout cannot charge less than $0.50: who chooses less, but not 0, has to buy",
            ),
            ("0.10", "0.40", "mistake:3: amount.USD: can never be bought: stripe_checkout cannot charge less than $0.50"),
            (
                "5.00",
                "1000000.00",
                "warning:4: max_quantity: stripe_checkout cannot charge more than $999,999.99, and 1 of it cost $1,000,000.00",
            ),
            ("1000000.00", "1000001.00", "mistake:3: amount.USD: can never be bought: stripe_checkout cannot charge more"),
        ],
    )
    def test_the_bounds_of_an_open_amount_are_compared(self, least: str, most: str, expected: str) -> None:
        lines = product(f'amount = {{ USD = {{ least = "{least}", most = "{most}" }} }}\nmax_quantity = 1')
        (only,) = found(lines, STRIPE)
        assert only.startswith(expected)

    def test_an_open_amount_within_the_bounds_is_right(self) -> None:
        assert found(product('amount = { USD = { least = "1.00", most = "50.00" } }'), STRIPE) == []

    def test_an_open_amount_from_nothing_is_right_where_a_cent_can_be_charged(self) -> None:
        assert found(product('amount = { USD = { least = "0.00", most = "50.00" } }'), site("paypal")) == []

    def test_a_product_of_which_every_variant_is_off_sale_has_no_currency_to_compare(self) -> None:
        lines = self.SHIRT + 'prices = { EUR = "5.00" }\nactive = false\n'
        assert [one.partition(": ")[0] for one in found(TEN + lines, STRIPE)] == ["warning:7"]


class TestTexts:
    LONG: ClassVar[str] = "x" * 128

    @pytest.mark.parametrize(
        ("name", "size"),
        [("🫖" * 64, "128 characters"), ("é" * 64, "128 bytes in UTF-8"), ("🫖" * 127, "254 characters")],
    )
    def test_a_name_of_which_paypal_shows_a_part_is_told(self, name: str, size: str) -> None:
        assert found(product('prices = { USD = "5.00" }', name=name), site("stripe_checkout paypal")) == [
            f"warning:2: name: has {size}, of which paypal shows at most 127"
        ]

    def test_a_long_description_is_told_too(self) -> None:
        lines = product(f'prices = {{ USD = "5.00" }}\ndescription = "{self.LONG}"')
        assert found(lines, site("paypal")) == ["warning:4: description: has 128 characters, of which paypal shows at most 127"]

    def test_a_long_description_is_right_where_paypal_is_not_offered(self) -> None:
        lines = product(f'prices = {{ USD = "5.00" }}\ndescription = "{self.LONG}"')
        assert found(lines, site("stripe_checkout square")) == []


class TestSites:
    def test_a_site_that_sells_nothing_is_told(self) -> None:
        lines = product('prices = { USD = "5.00" }\nsites = ["shop"]')
        assert found(lines, STRIPE + site("paypal", "other")) == [
            "warning:8: : sells no product: add one that is active, or name the site in a product's sites"
        ]

    def test_products_without_a_common_currency_are_told(self) -> None:
        lines = TEN + product('prices = { EUR = "9.00", GBP = "8.00" }', "cap")
        assert found(lines, STRIPE) == [
            "warning:1: : mug has prices in USD and cap in EUR and GBP: no cart can have both",
        ]

    def test_products_of_different_sites_need_no_common_currency(self) -> None:
        lines = product('prices = { USD = "5.00" }\nsites = ["shop"]') + product(
            'prices = { EUR = "9.00" }\nsites = ["other"]', "cap"
        )
        assert found(lines, STRIPE + site("paypal", "other")) == []


class TestPages:
    @pytest.mark.parametrize(
        ("page", "origins"),
        [
            ("/success.html", ""),
            ("https://pay.shop.example/thanks", ""),
            ("https://PAY.shop.example:443/thanks", ""),
            ("https://shop.example/thanks", 'origins = ["https://shop.example"]'),
            ("https://SHOP.example/thanks", 'origins = ["https://shop.example"]'),
        ],
    )
    def test_a_page_that_may_call_the_engine_is_right(self, page: str, origins: str) -> None:
        assert found(TEN, site("paypal", page=page, more=origins)) == []

    def test_a_page_on_the_origin_of_another_site_is_right(self) -> None:
        sites = site("paypal", page="https://shop.example/a") + site(
            "paypal", "other", more='origins = ["https://shop.example"]'
        )
        assert found(TEN, sites) == []

    @pytest.mark.parametrize(
        ("page", "origins", "reason"),
        [
            (
                "https://shop.example/thanks",
                "",
                'is on https://shop.example, whose pages may not call the engine: write origins = ["https://shop.example"]',
            ),
            (
                "https://shop.example/thanks",
                'origins = ["https://blog.example"]',
                (
                    "is on https://shop.example, whose pages may not call the engine: "
                    'write origins = ["https://blog.example", "https://shop.example"]'
                ),
            ),
            (
                "https://www.shop.example/thanks",
                'origins = ["https://shop.example"]',
                (
                    "is on https://www.shop.example, whose pages may not call the engine (https://shop.example is another "
                    'origin): write origins = ["https://shop.example", "https://www.shop.example"]'
                ),
            ),
            (
                "https://shop.example/thanks",
                'origins = ["https://www.shop.example"]',
                (
                    "is on https://shop.example, whose pages may not call the engine (https://www.shop.example is another "
                    'origin): write origins = ["https://www.shop.example", "https://shop.example"]'
                ),
            ),
            ("/orders/thanks", "", "is a route of the engine, not a page: choose another path, such as /success.html"),
            ("/health", "", "is a route of the engine, not a page: choose another path, such as /success.html"),
        ],
    )
    def test_a_page_that_cannot_call_the_engine_has_the_line_to_write(self, page: str, origins: str, reason: str) -> None:
        assert found(TEN, site("paypal", page=page, more=origins)) == [f"mistake:3: success_page: {reason}"]

    @pytest.mark.parametrize("route", [route.path for route in Shop().app.routes])
    def test_no_route_of_the_engine_is_a_page(self, route: str) -> None:
        path = re.sub(r"\{[a-z]+\}", "thanks", route)
        assert found(TEN, site("paypal", page=path)) != []

    @pytest.mark.parametrize("page", ["/checkout/success", "/products/thanks.html", "/orders", "/returned", "/"])
    def test_a_path_that_only_begins_like_a_route_is_a_page(self, page: str) -> None:
        assert found(TEN, site("paypal", page=page)) == []

    def test_both_names_of_this_machine_are_different_origins(self) -> None:
        (mistake,) = found(TEN, site("paypal", page="http://localhost:8080/ok"), "http://127.0.0.1:8080")
        assert "(http://127.0.0.1:8080 is another origin): write" in mistake

    @pytest.mark.parametrize("public_url", ["", "http://127.0.0.1:8080"])
    @pytest.mark.parametrize("more", ["", 'origins = ["https://blog.example"]'])
    def test_a_page_elsewhere_is_a_warning_while_the_shops_own_url_is_unknown(self, public_url: str, more: str) -> None:
        (warning,) = found(TEN, site("paypal", page="https://shop.example/a", more=more), public_url)
        assert warning.startswith(
            "warning:3: success_page: is on https://shop.example: unless the shop's PUBLIC_URL is there, write origins"
        )

    def test_a_page_beside_a_known_origin_is_a_warning_while_the_shops_own_url_is_unknown(self) -> None:
        more = 'origins = ["https://www.shop.example"]'
        (warning,) = found(TEN, site("paypal", page="https://shop.example/a", more=more), "")
        assert warning.startswith("warning:3: success_page: is on https://shop.example, whose pages may not call")

    def test_a_page_elsewhere_for_buyers_who_turned_back_is_a_warning(self) -> None:
        (warning,) = found(TEN, STRIPE.replace("/cancel.html", "https://shop.example/cart"))
        assert warning.startswith("warning:4: cancel_page: is on https://shop.example, whose pages may not call the engine")

    def test_a_page_on_a_private_network_is_no_page_for_the_buyers_of_a_public_engine(self) -> None:
        page = site("paypal", page="http://localhost:3000/ok", more='origins = ["http://localhost:3000"]')
        assert found(TEN, page) == [
            "warning:3: success_page: is on http://localhost:3000, which buyers cannot reach: write the page's public URL"
        ]
        assert found(TEN, page, "http://127.0.0.1:8080") == []
        assert found(TEN, page, "") == []

    @pytest.mark.parametrize("key", ["terms_page", "privacy_page"])
    def test_a_page_that_is_only_read_can_be_anywhere_but_not_at_a_route_or_out_of_reach(self, key: str) -> None:
        assert found(TEN, site("paypal", more=f'{key} = "https://law.example/shop"')) == []
        other = f"/{key.removesuffix('_page')}.html"
        assert found(TEN, site("paypal", more=f'{key} = "/health"')) == [
            f"mistake:7: {key}: is a route of the engine, not a page: choose another path, such as {other}"
        ]
        assert found(TEN, site("paypal", more=f'{key} = "http://localhost:3000/terms"')) == [
            f"warning:7: {key}: is on http://localhost:3000, which buyers cannot reach: write the page's public URL"
        ]


class TestTimezones:
    def test_the_names_of_time_zones_are_checked_where_they_are_known(self) -> None:
        files = CatalogFiles(
            CatalogFile("products.toml", TEN), CatalogFile("sites.toml", site("paypal", more='timezone = "Europe/Mdrid"'))
        )
        with pytest.raises(CatalogError, match=r"timezone: must be an IANA name .*: did you mean Europe/Madrid\?"):
            read_checked_catalog(files, STRATEGIES, timezones=lambda: ["Europe/Madrid"])
        assert read_checked_catalog(files, STRATEGIES)[1] == []


class TestDeliveryAndRates:
    def test_a_checked_catalogue_is_checked_for_deliveries_and_rates(self) -> None:
        heavy = TEN + "weight = 9000\n"
        post = '[methods.post]\nname = "Post"\nzones = ["a"]\nprices = { USD = "1.00" }\nmax_weight = 1\n'
        shipping = post + '[zones.a]\ncountries = ["*"]\n'
        taxes = '[rates.ES]\nlabel = "IVA"\nclasses = { standard = "21" }\n'
        names = ("products.toml", "sites.toml", "shipping.toml", "taxes.toml")
        texts = (heavy, site("paypal", more='countries = ["ES", "PT"]'), shipping, taxes)
        files = CatalogFiles(*(CatalogFile(name, text) for name, text in zip(names, texts, strict=True)))
        with pytest.raises(CatalogError) as caught:
            read_checked_catalog(files, STRATEGIES)
        assert [one.key for one in (*caught.value.mistakes, *caught.value.warnings)] == ["weight", "countries"]


class TestWebhooks:
    HOOK: ClassVar[str] = site("paypal", more='fulfilment_url = "http://127.0.0.1:9000/hook"')

    def test_a_webhook_to_a_private_network_needs_a_setting(self) -> None:
        assert found(TEN, self.HOOK) == [
            (
                "warning:7: fulfilment_url: is on a private network, where the engine sends nothing: set "
                "FULFILMENT_ALLOW_PRIVATE=1, in development only"
            )
        ]
        assert found(TEN, self.HOOK, allow_private=True) == []

    def test_a_webhook_to_another_machine_does_not(self) -> None:
        assert found(TEN, site("paypal", more='fulfilment_url = "https://shop.example/hook"')) == []


def files(products: str, sites: str) -> CatalogFiles:
    return CatalogFiles(CatalogFile("products.toml", products), CatalogFile("sites.toml", sites))


def test_a_catalogue_that_works_is_read_with_its_warnings() -> None:
    lines = product('prices = { USD = "5.00" }\ninterval = "month"')
    catalog, warnings = read_checked_catalog(files(lines, site("stripe_checkout paypal")), STRATEGIES)
    assert list(catalog.products) == ["mug"]
    assert [warning.level for warning in warnings] == ["warning"]


def test_a_catalogue_that_cannot_work_is_refused_and_its_warnings_are_kept() -> None:
    lines = product('prices = { USD = "5.00" }\ninterval = "month"') + product('prices = { EUR = "1.00" }', "cap")
    with pytest.raises(CatalogError) as caught:
        read_checked_catalog(files(lines, site("paypal")), STRATEGIES)
    assert [str(one) for one in caught.value.mistakes] == [
        f"products.toml:4: products.mug.interval: can never be bought: paypal cannot charge a recurring price{ADVICE}"
    ]
    assert [one.table for one in caught.value.warnings] == ["sites.shop"]
