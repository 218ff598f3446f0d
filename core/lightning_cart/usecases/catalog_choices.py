"""Finds what may surprise of variants, inputs and texts of a catalogue. The Worker does not import this module."""

from collections.abc import Iterator, Mapping

from lightning_cart.domain.catalog import Product
from lightning_cart.domain.catalog_mistakes import CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.catalog_limits import inexpressible, join_names

type _Finding = tuple[tuple[str | int, ...], str]


def _variant_warnings(product: Product) -> Iterator[_Finding]:
    if product.variants and not any(variant.active for variant in product.variants):
        yield ("variants",), "are all off sale, so that nobody can buy it: write active = false in the product, too"
    numbers: dict[str, str] = {}
    for index, variant in enumerate(product.variants):
        lack = [code for code in product.currencies if code not in product.prices_of(variant)]
        if variant.active and lack:
            why = f"has no {join_names(lack)}, which others of the product have: nobody can buy {variant.id} with it"
            yield ("variants", index, "prices"), why
        if variant.sku and variant.sku in numbers:
            yield ("variants", index, "sku"), f"is that of {numbers[variant.sku]}, too: both count as the same goods"
        numbers.setdefault(variant.sku, variant.id)


def _input_warnings(product: Product, offered: Mapping[str, Limits]) -> Iterator[_Finding]:
    for one in product.inputs:
        key = ("inputs", one.id, "surcharge")
        lack = [code for code in product.currencies if one.surcharge and code not in one.surcharge]
        if lack:
            yield key, f"has no {join_names(lack)}, so that the text costs nothing in {'it' if len(lack) == 1 else 'them'}"
        for code, price in one.surcharge.items():
            unable = [name for name, limits in offered.items() if inexpressible(price, limits)]
            if unable:
                why = inexpressible(price, offered[unable[0]])
                yield (*key, code), f"{join_names(unable)} cannot charge this: {why}"


def _cut_text(text: str, limits: Limits) -> str:
    """Return how long a text is in the unit of which it has too many, or ""."""
    if limits.text_units is None:
        return ""
    sizes = {"characters": len(text.encode("utf-16-le")) // 2, "bytes in UTF-8": len(text.encode())}
    return next((f"{size} {unit}" for unit, size in sizes.items() if size > limits.text_units), "")


def _longest_title(product: Product) -> str:
    """Return the name with the longest options, as providers show it."""
    titles = (f"{product.name} ({', '.join(variant.options.values())})" for variant in product.variants)
    return max((product.name, *titles), key=lambda title: len(title.encode()))


def _text_warnings(product: Product, offered: Mapping[str, Limits]) -> Iterator[_Finding]:
    for key, text in (("name", _longest_title(product)), ("description", product.description)):
        for name, limits in offered.items():
            if size := _cut_text(text, limits):
                what = "with the longest options has" if key == "name" and product.variants else "has"
                yield (key,), f"{what} {size}, of which {name} shows at most {limits.text_units}"


def check_choices(product: Product, file: CatalogFile, offered: Mapping[str, Limits]) -> Iterator[CatalogMistake]:
    """Yield what may surprise of a product's variants, inputs and texts.

    Args:
        product: The product.
        file: `products.toml`.
        offered: The limits of the strategies of the sites that sell it, by name.
    """
    found = (*_variant_warnings(product), *_input_warnings(product, offered), *_text_warnings(product, offered))
    for key, reason in found:
        yield file.mistake(("products", product.id, *key), reason, level="warning")
