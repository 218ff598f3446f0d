"""PayPal after the approval: who takes the money, when, and what a refusal means for the buyer."""

import json
from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, OrderStatus, PaymentEvent
from lightning_cart.errors import ProviderRefused, ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpResponse
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.web.responses import Answer
from support.app import ENV, PRODUCTS, SHOP, Shop, answer, make_catalog, run
from support.builders import ORDER_ID
from support.paypal import (
    APPROVE_URL,
    CAPTURE_ID,
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
    refusal,
    run_flow,
    token,
)

K = EventKind
APPROVED = paypal_order("APPROVED")
CAPTURED = answer(paypal_order("COMPLETED", make_capture()), 201)
ORDER_PATH = f"/v2/checkout/orders/{PAYPAL_ID}"


def read(*answers: HttpResponse | Exception) -> tuple[PaymentEvent, list[ProviderRequest]]:
    return run_flow(paypal().read_checkout(OPENED), token(), *answers)


@pytest.mark.parametrize(
    ("document", "kind", "payment"),
    [
        (paypal_order("CREATED"), K.IGNORED, ""),
        (paypal_order("PAYER_ACTION_REQUIRED"), K.IGNORED, ""),
        (paypal_order("SAVED"), K.IGNORED, ""),
        (paypal_order("VOIDED"), K.CANCELLED, ""),
        (paypal_order("COMPLETED"), K.PENDING, ""),
        (paypal_order("COMPLETED", make_capture()), K.PAID, CAPTURE_ID),
        (paypal_order("APPROVED", make_capture("PENDING")), K.PENDING, CAPTURE_ID),
        (paypal_order("COMPLETED", make_capture("PENDING", status_details={"reason": "ECHECK"})), K.PENDING, CAPTURE_ID),
        (paypal_order("COMPLETED", make_capture("NEW_WORD")), K.PENDING, CAPTURE_ID),
        (paypal_order("COMPLETED", make_capture("DECLINED")), K.FAILED, CAPTURE_ID),
        (paypal_order("COMPLETED", make_capture("FAILED")), K.FAILED, CAPTURE_ID),
        (paypal_order("COMPLETED", make_capture("PARTIALLY_REFUNDED")), K.PAID, CAPTURE_ID),
        (paypal_order("COMPLETED", make_capture("REFUNDED")), K.PAID, CAPTURE_ID),
        (
            paypal_order("COMPLETED", make_capture("DECLINED", id="C0"), make_capture(), make_capture("PENDING", id="C2")),
            K.PAID,
            CAPTURE_ID,
        ),
        (paypal_order() | {"status": ["x"]}, K.IGNORED, ""),
        ({}, K.IGNORED, ""),
    ],
)
def test_an_order_stands_as_its_capture_does(document: dict[str, Any], kind: EventKind, payment: str) -> None:
    found, requests = read(answer(document))
    assert (found.kind, found.payment_ref, found.order_id, found.provider) == (kind, payment, ORDER_ID, "paypal")
    assert (requests[1].method, requests[1].path) == ("GET", ORDER_PATH)


def test_what_was_captured_is_the_amount() -> None:
    capture = make_capture(amount=USD_10 | {"value": "9.99"})
    assert read(answer(paypal_order("COMPLETED", capture)))[0].amount == Money(999, "USD")


