"""Stripe's balance: every movement as a balance transaction and as ledger entries (Stripe: balance transaction object)."""

from lightning_cart_sandbox.ledger_entries import Cause, PercentFee, ProviderEntries
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.types import Json

ENTRIES = ProviderEntries("Stripe balance", "Stripe fees", PercentFee(290, 30), payment="Charge")


def book_charge(account: Account, charge: Json) -> str:
    """Write a charge, its fee and its payout; return the balance transaction's id."""
    gross = charge["amount_captured"]
    fee = ENTRIES.fee.on(gross)
    identifier = _balance_transaction(account, charge, "charge", gross, fee)
    ENTRIES.book_payment(account.ledger, _cause({**charge, "amount": gross}), charge["_buyer_account"], fee)
    return identifier


def book_refund(account: Account, refund: Json, buyer_account: str) -> str:
    """Write a refund; return the balance transaction's id."""
    identifier = _balance_transaction(account, refund, "refund", -refund["amount"], 0)
    ENTRIES.book_refund(account.ledger, _cause(refund), buyer_account, "Refund")
    return identifier


def book_dispute(account: Account, dispute: Json, buyer_account: str) -> str:
    """Write the money that a dispute takes back; return the balance transaction's id."""
    identifier = _balance_transaction(account, dispute, "adjustment", -dispute["amount"], 0)
    ENTRIES.book_refund(account.ledger, _cause(dispute), buyer_account, "Dispute")
    return identifier


def book_won_dispute(account: Account, dispute: Json, buyer_account: str) -> str:
    """Write the money that the merchant gets after a dispute was won; return the balance transaction's id."""
    identifier = _balance_transaction(account, dispute, "adjustment", dispute["amount"], 0)
    ENTRIES.book_won_dispute(account.ledger, _cause(dispute), buyer_account)
    return identifier


def _cause(document: Json) -> Cause:
    return Cause(document["id"], document["currency"], document["amount"])


def _balance_transaction(account: Account, source: Json, kind: str, amount: int, fee: int) -> str:
    now = account.now()
    fee_detail = {"amount": fee, "application": None, "currency": source["currency"], "description": "Stripe processing fees"}
    transaction = new_object(
        "balance_transaction",
        id=account.new_id("txn"),
        amount=amount,
        available_on=now,
        created=now,
        currency=source["currency"],
        description=source.get("description"),
        fee=fee,
        fee_details=[{**fee_detail, "type": "stripe_fee"}] if fee else [],
        net=amount - fee,
        reporting_category={"adjustment": "dispute"}.get(kind, kind),
        source=source["id"],
        type=kind,
    )
    return str(account.save_object(transaction)["id"])
