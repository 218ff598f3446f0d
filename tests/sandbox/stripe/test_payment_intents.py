"""Payment intents through the API: confirmed, declined, held, captured, canceled, and asked about by a bank."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from support.sandbox_clients import StripeClient, session_params

FECU = "FECU payout account"


def ask(stripe: Any, path: str = "", **params: Any) -> Any:
    return stripe.api("POST", f"payment_intents{path}", params)


def create(stripe: Any, **changes: Any) -> Any:
    answer = ask(stripe, **{"amount": "2000", "currency": "usd", **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


def pay(stripe: Any, method: str = "pm_card_visa", **changes: Any) -> Any:
    return create(stripe, confirm="true", payment_method=method, **changes)


def refusal(stripe: Any, path: str = "", **params: Any) -> tuple[int, str | None, str | None]:
    answer = ask(stripe, path, **params)
    error = answer.json()["error"]
    return answer.status_code, error.get("code"), error.get("param")


def test_an_intent_waits_for_a_method_then_for_its_confirmation(stripe: Any) -> None:
    intent = create(stripe, **{"metadata[order]": "1"})
    named = ask(stripe, f"/{intent['id']}", payment_method="pm_card_mastercard").json()
    paid = ask(stripe, f"/{intent['id']}/confirm").json()
    statuses = [one["status"] for one in (intent, named, paid)]
    assert statuses == ["requires_payment_method", "requires_confirmation", "succeeded"]
    charge = stripe.get(f"charges/{paid['latest_charge']}")
    assert (charge["payment_method_details"]["card"]["brand"], charge["metadata"]) == ("mastercard", {"order": "1"})
    assert stripe.event_types() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_the_money_of_an_intent_is_in_the_ledger(stripe: Any) -> None:
    pay(stripe)
    assert stripe.balances()[FECU] == 2000 - 88
    assert stripe.ask("GET", "/api/ledger").json()["balanced"]


def test_an_intent_is_refunded_as_any_payment(stripe: Any) -> None:
    intent = pay(stripe)
    refund = stripe.api("POST", "refunds", {"payment_intent": intent["id"], "amount": "500"}).json()
    assert (refund["status"], stripe.balances()[FECU]) == ("succeeded", 2000 - 88 - 500)


@pytest.mark.parametrize(
    ("method", "code", "decline"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
def test_a_declined_card_is_an_error_with_the_intent(stripe: Any, method: str, code: str, decline: str | None) -> None:
    answer = ask(stripe, amount="2000", currency="usd", confirm="true", payment_method=method)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (402, "card_error", code)
    assert error.get("decline_code") == decline
    stored = stripe.get(f"payment_intents/{error['payment_intent']['id']}")
    assert (stored["status"], stored["payment_method"]) == ("requires_payment_method", None)
    assert stored["last_payment_error"]["payment_method"]["id"] == error["payment_method"]["id"]
    assert stripe.event_types() == ["payment_intent.created", "payment_intent.payment_failed"]


def test_a_declined_intent_can_be_tried_again(stripe: Any) -> None:
    intent = create(stripe)["id"]
    assert refusal(stripe, f"/{intent}/confirm", payment_method="pm_card_chargeDeclined")[0] == 402
    assert ask(stripe, f"/{intent}/confirm", payment_method="pm_card_visa").json()["status"] == "succeeded"


def test_a_decline_is_replayed_for_its_idempotency_key(stripe: Any) -> None:
    params = {"amount": "2000", "currency": "usd", "confirm": "true", "payment_method": "pm_card_chargeDeclined"}
    answers = [stripe.api("POST", "payment_intents", params, idempotency_key="k") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(stripe.get("payment_intents")["data"]) == 1


def test_a_held_amount_moves_when_it_is_captured(stripe: Any) -> None:
    intent = pay(stripe, capture_method="manual")
    assert (intent["status"], intent["amount_capturable"], stripe.balances()) == ("requires_capture", 2000, {})
    captured = ask(stripe, f"/{intent['id']}/capture").json()
    assert (captured["status"], captured["amount_received"], captured["amount_capturable"]) == ("succeeded", 2000, 0)
    assert stripe.balances()[FECU] == 2000 - 88
    assert stripe.event_types()[-3:] == [
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ]


def test_a_part_is_captured_and_only_that_can_be_refunded(stripe: Any) -> None:
    intent = pay(stripe, capture_method="manual")
    captured = ask(stripe, f"/{intent['id']}/capture", amount_to_capture="1500").json()
    too_much = stripe.api("POST", "refunds", {"payment_intent": intent["id"], "amount": "1501"})
    refund = stripe.api("POST", "refunds", {"payment_intent": intent["id"]}).json()
    assert (captured["amount_received"], too_much.status_code, refund["amount"]) == (1500, 400, 1500)
    assert stripe.balances()["Stripe balance"] == 0


@pytest.mark.parametrize("amount", ["2001", "999999"])
def test_more_than_is_held_is_not_captured(stripe: Any, amount: str) -> None:
    intent = pay(stripe, capture_method="manual")
    answer = refusal(stripe, f"/{intent['id']}/capture", amount_to_capture=amount)
    assert answer == (400, "amount_too_large", "amount_to_capture")


def test_a_held_amount_is_released_by_a_cancel(stripe: Any) -> None:
    intent = pay(stripe, capture_method="manual")
    canceled = ask(stripe, f"/{intent['id']}/cancel", cancellation_reason="requested_by_customer").json()
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "requested_by_customer")
    charge = stripe.get(f"charges/{intent['latest_charge']}")
    assert (charge["captured"], charge["refunded"], stripe.balances()) == (False, True, {})


@pytest.mark.parametrize("action", ["cancel", "capture", "confirm"])
def test_what_the_status_forbids_is_refused_with_the_intent(stripe: Any, action: str) -> None:
    intent = pay(stripe)
    answer = ask(stripe, f"/{intent['id']}/{action}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "payment_intent_unexpected_state")
    assert error["payment_intent"]["status"] == "succeeded"


def test_the_amount_of_a_paid_intent_cannot_change_but_its_metadata_can(stripe: Any) -> None:
    intent = pay(stripe)["id"]
    assert refusal(stripe, f"/{intent}", amount="3000")[1] == "payment_intent_unexpected_state"
    assert ask(stripe, f"/{intent}", **{"metadata[a]": "1"}).json()["metadata"] == {"a": "1"}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amount": "49"}, "amount_too_small", "amount"),
        ({"amount": "0"}, "parameter_invalid_integer", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"customer": "cus_x"}, "resource_missing", "customer"),
        ({"payment_method": "pm_x"}, "resource_missing", "payment_method"),
        ({"return_url": "https://shop.test/"}, None, "return_url"),
        ({"payment_method_types[0]": "card"}, "parameter_unknown", "payment_method_types"),
    ],
)
def test_an_intent_is_refused_with_the_parameter_named(
    stripe: Any, changes: dict[str, str], code: str | None, param: str
) -> None:
    assert refusal(stripe, **{"amount": "2000", "currency": "usd", **changes}) == (400, code, param)


def test_nothing_is_confirmed_without_a_payment_method(stripe: Any) -> None:
    assert refusal(stripe, f"/{create(stripe)['id']}/confirm")[1] == "payment_intent_unexpected_state"
    assert refusal(stripe, amount="2000", currency="usd", confirm="true")[1] == "payment_intent_unexpected_state"
    assert len(stripe.get("payment_intents")["data"]) == 1


def test_an_intent_is_read_with_its_own_client_secret_only(stripe: Any) -> None:
    intent = create(stripe)
    path = f"payment_intents/{intent['id']}"
    assert stripe.get(path, client_secret=intent["client_secret"])["id"] == intent["id"]
    assert stripe.api("GET", path, {"client_secret": "pi_x_secret_y"}).status_code == 400


@pytest.mark.parametrize(
    ("action", "status", "redirect"),
    [("authenticate", "succeeded", "succeeded"), ("fail_authentication", "requires_payment_method", "failed")],
)
def test_a_bank_may_ask_the_buyer_who_then_returns_to_the_shop(stripe: Any, action: str, status: str, redirect: str) -> None:
    intent = pay(stripe, "pm_card_authenticationRequired", return_url="https://shop.test/back?order=1")
    path = urlsplit(intent["next_action"]["redirect_to_url"]["url"]).path
    page = stripe.ask("GET", path)
    answer = stripe.ask("POST", path, data={"action": action})
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (page.status_code, "$20.00" in page.text, answer.status_code) == (200, True, 303)
    assert (query["order"], query["payment_intent"], query["redirect_status"]) == (["1"], [intent["id"]], [redirect])
    assert stripe.get(f"payment_intents/{intent['id']}")["status"] == status
    assert stripe.ask("GET", path).status_code == 410


def test_without_the_shops_address_the_banks_page_says_what_happened(stripe: Any) -> None:
    intent = pay(stripe, "pm_card_threeDSecure2Required")
    path = urlsplit(intent["next_action"]["redirect_to_url"]["url"]).path
    assert stripe.ask("POST", path, data={"action": "tea"}).status_code == 400
    assert "The payment is confirmed" in stripe.ask("POST", path, data={"action": "authenticate"}).text
    assert stripe.ask("GET", "/stripe/payment_intents/pi_x").status_code == 404


def test_a_bank_cannot_ask_a_buyer_who_is_not_there(stripe: Any) -> None:
    wanted = {"confirm": "true", "off_session": "true", "payment_method": "pm_card_authenticationRequired"}
    assert refusal(stripe, amount="2000", currency="usd", **wanted) == (402, "authentication_required", None)


def test_a_card_may_be_disputed_at_once(stripe: Any) -> None:
    pay(stripe, "pm_card_createDispute")
    assert stripe.get("disputes")["data"][0]["amount"] == 2000


def test_a_card_can_be_kept_and_be_declined_later(stripe: Any) -> None:
    customer = stripe.api("POST", "customers", {"payment_method": "pm_card_chargeCustomerFail"}).json()["id"]
    (kept,) = stripe.get(f"customers/{customer}/payment_methods")["data"]
    wanted = {"amount": "2000", "currency": "usd", "confirm": "true", "customer": customer, "payment_method": kept["id"]}
    assert refusal(stripe, **wanted) == (402, "card_declined", None)


def test_a_customers_card_is_kept_for_later(stripe: Any) -> None:
    customer = stripe.api("POST", "customers", {"payment_method": "pm_card_visa"}).json()["id"]
    (kept,) = stripe.get(f"customers/{customer}/payment_methods")["data"]
    paid = pay(stripe, kept["id"], customer=customer)
    assert (paid["status"], paid["payment_method"]) == ("succeeded", kept["id"])
    assert refusal(stripe, amount="2000", currency="usd", payment_method=kept["id"]) == (400, None, "payment_method")


def test_a_card_is_kept_if_the_payment_says_so(stripe: Any) -> None:
    customer = stripe.api("POST", "customers").json()["id"]
    intent = pay(stripe, customer=customer, setup_future_usage="off_session")
    assert [one["id"] for one in stripe.get("payment_methods", customer=customer)["data"]] == [intent["payment_method"]]


def test_a_card_is_attached_and_detached(stripe: Any) -> None:
    customer = stripe.api("POST", "customers").json()["id"]
    method = stripe.api("POST", "payment_methods", {"type": "card", "card[token]": "tok_amex"}).json()["id"]
    attached = stripe.api("POST", f"payment_methods/{method}/attach", {"customer": customer}).json()
    assert (attached["customer"], attached["card"]["brand"]) == (customer, "amex")
    answers = [stripe.api("POST", f"payment_methods/{method}/detach") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert stripe.get(f"customers/{customer}/payment_methods")["data"] == []


def test_a_session_can_hold_its_amount(stripe: Any) -> None:
    session = stripe.session(**{"payment_intent_data[capture_method]": "manual"})
    stripe.pay(session)
    held = stripe.get(f"checkout/sessions/{session['id']}")
    early = stripe.api("POST", "refunds", {"payment_intent": held["payment_intent"]})
    ask(stripe, f"/{held['payment_intent']}/capture")
    assert (held["status"], held["payment_status"], early.status_code) == ("complete", "unpaid", 400)
    assert stripe.get(f"checkout/sessions/{session['id']}")["payment_status"] == "paid"


def test_the_intent_of_an_open_session_is_canceled_with_the_session_only(stripe: Any) -> None:
    session = stripe.api("POST", "checkout/sessions", session_params()).json()
    stripe.pay(session, card_number="4000000000000002")
    (intent,) = stripe.get("payment_intents")["data"]
    assert refusal(stripe, f"/{intent['id']}/cancel")[0] == 400
    stripe.api("POST", f"checkout/sessions/{session['id']}/expire")
    assert stripe.get(f"payment_intents/{intent['id']}")["status"] == "canceled"


def test_held_payments_survive_a_restart(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    before = StripeClient(state)
    intent = pay(before, capture_method="manual")
    before.sandbox.store.close()
    after = StripeClient(state)
    assert ask(after, f"/{intent['id']}/capture").json()["status"] == "succeeded"
    after.sandbox.store.close()
