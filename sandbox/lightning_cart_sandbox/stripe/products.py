"""Products (Stripe: product object)."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.errors import StripeError, invalid, missing
from lightning_cart_sandbox.stripe.events import emit, emit_change, merged_metadata
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.stripe.price_objects import check_price, new_price
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json

KIND = "product"
_VALUES = ("active", "name", "shippable", "statement_descriptor", "type")
_UNSETTABLE = ("description", "tax_code", "unit_label", "url")
_LISTS = ("images", "marketing_features")


def new_product(account: Account, params: Json) -> Json:
    """Create a product from checked parameters, and send the event.

    Raises:
        StripeError: Its `id` is taken.
    """
    identifier = params.get("id") or account.new_id("prod")
    if account.store.get(KIND, identifier):
        raise invalid("Product already exists.", "id", "resource_already_exists")
    now = account.now()
    product = new_object(KIND, id=identifier, created=now, updated=now, name=params["name"])
    _change(product, params)
    emit(account, "product.created", account.save_object(product))
    return product


def create_product(call: StripeCall) -> Json:
    """Create a product, and its default price if the parameters have one.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, call.params
    price = params.get("default_price_data")
    if price is not None:
        check_price(price, "default_price_data")
    product = new_product(account, params)
    if price is not None:
        product["default_price"] = new_price(account, price, product["id"])["id"]
        account.save_object(product)
    return product


def update_product(call: StripeCall) -> Json:
    """Change a product; an empty value unsets a field.

    Raises:
        StripeError: There is no such product, or the default price is not the product's.
    """
    account, params = call.account, call.params
    product = account.current("product", call.identifier)
    before = dict(product)
    _change(product, params)
    if "default_price" in params:
        price = params["default_price"] or None
        if price and (account.store.get("price", price) or {}).get("product") != product["id"]:
            raise missing("price", price, "default_price", 400)
        product["default_price"] = price
    if product != before:
        product["updated"] = account.now()
    return emit_change(account, "product.updated", product, before)


def delete_product(call: StripeCall) -> Json:
    """Delete a product that has no prices.

    Raises:
        StripeError: There is no such product, or it has prices.
    """
    account = call.account
    product = account.current("product", call.identifier)
    if account.store.find("price", limit=1, product=product["id"]):
        raise StripeError("This product cannot be deleted because it has one or more user-created prices.")
    emit(account, "product.deleted", product)
    return account.save_object({"id": product["id"], "object": KIND, "deleted": True})


def list_products(call: StripeCall) -> Json:
    """List products that were not deleted."""
    params = call.params
    wanted = {name: params[name] for name in ("active", "shippable", "type", "url") if name in params}
    found = [one for one in call.account.store.find(KIND, **wanted) if not one.get("deleted")]
    if "ids" in params:
        found = [one for one in found if one["id"] in params["ids"]]
    return page("/v1/products", found, params)


def _change(product: Json, params: Json) -> None:
    product |= {name: params[name] for name in _VALUES if name in params}
    product |= {name: params[name] or None for name in _UNSETTABLE if name in params}
    product |= {name: params[name] or [] for name in _LISTS if name in params}
    product["metadata"] = merged_metadata(product["metadata"], params.get("metadata"))
