"""Reads amounts of money by currency. The Worker does not import this module."""

from collections.abc import Collection

from lightning_cart.domain.catalog_faults import price_fault
from lightning_cart.domain.catalog_tables import Table
from lightning_cart.domain.money import Money


def read_amounts(
    table: Table,
    key: str,
    *,
    needed: bool = False,
    why: str = "",
    may_be_zero: bool = False,
    priced: Collection[str] | None = None,
) -> dict[str, Money]:
    """Return the amounts of a table of currency codes and decimal strings, without those that have a fault.

    Args:
        table: The table that has the key.
        key: The key.
        needed: Whether it may not be left out.
        why: The end of the sentence if it is left out.
        may_be_zero: Whether an amount may be 0.
        priced: The currencies that it may have, because there is a price in them; None for any.
    """
    what = f'must be a table of currency codes and decimal strings, such as {key} = {{ USD = "10.00" }}'
    given: dict[str, object] = table.read(
        key, {}, lambda value: "" if isinstance(value, dict) and value else what, required=what + why if needed else ""
    )
    amounts = {}
    for currency, value in given.items():
        if reason := price_fault(value, currency, may_be_zero=may_be_zero):
            table.add_mistake(key, currency, reason=reason)
        elif priced is not None and currency not in priced:
            table.add_mistake(key, currency, reason=f"has no price in {currency}: add it to prices, or remove this")
        else:
            amounts[currency] = Money.parse(str(value), currency)
    return amounts
