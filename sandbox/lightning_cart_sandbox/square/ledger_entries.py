"""Square's side of the ledger.

Two things are the sandbox's own. The fee is an illustration, 2.9 % and 30 minor units, since real fees depend on plan and
country. And the seller is paid out at once, where Square waits a day or two, so that one can see the money arrive.
"""

from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from lightning_cart_sandbox.square.account import Account
from lightning_cart_sandbox.types import Json

BALANCE, FEES = "Square balance", "Square fees"
_FEE_PER_MILLE, _FEE_FIXED = 29, 30


def fee_for(amount_minor: int) -> int:
    """Return the fee on a payment in minor units: 2.9 %, rounded half up, plus 30, and never more than the payment."""
    return min(amount_minor, (amount_minor * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED)


def book_payment(account: Account, payment: Json) -> int:
    """Book money that came in, its fee and its payout; return the fee in minor units."""
    gross = payment["total_money"]["amount"]
    fee = fee_for(gross)
    _move(account, payment, "Payment", (payment["_buyer_account"], BALANCE), gross)
    _move(account, payment, "Processing fee (2.9 % + 30, the sandbox's own rate)", (BALANCE, FEES), fee)
    _move(account, payment, "Payout", (BALANCE, PAYOUT_ACCOUNT), gross - fee)
    return fee


def book_return(account: Account, cause: Json, buyer_account: str, words: str) -> None:
    """Book money that goes back to the buyer: a refund or a dispute; the fee is not given back.

    Args:
        account: Whose it is.
        cause: The refund or dispute: its `id` and `amount_money` are used.
        buyer_account: The ledger account it goes to.
        words: What the ledger calls it.
    """
    amount = cause["amount_money"]["amount"]
    _move(account, cause, f"{words}: taken back from the payout account", (PAYOUT_ACCOUNT, BALANCE), amount)
    _move(account, cause, words, (BALANCE, buyer_account), amount)


def book_reinstated(account: Account, dispute: Json, buyer_account: str) -> None:
    """Book money that comes back to the seller after a won dispute."""
    amount = dispute["amount_money"]["amount"]
    _move(account, dispute, "Dispute won", (buyer_account, BALANCE), amount)
    _move(account, dispute, "Dispute won: payout", (BALANCE, PAYOUT_ACCOUNT), amount)


def _move(account: Account, cause: Json, words: str, route: tuple[str, str], amount: int) -> None:
    source, target = route
    currency = (cause.get("total_money") or cause["amount_money"])["currency"]
    account.ledger.write(words, {source: -amount, target: amount}, currency=currency, reference=cause["id"])
