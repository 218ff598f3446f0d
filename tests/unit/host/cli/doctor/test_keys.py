"""The doctor is rehearsed with keys that the sandbox's providers refuse: wrong, revoked, live, restricted and missing ones."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers import STRATEGIES
from lightning_cart_host.cli.doctor.check import Check
from lightning_cart_host.cli.doctor.observed_send import ObservedSend
from lightning_cart_host.cli.doctor.provider import check_provider
from lightning_cart_sandbox import create_sandbox
from support.builders import PAYPAL_CLIENT_SECRET, SQUARE_TOKEN, STRIPE_KEY, STRIPE_LIVE_KEY

KEYS = {
    "stripe": ["sk_test_sandbox_of_this_machine", "rk_test_reader_of_this_machine=event_read"],
    "square": ["sandbox-access-token", "EAAAreader_of_this_machine=PAYMENTS_READ"],
}
SETTINGS = {"stripe": "STRIPE_SECRET_KEY", "paypal": "PAYPAL_CLIENT_SECRET", "square": "SQUARE_ACCESS_TOKEN"}
BY_PROVIDER = {strategy.provider_name(): strategy for strategy in reversed(STRATEGIES)}
COPY, RENEW = "copy the key again from the dashboard", "create a new key in the dashboard: this one was revoked or has expired"

type Ask = Callable[..., Check]


@pytest.fixture
def sandbox() -> Iterator[Any]:
    app = create_sandbox("http://127.0.0.1:8090", keys=KEYS)
    yield app
    app.state.sandbox.store.close()


@pytest.fixture
def ask(sandbox: Any) -> Ask:
    """Let the doctor check one provider with the sandbox's settings, changed by the test."""

    async def send(request: HttpRequest) -> HttpResponse:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox)) as client:
            headers = dict(request.headers)
            answer = await client.request(request.method, request.url, headers=headers, content=request.body)
            return HttpResponse(answer.status_code, dict(answer.headers), answer.content)

    def ask_provider(provider: str, **changes: str) -> Check:
        connected = sandbox.state.sandbox.providers[provider].connect(f"https://pay.shop.example/webhook/{provider}")
        settings = {"PUBLIC_URL": "https://pay.shop.example", **connected, **changes}
        return asyncio.run(check_provider(BY_PROVIDER[provider], settings, ObservedSend(send)))[0]

    return ask_provider


@pytest.mark.parametrize("provider", SETTINGS)
def test_the_keys_of_the_sandbox_are_accepted(ask: Ask, provider: str) -> None:
    assert ask(provider) == Check(provider, "ok", "reachable, and the key is accepted")


@pytest.mark.parametrize(
    ("provider", "key"),
    [("stripe", STRIPE_KEY), ("paypal", PAYPAL_CLIENT_SECRET), ("square", SQUARE_TOKEN)],
    ids=list(SETTINGS),
)
def test_a_wrong_key_is_to_be_copied_again(ask: Ask, provider: str, key: str) -> None:
    check = ask(provider, **{SETTINGS[provider]: key})
    assert check == Check(provider, "fail", "answered 401: the key is refused", COPY)


def test_a_live_key_at_the_sandbox_is_to_be_copied_again(ask: Ask) -> None:
    check = ask("stripe", STRIPE_SECRET_KEY=STRIPE_LIVE_KEY)
    assert check == Check("stripe", "fail", "answered 401: the key is refused", COPY)


@pytest.mark.parametrize(
    ("provider", "key", "advice"),
    [
        ("stripe", "sk_test_sandbox_of_this_machine", RENEW),
        ("paypal", "sandbox-client", COPY),  # PayPal says the same of every client that it does not accept
        ("square", "sandbox-access-token", RENEW),
    ],
    ids=list(SETTINGS),
)
def test_a_revoked_key_is_to_be_replaced(sandbox: Any, ask: Ask, provider: str, key: str, advice: str) -> None:
    ask(provider)
    sandbox.state.sandbox.keys.change(provider, key, "revoked")
    check = ask(provider)
    assert (check.ok, check.detail.startswith("answered 401"), check.advice) == (False, True, advice)


@pytest.mark.parametrize(
    ("provider", "key"), [("stripe", "rk_test_reader_of_this_machine"), ("square", "EAAAreader_of_this_machine")]
)
def test_a_key_that_lacks_a_permission_is_to_get_it(ask: Ask, provider: str, key: str) -> None:
    check = ask(provider, **{SETTINGS[provider]: key})
    advice = "give the key this permission in the dashboard, or use a key that has it"
    assert check == Check(provider, "fail", "answered 403: the key lacks a permission", advice)


@pytest.mark.parametrize("provider", SETTINGS)
def test_a_missing_key_is_to_be_set(ask: Ask, provider: str) -> None:
    check = ask(provider, **{SETTINGS[provider]: ""})
    assert check == Check(
        provider, "fail", "not asked, because a setting is missing or wrong", "correct the settings named above"
    )
