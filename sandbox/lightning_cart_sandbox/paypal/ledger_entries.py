"""PayPal's money in the ledger.

Two things are the sandbox's own. The fee is an illustration, 3.49 % and 49 minor units, since real fees depend on contract and
country. And the merchant is paid out at once, where a real balance waits to be withdrawn, so that one can see the money arrive.
"""

from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.money import ledger_minor, minor
from lightning_cart_sandbox.types import Json

BALANCE, FEES, HELD = "PayPal balance", "PayPal fees", "PayPal held for disputes"
CARD_ACCOUNT, BANK_ACCOUNT = "Banco Sabadell ••4242", "Sandbox Euro Bank ••3000"
_FEE_PER_TEN_THOUSAND, _FEE_FIXED = 349, 49


def fee_for(amount_minor: int) -> int:
    """Return the fee on a capture in minor units: 3.49 %, rounded half up, plus 49, and never more than the capture."""
    return min(amount_minor, (amount_minor * _FEE_PER_TEN_THOUSAND + 5000) // 10_000 + _FEE_FIXED)


def book_capture(account: Account, capture: Json) -> None:
    """Book money that came in, its fee and its payout."""
    gross = minor(capture["amount"])
    fee = fee_for(gross)
    _move(account, capture, "PayPal payment", (capture["_buyer_account"], BALANCE), gross)
    _move(account, capture, "PayPal fee (3.49 % + 49, the sandbox's own rate)", (BALANCE, FEES), fee)
    _move(account, capture, "PayPal payout", (BALANCE, PAYOUT_ACCOUNT), gross - fee)


def book_refund(account: Account, refund: Json, buyer_account: str) -> None:
    """Book money that goes back to the buyer; the fee is not given back."""
    amount = minor(refund["amount"])
    _move(account, refund, "PayPal refund: taken back from the payout account", (PAYOUT_ACCOUNT, BALANCE), amount)
    _move(account, refund, "PayPal refund", (BALANCE, buyer_account), amount)


def book_dispute(account: Account, dispute: Json, target: str) -> None:
    """Book the disputed money: held when a dispute opens, then to the buyer or back to the merchant.

    Args:
        account: Whose it is.
        dispute: Its `dispute_id` and `dispute_amount` are used.
        target: `HELD`, the payout account, or the buyer's account.
    """
    cause = {"id": dispute["dispute_id"], "amount": dispute["dispute_amount"]}
    words = "PayPal dispute: held" if target == HELD else "PayPal dispute: decided"
    _move(account, cause, words, (PAYOUT_ACCOUNT if target == HELD else HELD, target), minor(cause["amount"]))


def _move(account: Account, cause: Json, words: str, route: tuple[str, str], amount: int) -> None:
    source, target = route
    currency = cause["amount"]["currency_code"]
    shared = ledger_minor(amount, currency)
    account.ledger.write(words, {source: -shared, target: shared}, currency=currency, reference=cause["id"])
