"""PayPal after the approval: who takes the money, when, and what a refusal means for the buyer."""

import contextlib
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.review import ReviewReason
from lightning_cart.errors import ProviderRefused, ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpResponse
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.web.responses import Answer
from support.app import ENV, PRODUCTS, SHOP, Shop, answer, make_catalog, run
from support.builders import ORDER_ID
from support.malformed import malformed
from support.paypal import (
    APPROVE_URL,
    CAPTURE_ID,
    CUSTOM_ID,
    OPENED,
    PAYPAL_ENV,
    PAYPAL_ID,
    USD_10,
    VERIFIED,
    event_body,
    headers,
    make_capture,
    paypal,
    paypal_order,
    paypal_refund,
    refusal,
    rfc3339,
    run_flow,
    token,
    webhook_capture,
)

K = EventKind
APPROVED = paypal_order("APPROVED")
CAPTURED = answer(paypal_order("COMPLETED", make_capture()), 201)
ORDER_PATH = f"/v2/checkout/orders/{PAYPAL_ID}"


def read(
    *answers: HttpResponse | Exception, capture: bool = True, env: dict[str, str] = PAYPAL_ENV
) -> tuple[CheckoutReading, list[ProviderRequest]]:
    return run_flow(paypal(env).read_checkout(OPENED, capture=capture), token(), *answers)


def payments(reading: CheckoutReading) -> list[tuple[EventKind, str]]:
    return [(event.kind, event.payment_ref) for event in reading.events]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (paypal_order("CREATED"), []),
        (paypal_order("PAYER_ACTION_REQUIRED"), []),
        (paypal_order("SAVED"), []),
        (paypal_order("VOIDED"), [(K.CANCELLED, "")]),
        (paypal_order("COMPLETED"), [(K.PENDING, "")]),
        (paypal_order("COMPLETED", make_capture()), [(K.PAID, CAPTURE_ID)]),
        (paypal_order("APPROVED", make_capture("PENDING")), [(K.PENDING, CAPTURE_ID)]),
        (paypal_order("COMPLETED", make_capture("PENDING", status_details={"reason": "ECHECK"})), [(K.PENDING, CAPTURE_ID)]),
        (paypal_order("COMPLETED", make_capture("NEW_WORD")), [(K.PENDING, CAPTURE_ID)]),
        (paypal_order("COMPLETED", make_capture("DECLINED")), [(K.FAILED, CAPTURE_ID)]),
        (paypal_order("COMPLETED", make_capture("FAILED")), [(K.FAILED, CAPTURE_ID)]),
        (paypal_order("COMPLETED", make_capture("PARTIALLY_REFUNDED")), [(K.PAID, CAPTURE_ID)]),
        (paypal_order("COMPLETED", make_capture("REFUNDED")), [(K.PAID, CAPTURE_ID)]),
        (
            paypal_order("COMPLETED", make_capture("DECLINED", id="C0"), make_capture(), make_capture("PENDING", id="C2")),
            [(K.PAID, CAPTURE_ID), (K.PENDING, "C2")],
        ),
        (
            paypal_order("COMPLETED", make_capture("DECLINED", id="C0"), make_capture("DECLINED", id="C1")),
            [(K.FAILED, "C1")],
        ),
        (paypal_order() | {"status": ["x"]}, []),
        ({}, []),
    ],
)
def test_an_order_stands_as_its_captures_do(document: dict[str, Any], found: list[tuple[EventKind, str]]) -> None:
    reading, requests = read(answer(document))
    assert payments(reading) == found
    assert (requests[1].method, requests[1].path) == ("GET", ORDER_PATH)


def test_a_read_payment_names_our_order_and_paypals() -> None:
    (found,) = read(answer(paypal_order("COMPLETED", make_capture())))[0].events
    assert (found.order_id, found.checkout_ref, found.provider, found.was_read) == (ORDER_ID, PAYPAL_ID, "paypal", True)


def test_what_was_captured_is_the_amount() -> None:
    capture = make_capture(amount=USD_10 | {"value": "9.99"})
    (found,) = read(answer(paypal_order("COMPLETED", capture)))[0].events
    assert found.amount == Money(999, "USD")


