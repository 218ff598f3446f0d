"""Tax rates: what `taxes.toml` says, every mistake in it, and the classes of products that it lacks."""

import pytest

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.domain.taxes import Outside, Taxes, TaxRate
from support.app import SHOP

MUG = '[products.mug]\nname = "Mug"\nprices = { EUR = "1.00" }\n'
SPAIN = '[rates.ES]\nlabel = "IVA"\n'
CLASSES = 'classes = { standard = "21" }\n'


def parse(taxes: str, products: str = MUG, sites: str = SHOP) -> Catalog:
    return parse_catalog(products, sites, ["stripe_checkout"], taxes=taxes)


def mistakes(taxes: str, products: str = MUG, sites: str = SHOP) -> list[str]:
    """Return the mistakes of the files as `file:line: key: reason`."""
    with pytest.raises(CatalogError) as caught:
        parse(taxes, products, sites)
    return [str(one).removeprefix("taxes.toml:") for one in caught.value.mistakes]


def test_without_the_file_no_tax_is_computed() -> None:
    assert parse_catalog(MUG, SHOP, ["stripe_checkout"]).taxes is None


def test_rates_have_all_that_their_tables_say() -> None:
    text = (
        'outside = "net"\n'
        + SPAIN
        + CLASSES
        + '[rates.US-NY]\nlabel = "Sales tax"\nincluded = false\nshipping = "standard"\n'
        + 'classes = { standard = "8.875", food = "0" }\n'
    )
    assert parse(text).taxes == Taxes(
        {
            "ES": TaxRate("IVA", {"standard": "21"}),
            "US-NY": TaxRate("Sales tax", {"standard": "8.875", "food": "0"}, included=False, shipping="standard"),
        },
        Outside.NET,
    )


@pytest.mark.parametrize(("text", "read"), [("8.50", "8.5"), ("21.0", "21"), ("0.00", "0"), ("10", "10"), ("8.875", "8.875")])
def test_one_percentage_has_one_text_so_that_its_tax_is_rounded_once(text: str, read: str) -> None:
    taxes = parse(f'{SPAIN}classes = {{ standard = "{text}" }}\n').taxes
    assert taxes is not None
    assert taxes.rates["ES"].classes == {"standard": read}


@pytest.mark.parametrize("shipping", ["goods", "none", "standard"])
def test_a_delivery_is_taxed_like_the_goods_or_in_a_class_or_not(shipping: str) -> None:
    taxes = parse(f'{SPAIN}{CLASSES}shipping = "{shipping}"\n').taxes
    assert taxes
    assert taxes.rates["ES"].shipping == shipping


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('outside = "brutto"\n' + SPAIN + CLASSES, '1: outside: must be "gross" or "net"'),
        (SPAIN, '1: rates.ES.classes: is missing: write the rate of each class, such as classes = { standard = "21" }'),
        ("[rates.ES]\n" + CLASSES, '1: rates.ES.label: is missing: write the tax\'s name for buyers, such as label = "VAT"'),
        (
            SPAIN + "classes = {}\n",
            '3: rates.ES.classes: must be a table of classes and rates in percent, such as classes = { standard = "21" }',
        ),
        (
            SPAIN + f"classes = {{ {', '.join(f'c{n} = "1"' for n in range(21))} }}\n",
            "3: rates.ES.classes: has 21 entries: at most 20 are possible",
        ),
        (
            SPAIN + 'classes = { standard = "1", none = "3" }\n',
            "3: rates.ES.classes.none: has a meaning of its own: choose another name",
        ),
        (
            SPAIN + 'classes = { standard = "1", goods = "3" }\n',
            "3: rates.ES.classes.goods: has a meaning of its own: choose another name",
        ),
        (
            SPAIN + 'classes = { standard = "1", "a b" = "3" }\n',
            "3: rates.ES.classes.a b: an id has 1 to 64 letters, digits, '_', '-' or '.'",
        ),
        (
            SPAIN + CLASSES + 'outside = "net"\n',
            "4: rates.ES.outside: belongs at the top of the file, above the first table",
        ),
        (SPAIN + CLASSES + "included = 1\n", "4: rates.ES.included: must be true or false"),
        (
            SPAIN + CLASSES + 'shipping = "standrd"\n',
            "4: rates.ES.shipping: must be one of: goods, none, standard: did you mean standard?",
        ),
        (SPAIN + 'classes = 1\nshipping = "x"\n', "4: rates.ES.shipping: must be one of: goods, none"),
        (
            '[rates.UK]\nlabel = "VAT"\n' + CLASSES,
            '1: rates.UK: must be an ISO 3166-1 code of two capitals, such as ES: write "GB"',
        ),
        ('[rates.US-NX]\nlabel = "VAT"\n' + CLASSES, "1: rates.US-NX: is no region of US: did you mean US-NE?"),
        ("rates = 1\n", "1: rates: has no entry: add at least one table [rates.ID]"),
        (SPAIN + CLASSES + "[rate.DE]\n", "4: rate: is not a known table here: did you mean [rates.ID]?"),
    ],
)
def test_a_mistake_in_a_rate_has_its_line(text: str, expected: str) -> None:
    assert mistakes(text)[-1] == expected


