"""Disputes (Square: Disputes API)."""

from lightning_cart_sandbox.dispute_states import DisputeState
from lightning_cart_sandbox.square.account import DISPUTE, PAYMENT, Account, money
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.ledger_entries import book_dispute, book_won_dispute
from lightning_cart_sandbox.square.payments import refundable_minor
from lightning_cart_sandbox.types import Json

REASONS = ("NO_KNOWLEDGE", "NOT_RECEIVED", "NOT_AS_DESCRIBED", "DUPLICATE", "CANCELLED", "AMOUNT_DIFFERS")
"""Square's reasons that this sandbox offers; the first is the default."""
_EVIDENCE_SECONDS = 14 * 24 * 3600
_STATES = {"WON": DisputeState.WON, "LOST": DisputeState.LOST}


def read_state(dispute: Json) -> DisputeState:
    """Return the state of a dispute."""
    return _STATES.get(dispute["state"], DisputeState.OPEN)


def list_disputes(account: Account, payment: Json) -> list[Json]:
    """Return a payment's disputes, oldest first."""
    return account.store.find(DISPUTE, _payment=payment["id"])[::-1]


def disputable_minor(account: Account, payment: Json) -> int:
    """Return how much of a payment can be disputed, in minor units: 0 while a dispute is open."""
    disputes = list_disputes(account, payment)
    if any(read_state(one) is DisputeState.OPEN for one in disputes):
        return 0
    taken = sum(one["amount_money"]["amount"] for one in disputes if read_state(one) is DisputeState.LOST)
    return max(0, refundable_minor(payment) - int(taken))


def open_dispute(account: Account, payment: Json, amount_minor: int | None = None, reason: str = "") -> Json:
    """Open a dispute over a payment; return it.

    Args:
        account: The account.
        payment: A completed payment.
        amount_minor: The disputed amount in minor units; by default all that is left of the payment.
        reason: One of `REASONS`; empty means the first.

    Raises:
        SquareError: Nothing is left of the payment, it is disputed already, or the amount or reason is wrong.
    """
    left = disputable_minor(account, payment)
    amount = left if amount_minor is None else amount_minor
    if not 0 < amount <= left or reason not in {"", *REASONS}:
        raise SquareError("BAD_REQUEST", "This payment cannot be disputed.")
    with account.transaction():
        now, identifier = account.instant(), account.fresh("dts")
        dispute = {
            "id": identifier,
            "dispute_id": identifier,
            "amount_money": money(amount, payment["total_money"]["currency"]),
            "reason": reason or REASONS[0],
            "state": "EVIDENCE_REQUIRED",
            "due_at": account.instant(_EVIDENCE_SECONDS),
            "disputed_payment": {"payment_id": payment["id"]},
            "card_brand": payment["card_details"]["card"]["card_brand"],
            "created_at": now,
            "updated_at": now,
            "reported_at": now,
            "version": 1,
            "location_id": payment["location_id"],
            "_payment": payment["id"],
        }
        book_dispute(account, dispute, payment["_buyer_account"])
        emit(account, "dispute.created", "dispute", account.save(DISPUTE, dispute))
    return dispute


def close_dispute(account: Account, dispute: Json, *, won: bool) -> None:
    """Decide a dispute, or a lost one again on appeal. The money of a won one returns to the seller."""
    with account.transaction():
        if won:
            payment = account.get(PAYMENT, dispute["_payment"])
            book_won_dispute(account, dispute, payment["_buyer_account"])
        state = "WON" if won else "LOST"
        dispute.update(state=state, version=dispute["version"] + 1, updated_at=account.instant())
        emit(account, "dispute.state.updated", "dispute", account.save(DISPUTE, dispute))
