"""Price objects, of prices that are created alone, with a product, or inline in a session (Stripe: price object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.money import MAXIMUM, check_currency, check_unit
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.types import Json

KIND = "price"


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


def check_amount(params: Json, name: str = "") -> None:
    """Raise unless the currency is known, and `unit_amount` is given and possible.

    Args:
        params: `currency`, `unit_amount`.
        name: The parameter that contains them, or "".
    """

    def param(inner: str) -> str:
        return f"{name}[{inner}]" if name else inner

    check_currency(params["currency"], param("currency"))
    if "unit_amount" not in params:
        raise invalid("Missing required param: unit_amount.", param("unit_amount"), "parameter_missing")
    check_unit(params["unit_amount"], params["currency"], param("unit_amount"))
    if params["unit_amount"] > MAXIMUM:
        raise StripeError(f"Amount must be no more than {MAXIMUM}.", code="amount_too_large", param=param("unit_amount"))
