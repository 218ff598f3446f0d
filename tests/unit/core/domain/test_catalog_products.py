"""Variants, inputs, open amounts and the rest of a product's table: what they say, and every mistake in them."""

import pytest

from lightning_cart.domain.catalog import Catalog, Input, OpenAmount, Product, UnitPrice, Variant
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.domain.money import Money
from support.app import SHOP

SHIRT = """[products.shirt]
name = "Shirt"
prices = { EUR = "19.00", USD = "21.00" }
"""
BLUE = '[[products.shirt.variants]]\nid = "l-blue"\noptions = { size = "L", colour = "blue" }\n'


def parse(products: str) -> Catalog:
    return parse_catalog(products, SHOP, ["stripe_checkout"])


def shirt(lines: str) -> Product:
    return parse(SHIRT + lines).products["shirt"]


def mistakes(products: str) -> list[str]:
    """Return the mistakes of a file as `line: key: reason`."""
    with pytest.raises(CatalogError) as caught:
        parse(products)
    return [f"{one.line}: {one.key}: {one.reason}" for one in caught.value.mistakes]


def mistake(lines: str) -> str:
    (only,) = mistakes(SHIRT + lines)
    return only


class TestVariants:
    def test_a_variant_has_all_that_its_table_says(self) -> None:
        more = 'prices = { EUR = "21.00" }\nsku = "S-1"\nimage = "/blue.png"\nweight = 200\nactive = false\n'
        assert shirt(BLUE + more).variants == (
            Variant(
                "l-blue",
                {"size": "L", "colour": "blue"},
                {"EUR": Money(2100, "EUR")},
                "S-1",
                "/blue.png",
                weight=200,
                active=False,
            ),
        )

    def test_every_variant_has_its_options_in_the_order_of_the_first(self) -> None:
        other = '[[products.shirt.variants]]\nid = "m-red"\n[products.shirt.variants.options]\ncolour = "red"\nsize = "M"\n'
        assert [list(one.options) for one in shirt(BLUE + other).variants] == [["size", "colour"]] * 2

    def test_a_product_needs_no_price_if_each_of_its_variants_has_one(self) -> None:
        product = parse('[products.shirt]\nname = "Shirt"\n' + BLUE + 'prices = { EUR = "1.00" }\n').products["shirt"]
        assert (dict(product.prices), product.currencies) == ({}, ("EUR",))

    def test_a_product_is_sold_in_the_currencies_of_its_active_variants(self) -> None:
        other = BLUE.replace("l-", "m-").replace('"L"', '"M"') + 'prices = { CHF = "1.00" }\n'
        assert shirt(BLUE + other).currencies == ("EUR", "USD", "CHF")
        assert shirt(BLUE + other + "active = false\n").currencies == ("EUR", "USD")

    def test_a_variant_without_a_price_needs_the_products(self) -> None:
        products = '[products.shirt]\nname = "Shirt"\n' + BLUE
        (found,) = mistakes(products)
        assert found.startswith("1: prices: is missing: must be a table of currency codes")
        assert found.endswith(", or to the variant l-blue")

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (
                BLUE.replace('id = "l-blue"\n', ""),
                '4: variants[0].id: is missing: write an id, once in this product, such as id = "l-blue"',
            ),
            (BLUE.replace("l-blue", "l blue"), "5: variants[0].id: an id has 1 to 64 letters, digits, '_', '-' or '.'"),
            (
                BLUE + BLUE.replace('"blue"', '"red"'),
                "8: variants[1].id: is the id of an earlier variant, too: choose another than l-blue",
            ),
            (
                BLUE + BLUE.replace("l-blue", "other"),
                "9: variants[1].options: (size L, colour blue) are those of l-blue, too: change one, or remove this variant",
            ),
            (
                BLUE + '[[products.shirt.variants]]\nid = "m"\noptions = { size = "M" }\n',
                "9: variants[1].options: must have the names that the first variant's have: size, colour",
            ),
            (
                BLUE.replace('options = { size = "L", colour = "blue" }\n', ""),
                (
                    "4: variants[0].options: is missing: write what a buyer chooses it by, "
                    'such as options = { size = "L", colour = "blue" }'
                ),
            ),
            (
                BLUE.replace('{ size = "L", colour = "blue" }', "{}"),
                '6: variants[0].options: must be a table of texts, such as options = { size = "L", colour = "blue" }',
            ),
            (
                BLUE.replace('{ size = "L", colour = "blue" }', '{ a = "1", b = "1", c = "1", d = "1", e = "1", f = "1" }'),
                "6: variants[0].options: has 6 entries: at most 5 are possible",
            ),
            (BLUE.replace('"L"', "42"), '6: variants[0].options.size: must be a text: write size = "42"'),
            (BLUE.replace('"L"', "true"), "6: variants[0].options.size: must be a string of 1 to 60 characters"),
            (BLUE.replace('"L"', '" L"'), '6: variants[0].options.size: has blanks at its ends: write "L"'),
            (
                BLUE.replace("size", '"si[ze]"'),
                "6: variants[0].options.si[ze]: is the name of an option, which has neither brackets nor blanks at its ends",
            ),
            (
                BLUE.replace("size", '""'),
                "6: variants[0].options.: is the name of an option, which must be a string of 1 to 60 characters",
            ),
            (
                BLUE + "size = 1\n",
                "7: variants[0].size: is not a known key here: the keys are id, options, prices, sku, image, weight, active",
            ),
            (BLUE + "weight = -1\n", "7: variants[0].weight: must be a whole number of grams from 0 to 1000000"),
            (
                BLUE + 'weight = "200"\n',
                "7: variants[0].weight: must be a whole number of grams from 0 to 1000000: write 200 without quotation marks",
            ),
            (BLUE + 'prices = { EUR = "0.00" }\n', "7: variants[0].prices.EUR: must be above zero"),
            (
                "variants = 1\n",
                "4: variants: must be a list of tables: write [[products.shirt.variants]] above the keys of each",
            ),
            (
                "variants = [1]\n",
                "4: variants: must be a list of tables: write [[products.shirt.variants]] above the keys of each",
            ),
        ],
    )
    def test_a_mistake_in_a_variant_has_its_line(self, lines: str, expected: str) -> None:
        assert mistake(lines) == expected

    def test_variants_without_an_id_can_be_compared_all_the_same(self) -> None:
        lines = BLUE.replace('id = "l-blue"\n', "")
        assert [one.partition(": is")[0] for one in mistakes(SHIRT + lines + lines)] == [
            "4: variants[0].id",
            "6: variants[1].id",
            (
                "7: variants[1].options: (size L, colour blue) are those of an earlier variant, too: "
                "change one, or remove this variant"
            ),
        ]

    def test_there_are_bounds_for_the_number_of_variants(self) -> None:
        lines = "".join(f'[[products.shirt.variants]]\nid = "{n}"\noptions = {{ n = "{n}" }}\n' for n in range(501))
        assert mistake(lines).endswith("variants: has 501 entries: at most 500 are possible")

    def test_a_name_with_its_options_fits_into_what_providers_show(self) -> None:
        products = SHIRT.replace('"Shirt"', f'"{"x" * 118}"') + BLUE
        assert mistakes(products) == [
            "6: variants[0].options: with the product's name are 128 characters: at most 127 are possible, so shorten one"
        ]


