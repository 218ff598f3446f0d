"""The rules about the delivery of an order: its address, its type and its options (PayPal: Orders v2, `shipping`)."""

from lightning_cart_sandbox.paypal.addresses import address_problems
from lightning_cart_sandbox.paypal.errors import problem
from lightning_cart_sandbox.paypal.money import minor
from lightning_cart_sandbox.types import Json

_FIXED = frozenset({"NO_SHIPPING", "SET_PROVIDED_ADDRESS"})
"""Preferences with which the buyer chooses nothing."""


def delivery_problems(unit: Json, pointer: str, preference: str) -> list[Json]:
    """Return the problems of one purchase unit's `shipping`.

    Args:
        unit: The purchase unit after its schema check; its amounts are valid.
        pointer: The JSON pointer of the unit.
        preference: The preference in the experience context, or "".
    """
    shipping, here = unit.get("shipping", {}), f"{pointer}/shipping"
    found = _option_problems(unit, here, preference) + _type_problems(shipping, here, preference)
    if "address" in shipping:
        complete = preference == "SET_PROVIDED_ADDRESS"
        found += address_problems(shipping["address"], f"{here}/address", complete=complete)
    elif preference == "SET_PROVIDED_ADDRESS" and not found:
        found.append(problem("MISSING_SHIPPING_ADDRESS", f"{here}/address"))
    return found


def common_problems(units: list[Json]) -> list[Json]:
    """Return the problems of several purchase units together: PayPal delivers an order to one address, in one way."""
    found = []
    for name, issue in (("address", "MULTIPLE_SHIPPING_ADDRESS"), ("type", "MULTIPLE_SHIPPING_TYPE")):
        values = [unit["shipping"][name] for unit in units if name in unit.get("shipping", {})]
        if any(value != values[0] for value in values):
            found.append(problem(f"{issue}_NOT_SUPPORTED", "/purchase_units"))
    return found


def option_minor(option: Json) -> int:
    """Return what a delivery option costs in PayPal's minor units; one without an amount is free."""
    return minor(option["amount"]) if "amount" in option else 0


def _option_problems(unit: Json, here: str, preference: str) -> list[Json]:
    shipping = unit.get("shipping", {})
    options, pointer = shipping.get("options", []), f"{here}/options"
    if not options:
        return []
    if "type" in shipping or preference in _FIXED:
        return [problem("SHIPPING_OPTIONS_NOT_SUPPORTED", pointer)]
    selected = [index for index, option in enumerate(options) if option["selected"]]
    if len(selected) != 1:
        return [problem("MULTIPLE_SHIPPING_OPTION_SELECTED" if selected else "SHIPPING_OPTION_NOT_SELECTED", pointer)]
    option, fee = options[selected[0]], unit["amount"].get("breakdown", {}).get("shipping")
    if option_minor(option) == (minor(fee) if fee else 0):
        return []
    value = option.get("amount", {}).get("value")
    return [problem("PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH", f"{pointer}/{selected[0]}/amount/value", value)]


def _type_problems(shipping: Json, here: str, preference: str) -> list[Json]:
    kind = shipping.get("type")
    if kind is None or shipping.get("options"):
        return []
    if preference not in _FIXED:
        return [problem("UNSUPPORTED_SHIPPING_TYPE", f"{here}/type", kind)]
    if kind == "PICKUP_IN_PERSON":
        return [problem("SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT", f"{here}/type", kind)]
    if kind != "SHIPPING" and "address" not in shipping:
        return [problem("MISSING_PICKUP_ADDRESS", f"{here}/address")]
    return []
