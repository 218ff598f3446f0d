"""The pay page: payment, decline, 3-D Secure, pending payment, return, and an expired session."""

import asyncio
from typing import Any

import httpx
import pytest

from support.sandbox_clients import STRIPE_CARD


def only_intent(stripe: Any) -> Any:
    return stripe.get("payment_intents")["data"][0]


@pytest.mark.parametrize(
    "number", ["4242424242424242", "5555555555554444", "4000000000000077", "4000 0000 0000 0341", "4000-0000-0000-0259"]
)
def test_a_good_card_leads_back_to_the_shop(stripe: Any, number: str) -> None:
    session = stripe.session()
    answer = stripe.pay(session, card_number=number)
    assert (answer.status_code, answer.headers["location"]) == (303, f"https://shop.test/ok?s={session['id']}")


def test_american_express_has_four_digits(stripe: Any) -> None:
    assert stripe.pay(stripe.session(), card_number="378282246310005", cvc="1234").status_code == 303


def test_a_paid_session_says_everything(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session)
    paid = stripe.get(f"checkout/sessions/{session['id']}")
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert (paid["customer_details"]["email"], paid["customer_details"]["name"]) == ("a@b.co", "Ada L")


def test_the_payment_intent_is_null_while_the_session_is_open(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session, card_number="4000000000000002")
    assert stripe.get(f"checkout/sessions/{session['id']}")["payment_intent"] is None


@pytest.mark.parametrize(
    ("number", "code", "decline"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000009979", "card_declined", "stolen_card"),
        ("4000000000006975", "card_declined", "card_velocity_exceeded"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
        ("4000000000000119", "processing_error", None),
        ("4111111111111111", "card_declined", "test_mode_live_card"),
    ],
)
def test_a_declined_card_leaves_the_session_open(stripe: Any, number: str, code: str, decline: str | None) -> None:
    session = stripe.session()
    answer = stripe.pay(session, card_number=number)
    error = only_intent(stripe)["last_payment_error"]
    assert (answer.status_code, stripe.get(f"checkout/sessions/{session['id']}")["status"]) == (402, "open")
    assert (error["code"], error.get("decline_code")) == (code, decline)
    assert stripe.event_types() == ["payment_intent.created", "payment_intent.payment_failed"]


def test_after_a_decline_another_card_pays_the_same_intent(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session, card_number="4000000000000002")
    stripe.pay(session)
    assert len(stripe.get("payment_intents")["data"]) == 1
    assert only_intent(stripe)["status"] == "succeeded"


def test_a_declined_page_keeps_name_and_email_but_never_the_card(stripe: Any) -> None:
    text = stripe.pay(stripe.session(), card_number="4000000000000002", cvc="987").text
    assert "Ada L" in text
    assert "a@b.co" in text
    assert "4000000000000002" not in text
    assert "987" not in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"card_number": "4242424242424241"}, "card_number", id="a number whose check digit is wrong"),
        pytest.param({"card_number": ""}, "card_number", id="no number"),
        pytest.param({"card_number": "4242"}, "card_number", id="a number too short"),
        pytest.param({"card_number": "٤" * 16}, "card_number", id="digits of another script"),
        pytest.param({"expiry": "04/26"}, "expiry", id="an expiry in the past"),
        pytest.param({"expiry": "13/34"}, "expiry", id="a thirteenth month"),
        pytest.param({"expiry": "soon"}, "expiry", id="an expiry in words"),
        pytest.param({"cvc": "12"}, "cvc", id="a code of two digits"),
        pytest.param({"cvc": "1234"}, "cvc", id="a code of four digits on a Visa card"),
        pytest.param({"email": "ada"}, "email", id="an e-mail that is none"),
        pytest.param({"name": " "}, "name", id="no name"),
    ],
)
def test_a_mistake_is_shown_at_its_field(stripe: Any, changes: dict[str, str], field: str) -> None:
    session = stripe.session()
    answer = stripe.pay(session, **changes)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert stripe.event_types() == []


def test_a_card_is_good_through_its_last_month(stripe: Any) -> None:
    assert stripe.pay(stripe.session(), expiry="05/26").status_code == 303


def test_an_email_given_by_the_shop_cannot_be_changed(stripe: Any) -> None:
    session = stripe.session(customer_email="shop@x.test")
    assert "readonly" in stripe.ask("GET", f"/stripe/c/pay/{session['id']}").text
    stripe.pay(session, email="other@x.test")
    assert stripe.get(f"checkout/sessions/{session['id']}")["customer_details"]["email"] == "shop@x.test"


@pytest.mark.parametrize(
    ("number", "status", "outcome"),
    [
        ("4000002760003184", 303, "complete"),
        ("4000002500003155", 303, "complete"),
        ("4000000000003220", 303, "complete"),
        ("4000008400001629", 402, "open"),
        ("4000008260003178", 402, "open"),
    ],
)
def test_a_bank_may_ask_first(stripe: Any, number: str, status: int, outcome: str) -> None:
    session = stripe.session()
    asked = stripe.pay(session, card_number=number)
    page = stripe.ask("GET", asked.headers["location"])
    answer = stripe.ask("POST", asked.headers["location"], data={"action": "authenticate"})
    assert (asked.status_code, page.status_code, answer.status_code) == (303, 200, status)
    assert stripe.get(f"checkout/sessions/{session['id']}")["status"] == outcome