class TestInputs:
    def test_an_input_has_all_that_its_table_says(self) -> None:
        lines = (
            '[products.shirt.inputs.back]\nlabel = "Back"\nmax_length = 20\nlines = 2\nrequired = true\n'
            'surcharge = { EUR = "4.00" }\n'
        )
        assert shirt(lines).inputs == (Input("back", "Back", 20, 2, required=True, surcharge={"EUR": Money(400, "EUR")}),)

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (
                "[products.shirt.inputs.back]\n",
                '4: inputs.back.label: is missing: write what the buyer reads, such as label = "Engraving"',
            ),
            (
                '[products.shirt.inputs.back]\nlabel = "x"\nmax_length = 1001\n',
                "6: inputs.back.max_length: must be a whole number of characters from 1 to 1000",
            ),
            (
                '[products.shirt.inputs.back]\nlabel = "x"\nlines = 0\n',
                "6: inputs.back.lines: must be a whole number from 1 to 20",
            ),
            ('[products.shirt.inputs.back]\nlabel = "x"\nrequired = 1\n', "6: inputs.back.required: must be true or false"),
            (
                '[products.shirt.inputs.back]\nlabel = "x"\nsurcharge = { CHF = "1.00" }\n',
                "6: inputs.back.surcharge.CHF: has no price in CHF: add it to prices, or remove this",
            ),
            (
                '[products.shirt.inputs.back]\nlabel = "x"\nsurcharge = { EUR = "0" }\n',
                "6: inputs.back.surcharge.EUR: must be above zero",
            ),
            ('[products.shirt.inputs]\n"a b" = 1\n', "5: inputs.a b: an id has 1 to 64 letters, digits, '_', '-' or '.'"),
            (
                '[products.shirt.inputs]\nback = "x"\n',
                "5: inputs.back: must be a table: write [products.shirt.inputs.back] above its keys",
            ),
            ("inputs = 1\n", "4: inputs: must be a table, such as [products.shirt.inputs.ID] and its keys below"),
        ],
    )
    def test_a_mistake_in_an_input_has_its_line(self, lines: str, expected: str) -> None:
        assert mistake(lines) == expected

    def test_there_are_bounds_for_the_number_of_inputs(self) -> None:
        lines = "".join(f'[products.shirt.inputs.i{n}]\nlabel = "x"\n' for n in range(21))
        assert mistake(lines) == "4: inputs: has 21 entries: at most 20 are possible"

    def test_a_surcharge_in_the_currency_of_a_wrong_price_is_no_second_mistake(self) -> None:
        products = SHIRT.replace('"19.00"', '"x"') + '[products.shirt.inputs.i]\nlabel = "x"\nsurcharge = { EUR = "1.00" }\n'
        assert len(mistakes(products)) == 1


