"""PayPal: what is sent for an order, what an answer means, and how long a token is used."""

from typing import Any

import pytest

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.errors import InvalidSettings, ProviderRefused, ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpResponse
from lightning_cart.providers.paypal.amounts import read_amount
from lightning_cart.providers.paypal.checkout import PayPal, order_body
from support.app import ENV, answer
from support.builders import NOW, ORDER_ID, PAYPAL_CLIENT_SECRET, make_order
from support.paypal import (
    APPROVE_URL,
    BASE,
    BASIC,
    PAYPAL_ENV,
    PAYPAL_ID,
    USD_10,
    paypal,
    paypal_order,
    refusal,
    run_flow,
    token,
)

SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"


def create(order: Order | None = None, *answers: HttpResponse | Exception, strategy: PayPal | None = None) -> Any:
    flow = (strategy or paypal()).create_checkout(order or make_order(), SUCCESS, CANCEL)
    return run_flow(flow, *(answers or (token(), answer(paypal_order(), 201))))


def test_the_token_is_asked_for_with_the_apps_credentials() -> None:
    request = create()[1][0]
    assert (request.method, request.url, request.body, request.headers["authorization"], request.idempotent) == (
        "POST",
        f"{BASE}/v1/oauth2/token",
        b"grant_type=client_credentials",
        BASIC,
        True,
    )


def test_an_order_is_one_post_with_token_and_request_id() -> None:
    request = create()[1][1]
    assert (request.method, request.url, dict(request.headers), request.idempotent) == (
        "POST",
        f"{BASE}/v2/checkout/orders",
        {
            "authorization": "Bearer token-1",
            "accept": "application/json",
            "content-type": "application/json",
            "prefer": "return=representation",
            "paypal-request-id": f"chk-{ORDER_ID}-1",
        },
        True,
    )


def test_a_request_id_has_at_most_36_characters() -> None:
    assert len(f"chk-{ORDER_ID}-1") <= 36


def test_an_order_is_sent_whole() -> None:
    order = make_order(
        lines=(LineItem("test-10", "Test", Money(1000, "USD"), 1), LineItem("mug", "Mug", Money(1250, "USD"), 2, "350 ml")),
        customer_email="ada@example.com",
        statement_descriptor_suffix="SHOP",
    )
    assert order_body(order, SUCCESS, CANCEL) == {
        "intent": "CAPTURE",
        "purchase_units": [
            {
                "reference_id": ORDER_ID,
                "custom_id": f"shop:{ORDER_ID}",
                "invoice_id": f"{ORDER_ID}-1",
                "description": f"Order {ORDER_ID}",
                "soft_descriptor": "SHOP",
                "amount": {
                    "currency_code": "USD",
                    "value": "35.00",
                    "breakdown": {"item_total": {"currency_code": "USD", "value": "35.00"}},
                },
                "items": [
                    {"name": "Test", "quantity": "1", "unit_amount": USD_10, "sku": "test-10"},
                    {
                        "name": "Mug",
                        "quantity": "2",
                        "unit_amount": {"currency_code": "USD", "value": "12.50"},
                        "sku": "mug",
                        "description": "350 ml",
                    },
                ],
            }
        ],
        "payment_source": {
            "paypal": {
                "email_address": "ada@example.com",
                "experience_context": {
                    "return_url": SUCCESS,
                    "cancel_url": CANCEL,
                    "user_action": "PAY_NOW",
                    "shipping_preference": "NO_SHIPPING",
                },
            }
        },
    }


def test_long_texts_are_cut_to_what_paypal_takes() -> None:
    order = make_order(lines=(LineItem("x", "n" * 200, Money(1, "USD"), 1, "d" * 200),))
    units: Any = order_body(order, SUCCESS, CANCEL)["purchase_units"]
    (item,) = units[0]["items"]
    assert (len(item["name"]), len(item["description"])) == (127, 127)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("🫖" * 127, "🫖" * 63),
        ("n" + "🫖" * 126, "n" + "🫖" * 63),
        ("☕" * 128, "☕" * 127),
        ("n" * 125 + "🫖", "n" * 125 + "🫖"),
        ("n" * 126 + "🫖", "n" * 126),
    ],
)
def test_texts_are_measured_in_utf_16_as_paypal_does_and_no_character_is_halved(text: str, sent: str) -> None:
    order = make_order(lines=(LineItem("x", text, Money(1, "USD"), 1, text),))
    units: Any = order_body(order, SUCCESS, CANCEL)["purchase_units"]
    (item,) = units[0]["items"]
    assert (item["name"], item["description"]) == (sent, sent)


def test_without_an_email_none_is_sent() -> None:
    source: Any = order_body(make_order(), SUCCESS, CANCEL)["payment_source"]
    assert set(source["paypal"]) == {"experience_context"}


