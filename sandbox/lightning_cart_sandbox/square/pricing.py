"""The amounts that Square computes for an order (Square: Orders API, how it works).

Discounts come first: percentages of lines, percentages of the order, amounts of lines, amounts of the order. Then come service
charges in the `SUBTOTAL_PHASE`, taxes, and service charges in the `TOTAL_PHASE`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lightning_cart_sandbox.shares import spread
from lightning_cart_sandbox.square.account import money
from lightning_cart_sandbox.square.rounding import rounded
from lightning_cart_sandbox.types import Json

_NET_CURRENCIES = frozenset(("USD", "CAD", "JPY"))
"""In these countries the gross sales of a line are without its inclusive tax."""
_DISCOUNT_ORDER = [
    ("FIXED_PERCENTAGE", "LINE_ITEM"),
    ("FIXED_PERCENTAGE", "ORDER"),
    ("FIXED_AMOUNT", "LINE_ITEM"),
    ("FIXED_AMOUNT", "ORDER"),
]


@dataclass(eq=False)
class _Target:
    """A line or a service charge while its amounts are computed.

    Attributes:
        document: The line or the charge.
        gross: The amount before discounts and taxes.
        left: The amount after discounts.
        shares: What each discount and tax applies to it, by `uid`.
        added: The additive taxes.
        included: The inclusive taxes.
    """

    document: Json
    gross: int
    left: int
    shares: dict[str, int] = field(default_factory=dict)
    added: int = 0
    included: int = 0

    @property
    def total(self) -> int:
        """The amount to pay."""
        return self.left + self.added

    def refers(self, applied: str, name: str, uid: str) -> bool:
        """Return whether it has a reference to a discount or a tax."""
        return any(one[name] == uid for one in self.document.get(applied, []))


def with_amounts(order: Json) -> Json:
    """Return an order with its amounts.

    Args:
        order: The order; lines and service charges refer to its discounts and taxes.
    """
    currency = order["line_items"][0]["base_price_money"]["currency"]
    lines = [_line_target(line) for line in order["line_items"]]
    discounts, taxes, charges = (order.get(kind) or [] for kind in ("discounts", "taxes", "service_charges"))
    discounted = _apply_discounts(lines, discounts, currency)
    subtotal = sum(line.left for line in lines)
    early = [_charge_target(one, subtotal, currency) for one in charges if one["calculation_phase"] == "SUBTOTAL_PHASE"]
    taxed = _apply_taxes([*lines, *early], taxes, currency)
    so_far = sum(one.total for one in [*lines, *early])
    late = [_charge_target(one, so_far, currency) for one in charges if one["calculation_phase"] == "TOTAL_PHASE"]
    by_uid = {one.document["uid"]: one for one in [*early, *late]}

    def cash(amount: int) -> Json:
        return money(amount, currency)

    total, tax = so_far + sum(one.total for one in late), sum(taxed.values())
    discount, charge = sum(discounted.values()), sum(one.left for one in by_uid.values())
    sums = {"total": total, "tax": tax, "discount": discount, "tip": 0, "service_charge": charge}
    return {
        **order,
        "line_items": [_show_line(line, cash) for line in lines],
        "discounts": [{**one, "applied_money": cash(discounted[one["uid"]])} for one in discounts] or None,
        "taxes": [{**one, "applied_money": cash(taxed[one["uid"]])} for one in taxes] or None,
        "service_charges": [_show_charge(by_uid[one["uid"]], cash) for one in charges] or None,
        "total_money": cash(total),
        **{f"total_{name}_money": cash(amount) for name, amount in sums.items() if name != "total"},
        "net_amounts": {f"{name}_money": cash(amount) for name, amount in sums.items()},
        "net_amount_due_money": cash(total),
    }


def _line_target(line: Json) -> _Target:
    unit = line["base_price_money"]["amount"] + sum(
        one["base_price_money"]["amount"] * int(one["quantity"]) for one in line.get("modifiers", [])
    )
    gross = unit * int(line["quantity"])
    return _Target(line, gross, gross)


def _charge_target(charge: Json, base: int, currency: str) -> _Target:
    fixed = charge.get("amount_money")
    amount = fixed["amount"] if fixed else rounded(base * _factor(charge), currency)
    return _Target(charge, amount, amount)


def _apply_discounts(lines: Sequence[_Target], discounts: Sequence[Json], currency: str) -> dict[str, int]:
    """Take discounts off the lines; return what each takes, by `uid`."""
    applied = {}
    for discount in sorted(discounts, key=lambda one: _DISCOUNT_ORDER.index((one["type"], one["scope"]))):
        uid = discount["uid"]
        targets = [line for line in lines if line.refers("applied_discounts", "discount_uid", uid)]
        left = [line.left for line in targets]
        if discount["type"] == "FIXED_PERCENTAGE":
            shares = spread(rounded(sum(left) * _factor(discount), currency), left)
        elif discount["scope"] == "ORDER":
            shares = spread(min(sum(left), discount["amount_money"]["amount"]), left)
        else:
            shares = [min(one, discount["amount_money"]["amount"]) for one in left]
        for line, share in zip(targets, shares, strict=True):
            line.left -= share
            line.shares[uid] = share
        applied[uid] = sum(shares)
    return applied


def _apply_taxes(targets: Sequence[_Target], taxes: Sequence[Json], currency: str) -> dict[str, int]:
    """Tax lines and service charges; return the amount of each tax, by `uid`."""
    applied = {}
    taxed = {tax["uid"]: [one for one in targets if one.refers("applied_taxes", "tax_uid", tax["uid"])] for tax in taxes}
    included = [tax for tax in taxes if tax["type"] == "INCLUSIVE"]
    for tax in taxes:
        weights = []
        for one in taxed[tax["uid"]]:
            factor = sum((_factor(other) for other in included if one in taxed[other["uid"]]), Fraction())
            weights.append(one.left / (1 + factor))
        shares = spread(rounded(sum(weights, Fraction()) * _factor(tax), currency), weights)
        for one, share in zip(taxed[tax["uid"]], shares, strict=True):
            one.shares[tax["uid"]] = share
            if tax["type"] == "INCLUSIVE":
                one.included += share
            else:
                one.added += share
        applied[tax["uid"]] = sum(shares)
    return applied


def _factor(adjustment: Json) -> Fraction:
    return Fraction(adjustment["percentage"]) / 100


def _show_line(line: _Target, cash: Callable[[int], Json]) -> Json:
    document, quantity = line.document, int(line.document["quantity"])
    gross = line.gross - (line.included if document["base_price_money"]["currency"] in _NET_CURRENCIES else 0)
    shown = {
        **document,
        **_show_references(line, cash),
        "variation_total_price_money": cash(document["base_price_money"]["amount"] * quantity),
        "gross_sales_money": cash(gross),
        "total_tax_money": cash(line.included + line.added),
        "total_discount_money": cash(line.gross - line.left),
        "total_money": cash(line.total),
        "total_service_charge_money": cash(0),
    }
    if "modifiers" in document:
        shown["modifiers"] = [
            {**one, "total_price_money": cash(one["base_price_money"]["amount"] * int(one["quantity"]) * quantity)}
            for one in document["modifiers"]
        ]
    return shown


def _show_charge(charge: _Target, cash: Callable[[int], Json]) -> Json:
    return {
        **charge.document,
        **_show_references(charge, cash),
        "applied_money": cash(charge.left),
        "total_money": cash(charge.total),
        "total_tax_money": cash(charge.included + charge.added),
    }


def _show_references(target: _Target, cash: Callable[[int], Json]) -> Json:
    return {
        applied: [{**one, "applied_money": cash(target.shares[one[name]])} for one in target.document[applied]]
        for applied, name in (("applied_discounts", "discount_uid"), ("applied_taxes", "tax_uid"))
        if applied in target.document
    }
