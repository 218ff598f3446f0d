"""Tax: by figures that were computed by hand, and the same for any division of a cart into lines."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import NOWHERE, Destination
from lightning_cart.domain.taxes import UNTAXED, Outside, Percent, TaxedAmount, Taxes, TaxGroup, TaxRate, group_taxes

SPAIN = TaxRate("IVA", {"standard": "21", "reduced": "10", "books": "4", "journals": "4"})
NEW_YORK = TaxRate("Sales tax", {"standard": "8.875", "books": "0"}, included=False, shipping="standard")
CALIFORNIA = TaxRate("Sales tax", {"standard": "7.25", "books": "7.25"}, included=False)
ES, FR, US = Destination("ES"), Destination("FR"), Destination("US")
NY = Destination("US", "NY")


@pytest.mark.parametrize(
    ("text", "percent"),
    [("21", Percent(21, 100)), ("8.875", Percent(8875, 100_000)), ("0", Percent(0, 100)), ("5.5", Percent(55, 1000))],
)
def test_a_percentage_is_exact(text: str, percent: Percent) -> None:
    assert Percent.parse(text) == percent


@pytest.mark.parametrize(
    ("text", "net", "step", "tax"),
    [
        ("9.75", 600, 1, 59),  # 58.5, which half to even would make 58
        ("8.875", 2250, 1, 200),  # 199.6875
        ("27", 199_900, 100, 54_000),  # 53,973 of Hungary's whole forints
        ("5", 1_000, 10, 50),
        ("5", 900, 10, 50),  # 45
        ("0", 12_345, 1, 0),
    ],
)
def test_tax_that_is_added_is_rounded_half_up_to_the_step(text: str, net: int, step: int, tax: int) -> None:
    assert Percent.parse(text).add_to(net, step) == tax


@pytest.mark.parametrize(
    ("text", "gross", "step", "tax"),
    [
        ("19", 4938, 1, 788),  # 788.42
        ("10", 105_000, 1, 9545),  # 9545.45; each of 1000.00 and 50.00 alone would make 9546
        ("20", 3, 1, 1),  # 0.5
        ("27", 199_900, 100, 42_500),  # 42,498.43
        ("0", 500, 1, 0),
    ],
)
def test_tax_that_is_included_is_rounded_half_up_to_the_step(text: str, gross: int, step: int, tax: int) -> None:
    percent = Percent.parse(text)
    assert percent.share_of(gross, step) == tax
    assert percent.take_from(gross, step) == gross - tax


def test_each_percentage_is_one_group_in_the_order_in_which_it_occurs() -> None:
    amounts = [TaxedAmount("books", 1500), TaxedAmount("standard", 1999), TaxedAmount("journals", 300)]
    assert group_taxes(SPAIN, amounts, 1) == (
        TaxGroup("4", "IVA", True, 1731, 69),  # of 18.00: 0.6923
        TaxGroup("21", "IVA", True, 1652, 347),  # of 19.99: 3.4693
    )


def test_what_is_untaxed_is_in_no_group() -> None:
    amounts = [TaxedAmount(UNTAXED, 5000), TaxedAmount("books", 100)]
    assert group_taxes(SPAIN, amounts, 1) == (TaxGroup("4", "IVA", True, 96, 4),)


def test_added_tax_says_which_part_of_it_each_renewal_pays_again() -> None:
    amounts = [TaxedAmount("standard", 600), TaxedAmount("standard", 900, recurs=True)]
    # 8.875 % of 15.00 is 1.33125, of the 9.00 alone 0.79875
    assert group_taxes(NEW_YORK, amounts, 1) == (TaxGroup("8.875", "Sales tax", False, 1500, 133, 80),)


def test_included_tax_recurs_with_its_price_and_has_no_recurring_part() -> None:
    (group,) = group_taxes(SPAIN, [TaxedAmount("standard", 1210, recurs=True)], 1)
    assert group == TaxGroup("21", "IVA", True, 1000, 210)


def test_a_class_of_no_tax_is_a_group_of_none() -> None:
    assert group_taxes(NEW_YORK, [TaxedAmount("books", 1500)], 1) == (TaxGroup("0", "Sales tax", False, 1500, 0),)


@pytest.mark.parametrize(
    ("tax_class", "percent"), [("standard", Percent(8875, 100_000)), ("books", Percent(0, 100)), (UNTAXED, Percent(0, 100))]
)
def test_the_percentage_of_a_class_is_that_of_the_rate(tax_class: str, percent: Percent) -> None:
    assert NEW_YORK.percent_of(tax_class) == percent


@pytest.mark.parametrize(
    ("place", "rate"),
    [(ES, SPAIN), (NY, NEW_YORK), (Destination("US", "CA"), CALIFORNIA), (US, CALIFORNIA), (FR, None), (NOWHERE, None)],
)
def test_the_rate_of_a_region_goes_before_that_of_its_country(place: Destination, rate: TaxRate | None) -> None:
    assert Taxes({"ES": SPAIN, "US": CALIFORNIA, "US-NY": NEW_YORK}).find(place) == rate


def test_a_country_uses_regions_if_one_of_its_regions_has_a_rate() -> None:
    taxes = Taxes({"ES": SPAIN, "US-NY": NEW_YORK})
    assert (taxes.uses_regions("US"), taxes.uses_regions("ES"), taxes.uses_regions("U")) == (True, False, False)


@pytest.mark.parametrize(
    ("taxes", "depends"),
    [
        (Taxes({"ES": SPAIN}), False),
        (Taxes({"ES": SPAIN}, Outside.NET), True),
        (Taxes({"ES": SPAIN, "FR": SPAIN}), True),
        (Taxes({"US-NY": NEW_YORK}), True),  # elsewhere nobody pays it
        (Taxes({}), False),
    ],
)
def test_a_total_depends_on_the_place_unless_one_rate_is_in_all_prices(taxes: Taxes, *, depends: bool) -> None:
    assert taxes.depend_on_place is depends


@pytest.mark.parametrize(
    ("outside", "rates", "place", "unpaid"),
    [
        (Outside.NET, {"ES": SPAIN}, FR, SPAIN),
        (Outside.GROSS, {"ES": SPAIN}, FR, None),  # who pays the prices as they are
        (Outside.NET, {"ES": SPAIN}, ES, None),
        (Outside.NET, {"ES": SPAIN, "FR": SPAIN}, FR, None),  # a place with a rate pays this one
        (Outside.NET, {"ES": NEW_YORK}, FR, None),  # prices do not include it
        (Outside.NET, {"PT": SPAIN}, FR, None),  # the shop's country has none
    ],
)
def test_a_place_without_a_rate_is_spared_the_tax_that_prices_include_if_the_shop_says_so(
    outside: Outside, rates: dict[str, TaxRate], place: Destination, unpaid: TaxRate | None
) -> None:
    assert Taxes(rates, outside).find_unpaid(ES, place) == unpaid


percents = st.sampled_from(["0", "4", "5.5", "8.875", "9.75", "19", "21", "99.9999"])
steps = st.sampled_from([1, 10, 100])


@given(st.integers(0, 10**12), percents, steps)
def test_any_tax_is_the_nearest_step_to_the_exact_one(minor: int, text: str, step: int) -> None:
    percent = Percent.parse(text)
    added, included = percent.add_to(minor, step), percent.share_of(minor, step)
    exact = Fraction(text) / 100
    assert added % step == included % step == 0
    assert -Fraction(step, 2) <= minor * exact - added < Fraction(step, 2)
    assert -Fraction(step, 2) <= minor * exact / (1 + exact) - included < Fraction(step, 2)
    assert 0 <= percent.take_from(minor, 1) <= minor


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9), st.booleans(), percents, steps)
def test_the_tax_of_a_whole_does_not_depend_on_how_it_is_divided(
    minors: list[int], included: bool, text: str, step: int
) -> None:
    rate = TaxRate("VAT", {"standard": text}, included)
    divided = group_taxes(rate, [TaxedAmount("standard", minor) for minor in minors], step)
    assert divided == group_taxes(rate, [TaxedAmount("standard", sum(minors))], step)


@given(st.integers(0, 10**9), st.integers(0, 10**9), percents, steps)
def test_the_part_of_a_tax_that_recurs_is_that_of_what_recurs_and_at_most_all(
    once: int, again: int, text: str, step: int
) -> None:
    rate = TaxRate("Tax", {"standard": text}, included=False)
    (group,) = group_taxes(rate, [TaxedAmount("standard", once), TaxedAmount("standard", again, recurs=True)], step)
    assert group.recurring_tax_minor == Percent.parse(text).add_to(again, step) <= group.tax_minor
