"""Money: integers of minor units, exact decimal strings, and the amount formats of providers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from lightning_cart.domain.money import EXPONENTS, AmountFormat, Money, decimal_text, step_of
from lightning_cart.errors import MoneyError
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.stripe.amounts import AMOUNTS, MINIMUM

# Funds, units of account and inflation-indexed units: codes of ISO 4217 that nobody pays with.
NOT_MONEY = {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"}

amounts = st.integers(min_value=-(10**12), max_value=10**12)
currencies = st.sampled_from(sorted(EXPONENTS))


def test_every_current_currency_has_the_exponent_of_the_iso_table() -> None:
    published = {c.code: c.exponent for c in Currency if c.exponent is not None and c.code not in NOT_MONEY}
    assert published == EXPONENTS


@given(amounts, currencies)
def test_text_and_parse_are_each_others_inverse(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.decimal, currency) == money


@given(amounts, amounts, currencies)
def test_sums_and_differences_undo_each_other(one: int, two: int, currency: str) -> None:
    a, b = Money(one, currency), Money(two, currency)
    assert a + b - b == a


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("10", "USD", 1000),
        ("10.5", "USD", 1050),
        ("0.01", "USD", 1),
        ("500", "JPY", 500),
        ("1.005", "KWD", 1005),
        ("-2.50", "EUR", -250),
    ],
)
def test_a_decimal_text_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("10.005", "USD"),
        ("1.5", "JPY"),
        ("1e3", "USD"),
        ("", "USD"),
        ("1,000", "USD"),
        (".5", "USD"),
        ("1.", "USD"),
        ("٣", "USD"),
        (" 1", "USD"),
    ],
)
def test_a_text_that_is_not_an_exact_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        Money.parse(text, currency)


@pytest.mark.parametrize("currency", ["usd", "XXX", "", "US$"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(MoneyError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize("minor", [1.0, True, "1"])
def test_only_integers_are_amounts(minor: int) -> None:
    with pytest.raises(MoneyError, match="integer"):
        Money(minor, "USD")


@pytest.mark.parametrize(
    ("money", "display"),
    [
        (Money(1000, "USD"), "$10.00"),
        (Money(123_456_789, "USD"), "$1,234,567.89"),
        (Money(-5, "EUR"), "-€0.05"),
        (Money(1800, "JPY"), "¥1,800"),
        (Money(320, "CHF"), "CHF 3.20"),
        (Money(1005, "KWD"), "KWD 1.005"),
    ],
    ids=str,
)
def test_money_is_shown_for_people(money: Money, display: str) -> None:
    assert money.display == display


def test_two_currencies_cannot_be_added() -> None:
    with pytest.raises(MoneyError, match="USD and EUR"):
        Money(1, "USD") + Money(1, "EUR")


def test_two_currencies_cannot_be_subtracted() -> None:
    with pytest.raises(MoneyError):
        Money(1, "USD") - Money(1, "EUR")


def test_two_currencies_cannot_be_compared() -> None:
    with pytest.raises(MoneyError):
        _ = Money(1, "USD") < Money(2, "EUR")
    with pytest.raises(MoneyError):
        _ = Money(1, "USD") <= Money(2, "EUR")


def test_money_of_one_currency_is_ordered() -> None:
    assert Money(1, "USD") < Money(2, "USD")
    assert Money(2, "USD") <= Money(2, "USD")


@pytest.mark.parametrize("quantity", [1.5, True, "2"])
def test_money_is_multiplied_by_whole_numbers_only(quantity: int) -> None:
    with pytest.raises(MoneyError):
        Money(100, "USD") * quantity


def test_a_multiple_of_money_is_exact() -> None:
    assert Money(333, "USD") * 3 == Money(999, "USD")


def test_decimal_text_pads_small_amounts() -> None:
    assert decimal_text(5, 2) == "0.05"


@pytest.mark.parametrize(
    ("money", "wire"),
    [
        (Money(1000, "USD"), 1000),
        (Money(500, "JPY"), 500),
        (Money(500, "ISK"), 50_000),
        (Money(500, "UGX"), 50_000),
        (Money(500, "MGA"), 5),
        (Money(1010, "KWD"), 1010),
        (Money(17_500, "HUF"), 17_500),
    ],
    ids=str,
)
def test_stripe_is_told_an_amount_as_it_counts(money: Money, wire: int) -> None:
    assert AMOUNTS.to_provider(money) == wire
    assert AMOUNTS.from_provider(wire, money.currency.lower()) == money


@pytest.mark.parametrize("money", [Money(1005, "KWD"), Money(550, "MGA"), Money(1000, "IQD"), Money(1000, "LYD")], ids=str)
def test_what_stripe_cannot_take_exactly_is_refused_and_never_rounded(money: Money) -> None:
    with pytest.raises(MoneyError):
        AMOUNTS.to_provider(money)


@given(st.integers(min_value=0, max_value=10**10), currencies)
def test_what_goes_onto_the_wire_comes_back_the_same(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    try:
        wire = AMOUNTS.to_provider(money)
    except MoneyError:
        return
    assert AMOUNTS.from_provider(wire, currency) == money


def test_an_amount_that_its_currency_cannot_have_is_refused_on_the_way_back() -> None:
    with pytest.raises(MoneyError):
        AMOUNTS.from_provider(150, "isk")


def test_a_provider_may_count_more_decimals_than_iso() -> None:
    assert AmountFormat(exponents={"JPY": 3}).to_provider(Money(1, "JPY")) == 1000


@pytest.mark.parametrize(("currency", "minor"), [("USD", 50), ("JPY", 50), ("HUF", 17_500), ("GBP", 30), ("SEK", 300)])
def test_stripes_least_charge_is_in_iso_minor_units(currency: str, minor: int) -> None:
    assert MINIMUM[currency] == minor


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_the_step_is_the_smallest_amount_of_which_every_strategy_takes_each_multiple(currency: str) -> None:
    formats = [strategy.limits.amounts for strategy in STRATEGIES if strategy.limits.accepts_currency(currency)]
    smallest = [amounts.from_provider(amounts.multiples.get(currency, 1), currency).minor for amounts in formats]
    assert step_of(currency) == max(smallest, default=1)
