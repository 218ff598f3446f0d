"""What a buyer pays with: payment methods, and their details in charges (Stripe: payment method object)."""

from hashlib import sha256

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.cards import Card
from lightning_cart_sandbox.stripe.errors import invalid, missing
from lightning_cart_sandbox.stripe.events import emit
from lightning_cart_sandbox.stripe.named_cards import METHOD_PREFIX, find_card
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.types import Json

KIND = "payment_method"
BANK_DEBIT = Card("sepa_debit", "3000", "Sandbox Euro Bank")
"""The delayed method: a debit from a bank account, which succeeds or fails later."""


def save_method(account: Account, card: Card, buyer: Json | None = None, customer: str | None = None) -> Json:
    """Save a payment method; return it.

    Args:
        account: The account.
        card: The card, or `BANK_DEBIT`.
        buyer: The buyer's `email` and `name`, if they are known.
        customer: The id of the customer that it is attached to, if any.
    """
    names = _names(card)
    if card.brand == BANK_DEBIT.brand:
        kind, details = "sepa_debit", new_part("payment_method_sepa_debit", **names)
    else:
        networks = {"available": [card.brand], "preferred": None}
        kind, details = "card", new_part("payment_method_card", display_brand=card.brand, networks=networks, **names)
    method = new_object(
        KIND,
        id=account.new_id("pm"),
        billing_details=billing_details(buyer or {}),
        created=account.now(),
        customer=customer,
        type=kind,
        **{kind: details},
        _card=vars(card),
    )
    return account.save_object(method)


def find_method(account: Account, identifier: str, param: str, status: int = 400) -> Json:
    """Return a payment method. A test payment method becomes a new one, as at Stripe.

    Args:
        account: The account.
        identifier: The id of a payment method, or the name of a test payment method.
        param: The parameter that names it, for the error.
        status: The HTTP status of the error.

    Raises:
        StripeError: There is no such payment method.
    """
    card = find_card(identifier, METHOD_PREFIX)
    if card:
        return save_method(account, card)
    method = account.store.get(KIND, identifier)
    if method is None:
        raise missing("PaymentMethod", identifier, param, status)
    return method


def usable_method(account: Account, identifier: str, customer: str | None = None) -> Json:
    """Return the payment method that the parameter `payment_method` names.

    Args:
        account: The account.
        identifier: The id of a payment method, or the name of a test payment method.
        customer: The id of the customer who pays, if any.

    Raises:
        StripeError: There is no such payment method, or it is another customer's.
    """
    method = find_method(account, identifier, "payment_method")
    if method["customer"] not in {None, customer}:
        raise invalid(
            f"The PaymentMethod provided ({identifier}) belongs to the Customer {method['customer']}. Please include the "
            "Customer in the `customer` parameter on the PaymentIntent.",
            "payment_method",
        )
    return method


def attach(account: Account, method: Json, customer: str) -> Json:
    """Keep a payment method for a customer, and send the event unless it is kept already; return the method."""
    if method["customer"] == customer:
        return method
    method["customer"] = customer
    emit(account, "payment_method.attached", account.save_object(method))
    return method


def card_of(method: Json) -> Card:
    """Return the card of a payment method."""
    return Card(**method["_card"])


def charge_details(card: Card, amount: int) -> Json:
    """Return the `payment_method_details` of a charge."""
    names = _names(card)
    if card.brand == BANK_DEBIT.brand:
        return {"type": "sepa_debit", "sepa_debit": new_part("charge_sepa_debit", **names)}
    return {"type": "card", "card": new_part("charge_card", amount_authorized=amount, network=card.brand, **names)}


def billing_details(buyer: Json) -> Json:
    """Return the `billing_details` of a buyer with perhaps an `email`, a `name`, a `phone` and an `address`."""
    known = {name: buyer[name] for name in ("address", "email", "name", "phone") if buyer.get(name)}
    return new_part("billing_details", **({"address": new_part("address")} | known))


def _names(card: Card) -> Json:
    """Return what a payment method and a charge both tell. The fingerprint is the same for the same card."""
    fingerprint = sha256(f"{card.brand} {card.last4}".encode()).hexdigest()[:16]
    if card.brand == BANK_DEBIT.brand:
        return {"country": "ES", "fingerprint": fingerprint, "last4": card.last4}
    return {"brand": card.brand, "fingerprint": fingerprint, "issuer": card.issuer, "last4": card.last4}
