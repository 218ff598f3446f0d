"""The discount of a session: a coupon, from the shop or behind a promotion code that the buyer types (Stripe: discounts)."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from lightning_cart_sandbox.money import display
from lightning_cart_sandbox.shares import spread
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import invalid, missing
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.types import Json

_REASONS = {
    "customer": "it belongs to another customer",
    "currency": "its currency does not match the currency of the Checkout Session",
    "expired": "it has expired or has been redeemed as often as it may be",
    "first": "it is only for a customer's first payment",
    "repeating": "this sandbox does not imitate coupons that last some months",
}


def check_discounts(account: Account, params: Json, currency: str) -> None:
    """Raise unless the coupon or the promotion code of `discounts` can be applied to a session in a currency."""
    for index, discount in enumerate(params.get("discounts", [])):
        name = f"discounts[{index}]"
        if len(discount) != 1:
            raise invalid("You must specify exactly one of `coupon` or `promotion_code`.", name)
        ((kind, identifier),) = discount.items()
        found = account.store.get(kind, identifier)
        if found is None:
            raise missing(kind.replace("_", " "), identifier, f"{name}[{kind}]", 400)
        coupon = found if kind == "coupon" else _coupon(account, found)
        promotion = None if kind == "coupon" else found
        customer = params.get("customer")
        problem = _problem(account, coupon, promotion, {"currency": currency, "mode": params["mode"], "customer": customer})
        if problem:
            label = "promotion code" if promotion else "coupon"
            code = "coupon_expired" if problem == "expired" else None
            raise invalid(f"This {label} cannot be redeemed because {_REASONS[problem]}.", f"{name}[{kind}]", code)


def check_discount(session: Json) -> None:
    """Raise if a new session has a discount that lowers nothing."""
    if session["_coupon"] and not session["total_details"]["amount_discount"]:
        ((kind, _),) = [(name, value) for name, value in session["discounts"][0].items() if value]
        label = kind.replace("_", " ")
        message = f"This {label} cannot be redeemed because it does not apply to anything in this order."
        raise invalid(message, f"discounts[0][{kind}]")


def apply_discount(account: Account, session: Json, coupon: str | None, promotion_code: str | None) -> None:
    """Set the discount of a session; both `None` removes it. The session's totals are not changed yet."""
    if promotion_code:
        coupon = _coupon(account, account.get("promotion_code", promotion_code))["id"]
    # The coupon is kept as it is now: deleting it does not change a discount (Stripe: delete a coupon).
    session.update(discounts=[], _discount=None, _coupon=None)
    if coupon is None:
        return
    session["_coupon"] = account.get("coupon", coupon)
    # A session names what was asked for: the code hides its coupon.
    session["discounts"] = [{"coupon": None if promotion_code else coupon, "promotion_code": promotion_code}]
    session["_discount"] = new_object(
        "discount",
        id=account.new_id("di"),
        checkout_session=session["id"],
        customer=session["customer"],
        promotion_code=promotion_code,
        source={"coupon": coupon, "type": "coupon"},
        start=account.now(),
    )


def find_code(account: Account, session: Json, typed: str) -> tuple[Json | None, str]:
    """Return the promotion code that a buyer typed, or what is wrong with it.

    Args:
        account: The account.
        session: The open session.
        typed: The code; capitals make no difference.
    """
    codes = [one for one in account.store.find("promotion_code") if one["code"].upper() == typed.upper()]
    found = next((one for one in codes if one["active"]), codes[0] if codes else None)
    if found is None or _problem(account, _coupon(account, found), found, session):
        return None, "This code is invalid."
    minimum = found["restrictions"]["minimum_amount"]
    if minimum and session["currency"] != found["restrictions"]["minimum_amount_currency"]:
        return None, "This code is invalid."
    if minimum and session["amount_subtotal"] < minimum:
        return None, f"This code needs an order of at least {display(minimum, session['currency'])}."
    return found, ""


def discount_shares(items: Sequence[Json], coupon: Json | None) -> list[int]:
    """Return the discount of each line item in minor units.

    A fixed amount is at most the price of what the coupon applies to. The shares are proportional, by largest remainder.

    Args:
        items: The line items.
        coupon: The coupon, or `None`.
    """
    if coupon is None:
        return [0] * len(items)
    products = (coupon["_applies_to"] or {}).get("products")
    eligible = [item["amount_subtotal"] if products is None or item["price"]["product"] in products else 0 for item in items]
    whole = sum(eligible)
    if coupon["percent_off"] is not None:
        exact = Decimal(whole) * Decimal(str(coupon["percent_off"])) / 100
        amount = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    else:
        amount = min(whole, coupon["amount_off"])
    return spread(amount, eligible)


def redeem(account: Account, session: Json) -> None:
    """Count the discount of a completed session at its coupon and its promotion code, which may end with it."""
    discount = session.get("_discount")
    if discount is None:
        return
    for kind, identifier, flag in (
        ("coupon", discount["source"]["coupon"], "valid"),
        ("promotion_code", discount["promotion_code"], "active"),
    ):
        found = account.store.get(kind, identifier or "")
        if found:
            found["times_redeemed"] += 1
            found[flag] = found[flag] and not _used_up(found)
            account.save_object(found)


def _coupon(account: Account, promotion: Json) -> Json:
    return account.get("coupon", promotion["promotion"]["coupon"])


def _problem(account: Account, coupon: Json, promotion: Json | None, session: Json) -> str:
    """Return why a coupon cannot be applied: a key of `_REASONS`, or "".

    Args:
        account: The account.
        coupon: The coupon.
        promotion: The promotion code, if there is one.
        session: `currency`, `mode` and `customer` of a session.
    """
    now, restrictions = account.now(), (promotion or {}).get("restrictions", {})
    owner = promotion and promotion["customer"]
    # A session without a customer has no earlier payments to compare with, so Stripe refuses such a code (Stripe: create a
    # Checkout Session, customer_creation).
    is_first = session["customer"] and not account.store.find("charge", customer=session["customer"])
    problems = {
        "expired": any(
            not one[flag] or (one[end] or now) < now or _used_up(one)
            for one, flag, end in ((coupon, "valid", "redeem_by"), (promotion, "active", "expires_at"))
            if one
        ),
        "currency": coupon["amount_off"] is not None and coupon["currency"] != session["currency"],
        "repeating": session["mode"] == "subscription" and coupon["duration"] == "repeating",
        "customer": owner and owner != session["customer"],
        "first": restrictions.get("first_time_transaction") and not is_first,
    }
    return next((name for name, holds in problems.items() if holds), "")


def _used_up(one: Json) -> bool:
    return one["max_redemptions"] is not None and bool(one["times_redeemed"] >= one["max_redemptions"])