class TestAmounts:
    DONATION = '[products.donation]\nname = "Donation"\n'

    def test_an_open_amount_has_its_bounds_by_currency(self) -> None:
        euros = 'EUR = { least = "2.00", most = "500.00", suggested = "10.00" }'
        lines = f'amount = {{ {euros}, JPY = {{ least = "200", most = "200" }} }}\n'
        product = parse(self.DONATION + lines).products["donation"]
        assert product.amount == {
            "EUR": OpenAmount(Money(200, "EUR"), Money(50000, "EUR"), Money(1000, "EUR")),
            "JPY": OpenAmount(Money(200, "JPY"), Money(200, "JPY")),
        }
        assert product.currencies == ("EUR", "JPY")

    def test_an_open_amount_can_be_nothing(self) -> None:
        lines = 'amount = { EUR = { least = "0", most = "500.00", suggested = "0.00" } }\n'
        nothing = Money(0, "EUR")
        assert parse(self.DONATION + lines).products["donation"].amount == {
            "EUR": OpenAmount(nothing, Money(50000, "EUR"), nothing)
        }

    def test_an_open_amount_can_recur(self) -> None:
        lines = 'interval = "month"\namount = { EUR = { least = "2.00", most = "500.00" } }\n'
        assert parse(self.DONATION + lines).products["donation"].interval == "month"

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ('amount = "5.00"', "amount: must be a table, such as amount = { EUR = { least"),
            ("amount = {}", "amount: has no currency: write amount = { EUR = { least"),
            ('amount = { eur = { least = "1", most = "2" } }', "amount.eur: is not a current currency code in capitals"),
            ('amount = { EUR = "2" }', "amount.EUR: must be a table with least and most, such as"),
            ('amount = { EUR = { most = "2.00" } }', 'amount.EUR.least: is missing: write an amount, such as least = "10.00"'),
            ('amount = { EUR = { least = "2.00" } }', 'amount.EUR.most: is missing: write an amount, such as most = "10.00"'),
            ('amount = { EUR = { least = "-1.00", most = "2.00" } }', "amount.EUR.least: must not be below zero"),
            ('amount = { EUR = { least = "0.00", most = "0.00" } }', "amount.EUR.most: must be above zero"),
            (
                'interval = "month"\namount = { EUR = { least = "0.00", most = "2.00" } }',
                "amount.EUR.least: must be above zero, because a subscription cannot be free",
            ),
            (
                'amount = { EUR = { least = 2, most = "2.00" } }',
                'amount.EUR.least: must be a decimal string in quotation marks: write least = "2.00"',
            ),
            ('amount = { EUR = { least = "3.00", most = "2.00" } }', "amount.EUR.least: is more than most: write at most 2.00"),
            (
                'amount = { EUR = { least = "1.00", most = "2.00", suggested = "3.00" } }',
                "amount.EUR.suggested: must be from 1.00 to 2.00, as least and most say",
            ),
            ('amount = { EUR = { least = "1.00", most = "2.00", step = 1 } }', "amount.EUR.step: is not a known key here"),
            (
                'amount = { EUR = { least = "1.00", most = "2.00" } }\nprices = { EUR = "1.00" }',
                "prices: and amount exclude each other, because the buyer chooses one price: remove one of them",
            ),
            (
                'amount = { EUR = { least = "1.00", most = "2.00" } }\nvariants = [{ id = "x", options = { a = "b" } }]',
                "variants: and amount exclude each other, because the buyer chooses one price: remove one of them",
            ),
        ],
    )
    def test_a_mistake_in_an_amount_is_named(self, lines: str, expected: str) -> None:
        (found,) = mistakes(f"{self.DONATION}{lines}\n")
        assert found.partition(": ")[2].startswith(expected)


