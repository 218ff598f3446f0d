"""Captures, refunds, disputes, and their ledger entries: an approved order is not captured, a captured one not always paid."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_sandbox.paypal.ledger_entries import ENTRIES
from support.sandbox_clients import (
    CANCEL,
    ORDERS,
    RETURN,
    PayPalClient,
    amount,
    issues,
    item,
    order_body,
    parent_id,
    paypal_money,
    source,
    unit,
)

CARD, BALANCE, FEES, FECU = "Banco Sabadell ••4242", "PayPal balance", "PayPal fees", "FECU payout account"
HELD, BANK = "PayPal held for disputes", "Sandbox Euro Bank ••3000"


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def test_an_order_nobody_approved_cannot_be_captured(paypal: PayPalClient) -> None:
    answer = paypal.capture(paypal.order())
    assert issues(answer) == ["ORDER_NOT_APPROVED"]
    assert paypal.event_types() == []


def test_approving_moves_no_money(paypal: PayPalClient) -> None:
    paypal.visit(paypal.order(), "approve")
    assert paypal.client.balances() == {}


def test_a_captured_order_says_everything(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    done = paypal.capture(order).json()
    (capture,) = done["purchase_units"][0]["payments"]["captures"]
    assert (done["status"], capture["status"], capture["final_capture"]) == ("COMPLETED", "COMPLETED", True)
    assert done["payer"]["email_address"] == "ada@example.com"
    assert done["purchase_units"][0]["shipping"]["address"]["country_code"] == "ES"
    assert capture["custom_id"] == "site:ord_1"
    assert parent_id(capture) == order["id"]
    assert capture["seller_receivable_breakdown"] == {
        "gross_amount": paypal_money("10.00"),
        "paypal_fee": paypal_money("0.84"),
        "net_amount": paypal_money("9.16"),
    }


def test_nothing_of_the_sandboxs_own_is_ever_shown(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    refund = paypal.refund(capture, "1.00").json()
    order = parent_id(capture)
    paths = (f"{ORDERS}/{order}", f"/v2/payments/captures/{capture['id']}", f"/v2/payments/refunds/{refund['id']}")
    for path in (*paths, "/v1/notifications/webhooks-events"):
        assert '"_' not in paypal.api("GET", path).text


def test_ten_dollars_leave_sabadell_and_arrive_less_the_fee(paypal: PayPalClient) -> None:
    paypal.captured()
    assert paypal.client.balances() == {CARD: -1000, BALANCE: 0, FEES: 84, FECU: 916}


def test_forints_are_counted_in_the_ledger_as_all_providers_count_them(paypal: PayPalClient) -> None:
    paypal.captured(purchase_units=[{"amount": amount("1000", "HUF")}])
    assert paypal.client.balances() == {CARD: -100_000, BALANCE: 0, FEES: 8_400, FECU: 91_600}
    assert paypal.client.ask("GET", "/api/ledger").json()["accounts"][0]["display"] == "-1,000.00 HUF"


@given(st.integers(min_value=1, max_value=99_999_999))
def test_the_fee_is_rounded_half_up_and_never_more_than_the_capture(amount_minor: int) -> None:
    fee = ENTRIES.fee.on(amount_minor)
    assert 0 <= fee <= amount_minor
    assert fee == amount_minor or abs((fee - 49) * 10_000 - amount_minor * 349) <= 5000


def test_an_order_is_captured_once(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    paypal.capture(order, paypal_request_id="cap-1")
    assert issues(paypal.capture(order, paypal_request_id="cap-2")) == ["ORDER_ALREADY_CAPTURED"]
    assert paypal.client.balances()[CARD] == -1000


def test_a_replayed_capture_is_200_and_the_latest_state(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    first = paypal.capture(order, paypal_request_id="cap-1")
    capture = first.json()["purchase_units"][0]["payments"]["captures"][0]
    paypal.refund(capture)
    second = paypal.capture(order, paypal_request_id="cap-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["purchase_units"][0]["payments"]["captures"][0]["status"] == "REFUNDED"


def test_a_minimal_capture_names_the_payer_and_the_payment_but_not_what_was_sold(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    minimal = paypal.capture(order, prefer="return=minimal").json()
    assert set(minimal) == {"id", "status", "payment_source", "payer", "purchase_units", "links"}
    assert [set(one) for one in minimal["purchase_units"]] == [{"reference_id", "shipping", "payments"}]
    (capture,) = minimal["purchase_units"][0]["payments"]["captures"]
    assert (capture["status"], capture["amount"]) == ("COMPLETED", paypal_money("10.00"))


def test_the_captures_of_an_order_do_not_repeat_the_order(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    alone = paypal.capture_now(capture)
    assert set(alone) - set(capture) == {"payee", "supplementary_data"}


def test_an_empty_body_captures_as_well(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    assert paypal.api("POST", f"{ORDERS}/{order['id']}/capture", {}).status_code == 201


def test_a_capture_takes_no_fields(paypal: PayPalClient) -> None:
    order = paypal.order()
    assert issues(paypal.api("POST", f"{ORDERS}/{order['id']}/capture", {"amount": {}}), 400) == ["SANDBOX_UNKNOWN_FIELD"]


def test_an_order_to_authorise_is_refused_by_name(paypal: PayPalClient) -> None:
    answer = paypal.create(order_body(intent="AUTHORIZE"))
    assert issues(answer, 400) == ["SANDBOX_NOT_IMITATED"]
    assert (answer.json()["details"][0]["field"], answer.json()["details"][0]["value"]) == ("/intent", "AUTHORIZE")


def test_each_unit_of_an_order_is_a_capture(paypal: PayPalClient) -> None:
    units = [unit(reference_id=name, invoice_id=name) for name in ("a", "b")]
    order = paypal.order(purchase_units=units)
    paypal.visit(order, "approve")
    done = paypal.capture(order).json()
    invoices = [one["payments"]["captures"][0]["invoice_id"] for one in done["purchase_units"]]
    assert (invoices, paypal.client.balances()[CARD]) == (["a", "b"], -2000)


def test_an_invoice_is_paid_once(paypal: PayPalClient) -> None:
    first, second = (paypal.order(purchase_units=[unit(invoice_id="inv-1")]) for _ in range(2))
    for order in (first, second):
        paypal.visit(order, "approve")
    assert paypal.capture(first).status_code == 201
    assert issues(paypal.capture(second)) == ["DUPLICATE_INVOICE_ID"]


def test_an_invoice_whose_payment_was_denied_may_be_paid_again(paypal: PayPalClient) -> None:
    paypal.act(paypal.captured("approve_pending", purchase_units=[unit(invoice_id="inv-1")]), "deny")
    assert paypal.captured(purchase_units=[unit(invoice_id="inv-1")])["status"] == "COMPLETED"


def test_a_declined_instrument_sends_the_payer_back_with_the_same_order(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve_declined")
    answer = paypal.capture(order)
    links = {link["rel"]: link["href"] for link in answer.json()["links"]}
    assert issues(answer) == ["INSTRUMENT_DECLINED"]
    assert links["redirect"] == links["payer-action"] == f"http://sandbox.test/paypal/checkoutnow?token={order['id']}"
    assert paypal.read(order)["status"] == "PAYER_ACTION_REQUIRED"
    assert "was declined" in paypal.visit(order).text


def test_a_declined_order_without_a_payment_source_is_created_again(paypal: PayPalClient) -> None:
    order = paypal.order(payment_source=None, application_context={"return_url": RETURN, "cancel_url": CANCEL})
    paypal.visit(order, "approve_declined")
    links = [link["rel"] for link in paypal.capture(order).json()["links"]]
    assert (links, paypal.read(order)["status"]) == (["redirect", "information_link"], "CREATED")


def test_after_a_decline_another_instrument_and_a_new_request_id_capture(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve_declined")
    declined = [paypal.capture(order, paypal_request_id=key) for key in ("cap-1", "cap-2")]
    assert [issues(one) for one in declined] == [["INSTRUMENT_DECLINED"]] * 2
    assert paypal.visit(order, "approve").status_code == 303
    old = paypal.capture(order, paypal_request_id="cap-1")
    new = paypal.capture(order, paypal_request_id="cap-3")
    assert (issues(old), new.status_code) == (["INSTRUMENT_DECLINED"], 201)
    assert paypal.client.balances()[CARD] == -1000


def test_an_echeck_is_pending_and_brings_no_money_yet(paypal: PayPalClient) -> None:
    capture = paypal.captured("approve_pending")
    assert (capture["status"], capture["status_details"]) == ("PENDING", {"reason": "ECHECK"})
    assert "seller_receivable_breakdown" not in capture
    assert paypal.client.balances() == {}


def test_a_pending_payment_arrives(paypal: PayPalClient) -> None:
    capture = paypal.captured("approve_pending")
    paypal.act(capture, "settle")
    now = paypal.capture_now(capture)
    assert (now["status"], "status_details" in now) == ("COMPLETED", False)
    assert paypal.client.balances() == {BANK: -1000, BALANCE: 0, FEES: 84, FECU: 916}


def test_a_pending_payment_is_denied(paypal: PayPalClient) -> None:
    capture = paypal.captured("approve_pending")
    paypal.act(capture, "deny")
    assert (paypal.capture_now(capture)["status"], paypal.client.balances()) == ("DECLINED", {})
    assert issues(paypal.refund(capture)) == ["REFUND_NOT_ALLOWED"]


def test_a_shop_that_wants_money_at_once_gets_no_echeck_but_perhaps_a_review(paypal: PayPalClient) -> None:
    at_once = source(payment_method_preference="IMMEDIATE_PAYMENT_REQUIRED")
    order = paypal.order(payment_source=at_once)
    assert "eCheck" not in paypal.visit(order).text
    capture = paypal.captured("approve_pending", payment_source=at_once)
    assert capture["status_details"] == {"reason": "PENDING_REVIEW"}


def test_an_empty_refund_gives_back_all_that_is_left(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    part = paypal.refund(capture, "4.00").json()
    status = paypal.capture_now(capture)["status"]
    rest = paypal.refund(capture).json()
    assert (part["amount"], rest["amount"]) == (paypal_money("4.00"), paypal_money("6.00"))
    assert (status, paypal.capture_now(capture)["status"]) == ("PARTIALLY_REFUNDED", "REFUNDED")
    assert rest["seller_payable_breakdown"]["total_refunded_amount"] == paypal_money("10.00")
    assert paypal.client.balances() == {CARD: 0, BALANCE: 0, FEES: 84, FECU: -84}


@pytest.mark.parametrize(("custom_id", "shown"), [("ord_1", "ord_1"), ("site:ord_1", None)])
def test_a_refund_shows_the_shops_id_if_paypal_would(paypal: PayPalClient, custom_id: str, shown: str | None) -> None:
    capture = paypal.captured(purchase_units=[unit(custom_id=custom_id)])
    assert paypal.refund(capture, "4.00").json().get("custom_id") == shown


def test_a_refund_leads_to_its_capture(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    refund = paypal.refund(capture, "4.00").json()
    assert parent_id(refund) == capture["id"]
    assert paypal.api("GET", f"/v2/payments/refunds/{refund['id']}").json() == refund


def test_a_minimal_refund_is_id_status_and_links(paypal: PayPalClient) -> None:
    assert set(paypal.refund(paypal.captured(), prefer="").json()) == {"id", "status", "links"}


@pytest.mark.parametrize(
    ("value", "currency", "issue"),
    [
        ("10.01", "USD", "REFUND_AMOUNT_EXCEEDED"),
        ("1.00", "EUR", "REFUND_CAPTURE_CURRENCY_MISMATCH"),
        ("0.00", "USD", "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("-1.00", "USD", "CANNOT_BE_NEGATIVE"),
        ("1.001", "USD", "DECIMAL_PRECISION"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(paypal: PayPalClient, value: str, currency: str, issue: str) -> None:
    capture = paypal.captured()
    assert issues(paypal.refund(capture, value, currency)) == [issue]
    assert paypal.capture_now(capture)["status"] == "COMPLETED"


def test_what_is_fully_refunded_is_refunded_no_more(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    paypal.refund(capture)
    assert issues(paypal.refund(capture)) == ["CAPTURE_FULLY_REFUNDED"]


def test_a_pending_capture_is_not_refunded(paypal: PayPalClient) -> None:
    assert issues(paypal.refund(paypal.captured("approve_pending"))) == ["PENDING_CAPTURE"]


def test_a_refund_comes_too_late_after_180_days(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    paypal.client.now += 180 * 24 * 3600
    paypal.token = paypal.fetch_token().json()["access_token"]
    assert issues(paypal.refund(capture)) == ["REFUND_TIME_LIMIT_EXCEEDED"]


def test_a_replayed_refund_gives_money_back_once_for_45_days(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    first = paypal.refund(capture, "4.00", paypal_request_id="rfd-1")
    paypal.client.now += 45 * 24 * 3600 - 1
    paypal.token = paypal.fetch_token().json()["access_token"]
    second = paypal.refund(capture, "4.00", paypal_request_id="rfd-1")
    paypal.client.now += 1
    third = paypal.refund(capture, "4.00", paypal_request_id="rfd-1")
    assert [one.status_code for one in (first, second, third)] == [201, 200, 201]
    assert first.json()["id"] == second.json()["id"] != third.json()["id"]


def test_a_refunds_request_id_is_for_one_body(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    paypal.refund(capture, "4.00", paypal_request_id="rfd-1")
    answer = paypal.refund(capture, "5.00", paypal_request_id="rfd-1")
    assert (answer.status_code, answer.json()["name"]) == (400, "DUPLICATE_REQUEST_ID")


def test_an_invoice_is_refunded_once(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    body = {"amount": paypal_money("1.00"), "invoice_id": "credit-1"}
    answers = [paypal.api("POST", f"/v2/payments/captures/{capture['id']}/refund", body) for _ in range(2)]
    assert (answers[0].status_code, issues(answers[1])) == (201, ["DUPLICATE_INVOICE_ID"])


def test_disputed_money_is_held_and_cannot_be_refunded(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    paypal.act(capture, "dispute")
    assert paypal.client.balances() == {CARD: -1000, BALANCE: 0, FEES: 84, FECU: -84, HELD: 1000}
    assert issues(paypal.refund(capture)) == ["TRANSACTION_DISPUTED"]


def test_a_won_dispute_brings_the_money_back(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    for action in ("dispute", "dispute_won"):
        paypal.act(capture, action)
    assert paypal.client.balances() == {CARD: -1000, BALANCE: 0, FEES: 84, FECU: 916, HELD: 0}
    assert paypal.refund(capture).status_code == 201


def test_a_lost_dispute_gives_what_was_left_to_the_buyer(paypal: PayPalClient) -> None:
    capture = paypal.captured()
    paypal.refund(capture, "4.00")
    for action in ("dispute", "dispute_lost"):
        paypal.act(capture, action)
    now = paypal.capture_now(capture)
    assert (now["status"], now["status_details"]) == ("REFUNDED", {"reason": "CHARGEBACK"})
    assert paypal.client.balances() == {CARD: 0, BALANCE: 0, FEES: 84, FECU: -84, HELD: 0}
    assert issues(paypal.refund(capture)) == ["REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK"]


def test_the_ledger_is_in_balance_after_everything(paypal: PayPalClient) -> None:
    capture = paypal.captured(purchase_units=[unit(items=[item(quantity="3")], amount=amount("30.00", item_total="30.00"))])
    paypal.refund(capture, "3.33")
    paypal.act(capture, "dispute")
    paypal.act(paypal.captured("approve_pending"), "settle")
    paypal.captured(purchase_units=[{"amount": amount("7", "JPY")}])
    report = paypal.client.ask("GET", "/api/ledger").json()
    assert report["balanced"] is True
    assert all(sum(entry["amount_minor"] for entry in one["entries"]) == 0 for one in report["transactions"])
