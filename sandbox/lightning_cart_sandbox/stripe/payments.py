"""Payment intents and charges (Stripe: payment intent object, charge object).

A payment intent can have several attempts; a charge is the attempt that succeeded.
"""

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.captures import hold
from lightning_cart_sandbox.stripe.cards import Card, decline_error
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.ledger_entries import book_charge
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.stripe.saved_methods import BANK_DEBIT, billing_details, charge_details, save_method
from lightning_cart_sandbox.types import Json

_DATA = ("capture_method", "description", "receipt_email", "setup_future_usage", "shipping", "transfer_group")
_DESCRIPTORS = ("statement_descriptor", "statement_descriptor_suffix")


def new_intent(
    account: Account, *, amount: int, currency: str, data: Json, customer: str | None = None, created_by: str = ""
) -> Json:
    """Create a payment intent.

    Args:
        account: The account.
        amount: The amount in minor units.
        currency: The currency in lower case.
        data: The parameter `payment_intent_data`: `metadata`, `description`, `statement_descriptor_suffix` and so on.
        customer: The customer's id, for subscriptions.
        created_by: `CHECKOUT` or `INVOICE`, if the shop does not create it itself.
    """
    identifier = account.new_id("pi")
    intent = new_object(
        "payment_intent",
        id=identifier,
        amount=amount,
        client_secret=account.new_id(f"{identifier}_secret"),
        created=account.now(),
        currency=currency,
        customer=customer,
        metadata=merged_metadata({}, data.get("metadata")),
        **{name: data[name] for name in (*_DATA, *_DESCRIPTORS) if name in data},
        _created_by=created_by,
    )
    return account.save_object(intent)


def complete_shipping(sent: Json) -> Json:
    """Return the field `shipping` of a payment intent or a charge from the parameter, with null for what was not sent."""
    return new_part("shipping", **{**sent, "address": new_part("address", **sent["address"])})


def require_action(account: Account, intent: Json, url: str, return_url: str | None = None) -> None:
    """Record that the buyer's bank asks for a confirmation.

    Args:
        account: The account.
        intent: The payment intent.
        url: The bank's page.
        return_url: Where that page sends the buyer afterwards, if the shop named a URL.
    """
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}}
    intent.update(status="requires_action", next_action=action)
    emit(account, "payment_intent.requires_action", account.save_object(intent))


def start_processing(account: Account, intent: Json) -> None:
    """Record that a delayed payment is pending."""
    method = save_method(account, BANK_DEBIT)["id"]
    intent.update(status="processing", payment_method_types=[BANK_DEBIT.brand], payment_method=method)
    emit(account, "payment_intent.processing", account.save_object(intent))


def fail_payment(account: Account, intent: Json, card: Card, decline: str, *, method: Json | None = None) -> str:
    """Record a failed attempt.

    Args:
        account: The account.
        intent: The payment intent; another attempt is possible.
        card: The card.
        decline: A key of `DECLINES`, or `"authentication_failed"`.
        method: The saved payment method; by default a new one is saved.

    Returns:
        The message for the buyer.
    """
    error = decline_error(decline, public(method or save_method(account, card)))
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=error, payment_method=None)
    emit(account, "payment_intent.payment_failed", account.save_object(intent))
    return str(error["message"])


def take_payment(
    account: Account, intent: Json, card: Card, buyer: Json, *, announce: bool = True, method: Json | None = None
) -> Json:
    """Charge the card, or hold the amount if the payment intent is captured manually; return the charge.

    Args:
        account: The account.
        intent: The payment intent.
        card: The card.
        buyer: The buyer's `email` and `name`.
        announce: Whether `charge.succeeded` and `payment_intent.succeeded` are sent.
        method: The saved payment method; by default a new one is saved.
    """
    if method is None:
        method = save_method(account, card, buyer)
    charge = _charge(account, intent, card, buyer, method["id"])
    paid_with = {"latest_charge": charge["id"], "payment_method": method["id"]}
    intent.update(paid_with, last_payment_error=None, next_action=None)
    if intent["capture_method"] == "manual":
        return hold(account, intent, charge)
    charge["balance_transaction"] = book_charge(account, charge)
    account.save_object(charge)
    intent.update(status="succeeded", amount_received=intent["amount"])
    account.save_object(intent)
    if announce:
        emit(account, "charge.succeeded", charge)
        emit(account, "payment_intent.succeeded", intent)
    return charge


def _charge(account: Account, intent: Json, card: Card, buyer: Json, method: str) -> Json:
    copied = ("amount", "currency", "customer", "description", "receipt_email", "shipping", "transfer_group")
    return new_object(
        "charge",
        id=account.new_id("ch"),
        amount_captured=intent["amount"],
        billing_details=billing_details(buyer),
        captured=True,
        created=account.now(),
        # A charge gets a copy of the payment intent's metadata when it is created (Stripe: metadata).
        metadata=dict(intent["metadata"]),
        outcome=new_part("outcome"),
        payment_intent=intent["id"],
        payment_method=method,
        payment_method_details=charge_details(card, intent["amount"]),
        **{name: intent.get(name) for name in (*copied, *_DESCRIPTORS)},  # a state file of an older version has fewer
        _buyer_account=card.account,
        _disputed_at_once=card.disputed,
    )
