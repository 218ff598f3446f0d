"""Refunds (Stripe: refund object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.ledger_entries import book_refund
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.types import Json


def create_refund(account: Account, params: Json) -> Json:
    """Refund a charge.

    Args:
        account: The account.
        params: `charge` or `payment_intent`; optionally `amount` in minor units (by default the rest of the charge), `reason`
            and `metadata`.

    Raises:
        StripeError: There is no such charge, it is disputed, or the amount is more than the rest.
    """
    charge = _refundable(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
        raise StripeError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount > left:
        raise StripeError(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")
    with account.transaction():
        refund = _refund(account, charge, amount, params)
        before = {name: charge[name] for name in ("amount_refunded", "refunded")}
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        previous = {name: value for name, value in before.items() if charge[name] != value}
        account.save_object(charge)
        emit(account, "refund.created", refund)
        emit(account, "charge.refunded", charge, previous)
        emit(account, "refund.updated", refund, {"balance_transaction": None})
    return refund


def _refundable(account: Account, params: Json) -> Json:
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in params:
        charge = account.get("charge", params["charge"], "charge")
        if not charge["captured"]:
            raise StripeError(f"Charge {charge['id']} has not been captured. Cancel its PaymentIntent instead.", param="charge")
        return charge
    intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["latest_charge"] is None or intent["status"] != "succeeded":
        raise StripeError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", param="payment_intent"
        )
    return account.get("charge", intent["latest_charge"])


def _refund(account: Account, charge: Json, amount: int, params: Json) -> Json:
    refund = new_object(
        "refund",
        id=account.new_id("re"),
        amount=amount,
        charge=charge["id"],
        created=account.now(),
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details=_destination(charge),
        metadata=merged_metadata({}, params.get("metadata")),
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=params.get("reason"),
    )
    refund["balance_transaction"] = book_refund(account, refund, charge["_buyer_account"])
    return account.save_object(refund)


def _destination(charge: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {"type": kind, "card": card} if kind == "card" else {"type": kind}
