"""Payments by card on the payment page (Square: Payments API).

The link is read, the cards charged and the order opened in one transaction without an `await`, so two clicks on "Pay" never
charge twice.
"""

from collections.abc import Sequence

from lightning_cart_sandbox.square.account import ORDER, PAYMENT, Account, money
from lightning_cart_sandbox.square.cards import DECLINES
from lightning_cart_sandbox.square.customers import buyers_customer
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.fulfillments import with_recipient
from lightning_cart_sandbox.square.ledger_entries import book_payment
from lightning_cart_sandbox.square.new_payment import Share, new_payment, new_tender
from lightning_cart_sandbox.square.orders import change_order
from lightning_cart_sandbox.types import Json


def pay_link(account: Account, link: Json, shares: Sequence[Share], buyer: Json) -> str:
    """Charge one card or several for a link whose order is not paid.

    If one card is declined, none is charged, and the payments of the others are canceled.

    Args:
        account: The account.
        link: A link, just read.
        shares: What each card pays; the amounts add up to the order's total.
        buyer: What the buyer entered, as `BuyerForm` has it.

    Returns:
        The message for the buyer if a card is declined, else "".
    """
    order = account.get(ORDER, link["order_id"])
    approved: list[Json] = []
    with account.transaction():
        declined = any(share.card.decline for share in shares)
        customer = order["customer_id"] if declined else buyers_customer(account, order, buyer)
        for share in shares:
            payment = _payment(account, link, order, share, {**buyer, "customer_id": customer})
            decline = share.card.decline
            if decline:
                error = {"category": "PAYMENT_METHOD_ERROR", "code": decline, "detail": DECLINES[decline]}
                payment["card_details"] |= {"status": "FAILED", "errors": [error]}
                del payment["card_details"]["card_payment_timeline"]
                emit(account, "payment.created", "payment", account.save(PAYMENT, {**payment, "status": "FAILED"}))
                _cancel(account, approved)
                return DECLINES[decline]
            emit(account, "payment.created", "payment", account.save(PAYMENT, payment))
            approved.append(payment)
        _keep_buyer(order, buyer)
        for payment in approved:
            complete_payment(account, payment, order)
    return ""


def complete_payment(account: Account, payment: Json, order: Json, **changes: object) -> None:
    """Complete an approved payment: write the ledger, add a tender to the order, and send the events.

    Args:
        account: The account.
        payment: The payment.
        order: Its order, which is open as soon as nothing is due.
        **changes: Further changes of the order.
    """
    fee, now = book_payment(account, payment), account.instant()
    currency = payment["total_money"]["currency"]
    fee_entry = {"effective_at": now, "type": "INITIAL", "amount_money": money(fee, currency)}
    _end(payment, "CAPTURED", captured_at=now)
    change_payment(account, payment, status="COMPLETED", processing_fee=[fee_entry], receipt_number=payment["id"][:4])
    due = order["net_amount_due_money"]["amount"] - payment["amount_money"]["amount"]
    paid = {
        "state": order["state"] if due else "OPEN",
        "tenders": [*order.get("tenders", []), new_tender(payment, now)],
        "net_amount_due_money": money(due, currency),
        **_totals_with_tip(order, payment["tip_money"]),
    }
    change_order(account, order, **paid | changes)


def change_payment(account: Account, payment: Json, **changes: object) -> None:
    """Change a payment and its version token, and send the event."""
    payment.update(changes, updated_at=account.instant(), version_token=account.fresh("vt"))
    emit(account, "payment.updated", "payment", account.save(PAYMENT, payment))


def completed_payments(account: Account, order_id: str) -> list[Json]:
    """Return the completed payments of an order, oldest first."""
    return account.store.find(PAYMENT, order_id=order_id, status="COMPLETED")[::-1]


def refunded_minor(payment: Json) -> int:
    """Return how much of a payment is refunded, in minor units."""
    return int((payment.get("refunded_money") or {}).get("amount", 0))


def refundable_minor(payment: Json) -> int:
    """Return how much of a payment can be refunded, in minor units. A tip can be refunded, too."""
    return int(payment["total_money"]["amount"]) - refunded_minor(payment)


def _keep_buyer(order: Json, buyer: Json) -> None:
    """Add what the buyer entered to an order, which is saved when it is paid."""
    if "address" in buyer:
        recipient = {
            "display_name": buyer["recipient"],
            "email_address": buyer["email"],
            "phone_number": buyer["phone"],
            "address": buyer["address"],
        }
        order["fulfillments"] = with_recipient(order, recipient)
    order["_answers"] = buyer["answers"]


def _end(payment: Json, status: str, **time: str) -> None:
    """Set how the bank's authorization of a card payment ended, and when."""
    details = payment["card_details"]
    details |= {"status": status, "card_payment_timeline": {**details.get("card_payment_timeline", {}), **time}}


def _cancel(account: Account, payments: Sequence[Json]) -> None:
    for payment in payments:
        _end(payment, "VOIDED", voided_at=account.instant())
        change_payment(account, payment, status="CANCELED")


def _totals_with_tip(order: Json, tip: Json | None) -> Json:
    """Return the totals of an order after a tip, which they include."""
    if tip is None:
        return {}
    total = money(order["total_money"]["amount"] + tip["amount"], tip["currency"])
    tips = money(order["total_tip_money"]["amount"] + tip["amount"], tip["currency"])
    amounts = {**order["net_amounts"], "total_money": total, "tip_money": tips}
    return {"total_money": total, "total_tip_money": tips, "net_amounts": amounts}


def _payment(account: Account, link: Json, order: Json, share: Share, buyer: Json) -> Json:
    payment = new_payment(
        account,
        order,
        share,
        customer_id=buyer["customer_id"],
        buyer_email_address=buyer["email"],
        shipping_address=buyer.get("address"),
        billing_address={"postal_code": buyer["postal_code"]},
        note=link["payment_note"],
        receipt_url=account.url(f"/u/{link['_slug']}"),
        _link=link["id"],
    )
    payment["card_details"]["card"]["cardholder_name"] = buyer["name"]
    return payment
