"""Disputes between buyer and seller, which PayPal resolves (PayPal: Customer Disputes v1)."""

import re

from lightning_cart_sandbox.dispute_states import DisputeState
from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from lightning_cart_sandbox.paypal.account import MERCHANT_EMAIL, MERCHANT_ID, Account, timestamp
from lightning_cart_sandbox.paypal.errors import refusal
from lightning_cart_sandbox.paypal.events import emit
from lightning_cart_sandbox.paypal.ledger_entries import HELD, book_dispute, book_won_appeal
from lightning_cart_sandbox.paypal.money import minor, money
from lightning_cart_sandbox.paypal.refunds import refunded_minor
from lightning_cart_sandbox.paypal.reversals import cancel_reversal, reverse_capture
from lightning_cart_sandbox.paypal.wallet import full_name
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json

REASONS = (
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
    "UNAUTHORISED",
    "CREDIT_NOT_PROCESSED",
    "DUPLICATE_TRANSACTION",
    "INCORRECT_AMOUNT",
)
"""PayPal's reasons that this sandbox offers; the first is the default."""
_RESPONSE_SECONDS = 10 * 24 * 3600
_INVOICE = re.compile(r"[A-Za-z0-9:\-|]+")
_NOT_IN_NAMES = re.compile(r"[~!@#$%^*()_{}:|\t\n/]")
"""What invoice numbers consist of, and what names have not (PayPal: Customer Disputes v1)."""


def read_state(dispute: Json) -> DisputeState:
    """Return the state of a dispute. One that the buyer canceled is won."""
    if dispute["status"] != "RESOLVED":
        return DisputeState.OPEN
    lost = dispute["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
    return DisputeState.LOST if lost else DisputeState.WON


def list_disputes(account: Account, capture: Json) -> list[Json]:
    """Return a capture's disputes, oldest first."""
    return account.find("dispute", _capture=capture["id"])[::-1]


def disputable_minor(account: Account, capture: Json) -> int:
    """Return how much of a capture can be disputed, in minor units: 0 unless it is completed, or while a dispute is open."""
    if capture["_dispute"] or capture["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED"}:
        return 0
    return max(0, minor(capture["amount"]) - refunded_minor(account, capture))


def open_dispute(
    account: Account, order: Json, capture: Json, amount_minor: int | None = None, reason: str = "", *, inquiry: bool = False
) -> None:
    """Open a dispute over a capture; the money is held until it is resolved.

    Args:
        account: The account.
        order: The order of the capture.
        capture: The capture.
        amount_minor: The disputed amount in minor units; by default all that is left of the capture.
        reason: One of `REASONS`; empty means the first.
        inquiry: Whether the buyer only asks the seller first, in PayPal's Resolution Center.

    Raises:
        PayPalError: Nothing is left of the capture, it is disputed already, or the amount or reason is wrong.
    """
    left = disputable_minor(account, capture)
    amount = left if amount_minor is None else amount_minor
    if not 0 < amount <= left:
        raise refusal("INVALID_PARAMETER_VALUE", "/dispute_amount", str(amount))
    if reason not in {"", *REASONS}:
        raise refusal("INVALID_PARAMETER_VALUE", "/reason", reason)
    identifier, now = f"PP-R-{account.identifier('dispute', 3)}-{account.identifier('dispute', 8)}", account.timestamp()
    dispute = {
        "id": identifier,
        "dispute_id": identifier,
        "create_time": now,
        "update_time": now,
        "disputed_transactions": [_transaction(order, capture)],
        "reason": reason or REASONS[0],
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": money(amount, capture["amount"]["currency_code"]),
        "dispute_life_cycle_stage": "INQUIRY" if inquiry else "CHARGEBACK",
        "dispute_channel": "INTERNAL" if inquiry else "EXTERNAL",
        "seller_response_due_date": timestamp(account.now() + _RESPONSE_SECONDS),
        "links": [account.link(f"/v1/customer/disputes/{identifier}", "self")],
        "_capture": capture["id"],
    }
    with account.transaction():
        account.save("dispute", dispute)
        account.save("capture", {**capture, "_dispute": identifier})
        book_dispute(account, dispute, HELD)
        emit(account, "CUSTOMER.DISPUTE.CREATED", _shown(dispute), "A new dispute opened with Case # " + identifier)


def resolve_dispute(account: Account, capture: Json, dispute: Json, outcome: str) -> None:
    """Resolve a dispute, or a lost one again after an appeal of the seller.

    The money returns to the seller, or goes to the buyer and the capture is reversed.

    Args:
        account: The account.
        capture: The capture.
        dispute: Its dispute, which is open, or lost if the seller wins.
        outcome: `RESOLVED_SELLER_FAVOUR`, `RESOLVED_BUYER_FAVOUR` or `CANCELED_BY_BUYER`.
    """
    lost = outcome == "RESOLVED_BUYER_FAVOUR"
    with account.transaction():
        if read_state(dispute) is DisputeState.LOST:
            _appeal(account, dispute)
            cancel_reversal(account, capture, dispute)
            book_won_appeal(account, dispute, capture["_buyer_account"])
        else:
            capture["_dispute"] = None
            account.save("capture", capture)
            book_dispute(account, dispute, capture["_buyer_account"] if lost else PAYOUT_ACCOUNT)
        if lost:
            dispute["_reversal"] = reverse_capture(account, capture, dispute)["id"]
        dispute |= {"status": "RESOLVED", "update_time": account.timestamp(), "dispute_outcome": {"outcome_code": outcome}}
        if lost:
            dispute["dispute_outcome"]["amount_refunded"] = dispute["dispute_amount"]
        account.save("dispute", dispute)
        emit(account, "CUSTOMER.DISPUTE.RESOLVED", _shown(dispute), "A dispute was resolved with Case # " + dispute["id"])


def _appeal(account: Account, dispute: Json) -> None:
    """Reopen a lost dispute for PayPal's review (PayPal: appeal dispute)."""
    del dispute["dispute_outcome"]
    changes = {"status": "UNDER_REVIEW", "dispute_life_cycle_stage": "PRE_ARBITRATION", "update_time": account.timestamp()}
    dispute |= changes
    account.save("dispute", dispute)
    emit(account, "CUSTOMER.DISPUTE.UPDATED", _shown(dispute), "A dispute was updated with Case # " + dispute["id"])


def _transaction(order: Json, capture: Json) -> Json:
    invoice, buyer = capture.get("invoice_id", ""), full_name(order["payer"]["name"])
    return {
        "seller_transaction_id": capture["id"],
        "create_time": capture["create_time"],
        "transaction_status": "COMPLETED",
        "gross_amount": capture["amount"],
        **({"invoice_number": invoice} if _INVOICE.fullmatch(invoice) else {}),
        **({"custom": capture["custom_id"]} if "custom_id" in capture else {}),
        "buyer": {"name": _NOT_IN_NAMES.sub("", buyer) or "Buyer"},
        "seller": {"email": MERCHANT_EMAIL, "merchant_id": MERCHANT_ID, "name": "Sandbox Merchant"},
    }


def _shown(dispute: Json) -> Json:
    return {name: value for name, value in public(dispute).items() if name != "id"}
