"""What an order knows of its buyer: places are compared by what both name, and no `repr` shows who it is."""

import pytest

from lightning_cart.domain.buyer import NOWHERE, Address, Buyer, Destination

WHOLE = Address("ES", "Ada Lovelace", "Calle Mayor 1", "2º", "Madrid", "MD", "28013", "+34 600 000 000")


@pytest.mark.parametrize(
    ("place", "compared"),
    [
        (Destination("es", "ES-CN", "35 001"), Destination("ES", "CN", "35001")),
        (Destination(" US ", "us-ny", "10001-1234"), Destination("US", "NY", "10001")),
        (Destination("GB", "", "sw1a 1aa"), Destination("GB", "", "SW1A1AA")),
        (Destination("FR", "75", "75\u00a0001"), Destination("FR", "75", "75001")),
        (Destination("LV", "", "lv-1010"), Destination("LV", "", "1010")),
        (Destination("AD", "", "AD500"), Destination("AD", "", "500")),
        (Destination("DE", "", "D-10115"), Destination("DE", "", "10115")),
        (Destination("FI", "", "FIN-00100"), Destination("FI", "", "00100")),
        (Destination("HU", "", "H-1011"), Destination("HU", "", "1011")),
        (Destination("AR", "", "A4400"), Destination("AR", "", "A4400")),  # here the letter is the province
        (Destination("MT", "", "MTF 1234"), Destination("MT", "", "MTF1234")),  # a town, not the country
        (Destination("BR", "", "01.310\u2013100"), Destination("BR", "", "01310100")),
        (Destination("JP", "", "\u3012\uff11\uff10\uff10\u2212\uff10\uff10\uff10\uff11"), Destination("JP", "", "1000001")),
        (Destination("EG", "", "\u0661\u0661\u0665\u0661\u0661"), Destination("EG", "", "11511")),
        (Destination("US", "New York", ""), Destination("US")),
        (Destination("CH", "Zug", ""), Destination("CH")),
        (Destination("CH", "Zg", ""), Destination("CH", "ZG")),
        (Destination("AU", "nsw", ""), Destination("AU", "NSW")),
        (Destination("ES", "Ñ", ""), Destination("ES")),
        (Destination("JP", "JP-1234", ""), Destination("JP")),
        (NOWHERE, NOWHERE),
    ],
)
def test_a_place_is_compared_by_codes_in_capitals(place: Destination, compared: Destination) -> None:
    assert place.comparable == compared


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (None, False),
        (NOWHERE, False),
        (Destination("ES"), False),
        (Destination("FR"), True),
        (Destination("ES", "TF", "38001"), True),
        (Destination("ES", "Las Palmas", "35001"), False),
        (Destination("ES", "", "35002"), True),
        (Destination("", "ES-CN", "35-001"), False),
        (Destination("", "MD"), True),
    ],
)
def test_a_place_differs_from_another_only_in_what_both_name(other: Destination | None, *, differs: bool) -> None:
    assert Destination("ES", "CN", "35001").differs_from(other) is differs
    assert other is None or other.differs_from(Destination("ES", "CN", "35001")) is differs


def test_an_address_is_whole_with_everything_that_a_parcel_needs() -> None:
    assert WHOLE.is_whole
    assert WHOLE._replace(line2="", region="", phone="").is_whole
    assert [name for name in ("country", "name", "line1", "city", "postal_code") if WHOLE._replace(**{name: ""}).is_whole] == []


def test_nothing_shows_who_the_buyer_is() -> None:
    buyer = Buyer(WHOLE, ({"engraving": "For Ada"},), "Leave it with Ada")
    assert (repr(WHOLE), repr(buyer)) == ("Address(country='ES')", "Buyer()")
