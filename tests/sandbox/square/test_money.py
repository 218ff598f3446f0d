"""The payment page charges a card once; payments, refunds and disputes are in the ledger and in webhooks."""

import asyncio
import base64
import hashlib
import hmac
import re
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_sandbox import create_sandbox
from lightning_cart_sandbox.square.cards import read_card
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import SALE_EVENT_TYPES, unsigned_headers
from lightning_cart_sandbox.square.signing import signature
from support.sandbox_clients import LINKS, REDIRECT, SQUARE_CARD, SquareClient, line, order, read_error, square_money


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    return SquareClient(stripe)


def test_paying_leads_back_with_nothing_appended(square: SquareClient) -> None:
    answer = square.pay(square.link())
    assert (answer.status_code, answer.headers["location"]) == (303, REDIRECT)


def test_a_return_like_live_appends_the_order(square: SquareClient) -> None:
    square.provider.returns_like_live = True
    link = square.link()
    assert square.pay(link).headers["location"] == f"{REDIRECT}&orderId={link['order_id']}"
    assert square.provider.returns_like_live


def test_the_return_is_switched_by_a_button_too(square: SquareClient) -> None:
    link = square.link(checkout_options={"redirect_url": "https://shop.test/ok#top"})
    square.act(link, "return_like_live")
    assert square.pay(link).headers["location"] == f"https://shop.test/ok?orderId={link['order_id']}#top"
    other = square.link()
    square.act(other, "return_like_sandbox")
    assert square.pay(other).headers["location"] == REDIRECT


def test_a_link_without_an_address_thanks_on_its_own_page(square: SquareClient) -> None:
    link = square.link(checkout_options=None)
    answer = square.pay(link)
    page = square.client.ask("GET", answer.headers["location"])
    assert (answer.status_code, answer.headers["location"], "This order is paid" in page.text) == (
        303,
        square.panel(link),
        True,
    )


def test_a_paid_order_is_open_and_names_its_payment(square: SquareClient) -> None:
    link = square.link()
    square.pay(link)
    made, payment = square.read_order(link), square.read_payment(link)
    assert (made["state"], made["net_amount_due_money"], made["version"]) == ("OPEN", square_money(0), 2)
    assert made["tenders"][0]["id"] == made["tenders"][0]["payment_id"] == payment["id"]
    assert (payment["status"], payment["order_id"], payment["note"]) == ("COMPLETED", link["order_id"], "ord_1")
    assert payment["amount_money"] == payment["total_money"] == square_money(1000)
    assert (payment["card_details"]["status"], payment["buyer_email_address"]) == ("CAPTURED", "a@b.co")
    assert "refunded_money" not in payment


def test_a_payment_says_when_its_card_was_authorized_and_charged(square: SquareClient) -> None:
    payment = square.paid()
    now = payment["created_at"]
    assert payment["card_details"]["card_payment_timeline"] == {"authorized_at": now, "captured_at": now}
    assert payment["application_details"] == {"square_product": "ECOMMERCE_API"}


def test_every_cent_is_accounted_for(square: SquareClient) -> None:
    square.paid()
    balances = square.client.balances()
    assert balances["Banco Sabadell ••1111"] == -1000
    assert (balances["Square balance"], balances["Square fees"], balances["FECU payout account"]) == (0, 59, 941)
    assert square.client.ask("GET", "/api/ledger").json()["balanced"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"card_number": "4000 0000 0000 0002"}, "GENERIC_DECLINE", id="a card that is declined"),
        pytest.param({"card_number": "4242 4242 4242 4242"}, "INVALID_CARD", id="a card that is no test card"),
        pytest.param({"cvc": "911"}, "CVV_FAILURE", id="security code 911"),
        pytest.param({"postal_code": "99999"}, "ADDRESS_VERIFICATION_FAILURE", id="postal code 99999"),
        pytest.param({"expiry": "01/40"}, "EXPIRATION_FAILURE", id="expiry 01/40"),
    ],
)
def test_a_declined_card_leaves_the_link_open(square: SquareClient, changes: dict[str, str], code: str) -> None:
    square.listen()
    link = square.link()
    answer = square.pay(link, **changes)
    failed = square.heard()[-1]
    payment = failed["data"]["object"]["payment"]
    assert (answer.status_code, "Nothing was charged" in answer.text, square.read_order(link)["state"]) == (402, True, "DRAFT")
    assert (failed["type"], payment["status"]) == ("payment.created", "FAILED")
    assert payment["card_details"]["errors"][0]["code"] == code
    assert square.client.balances() == {}
    assert square.pay(link).status_code == 303