def test_a_group_of_countries_has_no_rate() -> None:
    (found,) = mistakes('[rates.EU]\nlabel = "VAT"\n' + CLASSES)
    assert found.startswith("1: rates.EU: must be an ISO 3166-1 code of two capitals, such as ES: EU is a group, so write each")


def test_a_file_that_is_no_toml_is_one_mistake() -> None:
    (found,) = mistakes("x")
    assert "is not TOML" in found


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('"8,875"', 'must be a rate in percent as a decimal text, such as "8.875": write "8.875"'),
        ('"21 %"', 'must be a rate in percent as a decimal text, such as "8.875": write "21"'),
        ('"021"', 'must be a rate in percent as a decimal text, such as "8.875": write "21"'),
        ("21", 'must be a rate in percent as a decimal text, such as "8.875": write "21"'),
        ("5.5", 'must be a rate in percent as a decimal text, such as "8.875": write "5.5"'),
        ("true", 'must be a rate in percent as a decimal text, such as "8.875"'),
        ("[]", 'must be a rate in percent as a decimal text, such as "8.875"'),
        ('"much"', 'must be a rate in percent as a decimal text, such as "8.875"'),
        ('"-1"', 'must be a rate in percent as a decimal text, such as "8.875"'),
        ('"100"', "must be below 100 percent"),
        ('"1.23456"', 'has 5 decimals, of which providers take four: write "1.2345"'),
    ],
)
def test_a_rate_that_is_no_decimal_text_says_what_to_write(value: str, reason: str) -> None:
    assert mistakes(f"{SPAIN}classes = {{ standard = {value} }}\n") == [f"3: rates.ES.classes.standard: {reason}"]


class TestClasses:
    BOOK = '[products.book]\nname = "Book"\nprices = { EUR = "1.00" }\ntax = "books"\n'

    def test_a_class_that_no_place_has_is_a_mistake_in_the_product(self) -> None:
        assert mistakes(SPAIN + CLASSES, self.BOOK) == [
            (
                "products.toml:4: products.book.tax: is books, which no place in taxes.toml has as a class: "
                "write one of: standard, none"
            )
        ]
        assert mistakes(SPAIN + CLASSES, self.BOOK.replace("books", "standrd")) == [
            (
                "products.toml:4: products.book.tax: is standrd, which no place in taxes.toml has as a class: "
                "did you mean standard?"
            )
        ]

    def test_a_place_that_lacks_a_class_names_a_product_and_counts_the_others(self) -> None:
        text = SPAIN + 'classes = { books = "4" }\n[rates.DE]\nlabel = "MwSt"\n' + CLASSES
        products = MUG + self.BOOK + self.BOOK.replace("book]", "novel]")
        assert mistakes(text, products) == [
            '3: rates.ES.classes: has no standard, the class of mug: add standard = "…" with its rate',
            '6: rates.DE.classes: has no books, the class of book and 1 more product: add books = "…" with its rate',
        ]

    def test_a_place_that_no_site_serves_needs_no_class(self) -> None:
        text = SPAIN + 'classes = { books = "4", standard = "21" }\n[rates.DE]\nlabel = "MwSt"\n' + CLASSES
        assert parse(text, self.BOOK, SHOP + 'countries = ["ES"]\n').taxes

    def test_untaxed_products_and_those_off_sale_need_no_class(self) -> None:
        products = MUG + 'tax = "none"\n' + self.BOOK + "active = false\n"
        assert parse(SPAIN + 'classes = { food = "1" }\n', products).taxes
