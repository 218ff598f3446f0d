"""Every mistake of an operator in a code is named, with its field and what to write."""

from typing import Any

import pytest

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.money import Money
from lightning_cart.domain.taxes import Percent
from lightning_cart.usecases.code_wish import MAX_NAMES, MAX_USES, CodeWish, read_wish
from support.app import make_catalog
from support.builders import NOW

CATALOG = make_catalog("""
[products.tshirt]
name = "T-shirt"
prices = { EUR = "19.00", USD = "21.00" }
categories = ["clothes"]

[products.mug]
name = "Mug"
prices = { EUR = "13.00", HUF = "5000.00", KWD = "4.000", JPY = "2000" }
categories = ["kitchen", "for two"]

[products.file]
name = "File"
prices = { EUR = "9.00" }
ships = false
categories = ["files"]

[products.club]
name = "Club"
prices = { USD = "5.00" }
interval = "month"
categories = ["clubs"]
""")


def read(catalog: Catalog = CATALOG, **fields: Any) -> tuple[Code, list[tuple[str, str]]]:
    code, mistakes = read_wish(CodeWish(**{"code": "SPRING", **fields}), catalog, NOW)
    return code, [(one.field, one.reason) for one in mistakes]


def mistakes(**fields: Any) -> list[tuple[str, str]]:
    return read(**fields)[1]


def the_mistake(**fields: Any) -> tuple[str, str]:
    (found,) = mistakes(**fields)
    return found


def test_a_whole_code_is_read() -> None:
    code, found = read(
        code=" spring-10 ",
        amounts={"EUR": "5.00", "USD": "6"},
        free_delivery=True,
        products=("mug", "tshirt", "mug"),
        categories=("clothes",),
        least={"EUR": "20", "USD": "22.50"},
        from_at=NOW - 9,
        until_at=NOW + 9,
        most_uses=100,
        once=True,
        free=True,
    )
    terms = CodeTerms(
        amounts={"EUR": Money(500, "EUR"), "USD": Money(600, "USD")},
        products=("mug", "tshirt"),
        categories=("clothes",),
        least={"EUR": Money(2000, "EUR"), "USD": Money(2250, "USD")},
        free_delivery=True,
        free=True,
    )
    assert (code, found) == (Code("SPRING-10", 0, terms, 100, 0, True, NOW - 9, NOW + 9), [])


class TestTheCode:
    @pytest.mark.parametrize("text", ["spring", "  Spring ", "SPR ING", "\uff53PRING\u200b"])
    def test_is_stored_in_capitals_without_blanks(self, text: str) -> None:
        assert read(code=text, percent="10")[0].code == "SPRING"

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            ("", "such as SPRING-10"),
            ("É", "such as SPRING-10"),
            ("spring!", "write SPRING"),
            ("-spring", "write SPRING"),
            ("10 % off", "write 10OFF"),
            ("x" * 41, f"write {'X' * 40}"),
            ("a\x1b[2Jb", "write A2JB"),
        ],
    )
    def test_of_other_characters_is_refused(self, text: str, advice: str) -> None:
        field, reason = the_mistake(code=text, percent="10")
        assert (field, reason.endswith(f": {advice}"), reason.isprintable()) == ("code", True, True)


class TestThePercentage:
    @pytest.mark.parametrize(
        ("text", "exact"),
        [
            ("10", "10"),
            ("10 %", "10"),
            (" 12.50%", "12.5"),
            ("010.0", "10"),
            ("0.5", "0.5"),
            ("100.0000", "100"),
            ("0.0001", "0.0001"),
            ("33.3333", "33.3333"),
        ],
    )
    def test_is_kept_as_an_exact_text(self, text: str, exact: str) -> None:
        code, found = read(percent=text)
        assert (code.terms.percent, found) == (exact, [])
        assert Percent.parse(exact).add_to(10**9, 1) > 0

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            ("0", "must be above 0"),
            ("0.0000", "must be above 0"),
            ("-5", "must be a percentage as a decimal number: such as 10 or 12.5"),
            ("ten", "such as 10 or 12.5"),
            ("1e1", "such as 10 or 12.5"),
            ("12,5", "write 12.5"),
            ("100.0001", "must be at most 100: write 100"),
            ("101", "must be at most 100"),
            ("1000", "must be at most 100"),
            ("9" * 5000, "must be at most 100"),
            ("12,5" + "0" * 60, "such as 10 or 12.5"),
            ("12.34567", "has 5 decimals, of which 4 can be kept: write 12.3456"),
            ("٣", "such as 10 or 12.5"),
        ],
    )
    def test_that_is_none_is_refused(self, text: str, advice: str) -> None:
        field, reason = the_mistake(percent=text)
        assert (field, advice in reason) == ("percent", True)


