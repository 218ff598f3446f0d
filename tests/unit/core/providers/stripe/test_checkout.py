"""Stripe: what is sent for an order, what an answer means, and how a session is read."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import InvalidSettings, ProviderRefused, ProviderUnavailable
from lightning_cart.flow import ProviderRequest, drive
from lightning_cart.http import HttpResponse
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.providers.stripe.api import form
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.providers.stripe.config import StripeConfig
from lightning_cart.secret import Secret
from support.app import ENV, Provider, answer, run
from support.builders import NOW, ORDER_ID, STRIPE_KEY, make_order, paid_session
from support.malformed import json_values, malformed
from support.stripe import WEBHOOK_SECRET, stripe_session

STRIPE = StripeCheckout.from_env(ENV)
SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"
K = EventKind


def sent_for(order: Order) -> dict[str, str]:
    request = next(STRIPE.create_checkout(order, SUCCESS, CANCEL))
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def test_the_form_is_written_in_brackets() -> None:
    assert parse_qsl(form({"a": [{"b": "x", "c": [1, 2]}], "e": {"f": "y"}})) == [
        ("a[0][b]", "x"),
        ("a[0][c][0]", "1"),
        ("a[0][c][1]", "2"),
        ("e[f]", "y"),
    ]


@pytest.mark.parametrize("text", ["a b+c", "ä=é&ñ", "ключ", "%5B[0]", "~._-", "日本 🍵"])
def test_the_form_quotes_names_and_values(text: str) -> None:
    assert parse_qsl(form({"metadata": {text: text}})) == [(f"metadata[{text}]", text)]


def test_a_checkout_is_one_post_with_key_version_and_idempotency_key() -> None:
    request = next(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL))
    assert (request.method, request.url, request.headers, request.idempotent) == (
        "POST",
        "https://api.stripe.com/v1/checkout/sessions",
        {
            "authorization": f"Bearer {STRIPE_KEY}",
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
        "automatic_tax[enabled]": "false",
        "adaptive_pricing[enabled]": "false",
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
PAID_ORDER = OPENED._replace(status=OrderStatus.PAID, paid_minor=1000, payment_ref="pi_1")


def read(
    *answers: HttpResponse | Exception, order: Order = OPENED, strategy: StripeCheckout = STRIPE
) -> tuple[CheckoutReading, list[ProviderRequest]]:
    provider = Provider(list(answers))
    return run(drive(strategy.read_checkout(order, capture=True), provider)), provider.requests


@pytest.mark.parametrize(
    ("session", "kind"),
    [
        (paid_session(ORDER_ID), K.PAID),
        (paid_session(ORDER_ID, payment_status="no_payment_required"), K.PAID),
        (paid_session(ORDER_ID, payment_status="unpaid"), K.PENDING),
        (paid_session(ORDER_ID, payment_status="new_word"), K.PENDING),
        (stripe_session(status="expired"), K.EXPIRED),
    ],
    ids=["paid", "free", "delayed", "unknown word", "expired"],
)
def test_reading_a_session_gives_an_event_of_its_order(session: dict[str, Any], kind: EventKind) -> None:
    (found,) = read(answer(session))[0].events
    assert (found.kind, found.order_id, found.checkout_ref, found.provider, found.was_read) == (
        kind,
        ORDER_ID,
        "cs_test_1",
        "stripe",
        True,
    )


@pytest.mark.parametrize("session", [stripe_session(), {}, {"status": ["complete"]}], ids=["open", "empty", "no word"])
def test_a_session_that_is_not_over_gives_no_event(session: dict[str, Any]) -> None:
    assert read(answer(session))[0] == CheckoutReading()


def test_a_read_payment_has_its_amount_and_its_id() -> None:
    (found,) = read(answer(paid_session(ORDER_ID)))[0].events
    assert (found.amount, found.payment_ref, found.payment_key) == (Money(1000, "USD"), "pi_1", "pi_1")


def test_the_payment_of_a_subscription_is_known_by_the_subscription() -> None:
    (found,) = read(answer(paid_session(ORDER_ID, payment_intent=None, subscription="sub_1")))[0].events
    assert (found.payment_ref, found.payment_key) == ("", "sub_1")


def test_a_session_is_read_by_its_id() -> None:
    request = next(STRIPE.read_checkout(OPENED, capture=True))
    assert (request.method, request.url, "idempotency-key" in request.headers) == (
        "GET",
        "https://api.stripe.com/v1/checkout/sessions/cs_test_1",
        False,
    )


def test_reading_an_order_that_waits_is_one_call() -> None:
    assert len(read(answer(paid_session(ORDER_ID)))[1]) == 1


def test_reading_a_paid_order_brings_the_refunded_total_of_its_charge() -> None:
    charge = {"amount_refunded": 300, "currency": "usd"}
    reading, requests = read(answer(paid_session(ORDER_ID)), answer({"latest_charge": charge}), order=PAID_ORDER)
    assert ([event.refunded for event in reading.events], requests[1].path, requests[1].query) == (
        [Money(300, "USD")],
        "/v1/payment_intents/pi_1",
        {"expand[0]": "latest_charge"},
    )


def test_a_charge_that_says_no_total_leaves_none() -> None:
    reading, _ = read(answer(paid_session(ORDER_ID)), answer({}), order=PAID_ORDER)
    assert [event.refunded for event in reading.events] == [None]


def test_the_charge_of_a_paid_subscription_is_found_by_its_first_invoice() -> None:
    order = PAID_ORDER._replace(payment_ref="", subscription_ref="sub_1")
    session = answer(paid_session(ORDER_ID, payment_intent=None, subscription="sub_1"))
    invoice = answer({"payments": {"data": [{"payment": {"payment_intent": "pi_7"}}]}})
    charge = answer({"latest_charge": {"amount_refunded": 300, "currency": "usd"}})
    reading, requests = read(session, answer({"data": [{"invoice": "in_1"}]}), invoice, charge, order=order)
    assert ([event.refunded for event in reading.events], requests[3].path) == (
        [Money(300, "USD")],
        "/v1/payment_intents/pi_7",
    )


def test_a_subscription_whose_invoice_is_not_shown_has_no_refunded_total() -> None:
    order = PAID_ORDER._replace(payment_ref="", subscription_ref="sub_1")
    session = answer(paid_session(ORDER_ID, payment_intent=None, subscription="sub_1"))
    reading, _ = read(session, answer({"data": []}), order=order)
    assert [event.refunded for event in reading.events] == [None]


def test_a_session_without_a_payment_has_no_charge_to_ask_about() -> None:
    session = answer(paid_session(ORDER_ID, payment_status="no_payment_required", payment_intent=None))
    assert len(read(session, order=PAID_ORDER)[1]) == 1


def expire(*answers: HttpResponse) -> tuple[list[EventKind], list[ProviderRequest]]:
    provider = Provider(list(answers))
    reading = run(drive(STRIPE.expire_checkout(OPENED), provider))
    return [event.kind for event in reading.events], provider.requests


def test_expiring_a_session_gives_its_end() -> None:
    kinds, requests = expire(answer(stripe_session(status="expired")))
    assert (kinds, requests[0].path) == ([K.EXPIRED], "/v1/checkout/sessions/cs_test_1/expire")


def test_a_session_that_was_paid_meanwhile_cannot_be_expired_and_is_read() -> None:
    assert expire(answer({}, 400), answer(paid_session(ORDER_ID)))[0] == [K.PAID]


@given(malformed(paid_session(ORDER_ID, payment_link="plink_1")), json_values)
def test_a_session_with_any_field_absent_or_of_another_type_is_read(session: object, charge: object) -> None:
    replies = [HttpResponse(200, {}, json.dumps(one).encode()) for one in (session, {"latest_charge": charge})]
    assert {event.order_id for event in read(*replies, order=PAID_ORDER)[0].events} <= {ORDER_ID}


CONNECTED = StripeCheckout.from_env(ENV | {"STRIPE_ACCOUNT": "acct_1"})


def test_a_platform_calls_for_its_connected_account() -> None:
    assert next(CONNECTED.create_checkout(make_order(), SUCCESS, CANCEL)).headers["stripe-account"] == "acct_1"


def test_without_a_connected_account_no_account_is_named() -> None:
    assert "stripe-account" not in next(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL)).headers


@pytest.mark.parametrize(
    ("key", "is_live"),
    [
        ("sk_live_x", True),
        ("rk_live_x", True),
        ("sk_test_x", False),
        ("rk_test_x_y", False),
        ("sk_x", None),
        ("sk_new_x", None),
        ("x", None),
    ],
)
def test_a_key_says_its_mode_or_nothing(key: str, is_live: bool | None) -> None:
    assert StripeConfig(Secret(key), (), "https://api.stripe.com").is_live is is_live


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "pk_test_x"}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_WEBHOOK_SECRET": f"{WEBHOOK_SECRET},oops"}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_ACCOUNT": "1F2"}, "STRIPE_ACCOUNT"),
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