def test_several_captures_have_amounts_of_their_own() -> None:
    captures = [make_capture(), make_capture(id="C2", amount=USD_10 | {"value": "2.00"})]
    reading, _ = read(answer(paypal_order("COMPLETED", *captures)))
    assert [event.amount for event in reading.events] == [Money(1000, "USD"), Money(200, "USD")]


def refunded(*captures: dict[str, Any], refunds: Sequence[object] = ()) -> list[Money | None]:
    reading, _ = read(answer(paypal_order("COMPLETED", *captures, refunds=refunds)))
    return [event.refunded for event in reading.events]


UP_TO_ANOTHER = [{"rel": "up", "href": "https://api-m.sandbox.paypal.com/v2/payments/captures/C2"}]


@pytest.mark.parametrize(
    ("status", "refunds", "total"),
    [
        ("COMPLETED", [], Money(0, "USD")),
        ("PARTIALLY_REFUNDED", [paypal_refund()], Money(300, "USD")),
        ("PARTIALLY_REFUNDED", [paypal_refund(), paypal_refund(id="R2")], Money(600, "USD")),
        ("PARTIALLY_REFUNDED", [paypal_refund("PENDING")], Money(300, "USD")),
        ("COMPLETED", [paypal_refund("FAILED"), paypal_refund("CANCELLED", id="R2")], Money(0, "USD")),
        ("PARTIALLY_REFUNDED", [paypal_refund(links=None)], Money(300, "USD")),
        ("COMPLETED", [paypal_refund(links=UP_TO_ANOTHER)], Money(0, "USD")),
        ("PARTIALLY_REFUNDED", [paypal_refund(amount=None)], None),
        ("PARTIALLY_REFUNDED", [paypal_refund(amount={"currency_code": "EUR", "value": "3.00"})], None),
        ("REFUNDED", [], Money(1000, "USD")),
        ("REFUNDED", [paypal_refund()], Money(1000, "USD")),
        ("REFUNDED", [paypal_refund("FAILED")], Money(1000, "USD")),
        ("PARTIALLY_REFUNDED", [], None),
        ("PARTIALLY_REFUNDED", [paypal_refund("FAILED")], None),
    ],
    ids=[
        "none",
        "one",
        "two",
        "one under way",
        "two that failed",
        "one without a link counts",
        "one of another capture does not",
        "one without an amount",
        "one in another currency",
        "reversed, without a list",
        "reversed, with a shorter list",
        "reversed after a failed refund",
        "partly reversed, without a list",
        "partly reversed after a failed refund",
    ],
)
def test_the_captures_status_counts_more_than_the_list_of_refunds(
    status: str, refunds: list[object], total: Money | None
) -> None:
    assert refunded(make_capture(status), refunds=refunds) == [total]


def test_each_of_several_captures_has_its_own_refunds() -> None:
    captures = [make_capture("PARTIALLY_REFUNDED"), make_capture("PARTIALLY_REFUNDED", id="C2")]
    found = refunded(*captures, refunds=[paypal_refund(), paypal_refund(id="R2", links=UP_TO_ANOTHER, amount=USD_10)])
    assert found == [Money(300, "USD"), Money(1000, "USD")]


@pytest.mark.parametrize("status", ["PENDING", "DECLINED"])
def test_a_capture_that_is_not_paid_has_no_refunded_total(status: str) -> None:
    assert refunded(make_capture(status)) == [None]


def test_a_capture_without_an_amount_has_no_refunded_total() -> None:
    assert refunded(make_capture("REFUNDED", amount=None)) == [None]


def paid_to(payee: object) -> HttpResponse:
    unit = {"custom_id": CUSTOM_ID, "amount": USD_10, "payee": payee, "payments": {"captures": [make_capture()]}}
    return answer(paypal_order("COMPLETED", purchase_units=[unit]))


OUR_ACCOUNT = PAYPAL_ENV | {"PAYPAL_MERCHANT_ID": "7KNGBPH2U58GQ"}


