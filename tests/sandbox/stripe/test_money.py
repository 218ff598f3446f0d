"""Payments in the ledger, refunds, disputes, subscriptions, and their events."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_sandbox.stripe.invoices import period_end
from lightning_cart_sandbox.stripe.ledger_entries import ENTRIES
from support.sandbox_clients import SUBSCRIPTION

SABADELL, BALANCE, FEES, FECU = "Banco Sabadell ••4242", "Stripe balance", "Stripe fees", "FECU payout account"


def only_charge(stripe: Any) -> Any:
    return stripe.get("charges")["data"][0]


def test_ten_dollars_leave_sabadell_and_arrive_less_the_fee(stripe: Any) -> None:
    stripe.pay(stripe.session())
    assert stripe.balances() == {SABADELL: -1000, BALANCE: 0, FEES: 59, FECU: 941}


def test_the_ledger_is_in_balance_after_everything(stripe: Any) -> None:
    for number in ("4242424242424242", "4000000000000259", "4000000000000002"):
        stripe.pay(stripe.session(), card_number=number)
    stripe.pay(stripe.session(**SUBSCRIPTION))
    stripe.api("POST", "refunds", {"charge": only_charge(stripe)["id"], "amount": "333"})
    report = stripe.ask("GET", "/api/ledger").json()
    assert report["balanced"] is True
    assert all(sum(entry["amount_minor"] for entry in one["entries"]) == 0 for one in report["transactions"])


def test_the_ledger_refuses_a_transaction_that_does_not_sum_to_zero(stripe: Any) -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        stripe.sandbox.ledger.write("magic", {"a": 1}, currency="usd", reference="x")


def test_balances_are_shown_as_money(stripe: Any) -> None:
    stripe.pay(stripe.session())
    shown = {one["name"]: one["display"] for one in stripe.ask("GET", "/api/ledger").json()["accounts"]}
    assert shown == {SABADELL: "-$10.00", BALANCE: "$0.00", FEES: "$0.59", FECU: "$9.41"}


def test_balance_transactions_agree_with_the_ledger(stripe: Any) -> None:
    stripe.pay(stripe.session())
    (booked,) = stripe.get("balance_transactions")["data"]
    assert (booked["amount"], booked["fee"], booked["net"], booked["source"]) == (1000, 59, 941, only_charge(stripe)["id"])


@given(st.integers(min_value=1, max_value=99_999_999))
def test_the_fee_is_rounded_half_up_and_never_more_than_the_charge(amount: int) -> None:
    fee = ENTRIES.fee.on(amount)
    assert 0 <= fee <= amount
    assert fee == amount or abs((fee - 30) * 1000 - amount * 29) <= 500


def test_a_one_time_payment_sends_four_events_in_this_order(stripe: Any) -> None:
    stripe.pay(stripe.session())
    assert stripe.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_metadata_of_the_session_stays_on_the_session(stripe: Any) -> None:
    stripe.pay(stripe.session(**{"metadata[order_id]": "ord_1"}))
    assert only_charge(stripe)["metadata"] == {}


def test_metadata_of_the_payment_reaches_intent_and_charge(stripe: Any) -> None:
    stripe.pay(stripe.session(**{"payment_intent_data[metadata][order_id]": "ord_1"}))
    intent = stripe.get("payment_intents")["data"][0]
    assert (intent["metadata"], only_charge(stripe)["metadata"]) == ({"order_id": "ord_1"}, {"order_id": "ord_1"})


def test_refunds_add_up_until_nothing_is_left(stripe: Any) -> None:
    stripe.pay(stripe.session())
    charge = only_charge(stripe)["id"]
    first = stripe.api("POST", "refunds", {"charge": charge, "amount": "300"}).json()
    too_much = stripe.api("POST", "refunds", {"charge": charge, "amount": "701"})
    rest = stripe.api("POST", "refunds", {"charge": charge}).json()
    again = stripe.api("POST", "refunds", {"charge": charge})
    assert (first["amount"], too_much.status_code, rest["amount"]) == (300, 400, 700)
    assert again.json()["error"]["code"] == "charge_already_refunded"
    assert only_charge(stripe)["refunded"] is True


def test_a_refund_comes_from_the_merchant_and_the_fee_is_not_given_back(stripe: Any) -> None:
    stripe.pay(stripe.session())
    stripe.api("POST", "refunds", {"payment_intent": only_charge(stripe)["payment_intent"]})
    assert stripe.balances() == {SABADELL: 0, BALANCE: 0, FEES: 59, FECU: -59}


def test_a_refund_sends_three_events(stripe: Any) -> None:
    stripe.pay(stripe.session())
    stripe.api("POST", "refunds", {"charge": only_charge(stripe)["id"], "amount": "1"})
    assert stripe.event_types()[-3:] == ["refund.created", "charge.refunded", "refund.updated"]


def test_the_refunded_event_has_the_sum_and_what_it_was(stripe: Any) -> None:
    stripe.pay(stripe.session())
    for amount in ("100", "200"):
        stripe.api("POST", "refunds", {"charge": only_charge(stripe)["id"], "amount": amount})
    data = stripe.get("events", type="charge.refunded")["data"][0]["data"]
    assert (data["object"]["amount_refunded"], data["previous_attributes"]) == (300, {"amount_refunded": 100})


def test_an_event_names_the_request_that_caused_it(stripe: Any) -> None:
    stripe.pay(stripe.session())
    answer = stripe.api("POST", "refunds", {"charge": only_charge(stripe)["id"]}, idempotency_key="rfd-1")
    event = stripe.get("events", type="refund.created")["data"][0]
    assert event["request"] == {"id": answer.headers["request-id"], "idempotency_key": "rfd-1"}


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({}, id="nothing named"),
        pytest.param({"charge": "ch_1", "payment_intent": "pi_1"}, id="two things named"),
        pytest.param({"charge": "ch_1"}, id="a charge that is not there"),
        pytest.param({"charge": "ch_1", "reason": "bored"}, id="a reason that is none"),
    ],
)
def test_a_refund_is_refused_with(stripe: Any, wanted: dict[str, str]) -> None:
    assert stripe.api("POST", "refunds", wanted).status_code in {400, 404}


def test_an_unpaid_intent_cannot_be_refunded(stripe: Any) -> None:
    stripe.pay(stripe.session(), card_number="4000000000000002")
    intent = stripe.get("payment_intents")["data"][0]["id"]
    assert stripe.api("POST", "refunds", {"payment_intent": intent}).status_code == 400


def test_a_refund_can_be_made_on_the_sandbox_page(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session)
    stripe.act(session, "refund", amount_minor="250")
    assert [stripe.act(session, "refund", amount_minor=text).status_code for text in ("1.5", "9999")] == [400, 400]
    assert only_charge(stripe)["amount_refunded"] == 250


def test_the_dispute_card_pays_and_then_takes_it_back(stripe: Any) -> None:
    stripe.pay(stripe.session(), card_number="4000000000000259")
    (dispute,) = stripe.get("disputes")["data"]
    assert (dispute["status"], dispute["payment_intent"]) == ("needs_response", only_charge(stripe)["payment_intent"])
    assert stripe.event_types()[-3:] == [
        "checkout.session.completed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]
    assert stripe.balances()[FECU] == -59


def test_a_disputed_charge_cannot_be_refunded(stripe: Any) -> None:
    stripe.pay(stripe.session(), card_number="4000000000000259")
    error = stripe.api("POST", "refunds", {"charge": only_charge(stripe)["id"]}).json()["error"]
    assert error["code"] == "charge_disputed"


@pytest.mark.parametrize(
    ("action", "status", "arrived", "events"),
    [
        ("dispute_won", "won", 941, ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        ("dispute_lost", "lost", -59, ["charge.dispute.funds_withdrawn", "charge.dispute.closed"]),
    ],
)
def test_a_dispute_is_closed_by_a_button(stripe: Any, action: str, status: str, arrived: int, events: list[str]) -> None:
    session = stripe.session()
    stripe.pay(session, card_number="4000000000000259")
    stripe.act(session, action)
    assert stripe.get("disputes")["data"][0]["status"] == status
    assert (stripe.balances()[FECU], stripe.event_types()[-2:]) == (arrived, events)


def test_a_subscription_begins_with_four_events(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    started = ["customer.created", "customer.subscription.created", "invoice.paid", "checkout.session.completed"]
    assert stripe.event_types() == started


def test_a_subscription_session_names_what_it_made(stripe: Any) -> None:
    session = stripe.session(**SUBSCRIPTION)
    stripe.pay(session)
    shown = stripe.get(f"checkout/sessions/{session['id']}", **{"expand[0]": "subscription", "expand[1]": "invoice"})
    assert (shown["payment_intent"], shown["customer"]) == (None, shown["subscription"]["customer"])
    assert shown["subscription"]["metadata"] == {"order_id": "ord_1"}
    assert shown["invoice"]["parent"]["subscription_details"]["metadata"] == {"order_id": "ord_1"}


def test_the_payment_of_an_invoice_is_found_through_it(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    path = "data.payments.data.payment.payment_intent"
    (invoice,) = stripe.get("invoices", **{"expand[0]": path})["data"]
    assert invoice["payments"]["data"][0]["payment"]["payment_intent"]["amount_received"] == 1000


def test_the_invoice_of_a_payment_is_found_from_a_dispute_of_it(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    stripe.pay(stripe.session(**SUBSCRIPTION), card_number="4000000000000259")
    (dispute,) = stripe.get("disputes")["data"]
    wanted = {"payment[type]": "payment_intent", "payment[payment_intent]": dispute["payment_intent"]}
    (found,) = stripe.get("invoice_payments", **wanted, **{"expand[0]": "data.invoice"})["data"]
    assert (found["object"], found["status"], found["payment"]["payment_intent"]) == (
        "invoice_payment",
        "paid",
        dispute["payment_intent"],
    )
    assert found["invoice"]["parent"]["subscription_details"]["metadata"] == {"order_id": "ord_1"}


def test_the_payments_of_invoices_are_filtered(stripe: Any) -> None:
    for _ in range(2):
        stripe.pay(stripe.session(**SUBSCRIPTION))
    first = stripe.get("invoices")["data"][0]["id"]
    filters: tuple[dict[str, str], ...] = (
        {},
        {"invoice": first},
        {"status": "paid"},
        {"status": "open"},
        {"payment[type]": "payment_intent"},
    )
    assert [len(stripe.get("invoice_payments", **one)["data"]) for one in filters] == [2, 1, 2, 0, 2]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"payment[payment_intent]": "pi_1"}, "payment[type]"),
        ({"payment[type]": "charge"}, "payment[type]"),
        ({"payment_intent": "pi_1"}, "payment_intent"),
        ({"status": "failed"}, "status"),
    ],
)
def test_a_question_about_invoices_payments_that_stripe_would_refuse_is_refused(stripe: Any, query: Any, param: str) -> None:
    answer = stripe.api("GET", "invoice_payments", query)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_a_renewal_charges_again_and_says_so(stripe: Any) -> None:
    session = stripe.session(**SUBSCRIPTION)
    stripe.pay(session)
    stripe.act(session, "renew")
    events = stripe.get("events", limit=2)["data"]
    assert [event["type"] for event in reversed(events)] == ["invoice.paid", "customer.subscription.updated"]
    assert events[1]["data"]["object"]["billing_reason"] == "subscription_cycle"
    assert stripe.balances()[SABADELL] == -2000


def test_one_time_lines_are_on_the_first_invoice_only(stripe: Any) -> None:
    once = {
        "line_items[1][quantity]": "1",
        "line_items[1][price_data][currency]": "usd",
        "line_items[1][price_data][unit_amount]": "500",
        "line_items[1][price_data][product_data][name]": "Welcome box",
    }
    session = stripe.session(**SUBSCRIPTION, **once)
    stripe.pay(session)
    stripe.act(session, "renew")
    assert [invoice["amount_paid"] for invoice in stripe.get("invoices")["data"]] == [1000, 1500]


@pytest.mark.parametrize(
    ("number", "action"),
    [
        pytest.param("4242424242424242", "fail_renewal", id="a button that fails it"),
        pytest.param("4000000000000341", "renew", id="a card that fails later"),
    ],
)
def test_a_failed_renewal_is_past_due(stripe: Any, number: str, action: str) -> None:
    session = stripe.session(**SUBSCRIPTION)
    stripe.pay(session, card_number=number)
    stripe.act(session, action)
    assert stripe.event_types()[-3:] == [
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]
    assert stripe.get("subscriptions")["data"][0]["status"] == "past_due"


def test_a_subscription_is_cancelled_once(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    identifier = stripe.get("subscriptions")["data"][0]["id"]
    answers = [stripe.api("DELETE", f"subscriptions/{identifier}") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert stripe.event_types()[-1] == "customer.subscription.deleted"


def test_a_subscription_can_be_told_to_end_with_its_period(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    identifier = stripe.get("subscriptions")["data"][0]["id"]
    changed = stripe.api("POST", f"subscriptions/{identifier}", {"cancel_at_period_end": "true"}).json()
    assert (changed["status"], changed["cancel_at_period_end"]) == ("active", True)
    assert stripe.event_types()[-1] == "customer.subscription.updated"


@pytest.mark.parametrize(
    ("start", "interval", "count", "end"),
    [
        pytest.param(1_769_817_600, "month", 1, 1_772_236_800, id="the 31st of January and a month is the 28th of February"),
        pytest.param(1_709_164_800, "year", 1, 1_740_700_800, id="a leap day and a year is the 28th"),
        pytest.param(1_780_000_000, "week", 2, 1_780_000_000 + 14 * 86400, id="two weeks"),
        pytest.param(1_780_000_000, "day", 3, 1_780_000_000 + 3 * 86400, id="three days"),
    ],
)
def test_a_period_ends(start: int, interval: str, count: int, end: int) -> None:
    assert period_end(start, interval, count) == end
