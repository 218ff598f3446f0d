"""Captures of approved orders (PayPal: capture payment for order; Payments v2, captured payment)."""

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.errors import PayPalError, refusal
from lightning_cart_sandbox.paypal.events import emit
from lightning_cart_sandbox.paypal.ledger_entries import BANK_ACCOUNT, CARD_ACCOUNT, book_capture
from lightning_cart_sandbox.paypal.money import minor, money
from lightning_cart_sandbox.paypal.orders import by_echeck, current_order, order_view, payer_link
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json

_SUMMARY = "Payment {word} for {amount[currency_code]} {amount[value]}"
_WORDS = {"COMPLETED": "completed", "PENDING": "pending", "DECLINED": "denied"}
_EVENTS = {"COMPLETED": "PAYMENT.CAPTURE.COMPLETED", "PENDING": "PAYMENT.CAPTURE.PENDING", "DECLINED": "PAYMENT.CAPTURE.DENIED"}


def capture_order(call: PayPalCall) -> Json | PayPalError:
    """Capture an approved order.

    Returns:
        The completed order, or the error if the payer's instrument is declined. The error is returned, so that it is kept.

    Raises:
        PayPalError: The order cannot be captured now.
    """
    account, identifier = call.account, call.identifier
    order = current_order(account, identifier)
    if order["status"] == "COMPLETED":
        raise refusal("ORDER_ALREADY_CAPTURED")
    if order["_declined"]:
        return declined(account, order)
    if order["status"] != "APPROVED":
        raise refusal("ORDER_NOT_APPROVED", links=[payer_link(account, order, "payer-action")])
    _check_invoices(account, order)
    if order["_choice"] == "declined":
        # The payer must choose another instrument before the same order can be captured again.
        order |= {"status": "PAYER_ACTION_REQUIRED" if order["_by_source"] else "CREATED", "_declined": True}
        account.save("order", order)
        return declined(account, order)
    return _capture(account, order)


def declined(account: Account, order: Json) -> PayPalError:
    """Return the error that asks the payer to choose another instrument for the same order."""
    links = [
        payer_link(account, order, rel) for rel in (("redirect", "payer-action") if order["_by_source"] else ("redirect",))
    ]
    return refusal("INSTRUMENT_DECLINED", "/payment_source", links=links)


def complete_pending(account: Account, capture: Json, *, paid: bool) -> None:
    """Complete or deny a pending capture.

    Raises:
        PayPalError: The capture is not pending.
    """
    if capture["status"] != "PENDING":
        raise refusal("INVALID_PARAMETER_VALUE", "/status", capture["status"])
    with account.transaction():
        capture["status"] = "COMPLETED" if paid else "DECLINED"
        capture["update_time"] = account.timestamp()
        del capture["status_details"]
        _save_and_announce(account, capture)


def capture_view(account: Account, capture: Json, /, *, full: bool) -> Json:
    """Return a capture as a response shows it."""
    del account, full
    return public(capture)


def _check_invoices(account: Account, order: Json) -> None:
    """Raise if another payment of this merchant has the same invoice id (PayPal: `DUPLICATE_INVOICE_ID`)."""
    for index, unit in enumerate(order["purchase_units"]):
        invoice = unit.get("invoice_id")
        if invoice and any(one["status"] != "DECLINED" for one in account.find("capture", invoice_id=invoice)):
            raise refusal("DUPLICATE_INVOICE_ID", f"/purchase_units/{index}/invoice_id", invoice)


def _capture(account: Account, order: Json) -> Json:
    order |= {"status": "COMPLETED", "update_time": account.timestamp()}
    account.save("order", order)
    for unit in order["purchase_units"]:
        _save_and_announce(account, _new_capture(account, order, unit))
    # The order is completed, but the payment may not be: an eCheck can still fail.
    view = order_view(account, order, full=True)
    emit(account, "CHECKOUT.ORDER.COMPLETED", view, "Checkout Order Completed")
    return order


def _new_capture(account: Account, order: Json, unit: Json) -> Json:
    identifier, now = account.identifier("capture"), account.timestamp()
    pending = order["_choice"] == "pending"
    waits_for_bank = by_echeck(order)
    path = f"/v2/payments/captures/{identifier}"
    return {
        "id": identifier,
        "status": "PENDING" if pending else "COMPLETED",
        **({"status_details": {"reason": "ECHECK" if waits_for_bank else "PENDING_REVIEW"}} if pending else {}),
        "amount": money(minor(unit["amount"]), unit["amount"]["currency_code"]),
        "final_capture": True,
        "disbursement_mode": "INSTANT",
        "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"]},
        **{name: unit[name] for name in ("custom_id", "invoice_id") if name in unit},
        "payee": account.payee,
        "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        "create_time": now,
        "update_time": now,
        "links": [
            account.link(path, "self"),
            account.link(f"{path}/refund", "refund", "POST"),
            account.link(f"/v2/checkout/orders/{order['id']}", "up"),
        ],
        "_at": account.now(),
        "_order": order["id"],
        "_foreign": order.get("_foreign", False),
        "_reference_id": unit["reference_id"],
        "_buyer_account": BANK_ACCOUNT if pending and waits_for_bank else CARD_ACCOUNT,
        "_dispute": None,
        "_charged_back": False,
    }


def _save_and_announce(account: Account, capture: Json) -> None:
    """Save a capture, write its ledger entries if it is completed, and send the event of its status."""
    if capture["status"] == "COMPLETED":
        currency, gross = capture["amount"]["currency_code"], minor(capture["amount"])
        fee = book_capture(account, capture)
        capture["seller_receivable_breakdown"] = {
            "gross_amount": capture["amount"],
            "paypal_fee": money(fee, currency),
            "net_amount": money(gross - fee, currency),
        }
    account.save("capture", capture)
    summary = _SUMMARY.format(word=_WORDS[capture["status"]], amount=capture["amount"])
    emit(account, _EVENTS[capture["status"]], public(capture), summary)
