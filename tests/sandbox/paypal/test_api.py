"""PayPal's tokens, headers, mocked refusals and error shapes."""

import asyncio
from typing import Any

import httpx
import pytest

from support.sandbox_clients import ORDERS, PayPalClient, issues, order_body, unit


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def test_a_token_is_oauths(paypal: PayPalClient) -> None:
    token = paypal.fetch_token().json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 32_400)
    assert token["access_token"].startswith("A21AA")


@pytest.mark.parametrize(
    ("auth", "form", "expected"),
    [
        pytest.param(None, {}, (401, "invalid_client"), id="no credentials"),
        pytest.param(("", "secret"), {}, (401, "invalid_client"), id="no client id"),
        pytest.param(("client", ""), {}, (401, "invalid_client"), id="no secret"),
        pytest.param(("client", "s"), {"grant_type": "password"}, (400, "unsupported_grant_type"), id="another grant"),
        pytest.param(("client", "s"), {"colour": "red"}, (400, "invalid_request"), id="a parameter OAuth does not have"),
    ],
)
def test_the_token_endpoint_refuses_in_oauths_shape(
    paypal: PayPalClient, auth: Any, form: dict[str, str], expected: Any
) -> None:
    answer = paypal.fetch_token(auth, **form)
    assert (answer.status_code, answer.json()["error"]) == expected
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.headers["paypal-debug-id"]


def test_a_token_request_is_a_form_and_has_a_grant(stripe: Any) -> None:
    ask = {"auth": ("client", "secret")}
    as_json = stripe.ask("POST", "/paypal/v1/oauth2/token", json={"grant_type": "client_credentials"}, **ask)
    empty = stripe.ask("POST", "/paypal/v1/oauth2/token", headers={"content-type": "application/x-www-form-urlencoded"}, **ask)
    assert (as_json.json()["error"], empty.json()["error"]) == ("invalid_request", "unsupported_grant_type")


def test_given_credentials_are_the_only_ones(paypal: PayPalClient) -> None:
    paypal.client.sandbox.keys.add("paypal", "client:other")
    assert paypal.fetch_token().json()["error"] == "invalid_client"
    assert paypal.fetch_token(("client", "other")).status_code == 200


def test_a_token_expires_by_the_clock(paypal: PayPalClient) -> None:
    paypal.client.now += 32_399
    before = paypal.api("GET", f"{ORDERS}/x").status_code
    paypal.client.now += 1
    after = paypal.api("GET", f"{ORDERS}/x")
    assert (before, after.status_code, after.json()["error"]) == (404, 401, "invalid_token")


def test_revoked_tokens_are_stale_and_a_new_one_is_not(paypal: PayPalClient) -> None:
    paypal.provider.revoke_tokens()
    stale = paypal.create().status_code
    paypal.token = paypal.fetch_token().json()["access_token"]
    assert (stale, paypal.create().status_code) == (401, 201)


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Basic Y2xpZW50OnNlY3JldA==", "A21AA"])
def test_without_a_bearer_token_it_is_an_authentication_failure(paypal: PayPalClient, authorization: str) -> None:
    answer = paypal.create(authorization=authorization)
    assert (answer.status_code, answer.json()["name"]) == (401, "AUTHENTICATION_FAILURE")


def test_an_unknown_token_is_invalid(paypal: PayPalClient) -> None:
    assert paypal.create(authorization="Bearer A21AAnope").json()["error"] == "invalid_token"