@pytest.mark.parametrize(
    "number", ["5105 1051 0510 5100", "6011-0000-0000-0004", "3569990010095841", pytest.param("3400 000000 00009", id="amex")]
)
def test_test_cards_pay(square: SquareClient, number: str) -> None:
    assert square.pay(square.link(), card_number=number, cvc="1111" if number.startswith("34") else "111").status_code == 303


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"card_number": ""}, "card_number"),
        ({"card_number": "4111 1111 1111 1112"}, "card_number"),
        ({"expiry": "13/30"}, "expiry"),
        ({"expiry": "01/20"}, "expiry"),
        ({"cvc": "11"}, "cvc"),
        ({"postal_code": ""}, "postal_code"),
        ({"postal_code": "<b>"}, "postal_code"),
        ({"name": " "}, "name"),
        ({"email": "ada"}, "email"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_charged(square: SquareClient, changes: dict[str, str], field: str) -> None:
    link = square.link()
    answer = square.pay(link, **changes)
    assert (answer.status_code, f'id="{field}-error"' in answer.text, square.read_order(link)["state"]) == (422, True, "DRAFT")
    assert "4111" not in answer.text.replace("4111 1111 1111 1111</td>", "")


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=6), st.text(max_size=12))
def test_any_text_is_a_card_or_a_sentence(number: str, expiry: str, cvc: str, postal_code: str) -> None:
    form = read_card(number, expiry, cvc, postal_code, 1_780_000_000)
    assert (form.card is None) == bool(form.errors)


def test_two_clicks_pay_once(square: SquareClient) -> None:
    link = square.link()

    async def both() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(square.client.app), base_url="http://sandbox.test"
        ) as client:
            return list(await asyncio.gather(*(client.post(square.panel(link), data=SQUARE_CARD) for _ in range(5))))

    assert {answer.headers["location"] for answer in asyncio.run(both())} == {REDIRECT}
    assert square.client.balances()["Banco Sabadell ••1111"] == -1000


def test_leaving_charges_nothing_and_the_link_stays(square: SquareClient) -> None:
    link = square.link()
    answer = square.pay(link, action="cancel")
    assert (answer.status_code, "Nothing was charged" in answer.text) == (200, True)
    assert square.pay(link).status_code == 303


def test_a_paid_link_says_so(square: SquareClient) -> None:
    link = square.link()
    square.pay(link)
    answer = square.look(link)
    assert (answer.status_code, "This order is paid" in answer.text, REDIRECT in answer.text) == (200, True, True)


def test_a_deleted_link_says_so_and_takes_no_money(square: SquareClient) -> None:
    link = square.link()
    square.api("DELETE", f"{LINKS}/{link['id']}")
    assert "no longer available" in square.look(link).text
    assert square.pay(link).status_code == 410
    assert square.client.balances() == {}


def test_a_link_that_is_not_there_is_404(square: SquareClient) -> None:
    assert square.client.ask("GET", "/square/u/nothing").status_code == 404


def test_a_button_nobody_knows_does_nothing(square: SquareClient) -> None:
    link = square.link()
    assert [square.pay(link, action="rob").status_code, square.act(link, "refund").status_code] == [400, 400]
    assert square.read_order(link)["state"] == "DRAFT"


def test_the_panel_runs_no_script_and_lets_the_form_lead_to_the_shop(square: SquareClient) -> None:
    answer = square.look(square.link(order=order(line_items=[line(name="<img src=x onerror=alert(1)>", note="<b>")])))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://shop.test;" in policy
    assert not any(mark in answer.text for mark in ("<script", "style=", "<img", "<b>"))


def test_what_the_shop_knows_of_the_buyer_is_filled_in(square: SquareClient) -> None:
    address = {"first_name": "Ada", "last_name": "L", "postal_code": "08202"}
    data = {"buyer_email": "ada@x.test", "buyer_address": address}
    text = square.look(square.link(pre_populated_data=data)).text
    assert all(f'value="{value}"' in text for value in ("ada@x.test", "Ada L", "08202"))


def test_no_card_number_is_stored(square: SquareClient) -> None:
    for number in ("4111111111111111", "4000000000000002"):
        square.pay(square.link(), card_number=number)
    stored = "".join(row["body"] for row in square.client.sandbox.store.rows("SELECT body FROM documents"))
    assert "4111111111111111" not in stored
    assert "4000000000000002" not in stored


