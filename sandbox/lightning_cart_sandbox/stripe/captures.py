"""Payments that are taken in two steps: held on the card first, then captured or released (Stripe: place a hold)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.disputes import dispute_at_once
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.intent_states import unexpected_state
from lightning_cart_sandbox.stripe.ledger_entries import book_charge
from lightning_cart_sandbox.types import Json


def hold(account: Account, intent: Json, charge: Json) -> Json:
    """Save a charge that only holds its amount; no money moves yet. Return the charge."""
    charge.update(captured=False, amount_captured=0)
    account.save_object(charge)
    intent.update(status="requires_capture", amount_capturable=intent["amount"])
    account.save_object(intent)
    emit(account, "charge.succeeded", charge)
    emit(account, "payment_intent.amount_capturable_updated", intent)
    return charge


def capture(account: Account, intent: Json, params: Json) -> Json:
    """Take what a payment intent holds, or a part of it; the rest is released. Return the intent.

    Args:
        account: The account.
        intent: The payment intent.
        params: Optionally `amount_to_capture` in minor units, `metadata` and descriptors.

    Raises:
        StripeError: Nothing is held, or less.
    """
    status = intent["status"]
    if status == "succeeded":
        raise unexpected_state(intent, "This PaymentIntent could not be captured because it has already been captured.")
    if status != "requires_capture":
        raise unexpected_state(
            intent,
            f"This PaymentIntent could not be captured because it has a status of {status}. Only a PaymentIntent with one of "
            "the following statuses may be captured: requires_capture.",
        )
    amount = params.get("amount_to_capture", intent["amount_capturable"])
    if amount > intent["amount_capturable"]:
        raise StripeError(
            f"The requested capture amount is greater than the authorized amount of {intent['amount_capturable']}.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charge = account.get("charge", intent["latest_charge"])
    # What is not captured counts as refunded (Stripe: capture a charge).
    charge.update(captured=True, amount_captured=amount, amount_refunded=charge["amount"] - amount)
    descriptors = {name: value for name, value in params.items() if name.startswith("statement_descriptor")}
    charge.update(descriptors)
    charge["balance_transaction"] = book_charge(account, charge)
    account.save_object(charge)
    intent.update(descriptors, status="succeeded", amount_capturable=0, amount_received=amount)
    intent["metadata"] = merged_metadata(intent["metadata"], params.get("metadata"))
    account.save_object(intent)
    for session in account.store.find("checkout.session", payment_intent=intent["id"]):
        account.save_object({**session, "payment_status": "paid"})
    emit(account, "charge.captured", charge)
    emit(account, "payment_intent.succeeded", intent)
    dispute_at_once(account, charge)
    return intent


def release(account: Account, intent: Json) -> None:
    """Release what a payment intent holds, if it holds anything."""
    if intent["status"] != "requires_capture":
        return
    charge = account.get("charge", intent["latest_charge"])
    charge.update(refunded=True, amount_refunded=charge["amount"])
    emit(account, "charge.refunded", account.save_object(charge), {"amount_refunded": 0, "refunded": False})
