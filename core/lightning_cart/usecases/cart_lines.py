"""Reads the lines of a cart: which products and variants, how many, the buyer's texts, and prices that the buyer chooses."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, OpenAmount, Product, Site, Variant
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.typed import is_left_out, match_name, read_whole, trim
from lightning_cart.errors import InvalidField, MoneyError
from lightning_cart.usecases.cart_keys import LINE_KEYS, refuse_unknown
from lightning_cart.usecases.cart_options import choose_variant, title_of
from lightning_cart.usecases.cart_texts import read_inputs

MAX_LINES = 200  # of one cart; every way to pay takes fewer
_CHOOSE = "Please choose at least one product."
_AMOUNT = r"\+?(\d{1,12})(?:[.,](\d{1,3}))?"


class CartLines(NamedTuple):
    """The lines of a cart, checked.

    Args:
        choices: Each variant once for each text and amount.
        currency: The ISO 4217 code in which all of it is priced.
        missing: What the lines need before they can be ordered.
    """

    choices: tuple[Choice, ...]
    currency: str
    missing: tuple[InvalidField, ...]


class _Line(NamedTuple):
    """A line whose amount was not read yet, because that depends on the currency."""

    path: str
    product: Product
    variant: Variant | None
    quantity: int
    inputs: Mapping[str, str]
    amount: object

    @property
    def currencies(self) -> Collection[str]:
        return self.product.amount or self.product.prices_of(self.variant)


def _read_items(items: object) -> list[tuple[str, Mapping[str, object]]]:
    """Return the lines of a cart with their paths."""
    if not isinstance(items, list) or not items:
        raise InvalidField("items", "must be a list with at least one product", _CHOOSE)
    if len(items) > MAX_LINES:
        reason = f"must have at most {MAX_LINES} lines, and has {len(items)}"
        raise InvalidField("items", reason, "These are more different products than one order can have.")
    lines = [(f"items[{index}]", item) for index, item in enumerate(items)]
    for path, item in lines:
        if not isinstance(item, Mapping):
            raise InvalidField(path, 'must be an object such as {"id": "test-10", "quantity": 1}')
        refuse_unknown([key for key in item if key not in LINE_KEYS], LINE_KEYS, path)
    return lines


def _read_quantity(given: object, path: str, product: Product, variant: Variant | None, before: int) -> int:
    """Return the quantity of a line.

    Args:
        given: Any value; None is one.
        path: Its path in the cart.
        product: The product.
        variant: Its variant, or None.
        before: How many of them the lines before have.
    """
    quantity, most = 1 if given is None else read_whole(given), product.max_quantity
    title = title_of(product, variant)
    if quantity is None or not 1 <= quantity <= most:
        limit = f"choose 1 to {most}" if most > 1 else "only 1 can be ordered"
        raise InvalidField(path, f"must be a whole number from 1 to {most}", f"Quantity of {title}: {limit}.")
    if before + quantity > most:
        reason = f"makes {before + quantity} in all lines together, and at most {most} can be in one order"
        for_buyer = f"Quantity of {title}: your cart has {before + quantity} in several lines, and {most} can be ordered."
        raise InvalidField(path, reason, for_buyer)
    return quantity


def _read_line(
    path: str, item: Mapping[str, object], site: Site, catalog: Catalog, counts: dict[tuple[str, str], int]
) -> tuple[_Line, list[InvalidField]]:
    product = catalog.products.get(match_name(item.get("id"), catalog.products) or "")
    if product is None or not product.is_sold_on(site.id):
        reason = "must be the id of a product that this site sells"
        raise InvalidField(f"{path}.id", reason, "One of these products is not sold here any more. Please take it out.")
    variant = choose_variant(product, item.get("options"), f"{path}.options")
    key = product.id, variant.id if variant is not None else ""
    before = counts.get(key, 0)
    quantity = _read_quantity(item.get("quantity"), f"{path}.quantity", product, variant, before)
    counts[key] = before + quantity
    inputs, missing = read_inputs(product, item.get("inputs"), f"{path}.inputs")
    return _Line(path, product, variant, quantity, inputs, item.get("amount")), missing


def _choose_currency(wanted: object, lines: Sequence[_Line]) -> str:
    offered = [code for code in lines[0].currencies if all(code in line.currencies for line in lines)]
    left_out = is_left_out(wanted)
    if left_out:
        wanted = next(iter(lines[0].currencies), "")
    currency = match_name(wanted.upper() if isinstance(wanted, str) else wanted, offered)
    if currency is not None:
        return currency
    if not offered:
        reason = "the products have no price in one common currency: order them separately"
        raise InvalidField("items", reason, "These products have no common currency. Please order them separately.")
    codes = ", ".join(offered)
    for_buyer = f"These products are not sold in this currency together. Please choose another: {codes}."
    if left_out:
        raise InvalidField("items", f"their default currencies differ: set the currency to one of: {codes}", for_buyer)
    raise InvalidField("currency", f"must be one of: {codes}", for_buyer)


def _read_amount(line: _Line, currency: str) -> Money | None:
    """Return what the buyer pays for one, or None if the price is fixed."""
    path, product = f"{line.path}.amount", line.product
    if not product.amount:
        if not is_left_out(line.amount):
            reason = "is of products whose price the buyer chooses, and the price of this one is in the catalogue: leave it out"
            raise InvalidField(path, reason, f"The price of {product.name} is fixed. Please choose it again.")
        return None
    bounds = product.amount[currency]
    between = f"from {bounds.least.display} to {bounds.most.display}"
    if is_left_out(line.amount):
        if bounds.suggested is not None:
            return bounds.suggested
        reason = f"is missing: the buyer chooses the price of this product, {between}"
        raise InvalidField(path, reason, f"{product.name}: please choose an amount {between}.")
    amount = _parse_amount(line.amount, currency, path, product)
    _check_amount(amount, bounds, path, product)
    return amount


def _parse_amount(given: object, currency: str, path: str, product: Product) -> Money:
    example = Money(1250 if Money(0, currency).exponent else 12, currency)
    found = re.fullmatch(_AMOUNT, trim(given)) if isinstance(given, str) else None
    fraction = "".join(str(int(digit)) for digit in found[2] or "") if found else ""
    text = f"{int(found[1])}{'.' if fraction else ''}{fraction}" if found else ""
    try:
        return Money.parse(text, currency)
    except MoneyError as error:
        reason = f"must be a decimal string such as {example.decimal}, with no more decimals than {currency} has"
        for_buyer = f"{product.name}: please write the amount as {example.decimal}."
        raise InvalidField(path, reason, for_buyer) from error


def _check_amount(amount: Money, bounds: OpenAmount, path: str, product: Product) -> None:
    between = f"from {bounds.least.display} to {bounds.most.display}"
    if amount < bounds.least:
        for_buyer = f"{product.name}: please choose {bounds.least.display} or more."
        raise InvalidField(path, f"is below the least: it must be {between}", for_buyer)
    if bounds.most < amount:
        for_buyer = f"{product.name}: please choose {bounds.most.display} or less."
        raise InvalidField(path, f"is above the most: it must be {between}", for_buyer)
    step = Money(step_of(amount.currency), amount.currency)
    if amount.minor % step.minor:
        for_buyer = f"{product.name}: please choose a multiple of {step.display}."
        raise InvalidField(path, f"must be a multiple of {step.decimal}, which every provider can charge", for_buyer)


def read_lines(items: object, currency: object, site: Site, catalog: Catalog) -> CartLines:
    """Check the lines of a cart and choose its currency.

    Lines of the same variant with the same texts and amount become one. A product's `max_quantity` counts all lines of a
    variant together.

    Args:
        items: Any value.
        currency: Any value; None and "" count as left out.
        site: The site that sells.
        catalog: The only source of products and limits.

    Raises:
        InvalidField: The first field that is not valid.
    """
    counts: dict[tuple[str, str], int] = {}
    lines, missing = [], []
    for path, item in _read_items(items):
        line, needed = _read_line(path, item, site, catalog, counts)
        lines.append(line)
        missing += needed
    code = _choose_currency(currency, lines)
    choices: dict[object, Choice] = {}
    for line in lines:
        choice = Choice(line.product, line.variant, line.quantity, line.inputs, _read_amount(line, code))
        same = line.product.id, line.variant and line.variant.id, tuple(line.inputs.items()), choice.amount
        known = choices.get(same)
        choices[same] = choice if known is None else known._replace(quantity=known.quantity + line.quantity)
    if len({choice.product.interval for choice in choices.values() if choice.product.interval}) > 1:
        reason = "products that are charged at different intervals must be ordered separately"
        raise InvalidField("items", reason, "These products are charged at different times. Please order them separately.")
    return CartLines(tuple(choices.values()), code, tuple(missing))
