"""Line items, with the price and product that inline data creates (Stripe: line item object, price object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.events import merged_metadata
from lightning_cart_sandbox.types import Json


def new_line_item(account: Account, item: Json) -> Json:
    """Return a session's line item, and save the product of its inline price.

    Args:
        account: The account.
        item: One of `line_items`, with `price_data` and `quantity`.
    """
    price, product = item["price_data"], item["price_data"]["product_data"]
    amount = price["unit_amount"] * item["quantity"]
    product_id = account.save_object(
        {
            "id": account.new_id("prod"),
            "object": "product",
            "active": False,
            "created": account.now(),
            "description": product.get("description"),
            "images": product.get("images", []),
            "livemode": False,
            "metadata": merged_metadata({}, product.get("metadata")),
            "name": product["name"],
            "tax_code": product.get("tax_code"),
            "unit_label": product.get("unit_label"),
        }
    )["id"]
    return {
        "id": account.new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": merged_metadata({}, item.get("metadata")),
        "price": _price(account, price, product_id),
        "quantity": item["quantity"],
        "_images": product.get("images", []),
        "_text": product.get("description"),
    }


def _price(account: Account, price: Json, product_id: str) -> Json:
    recurring = price.get("recurring")
    return {
        "id": account.new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": price["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product_id,
        "recurring": recurring
        and {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": price["unit_amount"],
        "unit_amount_decimal": str(price["unit_amount"]),
    }
