"""Invoices of subscriptions (Stripe: invoice object)."""

import calendar
from datetime import UTC, datetime, timedelta

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.events import emit
from lightning_cart_sandbox.stripe.objects import new_list, new_object, new_part
from lightning_cart_sandbox.types import Json

_RETRY_SECONDS = 3 * 24 * 3600
_MONTHS = {"month": 1, "year": 12}


def period_end(start: int, interval: str, count: int) -> int:
    """Return the end of a period in Unix seconds: the same day of a later month, or the last day of a shorter month.

    Args:
        start: Unix seconds.
        interval: `day`, `week`, `month` or `year`.
        count: The number of intervals.
    """
    begin = datetime.fromtimestamp(start, UTC)
    if interval not in _MONTHS:
        return int((begin + timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = begin.year * 12 + begin.month - 1 + _MONTHS[interval] * count
    year, month = months // 12, months % 12 + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return int(begin.replace(year=year, month=month, day=day).timestamp())


def item_end(item: Json, start: int) -> int:
    """Return when the period of a recurring line item that begins at `start` ends, in Unix seconds."""
    recurring = item["price"]["recurring"]
    return period_end(start, recurring["interval"], recurring["interval_count"])


def invoice_line(account: Account, item: Json, subscription: Json, start: int | None = None) -> Json:
    """Return the invoice line of one item for the period that begins at `start`, which is now by default."""
    begin, price = account.now() if start is None else start, item["price"]
    of_subscription = next((one["id"] for one in subscription["items"]["data"] if one["price"]["id"] == price["id"]), None)
    discount = {"amount": item["amount_discount"], "discount": subscription.get("_discount")}
    return new_object(
        "line_item",
        id=account.new_id("il"),
        amount=item["amount_subtotal"],  # an invoice's lines are without discounts
        currency=item["currency"],
        description=item["description"],
        discount_amounts=[discount] if discount["amount"] else [],
        metadata=dict(subscription["metadata"]),
        parent=of_subscription and _line_parent(of_subscription, subscription),
        period={"start": begin, "end": item_end(item, begin) if price["recurring"] else begin},
        pricing={
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=item["quantity"],
        quantity_decimal=str(item["quantity"]),
        subscription=subscription["id"],
        subtotal=item["amount_subtotal"],
    )


def new_invoice(account: Account, subscription: Json, lines: list[Json], reason: str) -> Json:
    """Return an open invoice of a subscription; it is saved with its payment.

    Args:
        account: The account.
        subscription: The subscription.
        lines: The lines, from `invoice_line`.
        reason: `subscription_create` or `subscription_cycle`.
    """
    now, identifier = account.now(), account.new_id("in")
    discounts = [discount for line in lines for discount in line["discount_amounts"]]
    subtotal, reduction = sum(line["amount"] for line in lines), sum(discount["amount"] for discount in discounts)
    amount = subtotal - reduction
    data = [{**line, "invoice": identifier} for line in lines]
    return new_object(
        "invoice",
        id=identifier,
        amount_due=amount,
        amount_remaining=amount,
        billing_reason=reason,
        created=now,
        currency=subscription["currency"],
        customer=subscription["customer"],
        customer_email=subscription["_buyer"]["email"],
        customer_name=subscription["_buyer"]["name"],
        discounts=[subscription["_discount"]] if discounts else [],
        effective_at=now,
        ending_balance=0,
        lines=new_list(f"/v1/invoices/{identifier}/lines", data),
        number=f"SANDBOX-{identifier[-4:].upper()}",
        parent={
            "type": "subscription_details",
            "quote_details": None,
            # A copy of the subscription's metadata when the invoice is created (Stripe: invoice object, parent).
            "subscription_details": {
                "subscription": subscription["id"],
                "metadata": dict(subscription["metadata"]),
            },
        },
        period_end=now,
        period_start=now,
        status_transitions={"finalized_at": now, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None},
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal,
        total=amount,
        total_discount_amounts=[{"amount": reduction, "discount": subscription["_discount"]}] if discounts else [],
        total_excluding_tax=amount,
        _payments=[],
    )


def _line_parent(item_id: str, subscription: Json) -> Json:
    details = new_part("subscription_item_details", subscription=subscription["id"], subscription_item=item_id)
    return {"type": "subscription_item_details", "invoice_item_details": None, "subscription_item_details": details}


def mark_paid(account: Account, subscription: Json, invoice: Json, intent: Json | None) -> None:
    """Record that an invoice is paid, and send the event.

    Args:
        account: The account.
        subscription: The subscription.
        invoice: The invoice, from `new_invoice`.
        intent: The payment intent that paid it, or `None` if nothing is due.
    """
    amount = invoice["amount_due"]
    invoice.update(status="paid", amount_paid=amount, amount_remaining=0)
    invoice["status_transitions"]["paid_at"] = account.now()
    if intent:
        _record_payment(account, invoice, intent, "paid")
    _save(account, subscription, invoice)
    emit(account, "invoice.paid", invoice)


def mark_failed(account: Account, subscription: Json, invoice: Json, intent: Json) -> None:
    """Record that the payment of an invoice failed, and send the event."""
    invoice.update(next_payment_attempt=account.now() + _RETRY_SECONDS)
    _record_payment(account, invoice, intent, "open")
    _save(account, subscription, invoice)
    emit(account, "invoice.payment_failed", invoice)


def _record_payment(account: Account, invoice: Json, intent: Json, status: str) -> None:
    paid_at = account.now() if status == "paid" else None
    payment = new_object(
        "invoice_payment",
        id=account.new_id("inpay"),
        amount_paid=invoice["amount_paid"] or None,
        amount_requested=invoice["amount_due"],
        created=account.now(),
        currency=invoice["currency"],
        invoice=invoice["id"],
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status=status,
        status_transitions={"canceled_at": None, "paid_at": paid_at},
    )
    invoice.update(attempted=True, attempt_count=1, _payments=[payment])
    account.save_object({**intent, "_invoice": invoice["id"]})  # shown to versions before 2025-03-31


def _save(account: Account, subscription: Json, invoice: Json) -> None:
    subscription["latest_invoice"] = invoice["id"]
    account.save_object(invoice)
    account.save_object(subscription)
