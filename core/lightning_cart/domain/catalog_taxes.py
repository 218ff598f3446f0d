"""Reads `config/taxes.toml`. The Worker does not import this module."""

import re

from lightning_cart.domain.catalog_faults import switch_fault
from lightning_cart.domain.catalog_places import country_fault, region_fault
from lightning_cart.domain.catalog_tables import Table, id_fault, one_of
from lightning_cart.domain.taxes import LIKE_GOODS, UNTAXED, Outside, TaxRate

TAXES = "taxes.toml"
MAX_LABEL = 40  # characters; a provider's line has this name with the rate
MAX_CLASSES = 20  # of one place
_PERCENT = re.compile(r"(?:0|[1-9][0-9]?)(?:\.[0-9]{1,4})?")  # Stripe: at most four decimals
_LOOSE = re.compile(r"0*([0-9]+(?:\.[0-9]+)?)")
_CLASSES = 'classes = { standard = "21" }'
outside_fault = one_of(tuple(Outside), f'must be "{Outside.GROSS}" or "{Outside.NET}"')


def percent_fault(value: object) -> str:
    """Return what is wrong with a rate in percent."""
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        return ""
    reason = 'must be a rate in percent as a decimal text, such as "8.875"'
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return reason
    found = _LOOSE.fullmatch(str(value).replace("%", "").replace(",", ".").strip())
    if found is None:
        return reason
    whole, _, decimals = found[1].partition(".")
    if len(whole) > 2:
        return "must be below 100 percent"
    if len(decimals) > 4:
        return f'has {len(decimals)} decimals, of which providers take four: write "{whole}.{decimals[:4]}"'
    return f'{reason}: write "{found[1]}"'


def place_fault(place: str) -> str:
    """Return what is wrong with the place of rates: a country or a region."""
    if "-" not in place:
        return country_fault(place)
    return region_fault(place, ())


def _read_classes(table: Table) -> dict[str, str]:
    def fault(value: object) -> str:
        if not isinstance(value, dict) or not value:
            return f"must be a table of classes and rates in percent, such as {_CLASSES}"
        return "" if len(value) <= MAX_CLASSES else f"has {len(value)} entries: at most {MAX_CLASSES} are possible"

    given: dict[str, object] = table.read("classes", {}, fault, required=f"write the rate of each class, such as {_CLASSES}")
    classes = {}
    for name, value in given.items():
        if reason := id_fault(name):
            table.add_mistake("classes", name, reason=reason, at_key=True)
        elif name in (UNTAXED, LIKE_GOODS):
            table.add_mistake("classes", name, reason="has a meaning of its own: choose another name", at_key=True)
        elif reason := percent_fault(value):
            table.add_mistake("classes", name, reason=reason)
        else:
            text = str(value)
            classes[name] = text.rstrip("0").rstrip(".") if "." in text else text  # 8.50 and 8.5 are one percentage
    return classes


def read_rate(place: str, table: Table) -> TaxRate:
    """Return the rates of a place.

    Args:
        place: A country, such as `ES`, or a region, such as `US-NY`.
        table: Its table.
    """
    if reason := place_fault(place):
        table.refuse(reason)
    if table.peek("outside") is not None:
        table.take("outside")
        table.add_mistake("outside", reason="belongs at the top of the file, above the first table", at_key=True)
    given = table.peek("classes")
    known = [LIKE_GOODS, UNTAXED, *(given if isinstance(given, dict) else ())]
    rate = TaxRate(
        label=table.read_text("label", MAX_LABEL, required='write the tax\'s name for buyers, such as label = "VAT"'),
        classes=_read_classes(table),
        included=table.read("included", True, switch_fault),
        shipping=table.read("shipping", LIKE_GOODS, one_of(known, f"must be one of: {', '.join(known)}")),
    )
    table.finish()
    return rate
