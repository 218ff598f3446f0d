"""The webhook endpoints that each provider lists: what is missing, whether they send, and whether the settings verify them."""

from typing import Any

import pytest

from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import ProviderRequest, drive
from lightning_cart.http import HttpResponse
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.paypal.events import EVENT_KINDS as PAYPAL_EVENTS
from lightning_cart.providers.square.endpoints import EVENTS as SQUARE_EVENTS
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.providers.stripe.events import EVENT_KINDS as STRIPE_EVENTS
from lightning_cart.providers.webhook_endpoints import ListsWebhookEndpoints, WebhookEndpoint, missing_events
from support.app import ENV, Provider, answer, run
from support.paypal import paypal
from support.square import KEY, square

URL = "https://pay.shop.example/webhook"
TOKEN = answer({"access_token": "A21", "expires_in": 32_000})
HOSTILE: list[object] = [
    None,
    1,
    "text",
    [],
    {},
    {"id": 1, "url": [], "enabled_events": [{}], "event_types": "x", "events": None},
]


def stripe(**env: str) -> StripeCheckout:
    return StripeCheckout.from_env(ENV | env)


def listed(strategy: ListsWebhookEndpoints, *answers: HttpResponse) -> tuple[list[WebhookEndpoint], list[ProviderRequest]]:
    provider = Provider(list(answers))
    return list(run(drive(strategy.list_webhook_endpoints(), provider))), provider.requests


def test_every_strategy_of_the_core_can_list_its_endpoints() -> None:
    assert all(issubclass(strategy, ListsWebhookEndpoints) for strategy in STRATEGIES)


def test_an_endpoint_for_all_events_misses_none() -> None:
    assert missing_events(["b", "a"], ["*"]) == ()


def test_missing_events_are_named_in_order_and_superfluous_ones_are_not() -> None:
    assert missing_events(["b", "a", "c"], ["c", "other", None, {}]) == ("a", "b")


def test_stripe_lists_the_endpoints_of_the_keys_mode() -> None:
    events = [name for name in STRIPE_EVENTS if name != "refund.failed"]
    item = {"id": "we_1", "url": f"{URL}/stripe", "enabled_events": events, "status": "enabled"}
    found, (request,) = listed(stripe(), answer({"data": [item | {"api_version": "2024-06-20"}]}))
    assert found == [WebhookEndpoint("we_1", f"{URL}/stripe", ("refund.failed",), True, "2024-06-20")]
    assert request.url == "https://api.stripe.com/v1/webhook_endpoints?limit=100"


def test_a_disabled_endpoint_of_stripe_is_told() -> None:
    ((endpoint,), _) = listed(stripe(), answer({"data": [{"id": "we_1", "status": "disabled", "enabled_events": ["*"]}]}))
    assert (endpoint.is_enabled, endpoint.api_version, endpoint.verifies) == (False, "", None)


def test_the_endpoints_of_a_connected_account_are_the_platforms() -> None:
    _, (request,) = listed(stripe(STRIPE_ACCOUNT="acct_1Nexample"), answer({"data": []}))
    assert request.header("stripe-account") == ""


def test_paypal_lists_the_apps_webhooks_and_the_one_that_is_set_verifies() -> None:
    events = [{"name": name, "status": "ENABLED"} for name in PAYPAL_EVENTS]
    off = [*events[1:], {**events[0], "status": "DISABLED"}]
    webhooks = [
        {"id": "WEBHOOK-1", "url": f"{URL}/paypal", "event_types": events},
        {"id": "WEBHOOK-2", "url": f"{URL}/paypal", "event_types": off},
        {"id": "WEBHOOK-3", "url": f"{URL}/paypal", "event_types": [{"name": "*"}]},
    ]
    found, requests = listed(paypal(), TOKEN, answer({"webhooks": webhooks}))
    assert [(one.verifies, one.missing) for one in found] == [(True, ()), (False, (next(iter(PAYPAL_EVENTS)),)), (False, ())]
    assert requests[-1].url == "https://api-m.sandbox.paypal.com/v1/notifications/webhooks"


def test_square_lists_disabled_subscriptions_too_and_the_one_of_the_key_verifies() -> None:
    first = {
        "id": "wbhk_1",
        "notification_url": f"{URL}/square",
        "event_types": list(SQUARE_EVENTS),
        "api_version": "2026-09-16",
    }
    items = [
        first | {"signature_key": KEY},
        first | {"signature_key": "another"},
        first | {"enabled": False, "event_types": []},
    ]
    found, (request,) = listed(square(), answer({"subscriptions": items}))
    assert found == [
        WebhookEndpoint("wbhk_1", f"{URL}/square", api_version="2026-09-16", verifies=True),
        WebhookEndpoint("wbhk_1", f"{URL}/square", api_version="2026-09-16", verifies=False),
        WebhookEndpoint("wbhk_1", f"{URL}/square", tuple(sorted(SQUARE_EVENTS)), is_enabled=False, api_version="2026-09-16"),
    ]
    assert request.url.endswith("/v2/webhooks/subscriptions?include_disabled=true")


def test_square_is_asked_for_each_page() -> None:
    pages = answer({"subscriptions": [{"id": "wbhk_1"}], "cursor": "a&b"}), answer({"subscriptions": [{"id": "wbhk_2"}]})
    found, requests = listed(square(), *pages)
    assert [one.id for one in found] == ["wbhk_1", "wbhk_2"]
    assert requests[1].url.endswith("?include_disabled=true&cursor=a%26b")


def test_pages_without_end_are_cut_off() -> None:
    _, requests = listed(square(), answer({"subscriptions": [], "cursor": "next"}))
    assert len(requests) == 20


@pytest.mark.parametrize(
    ("strategy", "name", "before"), [(stripe(), "data", []), (paypal(), "webhooks", [TOKEN]), (square(), "subscriptions", [])]
)
def test_a_list_of_anything_else_is_read(strategy: Any, name: str, before: list[HttpResponse]) -> None:
    found, _ = listed(strategy, *before, answer({name: HOSTILE}))
    assert [(one.id, one.url) for one in found] == [("", "")] * len(HOSTILE)


@pytest.mark.parametrize(("strategy", "before"), [(stripe(), []), (paypal(), [TOKEN]), (square(), [])])
def test_a_key_that_may_not_read_endpoints_is_refused(strategy: Any, before: list[HttpResponse]) -> None:
    with pytest.raises(ProviderRefused) as raised:
        listed(strategy, *before, answer({}, 403))
    assert raised.value.status == 403
