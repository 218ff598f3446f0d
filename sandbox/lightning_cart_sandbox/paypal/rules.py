"""The rules about several fields of an order: one currency, exact sums, categories, delivery (PayPal: Orders v2)."""

from collections.abc import Iterator

from lightning_cart_sandbox.paypal.delivery_rules import common_problems, delivery_problems
from lightning_cart_sandbox.paypal.errors import problem, refused
from lightning_cart_sandbox.paypal.money import minor, money_problem
from lightning_cart_sandbox.types import Json

_ADDED = ("item_total", "tax_total", "shipping", "handling", "insurance")
_SUBTRACTED = ("shipping_discount", "discount")


def check_units(units: list[Json], shipping_preference: str = "") -> None:
    """Check the purchase units of an order.

    Args:
        units: The purchase units after their schema check.
        shipping_preference: The preference in the experience context, or "".

    Raises:
        PayPalError: 422, with every issue.
    """
    unit_pointers = [(unit, unit_pointer(unit, index, len(units))) for index, unit in enumerate(units)]
    found = [one for unit, pointer in unit_pointers for one in _amount_problems(unit, pointer)] or [
        *_currency_problems(unit_pointers),
        *(one for unit, pointer in unit_pointers for one in _sum_problems(unit, pointer)),
        *(one for unit, pointer in unit_pointers for one in delivery_problems(unit, pointer, shipping_preference)),
    ]
    found += [*_reference_problems(unit_pointers), *_category_problems(unit_pointers), *common_problems(units)]
    if found:
        raise refused(found)


def unit_pointer(unit: Json, index: int, count: int) -> str:
    """Return PayPal's pointer to a purchase unit: by its reference id, which is `default` if an order's only unit has none."""
    reference = unit.get("reference_id", "default" if count == 1 else "")
    return f"/purchase_units/@reference_id=='{reference}'" if reference else f"/purchase_units/{index}"


def _amounts(unit: Json, pointer: str) -> Iterator[tuple[Json, str]]:
    yield unit["amount"], f"{pointer}/amount"
    for name, amount in unit["amount"].get("breakdown", {}).items():
        yield amount, f"{pointer}/amount/breakdown/{name}"
    for index, item in enumerate(unit.get("items", [])):
        for name in ("unit_amount", "tax"):
            if name in item:
                yield item[name], f"{pointer}/items/{index}/{name}"
    for index, option in enumerate(unit.get("shipping", {}).get("options", [])):
        if "amount" in option:
            yield option["amount"], f"{pointer}/shipping/options/{index}/amount"


def _amount_problems(unit: Json, pointer: str) -> list[Json]:
    found = []
    for amount, amount_pointer in _amounts(unit, pointer):
        issue = money_problem(amount)
        if amount is unit["amount"] and issue in {"", "CANNOT_BE_NEGATIVE"} and minor(amount) <= 0:
            issue = "CANNOT_BE_ZERO_OR_NEGATIVE"
        if issue:
            about_currency = issue in {"INVALID_CURRENCY_CODE", "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY"}
            field = "currency_code" if about_currency else "value"
            found.append(problem(issue, f"{amount_pointer}/{field}", amount[field]))
    return found


def _currency_problems(unit_pointers: list[tuple[Json, str]]) -> list[Json]:
    currency = unit_pointers[0][0]["amount"]["currency_code"]
    return [
        problem("MULTI_CURRENCY_ORDER", f"{amount_pointer}/currency_code", amount["currency_code"])
        for unit, pointer in unit_pointers
        for amount, amount_pointer in _amounts(unit, pointer)
        if amount["currency_code"] != currency
    ]


def _sum_problems(unit: Json, pointer: str) -> list[Json]:
    breakdown, items = unit["amount"].get("breakdown"), unit.get("items", [])
    amounts = {name: minor(amount) for name, amount in (breakdown or {}).items()}
    wanted = [("item_total", "ITEM_TOTAL", "unit_amount", items)]
    wanted.append(("tax_total", "TAX_TOTAL", "tax", [item for item in items if "tax" in item]))
    found = []
    for name, issue, field, counted in wanted:
        here = f"{pointer}/amount/breakdown/{name}"
        if counted and name not in amounts:
            found.append(problem(f"{issue}_REQUIRED", here))
        elif counted and amounts[name] != sum(minor(item[field]) * int(item["quantity"]) for item in counted):
            found.append(problem(f"{issue}_MISMATCH", f"{here}/value", unit["amount"]["breakdown"][name]["value"]))
    total = sum(amounts.get(name, 0) for name in _ADDED) - sum(amounts.get(name, 0) for name in _SUBTRACTED)
    if breakdown is not None and total != minor(unit["amount"]):
        found.append(problem("AMOUNT_MISMATCH", f"{pointer}/amount/value", unit["amount"]["value"]))
    return found


def _reference_problems(unit_pointers: list[tuple[Json, str]]) -> list[Json]:
    if len(unit_pointers) == 1:
        return []
    found, seen = [], set()
    for unit, pointer in unit_pointers:
        reference = unit.get("reference_id")
        if reference is None:
            found.append(problem("REFERENCE_ID_REQUIRED", f"{pointer}/reference_id"))
        elif reference in seen:
            found.append(problem("DUPLICATE_REFERENCE_ID", f"{pointer}/reference_id", reference))
        seen.add(reference)
    return found


def _category_problems(unit_pointers: list[tuple[Json, str]]) -> list[Json]:
    """Return the problems of donations, which share neither a purchase unit with goods nor an order with other units."""
    found, donated = [], False
    for unit, pointer in unit_pointers:
        categories = {item.get("category", "") for item in unit.get("items", [])}
        donated = donated or "DONATION" in categories
        if "DONATION" in categories and categories & {"PHYSICAL_GOODS", "DIGITAL_GOODS"}:
            found.append(problem("MULTIPLE_ITEM_CATEGORIES", f"{pointer}/items"))
    if donated and len(unit_pointers) > 1:
        found.append(problem("DONATION_ITEMS_NOT_SUPPORTED", "/purchase_units"))
    return found
