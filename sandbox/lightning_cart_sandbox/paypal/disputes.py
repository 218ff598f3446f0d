"""Disputes between buyer and seller, which PayPal resolves (PayPal: Customer Disputes v1)."""

from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from lightning_cart_sandbox.paypal.account import Account, timestamp
from lightning_cart_sandbox.paypal.events import emit
from lightning_cart_sandbox.paypal.ledger_entries import HELD, book_dispute
from lightning_cart_sandbox.paypal.money import minor, money
from lightning_cart_sandbox.paypal.refunds import refunded_minor
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json

_RESPONSE_SECONDS = 10 * 24 * 3600


def open_dispute(account: Account, order: Json, capture: Json) -> None:
    """Open a dispute over what is left of a capture; the money is held until it is resolved."""
    identifier, now = f"PP-R-{account.identifier('dispute', 3)}-{account.identifier('dispute', 8)}", account.timestamp()
    left = minor(capture["amount"]) - refunded_minor(account, capture)
    dispute = {
        "id": identifier,
        "dispute_id": identifier,
        "create_time": now,
        "update_time": now,
        "disputed_transactions": [
            {
                "seller_transaction_id": capture["id"],
                "create_time": capture["create_time"],
                "transaction_status": "COMPLETED",
                "gross_amount": capture["amount"],
                **({"invoice_number": capture["invoice_id"]} if "invoice_id" in capture else {}),
                **({"custom": capture["custom_id"]} if "custom_id" in capture else {}),
                "buyer": {"name": " ".join(order["payer"]["name"].values())},
                "seller": {"merchant_id": "SANDBOXMERCHANT", "name": "Sandbox Merchant"},
            }
        ],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": money(left, capture["amount"]["currency_code"]),
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "EXTERNAL",
        "seller_response_due_date": timestamp(account.now() + _RESPONSE_SECONDS),
        "links": [account.link(f"/v1/customer/disputes/{identifier}", "self")],
        "_capture": capture["id"],
    }
    with account.transaction():
        account.save("dispute", dispute)
        account.save("capture", {**capture, "_dispute": identifier})
        book_dispute(account, dispute, HELD)
        emit(account, "CUSTOMER.DISPUTE.CREATED", _shown(dispute), "A new dispute opened with Case # " + identifier)


def resolve_dispute(account: Account, capture: Json, dispute: Json, *, for_seller: bool) -> None:
    """Resolve a dispute: the money returns to the seller, or goes to the buyer and the capture is reversed."""
    outcome = "RESOLVED_SELLER_FAVOUR" if for_seller else "RESOLVED_BUYER_FAVOUR"
    dispute |= {"status": "RESOLVED", "update_time": account.timestamp(), "dispute_outcome": {"outcome_code": outcome}}
    if not for_seller:
        dispute["dispute_outcome"]["amount_refunded"] = dispute["dispute_amount"]
    with account.transaction():
        account.save("dispute", dispute)
        account.save("capture", {**capture, "_dispute": None, **({} if for_seller else _reversed(account))})
        book_dispute(account, dispute, PAYOUT_ACCOUNT if for_seller else capture["_buyer_account"])
        if not for_seller:
            reversal = account.save("refund", _reversal(account, capture, dispute))
            emit(account, "PAYMENT.CAPTURE.REVERSED", public(reversal), "A capture payment was reversed")
        emit(account, "CUSTOMER.DISPUTE.RESOLVED", _shown(dispute), "A dispute was resolved with Case # " + dispute["id"])


def _shown(dispute: Json) -> Json:
    return {name: value for name, value in public(dispute).items() if name != "id"}


def _reversed(account: Account) -> Json:
    return {
        "status": "REFUNDED",
        "status_details": {"reason": "CHARGEBACK"},
        "update_time": account.timestamp(),
        "_charged_back": True,
    }


def _reversal(account: Account, capture: Json, dispute: Json) -> Json:
    """Return the refund-like object that `PAYMENT.CAPTURE.REVERSED` carries."""
    identifier, amount = account.identifier("reversal"), dispute["dispute_amount"]
    total = money(refunded_minor(account, capture) + minor(amount), amount["currency_code"])
    return {
        "id": identifier,
        "status": "COMPLETED",
        "amount": amount,
        **({"custom_id": capture["custom_id"]} if "custom_id" in capture else {}),
        "seller_payable_breakdown": {"gross_amount": amount, "net_amount": amount, "total_refunded_amount": total},
        "create_time": account.timestamp(),
        "links": [
            account.link(f"/v2/payments/refunds/{identifier}", "self"),
            account.link(f"/v2/payments/captures/{capture['id']}", "up"),
        ],
        "_capture": capture["id"],
    }
