"""Countries and their groups."""

from lightning_cart.domain.countries import COUNTRIES, GROUPS, expand_groups
from lightning_cart.domain.country_names import CODE_OF


def test_there_are_249_countries_of_two_capitals() -> None:
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)


def test_the_european_union_has_27_countries() -> None:
    assert len(set(GROUPS["EU"])) == 27
    assert set(GROUPS["EU"]) <= COUNTRIES


def test_groups_become_codes_each_once_and_in_order() -> None:
    assert expand_groups(["ES", "EU", "CH", "CH"])[:3] == ("ES", "AT", "BE")
    assert len(expand_groups(["ES", "EU", "CH"])) == 28


def test_everywhere_stays() -> None:
    assert expand_groups(["*"]) == ("*",)


def test_every_country_has_a_name() -> None:
    assert set(CODE_OF.values()) == COUNTRIES
    assert (CODE_OF["spain"], CODE_OF["uk"]) == ("ES", "GB")
