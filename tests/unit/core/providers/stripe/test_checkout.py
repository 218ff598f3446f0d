"""Stripe: what is sent for an order, what an answer means, and what a webhook may be."""

import contextlib
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, EventKind, LineItem, Order, PaymentEvent
from lightning_cart.errors import BadSignature, InvalidSettings, ProviderRefused, ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import ProviderRequest, drive
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.stripe.api import form
from lightning_cart.providers.stripe.checkout import StripeCheckout
from support.app import ENV, Provider, answer, run
from support.builders import NOW, ORDER_ID, make_order, paid_session
from support.stripe import WEBHOOK_SECRET, event, sign, stripe_session

STRIPE = StripeCheckout.from_env(ENV)
SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"
K = EventKind


def sent_for(order: Order) -> dict[str, str]:
    request = next(STRIPE.create_checkout(order, SUCCESS, CANCEL))
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def verify(body: bytes, header: str | None = None, strategy: StripeCheckout = STRIPE, now: int = NOW) -> PaymentEvent:
    headers = {"stripe-signature": sign(body) if header is None else header}
    return run(drive(strategy.verify_webhook(HttpRequest("POST", "/webhook", headers, body), now), Provider()))


def test_the_form_is_written_in_brackets() -> None:
    assert parse_qsl(form({"a": [{"b": "x", "c": [1, 2]}], "e": {"f": "y"}})) == [
        ("a[0][b]", "x"),
        ("a[0][c][0]", "1"),
        ("a[0][c][1]", "2"),
        ("e[f]", "y"),
    ]


def test_a_checkout_is_one_post_with_key_version_and_idempotency_key() -> None:
    request = next(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL))
    assert (request.method, request.url, request.headers, request.idempotent) == (
        "POST",
        "https://api.stripe.com/v1/checkout/sessions",
        {
            "authorization": "Bearer sk_test_key",
            "stripe-version": "2026-09-30.endive",
            "content-type": "application/x-www-form-urlencoded",
            "idempotency-key": f"chk-{ORDER_ID}-1",
        },
        True,
    )


def test_an_idempotency_key_fits_every_provider() -> None:
    assert len(f"chk-{ORDER_ID}-1") <= 36


def test_a_one_time_order_is_sent_whole() -> None:
    order = make_order(customer_email="ada@example.com", metadata={"table": "7"}, statement_descriptor_suffix="SHOP")
    assert sent_for(order) == {
        "mode": "payment",
        "client_reference_id": ORDER_ID,
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "1000",
        "line_items[0][price_data][product_data][name]": "Test checkout",
        "line_items[0][price_data][product_data][metadata][product_id]": "test-10",
        "metadata[table]": "7",
        "metadata[order_id]": ORDER_ID,
        "metadata[site_id]": "shop",
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
        "expires_at": str(NOW + 82_800),
        "customer_email": "ada@example.com",
        "payment_intent_data[metadata][table]": "7",
        "payment_intent_data[metadata][order_id]": ORDER_ID,
        "payment_intent_data[metadata][site_id]": "shop",
        "payment_intent_data[statement_descriptor_suffix]": "SHOP",
    }


def test_a_recurring_order_is_a_subscription_with_its_own_metadata() -> None:
    line = LineItem("club", "Club", Money(500, "USD"), 1, interval=Interval.MONTH)
    sent = sent_for(make_order(lines=(line,), statement_descriptor_suffix="SHOP"))
    assert (
        sent["mode"],
        sent["line_items[0][price_data][recurring][interval]"],
        sent["subscription_data[metadata][order_id]"],
    ) == (
        "subscription",
        "month",
        ORDER_ID,
    )
    assert not [name for name in sent if name.startswith("payment_intent_data")]


def test_an_image_is_sent_only_where_stripe_can_fetch_it() -> None:
    lines = tuple(LineItem(name, name, Money(500, "USD"), 1, "text", f"{name}://x/a.png") for name in ("https", "http"))
    sent = sent_for(make_order(lines=lines))
    assert [name for name in sent if "images" in name] == ["line_items[0][price_data][product_data][images][0]"]


def test_nothing_empty_is_sent() -> None:
    assert "" not in sent_for(make_order()).values()


def test_the_same_order_gives_the_same_bytes() -> None:
    assert next(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL)) == next(
        STRIPE.create_checkout(make_order(), SUCCESS, CANCEL)
    )


