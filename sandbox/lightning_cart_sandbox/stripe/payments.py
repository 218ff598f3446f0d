"""Payment intents and charges (Stripe: payment intent object, charge object).

A payment intent can have several attempts; a charge is the attempt that succeeded.
"""

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.cards import AUTHENTICATION_FAILED, DECLINES, Card
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.ledger_entries import book_charge
from lightning_cart_sandbox.types import Json

BANK_DEBIT = Card("sepa_debit", "3000", "Sandbox Euro Bank")
"""The delayed method: a debit from a bank account, which succeeds or fails later."""


def new_intent(account: Account, *, amount: int, currency: str, data: Json, customer: str | None = None) -> Json:
    """Create a payment intent.

    Args:
        account: The account.
        amount: The amount in minor units.
        currency: The currency in lower case.
        data: The parameter `payment_intent_data`: `metadata`, `description`, `statement_descriptor_suffix` and so on.
        customer: The customer's id, for subscriptions.
    """
    identifier = account.new_id("pi")
    return account.save_object(
        {
            "id": identifier,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": data.get("capture_method", "automatic_async"),
            "client_secret": account.new_id(f"{identifier}_secret"),
            "confirmation_method": "automatic",
            "created": account.now(),
            "currency": currency,
            "customer": customer,
            "description": data.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": merged_metadata({}, data.get("metadata")),
            "next_action": None,
            "payment_method": None,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": data.get("receipt_email"),
            "setup_future_usage": data.get("setup_future_usage"),
            "shipping": None,
            "statement_descriptor": data.get("statement_descriptor"),
            "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
            "status": "requires_payment_method",
        }
    )


def require_action(account: Account, intent: Json, url: str) -> None:
    """Record that the buyer's bank asks for a confirmation."""
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": None}}
    intent.update(status="requires_action", next_action=action)
    emit(account, "payment_intent.requires_action", account.save_object(intent))


def start_processing(account: Account, intent: Json) -> None:
    """Record that a delayed payment is pending."""
    intent.update(status="processing", payment_method_types=[BANK_DEBIT.brand], payment_method=account.new_id("pm"))
    emit(account, "payment_intent.processing", account.save_object(intent))


def fail_payment(account: Account, intent: Json, card: Card, decline: str) -> str:
    """Record a failed attempt.

    Args:
        account: The account.
        intent: The payment intent; another attempt is possible.
        card: The card.
        decline: A key of `DECLINES`, or `"authentication_failed"`.

    Returns:
        The message for the buyer.
    """
    code, message = DECLINES.get(decline, AUTHENTICATION_FAILED)
    error = {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": {"id": account.new_id("pm"), "object": "payment_method", **_method(card)},
        "type": "card_error",
        **({"decline_code": decline} if code == "card_declined" else {}),
    }
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=error)
    emit(account, "payment_intent.payment_failed", account.save_object(intent))
    return message


def take_payment(account: Account, intent: Json, card: Card, buyer: Json, *, announce: bool = True) -> Json:
    """Charge the card; return the charge.

    Args:
        account: The account.
        intent: The payment intent.
        card: The card.
        buyer: The buyer's `email` and `name`.
        announce: Whether `charge.succeeded` and `payment_intent.succeeded` are sent.
    """
    charge = _charge(account, intent, card, buyer)
    charge["balance_transaction"] = book_charge(account, charge)
    account.save_object(charge)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=charge["payment_method"],
        last_payment_error=None,
        next_action=None,
    )
    account.save_object(intent)
    if announce:
        emit(account, "charge.succeeded", charge)
        emit(account, "payment_intent.succeeded", public(intent))
    return charge


def _charge(account: Account, intent: Json, card: Card, buyer: Json) -> Json:
    identifier = account.new_id("ch")
    return {
        "id": identifier,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": buyer["email"],
            "name": buyer["name"],
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "SANDBOX",
        "captured": True,
        "created": account.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "dispute": None,
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        # A charge gets a copy of the payment intent's metadata when it is created (Stripe: metadata).
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "network_status": "approved_by_network",
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": account.new_id("pm"),
        "payment_method_details": _method(card),
        "receipt_email": intent["receipt_email"],
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
        "_buyer_account": card.account,
    }


def _method(card: Card) -> Json:
    if card is BANK_DEBIT:
        return {"type": "sepa_debit", "sepa_debit": {"bank_code": None, "country": "ES", "last4": card.last4}}
    details = {"brand": card.brand, "country": "ES", "exp_month": 12, "exp_year": 2034, "funding": "credit"}
    return {
        "type": "card",
        "card": {**details, "issuer": card.issuer, "last4": card.last4, "network": card.brand, "wallet": None},
    }