class TestAmounts:
    @pytest.mark.parametrize(
        ("currency", "text", "sentence"),
        [
            ("EUR", "0", "must be above 0: such as 5.00"),
            ("EUR", "-1.00", "must be above 0"),
            ("EUR", "5,00", "must be a decimal number with at most 2 decimals: write 5.00"),
            ("EUR", "5.001", "must be a decimal number with at most 2 decimals: such as 5.00"),
            ("EUR", "five", "such as 5.00"),
            ("EUR", "9" * 15, "is larger than any order: write fewer digits"),
            ("JPY", "5.5", "with at most 0 decimals: such as 5"),
            ("HUF", "100.50", "must be a multiple of 1.00, which every way to pay can charge: write 100.00"),
            ("HUF", "0.50", "write 1.00"),
            ("KWD", "1.005", "must be a multiple of 0.010, which every way to pay can charge: write 1.000"),
        ],
    )
    @pytest.mark.parametrize("field", ["amounts", "least"])
    def test_that_no_order_can_have_are_refused(self, field: str, currency: str, text: str, sentence: str) -> None:
        given = {field: {currency: text}} | ({"percent": "10"} if field == "least" else {})
        name, reason = the_mistake(**given)
        assert (name, sentence in reason) == (f"{field}.{currency}", True)

    @pytest.mark.parametrize(
        ("currency", "sentence"),
        [("eur", "did you mean EUR?"), ("EURO", "did you mean EUR?"), ("££", "write an ISO 4217 code such as EUR")],
    )
    def test_in_an_unknown_currency_are_refused(self, currency: str, sentence: str) -> None:
        field, reason = the_mistake(amounts={currency: "5.00"})
        assert (field, sentence in reason) == (f"amounts.{currency}", True)

    def test_in_a_currency_that_cannot_be_shown_are_refused_without_it(self) -> None:
        assert the_mistake(amounts={"\x1b[2J": "5.00"})[0] == "amounts"

    def test_are_refused_where_no_product_has_a_price_in_their_currency(self) -> None:
        assert the_mistake(amounts={"GBP": "5.00"}) == (
            "amounts.GBP",
            "is a currency in which no such product has a price: they have EUR, USD, HUF, KWD and JPY",
        )
        assert the_mistake(percent="10", least={"USD": "5.00"}, products=("file",)) == (
            "least.USD",
            "is a currency in which no such product has a price: they have EUR",
        )

    def test_and_least_sums_are_in_the_same_currencies(self) -> None:
        assert the_mistake(amounts={"EUR": "5", "HUF": "900"}, least={"EUR": "9"}) == (
            "least",
            "has no sum in HUF, in which the code has an amount: add 1.00 or more",
        )
        assert the_mistake(amounts={"EUR": "5"}, least={"EUR": "9", "USD": "9"}) == (
            "least.USD",
            "is of no use, because the code has no amount in USD: leave it out",
        )

    def test_least_sums_limit_a_percentage_to_their_currencies(self) -> None:
        assert mistakes(percent="10", least={"EUR": "20.00"}) == []


class TestWhatItGives:
    @pytest.mark.parametrize("percent", ["", " ", "%"])
    def test_is_something(self, percent: str) -> None:
        assert the_mistake(percent=percent) == (
            "percent",
            "is missing: write a percentage such as 10, or an amount, or free delivery",
        )

    def test_is_a_percentage_or_amounts(self) -> None:
        assert the_mistake(percent="10", amounts={"EUR": "5.00"}) == (
            "amounts",
            "cannot be there with a percentage: leave one of them out",
        )

    @pytest.mark.parametrize("more", [{}, {"percent": "10"}, {"amounts": {"EUR": "5.00"}}], ids=str)
    def test_can_be_a_free_delivery_alone_or_with_either(self, more: dict[str, Any]) -> None:
        assert mistakes(free_delivery=True, **more) == []


