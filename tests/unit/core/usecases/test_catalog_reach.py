"""What is said of zones is true of every place: a zone without places has none, and no zone is missed."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.catalog import Catalog, Product, Site
from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import Method, Shipping, Zone
from lightning_cart.usecases.catalog_reach import Deliveries, covering_zones

COUNTRIES = ("ES", "PT")
PLACES = [Destination(*parts) for parts in product(COUNTRIES, ("", "A", "B"), ("", "11", "12", "21"))]


@st.composite
def zones(draw: st.DrawFn) -> dict[str, Zone]:
    found = {}
    for number in range(draw(st.integers(1, 4))):
        countries = draw(st.sampled_from([("ES",), ("PT",), ("ES", "PT"), ("*",)]))
        regions = draw(st.sampled_from([(), ("ES-A",), ("ES-A", "ES-B"), ("PT-B",)]))
        codes = draw(st.sampled_from([(), ("1*",), ("11", "12"), ("11-21",)])) if countries in {("ES",), ("PT",)} else ()
        found[f"z{number}"] = Zone(f"z{number}", countries, regions, codes)
    return found


@given(zones())
def test_a_zone_that_is_said_to_contain_no_place_contains_none(found: dict[str, Zone]) -> None:
    shipping = Shipping(found, {})
    used = {zone.id for place in PLACES if (zone := shipping.zone_of(place))}
    listed = list(found.values())
    said = {zone.id for number, zone in enumerate(listed) if covering_zones(listed[:number], zone)}
    assert said & used == set()


@given(zones())
def test_every_method_that_some_place_of_a_country_has_reaches_the_country(found: dict[str, Zone]) -> None:
    price = {"EUR": Money(100, "EUR")}
    methods = {zone: Method(zone, zone, price, (zone,)) for zone in found}
    shipping = Shipping(found, methods)
    site = Site("shop", "Shop", "/a", "/b", ("card",), countries=COUNTRIES)
    deliveries = Deliveries(site, Catalog({"mug": Product("mug", "Mug", price)}, {"shop": site}, shipping), shipping)
    real = {(place.country, zone.id) for place in PLACES if (zone := shipping.zone_of(place))}
    assert {zone for _, zone in real} <= {method.id for method in deliveries.methods}
    assert {country for country, _ in real} <= set(deliveries.reached)
    assert set(deliveries.reached) | set(deliveries.unreached) == set(COUNTRIES)
