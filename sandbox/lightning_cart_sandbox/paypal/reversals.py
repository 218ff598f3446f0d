"""Reversals: captures whose money PayPal takes back after a lost dispute, and returns after an appeal."""

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.events import emit
from lightning_cart_sandbox.paypal.money import minor, money
from lightning_cart_sandbox.paypal.refunds import refunded_minor, shown_custom_id
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json


def reverse_capture(account: Account, capture: Json, dispute: Json) -> Json:
    """Reverse the disputed part of a capture; return the reversal, an object like a refund.

    Args:
        account: The account.
        capture: The capture; changed in place.
        dispute: The lost dispute.
    """
    reversal = account.save("refund", _reversal(account, capture, dispute))
    capture |= {"_charged_back": True, "update_time": account.timestamp(), "status_details": {"reason": "CHARGEBACK"}}
    _save_with_status(account, capture)
    emit(account, "PAYMENT.CAPTURE.REVERSED", public(reversal), "A capture payment was reversed")
    return reversal


def cancel_reversal(account: Account, capture: Json, dispute: Json) -> None:
    """Cancel the reversal of a lost dispute that the seller won on appeal. PayPal documents no event of the capture."""
    cancelled = {"status": "CANCELLED", "update_time": account.timestamp()}
    account.save("refund", account.get("refund", dispute["_reversal"]) | cancelled)
    reversals = account.find("refund", _capture=capture["id"], _reversal=True, status="COMPLETED")
    capture |= {"_charged_back": bool(reversals), "update_time": account.timestamp()}
    if not reversals:
        capture.pop("status_details", None)
    _save_with_status(account, capture)


def _save_with_status(account: Account, capture: Json) -> None:
    refunded = refunded_minor(account, capture)
    whole = refunded >= minor(capture["amount"])
    capture["status"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED" if refunded else "COMPLETED"
    account.save("capture", capture)


def _reversal(account: Account, capture: Json, dispute: Json) -> Json:
    identifier, amount, now = account.identifier("reversal"), dispute["dispute_amount"], account.timestamp()
    total = money(refunded_minor(account, capture) + minor(amount), amount["currency_code"])
    return {
        "id": identifier,
        "status": "COMPLETED",
        "amount": amount,
        **shown_custom_id(capture.get("custom_id", "")),
        "seller_payable_breakdown": {"gross_amount": amount, "net_amount": amount, "total_refunded_amount": total},
        "create_time": now,
        "update_time": now,
        "links": [
            account.link(f"/v2/payments/refunds/{identifier}", "self"),
            account.link(f"/v2/payments/captures/{capture['id']}", "up"),
        ],
        "_capture": capture["id"],
        "_reversal": True,
    }