class TestProductsAndCategories:
    @pytest.mark.parametrize(
        ("field", "name", "sentence"),
        [
            ("products", "tshrit", "tshrit is no product of the catalogue: did you mean tshirt?"),
            (
                "products",
                "bicycle",
                "bicycle is no product of the catalogue: there are tshirt, mug, file and club",
            ),
            ("products", "\x1b[2J", "one name is no product of the catalogue: there are tshirt, mug, file and club"),
            ("categories", "kitchn", "kitchn is no category of the catalogue: did you mean kitchen?"),
        ],
    )
    def test_that_the_catalogue_lacks_are_refused(self, field: str, name: str, sentence: str) -> None:
        assert the_mistake(percent="10", **{field: (name,)}) == (field, sentence)

    def test_that_do_not_exist_at_all_are_said_to(self) -> None:
        bare = make_catalog('[products.mug]\nname = "Mug"\nprices = { EUR = "1.00" }')
        assert read(bare, percent="10", categories=("x",))[1] == [
            ("categories", "x is no category of the catalogue: there are none")
        ]

    def test_are_at_most_a_hundred(self) -> None:
        names = tuple(f"p{number}" for number in range(MAX_NAMES + 1))
        assert the_mistake(percent="10", products=names) == (
            "products",
            "has 101 names, and 100 are possible: use a category",
        )

    @pytest.mark.parametrize(
        ("fields", "name"), [({"products": ("club",)}, "products"), ({"categories": ("clubs",)}, "categories")], ids=str
    )
    def test_that_all_recur_are_refused(self, fields: dict[str, Any], name: str) -> None:
        assert the_mistake(percent="10", **fields) == (
            name,
            "all recur, and a code never reduces what recurs: name other products",
        )

    def test_in_a_shop_in_which_all_recur_no_code_holds(self) -> None:
        clubs = make_catalog('[products.club]\nname = "Club"\nprices = { EUR = "1.00" }\ninterval = "month"')
        assert [field for field, _ in read(clubs, percent="10")[1]] == ["code"]

    def test_that_are_never_delivered_have_no_delivery_to_free(self) -> None:
        assert the_mistake(free_delivery=True, products=("file",)) == (
            "products",
            "are never delivered, so that free delivery takes nothing off: name other products",
        )
        assert mistakes(free_delivery=True, percent="10", products=("file",)) == []
        assert mistakes(free_delivery=True, products=("file", "mug")) == []


class TestWhenItHolds:
    def test_it_ends_later_than_now(self) -> None:
        assert the_mistake(percent="10", until_at=NOW) == (
            "until",
            "is in the past, so the code would never hold: write a later time, or leave it out",
        )

    @pytest.mark.parametrize("from_at", [NOW + 9, NOW + 10])
    def test_it_begins_before_it_ends(self, from_at: int) -> None:
        assert the_mistake(percent="10", from_at=from_at, until_at=NOW + 9) == (
            "from",
            "is not before its end: write an earlier time, or a later until",
        )

    def test_it_may_have_begun(self) -> None:
        assert mistakes(percent="10", from_at=0) == []


@pytest.mark.parametrize("uses", [0, -1, MAX_USES + 1])
def test_it_can_be_used_at_least_once(uses: int) -> None:
    field, reason = the_mistake(percent="10", most_uses=uses)
    assert (field, reason.startswith("must be 1 to 1,000,000,000: write 1 for")) == ("most_uses", True)


class TestFreeOrders:
    @pytest.mark.parametrize("fields", [{"percent": "10"}, {"free_delivery": True}, {"percent": "99.9999"}], ids=str)
    def test_are_not_for_a_code_that_always_leaves_something(self, fields: dict[str, Any]) -> None:
        assert the_mistake(free=True, **fields) == (
            "free",
            "is only for a code of 100 percent or of an amount: no other takes everything off",
        )

    @pytest.mark.parametrize("fields", [{"percent": "100"}, {"amounts": {"EUR": "5.00"}}], ids=str)
    def test_can_be_allowed_where_nothing_may_be_left(self, fields: dict[str, Any]) -> None:
        code, found = read(free=True, **fields)
        assert (code.terms.free, found) == (True, [])

    def test_can_be_allowed_where_only_the_delivery_costs_something(self) -> None:
        gifts = """
[products.gift]
name = "Gift"
amount = { EUR = { least = "0.00", most = "5.00" } }
"""
        for product, allowed in ((gifts, True), (gifts.replace("0.00", "0.01"), False)):
            found = read(make_catalog(product), free_delivery=True, free=True)[1]
            assert [field for field, _ in found] == ([] if allowed else ["free"])
        assert read(make_catalog(gifts), percent="10", free=True)[1] != []


def test_all_mistakes_are_named_at_once() -> None:
    found = mistakes(
        code="?", percent="200", products=("x1y2",), least={"XXX": "1"}, from_at=9, until_at=5, most_uses=0, free=True
    )
    assert [field for field, _ in found] == ["code", "percent", "products", "least.XXX", "until", "most_uses"]
