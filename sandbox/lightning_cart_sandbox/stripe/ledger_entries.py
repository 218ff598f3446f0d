"""Stripe's balance: every movement as a balance transaction, and the same in the ledger (Stripe: balance transaction object).

Two things are the sandbox's own. The fee is an illustration, 2.9 % and 30 minor units, since real fees depend on contract
and country. And the merchant is paid out at once, where Stripe waits days, so that one can see the money arrive.
"""

from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.types import Json

BALANCE, FEES = "Stripe balance", "Stripe fees"
_FEE_PER_MILLE, _FEE_FIXED = 29, 30


def fee_for(amount_minor: int) -> int:
    """Return the fee on a charge in minor units: 2.9 %, rounded half up, plus 30, and never more than the charge."""
    return min(amount_minor, (amount_minor * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED)


def book_charge(account: Account, charge: Json) -> str:
    """Book money that came in, its fee and its payout; return the balance transaction's id."""
    gross = charge["amount"]
    fee = fee_for(gross)
    identifier = _balance_transaction(account, charge, "charge", gross, fee)
    _move(account, charge, "Charge", (charge["_buyer_account"], BALANCE), gross)
    _move(account, charge, "Processing fee (2.9 % + 30, the sandbox's own rate)", (BALANCE, FEES), fee)
    _move(account, charge, "Payout", (BALANCE, PAYOUT_ACCOUNT), gross - fee)
    return identifier


def book_return(account: Account, cause: Json, buyer_account: str, kind: str, words: str) -> str:
    """Book money that goes back to the buyer: a refund or a dispute; the fee is not given back.

    Args:
        account: Whose it is.
        cause: The refund or dispute: its `id`, `amount` and `currency` are used.
        buyer_account: The ledger account it goes to.
        kind: The balance transaction's type, `"refund"` or `"adjustment"`.
        words: What the ledger calls it.

    Returns:
        The balance transaction's id.
    """
    amount = cause["amount"]
    identifier = _balance_transaction(account, cause, kind, -amount, 0)
    _move(account, cause, f"{words}: taken back from the payout account", (PAYOUT_ACCOUNT, BALANCE), amount)
    _move(account, cause, words, (BALANCE, buyer_account), amount)
    return identifier


def book_reinstated(account: Account, dispute: Json, buyer_account: str) -> str:
    """Book money that comes back to the merchant after a won dispute; return the balance transaction's id."""
    amount = dispute["amount"]
    identifier = _balance_transaction(account, dispute, "adjustment", amount, 0)
    _move(account, dispute, "Dispute won", (buyer_account, BALANCE), amount)
    _move(account, dispute, "Dispute won: payout", (BALANCE, PAYOUT_ACCOUNT), amount)
    return identifier


def _move(account: Account, cause: Json, words: str, route: tuple[str, str], amount: int) -> None:
    source, target = route
    account.ledger.write(words, {source: -amount, target: amount}, currency=cause["currency"], reference=cause["id"])


def _balance_transaction(account: Account, source: Json, kind: str, amount: int, fee: int) -> str:
    now, identifier = account.now(), account.new_id("txn")
    fee_detail = {"amount": fee, "application": None, "currency": source["currency"], "description": "Stripe processing fees"}
    account.save_object(
        {
            "id": identifier,
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now,
            "balance_type": "payments",
            "created": now,
            "currency": source["currency"],
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [{**fee_detail, "type": "stripe_fee"}] if fee else [],
            "net": amount - fee,
            "reporting_category": {"adjustment": "dispute"}.get(kind, kind),
            "source": source["id"],
            "status": "available",
            "type": kind,
        }
    )
    return identifier
