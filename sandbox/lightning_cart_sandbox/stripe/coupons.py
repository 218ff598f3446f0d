"""Coupons and promotion codes (Stripe: coupon object, promotion code object)."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.errors import invalid, missing
from lightning_cart_sandbox.stripe.events import emit, emit_change, merged_metadata
from lightning_cart_sandbox.stripe.money import check_currency
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json

_MINIMUM = ("minimum_amount", "minimum_amount_currency")


def create_coupon(call: StripeCall) -> Json:
    """Create a coupon.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, call.params
    _check_coupon(account, params)
    percent = float(params["percent_off"]) if "percent_off" in params else None
    names = ("amount_off", "currency", "duration", "duration_in_months", "max_redemptions", "name", "redeem_by")
    coupon = new_object(
        "coupon",
        id=params.get("id") or account.new_id("coupon").removeprefix("coupon_"),
        created=account.now(),
        metadata=merged_metadata({}, params.get("metadata")),
        percent_off=int(percent) if percent and percent.is_integer() else percent,
        _applies_to=params.get("applies_to"),
        **{name: params[name] for name in names if name in params},
    )
    emit(account, "coupon.created", account.save_object(coupon))
    return coupon


def current_coupon(account: Account, identifier: str) -> Json:
    """Return a coupon; one whose time has passed is not valid any more."""
    return _current(account, account.get("coupon", identifier, "coupon"))


def list_coupons(call: StripeCall) -> Json:
    """List coupons."""
    return page("/v1/coupons", [_current(call.account, one) for one in call.account.store.find("coupon")], call.params)


def update_coupon(call: StripeCall) -> Json:
    """Change a coupon's `metadata` or `name`."""
    account, params = call.account, call.params
    coupon = current_coupon(account, call.identifier)
    before = dict(coupon)
    if "name" in params:
        coupon["name"] = params["name"] or None
    coupon["metadata"] = merged_metadata(coupon["metadata"], params.get("metadata"))
    return emit_change(account, "coupon.updated", coupon, before)


def delete_coupon(call: StripeCall) -> Json:
    """Delete a coupon; its promotion codes end with it."""
    account = call.account
    coupon = account.get("coupon", call.identifier, "coupon")
    account.store.delete("coupon", coupon["id"])
    for promotion in account.store.find("promotion_code"):
        if promotion["promotion"]["coupon"] == coupon["id"]:
            account.store.delete("promotion_code", promotion["id"])
    emit(account, "coupon.deleted", coupon)
    return {"id": coupon["id"], "object": "coupon", "deleted": True}


def create_promotion_code(call: StripeCall) -> Json:
    """Create a promotion code of a coupon.

    Raises:
        StripeError: There is no such coupon or customer, or the code is in use.
    """
    account, params = call.account, call.params
    coupon, restrictions = params["promotion"].get("coupon", ""), params.get("restrictions", {})
    if account.store.get("coupon", coupon) is None:
        raise missing("coupon", coupon, "promotion[coupon]", 400)
    if "customer" in params:
        account.current("customer", params["customer"], "customer", 400)
    if ("minimum_amount" in restrictions) != ("minimum_amount_currency" in restrictions):
        absent = next(name for name in _MINIMUM if name not in restrictions)
        raise invalid(f"Missing required param: {absent}.", f"restrictions[{absent}]", "parameter_missing")
    code = params.get("code") or account.new_id("code").removeprefix("code_").upper()
    if params.get("active", True):
        _check_code(account, code, "code")
    names = ("active", "customer", "expires_at", "max_redemptions")
    promotion = new_object(
        "promotion_code",
        id=account.new_id("promo"),
        created=account.now(),
        code=code,
        metadata=merged_metadata({}, params.get("metadata")),
        promotion={"coupon": coupon, "type": "coupon"},
        restrictions={"first_time_transaction": False} | dict.fromkeys(_MINIMUM) | restrictions,
        **{name: params[name] for name in names if name in params},
    )
    emit(account, "promotion_code.created", account.save_object(promotion))
    return promotion


def update_promotion_code(call: StripeCall) -> Json:
    """Change a promotion code's `active` or `metadata`.

    Raises:
        StripeError: There is no such promotion code, or another active one has the same code.
    """
    account, params = call.account, call.params
    promotion = account.get("promotion_code", call.identifier, "promotion_code")
    before = dict(promotion)
    if params.get("active") and not promotion["active"]:
        _check_code(account, promotion["code"], "active")
    promotion["active"] = params.get("active", promotion["active"])
    promotion["metadata"] = merged_metadata(promotion["metadata"], params.get("metadata"))
    return emit_change(account, "promotion_code.updated", promotion, before)


def _check_coupon(account: Account, params: Json) -> None:
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid("One of the following params should be provided for this request: percent_off or amount_off.")
    if "amount_off" in params and "currency" not in params:
        raise invalid("Missing required param: currency.", "currency", "parameter_missing")
    if "currency" in params:
        check_currency(params["currency"], "currency")
    repeating = params.get("duration") == "repeating"
    if repeating != ("duration_in_months" in params):
        rule = "is required if `duration` is `repeating`" if repeating else "can only be used if `duration` is `repeating`"
        raise invalid(f"`duration_in_months` {rule}.", "duration_in_months", "parameter_missing" if repeating else None)
    if "redeem_by" in params and params["redeem_by"] <= account.now():
        raise invalid("`redeem_by` must be in the future.", "redeem_by")
    if account.store.get("coupon", params.get("id", "")):
        raise invalid("Coupon already exists.", "id", "resource_already_exists")
    for product in params.get("applies_to", {}).get("products", []):
        account.current("product", product, "applies_to[products]", 400)


def _check_code(account: Account, code: str, param: str) -> None:
    """Raise if an active promotion code has a code, in capitals or not."""
    if any(one["active"] and one["code"].upper() == code.upper() for one in account.store.find("promotion_code")):
        raise invalid(f"An active promotion code with `code: {code}` already exists.", param, "resource_already_exists")


def _current(account: Account, coupon: Json) -> Json:
    redeem_by = coupon["redeem_by"]
    return {**coupon, "valid": False} if redeem_by is not None and redeem_by < account.now() else coupon
