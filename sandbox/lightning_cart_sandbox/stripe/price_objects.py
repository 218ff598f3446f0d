"""Price objects, of prices that are created alone, with a product, or inline in a session (Stripe: price object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.form import bracketed
from lightning_cart_sandbox.stripe.money import check_currency, check_unit
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.types import Json

KIND = "price"
_MAX_INTERVAL_COUNT = {"day": 1095, "week": 156, "month": 36, "year": 3}


def new_price(account: Account, params: Json, product: str) -> Json:
    """Create a price from checked parameters, and send the event."""
    price = price_object(account, params, product)
    price.update(
        active=params.get("active", True),
        lookup_key=params.get("lookup_key") or None,
        metadata=merged_metadata({}, params.get("metadata")),
        nickname=params.get("nickname") or None,
    )
    emit(account, "price.created", account.save_object(price))
    return price


def price_object(account: Account, params: Json, product: str) -> Json:
    """Return a price; it is not saved.

    Args:
        account: The account.
        params: `currency`, `unit_amount`, and optionally `recurring` and `tax_behavior`.
        product: The product's id.
    """
    recurring = params.get("recurring")
    return new_object(
        KIND,
        id=account.new_id("price"),
        created=account.now(),
        currency=params["currency"],
        product=product,
        recurring=recurring
        and {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        tax_behavior=params.get("tax_behavior", "unspecified"),
        type="recurring" if recurring else "one_time",
        unit_amount=params["unit_amount"],
        unit_amount_decimal=str(params["unit_amount"]),
    )


def check_price(params: Json, name: str = "") -> None:
    """Raise unless the currency is known, `unit_amount` is given and possible, and the period is not too long.

    Args:
        params: `currency`, `unit_amount`, and optionally `recurring`.
        name: The parameter that contains them, or "".
    """
    currency, unit_amount = bracketed(name, "currency"), bracketed(name, "unit_amount")
    check_currency(params["currency"], currency)
    if "unit_amount" not in params:
        raise invalid("Missing required param: unit_amount.", unit_amount, "parameter_missing")
    check_unit(params["unit_amount"], params["currency"], unit_amount)
    recurring = params.get("recurring")
    if recurring and recurring.get("interval_count", 1) > _MAX_INTERVAL_COUNT[recurring["interval"]]:
        raise invalid("The maximum period is three years.", f"{bracketed(name, 'recurring')}[interval_count]")