@pytest.mark.parametrize(
    ("env", "payee", "reason"),
    [
        (OUR_ACCOUNT, {"merchant_id": "7KNGBPH2U58GQ"}, ""),
        (OUR_ACCOUNT, {"merchant_id": "2ANOTHER3SHOP"}, ReviewReason.ANOTHER_ACCOUNT),
        (OUR_ACCOUNT, None, ""),
        (OUR_ACCOUNT, {"merchant_id": ["2ANOTHER3SHOP"]}, ""),
        (PAYPAL_ENV, {"merchant_id": "2ANOTHER3SHOP"}, ""),
    ],
    ids=["ours", "another", "not named", "no word", "not configured"],
)
def test_the_payee_is_compared_with_the_account_that_sells(env: dict[str, str], payee: object, reason: str) -> None:
    reading, _ = read(paid_to(payee), env=env)
    assert [event.review_reason for event in reading.events] == [reason]


def test_the_payee_of_a_new_capture_is_compared_as_well() -> None:
    reading, _ = read(answer(APPROVED), paid_to({"merchant_id": "2ANOTHER3SHOP"}), env=OUR_ACCOUNT)
    assert [event.review_reason for event in reading.events] == [ReviewReason.ANOTHER_ACCOUNT]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (APPROVED, []),
        (paypal_order(), []),
        (paypal_order("COMPLETED", make_capture()), [(K.PAID, CAPTURE_ID)]),
    ],
    ids=["approved", "not approved", "captured"],
)
def test_an_order_that_may_not_be_captured_is_only_read(document: dict[str, Any], found: list[tuple[EventKind, str]]) -> None:
    reading, requests = read(answer(document), capture=False)
    assert (payments(reading), reading.approval_url, reading.captured, len(requests)) == (found, "", False, 2)


def test_an_order_that_the_buyer_has_not_approved_sends_the_buyer_back() -> None:
    assert read(answer(paypal_order()))[0].approval_url == APPROVE_URL


PAID_AND_REFUNDED = paypal_order("COMPLETED", make_capture("PARTIALLY_REFUNDED"), refunds=[paypal_refund()])


@given(malformed(PAID_AND_REFUNDED, APPROVED))
def test_an_order_with_any_field_absent_or_of_another_type_is_read(document: object) -> None:
    reading, _ = read(HttpResponse(200, {}, json.dumps(document).encode()), capture=False)
    assert {event.order_id for event in reading.events} <= {ORDER_ID}


@given(malformed(APPROVED))
def test_an_approval_with_any_field_absent_or_of_another_type_is_captured_or_refused(document: object) -> None:
    with contextlib.suppress(ProviderRefused):
        read(HttpResponse(200, {}, json.dumps(document).encode()), CAPTURED)


def test_an_approval_with_half_a_character_is_captured() -> None:
    document = APPROVED | {"payer": {"name": {"given_name": "\ud83e"}}}
    assert read(HttpResponse(200, {}, json.dumps(document).encode()), CAPTURED)[0].captured


def test_an_approved_order_is_captured_with_an_empty_object_and_its_own_request_id() -> None:
    reading, requests = read(answer(APPROVED), CAPTURED)
    request = requests[2]
    assert (payments(reading), request.method, request.path, request.body, request.headers["content-type"]) == (
        [(K.PAID, CAPTURE_ID)],
        "POST",
        f"{ORDER_PATH}/capture",
        b"{}",
        "application/json",
    )
    assert request.headers["paypal-request-id"].startswith(f"cap-{ORDER_ID[4:]}-")
    assert (len(request.headers["paypal-request-id"]), request.idempotent) == (36, True)


def request_id(document: dict[str, Any]) -> str:
    return read(answer(document), CAPTURED)[1][2].headers["paypal-request-id"]


def test_one_approval_is_captured_under_one_id_and_the_next_under_another() -> None:
    again = APPROVED | {"update_time": "2026-09-21T10:09:00Z"}
    assert request_id(APPROVED) == request_id(APPROVED) != request_id(again)


