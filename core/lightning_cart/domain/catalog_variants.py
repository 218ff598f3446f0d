"""Reads what a buyer chooses of a product: variants, inputs and an open amount. The Worker does not import this module."""

from collections.abc import Collection, Mapping

from lightning_cart.domain.catalog import Input, OpenAmount, Variant
from lightning_cart.domain.catalog_amounts import read_amounts
from lightning_cart.domain.catalog_faults import number_fault, page_fault, price_fault, switch_fault
from lightning_cart.domain.catalog_tables import Table, id_fault
from lightning_cart.domain.money import Money
from lightning_cart.domain.text import text_fault

MAX_VARIANTS = 500  # of one product
MAX_OPTIONS = 5  # of one variant
MAX_OPTION = 60  # characters of an option's name or value
MAX_INPUTS = 20  # of one product
MAX_LABEL = 80
MAX_INPUT = 1000  # characters of a buyer's text
MAX_LINES = 20
MAX_SKU = 64
MAX_WEIGHT = 1_000_000  # grams
_OPTIONS = 'options = { size = "L", colour = "blue" }'
_AMOUNT = 'amount = { EUR = { least = "2.00", most = "500.00", suggested = "10.00" } }'


def weight_fault(value: object) -> str:
    """Return what is wrong with a weight."""
    return number_fault(value, 0, MAX_WEIGHT, "grams")


def _option_fault(name: str, value: object) -> str:
    if reason := text_fault(name, MAX_OPTION):
        return f"is the name of an option, which {reason}"
    if name != name.strip() or set(name) & set("[]"):
        return "is the name of an option, which has neither brackets nor blanks at its ends"
    if type(value) is int:
        return f'must be a text: write {name} = "{value}"'
    if reason := text_fault(value, MAX_OPTION):
        return reason
    return f'has blanks at its ends: write "{value.strip()}"' if isinstance(value, str) and value != value.strip() else ""


def _read_options(table: Table) -> dict[str, str]:
    def fault(value: object) -> str:
        if not isinstance(value, dict) or not value:
            return f"must be a table of texts, such as {_OPTIONS}"
        return "" if len(value) <= MAX_OPTIONS else f"has {len(value)} entries: at most {MAX_OPTIONS} are possible"

    given: dict[str, object] = table.read(
        "options", {}, fault, required=f"write what a buyer chooses it by, such as {_OPTIONS}"
    )
    options = {}
    for name, value in given.items():
        if reason := _option_fault(name, value):
            table.add_mistake("options", name, reason=reason)
        else:
            options[name] = str(value)
    return options


def _read_variant(table: Table) -> Variant:
    variant = Variant(
        id=table.read("id", "", id_fault, required='write an id, once in this product, such as id = "l-blue"'),
        options=_read_options(table),
        prices=read_amounts(table, "prices"),
        sku=table.read_text("sku", MAX_SKU),
        image=table.read("image", "", page_fault),
        weight=table.read("weight", None, weight_fault),
        active=table.read("active", True, switch_fault),
    )
    table.finish()
    return variant


def _said(options: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items())


def _compare(table: Table, variant: Variant, earlier: list[Variant]) -> None:
    """Add a mistake for what a variant has like an earlier one, or unlike all of them."""
    for other in earlier:
        if variant.id and variant.id == other.id:
            table.add_mistake("id", reason=f"is the id of an earlier variant, too: choose another than {other.id}")
        if variant.options and variant.options == other.options:
            what = f"({_said(variant.options)}) are those of {other.id or 'an earlier variant'}, too"
            table.add_mistake("options", reason=f"{what}: change one, or remove this variant")
    first = next((other.options for other in earlier if other.options), None)
    if first and variant.options and set(first) != set(variant.options):
        table.add_mistake("options", reason=f"must have the names that the first variant's have: {', '.join(first)}")


def read_variants(product: Table) -> tuple[Variant, ...]:
    """Return the variants of a product, each with its options in the order of the first one's."""
    found: list[Variant] = []
    for table in product.read_list("variants", MAX_VARIANTS):
        variant = _read_variant(table)
        _compare(table, variant, found)
        order = {name: index for index, name in enumerate(found[0].options)} if found else {}
        options = dict(sorted(variant.options.items(), key=lambda one: order.get(one[0], len(order))))
        found.append(variant._replace(options=options))
    return tuple(found)


def read_inputs(product: Table, priced: Collection[str]) -> tuple[Input, ...]:
    """Return the inputs of a product.

    Args:
        product: The product's table.
        priced: The currencies in which it is sold.
    """
    found = []
    for input_id, table in product.read_named("inputs", MAX_INPUTS).items():
        one = Input(
            id=input_id,
            label=table.read_text("label", MAX_LABEL, required='write what the buyer reads, such as label = "Engraving"'),
            max_length=table.read("max_length", 100, lambda value: number_fault(value, 1, MAX_INPUT, "characters")),
            lines=table.read("lines", 1, lambda value: number_fault(value, 1, MAX_LINES)),
            required=table.read("required", False, switch_fault),
            surcharge=read_amounts(table, "surcharge", priced=priced),
        )
        table.finish()
        found.append(one)
    return tuple(found)


def _read_money(table: Table, key: str, currency: str, *, required: bool = False, may_be_zero: bool = False) -> Money | None:
    def fault(value: object) -> str:
        return price_fault(value, currency, may_be_zero=may_be_zero).replace(f"{currency} = ", f"{key} = ")

    text: str | None = table.read(key, None, fault, required=f'write an amount, such as {key} = "10.00"' if required else "")
    return None if text is None else Money.parse(text, currency)


def read_open_amounts(product: Table, *, recurs: bool) -> dict[str, OpenAmount]:
    """Return between which amounts the buyer chooses the price of a product, by currency.

    Args:
        product: The product's table.
        recurs: Whether it is charged repeatedly, so that it cannot be free.
    """
    amount = product.read_inner("amount", _AMOUNT)
    found: dict[str, OpenAmount] = {}
    if amount is None:
        return found
    currencies = amount.entries()
    if not currencies:
        product.add_mistake("amount", reason=f"has no currency: write {_AMOUNT}")
    for currency, value in currencies.items():
        # The reason of a wrong currency does not depend on the amount.
        if reason := price_fault("1", currency):
            product.add_mistake("amount", currency, reason=reason, at_key=True)
        elif not isinstance(value, dict):
            product.add_mistake("amount", currency, reason=f"must be a table with least and most, such as {_AMOUNT}")
        elif one := _read_open_amount(product.inner(value, "amount", currency), currency, recurs=recurs):
            found[currency] = one
    return found


def _read_open_amount(table: Table, currency: str, *, recurs: bool) -> OpenAmount | None:
    least = _read_money(table, "least", currency, required=True, may_be_zero=True)
    most = _read_money(table, "most", currency, required=True)
    suggested = _read_money(table, "suggested", currency, may_be_zero=True)
    table.finish()
    if least is None or most is None:
        return None
    if recurs and not least.minor:
        table.add_mistake("least", reason="must be above zero, because a subscription cannot be free")
    if most < least:
        table.add_mistake("least", reason=f"is more than most: write at most {most.decimal}")
    elif suggested is not None and not least <= suggested <= most:
        table.add_mistake("suggested", reason=f"must be from {least.decimal} to {most.decimal}, as least and most say")
    return OpenAmount(least, most, suggested)
