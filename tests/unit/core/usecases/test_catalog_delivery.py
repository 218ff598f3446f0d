"""What can never be delivered, where nothing can be, and zones and methods without effect."""

from collections.abc import Mapping

import pytest

from lightning_cart.domain.catalog_files import CatalogFiles, parse_catalog
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.money import AmountFormat
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.catalog_delivery import check_delivery

LIMITS: Mapping[str, Limits] = {
    "card": Limits(AmountFormat(), 10**9, delivery_line=False, refused_countries=frozenset({"CU", "IR"})),
    "link": Limits(AmountFormat(), 10**9, delivery_line=True, refused_countries=frozenset({"CU"})),
    "whole": Limits(AmountFormat(multiples={"EUR": 100}), 10**9, delivery_line=True),
    "till": Limits(AmountFormat(), 10**9),
}
SPAIN = '[zones.spain]\ncountries = ["ES"]\n'
POST = '[methods.post]\nname = "Post"\nzones = ["spain"]\nprices = { EUR = "4.90" }\nmax_weight = 2000\n'
PICK_UP = '[methods.pickup]\nname = "Pick up"\npick_up = true\nprices = { EUR = "0.00" }\n'
MUG = '[products.mug]\nname = "Mug"\nprices = { EUR = "9.00" }\nweight = 350\n'
SHIRT = '[products.shirt]\nname = "Shirt"\nweight = 200\n'


def site(countries: str = 'countries = ["ES"]', strategies: str = "card", site_id: str = "shop") -> str:
    default, *others = strategies.split()
    return (
        f'[sites.{site_id}]\nname = "Shop"\nsuccess_page = "/a"\ncancel_page = "/b"\ndefault_strategy = "{default}"\n'
        f"strategies = {others}\n{countries}\n"
    )


def variants(*lines: str) -> str:
    return "".join(
        f'[[products.shirt.variants]]\nid = "v{number}"\noptions = {{ n = "{number}" }}\n{line}\n'
        for number, line in enumerate(lines, 1)
    )


def found(products: str, shipping: str, sites: str = "") -> list[str]:
    """Return what is found, each with its level, file, line and key."""
    texts = {"products": products, "sites": sites or site(), "shipping": shipping}
    catalog = parse_catalog(products, texts["sites"], list(LIMITS), shipping)
    assert catalog.shipping
    files = CatalogFiles(*(CatalogFile(name, text) for name, text in texts.items()))
    mistakes = check_delivery(catalog, catalog.shipping, files, LIMITS)
    return [f"{one.level}:{one.file}:{one.line}: {one.key}: {one.reason}" for one in mistakes]


ADVICE = ": change it or a method of shipping.toml, or write ships = false if nothing is delivered"