@pytest.mark.parametrize(
    "unit",
    [{"custom_id": f"shop:{ORDER_ID}", "amount": USD_10 | {"value": "0.01"}}, {"custom_id": "else", "amount": USD_10}],
    ids=["other amount", "other order"],
)
def test_an_approved_order_that_is_not_ours_is_not_captured(unit: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        read(answer(paypal_order("APPROVED", purchase_units=[unit])))


def test_a_capture_that_somebody_else_made_first_is_found() -> None:
    reading, requests = read(
        answer(APPROVED), refusal("ORDER_ALREADY_CAPTURED"), answer(paypal_order("COMPLETED", make_capture()))
    )
    assert (payments(reading), reading.captured, requests[3].method, requests[3].path) == (
        [(K.PAID, CAPTURE_ID)],
        False,
        "GET",
        ORDER_PATH,
    )


def test_a_capture_of_our_own_is_told_as_one() -> None:
    assert read(answer(APPROVED), CAPTURED)[0].captured


@pytest.mark.parametrize(
    "issue", ["INSTRUMENT_DECLINED", "ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"]
)
def test_a_buyer_whose_card_was_declined_goes_to_paypal_once_more(issue: str) -> None:
    links = [{"rel": "information_link", "href": "https://x.example"}, {"rel": "redirect", "href": "https://pp.example/again"}]
    assert read(answer(APPROVED), refusal(issue, links=links))[0] == CheckoutReading(approval_url="https://pp.example/again")


@pytest.mark.parametrize("links", [[], "x", [{"rel": "redirect", "href": "javascript:x"}], [{"rel": "redirect"}]])
def test_without_a_link_the_buyer_goes_to_the_page_of_the_approval(links: object) -> None:
    assert read(answer(APPROVED), refusal("INSTRUMENT_DECLINED", links=links))[0].approval_url == APPROVE_URL


@pytest.mark.parametrize("issue", ["TRANSACTION_REFUSED", "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "PAYER_CANNOT_PAY"])
def test_what_paypal_will_never_take_has_failed(issue: str) -> None:
    assert payments(read(answer(APPROVED), refusal(issue))[0]) == [(K.FAILED, "")]


def test_a_payment_at_another_order_of_paypals_is_a_second_payment() -> None:
    (found,) = read(answer(APPROVED), refusal("DUPLICATE_INVOICE_ID"))[0].events
    assert (found.kind, found.type, found.review_reason) == (
        K.NEEDS_REVIEW,
        "DUPLICATE_INVOICE_ID",
        ReviewReason.SECOND_PAYMENT,
    )


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal("ACTION_DOES_NOT_MATCH_INTENT"), ProviderRefused),
        (refusal("ORDER_COMPLETION_IN_PROGRESS"), ProviderUnavailable),
        (refusal("INTERNAL_SERVER_ERROR", 500), ProviderUnavailable),
        (ProviderTimeout("paypal", "slow"), ProviderTimeout),
    ],
    ids=["our bug", "just being captured", "down", "silence"],
)
def test_anything_else_changes_nothing(reply: HttpResponse | Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        read(answer(APPROVED), reply)


def test_an_order_that_was_paid_under_another_of_paypals_waits_for_a_person_and_says_why() -> None:
    shop = PayPalShop()
    for _ in range(2):  # PayPal sends the same event again, and it is acknowledged again
        shop.answers(VERIFIED, answer(APPROVED), refusal("DUPLICATE_INVOICE_ID"))
        assert shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status == 200
    history = run(shop.app.engine.orders.history(shop.order_id))
    assert history is not None
    assert (history.order.status, history.order.review_reason) == (OrderStatus.OPEN, "second_payment")
    assert [(row["type"], row["reason"]) for row in history.events] == [("CHECKOUT.ORDER.APPROVED", "second_payment")]


def test_the_reconciler_reports_it_in_paypals_own_word() -> None:
    shop = PayPalShop()
    shop.now += 1000
    shop.answers(answer(APPROVED), refusal("DUPLICATE_INVOICE_ID"))
    report = run(reconcile(shop.app.engine, 10))
    assert [(finding.kind, finding.detail) for finding in report.discrepancies] == [("refused", "DUPLICATE_INVOICE_ID")]


def test_an_old_decline_that_is_repeated_is_told_from_a_new_one_by_the_approval_that_stands() -> None:
    reading, requests = read(answer(APPROVED), refusal("INSTRUMENT_DECLINED"), answer(APPROVED), CAPTURED)
    first, second = (request.headers["paypal-request-id"] for request in requests if request.path.endswith("/capture"))
    assert (payments(reading), first != second) == ([(K.PAID, CAPTURE_ID)], True)


def test_a_decline_of_an_approval_that_stands_is_believed_the_second_time() -> None:
    declined = refusal("INSTRUMENT_DECLINED")
    found, requests = read(answer(APPROVED), declined, answer(APPROVED), declined)
    assert (found.approval_url, len(requests)) == (APPROVE_URL, 5)


def test_an_order_that_paypal_does_not_show_changes_nothing_until_it_is_given_up() -> None:
    assert read(refusal("INVALID_RESOURCE_ID", 404))[0] == CheckoutReading()


def test_an_order_that_cannot_be_read_is_not_captured() -> None:
    with pytest.raises(ProviderRefused):
        read(refusal("NOT_AUTHORIZED", 403))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(APPROVED), K.EXPIRED),
        (answer(paypal_order()), K.EXPIRED),
        (refusal("RESOURCE_NOT_FOUND", 404), K.EXPIRED),
        (answer(paypal_order("COMPLETED", make_capture())), K.PAID),
        (answer(paypal_order("COMPLETED", make_capture("PENDING"))), K.PENDING),
    ],
    ids=["approved", "not approved", "forgotten", "captured meanwhile", "pending"],
)
def test_an_order_is_given_up_without_capturing_it(reply: HttpResponse, kind: EventKind) -> None:
    reading, requests = run_flow(paypal().expire_checkout(OPENED), token(), reply)
    assert ([event.kind for event in reading.events], len(requests)) == ([kind], 2)


