"""Shipping rates, and the options that a payment page offers (Stripe: shipping rate object).

A rate is one price for a whole order. `shipping_rate_data` of a session creates a rate, too.
"""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.errors import invalid, missing
from lightning_cart_sandbox.stripe.events import merged_metadata
from lightning_cart_sandbox.stripe.form import bracketed
from lightning_cart_sandbox.stripe.money import check_currency, check_unit
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.types import Json

KIND = "shipping_rate"


def create_rate(call: StripeCall) -> Json:
    """Create a shipping rate.

    Raises:
        StripeError: The amount is missing or not possible.
    """
    check_rate(call.params, "")
    return new_rate(call.account, call.params)


def update_rate(call: StripeCall) -> Json:
    """Change `active`, `metadata` or `tax_behavior`; the amount of a rate never changes.

    Raises:
        StripeError: The tax behaviour is already fixed.
    """
    account, params = call.account, call.params
    rate = account.get(KIND, call.identifier, "shipping_rate_token")
    behaviour = params.get("tax_behavior", rate["tax_behavior"])
    if behaviour != rate["tax_behavior"] != "unspecified":
        raise invalid("The `tax_behavior` of a shipping rate cannot be changed once it is specified.", "tax_behavior")
    rate.update(active=params.get("active", rate["active"]), tax_behavior=behaviour)
    rate["metadata"] = merged_metadata(rate["metadata"], params.get("metadata"))
    return account.save_object(rate)


def new_rate(account: Account, params: Json) -> Json:
    """Create a shipping rate from checked parameters."""
    amount, estimate = params["fixed_amount"], params.get("delivery_estimate")
    as_sent = {name: params[name] for name in ("display_name", "tax_behavior", "tax_code") if name in params}
    return account.save_object(
        new_object(
            KIND,
            id=account.new_id("shr"),
            created=account.now(),
            delivery_estimate=estimate and {name: estimate.get(name) for name in ("maximum", "minimum")},
            fixed_amount={"amount": amount["amount"], "currency": amount["currency"]},
            metadata=merged_metadata({}, params.get("metadata")),
            **as_sent,
        )
    )


def check_rate(params: Json, name: str) -> None:
    """Raise unless a shipping rate's parameters go together.

    Args:
        params: The parameters, each checked alone.
        name: The parameter that has them, or "" if they are the request's own.
    """
    path = bracketed(name, "fixed_amount")
    if "fixed_amount" not in params:
        raise invalid(f"Missing required param: {path}.", path, "parameter_missing")
    amount = params["fixed_amount"]
    check_currency(amount["currency"], f"{path}[currency]")
    check_unit(amount["amount"], amount["currency"], f"{path}[amount]")


def check_options(account: Account, params: Json, currency: str) -> None:
    """Raise unless each of `shipping_options` is one rate in the currency of the line items."""
    for index, option in enumerate(params.get("shipping_options", [])):
        name = f"shipping_options[{index}]"
        if len(option) != 1:
            message = "You must specify exactly one of `shipping_rate` or `shipping_rate_data`."
            raise invalid(message, name, None if option else "parameter_missing")
        if "shipping_rate_data" in option:
            check_rate(option["shipping_rate_data"], f"{name}[shipping_rate_data]")
            found, rate = f"{name}[shipping_rate_data][fixed_amount][currency]", option["shipping_rate_data"]
        else:
            found, rate = f"{name}[shipping_rate]", _stored_rate(account, option["shipping_rate"], name)
        if rate["fixed_amount"]["currency"] != currency:
            raise invalid(
                f"The shipping rate specified only supports `{rate['fixed_amount']['currency']}`. This doesn't match the "
                f"expected currency: `{currency}`.",
                found,
            )


def new_options(account: Account, params: Json) -> list[Json]:
    """Return the objects of checked `shipping_options`, and create the rates of inline data."""
    rates = [
        new_rate(account, option["shipping_rate_data"])
        if "shipping_rate_data" in option
        else account.get(KIND, option["shipping_rate"])
        for option in params.get("shipping_options", [])
    ]
    return [{"shipping_amount": rate["fixed_amount"]["amount"], "shipping_rate": rate["id"]} for rate in rates]


def estimate_text(rate: Json) -> str:
    """Return how long a delivery takes as buyers read it, or ""."""
    estimate = rate["delivery_estimate"] or {}
    least, most = (estimate.get(name) for name in ("minimum", "maximum"))
    if least and most and least["unit"] == most["unit"]:
        return f"{least['value']} to {_span(most)}" if least != most else _span(most)
    if least and most:
        return f"{_span(least)} to {_span(most)}"
    return f"at least {_span(least)}" if least else f"up to {_span(most)}" if most else ""


def _stored_rate(account: Account, identifier: str, name: str) -> Json:
    rate = account.store.get(KIND, identifier)
    if rate is None:
        raise missing("shipping rate", identifier, f"{name}[shipping_rate]", 400)
    if not rate["active"]:
        raise invalid(f"The shipping rate `{identifier}` is archived and can not be used.", f"{name}[shipping_rate]")
    return rate


def _span(bound: Json) -> str:
    return f"{bound['value']} {bound['unit'].replace('_', ' ')}{'s' if bound['value'] != 1 else ''}"
