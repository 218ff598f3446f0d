"""PayPal's names and rate in the ledger."""

from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from lightning_cart_sandbox.ledger_entries import Cause, PercentFee, ProviderEntries, move
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.money import ledger_minor, minor
from lightning_cart_sandbox.types import Json

ENTRIES = ProviderEntries("PayPal balance", "PayPal fees", PercentFee(349, 49), "PayPal payment", "PayPal fee", "PayPal payout")
HELD = "PayPal held for disputes"
CARD_ACCOUNT, BANK_ACCOUNT = "Banco Sabadell ••4242", "Sandbox Euro Bank ••3000"


def book_capture(account: Account, capture: Json) -> int:
    """Write a capture, its fee and its payout; return the fee in PayPal's minor units."""
    fee = ENTRIES.fee.on(minor(capture["amount"]))
    shared_fee = ledger_minor(fee, capture["amount"]["currency_code"])
    ENTRIES.book_payment(account.ledger, _cause(capture["id"], capture["amount"]), capture["_buyer_account"], shared_fee)
    return fee


def book_refund(account: Account, refund: Json, buyer_account: str) -> None:
    """Write a refund."""
    ENTRIES.book_refund(account.ledger, _cause(refund["id"], refund["amount"]), buyer_account, "PayPal refund")


def book_dispute(account: Account, dispute: Json, target: str) -> None:
    """Write the disputed money: held when a dispute opens, then moved to the buyer or to the merchant.

    Args:
        account: The account.
        dispute: The dispute, with `dispute_id` and `dispute_amount`.
        target: `HELD`, the payout account, or the buyer's account.
    """
    cause = _cause(dispute["dispute_id"], dispute["dispute_amount"])
    description, source = ("PayPal dispute: decided", HELD) if target != HELD else ("PayPal dispute: held", PAYOUT_ACCOUNT)
    move(account.ledger, cause, description, (source, target), cause.amount_minor)


def book_won_appeal(account: Account, dispute: Json, buyer_account: str) -> None:
    """Write the money that the merchant gets after an appeal: the buyer had it since the dispute was lost."""
    ENTRIES.book_won_dispute(account.ledger, _cause(dispute["dispute_id"], dispute["dispute_amount"]), buyer_account)


def _cause(reference: str, amount: Json) -> Cause:
    currency = amount["currency_code"]
    return Cause(reference, currency, ledger_minor(minor(amount), currency))
