"""The rules about several parameters of a Checkout Session (Stripe: create a Checkout Session).

`parameters` checks each parameter alone. This module checks which ones exclude each other, what a mode needs, and that there
is one currency.
"""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.discounts import check_discounts
from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.stripe.method_types import offered_methods
from lightning_cart_sandbox.stripe.page_settings import check_settings
from lightning_cart_sandbox.stripe.price_objects import check_price
from lightning_cart_sandbox.stripe.shipping_rates import check_options
from lightning_cart_sandbox.types import Json

MIN_SECONDS, MAX_SECONDS = 30 * 60, 24 * 3600
_CLOCK_SLACK_SECONDS = 60
_MAX_OF_A_KIND = 20

_EXCLUSIVE = (("customer", "customer_email"), ("allow_promotion_codes", "discounts"))
# a parameter, and the modes that accept it
_MODES = (
    ("payment_intent_data", ("payment",)),
    ("subscription_data", ("subscription",)),
    ("customer_creation", ("payment", "setup")),
    ("payment_method_collection", ("subscription",)),
    ("submit_type", ("payment", "subscription")),
    ("shipping_options", ("payment",)),
    ("invoice_creation", ("payment",)),
)


def check_session(account: Account, params: Json) -> None:
    """Raise the `StripeError` for the first rule that the parameters break."""
    for first, second in _EXCLUSIVE:
        if first in params and second in params:
            raise invalid(f"You may only specify one of these parameters: {first}, {second}.", second)
    check_mode(params)
    _check_page(params)
    _check_supported(account, params)
    _check_expiry(account, params)
    check_settings(params)
    offered_methods(params)
    check_items(params)
    currency = params["line_items"][0]["price_data"]["currency"]
    check_options(account, params, currency)
    check_discounts(account, params, currency)


def check_mode(params: Json) -> None:
    """Raise unless the `mode` accepts every parameter."""
    mode = params["mode"]
    for name, modes in _MODES:
        if name in params and mode not in modes:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", name)


def check_items(params: Json) -> None:
    """Raise unless `line_items` are valid, each alone and together with `mode` and `currency`."""
    items = params.get("line_items", [])
    if not items:
        raise invalid(f"`line_items` is required in `{params['mode']}` mode.", "line_items", "parameter_missing")
    for index, item in enumerate(items):
        _check_item(item, f"line_items[{index}]")
    _check_together(params, items)


def _check_page(params: Json) -> None:
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("Sandbox: only the hosted page is imitated.", "ui_mode", "sandbox_not_imitated")
    if "return_url" in params:
        raise invalid("`return_url` can only be used with an embedded page.", "return_url")
    if "success_url" not in params:
        raise invalid("Missing required param: success_url.", "success_url", "parameter_missing")


def _check_supported(account: Account, params: Json) -> None:
    if params["mode"] == "setup":
        raise invalid("Sandbox: setup mode is not imitated.", "mode", "sandbox_not_imitated")
    if "customer" in params:
        account.current("customer", params["customer"], "customer", 400)


def _check_expiry(account: Account, params: Json) -> None:
    if "expires_at" not in params:
        return
    left = params["expires_at"] - account.clock()
    if left < MIN_SECONDS - _CLOCK_SLACK_SECONDS:
        raise invalid("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", "expires_at")
    if left > MAX_SECONDS + _CLOCK_SLACK_SECONDS:
        raise invalid("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", "expires_at")


def _check_item(item: Json, name: str) -> None:
    if "price" in item and "price_data" in item:
        raise invalid("You may only specify one of these parameters: price, price_data.", f"{name}[price]")
    if "price_data" not in item:
        raise invalid("You must specify either `price` or `price_data`.", name, "parameter_missing")
    if "quantity" not in item:
        raise invalid("Quantity is required.", f"{name}[quantity]", "parameter_missing")
    if item.get("adjustable_quantity", {}).get("enabled"):
        raise invalid(
            "Sandbox: the page does not let the buyer change quantities.",
            f"{name}[adjustable_quantity]",
            "sandbox_not_imitated",
        )
    _check_price(item["price_data"], f"{name}[price_data]")


def _check_price(price: Json, name: str) -> None:
    if "product" in price and "product_data" in price:
        raise invalid("You may only specify one of these parameters: product, product_data.", f"{name}[product]")
    if "product_data" not in price:
        raise invalid("You must specify either `product` or `product_data`.", f"{name}[product_data]", "parameter_missing")
    check_price(price, name)


def _check_together(params: Json, items: list[Json]) -> None:
    prices = [item["price_data"] for item in items]
    currencies = {price["currency"] for price in prices}
    if len(currencies) > 1 or ("currency" in params and params["currency"] not in currencies):
        raise invalid("All line items and the session must use the same currency.", "line_items")
    recurring = [price for price in prices if "recurring" in price]
    if params["mode"] == "payment" and recurring:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only "
            "one-time prices.",
            "mode",
        )
    if params["mode"] == "subscription":
        _check_recurring(recurring, len(prices))


def _check_recurring(recurring: list[Json], count: int) -> None:
    if not recurring:
        raise invalid("You must provide at least one recurring price in `subscription` mode.", "line_items")
    if max(len(recurring), count - len(recurring)) > _MAX_OF_A_KIND:
        raise invalid(
            f"A subscription can have up to {_MAX_OF_A_KIND} recurring and {_MAX_OF_A_KIND} one-time line items.",
            "line_items",
        )
    if len({(price["recurring"]["interval"], price["recurring"].get("interval_count", 1)) for price in recurring}) > 1:
        raise invalid("All recurring prices must have the same interval and interval count.", "line_items")