class PayPalShop(Shop):
    """A shop that sells by PayPal, and its first order."""

    def __init__(self) -> None:
        sites = SHOP.replace("stripe_checkout", "paypal")
        catalog = make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), sites)
        super().__init__(ENV | PAYPAL_ENV, catalog)
        self.answers(token(), answer(paypal_order(), 201))
        self.bought = json.loads(self.checkout().body)
        self.order_id: str = self.bought["order_id"]

    def answers(self, *answers: HttpResponse | Exception) -> None:
        self.provider.answers = list(answers)
        self.provider.requests = []

    def hook(self, event_type: str, resource: object, event_id: str = "WH-1") -> Answer:
        body = event_body(event_type, resource, event_id)
        sent = headers(body, time=rfc3339(int(self.now)), paypal_transmission_id=f"T-{event_id}")
        return self.handle("POST", "/webhook", body, **{name.replace("-", "_"): value for name, value in sent.items()})

    def return_from_paypal(self, later: int = 6) -> Answer:
        """Let the buyer return, some seconds after PayPal was last asked about the order."""
        self.now += later
        token = self.order(self.order_id).return_token
        return self.handle("GET", f"/return/{self.order_id}/{token}?token={PAYPAL_ID}&PayerID=P")

    @property
    def status(self) -> OrderStatus:
        return self.order(self.order_id).status

    @property
    def captures(self) -> int:
        return sum(request.path.endswith("/capture") for request in self.provider.requests)


def test_a_purchase_is_captured_when_the_buyer_returns() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), CAPTURED)
    response = shop.return_from_paypal()
    assert (response.header("location").partition("#")[0], shop.status) == ("https://shop.example/thanks", OrderStatus.PAID)


def test_a_purchase_is_captured_when_the_buyer_never_returns() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(APPROVED), CAPTURED)
    response = shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED)
    assert (response.status, response.log_fields["order_status"], shop.status) == (200, "paid", OrderStatus.PAID)


def test_return_and_webhook_together_capture_and_fulfil_once() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), CAPTURED)
    shop.return_from_paypal()
    paid = answer(paypal_order("COMPLETED", make_capture()))
    shop.answers(VERIFIED, paid, VERIFIED, paid)
    assert shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status == 200
    shop.hook("PAYMENT.CAPTURE.COMPLETED", webhook_capture(), "WH-2")
    assert (shop.captures, shop.status, shop.database.count("outbox")) == (0, OrderStatus.PAID, 1)
    assert not shop.order(shop.order_id).needs_review