@pytest.mark.parametrize(("amount", "risk"), [(2222, "MODERATE"), (3333, "HIGH"), (1000, "NORMAL")])
def test_some_amounts_are_risky(square: SquareClient, amount: int, risk: str) -> None:
    payment = square.paid(order=order(line_items=[line(base_price_money=square_money(amount))]))
    assert payment["risk_evaluation"]["risk_level"] == risk


def test_a_purchase_is_told_in_four_events(square: SquareClient) -> None:
    square.listen(event_types=SALE_EVENT_TYPES)
    link = square.link()
    square.pay(link)
    events = square.heard()
    assert [event["type"] for event in events] == ["order.created", "payment.created", "payment.updated", "order.updated"]
    statuses = [event["data"]["object"]["payment"]["status"] for event in events[1:3]]
    assert statuses == ["APPROVED", "COMPLETED"]
    created, updated = events[0]["data"], events[3]["data"]
    assert (created["type"], created["object"]["order_created"]["state"]) == ("order_created", "DRAFT")
    assert (updated["id"], updated["object"]["order_updated"]["state"]) == (link["order_id"], "OPEN")
    assert updated["object"]["order_updated"].keys() == {
        "order_id",
        "version",
        "location_id",
        "state",
        "created_at",
        "updated_at",
    }
    assert len({event["event_id"] for event in events}) == 4
    assert {event["merchant_id"] for event in events} == {"MLSANDBOX"}


def test_the_signature_is_the_published_one() -> None:
    made = signature("asdf1234", "https://example.com/webhook", b'{"hello":"world"}')
    assert made == "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og="


def test_every_event_is_signed_over_the_registered_address_and_its_exact_bytes(square: SquareClient) -> None:
    square.listen(signature_key="given")
    square.pay(square.link(order=order(line_items=[line(name="Café")])))
    square.heard()
    for headers, body in square.client.receiver.requests:
        message = b"http://127.0.0.1:9999/webhook?a=b" + body
        wanted = base64.b64encode(hmac.new(b"given", message, hashlib.sha256).digest()).decode()
        assert headers["x-square-hmacsha256-signature"] == wanted
        assert (headers["square-environment"], "square-retry-number" in headers) == ("Sandbox", False)


def test_a_retry_says_how_often_and_why(square: SquareClient) -> None:
    square.listen(event_types=["order.created"])
    square.client.receiver.answers = [503]
    square.link()
    square.heard()
    square.client.now += 1
    square.heard()
    (first, body), (second, again) = square.client.receiver.requests
    assert (second["square-retry-number"], second["square-retry-reason"], body) == ("1", "http_error", again)
    name = "square-initial-delivery-timestamp"
    assert first[name] == second[name] == "2026-05-28T20:26:40.000Z"


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [(500, None, "http_error"), (None, "ReadTimeout", "http_timeout"), (None, "ConnectError", "other_error")],
)
def test_what_went_wrong_is_named(square: SquareClient, status: int | None, error: str | None, reason: str) -> None:
    attempt = {"status": status, "error": error}
    headers = unsigned_headers(square.provider.account, {"event_id": "x", "tries": 2, "attempts": [attempt]})
    assert (headers["square-retry-number"], headers["square-retry-reason"]) == ("2", reason)


def test_the_published_spacing_runs_at_sixty_times_the_speed(stripe: Any) -> None:
    app = create_sandbox("http://sandbox.test", clock=lambda: stripe.now)
    square, store = app.state.sandbox.square, app.state.sandbox.store
    square.add_webhook_subscription("http://127.0.0.1:1/")
    outbox = app.state.sandbox.deliveries
    assert outbox.schedules["square"] == (1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480)
    store.close()


def test_a_subscription_gets_only_what_it_asked_for(square: SquareClient) -> None:
    square.listen(event_types=["payment.updated"])
    square.paid()
    assert [event["type"] for event in square.heard()] == ["payment.updated"]


def test_a_receiver_elsewhere_must_be_https(square: SquareClient) -> None:
    with pytest.raises(SquareError, match="https address"):
        square.provider.add_webhook_subscription("http://shop.test/webhook")


def hook(square: SquareClient, **changes: Any) -> Any:
    wanted = {"name": "cart", "event_types": ["payment.updated"], "notification_url": "https://shop.test/w", **changes}
    answer = square.api("POST", "webhooks/subscriptions", json={"idempotency_key": "k", "subscription": wanted})
    return answer.json()


