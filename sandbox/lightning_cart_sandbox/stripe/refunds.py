"""Money that goes back: refunds and disputes (Stripe: refund object, dispute object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.ledger_entries import book_reinstated, book_return
from lightning_cart_sandbox.types import Json

_EVIDENCE_SECONDS = 7 * 24 * 3600


def create_refund(account: Account, params: Json) -> Json:
    """Give money back.

    Args:
        account: Whose it is.
        params: `charge` or `payment_intent`; perhaps `amount` in minor units (all that is left by default), `reason`
            and `metadata`.

    Raises:
        StripeError: There is no such charge, it is disputed, or not so much is left.
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
        before = charge["amount_refunded"]
        charge["amount_refunded"] = before + amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        account.save_object(charge)
        emit(account, "refund.created", refund)
        emit(account, "charge.refunded", charge, {"amount_refunded": before})
        emit(account, "refund.updated", refund, {"balance_transaction": None})
    return refund


def _refundable(account: Account, params: Json) -> Json:
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in params:
        return account.get("charge", params["charge"], "charge")
    intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["latest_charge"] is None:
        raise StripeError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", param="payment_intent"
        )
    return account.get("charge", intent["latest_charge"])


def _refund(account: Account, charge: Json, amount: int, params: Json) -> Json:
    refund = {
        "id": account.new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        "failure_reason": None,
        "metadata": merged_metadata({}, params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "pending_reason": None,
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    refund["balance_transaction"] = book_return(account, refund, charge["_buyer_account"], "refund", "Refund")
    return account.save_object(refund)


def open_dispute(account: Account, charge: Json) -> Json:
    """Let the buyer's bank take a payment back; return the dispute."""
    now = account.now()
    dispute = {
        "id": account.new_id("dp"),
        "object": "dispute",
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": now + _EVIDENCE_SECONDS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    account.save_object(dispute)
    account.save_object({**charge, "disputed": True, "dispute": dispute["id"]})
    emit(account, "charge.dispute.created", dispute)
    _link(account, dispute, book_return(account, dispute, charge["_buyer_account"], "adjustment", "Dispute"))
    emit(account, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(account: Account, dispute: Json, *, won: bool) -> None:
    """Decide a dispute; a won one brings the money back."""
    with account.transaction():
        dispute["status"] = "won" if won else "lost"
        if won:
            charge = account.get("charge", dispute["charge"])
            _link(account, dispute, book_reinstated(account, dispute, charge["_buyer_account"]))
            emit(account, "charge.dispute.funds_reinstated", dispute)
        emit(account, "charge.dispute.closed", account.save_object(dispute))


def _link(account: Account, dispute: Json, transaction_id: str) -> None:
    dispute["balance_transactions"].append(account.get("balance_transaction", transaction_id))
    account.save_object(dispute)
