"""The discounts, taxes and service charges of an order, and the references of lines to them (Square: Orders API).

An adjustment with scope `ORDER` gets a reference on every line; one with scope `LINE_ITEM` counts only for lines that name it.
"""

from lightning_cart_sandbox.square.account import Account
from lightning_cart_sandbox.square.errors import SquareError, missing
from lightning_cart_sandbox.square.locations import check_currency
from lightning_cart_sandbox.types import Json

_REFERENCES = (("discounts", "applied_discounts", "discount_uid"), ("taxes", "applied_taxes", "tax_uid"))
_SUBTOTAL, _TOTAL = "SUBTOTAL_PHASE", "TOTAL_PHASE"


def new_adjustments(account: Account, wanted: Json, currency: str, field: str) -> Json:
    """Return the discounts, taxes and service charges of a new order, with ids and defaults.

    Args:
        account: The account.
        wanted: The checked fields of `order`.
        currency: The location's currency.
        field: The path of the order in the request, for errors.

    Raises:
        SquareError: An amount or a percentage is missing or one too many, or two have the same `uid`.
    """
    found: Json = {}
    for kind, prefix in (("discounts", "discount"), ("taxes", "tax"), ("service_charges", "charge")):
        given = wanted.get(kind, [])
        found[kind] = [{**one, "uid": one.get("uid") or account.fresh(prefix)} for one in given]
        _check_unique(found[kind], f"{field}.{kind}")
    for n, discount in enumerate(found["discounts"]):
        _check_discount(discount, currency, f"{field}.discounts[{n}]")
    found["taxes"] = [{"type": "ADDITIVE", **tax} for tax in found["taxes"]]
    found["service_charges"] = [
        _charge(one, currency, f"{field}.service_charges[{n}]") for n, one in enumerate(found["service_charges"])
    ]
    return found


def refer(account: Account, order: Json, field: str = "order") -> None:
    """Check the references of lines and service charges, and add those of adjustments with scope `ORDER`.

    Raises:
        SquareError: A reference names no discount or tax of the order.
    """
    for kind, applied, name in _REFERENCES:
        adjustments = order.get(kind) or []
        for n, line in enumerate(order["line_items"]):
            _complete(account, line, adjustments, (applied, name), f"{field}.line_items[{n}]")
        if kind == "taxes":
            for n, charge in enumerate(order.get("service_charges") or []):
                taxes = adjustments if charge["taxable"] else []
                _complete(account, charge, taxes, (applied, name), f"{field}.service_charges[{n}]")


def shipping_charge(account: Account, fee: Json, currency: str) -> Json:
    """Return the service charge of a link's shipping fee, which is not taxed here. Square does not say whether it is."""
    check_currency(fee["charge"], currency, "checkout_options.shipping_fee.charge")
    return {
        "uid": account.fresh("charge"),
        "name": fee["name"],
        "amount_money": fee["charge"],
        "calculation_phase": _SUBTOTAL,
        "taxable": False,
        "type": "CUSTOM",
    }


def _check_unique(adjustments: list[Json], field: str) -> None:
    ids = [one["uid"] for one in adjustments]
    for n, identifier in enumerate(ids):
        if identifier in ids[:n]:
            raise SquareError("INVALID_VALUE", "The uid must be unique within the order.", f"{field}[{n}].uid")


def _check_discount(discount: Json, currency: str, field: str) -> None:
    needed, other = "percentage", "amount_money"
    if discount["type"] == "FIXED_AMOUNT":
        needed, other = other, needed
    if needed not in discount:
        raise missing(f"{field}.{needed}")
    if other in discount:
        raise SquareError("CONFLICTING_PARAMETERS", f"A {discount['type']} discount has no `{other}`.", f"{field}.{other}")
    if "amount_money" in discount:
        check_currency(discount["amount_money"], currency, f"{field}.amount_money")


def _charge(charge: Json, currency: str, field: str) -> Json:
    if "amount_money" in charge and "percentage" in charge:
        detail = "Only one of `amount_money` and `percentage` may be set."
        raise SquareError("CONFLICTING_PARAMETERS", detail, f"{field}.percentage")
    if "amount_money" in charge:
        check_currency(charge["amount_money"], currency, f"{field}.amount_money")
    elif "percentage" not in charge:
        raise missing(f"{field}.amount_money")
    phase = charge.get("calculation_phase", _SUBTOTAL)
    taxable = charge.get("taxable", False)
    if phase == _TOTAL and taxable:
        raise SquareError("INVALID_VALUE", "A service charge in the TOTAL_PHASE cannot be taxable.", f"{field}.taxable")
    return {**charge, "calculation_phase": phase, "taxable": taxable, "type": "CUSTOM"}


def _complete(account: Account, target: Json, adjustments: list[Json], names: tuple[str, str], field: str) -> None:
    """Check and complete the references of one line or service charge."""
    applied, name = names
    references = [{"uid": account.fresh("applied"), **one} for one in target.get(applied, [])]
    known = {one["uid"] for one in adjustments}
    for n, reference in enumerate(references):
        if reference[name] not in known:
            detail = f"There is no such adjustment in this order, or it does not apply here: {reference[name]}"
            raise SquareError("INVALID_VALUE", detail, f"{field}.{applied}[{n}].{name}")
    named = {one[name] for one in references}
    references += [
        {"uid": account.fresh("applied"), name: one["uid"]}
        for one in adjustments
        if one["scope"] == "ORDER" and one["uid"] not in named
    ]
    if references:
        target[applied] = references