class TestTheRest:
    def test_a_product_has_the_rest_of_its_table(self) -> None:
        lines = (
            'tax = "books"\nweight = 0\nships = false\nsku = "S"\ncategories = ["a", "B c"]\n'
            'unit_price = { content = "0.75", unit = "l" }\n'
        )
        product = shirt(lines)
        assert (product.tax, product.weight, product.ships, product.sku, product.categories, product.unit_price) == (
            "books",
            0,
            False,
            "S",
            ("a", "B c"),
            UnitPrice("0.75", "l"),
        )

    def test_a_product_that_says_nothing_more_ships_and_has_the_standard_class(self) -> None:
        product = shirt("")
        assert (product.tax, product.weight, product.ships, product.unit_price) == ("standard", None, True, None)

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("tax = 7\n", '4: tax: must be the name of a tax class, such as tax = "standard"'),
            ("ships = 1\n", "4: ships: must be true or false"),
            (f'sku = "{"x" * 65}"\n', "4: sku: must be a string of 1 to 64 characters"),
            ('categories = ["a, b"]\n', '4: categories[0]: may not have a comma: write "a", "b"'),
            ('categories = [" a"]\n', '4: categories[0]: has blanks at its ends: write "a"'),
            ("categories = [1]\n", "4: categories[0]: must be a string of 1 to 60 characters"),
            (f"categories = {[str(n) for n in range(21)]}\n", "4: categories: has 21 entries: at most 20 are possible"),
            ('unit_price = "1"\n', '4: unit_price: must be a table, such as unit_price = { content = "0.75", unit = "l" }'),
            (
                'unit_price = { unit = "l" }\n',
                '4: unit_price.content: is missing: write how much it contains, such as content = "0.75"',
            ),
            ('unit_price = { content = "1" }\n', "4: unit_price.unit: is missing: write one of: kg, l, m, m2, m3"),
            (
                'unit_price = { content = "0,75", unit = "l" }\n',
                '4: unit_price.content: must be a decimal string above zero, such as "0.75": write "0.75"',
            ),
            (
                'unit_price = { content = "0.0", unit = "l" }\n',
                '4: unit_price.content: must be a decimal string above zero, such as "0.75"',
            ),
            (
                'unit_price = { content = "750", unit = "ml" }\n',
                "4: unit_price.unit: must be one of: kg, l, m, m2, m3: write the content in l",
            ),
            (
                'unit_price = { content = "1", unit = "KG" }\n',
                "4: unit_price.unit: must be one of: kg, l, m, m2, m3: did you mean kg?",
            ),
            (
                'unit_price = { content = "1", unit = "l", x = 1 }\n',
                "4: unit_price.x: is not a known key here: the keys are content, unit",
            ),
        ],
    )
    def test_a_mistake_has_its_line(self, lines: str, expected: str) -> None:
        assert mistake(lines) == expected

    def test_the_currencies_of_a_site_are_those_of_its_products_unless_they_are_known(self) -> None:
        catalog = parse(SHIRT + BLUE + 'prices = { CHF = "1.00" }\n')
        assert catalog.currencies_of("shop") == ("EUR", "USD", "CHF")
        assert catalog._replace(currencies={"shop": ("JPY",)}).currencies_of("shop") == ("JPY",)
