"""Keys that the sandbox knows, and how each provider refuses the others: wrong, revoked, expired, live and restricted ones."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lightning_cart_sandbox import create_sandbox
from lightning_cart_sandbox.keys import parse_key
from lightning_cart_sandbox.stripe.authentication import mask_key
from support.sandbox_clients import SandboxClient

CHARGES, ORDER, LOCATIONS = "/stripe/v1/charges", "/paypal/v2/checkout/orders/x", "/square/v2/locations"
RESTRICTED = {
    "stripe": ["sk_test_shop", "rk_test_reader=charge_read,event_read", "rk_test_writer=charge_write"],
    "square": ["EAAAshop", "EAAAreader=ORDERS_READ"],
}


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxClient]:
    client = SandboxClient(any_key=False, keys=RESTRICTED)
    yield client
    client.sandbox.store.close()


@pytest.fixture
def fresh() -> Iterator[SandboxClient]:
    client = SandboxClient(any_key=False)
    yield client
    client.sandbox.store.close()


def stripe(client: SandboxClient, key: str, method: str = "GET", path: str = CHARGES) -> Any:
    return client.ask(method, path, headers={"authorization": f"Bearer {key}"})


def square(client: SandboxClient, token: str, method: str = "GET", path: str = LOCATIONS) -> Any:
    return client.ask(method, path, headers={"authorization": f"Bearer {token}"})


def token(client: SandboxClient, *auth: str) -> Any:
    form = {"grant_type": "client_credentials"}
    return client.ask("POST", "/paypal/v1/oauth2/token", auth=auth or ("sandbox-client", "sandbox-client-secret"), data=form)


def paypal(client: SandboxClient, bearer: str) -> Any:
    return client.ask("GET", ORDER, headers={"authorization": f"Bearer {bearer}"})


def change(client: SandboxClient, provider: str, key: str, state: str) -> int:
    return client.ask("POST", "/api/keys", json={"provider": provider, "key": key, "state": state}).status_code


def error(answer: Any) -> tuple[int, str, str | None]:
    found = answer.json()["error"]
    return answer.status_code, found["type"], found.get("code")


def square_error(answer: Any) -> tuple[int, str, str]:
    (found,) = answer.json()["errors"]
    return answer.status_code, found["category"], found["code"]


def test_a_key_of_stripe_that_is_not_known_is_invalid_and_masked(shared: SandboxClient) -> None:
    answer = stripe(shared, "sk_test_51Wrong9876")
    assert error(answer) == (401, "invalid_request_error", None)
    assert answer.json()["error"]["message"] == "Invalid API Key provided: sk_test_*******9876"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("sk_test_abcdefghijklmnopqrstuvwx", "sk_test_********************uvwx"),
        ("sk_test_ab", "sk_test_*b"),
        ("sk_test_", "sk_test_"),
        ("hunter2", "****er2"),
        ("x" * 5000, f"{'*' * 100}xxxx"),
        ("sk_test_pässwörd", "sk_test_****w?rd"),
    ],
)
def test_a_key_is_shown_by_its_prefix_and_its_end(key: str, shown: str) -> None:
    assert mask_key(key) == shown


def test_no_key_is_told_how_to_send_one(shared: SandboxClient) -> None:
    answer = shared.ask("GET", CHARGES)
    assert error(answer) == (401, "invalid_request_error", None)
    assert answer.json()["error"]["message"].startswith("You did not provide an API key.")


def test_a_publishable_key_is_not_a_secret_one(shared: SandboxClient) -> None:
    answer = stripe(shared, "pk_test_shop")
    assert error(answer) == (403, "invalid_request_error", "secret_key_required")


def test_a_live_key_of_stripe_is_refused_without_being_shown(shared: SandboxClient) -> None:
    answer = stripe(shared, "sk_live_secret")
    assert (answer.status_code, "LIVE key" in answer.text, "sk_live_secret" in answer.text) == (401, True, False)


def test_a_known_key_works_as_a_user_name_too(shared: SandboxClient) -> None:
    basic = base64.b64encode(b"sk_test_shop:").decode()
    assert shared.ask("GET", CHARGES, headers={"authorization": f"Basic {basic}"}).status_code == 200


@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_a_key_of_stripe_that_was_taken_back_has_expired(fresh: SandboxClient, state: str) -> None:
    assert change(fresh, "stripe", "sk_test_sandbox", state) == 200
    answer = stripe(fresh, "sk_test_sandbox")
    assert error(answer) == (401, "invalid_request_error", "api_key_expired")
    assert answer.json()["error"]["message"] == "Expired API Key provided: sk_test_****box"


def test_a_restricted_key_of_stripe_may_do_what_it_is_allowed_to(shared: SandboxClient) -> None:
    assert [stripe(shared, key).status_code for key in ("rk_test_reader", "rk_test_writer")] == [200, 200]


def test_a_restricted_key_of_stripe_is_told_which_permission_it_lacks(shared: SandboxClient) -> None:
    answer = stripe(shared, "rk_test_reader", "POST", "/stripe/v1/checkout/sessions")
    assert error(answer) == (403, "invalid_request_error", None)
    assert "'rak_checkout_session_write' permission would allow" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["refunds", "webhook_endpoints", "balance_transactions"])
def test_some_permissions_of_stripe_have_other_names_than_their_paths(shared: SandboxClient, path: str) -> None:
    allowed = stripe(shared, "rk_test_reader", "GET", f"/stripe/v1/{path}").status_code
    assert allowed == (200 if path == "refunds" else 403)


@pytest.mark.parametrize(
    "auth", [("wrong", "sandbox-client-secret"), ("sandbox-client", "wrong"), ("sandbox-client", "sandbox-client-secret2")]
)
def test_wrong_credentials_get_no_token_of_paypal(shared: SandboxClient, auth: tuple[str, str]) -> None:
    answer = token(shared, *auth)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_credentials_of_paypal_that_were_revoked_get_no_token_and_theirs_are_void(fresh: SandboxClient) -> None:
    bearer = token(fresh).json()["access_token"]
    assert paypal(fresh, bearer).status_code == 404
    change(fresh, "paypal", "sandbox-client", "revoked")
    assert token(fresh).json()["error"] == "invalid_client"
    assert (paypal(fresh, bearer).status_code, paypal(fresh, bearer).json()["error"]) == (401, "invalid_token")


def test_the_page_revokes_paypal_s_access_tokens_and_new_ones_are_granted(fresh: SandboxClient) -> None:
    bearer = token(fresh).json()["access_token"]
    assert fresh.ask("POST", "/paypal/tokens").status_code == 303
    assert paypal(fresh, bearer).json()["error"] == "invalid_token"
    assert paypal(fresh, token(fresh).json()["access_token"]).status_code == 404


def test_a_token_of_square_that_is_not_known_is_unauthorized(shared: SandboxClient) -> None:
    assert square_error(square(shared, "EAAAwrong")) == (401, "AUTHENTICATION_ERROR", "UNAUTHORIZED")


@pytest.mark.parametrize(("state", "code"), [("revoked", "ACCESS_TOKEN_REVOKED"), ("expired", "ACCESS_TOKEN_EXPIRED")])
def test_a_token_of_square_says_why_it_is_refused(fresh: SandboxClient, state: str, code: str) -> None:
    change(fresh, "square", "sandbox-access-token", state)
    assert square_error(square(fresh, "sandbox-access-token")) == (401, "AUTHENTICATION_ERROR", code)


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", LOCATIONS, "MERCHANT_PROFILE_READ"),
        ("POST", "/square/v2/refunds", "PAYMENTS_WRITE"),
        ("POST", "/square/v2/online-checkout/payment-links", "PAYMENTS_WRITE, ORDERS_WRITE"),
        ("DELETE", "/square/v2/online-checkout/payment-links/x", "ORDERS_WRITE"),
    ],
)
def test_a_token_of_square_is_told_which_scopes_it_lacks(shared: SandboxClient, method: str, path: str, scopes: str) -> None:
    answer = square(shared, "EAAAreader", method, path)
    assert square_error(answer) == (403, "AUTHENTICATION_ERROR", "INSUFFICIENT_SCOPES")
    assert answer.json()["errors"][0]["detail"].endswith(f"for the following scopes: {scopes}")


@pytest.mark.parametrize("path", ["orders/x", "online-checkout/payment-links", "webhooks/subscriptions"])
def test_a_token_of_square_may_do_what_its_scopes_allow(shared: SandboxClient, path: str) -> None:
    assert square(shared, "EAAAreader", "GET", f"/square/v2/{path}").status_code in {200, 404}


def test_any_key_of_the_right_form_is_accepted_if_that_is_wanted() -> None:
    client = SandboxClient(any_key=True)
    answers = stripe(client, "sk_test_x"), square(client, "EAAAx"), token(client, "a", "b")
    change(client, "stripe", "sk_test_sandbox", "revoked")
    refused = stripe(client, "sk_test_sandbox").status_code
    client.sandbox.store.close()
    assert ([answer.status_code for answer in answers], refused) == ([200, 200, 200], 401)


def test_an_engine_gets_the_keys_that_were_given(shared: SandboxClient) -> None:
    settings = shared.sandbox.stripe.connect("https://shop.test/s") | shared.sandbox.square.connect("https://shop.test/q")
    assert (settings["STRIPE_SECRET_KEY"], settings["SQUARE_ACCESS_TOKEN"]) == ("sk_test_shop", "EAAAshop")


def test_a_revoked_key_stays_so_after_a_restart(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    for expected in (200, 401):
        client = SandboxClient(state, any_key=False)
        assert stripe(client, "sk_test_sandbox").status_code == expected
        change(client, "stripe", "sk_test_sandbox", "revoked")
        client.sandbox.store.close()


def test_the_keys_of_a_start_replace_those_of_an_earlier_one_but_not_those_that_were_added(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first = SandboxClient(state, any_key=False)
    change(first, "stripe", "sk_test_added", "add")
    first.sandbox.store.close()
    client = SandboxClient(state, any_key=False, keys={"stripe": ["sk_test_own"]})
    statuses = [stripe(client, key).status_code for key in ("sk_test_sandbox", "sk_test_added", "sk_test_own")]
    client.sandbox.store.close()
    assert statuses == [401, 200, 200]


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ("stripe", "sk_live_x"),
        ("stripe", ""),
        ("paypal", "id-alone"),
        ("square", "a b"),
        ("square", "é"),
        ("square", "x" * 301),
    ],
)
def test_a_text_that_is_no_key_is_refused(provider: str, text: str) -> None:
    with pytest.raises(ValueError, match="a key "):
        parse_key(provider, text)


def test_a_key_that_cannot_be_parsed_stops_the_start() -> None:
    with pytest.raises(ValueError, match="CLIENT_ID:SECRET"):
        create_sandbox("http://sandbox.test", keys={"paypal": ["x"]})


def test_the_page_lists_the_keys_and_revokes_one(fresh: SandboxClient) -> None:
    form = {"provider": "stripe", "key": "sk_test_sandbox", "state": "revoked"}
    assert fresh.ask("POST", "/keys", data=form).status_code == 303
    page = fresh.ask("GET", "/keys").text
    assert all(text in page for text in ("sandbox-client-secret", "sandbox-access-token", "state-revoked"))


def test_the_page_adds_a_key(fresh: SandboxClient) -> None:
    fresh.ask("POST", "/keys", data={"provider": "stripe", "key": "sk_test_second", "state": "add"})
    assert stripe(fresh, "sk_test_second").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"provider": "stripe", "key": "sk_test_none", "state": "revoked"},
        {"provider": "gold", "key": "k", "state": "add"},
        {"provider": "stripe", "key": "k", "state": "add"},
        {"provider": "stripe", "key": "sk_test_sandbox", "state": "blue"},
        {},
    ],
)
def test_what_the_page_does_not_understand_is_said(shared: SandboxClient, form: dict[str, str]) -> None:
    page, api = shared.ask("POST", "/keys", data=form), shared.ask("POST", "/api/keys", json=form)
    assert (page.status_code, 'role="alert"' in page.text, api.status_code) == (422, True, 422)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": 1e999}', b"[" * 100_000, b"\xff"])
def test_json_that_is_none_changes_no_key(shared: SandboxClient, body: bytes) -> None:
    assert shared.ask("POST", "/api/keys", content=body).status_code == 422
