"""What a buyer pays with: payment methods, and their details in charges (Stripe: payment method object)."""

from hashlib import sha256

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.cards import Card
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.types import Json

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
        "payment_method",
        id=account.new_id("pm"),
        billing_details=billing_details(buyer or {}),
        created=account.now(),
        customer=customer,
        type=kind,
        **{kind: details},
        _card=vars(card),
    )
    return account.save_object(method)


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