def test_a_subscription_is_made_found_changed_and_forgotten(square: SquareClient) -> None:
    made = hook(square)["subscription"]
    path = f"webhooks/subscriptions/{made['id']}"
    assert (made["enabled"], square.get(path)["subscription"]) == (True, made)
    square.api("PUT", path, json={"subscription": {"enabled": False}})
    assert square.get("webhooks/subscriptions") == {}
    assert square.get("webhooks/subscriptions", include_disabled="true")["subscriptions"][0]["enabled"] is False
    assert square.api("DELETE", path).json() == {}
    assert square.api("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event_types": []}, "ARRAY_EMPTY"),
        ({"event_types": ["*"]}, "INVALID_VALUE"),
        ({"notification_url": "http://shop.test/w"}, "INVALID_VALUE"),
        ({"api_version": "newest"}, "VALUE_TOO_SHORT"),
        ({"signature_key": "mine"}, "BAD_REQUEST"),
    ],
)
def test_a_subscription_that_will_not_do_is_refused(square: SquareClient, changes: Any, code: str) -> None:
    assert hook(square, **changes)["errors"][0]["code"] == code


def test_what_is_on_its_way_to_a_forgotten_receiver_is_cancelled(square: SquareClient) -> None:
    made = square.listen()
    square.link()
    square.api("DELETE", f"webhooks/subscriptions/{made['id']}")
    assert square.heard() == []


def test_a_new_key_signs_from_now_on(square: SquareClient) -> None:
    made = square.listen()
    answer = square.api("POST", f"webhooks/subscriptions/{made['id']}/signature-key", json={})
    key = answer.json()["signature_key"]
    square.link()
    square.heard()
    headers, body = square.client.receiver.requests[-1]
    assert headers["x-square-hmacsha256-signature"] == signature(key, made["notification_url"], body)
    assert key != made["signature_key"]


def test_a_refund_is_pending_first_and_told_in_three_events(square: SquareClient) -> None:
    payment = square.paid()
    square.listen()
    refund = square.refund(payment, 400, reason="one back").json()["refund"]
    events = square.heard()
    assert (refund["status"], refund["amount_money"], refund["payment_id"]) == ("PENDING", square_money(400), payment["id"])
    assert [event["type"] for event in events] == ["refund.created", "refund.updated", "payment.updated"]
    assert [event["data"]["object"]["refund"]["status"] for event in events[:2]] == ["PENDING", "COMPLETED"]
    assert events[2]["data"]["object"]["payment"]["refunded_money"] == square_money(400)
    assert square.get(f"refunds/{refund['id']}")["refund"]["status"] == "COMPLETED"


def test_a_refund_has_an_order_of_its_own(square: SquareClient) -> None:
    payment = square.paid()
    refund = square.refund(payment, 1000).json()["refund"]
    assert refund["order_id"] != payment["order_id"]
    assert square.get(f"orders/{refund['order_id']}")["order"]["returns"][0]["source_order_id"] == payment["order_id"]


def test_refunds_go_back_to_the_buyer_until_nothing_is_left(square: SquareClient) -> None:
    payment = square.paid()
    assert [square.refund(payment, amount).status_code for amount in (400, 600)] == [200, 200]
    assert read_error(square.refund(payment, 1)) == (400, "PAYMENT_NOT_REFUNDABLE", None)
    balances = square.client.balances()
    assert (balances["Banco Sabadell ••1111"], balances["FECU payout account"]) == (0, -59)
    assert square.get(f"payments/{payment['id']}")["payment"]["refunded_money"] == square_money(1000)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param(
            {"amount_money": square_money(1001)}, (400, "REFUND_AMOUNT_INVALID", "amount_money.amount"), id="too much"
        ),
        pytest.param({"amount_money": square_money(0)}, (400, "VALUE_TOO_LOW", "amount_money.amount"), id="nothing"),
        pytest.param({"amount_money": square_money("1")}, (400, "EXPECTED_INTEGER", "amount_money.amount"), id="text"),
        pytest.param(
            {"amount_money": square_money(1, "EUR")}, (400, "INVALID_VALUE", "amount_money.currency"), id="another currency"
        ),
        pytest.param({"amount_money": None}, (400, "MISSING_REQUIRED_PARAMETER", "amount_money"), id="no amount"),
        pytest.param({"idempotency_key": None}, (400, "MISSING_REQUIRED_PARAMETER", "idempotency_key"), id="no key"),
        pytest.param({"idempotency_key": ""}, (400, "VALUE_TOO_SHORT", "idempotency_key"), id="an empty key"),
        pytest.param({"idempotency_key": "x" * 46}, (400, "VALUE_TOO_LONG", "idempotency_key"), id="a key of 46 characters"),
        pytest.param({"payment_id": "pay_x"}, (404, "NOT_FOUND", "payment_id"), id="no such payment"),
        pytest.param({"payment_version_token": "old"}, (409, "CONFLICT", "payment_version_token"), id="an old version"),
        pytest.param({"reason": "x" * 193}, (400, "VALUE_TOO_LONG", "reason"), id="a reason of 193 characters"),
    ],
)
def test_a_refund_is_refused(square: SquareClient, changes: Any, refusal: Any) -> None:
    payment = square.paid()
    assert read_error(square.refund(payment, 1, **changes)) == refusal
    assert square.client.balances()["Banco Sabadell ••1111"] == -1000


