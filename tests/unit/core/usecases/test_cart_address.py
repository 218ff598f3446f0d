"""The address of a cart: how its parts are read, and the place that a price depends on."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Destination
from lightning_cart.domain.catalog import Site
from lightning_cart.domain.taxes import Outside, Taxes
from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_address import Place, find_place, read_delivery
from support.goods import SITE, TAXES, make_goods

CATALOG = make_goods()
ANYWHERE = SITE._replace(countries=())


def read(site: Site = SITE, **delivery: Any) -> Address:
    return read_delivery(delivery, site)[0]


def refusal(**delivery: Any) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        read(**delivery)
    return caught.value


def place(address: Address, *, delivers: bool = True, is_taxed: bool = True, site: Site = SITE, **parts: Any) -> Place:
    return find_place(address, site, make_goods(site, **parts), delivers=delivers, is_taxed=is_taxed)


def missing(found: Place) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in found.missing]


# ---- the parts of an address


@pytest.mark.parametrize("left_out", [None, "", " "])
def test_a_delivery_may_be_left_out(left_out: object) -> None:
    assert read_delivery(left_out, SITE) == (Address(), None)


def test_an_address_is_read_as_it_is_written_without_blanks_around_it() -> None:
    address, method = read_delivery(
        {
            "name": " Ada Lovelace ",
            "line1": "Calle Mayor 1",
            "line2": None,
            "city": "Santa Cruz",
            "region": "tf",
            "postal_code": " 38 001",
            "country": " es",
            "phone": "+34 (600) 111-222",
            "method": "post",
        },
        SITE,
    )
    assert method == "post"
    assert address == Address(
        country="ES",
        name="Ada Lovelace",
        line1="Calle Mayor 1",
        city="Santa Cruz",
        region="tf",
        postal_code="38 001",
        phone="+34600111222",
    )


@pytest.mark.parametrize(
    ("key", "length"), [("name", 255), ("line1", 300), ("line2", 300), ("city", 120), ("region", 300), ("postal_code", 60)]
)
def test_each_part_may_be_as_long_as_every_provider_takes(key: str, length: int) -> None:
    typed: dict[str, Any] = {key: "x" * length}
    assert getattr(read(**typed), key) == "x" * length
    error = refusal(**{key: "x" * (length + 1)})
    assert error.field == f"delivery.{key}"
    assert error.reason == f"must be a string of at most {length} characters, and has {length + 1}"
    assert error.for_buyer.endswith(f": please shorten it to {length} characters.")


def test_an_emoji_counts_twice_as_it_does_at_paypal() -> None:
    assert read(city="🫖" * 60).city == "🫖" * 60
    assert refusal(city="🫖" * 61).reason == "must be a string of at most 120 characters, and has 122"


@pytest.mark.parametrize(
    ("given", "field", "reason", "for_buyer"),
    [
        ({"line1": "a\nb"}, "line1", "has U+000A at character 2, which breaks the line", "Delivery, street: please type it"),
        ({"city": "a\0"}, "city", "has U+0000 at character 2, which is a control", "Delivery, city: please type it again"),
        ({"name": "\u3164"}, "name", "has only invisible characters (U+3164)", "Delivery, name: please type it again"),
        ({"name": ["Ada"]}, "name", "must be a string of at most 255 characters", ""),
        ({"phone": "call me"}, "phone", "must be a string of 4 to 15 digits", "Delivery, phone: please check the number"),
        ({"phone": "+1234567890123456"}, "phone", "must be a string of 4 to 15 digits", "Delivery, phone: please check"),
        ({"phone": 600}, "phone", "must be a string of 4 to 15 digits", "Delivery, phone: please check the number"),
        ({"country": "Spain"}, "country", "is not the code of a country: it must be", "Delivery, country: please choose it"),
        ({"country": "XX"}, "country", "is not the code of a country: it must be a code of", "Delivery, country: please"),
        ({"country": "UK"}, "country", "is not the code of a country: did you mean GB?", "Delivery, country: please choose"),
        ({"country": 34}, "country", "is not the code of a country", "Delivery, country: please choose it from the list."),
        (
            {"country": "de"},
            "country",
            "is not served by this site: it must be one of: ES, PT, FR, US",
            "This shop does not sell to this country (DE). It sells to: ES, PT, FR, US.",
        ),
        ({"zip": "28001"}, "zip", "is not known here: did you mean postal_code?", ""),
        ({"gift": "x"}, "gift", "is not known here: write what only the shop needs into note or metadata.", ""),
    ],
)
def test_a_part_that_cannot_be_right_is_refused(given: dict[str, Any], field: str, reason: str, for_buyer: str) -> None:
    error = refusal(**given)
    assert error.field == f"delivery.{field}"
    assert (error.reason[: len(reason)], error.for_buyer[: len(for_buyer)]) == (reason, for_buyer)
    assert bool(error.for_buyer) == bool(for_buyer)


def test_a_postal_code_may_be_a_number() -> None:
    assert read(postal_code=28001).postal_code == "28001"


def test_a_delivery_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidField, match="delivery: must be an object such as"):
        read_delivery("ES", SITE)


# ---- the place


def test_goods_need_a_country() -> None:
    found = place(Address())
    assert (found.destination, missing(found)) == (
        Destination("ES"),
        [("delivery.country", "is missing: the delivery depends on it")],
    )
    assert found.missing[0].for_buyer == "Please choose your country."


def test_the_only_country_of_a_site_needs_no_answer() -> None:
    assert place(Address(), site=SITE._replace(countries=("FR",))) == Place(Destination("FR"))


def test_a_download_needs_a_country_if_the_tax_depends_on_it() -> None:
    assert missing(place(Address(), delivers=False)) == [("delivery.country", "is missing: the tax depends on it")]
    net = Taxes({"ES": TAXES.rates["ES"]}, Outside.NET)
    assert missing(place(Address(), delivers=False, taxes=net)) == [("delivery.country", "is missing: the tax depends on it")]


@pytest.mark.parametrize("taxes", [None, Taxes({"ES": TAXES.rates["ES"]})], ids=["no taxes", "one rate"])
def test_else_a_download_counts_as_sold_at_home(taxes: Taxes | None) -> None:
    assert place(Address(), delivers=False, taxes=taxes) == Place(Destination("ES"))


def test_what_no_place_taxes_needs_none() -> None:
    assert place(Address(), delivers=False, is_taxed=False) == Place(Destination("ES"))
    assert place(Address("US"), delivers=False, is_taxed=False) == Place(Destination("US"))


@pytest.mark.parametrize("region", ["TF", "tf", "ES-TF", "es-tf"])
def test_a_region_is_needed_where_zones_have_some(region: str) -> None:
    assert place(Address("ES", region=region), taxes=None) == Place(Destination("ES", "TF"))
    assert missing(place(Address("ES"), taxes=None)) == [("delivery.region", "is missing: prices in ES depend on it")]


@pytest.mark.parametrize("delivers", [True, False])
def test_a_region_is_needed_where_rates_have_some(delivers: bool) -> None:
    assert place(Address("US", region="us-ny"), delivers=delivers) == Place(Destination("US", "NY"))
    assert missing(place(Address("US"), delivers=delivers)) == [("delivery.region", "is missing: prices in US depend on it")]


def test_what_no_price_depends_on_is_no_part_of_the_place() -> None:
    assert place(Address("FR", region="IDF", postal_code="75001")) == Place(Destination("FR"))
    assert place(Address("ES", region="TF"), delivers=False) == Place(Destination("ES"))
    assert place(Address("ES", region="TF"), shipping=None) == Place(Destination("ES"))


def test_a_spanish_region_is_a_province() -> None:
    with pytest.raises(InvalidField):
        place(Address("ES", region="CN"), taxes=None)


@pytest.mark.parametrize("region", ["New York", "XX", "NYC", "CA-NY"])
def test_a_region_that_is_needed_is_a_code(region: str) -> None:
    with pytest.raises(InvalidField) as caught:
        place(Address("US", region=region))
    assert (caught.value.field, caught.value.reason, caught.value.for_buyer) == (
        "delivery.region",
        "must be the code of ISO 3166-2 after US-, of 1 to 3 letters or digits",
        "Delivery, region: please write its code of 1 to 3 characters.",
    )


def test_a_postal_code_is_needed_where_zones_have_some_and_compared_without_separators() -> None:
    assert place(Address("PT", postal_code=" 9000 - 017a ")) == Place(Destination("PT", "", "9000017A"))
    found = place(Address("PT"))
    assert missing(found) == [("delivery.postal_code", "is missing: the delivery in PT depends on it")]
    assert found.missing[0].for_buyer == "Delivery, postal code: please fill it in."
    assert missing(place(Address("PT"), delivers=False)) == []


def test_a_site_without_a_list_serves_every_country() -> None:
    assert read(ANYWHERE, country="jp").country == "JP"
    assert missing(place(Address(), site=ANYWHERE)) == [("delivery.country", "is missing: the delivery depends on it")]