@pytest.mark.parametrize("path", [ORDERS, f"{ORDERS}/x/capture", "/v2/payments/captures/x/refund"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_post_that_is_not_json_is_415(paypal: PayPalClient, path: str, kind: str) -> None:
    answer = paypal.api("POST", path, content_type=kind)
    assert (answer.status_code, answer.json()["name"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_charset_beside_the_media_type_is_fine(paypal: PayPalClient) -> None:
    assert paypal.create(content_type="application/json; charset=utf-8").status_code == 201


def test_what_is_created_says_little_unless_more_is_preferred(paypal: PayPalClient) -> None:
    minimal = [paypal.create(prefer=prefer).json() for prefer in ("", "return=minimal")]
    assert [set(one) for one in minimal] == [{"id", "status", "payment_source", "links"}] * 2
    assert set(paypal.create({"intent": "CAPTURE", "purchase_units": [unit()]}, prefer="").json()) == {"id", "status", "links"}
    assert {"intent", "purchase_units", "create_time"} < set(paypal.create().json())


def test_an_unknown_preference_is_refused(paypal: PayPalClient) -> None:
    assert issues(paypal.create(prefer="return=everything"), 400) == ["INVALID_PARAMETER_VALUE"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/checkout"),
        ("PUT", ORDERS),
        ("DELETE", f"{ORDERS}/x"),
        ("GET", f"{ORDERS}/"),
        ("POST", f"{ORDERS}/x/authorize"),
    ],
)
def test_what_is_no_call_is_404(paypal: PayPalClient, method: str, path: str) -> None:
    answer = paypal.api(method, path)
    assert (answer.status_code, answer.json()["name"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{ORDERS}/x"),
        ("PATCH", f"{ORDERS}/x"),
        ("POST", f"{ORDERS}/x/capture"),
        ("GET", "/v2/payments/captures/x"),
        ("POST", "/v2/payments/captures/x/refund"),
        ("GET", "/v2/payments/refunds/x"),
        ("GET", "/v1/notifications/webhooks/x"),
        ("DELETE", "/v1/notifications/webhooks/x"),
        ("GET", "/v1/notifications/webhooks-events/x"),
        ("POST", "/v1/notifications/webhooks-events/x/resend"),
    ],
)
def test_what_is_not_there_is_an_invalid_resource_id(paypal: PayPalClient, method: str, path: str) -> None:
    body = [{"op": "replace", "path": "/x"}] if method == "PATCH" else None
    assert issues(paypal.api(method, path, body), 404) == ["INVALID_RESOURCE_ID"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("PAYER_CANNOT_PAY", (422, "UNPROCESSABLE_ENTITY"), id="an issue"),
        pytest.param("INTERNAL_SERVER_ERROR", (500, "INTERNAL_SERVER_ERROR"), id="a name"),
        pytest.param("RATE_LIMIT_REACHED", (429, "RATE_LIMIT_REACHED"), id="too many requests"),
        pytest.param("PERMISSION_DENIED", (403, "NOT_AUTHORIZED"), id="not allowed"),
        pytest.param("PREVIOUS_REQUEST_IN_PROGRESS", (409, "RESOURCE_CONFLICT"), id="a conflict"),
    ],
)
def test_a_refusal_can_be_mocked_and_changes_nothing(paypal: PayPalClient, code: str, expected: tuple[int, str]) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    mocked = paypal.capture(order, paypal_mock_response=f'{{"mock_application_codes": "{code}"}}', paypal_request_id="cap-1")
    assert (mocked.status_code, mocked.json()["name"]) == expected
    assert paypal.capture(order, paypal_request_id="cap-1").status_code == 201


def test_a_mocked_decline_leads_back_to_the_approve_page(paypal: PayPalClient) -> None:
    order = paypal.order()
    answer = paypal.capture(order, paypal_mock_response='{"mock_application_codes":"INSTRUMENT_DECLINED"}')
    assert [link["rel"] for link in answer.json()["links"]] == ["redirect", "payer-action", "information_link"]


def test_a_code_that_is_not_of_this_call_changes_nothing(paypal: PayPalClient) -> None:
    assert paypal.create(paypal_mock_response='{"mock_application_codes": "CAPTURE_FULLY_REFUNDED"}').status_code == 201


@pytest.mark.parametrize("header", ["x", "[]", "{}", '"x"'])
def test_a_mock_header_that_cannot_be_read_is_refused(paypal: PayPalClient, header: str) -> None:
    assert issues(paypal.create(paypal_mock_response=header), 400) == ["INVALID_PARAMETER_SYNTAX"]


def test_a_request_too_large_is_refused(paypal: PayPalClient) -> None:
    assert paypal.create(order_body(x="y" * 1_100_000)).json()["name"] == "PAYLOAD_TOO_LARGE"


def test_a_replayed_create_is_200_with_the_same_order_in_its_latest_state(paypal: PayPalClient) -> None:
    first = paypal.create(paypal_request_id="chk-1")
    paypal.visit(first.json(), "approve")
    second = paypal.create(paypal_request_id="chk-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json()["id"], second.json()["status"]) == (first.json()["id"], "APPROVED")


def test_a_request_id_with_another_body_silently_gives_the_old_order(paypal: PayPalClient) -> None:
    first = paypal.create(paypal_request_id="chk-1").json()
    other = order_body(purchase_units=[{"amount": {"currency_code": "USD", "value": "99.00"}}])
    second = paypal.create(other, paypal_request_id="chk-1").json()
    assert (second["id"], second["purchase_units"][0]["amount"]["value"]) == (first["id"], "10.00")


def test_an_order_that_names_the_payments_source_needs_a_request_id(paypal: PayPalClient) -> None:
    answer = paypal.create(paypal_request_id="")
    assert issues(answer, 400) == ["PAYPAL_REQUEST_ID_REQUIRED"]
    assert "field" not in answer.json()["details"][0]


def test_without_a_request_id_a_repeat_makes_another_order(paypal: PayPalClient) -> None:
    first, second = (paypal.create(order_body(payment_source=None), paypal_request_id="").json()["id"] for _ in range(2))
    assert first != second


def test_a_request_id_is_kept_for_six_hours(paypal: PayPalClient) -> None:
    first = paypal.create(paypal_request_id="chk-1").json()["id"]
    paypal.client.now += 6 * 3600 - 1
    still = paypal.create(paypal_request_id="chk-1").json()["id"]
    paypal.client.now += 1
    assert (still, paypal.create(paypal_request_id="chk-1").status_code) == (first, 201)


def test_a_refused_create_leaves_its_request_id_free(paypal: PayPalClient) -> None:
    paypal.create(order_body(intent="RENT"), paypal_request_id="chk-1")
    assert paypal.create(paypal_request_id="chk-1").status_code == 201


def test_a_request_id_is_for_one_operation(paypal: PayPalClient) -> None:
    order = paypal.create(paypal_request_id="chk-1").json()
    paypal.visit(order, "approve")
    answer = paypal.capture(order, paypal_request_id="chk-1")
    assert (answer.status_code, answer.json()["name"]) == (400, "DUPLICATE_REQUEST_ID")


def test_a_request_id_of_109_characters_is_refused(paypal: PayPalClient) -> None:
    assert paypal.create(paypal_request_id="k" * 108).status_code == 201
    assert issues(paypal.create(paypal_request_id="k" * 109), 400) == ["INVALID_STRING_LENGTH"]


@pytest.mark.parametrize(
    ("keys", "second"),
    [
        pytest.param(("cap-1", "cap-1"), "ORDER_COMPLETION_IN_PROGRESS", id="with one request id"),
        pytest.param(("cap-1", "cap-2"), "ORDER_COMPLETION_IN_PROGRESS", id="with two request ids"),
    ],
)
def test_of_two_captures_at_once_one_must_wait(paypal: PayPalClient, keys: tuple[str, str], second: str) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    paypal.provider.api.thinking_seconds = 0.05

    async def both() -> list[httpx.Response]:
        headers = {"authorization": f"Bearer {paypal.token}", "content-type": "application/json"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(paypal.client.app), base_url="http://sandbox.test"
        ) as client:
            path = f"/paypal{ORDERS}/{order['id']}/capture"
            return list(
                await asyncio.gather(*(client.post(path, headers=headers | {"paypal-request-id": key}) for key in keys))
            )

    one, other = asyncio.run(both())
    assert (one.status_code, issues(other)) == (201, [second])
