"""PayPal's webhooks: who may have sent one, how old it may be, and which bytes are one."""

import contextlib
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.errors import BadSignature, ProviderRefused, ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.paypal.checkout import PayPal
from lightning_cart.providers.paypal.transmission import HEADER
from support.app import ENV, PRODUCTS, SHOP, Shop, answer, make_catalog
from support.builders import NOW
from support.paypal import (
    BASE,
    CERT_URL,
    OFFLINE_ENV,
    PAYPAL_ENV,
    PAYPAL_ID,
    USD_10,
    VERIFIED,
    certificate_file,
    event_body,
    headers,
    paypal,
    paypal_order,
    refusal,
    rfc3339,
    run_flow,
    token,
    webhook_capture,
)

BODY = event_body("PAYMENT.CAPTURE.COMPLETED", webhook_capture())


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


FOUR_DAYS = 4 * 24 * 3600


@pytest.mark.parametrize("time", [rfc3339(NOW - FOUR_DAYS), rfc3339(NOW + 300)], ids=["four days old", "five minutes ahead"])
def test_a_transmission_is_taken_as_long_as_paypal_retries(time: str) -> None:
    assert check(BODY, headers(BODY, time=time))[0].id == "WH-1"


@pytest.mark.parametrize(
    "time",
    [rfc3339(NOW - FOUR_DAYS - 1), rfc3339(NOW + 301), "yesterday", "2026-05-28T20:26:40", str(NOW)],
    ids=["older than four days", "further ahead", "a word", "no zone", "Unix seconds"],
)
def test_a_transmission_of_any_other_time_is_a_bad_signature_and_no_call(time: str) -> None:
    with pytest.raises(BadSignature, match="paypal-transmission-time"):
        check(BODY, headers(BODY, time=time), AssertionError("called"))


@pytest.mark.parametrize(
    ("env", "answers"),
    [(PAYPAL_ENV, (token(), VERIFIED)), (OFFLINE_ENV, (certificate_file(),))],
    ids=["asked", "by certificate"],
)
def test_an_event_has_its_delivery_and_the_digest_of_its_body(env: dict[str, str], answers: tuple[HttpResponse, ...]) -> None:
    found = check(BODY, None, *answers, strategy=paypal(env))[0]
    assert (found.delivery_id, found.body_digest) == (
        headers(BODY)["paypal-transmission-id"],
        hashlib.sha256(BODY).hexdigest(),
    )


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
