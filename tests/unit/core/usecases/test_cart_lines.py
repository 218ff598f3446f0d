"""The lines of a cart: variants, texts and amounts, what is one line, and what is refused with which sentence."""

from typing import Any

import pytest

from lightning_cart.domain.catalog import OpenAmount
from lightning_cart.domain.money import Money
from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_lines import CartLines, read_lines
from support.goods import SITE, Line, make_goods, tshirt

CATALOG = make_goods()


def read(*lines: Line, currency: object = None) -> CartLines:
    return read_lines(list(lines), currency, SITE, CATALOG)


def refusal(*lines: Line, currency: object = None) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        read(*lines, currency=currency)
    return caught.value


def given(amount: object, product: str = "donation") -> Line:
    return {"id": product, "amount": amount}


# ---- variants


@pytest.mark.parametrize(
    "options",
    [
        {"size": "L", "colour": "blue"},
        {"Size": " l ", " COLOUR": "Blue"},
        {"colour": "b l u e", "size": "\uff2c"},
        {"size": "L", "colour": "blue", "Size": "l"},
        {"size": "L", "colour": "blue", "SIZE": " "},
    ],
)
def test_a_variant_is_chosen_by_its_options_without_regard_to_capitals_and_blanks(options: Line) -> None:
    (choice,) = read({"id": "tshirt", "options": options}).choices
    assert choice.variant is not None
    assert (choice.variant.id, choice.sku, choice.unit_price("EUR")) == ("l-blue", "TS-L-BL", Money(2100, "EUR"))


def test_a_number_is_a_size_too() -> None:
    shoe = CATALOG.products["tshirt"]
    sizes = tuple(variant._replace(options={"size": text}) for variant, text in zip(shoe.variants, ("41", "42"), strict=False))
    catalog = CATALOG._replace(products={"shoe": shoe._replace(id="shoe", variants=sizes)})
    (choice,) = read_lines([{"id": "shoe", "options": {"size": 42}}], None, SITE, catalog).choices
    assert choice.variant == sizes[1]


@pytest.mark.parametrize(
    ("options", "field", "reason", "for_buyer"),
    [
        (
            None,
            "options",
            "is missing: choose one value of each option (size: M, L, XL; colour: red, blue)",
            "T-shirt: please choose size and colour.",
        ),
        ({"size": ""}, "options", "is missing: choose one value", "T-shirt: please choose size and colour."),
        (
            {"size": "L"},
            "options.colour",
            "is missing: must be one of: red, blue",
            "T-shirt: please choose colour: red or blue.",
        ),
        (
            {"size": "L", "colour": "green"},
            "options.colour",
            "must be one of: red, blue",
            "T-shirt: please choose another colour: red or blue.",
        ),
        (
            {"size": "L", "color": "blue"},
            "options.color",
            "is no option of this product: its options are size, colour",
            "T-shirt has changed in the shop. Please take it out and choose it again.",
        ),
        (
            {"size": "M", "colour": "blue"},
            "options",
            "is a combination that is not made: M, blue. These are: M/red, L/blue, XL/blue",
            "T-shirt is not made in M, blue. Please choose another combination.",
        ),
        (
            {"size": "L", "colour": "offwhite"},
            "options",
            "chooses the variant l-off white, which is not active",
            "T-shirt (L, Off White) is not available at the moment. Please choose another.",
        ),
        ({"size": "L", "Size": "XL"}, "options.size", "is there twice with different values", ""),
        ({"size": ["L"]}, "options.size", "must be one of: M, L, XL", "T-shirt: please choose another size: M, L or XL."),
        ({"size": True}, "options.size", "must be one of: M, L, XL", "T-shirt: please choose another size: M, L or XL."),
        (["L"], "options", 'must be an object such as {"size": "L"}', ""),
        ({"\u202e": "L"}, "options", "is no option of this product", "T-shirt has changed in the shop."),
    ],
)
def test_options_that_choose_no_variant_are_refused(options: object, field: str, reason: str, for_buyer: str) -> None:
    error = refusal({"id": "tshirt", "options": options})
    assert error.field == f"items[0].{field}"
    assert (error.reason[: len(reason)], error.for_buyer[: len(for_buyer)]) == (reason, for_buyer)
    assert bool(error.for_buyer) == bool(for_buyer)


def test_of_many_combinations_an_error_names_some() -> None:
    product = CATALOG.products["tshirt"]
    many = tuple(
        product.variants[0]._replace(id=f"v{number}", options={"size": f"S{number}", "colour": "red"}) for number in range(31)
    )
    catalog = CATALOG._replace(products={"tshirt": product._replace(variants=(*many, product.variants[1]))})
    with pytest.raises(InvalidField, match=r"S29/red and 2 more$"):
        read_lines([tshirt(options={"size": "L", "colour": "red"})], None, SITE, catalog)


