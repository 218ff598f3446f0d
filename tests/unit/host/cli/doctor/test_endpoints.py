"""Which of an account's webhook endpoints is this engine's, and in which way another one's URL differs."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.webhook_endpoints import WebhookEndpoint
from lightning_cart_host.cli.doctor.check import Check
from lightning_cart_host.cli.doctor.endpoints import check_endpoints, difference

PUBLIC = "https://pay.shop.example"
URL = f"{PUBLIC}/webhook/acorn"


class Acorn:
    """A strategy of another distribution, which can list its endpoints."""

    def __init__(self, endpoints: Sequence[WebhookEndpoint] | Exception) -> None:
        self.endpoints = endpoints

    @classmethod
    def provider_name(cls) -> str:
        return "acorn"

    def list_webhook_endpoints(self) -> Flow[Sequence[WebhookEndpoint]]:
        yield from ()
        if isinstance(self.endpoints, Exception):
            raise self.endpoints
        return self.endpoints


async def send(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the name is the protocol's
    return HttpResponse(200)


def check(*endpoints: WebhookEndpoint) -> Check:
    strategy: Any = Acorn(endpoints)
    (found,) = asyncio.run(check_endpoints(strategy, PUBLIC, send))
    return found


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://pay.shop.example/webhook/acorn", "it begins with http: instead of https:"),
        ("https://www.pay.shop.example/webhook/acorn", "it has the www. of the host"),
        ("https://old.example/webhook/acorn", "its host is old.example"),
        ("https://pay.shop.example:8443/webhook/acorn", "its port is 8443"),
        ("https://pay.shop.example/webhook/acorn/", "it has a slash at its end"),
        ("https://pay.shop.example/webhooks", "its path is /webhooks"),
        ("https://pay.shop.example", "its path is /"),
        ("https://pay.shop.example/webhook/acorn?x=1", "it has a query"),
        ("http://old.example/", "it begins with http: instead of https: and its host is old.example and its path is /"),
        ("HTTPS://pay.shop.example/webhook/acorn", "it is written in another way"),
        ("https://[broken", "it is no URL"),
        ("https://pay.shop.example:99999/webhook/acorn", "it is no URL"),
    ],
)
def test_the_difference_of_two_urls_is_named(url: str, told: str) -> None:
    assert difference(url, URL) == told


def test_a_host_without_www_lacks_it() -> None:
    assert difference("https://shop.example/a", "https://www.shop.example/a") == "it lacks the www. of the host"


def test_an_engine_without_endpoints_is_told_which_others_there_are() -> None:
    found = check(*(WebhookEndpoint(f"we_{number}", f"https://{number}.example/hook") for number in range(4)))
    said = f"there is no endpoint for {URL}; those that exist send to https://0.example/hook, https://1.example/hook"
    assert (found.level, found.detail.startswith(said), found.detail.count("https://")) == ("fail", True, 4)


def test_the_endpoint_that_the_settings_verify_is_meant() -> None:
    endpoints = (
        WebhookEndpoint("a", "https://old.example/webhook/acorn"),
        WebhookEndpoint("b", "https://x.example/y", verifies=True),
    )
    assert check(*endpoints).detail.startswith("the endpoint b sends to https://x.example/y")


def test_an_endpoint_of_the_same_host_is_meant_before_one_of_another() -> None:
    endpoints = (WebhookEndpoint("a", "https://old.example/webhook/acorn"), WebhookEndpoint("b", f"{PUBLIC}/webhooks"))
    assert check(*endpoints).detail.startswith(f"the endpoint b sends to {PUBLIC}/webhooks")


def test_one_enabled_endpoint_is_enough() -> None:
    assert check(WebhookEndpoint("a", URL, is_enabled=False), WebhookEndpoint("b", URL)).level == "ok"


def test_two_endpoints_can_share_the_events() -> None:
    assert check(WebhookEndpoint("a", URL, missing=("x",)), WebhookEndpoint("b", URL, missing=("y", "z"))).level == "ok"


@pytest.mark.parametrize(
    "url",
    [f"{PUBLIC}/webhook", f"{URL}?bypass=1", "https://Pay.Shop.example:443/webhook/acorn"],
    ids=["short", "query", "port"],
)
def test_an_endpoint_whose_url_leads_to_the_same_route_is_right(url: str) -> None:
    assert check(WebhookEndpoint("a", url)).level == "ok"


def test_a_disabled_endpoint_does_not_hide_one_without_the_providers_name() -> None:
    assert check(WebhookEndpoint("a", URL, is_enabled=False), WebhookEndpoint("b", f"{PUBLIC}/webhook")).level == "ok"


def test_of_a_provider_that_signs_the_url_only_the_url_of_the_setting_is_right() -> None:
    class Oak(Acorn):
        webhook_url_setting: ClassVar[str] = "OAK_WEBHOOK_URL"

        def webhook_url(self) -> str:
            return f"{PUBLIC}/webhook"

    strategy: Any = Oak([WebhookEndpoint("a", URL)])
    (found,) = asyncio.run(check_endpoints(strategy, PUBLIC, send))
    assert found.detail == f"the endpoint a sends to {URL}, not to {PUBLIC}/webhook: its path is /webhook/acorn"


def test_what_no_endpoint_sends_is_missing() -> None:
    found = check(WebhookEndpoint("a", URL, missing=("x", "y")), WebhookEndpoint("b", URL, missing=("y", "z", "w")))
    assert found.detail == "the endpoint a does not send y"


def test_the_version_of_the_events_is_told() -> None:
    assert check(WebhookEndpoint("a", URL, api_version="2019-08-14")).detail.endswith(", in API version 2019-08-14")


def test_a_provider_that_does_not_answer_is_not_looked_at() -> None:
    strategy: Any = Acorn(ProviderUnavailable("acorn", "answered 503", status=503))
    (found,) = asyncio.run(check_endpoints(strategy, PUBLIC, send))
    assert (found.level, found.detail) == ("warn", "not looked at: acorn: answered 503")


def test_a_strategy_that_cannot_list_its_endpoints_is_left_out() -> None:
    strategy: Any = object()
    assert asyncio.run(check_endpoints(strategy, PUBLIC, send)) == []
