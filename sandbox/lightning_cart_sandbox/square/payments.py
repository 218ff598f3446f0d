"""Payments by card on the payment page (Square: Payments API).

The link is read, the card charged and the order opened in one transaction without an `await`, so two clicks on "Pay" never
charge twice.
"""

from lightning_cart_sandbox.square.account import ORDER, PAYMENT, Account, money
from lightning_cart_sandbox.square.cards import DECLINES, Card
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.ledger_entries import book_payment
from lightning_cart_sandbox.square.orders import change_order
from lightning_cart_sandbox.types import Json

_RISKS = {2222: "MODERATE", 3333: "HIGH"}


def pay_link(account: Account, link: Json, card: Card, buyer: Json) -> str:
    """Charge a card for a link whose order is not paid.

    Args:
        account: The account.
        link: A link, just read.
        card: The card.
        buyer: The buyer's `email`, `name` and `postal_code`.

    Returns:
        The message for the buyer if the card is declined, else "".
    """
    order = account.get(ORDER, link["order_id"])
    payment = _payment(account, link, order, card, buyer)
    with account.transaction():
        if card.decline:
            error = {"category": "PAYMENT_METHOD_ERROR", "code": card.decline, "detail": DECLINES[card.decline]}
            payment["card_details"] |= {"status": "FAILED", "errors": [error]}
            emit(account, "payment.created", "payment", account.save(PAYMENT, {**payment, "status": "FAILED"}))
            return DECLINES[card.decline]
        emit(account, "payment.created", "payment", account.save(PAYMENT, payment))
        _complete(account, payment, order)
    return ""


def _complete(account: Account, payment: Json, order: Json) -> None:
    fee, now = book_payment(account, payment), account.instant()
    fee_entry = {"effective_at": now, "type": "INITIAL", "amount_money": money(fee, payment["total_money"]["currency"])}
    payment["card_details"] |= {"status": "CAPTURED"}
    change_payment(account, payment, status="COMPLETED", processing_fee=[fee_entry], receipt_number=payment["id"][:4])
    tender = {
        "id": payment["id"],
        "location_id": payment["location_id"],
        "transaction_id": order["id"],
        "created_at": now,
        "amount_money": payment["amount_money"],
        "type": "CARD",
        "card_details": {
            "status": "CAPTURED",
            "card": payment["card_details"]["card"],
            "entry_method": payment["card_details"]["entry_method"],
        },
        "payment_id": payment["id"],
    }
    due = money(0, payment["total_money"]["currency"])
    change_order(account, order, state="OPEN", tenders=[tender], net_amount_due_money=due)


def change_payment(account: Account, payment: Json, **changes: object) -> None:
    """Change a payment and its version token, and send the event."""
    payment.update(changes, updated_at=account.instant(), version_token=account.fresh("vt"))
    emit(account, "payment.updated", "payment", account.save(PAYMENT, payment))


def refunded_minor(payment: Json) -> int:
    """Return how much of a payment is refunded, in minor units."""
    return int((payment.get("refunded_money") or {}).get("amount", 0))


def refundable_minor(payment: Json) -> int:
    """Return how much of a payment can be refunded, in minor units."""
    return int(payment["total_money"]["amount"]) - refunded_minor(payment)


def _payment(account: Account, link: Json, order: Json, card: Card, buyer: Json) -> Json:
    now, total = account.instant(), order["total_money"]
    identifier = account.fresh("pay")
    return {
        "id": identifier,
        "created_at": now,
        "updated_at": now,
        "amount_money": total,
        "total_money": total,
        "approved_money": total,
        "status": "APPROVED",
        "delay_duration": "PT168H",
        "delay_action": "CANCEL",
        "delayed_until": account.instant(168 * 3600),
        "source_type": "CARD",
        "card_details": {
            "status": "AUTHORIZED",
            "card": {
                "card_brand": card.brand,
                "last_4": card.last4,
                "exp_month": card.month,
                "exp_year": card.year,
                "cardholder_name": buyer["name"],
                "card_type": "CREDIT",
            },
            "entry_method": "KEYED",
            "cvv_status": "CVV_REJECTED" if card.decline == "CVV_FAILURE" else "CVV_ACCEPTED",
            "avs_status": "AVS_REJECTED" if card.decline == "ADDRESS_VERIFICATION_FAILURE" else "AVS_ACCEPTED",
            "statement_description": "SQ *SANDBOX SHOP",
        },
        "location_id": order["location_id"],
        "order_id": order["id"],
        "risk_evaluation": {"created_at": now, "risk_level": _RISKS.get(total["amount"], "NORMAL")},
        "buyer_email_address": buyer["email"],
        "billing_address": {"postal_code": buyer["postal_code"]},
        "note": link["payment_note"],
        "receipt_url": f"{account.base_url}/square/u/{link['_slug']}",
        "version_token": account.fresh("vt"),
        "_buyer_account": card.account,
        "_link": link["id"],
    }
