"""What an order must be beyond its shape: one currency, exact sums, an address where one is promised (PayPal: Orders v2)."""

from collections.abc import Iterator

from lightning_cart_sandbox.paypal.errors import problem, refused
from lightning_cart_sandbox.paypal.money import minor, money_problem
from lightning_cart_sandbox.types import Json

_ADDED = ("item_total", "tax_total", "shipping", "handling", "insurance")
_SUBTRACTED = ("shipping_discount", "discount")


def check_units(units: list[Json], shipping_preference: str = "") -> None:
    """Check the purchase units of an order.

    Args:
        units: As the shop sent them, of the right shape.
        shipping_preference: What the experience context says, if anything.

    Raises:
        PayPalError: 422, with every issue.
    """
    places = [(unit, f"/purchase_units/{index}") for index, unit in enumerate(units)]
    found = [one for unit, at in places for one in _amount_problems(unit, at)] or [
        *_currency_problems(places),
        *(one for unit, at in places for one in _sum_problems(unit, at)),
    ]
    found += _reference_problems(places)
    if shipping_preference == "SET_PROVIDED_ADDRESS":
        found += [
            problem("MISSING_SHIPPING_ADDRESS", f"{at}/shipping/address")
            for unit, at in places
            if "address" not in unit.get("shipping", {})
        ]
    if found:
        raise refused(found)


def _amounts(unit: Json, at: str) -> Iterator[tuple[Json, str]]:
    yield unit["amount"], f"{at}/amount"
    for name, amount in unit["amount"].get("breakdown", {}).items():
        yield amount, f"{at}/amount/breakdown/{name}"
    for index, item in enumerate(unit.get("items", [])):
        for name in ("unit_amount", "tax"):
            if name in item:
                yield item[name], f"{at}/items/{index}/{name}"


def _amount_problems(unit: Json, at: str) -> list[Json]:
    found = []
    for amount, here in _amounts(unit, at):
        if issue := money_problem(amount):
            about_currency = issue in {"INVALID_CURRENCY_CODE", "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY"}
            field = "currency_code" if about_currency else "value"
            found.append(problem(issue, f"{here}/{field}", amount[field]))
    if not found and minor(unit["amount"]) == 0:
        found.append(problem("CANNOT_BE_ZERO_OR_NEGATIVE", f"{at}/amount/value", unit["amount"]["value"]))
    return found


def _currency_problems(places: list[tuple[Json, str]]) -> list[Json]:
    currency = places[0][0]["amount"]["currency_code"]
    return [
        problem("MULTI_CURRENCY_ORDER", f"{here}/currency_code", amount["currency_code"])
        for unit, at in places
        for amount, here in _amounts(unit, at)
        if amount["currency_code"] != currency
    ]


def _sum_problems(unit: Json, at: str) -> list[Json]:
    breakdown, items = unit["amount"].get("breakdown"), unit.get("items", [])
    parts = {name: minor(amount) for name, amount in (breakdown or {}).items()}
    wanted = [("item_total", "ITEM_TOTAL", "unit_amount", items)]
    wanted.append(("tax_total", "TAX_TOTAL", "tax", [item for item in items if "tax" in item]))
    found = []
    for name, issue, field, counted in wanted:
        here = f"{at}/amount/breakdown/{name}"
        if counted and name not in parts:
            found.append(problem(f"{issue}_REQUIRED", here))
        elif counted and parts[name] != sum(minor(item[field]) * int(item["quantity"]) for item in counted):
            found.append(problem(f"{issue}_MISMATCH", f"{here}/value", unit["amount"]["breakdown"][name]["value"]))
    total = sum(parts.get(name, 0) for name in _ADDED) - sum(parts.get(name, 0) for name in _SUBTRACTED)
    if breakdown is not None and total != minor(unit["amount"]):
        found.append(problem("AMOUNT_MISMATCH", f"{at}/amount/value", unit["amount"]["value"]))
    return found


def _reference_problems(places: list[tuple[Json, str]]) -> list[Json]:
    if len(places) == 1:
        return []
    found, seen = [], set()
    for unit, at in places:
        reference = unit.get("reference_id")
        if reference is None:
            found.append(problem("REFERENCE_ID_REQUIRED", f"{at}/reference_id"))
        elif reference in seen:
            found.append(problem("DUPLICATE_REFERENCE_ID", f"{at}/reference_id", reference))
        seen.add(reference)
    return found
