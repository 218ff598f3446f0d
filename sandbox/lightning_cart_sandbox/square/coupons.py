"""The seller's coupon, which buyers enter on the payment page if a link has `enable_coupon` (Square Marketing)."""

from lightning_cart_sandbox.square.account import Account
from lightning_cart_sandbox.square.adjustments import refer
from lightning_cart_sandbox.square.orders import change_order
from lightning_cart_sandbox.square.pricing import with_amounts
from lightning_cart_sandbox.types import Json

CODE = "SAVE10"
_DISCOUNT = {"name": f"Coupon {CODE}", "type": "FIXED_PERCENTAGE", "percentage": "10", "scope": "ORDER"}


def add_coupon(account: Account, order: Json, code: str) -> str:
    """Take a coupon off an unpaid order.

    Args:
        account: The account.
        order: The order.
        code: What the buyer entered.

    Returns:
        The message for the buyer if the coupon is not accepted, else "".
    """
    if code.strip().upper() != CODE:
        return f"This coupon is unknown. The sandbox's own is {CODE}."
    discounts = order.get("discounts") or []
    if any(one.get("name") == _DISCOUNT["name"] for one in discounts):
        return "This coupon is applied already."
    changed = {**order, "discounts": [*discounts, {"uid": account.fresh("discount"), **_DISCOUNT}]}
    refer(account, changed)
    priced = with_amounts(changed)
    if priced["total_money"]["amount"] < 1:
        return "This coupon leaves nothing to pay."
    with account.transaction():
        change_order(account, order, **{name: priced[name] for name in priced if priced[name] != order.get(name)})
    return ""
