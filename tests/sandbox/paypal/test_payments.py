"""Approved is not captured, captured is not paid: captures, refunds, disputes, and where the money goes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_sandbox.paypal.ledger_entries import fee_for
from support.paypal_client import CANCEL, ORDERS, RETURN, PayPalClient, amount, issues, item, money, source, unit

CARD, BALANCE, FEES, FECU = "Banco Sabadell ••4242", "PayPal balance", "PayPal fees", "FECU payout account"
HELD, BANK = "PayPal held for disputes", "Sandbox Euro Bank ••3000"


@pytest.fixture
def shop(desk: Any) -> PayPalClient:
    return PayPalClient(desk)


def test_an_order_nobody_approved_cannot_be_captured(shop: PayPalClient) -> None:
    answer = shop.capture(shop.order())
    assert issues(answer) == ["ORDER_NOT_APPROVED"]
    assert shop.event_types() == []


def test_approving_moves_no_money(shop: PayPalClient) -> None:
    shop.visit(shop.order(), "approve")
    assert shop.desk.balances() == {}


def test_a_captured_order_says_everything(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve")
    done = shop.capture(order).json()
    (capture,) = done["purchase_units"][0]["payments"]["captures"]
    assert (done["status"], capture["status"], capture["final_capture"]) == ("COMPLETED", "COMPLETED", True)
    assert done["payer"]["email_address"] == "ada@example.com"
    assert done["purchase_units"][0]["shipping"]["address"]["country_code"] == "ES"
    assert capture["custom_id"] == "site:ord_1"
    assert capture["supplementary_data"]["related_ids"]["order_id"] == order["id"]
    assert capture["seller_receivable_breakdown"] == {
        "gross_amount": money("10.00"),
        "paypal_fee": money("0.84"),
        "net_amount": money("9.16"),
    }


def test_nothing_of_the_sandboxs_own_is_ever_shown(shop: PayPalClient) -> None:
    capture = shop.captured()
    refund = shop.refund(capture, "1.00").json()
    order = capture["supplementary_data"]["related_ids"]["order_id"]
    paths = (f"{ORDERS}/{order}", f"/v2/payments/captures/{capture['id']}", f"/v2/payments/refunds/{refund['id']}")
    for path in (*paths, "/v1/notifications/webhooks-events"):
        assert '"_' not in shop.api("GET", path).text


def test_ten_dollars_leave_sabadell_and_arrive_less_the_fee(shop: PayPalClient) -> None:
    shop.captured()
    assert shop.desk.balances() == {CARD: -1000, BALANCE: 0, FEES: 84, FECU: 916}


def test_forints_are_counted_in_the_ledger_as_all_providers_count_them(shop: PayPalClient) -> None:
    shop.captured(purchase_units=[{"amount": amount("1000", "HUF")}])
    assert shop.desk.balances() == {CARD: -100_000, BALANCE: 0, FEES: 8_400, FECU: 91_600}
    assert shop.desk.ask("GET", "/api/ledger").json()["accounts"][0]["display"] == "-1,000.00 HUF"


@given(st.integers(min_value=1, max_value=99_999_999))
def test_the_fee_is_rounded_half_up_and_never_more_than_the_capture(amount_minor: int) -> None:
    fee = fee_for(amount_minor)
    assert 0 <= fee <= amount_minor
    assert fee == amount_minor or abs((fee - 49) * 10_000 - amount_minor * 349) <= 5000


def test_an_order_is_captured_once(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve")
    shop.capture(order, paypal_request_id="cap-1")
    assert issues(shop.capture(order, paypal_request_id="cap-2")) == ["ORDER_ALREADY_CAPTURED"]
    assert shop.desk.balances()[CARD] == -1000


def test_a_replayed_capture_is_200_and_the_latest_state(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve")
    first = shop.capture(order, paypal_request_id="cap-1")
    capture = first.json()["purchase_units"][0]["payments"]["captures"][0]
    shop.refund(capture)
    second = shop.capture(order, paypal_request_id="cap-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["purchase_units"][0]["payments"]["captures"][0]["status"] == "REFUNDED"


def test_a_minimal_capture_says_nothing_of_money(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve")
    assert set(shop.capture(order, prefer="return=minimal").json()) == {"id", "status", "links"}


def test_an_empty_body_captures_as_well(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve")
    assert shop.api("POST", f"{ORDERS}/{order['id']}/capture", {}).status_code == 201


def test_a_capture_takes_no_fields(shop: PayPalClient) -> None:
    order = shop.order()
    assert issues(shop.api("POST", f"{ORDERS}/{order['id']}/capture", {"amount": {}}), 400) == ["SANDBOX_UNKNOWN_FIELD"]


def test_an_order_to_authorise_is_not_captured(shop: PayPalClient) -> None:
    order = shop.order(intent="AUTHORIZE")
    shop.visit(order, "approve")
    assert issues(shop.capture(order)) == ["ACTION_DOES_NOT_MATCH_INTENT"]


def test_each_unit_of_an_order_is_a_capture(shop: PayPalClient) -> None:
    units = [unit(reference_id=name, invoice_id=name) for name in ("a", "b")]
    order = shop.order(purchase_units=units)
    shop.visit(order, "approve")
    done = shop.capture(order).json()
    invoices = [one["payments"]["captures"][0]["invoice_id"] for one in done["purchase_units"]]
    assert (invoices, shop.desk.balances()[CARD]) == (["a", "b"], -2000)


def test_an_invoice_is_paid_once(shop: PayPalClient) -> None:
    first, second = (shop.order(purchase_units=[unit(invoice_id="inv-1")]) for _ in range(2))
    for order in (first, second):
        shop.visit(order, "approve")
    assert shop.capture(first).status_code == 201
    assert issues(shop.capture(second)) == ["DUPLICATE_INVOICE_ID"]


def test_an_invoice_whose_payment_was_denied_may_be_paid_again(shop: PayPalClient) -> None:
    shop.act(shop.captured("approve_pending", purchase_units=[unit(invoice_id="inv-1")]), "deny")
    assert shop.captured(purchase_units=[unit(invoice_id="inv-1")])["status"] == "COMPLETED"


def test_a_declined_instrument_sends_the_payer_back_with_the_same_order(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve_declined")
    answer = shop.capture(order)
    links = {link["rel"]: link["href"] for link in answer.json()["links"]}
    assert issues(answer) == ["INSTRUMENT_DECLINED"]
    assert links["redirect"] == links["payer-action"] == f"http://sandbox.test/paypal/checkoutnow?token={order['id']}"
    assert shop.read(order)["status"] == "PAYER_ACTION_REQUIRED"
    assert "was declined" in shop.visit(order).text


def test_a_declined_order_without_a_payment_source_is_created_again(shop: PayPalClient) -> None:
    order = shop.order(payment_source=None, application_context={"return_url": RETURN, "cancel_url": CANCEL})
    shop.visit(order, "approve_declined")
    links = [link["rel"] for link in shop.capture(order).json()["links"]]
    assert (links, shop.read(order)["status"]) == (["redirect", "information_link"], "CREATED")


def test_after_a_decline_another_instrument_and_a_new_request_id_capture(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve_declined")
    declined = [shop.capture(order, paypal_request_id=key) for key in ("cap-1", "cap-2")]
    assert [issues(one) for one in declined] == [["INSTRUMENT_DECLINED"]] * 2
    assert shop.visit(order, "approve").status_code == 303
    old = shop.capture(order, paypal_request_id="cap-1")
    new = shop.capture(order, paypal_request_id="cap-3")
    assert (issues(old), new.status_code) == (["INSTRUMENT_DECLINED"], 201)
    assert shop.desk.balances()[CARD] == -1000


def test_an_echeck_is_pending_and_brings_no_money_yet(shop: PayPalClient) -> None:
    capture = shop.captured("approve_pending")
    assert (capture["status"], capture["status_details"]) == ("PENDING", {"reason": "ECHECK"})
    assert "seller_receivable_breakdown" not in capture
    assert shop.desk.balances() == {}


def test_a_pending_payment_arrives(shop: PayPalClient) -> None:
    capture = shop.captured("approve_pending")
    shop.act(capture, "settle")
    now = shop.capture_now(capture)
    assert (now["status"], "status_details" in now) == ("COMPLETED", False)
    assert shop.desk.balances() == {BANK: -1000, BALANCE: 0, FEES: 84, FECU: 916}


def test_a_pending_payment_is_denied(shop: PayPalClient) -> None:
    capture = shop.captured("approve_pending")
    shop.act(capture, "deny")
    assert (shop.capture_now(capture)["status"], shop.desk.balances()) == ("DECLINED", {})
    assert issues(shop.refund(capture)) == ["REFUND_NOT_ALLOWED"]


def test_a_shop_that_wants_money_at_once_gets_no_echeck_but_perhaps_a_review(shop: PayPalClient) -> None:
    at_once = source(payment_method_preference="IMMEDIATE_PAYMENT_REQUIRED")
    order = shop.order(payment_source=at_once)
    assert "eCheck" not in shop.visit(order).text
    capture = shop.captured("approve_pending", payment_source=at_once)
    assert capture["status_details"] == {"reason": "PENDING_REVIEW"}


def test_an_empty_refund_gives_back_all_that_is_left(shop: PayPalClient) -> None:
    capture = shop.captured()
    part = shop.refund(capture, "4.00").json()
    status = shop.capture_now(capture)["status"]
    rest = shop.refund(capture).json()
    assert (part["amount"], rest["amount"]) == (money("4.00"), money("6.00"))
    assert (status, shop.capture_now(capture)["status"]) == ("PARTIALLY_REFUNDED", "REFUNDED")
    assert rest["seller_payable_breakdown"]["total_refunded_amount"] == money("10.00")
    assert shop.desk.balances() == {CARD: 0, BALANCE: 0, FEES: 84, FECU: -84}


def test_a_refund_carries_the_shops_id_and_leads_to_its_capture(shop: PayPalClient) -> None:
    capture = shop.captured()
    refund = shop.refund(capture, "4.00").json()
    up = [link["href"] for link in refund["links"] if link["rel"] == "up"]
    assert (refund["custom_id"], up) == ("site:ord_1", [f"http://sandbox.test/paypal/v2/payments/captures/{capture['id']}"])
    assert shop.api("GET", f"/v2/payments/refunds/{refund['id']}").json() == refund


def test_a_minimal_refund_is_id_status_and_links(shop: PayPalClient) -> None:
    assert set(shop.refund(shop.captured(), prefer="").json()) == {"id", "status", "links"}


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
def test_a_refund_that_cannot_be_is_refused(shop: PayPalClient, value: str, currency: str, issue: str) -> None:
    capture = shop.captured()
    assert issues(shop.refund(capture, value, currency)) == [issue]
    assert shop.capture_now(capture)["status"] == "COMPLETED"


def test_what_is_fully_refunded_is_refunded_no_more(shop: PayPalClient) -> None:
    capture = shop.captured()
    shop.refund(capture)
    assert issues(shop.refund(capture)) == ["CAPTURE_FULLY_REFUNDED"]


def test_a_pending_capture_is_not_refunded(shop: PayPalClient) -> None:
    assert issues(shop.refund(shop.captured("approve_pending"))) == ["PENDING_CAPTURE"]


def test_a_refund_comes_too_late_after_180_days(shop: PayPalClient) -> None:
    capture = shop.captured()
    shop.desk.now += 180 * 24 * 3600
    shop.token = shop.fetch_token().json()["access_token"]
    assert issues(shop.refund(capture)) == ["REFUND_TIME_LIMIT_EXCEEDED"]


def test_a_replayed_refund_gives_money_back_once_for_45_days(shop: PayPalClient) -> None:
    capture = shop.captured()
    first = shop.refund(capture, "4.00", paypal_request_id="rfd-1")
    shop.desk.now += 45 * 24 * 3600 - 1
    shop.token = shop.fetch_token().json()["access_token"]
    second = shop.refund(capture, "4.00", paypal_request_id="rfd-1")
    shop.desk.now += 1
    third = shop.refund(capture, "4.00", paypal_request_id="rfd-1")
    assert [one.status_code for one in (first, second, third)] == [201, 200, 201]
    assert first.json()["id"] == second.json()["id"] != third.json()["id"]


def test_a_refunds_request_id_is_for_one_body(shop: PayPalClient) -> None:
    capture = shop.captured()
    shop.refund(capture, "4.00", paypal_request_id="rfd-1")
    assert issues(shop.refund(capture, "5.00", paypal_request_id="rfd-1")) == ["DUPLICATE_REQUEST_ID"]


def test_an_invoice_is_refunded_once(shop: PayPalClient) -> None:
    capture = shop.captured()
    body = {"amount": money("1.00"), "invoice_id": "credit-1"}
    answers = [shop.api("POST", f"/v2/payments/captures/{capture['id']}/refund", body) for _ in range(2)]
    assert (answers[0].status_code, issues(answers[1])) == (201, ["DUPLICATE_INVOICE_ID"])


def test_disputed_money_is_held_and_cannot_be_refunded(shop: PayPalClient) -> None:
    capture = shop.captured()
    shop.act(capture, "dispute")
    assert shop.desk.balances() == {CARD: -1000, BALANCE: 0, FEES: 84, FECU: -84, HELD: 1000}
    assert issues(shop.refund(capture)) == ["TRANSACTION_DISPUTED"]


def test_a_won_dispute_brings_the_money_back(shop: PayPalClient) -> None:
    capture = shop.captured()
    for action in ("dispute", "dispute_won"):
        shop.act(capture, action)
    assert shop.desk.balances() == {CARD: -1000, BALANCE: 0, FEES: 84, FECU: 916, HELD: 0}
    assert shop.refund(capture).status_code == 201


def test_a_lost_dispute_gives_what_was_left_to_the_buyer(shop: PayPalClient) -> None:
    capture = shop.captured()
    shop.refund(capture, "4.00")
    for action in ("dispute", "dispute_lost"):
        shop.act(capture, action)
    now = shop.capture_now(capture)
    assert (now["status"], now["status_details"]) == ("REFUNDED", {"reason": "CHARGEBACK"})
    assert shop.desk.balances() == {CARD: 0, BALANCE: 0, FEES: 84, FECU: -84, HELD: 0}
    assert issues(shop.refund(capture)) == ["REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK"]


def test_the_ledger_is_in_balance_after_everything(shop: PayPalClient) -> None:
    capture = shop.captured(purchase_units=[unit(items=[item(quantity="3")], amount=amount("30.00", item_total="30.00"))])
    shop.refund(capture, "3.33")
    shop.act(capture, "dispute")
    shop.act(shop.captured("approve_pending"), "settle")
    shop.captured(purchase_units=[{"amount": amount("7", "JPY")}])
    report = shop.desk.ask("GET", "/api/ledger").json()
    assert report["balanced"] is True
    assert all(sum(entry["amount_minor"] for entry in one["entries"]) == 0 for one in report["transactions"])
