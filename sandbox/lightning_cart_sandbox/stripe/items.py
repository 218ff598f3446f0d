"""Line items, with the price and product that inline data creates (Stripe: line item object, price object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.events import merged_metadata
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.stripe.price_objects import price_object
from lightning_cart_sandbox.types import Json


def new_line_item(account: Account, item: Json) -> Json:
    """Return a session's line item, and save the product of its inline price.

    Args:
        account: The account.
        item: One of `line_items`, with `price_data` and `quantity`, and with `_price` or `_product` if these exist already.
    """
    price, product = item["price_data"], item["price_data"]["product_data"]
    amount = price["unit_amount"] * item["quantity"]
    return new_object(
        "item",
        id=account.new_id("li"),
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        description=product["name"],
        metadata=merged_metadata({}, item.get("metadata")),
        price=item.get("_price") or _inline_price(account, price, item.get("_product")),
        quantity=item["quantity"],
        _images=product.get("images", []),
        _text=product.get("description"),
    )


def _inline_price(account: Account, price: Json, existing: str | None) -> Json:
    """Save the price of inline data, and its product unless that exists already; return the price.

    What is saved here cannot be sold again (Stripe: inline prices).
    """
    product_id = existing or _inline_product(account, price)
    return account.save_object({**price_object(account, price, product_id), "active": False})


def _inline_product(account: Account, price: Json) -> str:
    now, params = account.now(), price["product_data"]
    product = new_object(
        "product",
        id=account.new_id("prod"),
        active=False,
        created=now,
        metadata=merged_metadata({}, params.get("metadata")),
        updated=now,
        **{name: params[name] for name in ("description", "images", "name", "tax_code", "unit_label") if name in params},
    )
    return str(account.save_object(product)["id"])
