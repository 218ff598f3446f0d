"""Payments on the payment page (Stripe: how Checkout works).

Each function reads the session, decides and saves in one transaction without an `await`, so two clicks on "Pay" never charge
twice.
"""

from dataclasses import dataclass

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.buyers import payment_shipping
from lightning_cart_sandbox.stripe.cards import DECLINES, Card
from lightning_cart_sandbox.stripe.customers import customer_of
from lightning_cart_sandbox.stripe.disputes import dispute_at_once
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.events import emit
from lightning_cart_sandbox.stripe.intent_states import CHECKOUT
from lightning_cart_sandbox.stripe.payments import (
    fail_payment,
    new_intent,
    require_action,
    start_processing,
    take_payment,
)
from lightning_cart_sandbox.stripe.saved_methods import BANK_DEBIT
from lightning_cart_sandbox.stripe.sessions import complete_session
from lightning_cart_sandbox.stripe.subscriptions import start_subscription
from lightning_cart_sandbox.types import Json


@dataclass(frozen=True)
class NextStep:
    """What the page does next; exactly one attribute is set.

    Attributes:
        event_id: The event of the session's completion.
        challenge: Whether the buyer's bank asks for a confirmation.
        refusal: The message for the buyer; the session stays open.
    """

    event_id: str = ""
    challenge: bool = False
    refusal: str = ""


def pay_by_card(account: Account, session: Json, card: Card, buyer: Json) -> NextStep:
    """Try a card on an open session.

    Args:
        account: The account.
        session: An open session, just read.
        card: The card.
        buyer: What the buyer typed, from `read_buyer`.
    """
    with account.transaction():
        if not session["amount_total"]:
            return _start_for_nothing(account, session, card, buyer)
        intent = _intent(account, session, buyer)
        session["_challenge"] = None  # an earlier card's confirmation is no longer needed
        if card.challenge:
            session["_challenge"] = {"card": vars(card), "buyer": buyer}
            account.save_object(session)
            require_action(account, intent, account.url(f"/c/pay/{session['id']}/authenticate"))
            return NextStep(challenge=True)
        account.save_object(session)
        return _charge(account, session, intent, card, buyer)


def take_nothing(account: Account, session: Json, buyer: Json) -> NextStep:
    """Complete a session with a total of 0."""
    with account.transaction():
        _set_customer(account, session, buyer)
        return NextStep(complete_session(account, session, buyer, payment_status="no_payment_required"))


def answer_challenge(account: Account, session: Json, *, passed: bool) -> NextStep:
    """Continue after the buyer confirmed or refused at the bank.

    Raises:
        StripeError: The bank did not ask for a confirmation.
    """
    challenge = session["_challenge"]
    if challenge is None:
        raise StripeError("This session does not wait for an authentication.")
    card = Card(**challenge["card"])
    with account.transaction():
        session["_challenge"] = None
        account.save_object(session)
        intent = _intent(account, session, challenge["buyer"])
        if not passed:
            return NextStep(refusal=fail_payment(account, intent, card, "authentication_failed"))
        return _charge(account, session, intent, card, challenge["buyer"])


def pay_by_bank_debit(account: Account, session: Json, buyer: Json) -> NextStep:
    """Pay by the delayed method: the session completes at once, the payment succeeds or fails later."""
    with account.transaction():
        intent = _intent(account, session, buyer)
        intent["customer"] = _set_customer(account, session, buyer)
        start_processing(account, intent)
        session["_buyer"] = buyer
        return NextStep(complete_session(account, session, buyer, payment_status="unpaid", payment_intent=intent["id"]))


def settle_bank_debit(account: Account, session: Json, *, succeeded: bool) -> None:
    """Complete or fail a delayed payment.

    Raises:
        StripeError: No delayed payment is pending.
    """
    intent = account.store.get("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        raise StripeError("No delayed payment of this session is under way.")
    with account.transaction():
        if succeeded:
            # A state file of an older version has no payment methods.
            method = account.store.get("payment_method", intent["payment_method"])
            take_payment(account, intent, BANK_DEBIT, session["_buyer"], method=method)
            session["payment_status"] = "paid"
        else:
            fail_payment(account, intent, BANK_DEBIT, "generic_decline")
        outcome = "succeeded" if succeeded else "failed"
        emit(account, f"checkout.session.async_payment_{outcome}", account.save_object(session))


def _intent(account: Account, session: Json, buyer: Json) -> Json:
    """Return the session's payment intent; the first attempt creates it, and the session shows it after completion."""
    shipping = payment_shipping(session["_payment_intent_data"], buyer)
    if session["_payment_intent"]:
        intent = account.get("payment_intent", session["_payment_intent"])
        # Since the last attempt the buyer may have chosen another delivery or applied a promotion code.
        intent.update(amount=session["amount_total"], shipping=shipping)
        return intent
    intent = new_intent(
        account,
        amount=session["amount_total"],
        currency=session["currency"],
        data={**session["_payment_intent_data"], "shipping": shipping},
        created_by=CHECKOUT,
    )
    session["_payment_intent"] = intent["id"]
    account.save_object(session)
    if session["mode"] == "payment":
        emit(account, "payment_intent.created", intent)
    return intent


def _charge(account: Account, session: Json, intent: Json, card: Card, buyer: Json) -> NextStep:
    if card.decline:
        return NextStep(refusal=fail_payment(account, intent, card, card.decline))
    if session["mode"] == "subscription":
        event = complete_session(account, session, buyer, **start_subscription(account, session, intent, card, buyer))
    else:
        intent["customer"] = _set_customer(account, session, buyer)
        charge = take_payment(account, intent, card, buyer)
        status = "paid" if charge["captured"] else "unpaid"
        event = complete_session(account, session, buyer, payment_status=status, payment_intent=intent["id"])
    dispute_at_once(account, account.get("charge", intent["latest_charge"]))
    return NextStep(event)


def _start_for_nothing(account: Account, session: Json, card: Card, buyer: Json) -> NextStep:
    """Start a subscription whose first invoice is 0; the card is kept for later ones."""
    if card.decline:
        return NextStep(refusal=DECLINES[card.decline][1])
    return NextStep(complete_session(account, session, buyer, **start_subscription(account, session, None, card, buyer)))


def _set_customer(account: Account, session: Json, buyer: Json) -> str | None:
    """Return the id of the session's customer, if there is one; `customer_creation=always` creates one."""
    if session["customer"] is None and session["customer_creation"] == "always":
        session["customer"] = customer_of(account, buyer)
    customer: str | None = session["customer"]
    return customer