def test_a_session_says_where_to_send_the_buyer() -> None:
    provider = Provider()
    assert run(drive(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL), provider)) == CheckoutSession(
        "cs_test_1", "https://checkout.stripe.com/c/pay/cs_test_1", NOW + 82_800
    )


@pytest.mark.parametrize(
    "reply",
    [
        HttpResponse(200, {}, b"not json"),
        HttpResponse(200, {}, b"[]"),
        answer({"id": "cs"}),
        answer({"id": "cs", "url": "javascript:x"}),
        answer(stripe_session(url="http://pay.example/x")),
        answer(stripe_session(url="https://pay.example/x\r\nset-cookie: a=b")),
        answer(stripe_session(url="https://pay.example/\u2028")),
        answer(stripe_session(id="cs 1")),
        answer(stripe_session(expires_at=2**53)),
        answer(stripe_session(expires_at=10**30)),
        answer(stripe_session(expires_at=True)),
        answer(stripe_session(expires_at=None)),
    ],
    ids=[
        "no JSON",
        "no object",
        "no address",
        "no web address",
        "plain http",
        "a second header",
        "no ASCII",
        "no id",
        "too far an end",
        "further than any",
        "no number",
        "no end",
    ],
)
def test_an_answer_without_a_session_is_refused(reply: HttpResponse) -> None:
    with pytest.raises(ProviderRefused):
        run(drive(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL), Provider([reply])))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, ProviderRefused), (401, ProviderRefused), (402, ProviderRefused), (403, ProviderRefused), (404, ProviderRefused)]
    + [(status, ProviderUnavailable) for status in (409, 424, 429, 500, 502, 503, 504, 520)],
)
def test_every_error_status_is_a_no_or_a_later(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        run(drive(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL), Provider([answer({}, status)])))


def test_a_refusal_keeps_code_parameter_and_request_id_but_no_message() -> None:
    error = {
        "error": {
            "type": "invalid_request_error",
            "code": "email_invalid",
            "param": "customer_email",
            "message": "ada@example.com is bad",
        }
    }
    with pytest.raises(ProviderRefused) as caught:
        run(drive(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL), Provider([answer(error, 400, request_id="req_1")])))
    assert (caught.value.code, caught.value.reference, caught.value.reason) == (
        "email_invalid",
        "req_1",
        "answered 400 about customer_email",
    )
    assert "ada@" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"error": "x"}', b'{"error": {"code": ["x"], "param": "\\u00e9"}}', b"[" * 99_999]
)
def test_an_error_answer_may_be_anything(body: bytes) -> None:
    with pytest.raises(ProviderRefused):
        run(drive(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL), Provider([HttpResponse(400, {}, body)])))


OPENED = make_order(session=CheckoutSession("cs_test_1", "https://checkout.stripe.com/c/pay/cs_test_1", None))


@pytest.mark.parametrize(
    ("session", "kind"),
    [
        (stripe_session(), K.IGNORED),
        (paid_session(ORDER_ID), K.PAID),
        (paid_session(ORDER_ID, payment_status="unpaid"), K.PENDING),
        (paid_session(ORDER_ID, payment_status="new_word"), K.PENDING),
        (stripe_session(status="expired"), K.EXPIRED),
        ({}, K.IGNORED),
    ],
    ids=["open", "paid", "delayed", "unknown word", "expired", "empty"],
)
def test_reading_a_session_gives_an_event_of_its_order(session: dict[str, Any], kind: EventKind) -> None:
    found = run(drive(STRIPE.read_checkout(OPENED), Provider([answer(session)])))
    assert (found.kind, found.order_id, found.provider) == (kind, ORDER_ID, "stripe")


def test_a_session_is_read_by_its_id() -> None:
    request = next(STRIPE.read_checkout(OPENED))
    assert (request.method, request.url, "idempotency-key" in request.headers) == (
        "GET",
        "https://api.stripe.com/v1/checkout/sessions/cs_test_1",
        False,
    )


def test_expiring_a_session_gives_its_end() -> None:
    provider = Provider([answer(stripe_session(status="expired"))])
    assert run(drive(STRIPE.expire_checkout(OPENED), provider)).kind is K.EXPIRED
    assert provider.requests[0].url.endswith("/v1/checkout/sessions/cs_test_1/expire")


