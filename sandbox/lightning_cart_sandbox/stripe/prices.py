"""Prices (Stripe: price object)."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.errors import invalid, missing
from lightning_cart_sandbox.stripe.events import emit_change, merged_metadata
from lightning_cart_sandbox.stripe.price_objects import KIND, check_price, new_price
from lightning_cart_sandbox.stripe.products import new_product
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json


def create_price(call: StripeCall) -> Json:
    """Create a price of an existing product, or of a new one.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, call.params
    check_price(params)
    if ("product" in params) == ("product_data" in params):
        raise invalid("You must specify exactly one of `product` and `product_data`.", "product")
    _take_lookup_key(account, params)
    if "product" in params:
        product = account.current("product", params["product"], "product", 400)
    else:
        product = new_product(account, {"active": True, **params["product_data"]})
    return new_price(account, params, product["id"])


def update_price(call: StripeCall) -> Json:
    """Change a price's `active`, `lookup_key`, `metadata`, `nickname` or `tax_behavior`; its amount cannot change.

    Raises:
        StripeError: There is no such price, or another one has the lookup key.
    """
    account, params = call.account, call.params
    price = account.get(KIND, call.identifier, "price")
    before = dict(price)
    _take_lookup_key(account, params, price["id"])
    for name in ("active", "tax_behavior"):
        price[name] = params.get(name, price[name])
    for name in ("lookup_key", "nickname"):
        if name in params:
            price[name] = params[name] or None
    price["metadata"] = merged_metadata(price["metadata"], params.get("metadata"))
    return emit_change(account, "price.updated", price, before)


def list_prices(call: StripeCall) -> Json:
    """List prices."""
    params = call.params
    wanted = {name: params[name] for name in ("active", "currency", "product", "type") if name in params}
    found = call.account.store.find(KIND, **wanted)
    if "lookup_keys" in params:
        found = [one for one in found if one["lookup_key"] in params["lookup_keys"]]
    if "recurring" in params:
        found = [one for one in found if one["recurring"] and params["recurring"].items() <= one["recurring"].items()]
    return page("/v1/prices", found, params)


def usable_price(account: Account, identifier: str, param: str) -> Json:
    """Return a price that a session can use.

    Raises:
        StripeError: There is no such price, or it is not active.
    """
    price = account.store.get(KIND, identifier)
    if price is None:
        raise missing(KIND, identifier, param, 400)
    if not price["active"]:
        raise invalid("The price specified is inactive. This field only accepts active prices.", param)
    return price


def _take_lookup_key(account: Account, params: Json, own: str = "") -> None:
    """Take the parameter `lookup_key` from the price that has it, or raise if it may not be taken.

    Args:
        account: The account.
        params: The parameters.
        own: The id of the price that gets the key, if it exists already.
    """
    key = params.get("lookup_key")
    taken = [one for one in account.store.find(KIND, lookup_key=key) if one["id"] != own] if key else []
    if taken and not params.get("transfer_lookup_key"):
        raise invalid(f"A price (`{taken[0]['id']}`) already uses that lookup key.", "lookup_key", "resource_already_exists")
    for one in taken:
        account.save_object({**one, "lookup_key": None})
