"""Disputes (Square: Disputes API)."""

from lightning_cart_sandbox.square.account import DISPUTE, PAYMENT, Account, money
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.ledger_entries import book_dispute, book_won_dispute
from lightning_cart_sandbox.square.payments import refundable_minor
from lightning_cart_sandbox.types import Json

_EVIDENCE_SECONDS = 14 * 24 * 3600


def find_dispute(account: Account, payment: Json) -> Json | None:
    """Return a payment's dispute, or `None`."""
    found = account.store.find(DISPUTE, _payment=payment["id"])
    return found[0] if found else None


def open_dispute(account: Account, payment: Json) -> Json:
    """Open a dispute over what is left of a payment; return it.

    Raises:
        SquareError: The payment is refunded completely, or already disputed.
    """
    if refundable_minor(payment) == 0 or find_dispute(account, payment):
        raise SquareError("BAD_REQUEST", "This payment cannot be disputed.")
    with account.transaction():
        now, identifier = account.instant(), account.fresh("dts")
        dispute = {
            "id": identifier,
            "dispute_id": identifier,
            "amount_money": money(refundable_minor(payment), payment["total_money"]["currency"]),
            "reason": "NO_KNOWLEDGE",
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
    """Decide a dispute. The money of a won one returns to the seller."""
    with account.transaction():
        if won:
            payment = account.get(PAYMENT, dispute["_payment"])
            book_won_dispute(account, dispute, payment["_buyer_account"])
        state = "WON" if won else "LOST"
        dispute.update(state=state, version=dispute["version"] + 1, updated_at=account.instant())
        emit(account, "dispute.state.updated", "dispute", account.save(DISPUTE, dispute))
