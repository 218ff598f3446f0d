"""Values that an object shows only if `expand` names them (Stripe: expanding responses)."""

from collections.abc import Callable

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.objects import new_list
from lightning_cart_sandbox.stripe.session_totals import breakdown
from lightning_cart_sandbox.stripe.versions import as_of
from lightning_cart_sandbox.types import Json

type Value = Json | None


def _empty(path: str) -> Callable[[Account, Json], Value]:
    return lambda _, owner: new_list(path.format(owner["id"]), [])


def _subscriptions(account: Account, customer: Json) -> Value:
    found = [one for one in account.store.find("subscription", customer=customer["id"]) if one["status"] != "canceled"]
    return new_list(f"/v1/customers/{customer['id']}/subscriptions", found)


def _refunds(account: Account, charge: Json) -> Value:
    return new_list(f"/v1/charges/{charge['id']}/refunds", account.store.find("refund", charge=charge["id"]))


_HIDDEN: dict[tuple[str, str], Callable[[Account, Json], Value]] = {
    ("charge", "refunds"): _refunds,
    ("coupon", "applies_to"): lambda account, coupon: account.get("coupon", coupon["id"])["_applies_to"],
    ("coupon", "currency_options"): lambda *_: None,
    ("customer", "sources"): _empty("/v1/customers/{}/sources"),
    ("customer", "subscriptions"): _subscriptions,
    ("customer", "tax_ids"): _empty("/v1/customers/{}/tax_ids"),
    ("price", "currency_options"): lambda *_: None,
    ("price", "tiers"): lambda *_: None,
}


def show_hidden(account: Account, owner: Json, name: str, version: str) -> bool:
    """Add a hidden value to an object, in the shape of an API version; return whether the object has such a value."""
    find = _HIDDEN.get((str(owner.get("object")), name))
    if find is None:
        return False
    value = None if name in owner else find(account, owner)
    if value is not None:
        owner[name] = as_of(account, value, version)
    return True


def show_discounts(account: Account, session: Json, path: str) -> bool:
    """Add what a session hides about its discount; return whether a path leads to that.

    Args:
        account: The account.
        session: The session, with its line items if the path leads through them.
        path: The path that is expanded.
    """
    if path == "total_details.breakdown":
        stored = account.get("checkout.session", session["id"])
        session["total_details"] = {**session["total_details"], "breakdown": breakdown(stored)}
        return True
    if path not in {"line_items.data.discounts", "line_items.discounts"} or "line_items" not in session:
        return False
    stored = account.get("checkout.session", session["id"])
    for item in session["line_items"]["data"]:
        amount = item["amount_discount"]
        item["discounts"] = [{"amount": amount, "discount": stored["_discount"]}] if amount else []
    return True