def test_where_nothing_is_active_the_options_are_those_that_are_made() -> None:
    product = CATALOG.products["tshirt"]
    variants = tuple(variant._replace(active=False) for variant in product.variants)
    catalog = CATALOG._replace(products={"tshirt": product._replace(variants=variants)})
    with pytest.raises(InvalidField, match=r"size: M, L, XL"):
        read_lines([{"id": "tshirt"}], None, SITE, catalog)


def test_a_product_without_variants_takes_no_options() -> None:
    error = refusal({"id": "book", "options": {"size": "L"}})
    assert (error.field, error.reason) == (
        "items[0].options.size",
        "is no option of this product, which has no variants: leave it out",
    )
    assert read({"id": "book", "options": {}}).choices[0].variant is None


def test_a_cart_has_at_most_two_hundred_lines() -> None:
    error = refusal(*[{"id": "book"}] * 201)
    assert (error.field, error.reason, error.for_buyer) == (
        "items",
        "must have at most 200 lines, and has 201",
        "These are more different products than one order can have.",
    )


# ---- one line or two


def test_the_same_variant_with_the_same_texts_is_one_line() -> None:
    lines = [tshirt(inputs={"engraving": "Ada", "poem": ""}), tshirt(quantity=2, inputs={"poem": " ", "engraving": "Ada "})]
    (choice,) = read(*lines).choices
    assert (choice.quantity, choice.inputs) == (3, {"engraving": "Ada"})


def test_lines_with_other_texts_variants_or_amounts_stay_apart() -> None:
    assert len(read(tshirt(), tshirt(inputs={"engraving": "Ada"}), tshirt(inputs={"engraving": "Bob"})).choices) == 3
    assert len(read(tshirt(), tshirt(options={"size": "XL", "colour": "blue"})).choices) == 2
    assert [choice.quantity for choice in read(given("5"), given("6"), given("5.00")).choices] == [2, 1]


def test_the_most_of_a_product_counts_all_lines_of_a_variant() -> None:
    error = refusal(tshirt(quantity=15), tshirt(quantity=6, inputs={"engraving": "Ada"}))
    assert (error.field, error.reason, error.for_buyer) == (
        "items[1].quantity",
        "makes 21 in all lines together, and at most 20 can be in one order",
        "Quantity of T-shirt (L, blue): your cart has 21 in several lines, and 20 can be ordered.",
    )
    assert len(read(tshirt(quantity=20), tshirt(quantity=20, options={"size": "M", "colour": "red"})).choices) == 2


# ---- texts


def test_a_text_adds_its_surcharge() -> None:
    (choice,) = read(tshirt(inputs={"engraving": "Ada"})).choices
    assert choice.unit_price("EUR") == Money(2500, "EUR")


@pytest.mark.parametrize(
    ("text", "kept"), [(" Ada ", "Ada"), ("a\r\nb\rc", "a\nb\nc"), (7, "7"), ("\u202dAda\u202c", "Ada"), ("\u200b", None)]
)
def test_a_text_is_kept_as_it_is_read(text: object, kept: str | None) -> None:
    (choice,) = read(tshirt(inputs={" poem ": text})).choices
    assert choice.inputs == ({} if kept is None else {"poem": kept})


@pytest.mark.parametrize(
    ("inputs", "field", "reason", "for_buyer"),
    [
        (
            {"engraving": "x" * 21},
            "inputs.engraving",
            "must be a string of at most 20 characters, and has 21",
            "T-shirt, Text on the back: please shorten it to 20 characters.",
        ),
        (
            {"engraving": "a\nb"},
            "inputs.engraving",
            "must have at most one line, and has 2",
            "T-shirt, Text on the back: please write one line at most.",
        ),
        (
            {"poem": "a\nb\nc\nd"},
            "inputs.poem",
            "must have at most 3 lines, and has 4",
            "T-shirt, Poem: please write 3 lines at most.",
        ),
        (
            {"poem": "a\0b"},
            "inputs.poem",
            "has U+0000 at character 2, which is a control character: remove it",
            "T-shirt, Poem: please type it again without special characters.",
        ),
        (
            {"size": "L"},
            "inputs.size",
            "is no input of this product: its inputs are engraving, poem",
            "T-shirt has changed in the shop. Please take it out and choose it again.",
        ),
        ({"poem": ["x"]}, "inputs.poem", "must be a string of at most 40 characters", ""),
        ({"poem": "a", "poem ": "b"}, "inputs.poem", "is there twice with different values: send it once", ""),
        ("Ada", "inputs", 'must be an object such as {"engraving": "Ada"}', ""),
    ],
)
def test_a_text_that_does_not_fit_is_refused(inputs: object, field: str, reason: str, for_buyer: str) -> None:
    error = refusal(tshirt(inputs=inputs))
    assert (error.field, error.reason, error.for_buyer) == (f"items[0].{field}", reason, for_buyer)


def test_a_product_without_inputs_takes_none() -> None:
    assert (
        refusal({"id": "book", "inputs": {"x": ""}}).reason == "is no input of this product: leave it out, because it has none"
    )