def test_the_same_order_gives_the_same_bytes() -> None:
    assert create()[1][1].body == create()[1][1].body


def test_a_session_says_where_to_send_the_buyer() -> None:
    assert create()[0] == CheckoutSession(PAYPAL_ID, APPROVE_URL, NOW + 6 * 3600)


def test_a_repeated_create_is_answered_200_and_is_as_good() -> None:
    assert create(None, token(), answer(paypal_order(), 200))[0].id == PAYPAL_ID


def test_the_link_may_have_the_older_name() -> None:
    links = [{"rel": "approve", "href": APPROVE_URL}]
    assert create(None, token(), answer(paypal_order("CREATED", links=links), 201))[0].url == APPROVE_URL


@pytest.mark.parametrize(
    "document",
    [
        {},
        paypal_order(id=""),
        paypal_order(links=[]),
        paypal_order(links="x"),
        paypal_order(links=[None, {"rel": ["x"]}, {"rel": "approve", "href": "javascript:x"}]),
        paypal_order(links=[{"rel": "self", "href": APPROVE_URL}]),
        paypal_order(purchase_units=[{"custom_id": f"shop:{ORDER_ID}", "amount": USD_10 | {"value": "9.99"}}]),
        paypal_order(purchase_units=[{"custom_id": f"shop:{ORDER_ID}", "amount": USD_10 | {"currency_code": "EUR"}}]),
        paypal_order(purchase_units=[{"custom_id": "shop:ord_other", "amount": USD_10}]),
    ],
    ids=[
        "empty",
        "no id",
        "no links",
        "links a text",
        "junk links",
        "no page",
        "older amount",
        "older currency",
        "other order",
    ],
)
def test_an_answer_that_is_not_this_order_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        create(None, token(), answer(document, 201))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(refusal("X", status), ProviderRefused) for status in (400, 401, 403, 404, 415, 422)]
    + [(refusal("X", status), ProviderUnavailable) for status in (408, 409, 429, 500, 503)]
    + [
        (refusal("ORDER_COMPLETION_IN_PROGRESS"), ProviderUnavailable),
        (HttpResponse(500, {}, b"<html>"), ProviderUnavailable),
        (HttpResponse(422, {}, b"[1"), ProviderRefused),
    ],
)
def test_every_error_answer_is_a_no_or_a_later(reply: HttpResponse, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        create(None, token(), *[reply, token(), reply] if reply.status == 401 else [reply])


def test_a_refusal_keeps_issue_field_and_debug_id_but_no_message() -> None:
    with pytest.raises(ProviderRefused) as caught:
        create(None, token(), refusal("INVALID_CURRENCY_CODE"))
    error = caught.value
    assert (error.code, error.reference, error.reason) == (
        "INVALID_CURRENCY_CODE",
        "90957fca61718",
        "answered 422 about /payment_source",
    )
    assert "ada@" not in str(error)


def test_a_wrong_client_secret_is_told_by_its_code() -> None:
    with pytest.raises(ProviderRefused) as caught:
        create(None, answer({"error": "invalid_client", "error_description": "no"}, 401, paypal_debug_id="d-1"))
    assert (caught.value.code, caught.value.reference) == ("invalid_client", "d-1")


@pytest.mark.parametrize("text", ["", "a b", "a\nb", 7, None])
def test_an_answer_without_a_token_is_refused(text: Any) -> None:
    with pytest.raises(ProviderRefused):
        create(None, token(text))


def test_a_token_serves_until_shortly_before_its_end() -> None:
    strategy = paypal()
    create(None, token(), answer(paypal_order()), strategy=strategy)
    late = make_order(created_at=NOW + 32_339, updated_at=NOW + 32_339)
    assert len(create(late, answer(paypal_order()), strategy=strategy)[1]) == 1


def test_in_its_last_minute_a_token_is_replaced() -> None:
    strategy = paypal()
    create(None, token(), answer(paypal_order()), strategy=strategy)
    late = make_order(created_at=NOW + 32_340, updated_at=NOW + 32_340)
    _, requests = create(late, token("token-2"), answer(paypal_order()), strategy=strategy)
    assert requests[1].headers["authorization"] == "Bearer token-2"


@pytest.mark.parametrize("lifetime", [None, "32400", True, -5])
def test_a_token_without_a_lifetime_serves_once(lifetime: Any) -> None:
    strategy = paypal()
    create(None, token(expires_in=lifetime), answer(paypal_order()), strategy=strategy)
    assert len(create(None, token(), answer(paypal_order()), strategy=strategy)[1]) == 2


def test_a_token_that_ran_out_early_is_replaced_once_and_the_call_repeated() -> None:
    strategy = paypal()
    create(None, token(), answer(paypal_order()), strategy=strategy)
    expired = answer({"error": "invalid_token"}, 401)
    session, requests = create(None, expired, token("token-2"), answer(paypal_order()), strategy=strategy)
    assert (session.id, [request.headers["authorization"] for request in requests]) == (
        PAYPAL_ID,
        ["Bearer token-1", BASIC, "Bearer token-2"],
    )
    assert (requests[0].body, requests[0].headers["paypal-request-id"]) == (
        requests[2].body,
        requests[2].headers["paypal-request-id"],
    )


def test_a_second_401_is_a_refusal() -> None:
    unauthorized = answer({"name": "AUTHENTICATION_FAILURE"}, 401)
    with pytest.raises(ProviderRefused) as caught:
        create(None, token(), unauthorized, token("token-2"), unauthorized)
    assert caught.value.code == "AUTHENTICATION_FAILURE"


def test_a_token_that_another_flow_has_replaced_meanwhile_is_kept() -> None:
    strategy = paypal()
    slow = strategy.create_checkout(make_order(), SUCCESS, CANCEL)
    next(slow)
    slow.send(token("token-1"))
    create(None, answer({}, 401), token("token-2"), answer(paypal_order()), strategy=strategy)
    again = slow.send(answer({}, 401))
    assert again.headers["authorization"] == "Bearer token-2"
    slow.close()


def test_no_answer_reaches_the_caller() -> None:
    with pytest.raises(ProviderTimeout):
        create(None, ProviderTimeout("paypal", "slow"))


@pytest.mark.parametrize(
    ("value", "money"),
    [
        (USD_10, Money(1000, "USD")),
        ({"currency_code": "USD", "value": "38.9"}, Money(3890, "USD")),
        ({"currency_code": "USD", "value": "38"}, Money(3800, "USD")),
        ({"currency_code": "JPY", "value": "1000"}, Money(1000, "JPY")),
        ({"currency_code": "JPY", "value": "1000.00"}, Money(1000, "JPY")),
        ({"currency_code": "HUF", "value": "1000"}, Money(100_000, "HUF")),
        ({"currency_code": "USD", "value": "0.00"}, Money(0, "USD")),
        ({"currency_code": "USD", "value": "10.005"}, None),
        ({"currency_code": "USD", "value": "-1.00"}, None),
        ({"currency_code": "USD", "value": "1e3"}, None),
        ({"currency_code": "USD", "value": "9" * 15}, None),
        ({"currency_code": "USD", "value": 10}, None),
        ({"currency_code": "XXX", "value": "10"}, None),
        ({"currency_code": None, "value": "10"}, None),
        ("10.00 USD", None),
        (None, None),
    ],
    ids=str,
)
def test_an_amount_is_read_exactly_or_not_at_all(value: object, money: Money | None) -> None:
    assert read_amount(value) == money


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"PAYPAL_CLIENT_ID": ""}, "PAYPAL_CLIENT_ID"),
        ({"PAYPAL_CLIENT_SECRET": " "}, "PAYPAL_CLIENT_SECRET"),
        ({"PAYPAL_WEBHOOK_ID": ""}, "PAYPAL_WEBHOOK_ID"),
        ({"PAYPAL_API_BASE": "http://api.paypal.com"}, "PAYPAL_API_BASE"),
        ({"PAYPAL_TRUST_ANCHORS": "not PEM"}, "PAYPAL_TRUST_ANCHORS"),
    ],
)
def test_a_missing_or_malformed_key_is_named(change: dict[str, str], name: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        paypal(PAYPAL_ENV | change)
    assert caught.value.names == (name,)


def test_without_an_address_it_is_the_live_one() -> None:
    env = {name: value for name, value in (ENV | PAYPAL_ENV).items() if name != "PAYPAL_API_BASE"}
    assert PayPal.from_env(env).api.config.api_base == "https://api-m.paypal.com"


def test_no_secret_shows() -> None:
    strategy = paypal()
    _, requests = create(None, token("token-1"), answer(paypal_order()), strategy=strategy)
    shown = repr(strategy) + repr(strategy.api.config) + repr(vars(strategy.api)) + repr(requests)
    assert not [secret for secret in (PAYPAL_CLIENT_SECRET, "token-1") if secret in shown]


@pytest.mark.parametrize("reply", [HttpResponse(404, {}, b"<html>"), answer({}, 404), answer({"ok": True}), HttpResponse(200)])
def test_an_address_that_gives_no_token_is_a_setting_to_correct(reply: HttpResponse) -> None:
    with pytest.raises(InvalidSettings) as caught:
        run_flow(paypal().check_settings(), reply)
    assert caught.value.names == ("PAYPAL_API_BASE",)


def test_credentials_that_are_refused_are_no_wrong_address() -> None:
    with pytest.raises(ProviderRefused):
        run_flow(paypal().check_settings(), answer({"error": "invalid_client"}, 401))


def test_settings_that_are_right_are_right_by_one_call() -> None:
    assert len(run_flow(paypal().check_settings(), token())[1]) == 1