def test_a_refund_asked_for_twice_with_one_key_is_given_once(square: SquareClient) -> None:
    payment = square.paid()
    first, second = (square.refund(payment, 400).json() for _ in range(2))
    assert first == second
    assert square.client.balances()["Banco Sabadell ••1111"] == -600
    assert read_error(square.refund(payment, 500, idempotency_key="rfd-400"))[1] == "IDEMPOTENCY_KEY_REUSED"


def test_a_payment_that_failed_cannot_be_refunded(square: SquareClient) -> None:
    square.listen()
    square.pay(square.link(), cvc="911")
    payment = square.heard()[-1]["data"]["object"]["payment"]
    assert read_error(square.refund(payment, 1))[1] == "PAYMENT_NOT_REFUNDABLE"


@pytest.mark.parametrize(
    ("ending", "state", "buyer"), [("dispute_won", "WON", -1000), ("dispute_lost", "LOST", 0)], ids=["won", "lost"]
)
def test_a_dispute_takes_the_money_until_it_is_decided(square: SquareClient, ending: str, state: str, buyer: int) -> None:
    link = square.link()
    square.pay(link)
    square.listen()
    square.act(link, "dispute")
    refused = read_error(square.refund(square.read_payment(link), 1))[1] == "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE"
    held = square.client.balances()["Banco Sabadell ••1111"]
    square.act(link, ending)
    events = square.heard()
    dispute = events[1]["data"]["object"]["dispute"]
    assert (refused, held, square.client.balances()["Banco Sabadell ••1111"]) == (True, 0, buyer)
    assert [event["type"] for event in events] == ["dispute.created", "dispute.state.updated"]
    assert events[0]["data"]["object"]["dispute"]["state"] == "EVIDENCE_REQUIRED"
    assert (dispute["state"], dispute["disputed_payment"]["payment_id"]) == (state, square.read_payment(link)["id"])
    assert square.get(f"disputes/{dispute['id']}")["dispute"] == dispute
    assert square.get("disputes", states=state)["disputes"] == [dispute]


def test_a_refund_by_button_is_whole_or_part(square: SquareClient) -> None:
    link = square.link()
    square.pay(link)
    assert square.act(link, "refund", amount_minor="x").status_code == 400
    square.act(link, "refund", amount_minor="400")
    square.act(link, "refund")
    assert square.read_payment(link)["refunded_money"] == square_money(1000)
    assert "amount_minor" not in square.client.ask("GET", f"/square/links/{link['id']}").text


@pytest.mark.parametrize(
    ("steps", "buttons"),
    [
        pytest.param([], {"delete", "return_like_live", "offer_tips", "take_in_person"}, id="open"),
        pytest.param(["pay"], {"refund", "dispute"}, id="paid"),
        pytest.param(["pay", "dispute"], {"dispute_won", "dispute_lost"}, id="disputed"),
        pytest.param(["pay", "refund"], set(), id="refunded"),
        pytest.param(["delete"], {"return_like_live", "offer_tips"}, id="deleted"),
    ],
)
def test_a_links_page_offers_what_can_happen_next(square: SquareClient, steps: list[str], buttons: set[str]) -> None:
    link = square.link()
    for step in steps:
        _ = square.pay(link) if step == "pay" else square.act(link, step)
    text = square.client.ask("GET", f"/square/links/{link['id']}").text
    assert set(re.findall(r'name="action" value="(\w+)"', text)) == buttons


def test_the_front_page_lists_links_and_an_event_shows_its_json(square: SquareClient) -> None:
    square.listen()
    link = square.link()
    event = square.heard()[0]
    assert f'href="/square/links/{link["id"]}"' in square.client.ask("GET", "/").text
    assert link["order_id"] in square.client.ask("GET", f"/square/events/{event['event_id']}").text
    assert [square.client.ask("GET", f"/square/{path}/x").status_code for path in ("links", "events")] == [404, 404]