class TestProducts:
    def test_what_a_method_carries_is_right(self) -> None:
        assert found(MUG, SPAIN + POST) == []

    def test_what_is_too_heavy_for_every_method_can_never_be_bought(self) -> None:
        assert found(MUG.replace("350", "3500"), SPAIN + POST) == [
            (f"mistake:products:4: weight: can never be bought: weighs 3,500 g, and no method takes more than 2,000 g{ADVICE}")
        ]

    def test_a_pick_up_and_a_method_without_a_bound_take_any_weight(self) -> None:
        heavy = MUG.replace("350", "3500")
        assert found(heavy, SPAIN + POST + PICK_UP) == []
        assert found(heavy, SPAIN + POST.replace("max_weight = 2000\n", "")) == []

    def test_a_method_for_heavier_goods_is_reached_with_more_of_them(self) -> None:
        assert found(MUG, SPAIN + POST + "min_weight = 1000\n") == []

    def test_what_no_method_can_charge_can_never_be_bought(self) -> None:
        assert found(MUG.replace("EUR", "USD"), SPAIN + POST) == [
            "mistake:products:3: prices: can never be bought: has prices in USD, and no method that takes its weight has"
            + ADVICE
        ]

    def test_a_currency_without_a_method_is_a_warning_beside_another(self) -> None:
        assert found(MUG.replace('"9.00"', '"9.00", USD = "9.50"'), SPAIN + POST) == [
            "warning:products:3: prices: no method of delivery has a price in USD, so that nobody can pay with it"
        ]

    def test_what_costs_more_than_every_method_takes_can_never_be_bought(self) -> None:
        assert found(MUG, SPAIN + POST + 'max_sum = { EUR = "8.99" }\n') == [
            (
                "mistake:products:3: prices: can never be bought: costs more than max_sum of every method that takes "
                f"its weight{ADVICE}"
            )
        ]
        assert found(MUG, SPAIN + POST + 'max_sum = { EUR = "9.00" }\n') == []

    def test_the_least_of_an_open_amount_counts(self) -> None:
        gift = '[products.gift]\nname = "Gift"\nweight = 1\namount = { EUR = { least = "5.00", most = "90.00" } }\n'
        limited = SPAIN + POST + 'max_sum = { EUR = "8.99" }\n'
        assert found(gift, limited) == []
        (mistake,) = found(gift.replace('"5.00"', '"9.00"'), limited)
        assert mistake.startswith("mistake:products:4: amount: can never be bought: costs more")

    def test_what_is_off_sale_or_does_not_ship_is_not_looked_at(self) -> None:
        heavy = MUG.replace("350", "3500")
        assert found(heavy + "active = false\n" + MUG.replace("mug", "cap"), SPAIN + POST) == []
        assert found(heavy + "ships = false\n", SPAIN + POST) == []

    def test_a_variant_that_is_too_heavy_is_named(self) -> None:
        lines = SHIRT + 'prices = { EUR = "9.00" }\n' + variants("", "weight = 3000", "weight = 3000\nactive = false")
        assert found(lines, SPAIN + POST) == [
            (
                "mistake:products:12: variants[1].weight: can never be bought: the variant v2 weighs 3,000 g, and no "
                f"method takes more than 2,000 g{ADVICE}"
            )
        ]

    def test_several_of_the_variants_that_share_a_fault_are_named_together(self) -> None:
        lines = SHIRT.replace("200", "3000") + 'prices = { EUR = "9.00" }\n' + variants("", "", "weight = 10")
        (mistake,) = found(lines, SPAIN + POST)
        assert "can never be bought: each of the variants v1 and v2 weighs 3,000 g, and no method" in mistake

    def test_variants_that_share_a_fault_are_one_sentence(self) -> None:
        lines = SHIRT.replace("200", "3000") + 'prices = { EUR = "9.00" }\n' + variants("", "")
        assert found(lines, SPAIN + POST) == [
            (f"mistake:products:3: weight: can never be bought: weighs 3,000 g, and no method takes more than 2,000 g{ADVICE}")
        ]

    def test_a_variant_with_prices_that_no_method_has_is_named(self) -> None:
        lines = SHIRT + variants('prices = { EUR = "9.00" }', 'prices = { USD = "9.00" }')
        assert found(lines, SPAIN + POST) == [
            (
                "mistake:products:11: variants[1].prices: can never be bought: the variant v2 has prices in USD, and no method "
                f"that takes its weight has{ADVICE}"
            )
        ]

    @pytest.mark.parametrize("bound", ["max_weight = 2000", "min_weight = 10"])
    def test_a_missing_weight_is_told_where_weights_count(self, bound: str) -> None:
        post = POST.replace("max_weight = 2000", bound)
        assert found(MUG.replace("weight = 350\n", ""), SPAIN + post) == [
            "warning:products:1: weight: is missing, and counts as 0 g for the bounds of post: write it in grams"
        ]
        assert found(MUG.replace("weight = 350\n", ""), SPAIN + POST.replace("max_weight = 2000\n", "")) == []

    def test_one_of_several_sites_is_named(self) -> None:
        sites = site() + site(site_id="other")
        shipping = SPAIN + POST + 'sites = ["other"]\n' + PICK_UP + 'sites = ["shop"]\n'
        mistake = found(MUG.replace("350", "3500"), shipping, sites)[-1]
        assert mistake.startswith("mistake:products:4: weight: can never be bought on other: weighs 3,500 g")


class TestSites:
    def test_a_site_whose_countries_no_method_reaches_sells_nothing_that_ships(self) -> None:
        assert found(MUG, SPAIN + POST, site('countries = ["PT"]')) == [
            "warning:shipping:5: zones: is offered in no country that a site serves",
            (
                "mistake:sites:1: : no method of shipping.toml is offered in a country that it serves, so that nothing that "
                "ships can be bought: add one, or write ships = false in the products that are not delivered"
            ),
        ]

    def test_a_site_that_ships_nothing_needs_no_method(self) -> None:
        assert found(MUG + "ships = false\n", SPAIN + POST, site('countries = ["ES", "PT"]')) == []

    def test_a_served_country_without_a_method_is_told(self) -> None:
        assert found(MUG, SPAIN + POST + PICK_UP, site('countries = ["ES", "PT"]')) == [
            "warning:sites:7: countries: no method delivers to PT"
        ]

    def test_a_site_that_serves_everything_is_told_how_to_say_what_it_serves(self) -> None:
        (warning,) = found(MUG, SPAIN + POST, site(""))
        assert warning.startswith("warning:sites:1: countries: no method delivers to AD, AE,")
        assert warning.endswith(
            " and 238 more countries: add a zone, or name the countries that the site serves with countries"
        )

    def test_a_zone_of_everywhere_reaches_all(self) -> None:
        assert found(MUG, SPAIN.replace("ES", "*") + POST, site("", "link")) == []

    def test_countries_that_a_way_to_pay_refuses_are_told(self) -> None:
        zone = SPAIN.replace('"ES"', '"CU", "IR", "ES"')
        assert found(MUG, zone + POST, site('countries = ["ES", "CU", "IR"]', "card link")) == [
            "warning:sites:7: countries: card and link cannot deliver to CU: orders from there need another way to pay",
            "warning:sites:7: countries: card cannot deliver to IR: orders from there need another way to pay",
        ]

    def test_refused_countries_are_told_of_a_site_that_serves_everything_only_if_a_zone_names_them(self) -> None:
        more = '[zones.cuba]\ncountries = ["CU"]\n'
        world = '[zones.world]\ncountries = ["*"]\n'
        post = POST.replace('["spain"]', '["spain", "cuba", "world"]')
        assert found(MUG, SPAIN + more + world + post, site("")) == [
            "warning:sites:1: countries: card cannot deliver to CU: orders from there need another way to pay"
        ]

    def test_ways_to_pay_that_charge_no_delivery_are_told(self) -> None:
        reason = "sites:6: strategies: till cannot charge a delivery, and the site sells products that ship"
        assert found(MUG, SPAIN + POST, site(strategies="till card")) == [f"warning:{reason}"]
        assert found(MUG, SPAIN + POST, site(strategies="till")) == [f"mistake:{reason}"]


