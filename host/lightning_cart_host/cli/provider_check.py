"""Checks that a provider can be reached and accepts the settings, without creating anything there."""

import time
from collections.abc import Mapping

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, LineItem, Order
from lightning_cart.errors import InvalidSettings, ProviderError, ProviderUnavailable
from lightning_cart.flow import Flow, drive
from lightning_cart.ports import Send
from lightning_cart.providers.strategy import ChecksSettings, PaymentStrategy
from lightning_cart_host.cli.check import Check, failed, passed

_UNAUTHORIZED, _FORBIDDEN = 401, 403
_TAKEN_BACK = frozenset({"api_key_expired", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_REVOKED"})


def _unknown_order(strategy: type[PaymentStrategy]) -> Order:
    """Return an order that the provider does not know."""
    now = int(time.time())
    line = LineItem("doctor", "doctor", Money(100, "USD"), 1)
    session = CheckoutSession("doctor", "", None)
    return Order("ord_doctor", "doctor", strategy.name, strategy.provider_name(), (line,), now, now, session=session)


def _question(ready: PaymentStrategy) -> Flow[object]:
    """Return the flow that only right settings pass; a provider that says "not found" has accepted the key."""
    if isinstance(ready, ChecksSettings):
        return ready.check_settings()
    return ready.read_checkout(_unknown_order(type(ready)), capture=False)


def _failure(strategy: type[PaymentStrategy], error: InvalidSettings | ProviderError) -> Check | None:
    """Return the failed check that an error means, or None if the provider has accepted the key."""
    provider = strategy.provider_name()
    if isinstance(error, InvalidSettings):
        purposes = [setting.purpose for setting in strategy.settings if setting.name in error.names]
        return failed(provider, str(error), f"correct it: {' '.join(purposes)}")
    if isinstance(error, ProviderUnavailable):
        advice = "check this machine's network, and the provider's URL if you have set one"
        return failed(provider, error.reason, advice)
    if error.status == _UNAUTHORIZED:
        renewal = "create a new key in the dashboard: this one was revoked or has expired"
        advice = renewal if error.code in _TAKEN_BACK else "copy the key again from the dashboard"
        return failed(provider, f"{error.reason}: the key is refused", advice)
    if error.status == _FORBIDDEN:
        advice = "give the key this permission in the dashboard, or use a key that has it"
        return failed(provider, f"{error.reason}: the key lacks a permission", advice)
    return None


async def check_provider(strategy: type[PaymentStrategy], env: Mapping[str, str], send: Send) -> Check:
    """Ask a provider whether it accepts the settings.

    Args:
        strategy: One of the provider's strategies.
        env: Settings by name.
        send: Sends the requests.
    """
    provider = strategy.provider_name()
    try:
        ready = strategy.from_env(env)
    except InvalidSettings:
        return failed(provider, "not asked, because a key is missing", "set the keys named above")
    try:
        await drive(_question(ready), send)
    except (InvalidSettings, ProviderError) as error:
        if failure := _failure(strategy, error):
            return failure
    return passed(provider, "reachable, and the key is accepted")
