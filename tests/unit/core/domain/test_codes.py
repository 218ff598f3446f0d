"""Codes: for which lines one is, what it takes off each of them, and why it does not hold."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.catalog import Catalog, Interval, Product
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.codes import (
    Code,
    CodeFault,
    buyer_mark,
    eligible_sum,
    find_fault,
    frees_delivery,
    line_discounts,
    read_code,
)
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.price import Goods, price_goods
from lightning_cart.domain.taxes import Outside, Taxes, TaxRate
from support.builders import NOW
from support.codes import make_code, sums
from support.goods import SHIPPING

MUG = Product("mug", "Mug", sums(EUR=1250, USD=1400), categories=("kitchen", "gifts"))
SOCKS = Product("socks", "Socks", sums(EUR=999, USD=1100), categories=("clothes",))
FILE = Product("file", "Pattern", sums(EUR=500), ships=False)
BOX = Product("box", "Tea", sums(EUR=1500), interval=Interval.MONTH, categories=("gifts",))
CLUB = Product("club", "Club", sums(EUR=800), interval=Interval.MONTH, ships=False)
WIDE = "".join(chr(ord(character) + 0xFEE0) for character in "spring-26")  # as Japanese keyboards write it
DELIVERS = Catalog({}, {}, SHIPPING)


def choose(*products: Product | tuple[Product, int]) -> tuple[Choice, ...]:
    return tuple(Choice(one, None, 1) if isinstance(one, Product) else Choice(one[0], None, one[1]) for one in products)


def goods_of(choices: tuple[Choice, ...], currency: str = "EUR", catalog: Catalog = DELIVERS) -> Goods:
    return price_goods(choices, currency, catalog)


def fault(code: Code | None, *products: Product | tuple[Product, int], currency: str = "EUR", **found: Any) -> str:
    choices = choose(*products)
    return find_fault(code, choices, goods_of(choices, currency), NOW, **found)


def off(code: Code, *products: Product | tuple[Product, int], currency: str = "EUR") -> list[int]:
    choices = choose(*products)
    return line_discounts(code.terms, choices, goods_of(choices, currency))


# ---- what is a code


@pytest.mark.parametrize("typed", ["SPRING-26", "spring-26", " Spring-26\n", "SPR ING - 26", "\ufeffspring-26\u200b", WIDE])
def test_a_code_is_read_in_any_case_and_without_blanks(typed: str) -> None:
    assert read_code(typed) == "SPRING-26"


@pytest.mark.parametrize("typed", ["-A", "_A", "A" * 41, "A;B", "Ä", "A'--", "%", "\x00A"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) == ""


def test_a_code_has_at_most_forty_characters() -> None:
    assert read_code("a" * 40) == "A" * 40


def test_the_mark_of_a_buyer_is_of_the_code_and_the_address_in_any_case() -> None:
    mark = buyer_mark("SPRING", "Ada@Example.com")
    assert mark == buyer_mark("SPRING", "ada@example.com")
    assert mark not in (buyer_mark("SUMMER", "ada@example.com"), buyer_mark("SPRING", "bob@example.com"))
    assert (len(mark), "ada" in mark) == (64, False)


# ---- for what it is


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"percent": "10"}, [125, 200, 50]),
        ({"percent": "10", "products": ("socks",)}, [0, 200, 0]),
        ({"percent": "10", "categories": ("gifts",)}, [125, 0, 0]),
        ({"percent": "10", "products": ("file",), "categories": ("clothes",)}, [0, 200, 50]),
        ({"amounts": sums(EUR=500)}, [167, 266, 67]),
        ({"amounts": sums(EUR=500), "products": ("mug",)}, [500, 0, 0]),
        ({"amounts": sums(EUR=5000), "products": ("mug",)}, [1250, 0, 0]),
        ({"amounts": sums(EUR=5000)}, [1250, 1998, 500]),
        ({"percent": "100"}, [1250, 1998, 500]),
        ({"free_delivery": True}, [0, 0, 0]),
    ],
)
def test_a_code_takes_its_discount_off_the_lines_that_it_is_for(terms: dict[str, Any], expected: list[int]) -> None:
    assert off(make_code(**terms), MUG, (SOCKS, 2), FILE) == expected


def test_a_percentage_is_of_the_sum_and_rounded_half_up_once() -> None:
    # 10 % of 12.50 + 9.99 = 22.49 is 2.249, and of each alone 1.25 and 1.00
    assert off(make_code(percent="10"), MUG, SOCKS) == [125, 100]
    assert off(make_code(percent="12.5"), MUG, SOCKS, FILE) == [156, 125, 63]  # 343.625 is 344


def test_ties_go_to_the_earlier_line() -> None:
    cheap = Product("cheap", "Cheap", sums(EUR=5))
    assert off(make_code(percent="10"), cheap, cheap._replace(id="other")) == [1, 0]


@pytest.mark.parametrize(
    ("currency", "prices", "percent", "expected"),
    [
        ("HUF", (199_900, 99_900), "10", [20_000, 10_000]),  # 10 % of 2,998 is 299.8, and 300 can be charged everywhere
        ("HUF", (199_900,), "50", [100_000]),
        ("BHD", (12_340, 1_110), "15", [1_850, 170]),  # 2.0175 dinars are 2.02
        ("JPY", (1_805,), "10", [181]),
    ],
)
def test_a_discount_is_a_multiple_of_what_every_provider_can_charge(
    currency: str, prices: tuple[int, ...], percent: str, expected: list[int]
) -> None:
    products = [Product(f"p{index}", "P", {currency: Money(price, currency)}) for index, price in enumerate(prices)]
    assert off(make_code(percent=percent), *products, currency=currency) == expected


@pytest.mark.parametrize("product", [BOX, CLUB])
def test_a_line_that_recurs_is_never_reduced(product: Product) -> None:
    assert off(make_code(percent="50"), MUG, product) == [625, 0]
    assert off(make_code(amounts=sums(EUR=9900)), MUG, product) == [1250, 0]


def test_a_code_reduces_what_a_buyer_in_a_country_without_a_rate_pays() -> None:
    taxes = Taxes({"ES": TaxRate("IVA", {"standard": "21"})}, Outside.NET)
    choices = choose((MUG, 2), FILE)
    goods = price_goods(choices, "EUR", Catalog({}, {}, SHIPPING, taxes), Destination("US"), home_country="ES")
    assert [line.unit_price.minor for line in goods.lines] == [1033, 413]
    assert line_discounts(make_code(percent="50").terms, choices, goods) == [1033, 207]
    assert sum(line_discounts(make_code(amounts=sums(EUR=9999)).terms, choices, goods)) == 2 * 1033 + 413


# ---- why it does not hold


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (None, CodeFault.UNKNOWN),
        (make_code(until_at=NOW), CodeFault.OVER),
        (make_code(until_at=NOW + 1), ""),
        (make_code(from_at=NOW + 1), CodeFault.NOT_YET),
        (make_code(from_at=NOW), ""),
        (make_code(most_uses=3, uses=3), CodeFault.USED_UP),
        (make_code(most_uses=3, uses=2), ""),
        (make_code(uses=2), ""),
        (make_code(percent="10", products=("socks", "box")), CodeFault.OTHER_GOODS),
        (make_code(percent="10", categories=("clothes",)), CodeFault.OTHER_GOODS),
        (make_code(amounts=sums(USD=500)), CodeFault.CURRENCY),
        (make_code(percent="10", least=sums(USD=500)), CodeFault.CURRENCY),
        (make_code(percent="10", least=sums(EUR=1251)), CodeFault.BELOW_SUM),
        (make_code(percent="10", least=sums(EUR=1250)), ""),
        (make_code(free_delivery=True), ""),
        (make_code(free_delivery=True, products=("mug",), least=sums(EUR=1251)), CodeFault.BELOW_SUM),
    ],
)
def test_a_code_holds_in_its_time_for_its_goods_from_its_sum_on(code: Code | None, expected: str) -> None:
    assert fault(code, MUG) == expected


@pytest.mark.parametrize(("once", "used", "expected"), [(True, True, "used_before"), (True, False, ""), (False, True, "")])
def test_a_code_for_once_does_not_hold_for_who_has_used_it(*, once: bool, used: bool, expected: str) -> None:
    assert fault(make_code(once=once), MUG, used_before=used) == expected


def test_who_has_the_last_use_of_a_code_is_told_so_rather_than_that_it_is_used_up() -> None:
    assert fault(make_code(once=True, most_uses=1, uses=1), MUG, used_before=True) == CodeFault.USED_BEFORE


@pytest.mark.parametrize(
    ("terms", "products", "expected"),
    [
        ({"percent": "10"}, (CLUB,), CodeFault.RECURRING),
        ({"percent": "10"}, (CLUB, FILE), ""),
        ({"percent": "10", "products": ("club",)}, (CLUB, FILE), CodeFault.RECURRING),
        ({"percent": "10", "categories": ("gifts",)}, (BOX, SOCKS), CodeFault.RECURRING),
        ({"free_delivery": True}, (BOX,), CodeFault.RECURRING),
        ({"free_delivery": True}, (BOX, MUG), CodeFault.RECURRING),  # one delivery, which recurs
        ({"free_delivery": True}, (CLUB, MUG), ""),
        ({"free_delivery": True}, (FILE,), CodeFault.OTHER_GOODS),
        ({"free_delivery": True, "products": ("mug",)}, (SOCKS, FILE), CodeFault.OTHER_GOODS),
        ({"free_delivery": True, "percent": "10"}, (BOX, MUG), ""),
        ({"percent": "10", "least": sums(EUR=1251)}, (BOX, MUG), CodeFault.BELOW_SUM),  # what recurs does not count
    ],
)
def test_what_recurs_is_not_reduced_and_its_delivery_not_freed(
    terms: dict[str, Any], products: tuple[Product, ...], expected: str
) -> None:
    assert fault(make_code(**terms), *products) == expected


def test_a_code_for_the_delivery_is_for_nothing_where_nothing_is_delivered() -> None:
    choices = choose(MUG)
    goods = goods_of(choices, catalog=Catalog({}, {}))
    assert find_fault(make_code(free_delivery=True), choices, goods, NOW) == CodeFault.OTHER_GOODS


@pytest.mark.parametrize(("products", "expected"), [((MUG,), True), ((MUG, CLUB), True), ((MUG, BOX), False), ((FILE,), False)])
def test_a_delivery_is_freed_if_there_is_one_and_it_does_not_recur(*, products: tuple[Product, ...], expected: bool) -> None:
    assert frees_delivery(make_code(free_delivery=True).terms, goods_of(choose(*products))) is expected
    assert frees_delivery(make_code(percent="10").terms, goods_of(choose(*products))) is False


# ---- for any cart


_PRODUCTS = (MUG, SOCKS, FILE._replace(prices=sums(EUR=1, USD=3)), BOX, CLUB)
_TERMS = list(
    itertools.product(
        ("", "0.5", "10", "33.3", "100"), ({}, sums(EUR=777)), ((), ("mug",), ("mug", "box")), ((), ("gifts", "clothes"))
    )
)


@given(
    st.lists(st.tuples(st.sampled_from(_PRODUCTS), st.integers(1, 9)), min_size=1, max_size=5, unique_by=lambda one: one[0].id),
    st.sampled_from(_TERMS),
)
def test_the_shares_of_a_discount_add_up_and_exceed_no_line(products: Any, terms: Any) -> None:
    percent, amounts, ids, categories = terms
    code = make_code(percent=percent, amounts={} if percent else amounts, products=ids, categories=categories)
    choices = choose(*products)
    goods = goods_of(choices)
    discounts = line_discounts(code.terms, choices, goods)
    eligible = eligible_sum(code.terms, choices, goods).minor
    assert len(discounts) == len(goods.lines)
    assert all(0 <= one <= line.total.minor for one, line in zip(discounts, goods.lines, strict=True))
    assert all(not one for one, line in zip(discounts, goods.lines, strict=True) if line.interval)
    assert sum(discounts) <= eligible
    if percent == "100":
        assert sum(discounts) == eligible
    if amounts and not percent:
        assert sum(discounts) == min(777, eligible)
    assert all(one % step_of("EUR") == 0 for one in discounts)
