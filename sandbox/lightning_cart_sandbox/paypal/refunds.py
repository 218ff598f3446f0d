"""Refunds (PayPal: Payments v2, refund captured payment)."""

import re

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.errors import refusal
from lightning_cart_sandbox.paypal.events import emit
from lightning_cart_sandbox.paypal.ledger_entries import book_refund
from lightning_cart_sandbox.paypal.money import minor, money, money_problem
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json

REFUND_WINDOW_SECONDS = 180 * 24 * 3600
_CUSTOM_ID = re.compile("[A-Za-z0-9_.,-]+")


def refund_capture(account: Account, identifier: str, params: Json) -> Json:
    """Refund a capture.

    Args:
        account: The account.
        identifier: The capture's id.
        params: Optionally `amount` (by default the rest of the capture), `invoice_id`, `custom_id` and `note_to_payer`.

    Raises:
        PayPalError: There is no such capture, it cannot be refunded, or the amount is more than the rest.
    """
    capture = account.get("capture", identifier)
    _check_refundable(account, capture)
    left = minor(capture["amount"]) - refunded_minor(account, capture)
    amount = _amount(capture, params, left)
    invoice = params.get("invoice_id")
    if invoice and account.find("refund", invoice_id=invoice):
        raise refusal("DUPLICATE_INVOICE_ID", "/invoice_id", invoice)
    with account.transaction():
        refund = _new_refund(account, capture, params, amount)
        book_refund(account, refund, capture["_buyer_account"])
        account.save("refund", refund)
        capture["status"] = "REFUNDED" if amount == left else "PARTIALLY_REFUNDED"
        capture["update_time"] = refund["create_time"]
        account.save("capture", capture)
        summary = f"A {refund['amount']['currency_code']} {refund['amount']['value']} capture payment was refunded"
        emit(account, "PAYMENT.CAPTURE.REFUNDED", public(refund), summary)
    return refund


def refunded_minor(account: Account, capture: Json) -> int:
    """Return how much of a capture is refunded or reversed, in minor units."""
    refunds = account.find("refund", _capture=capture["id"])
    return sum(minor(refund["amount"]) for refund in refunds if refund["status"] != "CANCELLED")


def shown_custom_id(custom_id: str) -> Json:
    """Return a refund's `custom_id`. It takes any string, but shows only some characters (PayPal: Payments v2, refund)."""
    return {"custom_id": custom_id} if _CUSTOM_ID.fullmatch(custom_id) else {}


def refund_view(account: Account, refund: Json, /, *, full: bool) -> Json:
    """Return a refund as a response shows it."""
    del account
    return public(refund) if full else {name: refund[name] for name in ("id", "status", "links")}


def _check_refundable(account: Account, capture: Json) -> None:
    issues = {
        "PENDING_CAPTURE": capture["status"] == "PENDING",
        "REFUND_NOT_ALLOWED": capture["status"] == "DECLINED",
        "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": capture["_charged_back"],
        "TRANSACTION_DISPUTED": capture["_dispute"] is not None,
        "CAPTURE_FULLY_REFUNDED": capture["status"] == "REFUNDED",
        "REFUND_TIME_LIMIT_EXCEEDED": capture["_at"] + REFUND_WINDOW_SECONDS <= account.now(),
    }
    for issue, holds in issues.items():
        if holds:
            raise refusal(issue)


def _amount(capture: Json, params: Json, left: int) -> int:
    if "amount" not in params:
        return left
    wanted = params["amount"]
    if issue := money_problem(wanted):
        raise refusal(issue, "/amount/value", wanted["value"])
    if wanted["currency_code"] != capture["amount"]["currency_code"]:
        raise refusal("REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", wanted["currency_code"])
    amount = minor(wanted)
    if amount == 0:
        raise refusal("CANNOT_BE_ZERO_OR_NEGATIVE", "/amount/value", wanted["value"])
    if amount > left:
        raise refusal("REFUND_AMOUNT_EXCEEDED", "/amount/value", wanted["value"])
    return amount


def _new_refund(account: Account, capture: Json, params: Json, amount: int) -> Json:
    identifier, now = account.identifier("refund"), account.timestamp()
    currency = capture["amount"]["currency_code"]
    custom_id: str = params.get("custom_id") or capture.get("custom_id", "")
    return {
        "id": identifier,
        "status": "COMPLETED",
        "amount": money(amount, currency),
        **shown_custom_id(custom_id),
        **{name: params[name] for name in ("invoice_id", "note_to_payer") if name in params},
        "seller_payable_breakdown": {
            "gross_amount": money(amount, currency),
            "paypal_fee": money(0, currency),
            "net_amount": money(amount, currency),
            "total_refunded_amount": money(refunded_minor(account, capture) + amount, currency),
        },
        "create_time": now,
        "update_time": now,
        "links": [
            account.link(f"/v2/payments/refunds/{identifier}", "self"),
            account.link(f"/v2/payments/captures/{capture['id']}", "up"),
        ],
        "_capture": capture["id"],
    }
