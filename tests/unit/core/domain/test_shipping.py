"""Zones, and which delivery methods fit a cart at which price."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import NOWHERE, Destination
from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import (
    Method,
    Parcel,
    Shipping,
    Unfit,
    Zone,
    delivery_price,
    missing_to_free,
    why_unfit,
)
from lightning_cart.domain.taxes import Percent

CANARIES = Zone("canaries", ("ES",), regions=("ES-TF", "ES-GC"))
MAJORCA = Zone("majorca", ("ES",), postal_codes=("07001", "075*", "07100-07199"))
EUROPE = Zone("europe", ("ES", "CH", "PL"))
WORLD = Zone("world", ("*",), regions=("US-NY", "US-NJ"))
ZONES = {zone.id: zone for zone in (CANARIES, MAJORCA, EUROPE, WORLD)}


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def method(**changes: Any) -> Method:
    return Method(**({"id": "post", "name": "Post", "prices": {"EUR": euros(490)}, "zones": ("europe",)} | changes))


def parcel(minor: int = 5000, weight: int = 1000, currency: str = "EUR") -> Parcel:
    return Parcel(Money(minor, currency), weight)


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (Destination("ES", "TF"), "canaries"),
        (Destination("ES", "M", "28001"), "europe"),
        (Destination("ES", "", "07001"), "majorca"),
        (Destination("ES", "", "07002"), "europe"),
        (Destination("ES", "", "07599"), "majorca"),
        (Destination("ES", "", "07100"), "majorca"),
        (Destination("ES", "", "07199"), "majorca"),
        (Destination("ES", "", "07200"), "europe"),
        (Destination("ES", "", "0715"), "europe"),  # a code is at least as long as the ends of a range
        (Destination("ES"), "europe"),
        (Destination("CH", "TF"), "europe"),  # a region of another country
        (Destination("JP"), "world"),
        (Destination("US", "NY"), "world"),
        (Destination("US", "CA"), None),  # of this country only two regions
        (Destination("US"), None),
    ],
)
def test_a_place_lies_in_the_first_zone_that_contains_it(place: Destination, zone: str | None) -> None:
    found = Shipping(ZONES, {}).zone_of(place)
    assert (found.id if found else None) == zone


@pytest.mark.parametrize(("code", "pattern"), [("00-001", "00001"), ("00-001", "00*"), ("4000-007", "4000000-4000099")])
def test_a_hyphen_of_a_postal_code_does_not_count(code: str, pattern: str) -> None:
    assert Zone("here", ("PL",), postal_codes=(pattern,)).contains(Destination("PL", "", code))


@pytest.mark.parametrize(
    ("country", "pattern", "inside", "outside"),
    [
        ("NL", "1000-1099", "1012 AB", "1100 AA"),  # codes longer than the ends of the range
        ("PT", "9000-9499", "9000-039", "8999-999"),
        ("LV", "10*", "LV-1010", "LV-2010"),
        ("LV", "LV10*", "1010", "2010"),
        ("LV", "LV1000-LV1099", "LV-1010", "LV-1100"),
        ("AD", "AD500", "AD500", "AD501"),
        ("MT", "MTF*", "MTF 1234", "FNT 1234"),
        ("CA", "C*", "C1A 1A1", "A1A 1A1"),
    ],
)
def test_a_postal_code_counts_as_people_write_it(country: str, pattern: str, inside: str, outside: str) -> None:
    zone = Zone("here", (country,), postal_codes=(pattern,))
    assert zone.contains(Destination(country, "", inside))
    assert not zone.contains(Destination(country, "", outside))


@pytest.mark.parametrize(
    ("country", "regions", "postal_codes"), [("ES", True, True), ("US", True, False), ("CH", False, False), ("", False, False)]
)
def test_a_country_uses_what_its_zones_are_divided_by(country: str, regions: bool, postal_codes: bool) -> None:
    shipping = Shipping(ZONES, {})
    assert (shipping.uses_regions(country), shipping.uses_postal_codes(country)) == (regions, postal_codes)


def test_a_site_offers_the_methods_that_name_it_or_none_in_the_order_of_the_file() -> None:
    methods = {"post": method(), "bike": method(id="bike", sites=("tea",)), "van": method(id="van", sites=("mugs",))}
    assert [one.id for one in Shipping({}, methods).methods_of("tea")] == ["post", "bike"]


@pytest.mark.parametrize(
    ("changes", "of", "unfit"),
    [
        ({}, parcel(), None),
        ({"zones": ("world",)}, parcel(), Unfit.PLACE),
        ({"zones": (), "pick_up": True}, parcel(), None),
        ({}, parcel(currency="USD"), Unfit.CURRENCY),
        ({"min_weight": 1001}, parcel(), Unfit.TOO_LIGHT),
        ({"min_weight": 1000, "max_weight": 1000}, parcel(), None),
        ({"max_weight": 999}, parcel(), Unfit.TOO_HEAVY),
        ({"max_weight": 0}, parcel(weight=0), None),
        ({"min_sum": {"EUR": euros(5001)}}, parcel(), Unfit.SUM_TOO_SMALL),
        ({"min_sum": {"EUR": euros(5000)}, "max_sum": {"EUR": euros(5000)}}, parcel(), None),
        ({"max_sum": {"EUR": euros(4999)}}, parcel(), Unfit.SUM_TOO_LARGE),
        ({"min_sum": {"USD": Money(9000, "USD")}, "max_sum": {"USD": Money(1, "USD")}}, parcel(), None),
        ({"zones": ("world",), "max_weight": 1}, parcel(currency="USD"), Unfit.PLACE),  # the first of several
    ],
)
def test_a_method_says_why_it_does_not_fit(changes: dict[str, Any], of: Parcel, unfit: Unfit | None) -> None:
    assert why_unfit(method(**changes), of, EUROPE) == unfit


def test_a_place_in_no_zone_gets_nothing_but_what_is_fetched() -> None:
    assert Shipping({"europe": EUROPE}, {}).zone_of(NOWHERE) is None
    assert why_unfit(method(), parcel(), None) == Unfit.PLACE
    assert why_unfit(method(pick_up=True), parcel(), None) is None


@pytest.mark.parametrize(("goods", "price"), [(4999, 490), (5000, 0), (5001, 0)])
def test_a_delivery_is_free_from_its_sum_on(goods: int, price: int) -> None:
    assert delivery_price(method(free_from={"EUR": euros(5000)}), parcel(goods)) == euros(price)


def test_a_sum_in_another_currency_makes_no_delivery_free() -> None:
    assert delivery_price(method(free_from={"USD": Money(1, "USD")}), parcel()) == euros(490)


def test_a_buyer_who_does_not_pay_the_included_tax_does_not_pay_it_on_the_delivery() -> None:
    both = Parcel(euros(3000), 0, ((Percent(21, 100), 2000), (Percent(4, 100), 1000)))
    # 4.90 is shared 3.27 and 1.63; of these 0.567 → 0.57 and 0.0627 → 0.06 are tax
    assert delivery_price(method(), both) == euros(270 + 157)


def test_a_free_delivery_stays_free_without_tax() -> None:
    assert delivery_price(method(free_from={"EUR": euros(0)}), Parcel(euros(0), 0, ((Percent(21, 100), 0),))) == euros(0)


@pytest.mark.parametrize(
    ("changes", "goods", "missing"),
    [
        ({}, 1000, None),  # never free
        ({"free_from": {"EUR": euros(5000)}}, 1000, euros(4000)),
        ({"free_from": {"EUR": euros(5000)}}, 4999, euros(1)),
        ({"free_from": {"EUR": euros(5000)}}, 5000, None),
        ({"free_from": {"USD": Money(5000, "USD")}}, 1000, None),
        ({"free_from": {"EUR": euros(5000)}, "prices": {"EUR": euros(0)}}, 1000, None),  # free already
    ],
)
def test_what_is_missing_to_a_free_delivery_is_said_while_it_is(
    changes: dict[str, Any], goods: int, missing: Money | None
) -> None:
    assert missing_to_free(method(**changes), parcel(goods)) == missing
