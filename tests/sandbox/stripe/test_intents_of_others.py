"""Payment intents that Checkout or an invoice created: the API cannot charge them a second time."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from support.sandbox_clients import SUBSCRIPTION

BY_CHECKOUT = "You cannot perform this action on PaymentIntents created by Checkout."


def declined_session(stripe: Any) -> tuple[Any, str]:
    """Return an open session and its payment intent, whose card was declined."""
    session = stripe.session()
    stripe.pay(session, card_number="4000000000000002")
    return session, stripe.get("payment_intents")["data"][0]["id"]


@pytest.mark.parametrize(
    ("path", "params"),
    [("/confirm", {"payment_method": "pm_card_visa"}), ("", {"amount": "9000"}), ("", {"payment_method": "pm_card_visa"})],
)
def test_a_session_is_paid_on_its_page_only(stripe: Any, path: str, params: dict[str, str]) -> None:
    session, intent = declined_session(stripe)
    answer = stripe.api("POST", f"payment_intents/{intent}{path}", params)
    stripe.pay(session)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, BY_CHECKOUT)
    assert [charge["amount"] for charge in stripe.get("charges")["data"]] == [1000]


def test_the_metadata_of_a_sessions_intent_can_change(stripe: Any) -> None:
    _, intent = declined_session(stripe)
    assert stripe.api("POST", f"payment_intents/{intent}", {"metadata[a]": "1"}).json()["metadata"] == {"a": "1"}


def test_a_pending_bank_debit_is_not_canceled_under_its_session(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session, action="delayed")
    intent = stripe.get("payment_intents")["data"][0]["id"]
    assert stripe.api("POST", f"payment_intents/{intent}/cancel").json()["error"]["message"] == BY_CHECKOUT
    stripe.act(session, "async_success")
    assert stripe.get(f"checkout/sessions/{session['id']}")["payment_status"] == "paid"
    assert stripe.api("POST", "refunds", {"payment_intent": intent}).json()["destination_details"] == {"type": "sepa_debit"}


def test_payments_of_an_older_state_file_go_on(stripe: Any) -> None:
    session, intent = declined_session(stripe)
    debit = stripe.session()
    stripe.pay(debit, action="delayed")
    store = stripe.sandbox.store
    kept = store.get("payment_intent", intent)
    store.put("payment_intent", {name: kept[name] for name in kept if name not in {"_created_by", "transfer_group"}})
    for method in store.find("payment_method"):
        store.delete("payment_method", method["id"])
    assert stripe.api("POST", f"payment_intents/{intent}/cancel").json()["error"]["message"] == BY_CHECKOUT
    assert [stripe.pay(session).status_code, stripe.act(debit, "async_success").status_code] == [303, 303]
    assert [charge["amount"] for charge in stripe.get("charges")["data"]] == [1000, 1000]


def test_what_a_session_holds_is_released_by_a_cancel(stripe: Any) -> None:
    stripe.pay(stripe.session(**{"payment_intent_data[capture_method]": "manual"}))
    intent = stripe.get("payment_intents")["data"][0]["id"]
    assert stripe.api("POST", f"payment_intents/{intent}/cancel").json()["status"] == "canceled"


def test_the_intent_of_an_invoice_is_refused_by_name(stripe: Any) -> None:
    session = stripe.session(**SUBSCRIPTION)
    stripe.pay(session)
    stripe.act(session, "fail_renewal")
    intent = stripe.get("payment_intents")["data"][0]["id"]
    error = stripe.api("POST", f"payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"}).json()["error"]
    assert error["code"] == "sandbox_not_imitated"


def test_the_bank_asks_for_a_session_on_its_own_page(stripe: Any) -> None:
    stripe.pay(stripe.session(), card_number="4000002760003184")
    intent = stripe.get("payment_intents")["data"][0]
    assert stripe.ask("GET", f"/stripe/payment_intents/{intent['id']}").status_code == 410
    assert stripe.ask("GET", urlsplit(intent["next_action"]["redirect_to_url"]["url"]).path).status_code == 200


def test_a_held_payment_is_disputed_when_it_is_captured(stripe: Any) -> None:
    stripe.pay(stripe.session(**{"payment_intent_data[capture_method]": "manual"}), card_number="4000000000000259")
    before = stripe.get("disputes")["data"]
    intent = stripe.get("payment_intents")["data"][0]["id"]
    stripe.api("POST", f"payment_intents/{intent}/capture", {"amount_to_capture": "400"})
    assert (before, [one["amount"] for one in stripe.get("disputes")["data"]]) == ([], [400])