def test_a_refused_authentication_leaves_the_session_open(stripe: Any) -> None:
    session = stripe.session()
    asked = stripe.pay(session, card_number="4000002760003184")
    answer = stripe.ask("POST", asked.headers["location"], data={"action": "fail_authentication"})
    assert (answer.status_code, stripe.get(f"checkout/sessions/{session['id']}")["status"]) == (402, "open")
    assert only_intent(stripe)["last_payment_error"]["code"] == "payment_intent_authentication_failure"


def test_no_question_no_answer(stripe: Any) -> None:
    session = stripe.session()
    path = f"/stripe/c/pay/{session['id']}"
    assert stripe.ask("POST", path, data={"action": "authenticate"}).status_code == 400
    assert stripe.ask("GET", f"{path}/authenticate").headers["location"] == path


def test_cancel_leads_back_and_leaves_the_session_open(stripe: Any) -> None:
    session = stripe.session()
    answer = stripe.pay(session, action="cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://shop.test/cart")
    assert stripe.get(f"checkout/sessions/{session['id']}")["status"] == "open"


def test_a_delayed_payment_completes_unpaid(stripe: Any) -> None:
    session = stripe.session()
    answer = stripe.pay(session, action="delayed", card_number="", cvc="", expiry="")
    shown = stripe.get(f"checkout/sessions/{session['id']}")
    assert (answer.status_code, shown["status"], shown["payment_status"]) == (303, "complete", "unpaid")
    assert stripe.balances() == {}


@pytest.mark.parametrize(
    ("action", "status", "event"),
    [
        ("async_success", "paid", "checkout.session.async_payment_succeeded"),
        ("async_failure", "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_delayed_payment_is_decided_later(stripe: Any, action: str, status: str, event: str) -> None:
    session = stripe.session()
    stripe.pay(session, action="delayed")
    stripe.act(session, action)
    assert stripe.get(f"checkout/sessions/{session['id']}")["payment_status"] == status
    assert stripe.event_types()[-1] == event


def test_a_delayed_payment_is_decided_once(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session, action="delayed")
    assert [stripe.act(session, "async_success").status_code for _ in range(2)] == [303, 400]


def test_two_clicks_pay_once(stripe: Any) -> None:
    session = stripe.session()

    async def both() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(stripe.app), base_url="http://sandbox.test") as client:
            return list(
                await asyncio.gather(*(client.post(f"/stripe/c/pay/{session['id']}", data=STRIPE_CARD) for _ in range(5)))
            )

    answers = asyncio.run(both())
    assert {answer.headers["location"] for answer in answers} == {f"https://shop.test/ok?s={session['id']}"}
    assert len(stripe.get("charges")["data"]) == 1


def test_a_complete_session_says_so(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session)
    answer = stripe.ask("GET", f"/stripe/c/pay/{session['id']}")
    assert (answer.status_code, "This checkout is complete" in answer.text) == (200, True)


def test_an_expired_session_says_so_and_takes_no_money(stripe: Any) -> None:
    session = stripe.session()
    stripe.now += 24 * 3600
    assert stripe.pay(session).status_code == 410
    assert stripe.get(f"checkout/sessions/{session['id']}")["status"] == "expired"
    assert stripe.event_types() == ["checkout.session.expired"]


def test_an_open_session_can_be_expired_once(stripe: Any) -> None:
    session = stripe.session()
    answers = [stripe.api("POST", f"checkout/sessions/{session['id']}/expire") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[0].json()["status"] == "expired"


def test_a_free_session_needs_no_payment(stripe: Any) -> None:
    session = stripe.session(**{"line_items[0][price_data][unit_amount]": "0"})
    stripe.pay(session, card_number="", expiry="", cvc="")
    shown = stripe.get(f"checkout/sessions/{session['id']}")
    assert (shown["payment_status"], shown["payment_intent"]) == ("no_payment_required", None)


def test_a_session_that_is_not_there_is_404(stripe: Any) -> None:
    assert stripe.ask("GET", "/stripe/c/pay/cs_nothing").status_code == 404


def test_the_page_runs_no_script_and_lets_the_form_lead_to_the_shop(stripe: Any) -> None:
    answer = stripe.ask("GET", f"/stripe/c/pay/{stripe.session()['id']}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://shop.test;" in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_what_a_shop_says_is_text_and_never_markup(stripe: Any) -> None:
    session = stripe.session(**{"line_items[0][price_data][product_data][name]": "<img src=x onerror=alert(1)>"})
    assert "<img src=x" not in stripe.ask("GET", f"/stripe/c/pay/{session['id']}").text
    stripe.pay(session)
    assert "<img src=x" not in stripe.ask("GET", f"/stripe/sessions/{session['id']}").text


def test_no_card_number_is_stored(stripe: Any) -> None:
    for number in ("4242424242424242", "4000000000000002", "4000002760003184"):
        stripe.pay(stripe.session(), card_number=number)
    stored = "".join(row["body"] for row in stripe.sandbox.store.rows("SELECT body FROM documents"))
    assert "4242424242424242" not in stored
    assert "4000000000000002" not in stored
    assert "4000002760003184" not in stored


def test_a_question_about_an_earlier_card_is_forgotten(stripe: Any) -> None:
    session = stripe.session()
    asked = stripe.pay(session, card_number="4000002760003184")
    stripe.pay(session, card_number="4000000000000002")
    assert stripe.ask("POST", asked.headers["location"], data={"action": "authenticate"}).status_code == 303
    assert stripe.get("charges")["data"] == []