def test_a_required_text_is_missing_and_its_surcharge_is_in_the_price_already() -> None:
    cup = CATALOG.products["cup"]
    dear = cup.inputs[0]._replace(surcharge={"EUR": Money(100, "EUR")})
    catalog = CATALOG._replace(products={"cup": cup._replace(inputs=(dear,))})
    found = read_lines([{"id": "cup", "inputs": {"name": " "}}], "EUR", SITE, catalog)
    assert [(one.field, one.for_buyer) for one in found.missing] == [("items[0].inputs.name", "Cup, Name: please fill it in.")]
    assert found.choices[0].unit_price("EUR") == Money(1300, "EUR")


# ---- amounts


@pytest.mark.parametrize(
    "amount", ["12.50", "12,50", " 12.5", "+12,5 ", "012.50", "\u0661\u0662.\u0665\u0660", "\uff11\uff12.50"]
)
def test_an_amount_is_any_writing_of_a_decimal_number(amount: str) -> None:
    (choice,) = read(given(amount)).choices
    assert choice.unit_price("EUR") == Money(1250, "EUR")


@pytest.mark.parametrize("amount", [None, "", " "])
def test_without_an_amount_the_suggested_one_is_paid(amount: object) -> None:
    assert read(given(amount)).choices[0].amount == Money(1000, "EUR")


def test_without_a_suggestion_an_amount_is_needed() -> None:
    error = refusal(given(None), currency="usd")
    assert (error.field, error.reason, error.for_buyer) == (
        "items[0].amount",
        "is missing: the buyer chooses the price of this product, from $2.00 to $99.00",
        "Donation: please choose an amount from $2.00 to $99.00.",
    )


@pytest.mark.parametrize(
    "amount", [12.5, 12, True, "12.505", "1.000", "1,000.00", "1e1", "-5", "€5", "five", "12.", ".5", "9" * 13, ["5"], {}]
)
def test_what_is_no_amount_is_refused(amount: object) -> None:
    error = refusal(given(amount))
    assert (error.field, error.reason, error.for_buyer) == (
        "items[0].amount",
        "must be a decimal string such as 12.50, with no more decimals than EUR has",
        "Donation: please write the amount as 12.50.",
    )


@pytest.mark.parametrize(
    ("amount", "reason", "for_buyer"),
    [
        ("1.99", "is below the least: it must be from €2.00 to €500.00", "Donation: please choose €2.00 or more."),
        ("500.01", "is above the most: it must be from €2.00 to €500.00", "Donation: please choose €500.00 or less."),
    ],
)
def test_an_amount_beyond_its_bounds_is_refused(amount: str, reason: str, for_buyer: str) -> None:
    error = refusal(given(amount))
    assert (error.field, error.reason, error.for_buyer) == ("items[0].amount", reason, for_buyer)


def test_the_bounds_themselves_are_taken() -> None:
    assert [choice.amount for choice in read(given("2"), given("500")).choices] == [Money(200, "EUR"), Money(50_000, "EUR")]


def test_an_amount_that_some_provider_cannot_charge_is_refused() -> None:
    error = refusal(given("10.50", "tip"))
    assert (error.reason, error.for_buyer) == (
        "must be a multiple of 1.00, which every provider can charge",
        "Tip: please choose a multiple of HUF 1.00.",
    )
    assert read(given("10", "tip")).choices[0].amount == Money(1000, "HUF")


def test_a_fixed_price_takes_no_amount() -> None:
    error = refusal(given("5.00", "book"))
    assert (error.field, error.for_buyer) == ("items[0].amount", "The price of Book is fixed. Please choose it again.")
    assert read(given(" ", "book")).choices[0].amount is None


def test_an_example_of_a_currency_without_decimals_has_none() -> None:
    yen = OpenAmount(Money(100, "JPY"), Money(9000, "JPY"))
    catalog = CATALOG._replace(products={"gift": CATALOG.products["gift"]._replace(amount={"JPY": yen})})
    with pytest.raises(InvalidField, match="such as 12, with no more decimals than JPY has"):
        read_lines([given("1.5", "gift")], None, SITE, catalog)


# ---- currencies


@pytest.mark.parametrize(
    ("lines", "currency", "expected"),
    [
        ([tshirt(), given("5")], None, "EUR"),
        ([tshirt(), given("5")], "usd", "USD"),
        ([{"id": "kroon"}], None, "SEK"),
    ],
)
def test_the_currency_is_one_that_every_line_has(lines: list[Line], currency: Any, expected: str) -> None:
    assert read(*lines, currency=currency).currency == expected


def test_a_variant_without_any_price_has_no_currency() -> None:
    product = CATALOG.products["tshirt"]._replace(prices={})
    catalog = CATALOG._replace(products={"tshirt": product})
    with pytest.raises(InvalidField, match="no price in one common currency"):
        read_lines([tshirt(options={"size": "M", "colour": "red"})], None, SITE, catalog)


def test_lines_without_a_common_currency_are_refused() -> None:
    assert refusal(tshirt(), {"id": "kroon"}).field == "items"
