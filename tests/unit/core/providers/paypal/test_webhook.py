"""PayPal's webhooks: who may have sent one, and what each means for an order."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, PaymentEvent
from lightning_cart.errors import BadSignature, ProviderRefused, ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.paypal.checkout import PayPal
from lightning_cart.providers.paypal.transmission import HEADER
from support.app import ENV, PRODUCTS, SHOP, Shop, answer, make_catalog
from support.builders import NOW, ORDER_ID
from support.paypal import (
    BASE,
    CAPTURE_ID,
    CERT_URL,
    CUSTOM_ID,
    OFFLINE_ENV,
    PAYPAL_ENV,
    PAYPAL_ID,
    USD_10,
    VERIFIED,
    certificate_file,
    event_body,
    headers,
    make_capture,
    paypal,
    paypal_order,
    refusal,
    run_flow,
    token,
    verified,
)

K = EventKind
BODY = event_body("PAYMENT.CAPTURE.COMPLETED", make_capture())


def check(
    body: bytes = BODY, sent: dict[str, str] | None = None, *answers: HttpResponse | Exception, strategy: PayPal | None = None
) -> tuple[PaymentEvent, list[ProviderRequest]]:
    request = HttpRequest("POST", "/webhook/paypal", headers(body) if sent is None else sent, body)
    return run_flow((strategy or paypal()).verify_webhook(request, NOW), *(answers or (token(), VERIFIED)))


def test_paypal_is_asked_about_each_webhook() -> None:
    found, requests = check()
    sent = headers(BODY)
    assert found.id == "WH-1"
    assert (requests[1].method, requests[1].url, requests[1].idempotent) == (
        "POST",
        f"{BASE}/v1/notifications/verify-webhook-signature",
        True,
    )
    assert json.loads(requests[1].body) == {
        "auth_algo": "SHA256withRSA",
        "cert_url": CERT_URL,
        "transmission_id": sent["paypal-transmission-id"],
        "transmission_sig": sent["paypal-transmission-sig"],
        "transmission_time": sent["paypal-transmission-time"],
        "webhook_id": "WEBHOOK-1",
        "webhook_event": json.loads(BODY),
    }


def test_the_received_bytes_are_sent_and_not_written_again() -> None:
    body = b' {"id" : "WH-1",\n"resource": {"amount": 1.0, "x": "\\u00e9"}, "event_type": "X"}\n'
    assert check(body)[1][1].body.endswith(b',"webhook_event":' + body + b"}")


@pytest.mark.parametrize(
    "reply",
    [
        answer({"verification_status": "FAILURE"}),
        answer({"verification_status": "success"}),
        answer({"verification_status": True}),
        answer({}),
        HttpResponse(200, {}, b"SUCCESS"),
        refusal("VALIDATION_ERROR", 400),
        refusal("INVALID", 422),
    ],
    ids=["failure", "other word", "not a word", "nothing", "not JSON", "malformed", "unprocessable"],
)
def test_only_the_word_success_is_success(reply: HttpResponse) -> None:
    with pytest.raises(BadSignature):
        check(BODY, None, token(), reply)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (ProviderTimeout("paypal", "slow"), ProviderTimeout),
        (refusal("INTERNAL_SERVER_ERROR", 500), ProviderUnavailable),
        (refusal("NOT_AUTHORIZED", 403), ProviderRefused),
    ],
    ids=["silence", "down", "not allowed"],
)
def test_where_paypal_cannot_be_asked_nothing_is_decided(reply: HttpResponse | Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        check(BODY, None, token(), reply)


@pytest.mark.parametrize("trouble", [ProviderTimeout("paypal", "slow"), refusal("NOT_AUTHORIZED", 403)], ids=["silence", "403"])
def test_then_the_webhook_must_come_again(trouble: HttpResponse | Exception) -> None:
    sites = SHOP.replace("stripe_checkout", "paypal")
    shop = Shop(ENV | PAYPAL_ENV, make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), sites))
    shop.provider.answers = [token(), trouble]
    sent = {name.replace("-", "_"): value for name, value in headers(BODY).items()}
    assert shop.handle("POST", "/webhook/paypal", BODY, **sent).status == 503


@pytest.mark.parametrize("name", list(headers(BODY)))
@pytest.mark.parametrize("value", ["", " ", "a b", "é", "x" * 501, "a\r\nb", "\ud800"], ids=range(7))
def test_a_hostile_header_is_a_bad_signature_and_no_call(name: str, value: str) -> None:
    with pytest.raises(BadSignature):
        check(BODY, headers(BODY) | {name: value}, AssertionError("called"))


@pytest.mark.parametrize("algorithm", ["SHA1withRSA", "sha256withrsa", "none"])
def test_another_algorithm_is_a_bad_signature(algorithm: str) -> None:
    with pytest.raises(BadSignature):
        check(BODY, headers(BODY, paypal_auth_algo=algorithm), AssertionError("called"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"1",
        b"NaN",
        b"[" * 99_999,
        b"\xef\xbb\xbf" + BODY,
        BODY.decode().encode("utf-16"),
        BODY + b',"webhook_id":"MINE","x":{}',
        BODY[:-1] + b'},"webhook_id":"MINE","x":{"y":1}',
        b'{"id": 1, "event_type": "x"}',
        b'{"id": "WH", "event_type": {"id": "x"}}',
        b'{"id": "a b", "event_type": "x"}',
    ],
    ids=range(14),
)
def test_a_body_that_is_no_event_is_a_bad_signature_and_no_call(body: bytes) -> None:
    with pytest.raises(BadSignature):
        check(body, None, AssertionError("called"))


NAMES = list(headers(BODY))


@given(st.binary(), st.fixed_dictionaries({}, optional={name: st.text(max_size=60) for name in NAMES}))
def test_any_bytes_and_any_headers_give_a_bad_signature_unless_paypal_vouches(body: bytes, sent: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        check(body, sent, token(), answer({"verification_status": "FAILURE"}))


@given(st.binary() | st.just(BODY), st.text(min_size=1, max_size=600), st.sampled_from(NAMES))
def test_any_header_beside_good_ones_gives_an_event_or_a_bad_signature(body: bytes, text: str, name: str) -> None:
    answers = [certificate_file(), token(), answer({"verification_status": "FAILURE"})]
    if name == "paypal-cert-url":
        answers = answers[1:]
    with contextlib.suppress(BadSignature):
        found = check(body, headers(body) | {name: text}, *answers, strategy=paypal(OFFLINE_ENV))[0]
        assert isinstance(found, PaymentEvent)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TYPES = [
    "CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED", "PAYMENT.REFUND.FAILED",
    "CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.RESOLVED",
]  # fmt: skip
FIELDS = [
    "id", "custom_id", "amount", "seller_payable_breakdown", "links", "purchase_units", "disputed_transactions",
    "dispute_outcome", "status",
]  # fmt: skip
subjects = st.fixed_dictionaries(
    {}, optional={name: json_values | st.sampled_from([CUSTOM_ID, USD_10, [{"rel": "up"}], 10**400]) for name in FIELDS}
)


@given(st.sampled_from(TYPES) | json_values, subjects | json_values, json_values)
def test_any_json_that_paypal_vouches_for_gives_an_event_or_a_bad_signature(kind: Any, subject: Any, event_id: Any) -> None:
    body = json.dumps({"id": event_id or "WH-1", "event_type": kind, "resource": subject}).encode()
    with contextlib.suppress(BadSignature):
        found = check(body)[0]
        assert found.id.isascii()
        assert found.amount is None or found.amount.minor >= 0


REFUND = {
    "id": "1JU08902781691411",
    "status": "COMPLETED",
    "amount": {"currency_code": "USD", "value": "3.00"},
    "custom_id": CUSTOM_ID,
    "seller_payable_breakdown": {"total_refunded_amount": {"currency_code": "USD", "value": "5.00"}},
    "links": [
        {"href": f"{BASE}/v2/payments/refunds/1JU08902781691411", "rel": "self"},
        {"href": f"{BASE}/v2/payments/captures/{CAPTURE_ID}", "rel": "up"},
    ],
}
DISPUTE = {
    "dispute_id": "PP-D-1",
    "disputed_transactions": [{"seller_transaction_id": CAPTURE_ID, "custom": CUSTOM_ID}],
    "status": "OPEN",
}


def resolved(outcome: object) -> dict[str, Any]:
    return DISPUTE | {"dispute_outcome": {"outcome_code": outcome}}


@pytest.mark.parametrize(
    ("event_type", "resource", "kind"),
    [
        ("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED"), K.READ_CHECKOUT),
        ("CHECKOUT.ORDER.COMPLETED", paypal_order("COMPLETED"), K.READ_CHECKOUT),
        ("CHECKOUT.ORDER.COMPLETED", paypal_order("COMPLETED", make_capture("PENDING")), K.PENDING),
        ("CHECKOUT.ORDER.COMPLETED", paypal_order("COMPLETED", make_capture("DECLINED"), make_capture()), K.PAID),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", paypal_order(), K.CANCELLED),
        ("PAYMENT.CAPTURE.COMPLETED", make_capture(), K.PAID),
        ("PAYMENT.CAPTURE.PENDING", make_capture("PENDING"), K.PENDING),
        ("PAYMENT.CAPTURE.DENIED", make_capture("DECLINED"), K.FAILED),
        ("PAYMENT.CAPTURE.DECLINED", make_capture("DECLINED"), K.FAILED),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND, K.REFUNDED),
        ("PAYMENT.CAPTURE.REVERSED", REFUND, K.REFUNDED),
        ("PAYMENT.REFUND.FAILED", REFUND, K.REFUND_FAILED),
        ("PAYMENT.REFUND.PENDING", REFUND, K.IGNORED),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE, K.DISPUTED),
        ("CUSTOMER.DISPUTE.UPDATED", DISPUTE, K.IGNORED),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("RESOLVED_SELLER_FAVOUR"), K.DISPUTE_WON),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("CANCELED_BY_BUYER"), K.DISPUTE_WON),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("RESOLVED_BUYER_FAVOUR"), K.DISPUTE_LOST),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("ACCEPTED"), K.DISPUTE_LOST),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("NONE"), K.IGNORED),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved(["x"]), K.IGNORED),
        ("BILLING.SUBSCRIPTION.CREATED", {"custom_id": CUSTOM_ID}, K.IGNORED),
    ],
)
def test_an_event_means_what_paypal_says_it_means(event_type: str, resource: dict[str, Any], kind: EventKind) -> None:
    found = verified(event_type, resource)
    assert (found.kind, found.order_id, found.provider) == (kind, ORDER_ID, "paypal")


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("CHECKOUT.ORDER.COMPLETED", paypal_order("COMPLETED", make_capture())),
        ("PAYMENT.CAPTURE.COMPLETED", make_capture()),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE),
    ],
)
def test_an_event_names_its_capture(event_type: str, resource: dict[str, Any]) -> None:
    assert verified(event_type, resource).payment_ref == CAPTURE_ID


def test_without_its_custom_id_a_refund_is_found_by_its_capture() -> None:
    found = verified("PAYMENT.CAPTURE.REFUNDED", {name: REFUND[name] for name in REFUND if name != "custom_id"})
    assert (found.order_id, found.payment_ref) == ("", CAPTURE_ID)


def test_a_refund_carries_the_sum_so_far() -> None:
    assert verified("PAYMENT.CAPTURE.REFUNDED", REFUND).amount == Money(500, "USD")


def test_a_refund_without_the_sum_has_no_amount_so_that_a_person_looks() -> None:
    assert verified("PAYMENT.CAPTURE.REFUNDED", REFUND | {"seller_payable_breakdown": {}}).amount is None


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [("PAYMENT.CAPTURE.COMPLETED", make_capture()), ("CHECKOUT.ORDER.COMPLETED", paypal_order("COMPLETED", make_capture()))],
)
def test_a_capture_carries_what_was_captured(event_type: str, resource: dict[str, Any]) -> None:
    assert verified(event_type, resource).amount == Money(1000, "USD")


@pytest.mark.parametrize("text", ["", "invoice-7", f"shop:{ORDER_ID}x", "ord_short", 7, None, ["x"]])
def test_an_id_that_is_not_ours_names_no_order(text: object) -> None:
    assert verified("PAYMENT.CAPTURE.COMPLETED", make_capture(custom_id=text)).order_id == ""


def test_an_order_of_another_provider_is_not_touched() -> None:
    shop = Shop(ENV | PAYPAL_ENV)
    order_id = json.loads(shop.checkout().body)["order_id"]
    unit = {"custom_id": f"shop:{order_id}", "amount": USD_10}
    body = event_body("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED", id=PAYPAL_ID, purchase_units=[unit]))
    shop.provider.answers, shop.provider.requests = [token(), VERIFIED], []
    sent = {name.replace("-", "_"): value for name, value in headers(body).items()}
    response = shop.handle("POST", "/webhook/paypal", body, **sent)
    assert (response.status, response.log_fields["verdict"], len(shop.provider.requests)) == (200, "ignored", 2)


def test_the_signature_header_tells_the_provider() -> None:
    assert PayPal.signature_header == HEADER == "paypal-transmission-sig"
