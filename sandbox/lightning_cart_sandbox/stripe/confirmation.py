"""The confirmation of a payment intent, with or without a question of the buyer's bank (Stripe: 3-D Secure)."""

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.disputes import dispute_at_once
from lightning_cart_sandbox.stripe.errors import StripeError, card_error
from lightning_cart_sandbox.stripe.intent_states import unexpected_state
from lightning_cart_sandbox.stripe.payments import fail_payment, require_action, take_payment
from lightning_cart_sandbox.stripe.saved_methods import attach, card_of
from lightning_cart_sandbox.types import Json

_AUTHENTICATION = "authentication_required"


def confirm(account: Account, intent: Json, params: Json) -> Json | StripeError:
    """Pay a payment intent with its payment method; return it, or the error of a declined payment.

    Args:
        account: The account.
        intent: The payment intent.
        params: `off_session`, `error_on_requires_action` and `return_url`, if they were given.

    Raises:
        StripeError: It has no payment method.
    """
    if intent["payment_method"] is None:
        raise unexpected_state(
            intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method "
            "or ConfirmationToken.",
        )
    method = account.get("payment_method", intent["payment_method"])
    card = card_of(method)
    if not card.challenge:
        return pay(account, intent, method)
    if params.get("off_session") or params.get("error_on_requires_action"):
        return _declined(account, intent, method, _AUTHENTICATION)
    require_action(account, intent, account.url(f"/payment_intents/{intent['id']}"), params.get("return_url"))
    return intent


def pay(account: Account, intent: Json, method: Json) -> Json | StripeError:
    """Charge or hold the amount without asking the bank; return the payment intent, or the error of a declined payment."""
    card = card_of(method)
    decline = card.decline or (card.renewal_decline if method["customer"] else "")
    if decline:
        return _declined(account, intent, method, decline)
    details = method["billing_details"]
    charge = take_payment(account, intent, card, details, method=method)
    if intent["setup_future_usage"] and intent["customer"]:
        attach(account, method, intent["customer"])
    dispute_at_once(account, charge)
    return intent


def refuse(account: Account, intent: Json, method: Json) -> StripeError:
    """Record that the buyer did not confirm at the bank; return the error."""
    return _declined(account, intent, method, "authentication_failed")


def _declined(account: Account, intent: Json, method: Json, decline: str) -> StripeError:
    fail_payment(account, intent, card_of(method), decline, method=method)
    return card_error(intent["last_payment_error"], payment_intent=public(intent))
