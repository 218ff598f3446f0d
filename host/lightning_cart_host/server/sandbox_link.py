"""Connects an engine to a sandbox: where each provider's webhooks go, and the settings that the engine needs for it."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from lightning_cart.errors import ConfigurationError
from lightning_cart.settings import valid_base_url

if TYPE_CHECKING:  # an extra: it may not be there
    from lightning_cart_sandbox.app import Sandbox

# The one whose receivers may bring a secret of their own; every other provider hands out its own.
_TAKES_SECRET, _SECRET_SETTING = "stripe", "STRIPE_WEBHOOK_SECRET"


def webhook_addresses(webhook: str, providers: Collection[str]) -> dict[str, str]:
    """Where each provider's webhooks go.

    Args:
        webhook: The engine's address for webhooks, below which each provider has its own; or that of one provider.
        providers: Their names.

    Returns:
        Provider to address: all of them, or the one that `webhook` ends in.

    Raises:
        ConfigurationError: It is not an address that can be called.
    """
    if complaint := valid_base_url(webhook):
        raise ConfigurationError(f"the webhook's address {complaint}")
    last = webhook.rpartition("/")[2]
    return {last: webhook} if last in providers else {name: f"{webhook}/{name}" for name in providers}


def _forget_receivers(sandbox: "Sandbox") -> None:
    for receiver in sandbox.store.find("webhook_endpoint"):
        sandbox.store.delete("webhook_endpoint", receiver["id"])


def connect_engine(sandbox: "Sandbox", webhook: str, secret: str = "") -> dict[str, str]:
    """Send a sandbox's webhooks to an engine, and to nobody else.

    Args:
        sandbox: The sandbox.
        webhook: As of `webhook_addresses`.
        secret: Signs Stripe's webhooks; made if empty.

    Returns:
        The settings that the engine needs to work with the providers that were connected.

    Raises:
        ConfigurationError: The address will not do, or nobody is there who would sign with the secret.
    """
    addresses = webhook_addresses(webhook, sandbox.providers)
    if secret and _TAKES_SECRET not in addresses:
        raise ConfigurationError(f"--webhook-secret is for {_TAKES_SECRET} alone, and this --webhook is not: leave it out")
    if secret:
        _forget_receivers(sandbox)  # of an earlier run, with another secret
    settings: dict[str, str] = {}
    for name, address in addresses.items():
        settings |= sandbox.providers[name].connect(address)
    if secret:
        _forget_receivers(sandbox)
        sandbox.stripe.add_webhook_endpoint(addresses[_TAKES_SECRET], secret)
        settings[_SECRET_SETTING] = secret
    return settings
