"""Checks that a provider can be reached, accepts the settings and sends its webhooks here, without creating anything there."""

import time
from collections.abc import Collection, Mapping

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.parts import Parts
from lightning_cart.errors import InvalidSettings, ProviderError, ProviderUnavailable
from lightning_cart.flow import Flow, drive
from lightning_cart.providers.strategy import ChecksSettings, PaymentStrategy
from lightning_cart_host.cli.doctor.check import Check, failed, passed
from lightning_cart_host.cli.doctor.endpoints import check_endpoints
from lightning_cart_host.cli.doctor.observed_send import ObservedSend
from lightning_cart_host.cli.doctor.settings import PUBLIC_URL

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 401, 403, 404, 429
_TAKEN_BACK = frozenset({"api_key_expired", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_REVOKED"})


def _unknown_order(strategy: type[PaymentStrategy]) -> Order:
    """Return an order that the provider does not know."""
    now = int(time.time())
    line = LineItem("doctor", "doctor", Money(100, "USD"), 1)
    session = CheckoutSession("doctor", "", None)
    who = ("ord_doctor", "doctor", strategy.name, strategy.provider_name())
    return Order(*who, (line,), Parts.of(line.total), now, now, session=session)


def _question(ready: PaymentStrategy) -> Flow[object]:
    """Return the flow that only right settings pass; a provider that says "not found" has accepted the key."""
    if isinstance(ready, ChecksSettings):
        return ready.check_settings()
    return ready.read_checkout(_unknown_order(type(ready)), capture=False)


def _address_failure(provider: str, send: ObservedSend) -> Check | None:
    """Return the failed check if what answered is not the provider's API."""
    advice = f"set {provider.upper()}_API_BASE to the API's URL, or leave it out; or a proxy of this network answers instead"
    for seen in send.observations:
        if 300 <= seen.status < 400:
            where = f" to {seen.location}" if seen.location else ""
            return failed(provider, f"answered {seen.status}, a redirect{where}, which an API does not do", advice)
        if seen.is_html:
            return failed(provider, f"answered {seen.status} with a web page instead of data, so it is not the API", advice)
    return None


def _waiting_advice(status: int | None) -> str:
    if status is None:
        return "check this machine's network, and the provider's URL if you have set one"
    if status == _TOO_MANY:
        return "wait a minute, because the provider limits calls"
    return "wait, and look at the provider's status page"


def _failure(strategy: type[PaymentStrategy], error: InvalidSettings | ProviderError) -> Check | None:
    """Return the failed check that an error means, or None if the provider has accepted the key."""
    provider = strategy.provider_name()
    if isinstance(error, InvalidSettings):
        purposes = [setting.purpose for setting in strategy.settings if setting.name in error.names]
        return failed(provider, str(error), f"correct it: {' '.join(purposes)}")
    if isinstance(error, ProviderUnavailable):
        return failed(provider, error.reason, _waiting_advice(error.status))
    if error.status == _UNAUTHORIZED:
        renewal = "create a new key in the dashboard: this one was revoked or has expired"
        advice = renewal if error.code in _TAKEN_BACK else "copy the key again from the dashboard"
        return failed(provider, f"{error.reason}: the key is refused", advice)
    if error.status == _FORBIDDEN:
        advice = "give the key this permission in the dashboard, or use a key that has it"
        return failed(provider, f"{error.reason}: the key lacks a permission", advice)
    if error.status == _NOT_FOUND and not error.code:
        advice = f"set {provider.upper()}_API_BASE to the URL of the provider's API, or leave it out"
        return failed(provider, f"{error.reason} without an error code, so it is not the API", advice)
    return None


async def check_provider(
    strategy: type[PaymentStrategy], env: Mapping[str, str], send: ObservedSend, refused: Collection[str] = ()
) -> list[Check]:
    """Ask a provider whether it accepts the settings, and if so, where it sends its webhooks.

    Args:
        strategy: One of the provider's strategies.
        env: Settings by name.
        send: Sends the requests of this provider alone.
        refused: The settings that the engine refuses, so that a live key goes to no sandbox.
    """
    provider = strategy.provider_name()
    try:
        ready = strategy.from_env(env)
    except InvalidSettings:
        ready = None
    if ready is None or not {setting.name for setting in strategy.settings}.isdisjoint(refused):
        return [failed(provider, "not asked, because a setting is missing or wrong", "correct the settings named above")]
    failure = None
    try:
        await drive(_question(ready), send)
    except (InvalidSettings, ProviderError) as error:
        failure = _failure(strategy, error)
    if failure := _address_failure(provider, send) or failure:
        return [failure]
    accepted = passed(provider, "reachable, and the key is accepted")
    public_url = "" if PUBLIC_URL in refused else env.get(PUBLIC_URL, "").strip()
    endpoints = await check_endpoints(ready, public_url, send) if public_url else []
    return [accepted, *endpoints]