def test_an_approved_order_is_captured_with_an_empty_object_and_its_own_request_id() -> None:
    found, requests = read(answer(APPROVED), CAPTURED)
    request = requests[2]
    assert (found.kind, request.method, request.path, request.body, request.headers["content-type"]) == (
        K.PAID,
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
    found, requests = read(
        answer(APPROVED), refusal("ORDER_ALREADY_CAPTURED"), answer(paypal_order("COMPLETED", make_capture()))
    )
    assert (found.kind, requests[3].method, requests[3].path) == (K.PAID, "GET", ORDER_PATH)


@pytest.mark.parametrize(
    "issue", ["INSTRUMENT_DECLINED", "ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"]
)
def test_a_buyer_whose_card_was_declined_goes_to_paypal_once_more(issue: str) -> None:
    links = [{"rel": "information_link", "href": "https://x.example"}, {"rel": "redirect", "href": "https://pp.example/again"}]
    found, _ = read(answer(APPROVED), refusal(issue, links=links))
    assert (found.kind, found.approval_url) == (K.IGNORED, "https://pp.example/again")


@pytest.mark.parametrize("links", [[], "x", [{"rel": "redirect", "href": "javascript:x"}], [{"rel": "redirect"}]])
def test_without_a_link_the_buyer_goes_to_the_page_of_the_approval(links: object) -> None:
    assert read(answer(APPROVED), refusal("INSTRUMENT_DECLINED", links=links))[0].approval_url == APPROVE_URL


@pytest.mark.parametrize("issue", ["TRANSACTION_REFUSED", "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "PAYER_CANNOT_PAY"])
def test_what_paypal_will_never_take_has_failed(issue: str) -> None:
    assert read(answer(APPROVED), refusal(issue))[0].kind is K.FAILED


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
    assert (history.order.status, history.order.needs_review, history.effects) == (OrderStatus.OPEN, True, ())
    assert [row["type"] for row in history.events] == ["DUPLICATE_INVOICE_ID"]


def test_the_reconciler_reports_it_in_paypals_own_word() -> None:
    shop = PayPalShop()
    shop.now += 1000
    shop.answers(answer(APPROVED), refusal("DUPLICATE_INVOICE_ID"))
    report = run(reconcile(shop.app.engine, 10))
    assert [(finding.kind, finding.detail) for finding in report.discrepancies] == [("refused", "DUPLICATE_INVOICE_ID")]


def test_an_old_decline_that_is_repeated_is_told_from_a_new_one_by_the_approval_that_stands() -> None:
    found, requests = read(answer(APPROVED), refusal("INSTRUMENT_DECLINED"), answer(APPROVED), CAPTURED)
    first, second = (request.headers["paypal-request-id"] for request in requests if request.path.endswith("/capture"))
    assert (found.kind, first != second) == (K.PAID, True)


def test_a_decline_of_an_approval_that_stands_is_believed_the_second_time() -> None:
    declined = refusal("INSTRUMENT_DECLINED")
    found, requests = read(answer(APPROVED), declined, answer(APPROVED), declined)
    assert (found.approval_url, len(requests)) == (APPROVE_URL, 5)


def test_an_order_that_paypal_does_not_show_changes_nothing_until_it_is_given_up() -> None:
    assert read(refusal("INVALID_RESOURCE_ID", 404))[0].kind is K.IGNORED


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
    found, requests = run_flow(paypal().expire_checkout(OPENED), token(), reply)
    assert (found.kind, len(requests)) == (kind, 2)


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
        sent = {name.replace("-", "_"): value for name, value in headers(body).items()}
        return self.handle("POST", "/webhook", body, **sent)

    @property
    def status(self) -> OrderStatus:
        return self.order(self.order_id).status

    @property
    def captures(self) -> int:
        return sum(request.path.endswith("/capture") for request in self.provider.requests)


def test_a_purchase_is_captured_when_the_buyer_returns() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), CAPTURED)
    response = shop.handle("GET", f"/return/{shop.order_id}?token={PAYPAL_ID}&PayerID=P")
    assert (response.header("location").partition("#")[0], shop.status) == ("https://shop.example/thanks", OrderStatus.PAID)


def test_a_purchase_is_captured_when_the_buyer_never_returns() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED, answer(APPROVED), CAPTURED)
    response = shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED)
    assert (response.status, response.log_fields["order_status"], shop.status) == (200, "paid", OrderStatus.PAID)


def test_return_and_webhook_together_capture_and_fulfil_once() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), CAPTURED)
    shop.handle("GET", f"/return/{shop.order_id}")
    shop.answers(VERIFIED)
    assert shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status == 200
    shop.hook("PAYMENT.CAPTURE.COMPLETED", make_capture(), "WH-2")
    assert (shop.captures, shop.status, shop.database.count("outbox")) == (0, OrderStatus.PAID, 1)
    assert not shop.order(shop.order_id).needs_review


def test_a_declined_buyer_is_sent_back_and_may_pay_with_another_card() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), refusal("INSTRUMENT_DECLINED"))
    response = shop.handle("GET", f"/return/{shop.order_id}")
    assert (response.status, response.header("location"), shop.status) == (303, APPROVE_URL, OrderStatus.OPEN)
    first = shop.provider.requests[1].headers["paypal-request-id"]
    shop.answers(answer(APPROVED | {"update_time": "later"}), CAPTURED)
    shop.handle("GET", f"/return/{shop.order_id}")
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
    response = shop.handle("GET", f"/return/{shop.order_id}")
    assert (response.status, response.header("location"), shop.status) == (303, APPROVE_URL, OrderStatus.OPEN)


def test_an_echeck_is_pending_until_its_webhook() -> None:
    shop = PayPalShop()
    shop.answers(answer(APPROVED), answer(paypal_order("COMPLETED", make_capture("PENDING")), 201))
    shop.handle("GET", f"/return/{shop.order_id}")
    assert shop.status is OrderStatus.PENDING
    shop.answers(VERIFIED)
    shop.hook("PAYMENT.CAPTURE.COMPLETED", make_capture())
    assert str(shop.status) == OrderStatus.PAID


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
def test_an_approval_of_what_is_not_stored_yet_comes_again(sql: str) -> None:
    shop = PayPalShop()
    shop.database.connection.execute(sql)
    shop.answers(VERIFIED)
    assert (shop.hook("CHECKOUT.ORDER.APPROVED", APPROVED).status, shop.captures) == (503, 0)


def test_somebody_elses_approval_is_acknowledged_and_not_captured() -> None:
    shop = PayPalShop()
    shop.answers(VERIFIED)
    response = shop.hook("CHECKOUT.ORDER.APPROVED", paypal_order(purchase_units=[{"custom_id": "invoice-7"}]))
    assert (response.status, response.log_fields["verdict"], shop.captures) == (200, "ignored", 0)
