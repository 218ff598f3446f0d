"""Subscriptions: started by a checkout, renewed, changed and canceled (Stripe: subscription object)."""

from copy import deepcopy

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.cards import Card
from lightning_cart_sandbox.stripe.customers import customer_of
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.intent_states import INVOICE
from lightning_cart_sandbox.stripe.invoices import invoice_line, item_end, mark_failed, mark_paid, new_invoice
from lightning_cart_sandbox.stripe.objects import new_list, new_object
from lightning_cart_sandbox.stripe.payments import fail_payment, new_intent, take_payment
from lightning_cart_sandbox.stripe.saved_methods import save_method
from lightning_cart_sandbox.stripe.session_totals import renewed_items
from lightning_cart_sandbox.types import Json


def start_subscription(account: Account, session: Json, intent: Json | None, card: Card, buyer: Json) -> Json:
    """Start a subscription with its first payment; return the changed fields of the session.

    Args:
        account: The account.
        session: The open session.
        intent: The payment intent of the first invoice, or `None` if nothing is due.
        card: The card for this payment and each renewal.
        buyer: The buyer's `email` and `name`.
    """
    customer = session["customer"] or customer_of(account, buyer)
    method = save_method(account, card, buyer, customer)
    if intent:
        intent["customer"] = customer
        take_payment(account, intent, card, buyer, announce=False, method=method)
    subscription = _subscription(account, session, customer, card, buyer)
    subscription["default_payment_method"] = method["id"]
    emit(account, "customer.subscription.created", subscription)
    lines = [invoice_line(account, item, subscription) for item in session["_line_items"]]
    invoice = new_invoice(account, subscription, lines, "subscription_create")
    mark_paid(account, subscription, invoice, intent)
    status = "paid" if intent else "no_payment_required"
    return {"customer": customer, "subscription": subscription["id"], "invoice": invoice["id"], "payment_status": status}


def renew(account: Account, subscription: Json, *, succeed: bool) -> None:
    """Start the next period: charge the card, or let the charge fail.

    Raises:
        StripeError: The subscription is canceled.
    """
    _require_active(subscription)
    with account.transaction():
        before = {name: deepcopy(subscription[name]) for name in ("items", "latest_invoice", "status")}
        previous = subscription["items"]["data"][0]["current_period_end"]
        lines = [invoice_line(account, item, subscription, previous) for item in subscription["_line_items"]]
        invoice = new_invoice(account, subscription, lines, "subscription_cycle")
        succeeded, intent = _collect(account, subscription, invoice, decline="" if succeed else "generic_decline")
        if succeeded:
            _advance(subscription, previous)
            mark_paid(account, subscription, invoice, intent)
        elif intent:
            subscription["status"] = "past_due"
            mark_failed(account, subscription, invoice, intent)
        changed = {name: value for name, value in before.items() if subscription[name] != value}
        emit(account, "customer.subscription.updated", account.save_object(subscription), changed)


def _collect(account: Account, subscription: Json, invoice: Json, *, decline: str) -> tuple[bool, Json | None]:
    """Charge the subscription's card for an invoice; return whether it is paid, and the payment intent if there is one."""
    if not invoice["amount_due"]:
        return True, None
    card, buyer = Card(**subscription["_card"]), subscription["_buyer"]
    amount, currency = invoice["amount_due"], invoice["currency"]
    customer = subscription["customer"]
    intent = new_intent(account, amount=amount, currency=currency, data={}, customer=customer, created_by=INVOICE)
    method = account.store.get("payment_method", subscription["default_payment_method"] or "")
    decline = card.renewal_decline or decline
    if decline:
        fail_payment(account, intent, card, decline, method=method)
    else:
        take_payment(account, intent, card, buyer, announce=False, method=method)
    return not decline, intent


def update_subscription(call: StripeCall) -> Json:
    """Change `cancel_at_period_end` or `metadata`."""
    account, identifier, params = call.account, call.identifier, call.params
    subscription = account.get("subscription", identifier)
    _require_active(subscription)
    previous: Json = {name: subscription[name] for name in ("cancel_at_period_end", "metadata") if name in params}
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        end = subscription["items"]["data"][0]["current_period_end"]
        subscription.update(cancel_at_period_end=ends, cancel_at=end if ends else None)
    subscription["metadata"] = merged_metadata(subscription["metadata"], params.get("metadata"))
    with account.transaction():
        emit(account, "customer.subscription.updated", account.save_object(subscription), previous)
    return subscription


def cancel_subscription(account: Account, identifier: str) -> Json:
    """Cancel a subscription now."""
    subscription = account.get("subscription", identifier)
    _require_active(subscription)
    now = account.now()
    subscription.update(status="canceled", canceled_at=now, ended_at=now)
    with account.transaction():
        emit(account, "customer.subscription.deleted", account.save_object(subscription))
    return subscription


def _require_active(subscription: Json) -> None:
    if subscription["status"] == "canceled":
        raise StripeError(f"No such subscription: '{subscription['id']}'", status=404, code="resource_missing", param="id")


def _subscription(account: Account, session: Json, customer: str, card: Card, buyer: Json) -> Json:
    now, identifier, data = account.now(), account.new_id("sub"), session["_subscription_data"]
    renewed, discount = renewed_items(session), (session.get("_discount") or {}).get("id")
    items = [_item(account, item, identifier) for item in renewed]
    subscription = new_object(
        "subscription",
        id=identifier,
        billing_cycle_anchor=now,
        created=now,
        currency=session["currency"],
        customer=customer,
        description=data.get("description"),
        discounts=[discount] if any(item["amount_discount"] for item in renewed) else [],
        items=new_list(f"/v1/subscription_items?subscription={identifier}", items),
        metadata=merged_metadata({}, data.get("metadata")),
        start_date=now,
        _buyer=buyer,
        _card=vars(card),
        _discount=discount,
        _line_items=renewed,
    )
    return account.save_object(subscription)


def _item(account: Account, item: Json, subscription_id: str) -> Json:
    now = account.now()
    return new_object(
        "subscription_item",
        id=account.new_id("si"),
        created=now,
        current_period_end=item_end(item, now),
        current_period_start=now,
        metadata=item["metadata"],
        plan=_plan(item["price"]),
        price=item["price"],
        quantity=item["quantity"],
        subscription=subscription_id,
    )


def _plan(price: Json) -> Json:
    """Return the plan of a price: the same thing in the names of older versions (Stripe: plan object)."""
    copied = ("id", "active", "created", "currency", "metadata", "nickname", "product")
    recurring = {name: price["recurring"][name] for name in ("interval", "interval_count", "usage_type")}
    amounts = {"amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"]}
    return new_object("plan", **{name: price[name] for name in copied}, **recurring, **amounts)


def _advance(subscription: Json, start: int) -> None:
    subscription["status"] = "active"
    for item in subscription["items"]["data"]:
        item.update(current_period_start=start, current_period_end=item_end(item, start))
