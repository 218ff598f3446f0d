"""Any request to create an order gets a valid order or an error in PayPal's format."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cart_sandbox.paypal.issues import ISSUES, NAMES
from lightning_cart_sandbox.paypal.money import minor
from support.sandbox_clients import PayPalClient, amount, issues, item, order_body, paypal_money, source, unit

VALUES = st.sampled_from(
    ["10.00", "10", "0", "-1", ".5", "1e5", "10.001", "", "9" * 32, "9" * 33, "٣", "1.", "0.01", None, 10, True]
)
CURRENCIES = st.sampled_from(["USD", "JPY", "HUF", "XXX", "usd", "U", 7])
MONEY = st.builds(paypal_money, VALUES, CURRENCIES)
TEXTS = st.one_of(st.text(max_size=130), st.none(), st.integers())
AMOUNTS = st.one_of(
    st.builds(amount, st.sampled_from(["10.00", "20.00"]), item_total=st.sampled_from(["10.00", "20.00"])),
    st.builds(
        lambda one, parts: {**one, "breakdown": parts}, MONEY, st.dictionaries(st.sampled_from(["item_total", "x"]), MONEY)
    ),
    MONEY,
)
ITEMS = st.builds(
    lambda one, **changes: one | changes, st.just(item()), quantity=st.sampled_from(["1", "2", "0", 1]), name=TEXTS
)
ADDRESSES = st.dictionaries(
    st.sampled_from(["address_line_1", "admin_area_2", "postal_code", "country_code", "x"]),
    st.sampled_from(["ES", "AE", "XX", "es", "", None, 7]),
)
OPTIONS = st.fixed_dictionaries(
    {"id": TEXTS, "label": TEXTS, "selected": st.booleans()},
    optional={"amount": MONEY, "type": st.sampled_from(["SHIPPING", "PICKUP", "x"])},
)
SHIPPINGS = st.fixed_dictionaries(
    {},
    optional={
        "address": ADDRESSES,
        "name": st.builds(dict, full_name=TEXTS),
        "options": st.lists(OPTIONS, max_size=3),
        "type": st.sampled_from(["SHIPPING", "PICKUP_IN_STORE", "x"]),
    },
)
UNITS: Any = st.fixed_dictionaries(
    {"amount": AMOUNTS},
    optional={
        "items": st.lists(ITEMS, max_size=3),
        "custom_id": TEXTS,
        "reference_id": TEXTS,
        "shipping": SHIPPINGS,
        "x": TEXTS,
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
ORDERS = st.fixed_dictionaries(
    {"intent": st.sampled_from(["CAPTURE", "AUTHORIZE", "X", 1]), "purchase_units": st.lists(UNITS | JSON, max_size=3)},
    optional={"payment_source": st.just(source()) | JSON, "application_context": JSON},
)
BODIES = st.one_of(
    ORDERS.map(json.dumps).map(str.encode),
    JSON.map(json.dumps).map(str.encode),
    st.binary(max_size=60),
    st.just(json.dumps(order_body(purchase_units=[unit()])).encode()),
)


def test_any_body_is_an_order_that_can_be_shown_or_a_refusal_in_paypals_shape(stripe: Any) -> None:
    paypal = PayPalClient(stripe)
    headers = {"authorization": f"Bearer {paypal.token}", "content-type": "application/json", "prefer": "return=representation"}
    request_ids = count()

    @given(BODIES)
    @settings(max_examples=150, deadline=None)
    def always(content: bytes) -> None:
        named = {**headers, "paypal-request-id": f"any-{next(request_ids)}"}
        answer = stripe.ask("POST", "/paypal/v2/checkout/orders", headers=named, content=content)
        body = answer.json()
        if answer.status_code == 201:
            assert body["status"] in {"CREATED", "PAYER_ACTION_REQUIRED"}
            assert all(minor(one["amount"]) > 0 for one in body["purchase_units"])
            assert paypal.read(body) == body
            assert paypal.visit(body).status_code == 200
            assert stripe.ask("GET", f"/paypal/orders/{body['id']}").status_code == 200
        else:
            assert set(body) == {"name", "message", "debug_id", "details", "links"}
            assert NAMES[body["name"]][0] == answer.status_code
            assert {ISSUES[one["issue"]][0] for one in body["details"]} == {answer.status_code}
            assert answer.status_code in {400, 422}

    always()


def test_any_refund_webhook_patch_and_form_has_an_answer(stripe: Any) -> None:
    paypal = PayPalClient(stripe)
    order = paypal.order(payment_source=None)
    paths = ("/v2/payments/captures/x/refund", "/v1/notifications/webhooks", "/v1/notifications/verify-webhook-signature")
    headers = {"authorization": f"Bearer {paypal.token}", "content-type": "application/json"}

    @given(st.binary(max_size=80), st.text(max_size=40))
    @settings(max_examples=30, deadline=None)
    def always(content: bytes, text: str) -> None:
        answers = [stripe.ask("POST", f"/paypal{path}", headers=headers, content=content) for path in paths]
        answers.append(stripe.ask("PATCH", f"/paypal/v2/checkout/orders/{order['id']}", headers=headers, content=content))
        answers.append(stripe.ask("POST", "/paypal/v1/oauth2/token", auth=("a", "b"), content=content))
        answers.append(paypal.visit(order, text or "x"))
        assert all(400 <= answer.status_code < 500 for answer in answers)

    always()


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://a;script-src *", id="a policy in the host"),
        pytest.param("https://a b/", id="a space"),
        pytest.param("https://ä.example/", id="a host that is not ASCII"),
        pytest.param("https://x.test/ä", id="a path that is not ASCII"),
        pytest.param("https://[::1/", id="half an address"),
        pytest.param("https:///ok", id="no host"),
        pytest.param("javascript:alert(1)", id="another scheme"),
        pytest.param("https://x.test/\r\nset-cookie: a=b", id="a second header"),
    ],
)
def test_an_address_that_would_break_a_header_is_refused(stripe: Any, address: str) -> None:
    answer = PayPalClient(stripe).create(order_body(payment_source=source(return_url=address)))
    assert issues(answer, 400) == ["INVALID_PARAMETER_SYNTAX"]


def test_what_the_shop_says_is_text_on_the_page(stripe: Any) -> None:
    paypal = PayPalClient(stripe)
    rude = "<script>alert(1)</script>"
    order = paypal.order(purchase_units=[unit(items=[item(name=rude)])], payment_source=source(brand_name=rude))
    assert "<script" not in paypal.visit(order).text


def test_a_form_too_long_is_not_read(stripe: Any) -> None:
    paypal = PayPalClient(stripe)
    order = paypal.order()
    answer = stripe.ask("POST", f"/paypal/checkoutnow?token={order['id']}", data={"action": "approve", "x": "y" * 70_000})
    assert (answer.status_code, paypal.event_types()) == (400, [])


def test_a_token_in_the_address_that_is_no_order_is_404(stripe: Any) -> None:
    for token in ("%00", "..", "'", "%F0%9F%92%A9", ""):
        assert stripe.ask("GET", f"/paypal/checkoutnow?token={token}").status_code == 404
