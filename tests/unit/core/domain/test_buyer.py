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
        (Destination("US", "New York", ""), Destination("US")),
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
