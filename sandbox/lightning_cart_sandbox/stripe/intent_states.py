"""What Stripe says about a payment intent whose status or origin does not allow an operation (Stripe: error codes)."""

from collections.abc import Sequence

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.schema import NOT_IMITATED
from lightning_cart_sandbox.types import Json

CHECKOUT, INVOICE = "checkout", "invoice"
"""What creates payment intents beside the API: the value of an intent's `_created_by`."""


def unexpected_state(intent: Json, message: str) -> StripeError:
    """Return the error `payment_intent_unexpected_state`, which has the payment intent."""
    return StripeError(message, code="payment_intent_unexpected_state", details={"payment_intent": public(intent)})


def require_status(intent: Json, action: str, done: str, statuses: Sequence[str]) -> None:
    """Raise unless a payment intent has one of some statuses.

    Args:
        intent: The payment intent.
        action: What is tried, such as `cancel`.
        done: What it would be, such as `canceled`.
        statuses: The statuses that allow it.
    """
    if intent["status"] not in statuses:
        raise unexpected_state(
            intent,
            f"You cannot {action} this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent with "
            f"one of the following statuses may be {done}: {', '.join(statuses)}.",
        )


def require_own(intent: Json, action: str) -> None:
    """Raise unless the shop created a payment intent itself: another one pays only the session or invoice that it is for.

    Args:
        intent: The payment intent.
        action: What is tried, such as `confirm`.
    """
    origin = intent.get("_created_by", CHECKOUT)  # a state file of an older version has no other ones
    if origin == CHECKOUT:
        raise StripeError("You cannot perform this action on PaymentIntents created by Checkout.")
    if origin == INVOICE:
        what = f"To {action} the payment intent of an invoice"
        raise invalid(NOT_IMITATED.format(what=what), code="sandbox_not_imitated")
