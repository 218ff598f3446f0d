"""Disputes (Stripe: dispute object)."""

from lightning_cart_sandbox.dispute_states import DisputeState
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.events import emit
from lightning_cart_sandbox.stripe.ledger_entries import book_dispute, book_won_dispute
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.types import Json

REASONS = ("fraudulent", "product_not_received", "product_unacceptable", "duplicate", "unrecognized", "general")
"""Stripe's reasons that this sandbox offers; the first is the default."""
_EVIDENCE_SECONDS = 7 * 24 * 3600
_STATES = {"won": DisputeState.WON, "lost": DisputeState.LOST}


def read_state(dispute: Json) -> DisputeState:
    """Return the state of a dispute."""
    return _STATES.get(dispute["status"], DisputeState.OPEN)


def list_disputes(account: Account, charge: Json) -> list[Json]:
    """Return a charge's disputes, oldest first."""
    return account.store.find("dispute", charge=charge["id"])[::-1]


def disputable_minor(account: Account, charge: Json) -> int:
    """Return how much of a charge can be disputed, in minor units: 0 while a dispute is open, or before it is captured."""
    disputes = list_disputes(account, charge)
    if not charge["captured"] or any(read_state(one) is DisputeState.OPEN for one in disputes):
        return 0
    taken = sum(one["amount"] for one in disputes if read_state(one) is DisputeState.LOST)
    return max(0, int(charge["amount"] - charge["amount_refunded"] - taken))


def open_dispute(account: Account, charge: Json, amount: int | None = None, reason: str = "") -> Json:
    """Open a dispute over a charge; return it.

    Args:
        account: The account.
        charge: The charge.
        amount: The disputed amount in minor units; by default all that is left of the charge.
        reason: One of `REASONS`; empty means the first.

    Raises:
        StripeError: Nothing is left of the charge, it is disputed already, or the amount or reason is wrong.
    """
    now, left = account.now(), disputable_minor(account, charge)
    amount = left if amount is None else amount
    if not 0 < amount <= left or reason not in {"", *REASONS}:
        raise StripeError("This charge cannot be disputed.")
    dispute = new_object(
        "dispute",
        id=account.new_id("dp"),
        amount=amount,
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        evidence=new_part("dispute_evidence"),
        evidence_details=new_part("dispute_evidence_details", due_by=now + _EVIDENCE_SECONDS),
        payment_intent=charge["payment_intent"],
        reason=reason or REASONS[0],
        **_method_details(charge),
    )
    account.save_object(dispute)
    account.save_object({**charge, "disputed": True})
    emit(account, "charge.dispute.created", dispute)
    _link(account, dispute, book_dispute(account, dispute, charge["_buyer_account"]))
    emit(account, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def dispute_at_once(account: Account, charge: Json) -> None:
    """Open the dispute of a captured charge whose test card is disputed at once."""
    if charge["captured"] and charge.get("_disputed_at_once"):
        open_dispute(account, charge)


def close_dispute(account: Account, dispute: Json, *, won: bool) -> None:
    """Decide a dispute, or a lost one again on appeal. The money of a won one returns to the merchant."""
    with account.transaction():
        if read_state(dispute) is DisputeState.LOST:
            dispute["status"] = "under_review"
            emit(account, "charge.dispute.updated", account.save_object(dispute), {"status": "lost"})
        dispute["status"] = "won" if won else "lost"
        if won:
            charge = account.get("charge", dispute["charge"])
            _link(account, dispute, book_won_dispute(account, dispute, charge["_buyer_account"]))
            emit(account, "charge.dispute.funds_reinstated", dispute)
        emit(account, "charge.dispute.closed", account.save_object(dispute))


def _method_details(charge: Json) -> Json:
    card = charge["payment_method_details"].get("card")
    if card is None:
        return {}
    details = {"brand": card["brand"], "case_type": "chargeback", "network": card["network"], "network_reason_code": "10"}
    return {"payment_method_details": {"card": details, "type": "card"}}


def _link(account: Account, dispute: Json, transaction_id: str) -> None:
    dispute["balance_transactions"].append(account.get("balance_transaction", transaction_id))
    account.save_object(dispute)
