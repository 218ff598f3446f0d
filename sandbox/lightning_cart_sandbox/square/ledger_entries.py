"""Square's names and rate in the ledger."""

from lightning_cart_sandbox.ledger_entries import Cause, PercentFee, ProviderEntries
from lightning_cart_sandbox.square.account import Account
from lightning_cart_sandbox.types import Json

ENTRIES = ProviderEntries("Square balance", "Square fees", PercentFee(290, 30))


def book_payment(account: Account, payment: Json) -> int:
    """Write a payment, its tip, its fee and its payout; return the fee in minor units."""
    cause = _cause(payment, "total_money")
    fee = ENTRIES.fee.on(cause.amount_minor)
    tip = (payment["tip_money"] or {"amount": 0})["amount"]
    ENTRIES.book_payment(account.ledger, cause, payment["_buyer_account"], fee, tip)
    return fee


def book_refund(account: Account, refund: Json, buyer_account: str) -> None:
    """Write a refund."""
    ENTRIES.book_refund(account.ledger, _cause(refund, "amount_money"), buyer_account, "Refund")


def book_dispute(account: Account, dispute: Json, buyer_account: str) -> None:
    """Write the money that a dispute takes back."""
    ENTRIES.book_refund(account.ledger, _cause(dispute, "amount_money"), buyer_account, "Dispute")


def book_won_dispute(account: Account, dispute: Json, buyer_account: str) -> None:
    """Write the money that the seller gets after a dispute was won."""
    ENTRIES.book_won_dispute(account.ledger, _cause(dispute, "amount_money"), buyer_account)


def _cause(document: Json, field: str) -> Cause:
    return Cause(document["id"], document[field]["currency"], document[field]["amount"])
