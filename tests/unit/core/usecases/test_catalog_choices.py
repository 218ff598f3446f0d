"""What may surprise of variants, inputs and texts."""

from collections.abc import Mapping

from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.money import AmountFormat
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.catalog_choices import check_choices
from support.app import SHOP

LIMITS: Mapping[str, Limits] = {
    "card": Limits(AmountFormat(), 10**9),
    "whole": Limits(AmountFormat(multiples={"EUR": 100}), 10**9, text_units=12),
}
SHIRT = '[products.shirt]\nname = "Shirt"\nprices = { EUR = "9.00" }\n'


def found(lines: str, *names: str) -> list[str]:
    """Return what is found of the shirt, each with its line and key."""
    text = SHIRT + lines
    product = parse_catalog(text, SHOP, ["stripe_checkout"]).products["shirt"]
    mistakes = list(
        check_choices(product, CatalogFile("products.toml", text), {name: LIMITS[name] for name in names or ["card"]})
    )
    assert {one.level for one in mistakes} <= {"warning"}
    return [f"{one.line}: {one.key}: {one.reason}" for one in mistakes]


def variants(*lines: str) -> str:
    return "".join(
        f'[[products.shirt.variants]]\nid = "v{number}"\noptions = {{ n = "{number}" }}\n{line}\n'
        for number, line in enumerate(lines, 1)
    )


def test_variants_with_all_prices_are_right() -> None:
    assert found(variants("", 'prices = { EUR = "9.00" }')) == []


def test_a_variant_without_a_price_in_a_currency_of_the_others_is_told() -> None:
    lines = variants("", 'prices = { USD = "9.00" }', 'prices = { CHF = "9.00" }\nactive = false')
    assert found(lines) == [
        "4: variants[0].prices: has no USD, which others of the product have: nobody can buy v1 with it",
        "11: variants[1].prices: has no EUR, which others of the product have: nobody can buy v2 with it",
    ]


def test_variants_that_are_all_off_sale_are_told() -> None:
    assert found(variants("active = false")) == [
        "4: variants: are all off sale, so that nobody can buy it: write active = false in the product, too"
    ]


def test_two_variants_with_one_number_are_told() -> None:
    assert found(variants('sku = "S"', "", 'sku = "S"')) == [
        "15: variants[2].sku: is that of v1, too: both count as the same goods"
    ]


def test_a_surcharge_that_a_currency_lacks_is_told() -> None:
    lines = '[products.shirt.inputs.text]\nlabel = "Text"\n'
    more = variants('prices = { USD = "9.00", CHF = "9.00", EUR = "9.00" }')
    assert found(lines + more) == []
    assert found(lines + 'surcharge = { EUR = "1.00", USD = "1.00" }\n' + more) == [
        "6: inputs.text.surcharge: has no CHF, so that the text costs nothing in it"
    ]
    assert found(lines + 'surcharge = { EUR = "1.00" }\n' + more) == [
        "6: inputs.text.surcharge: has no USD and CHF, so that the text costs nothing in them"
    ]


def test_a_surcharge_that_a_way_to_pay_cannot_express_is_told() -> None:
    lines = '[products.shirt.inputs.text]\nlabel = "Text"\nsurcharge = { EUR = "1.50" }\n'
    assert found(lines, "card", "whole") == [
        (
            "6: inputs.text.surcharge.EUR: whole cannot charge this: "
            "1.50 EUR is not a multiple of the smallest amount of EUR to charge"
        )
    ]


def test_a_name_that_is_too_long_with_its_longest_options_is_told() -> None:
    assert found(variants(""), "whole") == []
    assert found(variants("").replace('n = "1"', 'n = "long"'), "whole") == []
    assert found(variants("").replace('n = "1"', 'n = "longer"'), "whole") == [
        "2: name: with the longest options has 14 characters, of which whole shows at most 12"
    ]
