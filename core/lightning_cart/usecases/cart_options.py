"""Finds the variant that a line of a cart chooses by its options."""

from collections.abc import Iterable, Mapping

from lightning_cart.domain.catalog import Product, Variant
from lightning_cart.domain.typed import is_left_out, match_label
from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_keys import name_choices, path_to


def title_of(product: Product, variant: Variant | None) -> str:
    """Return the name of a product with the options of its variant, as orders show it: `T-shirt (L, blue)`."""
    return f"{product.name} ({', '.join(variant.options.values())})" if variant is not None else product.name


def read_object(value: object, path: str, example: str) -> Mapping[str, object]:
    """Return an object of a cart, which may be left out.

    Raises:
        InvalidField: It is none.
    """
    if is_left_out(value):
        return {}
    if not isinstance(value, Mapping):
        raise InvalidField(path, f"must be an object such as {example}")
    return value


def _values_by_option(variants: Iterable[Variant]) -> dict[str, list[str]]:
    """Return the values of each option, in the order of the catalogue."""
    values: dict[str, dict[str, None]] = {}
    for variant in variants:
        for name, value in variant.options.items():
            values.setdefault(name, {})[value] = None
    return {name: list(known) for name, known in values.items()}


def _read_chosen(product: Product, given: Mapping[str, object], path: str) -> dict[str, str]:
    """Return the value that was chosen for each option, as the catalogue writes both."""
    values = _values_by_option(product.variants)
    sold = _values_by_option(variant for variant in product.variants if variant.active) or values
    chosen: dict[str, str] = {}
    for key, wanted in given.items():
        name = match_label(key, values)
        if name is None:
            reason = f"is no option of this product: its options are {name_choices(list(values), '')}"
            raise InvalidField(path_to(path, key), reason, ask_anew(product))
        if is_left_out(wanted):
            continue
        value = match_label(wanted, values[name])
        if value is None:
            for_buyer = f"{product.name}: please choose another {name}: {name_choices(sold[name])}."
            raise InvalidField(f"{path}.{name}", f"must be one of: {name_choices(sold[name], '')}", for_buyer)
        if chosen.setdefault(name, value) != value:
            raise InvalidField(f"{path}.{name}", "is there twice with different values: send it once")
    missing = [name for name in values if name not in chosen]
    if not chosen:
        listed = "; ".join(f"{name}: {name_choices(sold[name], '')}" for name in values)
        reason = f"is missing: choose one value of each option ({listed})"
        raise InvalidField(path, reason, f"{product.name}: please choose {name_choices(missing, 'and')}.")
    if missing:
        name = missing[0]
        for_buyer = f"{product.name}: please choose {name}: {name_choices(sold[name])}."
        raise InvalidField(f"{path}.{name}", f"is missing: must be one of: {name_choices(sold[name], '')}", for_buyer)
    return chosen


def ask_anew(product: Product) -> str:
    """Return the sentence for a buyer whose page offers what the product no longer has."""
    return f"{product.name} has changed in the shop. Please take it out and choose it again."


def _find_variant(product: Product, options: Mapping[str, object]) -> Variant | None:
    return next((variant for variant in product.variants if variant.options == options), None)


def choose_variant(product: Product, given: object, path: str) -> Variant | None:
    """Return the variant that the options of a line choose, or None if the product has no variants.

    Names and values are matched without regard to capitals and blanks.

    Args:
        product: The product of the line.
        given: The line's options, of any type; None and "" count as left out.
        path: Their path in the cart, such as `items[0].options`.

    Raises:
        InvalidField: An option is missing or unknown, the combination is not made, or it cannot be bought at the moment.
    """
    options = read_object(given, path, '{"size": "L"}')
    if not product.variants:
        if options:
            name = next(iter(options))
            reason = "is no option of this product, which has no variants: leave it out"
            raise InvalidField(path_to(path, name), reason, ask_anew(product))
        return None
    variant = _find_variant(product, options)  # at once, if the page writes as the catalogue does
    if variant is None:
        chosen = _read_chosen(product, options, path)
        variant = _find_variant(product, chosen)
        if variant is None:
            wanted = ", ".join(chosen.values())
            made = name_choices(["/".join(one.options.values()) for one in product.variants if one.active], "")
            reason = f"is a combination that is not made: {wanted}. These are: {made}"
            raise InvalidField(path, reason, f"{product.name} is not made in {wanted}. Please choose another combination.")
    if not variant.active:
        reason = f"chooses the variant {variant.id}, which is not active: choose another"
        raise InvalidField(path, reason, f"{title_of(product, variant)} is not available at the moment. Please choose another.")
    return variant
