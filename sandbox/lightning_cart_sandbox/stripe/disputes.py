"""Disputes (Stripe: dispute object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.events import emit
from lightning_cart_sandbox.stripe.ledger_entries import book_dispute, book_won_dispute
from lightning_cart_sandbox.types import Json

_EVIDENCE_SECONDS = 7 * 24 * 3600


def open_dispute(account: Account, charge: Json) -> Json:
    """Open a dispute over what is left of a charge; return it."""
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
    _link(account, dispute, book_dispute(account, dispute, charge["_buyer_account"]))
    emit(account, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(account: Account, dispute: Json, *, won: bool) -> None:
    """Decide a dispute. The money of a won one returns to the merchant."""
    with account.transaction():
        dispute["status"] = "won" if won else "lost"
        if won:
            charge = account.get("charge", dispute["charge"])
            _link(account, dispute, book_won_dispute(account, dispute, charge["_buyer_account"]))
            emit(account, "charge.dispute.funds_reinstated", dispute)
        emit(account, "charge.dispute.closed", account.save_object(dispute))


def _link(account: Account, dispute: Json, transaction_id: str) -> None:
    dispute["balance_transactions"].append(account.get("balance_transaction", transaction_id))
    account.save_object(dispute)
