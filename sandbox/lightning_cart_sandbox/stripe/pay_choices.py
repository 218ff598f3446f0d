"""What the buyer chooses on the payment page and what changes the total: a shipping option and a promotion code."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.discounts import apply_discount, find_code
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.money import check_total
from lightning_cart_sandbox.stripe.session_totals import choose_shipping, set_totals
from lightning_cart_sandbox.types import Json


def apply_choices(account: Account, session: Json, form: dict[str, str]) -> dict[str, str]:
    """Apply the choices in a posted form to an open session, and save it; return what is wrong with each field.

    Args:
        account: The account.
        session: The session, just read.
        form: `shipping_option`, the id of a shipping rate, and `promotion_code`; a field that is missing changes nothing.
    """
    errors: dict[str, str] = {}
    rate = form.get("shipping_option")
    option = next((one for one in session["shipping_options"] if one["shipping_rate"] == rate), None)
    if option:
        errors |= _choose(session, option)
    elif rate is not None and session["shipping_options"]:
        errors["shipping_option"] = "Choose how it is delivered."
    if session["allow_promotion_codes"] and "promotion_code" in form:
        errors |= _apply_code(account, session, form["promotion_code"].strip())
    set_totals(session)
    account.save_object(session)
    return errors


def applied_code(account: Account, session: Json) -> str:
    """Return the promotion code that the buyer applied, or ""."""
    identifier = (session.get("_discount") or {}).get("promotion_code")
    found = account.store.get("promotion_code", identifier or "")
    return str(found["code"]) if found else ""


def _choose(session: Json, option: Json) -> dict[str, str]:
    before = session["shipping_cost"]
    choose_shipping(session, option)
    if _is_possible(session):
        return {}
    session["shipping_cost"] = before
    return {"shipping_option": "With this delivery the total would be less than the smallest payment."}


def _is_possible(session: Json) -> bool:
    """Return whether the total of a session can be charged, after its totals are computed."""
    set_totals(session)
    try:
        check_total(session["amount_total"], session["currency"])
    except StripeError:
        return False
    return True


def _apply_code(account: Account, session: Json, typed: str) -> dict[str, str]:
    if typed and typed.upper() == applied_code(account, session).upper() and find_code(account, session, typed)[0]:
        return {}
    apply_discount(account, session, None, None)
    if not typed:
        return {}
    set_totals(session)
    found, problem = find_code(account, session, typed)
    if found is None:
        return {"promotion_code": problem}
    apply_discount(account, session, None, found["id"])
    problem = "" if _is_possible(session) else "With this code the total would be less than the smallest payment."
    if not session["total_details"]["amount_discount"]:
        problem = "This code is for other goods."
    if not problem:
        return {}
    apply_discount(account, session, None, None)
    return {"promotion_code": problem}