def test_a_declined_buyer_is_sent_back_and_may_pay_with_another_card() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), refusal("INSTRUMENT_DECLINED"))
    response = shop.return_from_paypal()
    assert (response.status, response.header("location"), shop.status) == (303, APPROVE_URL, OrderStatus.OPEN)
    first = shop.provider.requests[1].headers["paypal-request-id"]
    shop.answers(answer(APPROVED | {"update_time": "later"}), CAPTURED)
    shop.return_from_paypal()
    assert (shop.status, shop.provider.requests[1].headers["paypal-request-id"] != first) == (OrderStatus.PAID, True)


def test_a_declined_card_in_the_webhook_is_acknowledged_and_changes_nothing() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(APPROVED), refusal("INSTRUMENT_DECLINED"))
    assert (shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status, shop.status) == (200, OrderStatus.OPEN)


@pytest.mark.parametrize("status", ["PAYER_ACTION_REQUIRED", "CREATED"])
def test_a_buyer_whose_card_was_declined_before_the_return_is_sent_back_all_the_same(status: str) -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(APPROVED), refusal("INSTRUMENT_DECLINED"))
    shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED)
    shop.answers(answer(paypal_order(status)))
    response = shop.return_from_paypal(later=0)
    assert (response.status, response.header("location"), shop.status) == (303, APPROVE_URL, OrderStatus.OPEN)


def test_an_echeck_is_pending_until_its_webhook() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), answer(paypal_order("COMPLETED", make_capture("PENDING")), 201))
    shop.return_from_paypal()
    assert shop.status is OrderStatus.PENDING
    shop.answers(VERIFIED, answer(paypal_order("COMPLETED", make_capture())))
    shop.hook("PAYMENT.CAPTURE.COMPLETED", webhook_capture())
    assert str(shop.status) == OrderStatus.PAID


def test_a_capture_that_the_webhook_alone_reports_pays_nothing() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(paypal_order()))
    assert shop.hook("PAYMENT.CAPTURE.COMPLETED", webhook_capture()).status == 200
    assert shop.status is OrderStatus.OPEN


def test_a_capture_that_names_no_order_of_paypals_pays_the_order_that_it_claims_once_it_is_read() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(paypal_order("COMPLETED", make_capture())))
    assert shop.hook("PAYMENT.CAPTURE.COMPLETED", make_capture()).status == 200
    assert shop.status is OrderStatus.PAID


def test_a_second_body_under_one_transmission_id_is_refused() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(paypal_order("COMPLETED", make_capture())), VERIFIED)
    shop.hook("PAYMENT.CAPTURE.COMPLETED", webhook_capture())
    assert shop.hook("PAYMENT.CAPTURE.PENDING", webhook_capture("PENDING")).status == 400


def test_an_order_that_was_given_up_is_never_captured() -> None:
    shop = PayPalShop()
    shop.database.connection.execute("UPDATE orders SET status = 'expired'")
    shop.answers(VERIFIED, answer(APPROVED), CAPTURED)
    assert (shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status, shop.captures) == (200, 0)


def test_a_capture_that_is_not_answered_comes_again() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(APPROVED), ProviderTimeout("paypal", "slow"))
    assert (shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status, shop.status) == (503, OrderStatus.OPEN)
    shop.answers(VERIFIED, answer(APPROVED), CAPTURED)
    assert (shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status, shop.status) == (200, OrderStatus.PAID)


@pytest.mark.parametrize("sql", ["DELETE FROM orders", "UPDATE orders SET session_id = NULL"], ids=["order", "session"])
def test_an_approval_of_a_checkout_that_is_not_stored_is_acknowledged_and_not_captured(sql: str) -> None:
    shop = PayPalShop()
    shop.database.connection.execute(sql)
    shop.answers(VERIFIED)
    assert (shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status, shop.captures) == (200, 0)


def test_a_capture_that_claims_an_order_whose_checkout_is_not_stored_yet_comes_again() -> None:
    shop = PayPalShop()
    shop.database.connection.execute("UPDATE orders SET session_id = NULL")
    shop.answers(VERIFIED)
    assert shop.hook("PAYMENT.CAPTURE.COMPLETED", make_capture()).status == 503


def test_somebody_elses_approval_is_acknowledged_and_not_captured() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED)
    response = shop.hook("CHECKOUT.ORDER.APPROVED", paypal_order(id="8AC96375LB1337"))
    assert (response.status, response.log_fields["verdict"], shop.captures) == (200, "ignored", 0)