class TestMethods:
    def test_a_price_that_a_way_to_pay_cannot_express_is_told(self) -> None:
        why = "4.90 EUR is not a multiple of the smallest amount of EUR to charge"
        reason = f"shipping:6: prices.EUR: whole cannot charge this: {why}"
        assert found(MUG, SPAIN + POST, site(strategies="card whole")) == [f"warning:{reason}"]
        assert found(MUG, SPAIN + POST, site(strategies="whole")) == [f"mistake:{reason}"]

    def test_free_from_a_sum_that_is_never_reached_is_told(self) -> None:
        bounds = 'free_from = { EUR = "50.00" }\nmax_sum = { EUR = "40.00" }\n'
        assert found(MUG, SPAIN + POST + bounds) == [
            "warning:shipping:8: free_from.EUR: is never reached, because max_sum is 40.00"
        ]
        assert found(MUG, SPAIN + POST + bounds.replace("40", "50")) == []


class TestZones:
    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ('countries = ["*"]', 'countries = ["ES"]'),
            ('countries = ["ES", "PT"]', 'countries = ["PT"]'),
            ('countries = ["*"]', 'countries = ["*"]'),
            ('countries = ["ES"]\nregions = ["ES-TF", "ES-GC"]', 'countries = ["ES"]\nregions = ["ES-TF"]'),
            ('countries = ["ES"]\npostal_codes = ["35*", "36*"]', 'countries = ["ES"]\npostal_codes = ["35*"]'),
            ('countries = ["ES", "PT"]\nregions = ["PT-11"]', 'countries = ["ES"]'),
        ],
    )
    def test_a_zone_of_which_earlier_ones_take_everything_is_told(self, earlier: str, later: str) -> None:
        zones = f"[zones.spain]\n{earlier}\n[zones.late]\n{later}\n"
        (warning,) = [one for one in found(MUG + "ships = false\n", zones + POST) if "zones.late" in one or "contains" in one]
        assert warning.endswith("contains no place, because spain before it contains all of them: write the smaller zone first")

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ('countries = ["ES"]', 'countries = ["ES", "PT"]'),
            ('countries = ["ES"]', 'countries = ["*"]'),
            ('countries = ["ES"]\nregions = ["ES-TF"]', 'countries = ["ES"]'),
            ('countries = ["ES"]\nregions = ["ES-TF"]', 'countries = ["ES"]\nregions = ["ES-TF", "ES-GC"]'),
            ('countries = ["ES"]\npostal_codes = ["35*"]', 'countries = ["ES"]'),
            ('countries = ["ES"]\npostal_codes = ["35*"]', 'countries = ["ES"]\npostal_codes = ["36*"]'),
            ('countries = ["*"]\nregions = ["ES-TF"]', 'countries = ["*"]'),
            ('countries = ["PT"]', 'countries = ["ES"]'),
        ],
    )
    def test_a_zone_that_can_contain_a_place_is_right(self, earlier: str, later: str) -> None:
        zones = f"[zones.spain]\n{earlier}\n[zones.late]\n{later}\n"
        assert [one for one in found(MUG + "ships = false\n", zones + POST) if "contains" in one] == []

    def test_two_zones_can_take_everything_of_a_third(self) -> None:
        zones = '[zones.spain]\ncountries = ["ES"]\n[zones.b]\ncountries = ["PT"]\n[zones.c]\ncountries = ["PT", "ES"]\n'
        (warning,) = [one for one in found(MUG + "ships = false\n", zones + POST) if "contains" in one]
        assert "because b and spain before it" in warning

    def test_a_country_of_which_a_zone_takes_a_part_is_reached_by_the_next(self) -> None:
        islands = '[zones.islands]\ncountries = ["ES"]\nregions = ["ES-TF"]\n'
        codes = '[zones.codes]\ncountries = ["ES"]\npostal_codes = ["35*"]\n'
        assert found(MUG, islands + codes + SPAIN + POST) == []