def test_a_session_that_was_paid_meanwhile_cannot_be_expired_and_is_read() -> None:
    provider = Provider([answer({}, 400), answer(paid_session(ORDER_ID))])
    assert run(drive(STRIPE.expire_checkout(OPENED), provider)).kind is K.PAID


def test_the_known_vector_verifies() -> None:
    body = b'{"id":"evt_1","object":"event"}'
    header = "t=1700000000,v1=0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd"
    with pytest.raises(BadSignature, match="no id and type"):  # it is read only after the signature matches
        verify(body, header, now=1_700_000_000)


def test_a_signed_event_is_read() -> None:
    found = verify(event("checkout.session.completed", paid_session(ORDER_ID)))
    assert found == PaymentEvent("stripe", "evt_1", "checkout.session.completed", K.PAID, ORDER_ID, Money(1000, "USD"), "pi_1")


BODY = event("checkout.session.completed", paid_session(ORDER_ID))
GOOD = sign(BODY)
V1 = GOOD.partition("v1=")[2]


@pytest.mark.parametrize(
    "header",
    [
        GOOD,
        f"t={NOW},v1={'0' * 64},v1={V1}",
        f"t={NOW},v0={'1' * 64},v1={V1},v9=x",
        f" t={NOW} , v1={V1} ",
        f"v1={V1},t={NOW}",
        sign(BODY, NOW - 300),
        sign(BODY, NOW + 300),
    ],
    ids=["plain", "several", "unknown schemes", "spaces", "any order", "five minutes ago", "five minutes ahead"],
)
def test_a_good_header_verifies(header: str) -> None:
    assert verify(BODY, header).id == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"t={NOW}",
        f"v1={V1}",
        f"t={NOW},v1={'0' * 64}",
        f"t={NOW},v1={V1[:-1]}",
        f"t={NOW},v1={V1.upper()}",
        f"t={NOW},v0={V1}",
        f"t={NOW + 1},v1={V1}",
        f"t={NOW},t={NOW},v1={V1}",
        f"t=٣,v1={V1}",
        f"t=-1,v1={V1}",
        f"t={'9' * 5000},v1={V1}",
        f"t={NOW},v1=é{V1[1:]}",
        "x" * 100_000 + GOOD,
        sign(BODY, NOW - 301),
        sign(BODY, NOW + 301),
        sign(BODY, secret="whsec_other"),
        sign(BODY + b" "),
    ],
    ids=range(19),
)
def test_a_hostile_header_is_a_bad_signature(header: str) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, header)


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_while_a_secret_is_rotated_both_verify(secret: str) -> None:
    both = StripeCheckout.from_env(ENV | {"STRIPE_WEBHOOK_SECRET": "whsec_new,whsec_old"})
    assert verify(BODY, sign(BODY, secret=secret), both).id == "evt_1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b"1.0",
        b'{"id": 1, "type": "x"}',
        b'{"id": "evt", "type": ["x"]}',
        b'{"id": "a b", "type": "x"}',
        b"[" * 99_999,
    ],
    ids=range(9),
)
def test_a_signed_body_that_is_no_event_is_a_bad_signature(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(body)


@given(st.binary(), st.text() | st.from_regex(r"t=[0-9]{1,12},v1=[0-9a-f]{64}", fullmatch=True))
def test_any_bytes_and_any_header_give_a_bad_signature_unless_signed(body: bytes, header: str) -> None:
    with pytest.raises(BadSignature):
        verify(body, header)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TYPES = [
    "checkout.session.completed", "checkout.session.async_payment_succeeded", "charge.refunded", "charge.dispute.created",
    "charge.dispute.closed", "invoice.paid", "invoice.payment_failed", "customer.subscription.deleted", "v2.core.event",
]  # fmt: skip
subjects = st.fixed_dictionaries(
    {},
    optional={
        name: json_values | st.sampled_from([ORDER_ID, "usd", "paid", "subscription_cycle", 10**400, -1, "\ud800"])
        for name in (
            "id",
            "metadata",
            "amount_total",
            "amount_refunded",
            "currency",
            "payment_intent",
            "subscription",
            "parent",
            "status",
        )
    },
)


@given(st.sampled_from(TYPES) | json_values, subjects | json_values, json_values)
def test_any_signed_json_gives_an_event_or_a_bad_signature(event_type: Any, subject: Any, event_id: Any) -> None:
    body = json.dumps({"id": event_id or "evt_1", "type": event_type, "data": {"object": subject}}).encode()
    try:
        found = verify(body, sign(body))
    except BadSignature:
        return
    assert isinstance(found, PaymentEvent)
    assert found.id.isascii()
    assert found.amount is None or found.amount.minor >= 0


@given(st.binary())
def test_any_signed_bytes_give_an_event_or_a_bad_signature(body: bytes) -> None:
    with contextlib.suppress(BadSignature):
        verify(body, sign(body))


CHARGE = {
    "id": "ch_1",
    "payment_intent": "pi_1",
    "amount": 1000,
    "amount_refunded": 300,
    "currency": "usd",
    "metadata": {"order_id": ORDER_ID},
}
INVOICE = {
    "id": "in_2",
    "billing_reason": "subscription_cycle",
    "parent": {
        "type": "subscription_details",
        "subscription_details": {"subscription": "sub_1", "metadata": {"order_id": ORDER_ID}},
    },
}
OLD_INVOICE = {
    "id": "in_2",
    "billing_reason": "subscription_cycle",
    "subscription": {"id": "sub_1"},
    "subscription_details": {"metadata": {"order_id": ORDER_ID}},
}
DISPUTE = {"id": "du_1", "payment_intent": "pi_1", "charge": "ch_1", "amount": 1000, "currency": "usd"}


@pytest.mark.parametrize(
    ("event_type", "subject", "kind"),
    [
        ("checkout.session.completed", paid_session(ORDER_ID), K.PAID),
        ("checkout.session.completed", paid_session(ORDER_ID, payment_status="no_payment_required"), K.PAID),
        ("checkout.session.completed", paid_session(ORDER_ID, payment_status="unpaid"), K.PENDING),
        ("checkout.session.completed", paid_session(ORDER_ID, payment_status=None), K.PENDING),
        ("checkout.session.async_payment_succeeded", paid_session(ORDER_ID), K.PAID),
        ("checkout.session.async_payment_failed", paid_session(ORDER_ID), K.FAILED),
        ("checkout.session.expired", paid_session(ORDER_ID), K.EXPIRED),
        ("charge.refunded", CHARGE, K.REFUNDED),
        ("refund.failed", {"payment_intent": "pi_1"}, K.REFUND_FAILED),
        ("charge.dispute.created", DISPUTE, K.DISPUTED),
        ("charge.dispute.closed", DISPUTE | {"status": "won"}, K.DISPUTE_WON),
        ("charge.dispute.closed", DISPUTE | {"status": "warning_closed"}, K.DISPUTE_WON),
        ("charge.dispute.closed", DISPUTE | {"status": "lost"}, K.DISPUTE_LOST),
        ("charge.dispute.closed", DISPUTE | {"status": "new_word"}, K.IGNORED),
        ("invoice.paid", INVOICE, K.RENEWED),
        ("invoice.paid", INVOICE | {"billing_reason": "subscription_create"}, K.IGNORED),
        ("invoice.payment_failed", INVOICE, K.RENEWAL_FAILED),
        ("customer.subscription.deleted", {"id": "sub_1", "metadata": {"order_id": ORDER_ID}}, K.SUBSCRIPTION_ENDED),
        ("payment_intent.payment_failed", {"id": "pi_1"}, K.IGNORED),
        ("payment_intent.succeeded", {"id": "pi_1"}, K.IGNORED),
        ("something.new", {}, K.IGNORED),
    ],
)
def test_an_event_means_what_stripe_says_it_means(event_type: str, subject: dict[str, Any], kind: EventKind) -> None:
    assert verify(event(event_type, subject)).kind is kind


@pytest.mark.parametrize("invoice", [INVOICE, OLD_INVOICE], ids=["since 2025-03-31", "before"])
def test_a_renewal_names_order_subscription_and_invoice_in_every_version(invoice: dict[str, Any]) -> None:
    found = verify(event("invoice.paid", invoice))
    assert (found.order_id, found.subscription_ref, found.object_id) == (ORDER_ID, "sub_1", "in_2")


def test_a_refund_carries_the_sum_so_far() -> None:
    found = verify(event("charge.refunded", CHARGE))
    assert (found.amount, found.payment_ref, found.order_id) == (Money(300, "USD"), "pi_1", ORDER_ID)


def dispute(*answers: HttpResponse | Exception, **changes: Any) -> tuple[PaymentEvent, list[ProviderRequest]]:
    """Read a dispute's webhook; return its event, and the requests that it took."""
    body, provider = event("charge.dispute.created", DISPUTE | changes), Provider(list(answers))
    request = HttpRequest("POST", "/webhook", {"stripe-signature": sign(body)}, body)
    return run(drive(STRIPE.verify_webhook(request, NOW), provider)), provider.requests


def invoice_payments(**invoice: Any) -> HttpResponse:
    return answer({"data": [{"invoice": {"id": "in_1"} | invoice}]})


def test_a_dispute_of_a_subscription_is_found_by_the_invoice_that_its_payment_paid() -> None:
    details = {"subscription": "sub_1", "metadata": {"order_id": ORDER_ID}}
    found, (asked,) = dispute(invoice_payments(parent={"subscription_details": details}))
    assert (found.order_id, found.subscription_ref, found.payment_ref) == (ORDER_ID, "sub_1", "pi_1")
    assert (asked.method, asked.path) == ("GET", "/v1/invoice_payments")


def test_where_the_invoice_names_no_order_its_subscription_leads_to_it() -> None:
    found, _ = dispute(invoice_payments(parent={"subscription_details": {"subscription": "sub_1"}}))
    assert (found.order_id, found.subscription_ref, found.payment_ref) == ("", "sub_1", "")


@pytest.mark.parametrize(
    "reply",
    [answer({"data": []}), invoice_payments(), answer({"error": {"code": "more_permissions_required"}}, 403)],
    ids=["of no invoice", "of an invoice by itself", "the key may not read invoices"],
)
def test_a_dispute_of_anything_else_names_its_payment_only(reply: HttpResponse) -> None:
    found, _ = dispute(reply)
    assert (found.order_id, found.payment_ref, found.subscription_ref) == ("", "pi_1", "")


def test_a_dispute_that_stripe_cannot_be_asked_about_comes_again() -> None:
    with pytest.raises(ProviderUnavailable):
        dispute(ProviderTimeout("stripe", "slow"))


@pytest.mark.parametrize("changes", [{"metadata": {"order_id": ORDER_ID}}, {"payment_intent": None}])
def test_stripe_is_not_asked_where_there_is_nothing_to_find(changes: dict[str, Any]) -> None:
    assert dispute(**changes)[1] == []


def test_the_end_of_a_subscription_names_it() -> None:
    assert verify(event("customer.subscription.deleted", {"id": "sub_1"})).subscription_ref == "sub_1"


@pytest.mark.parametrize("order_id", ["", "invoice-7", "ord_short", "ord_" + "a" * 26, 7, None])
def test_an_id_that_is_not_ours_names_no_order(order_id: object) -> None:
    assert (
        verify(event("checkout.session.completed", {"client_reference_id": order_id, "payment_status": "paid"})).order_id == ""
    )


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        (50_000, "isk", Money(500, "ISK")),
        (50_050, "isk", None),
        (1000, "xxx", None),
        (1000, None, None),
        (10.0, "usd", None),
        (True, "usd", None),
        (-1, "usd", None),
        (2**53, "usd", None),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(amount: object, currency: object, money: Money | None) -> None:
    session = paid_session(ORDER_ID, amount_total=amount, currency=currency)
    assert verify(event("checkout.session.completed", session)).amount == money


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "pk_test_x"}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_WEBHOOK_SECRET": f"{WEBHOOK_SECRET},oops"}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_API_BASE": "http://api.stripe.com"}, "STRIPE_API_BASE"),
    ],
)
def test_a_missing_or_malformed_key_is_named(change: dict[str, str], name: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        StripeCheckout.from_env(ENV | change)
    assert caught.value.names == (name,)


def test_another_base_serves_a_sandbox() -> None:
    sandbox = StripeCheckout.from_env(ENV | {"STRIPE_API_BASE": "http://127.0.0.1:8090/stripe"})
    request = next(sandbox.create_checkout(make_order(), SUCCESS, CANCEL))
    assert request.url == "http://127.0.0.1:8090/stripe/v1/checkout/sessions"


def test_the_key_does_not_show() -> None:
    request = next(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL))
    assert "sk_test" not in repr(STRIPE) + repr(request)
