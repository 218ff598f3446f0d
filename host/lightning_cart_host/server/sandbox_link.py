"""Connects an engine to a sandbox: webhook URLs in the sandbox, and settings for the engine."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from lightning_cart.errors import ConfigurationError
from lightning_cart.settings import valid_base_url

if TYPE_CHECKING:  # an extra that may not be installed
    from lightning_cart_sandbox.app import Sandbox

# The only provider whose webhook secret the caller may choose; the others generate theirs.
_TAKES_SECRET, _SECRET_SETTING = "stripe", "STRIPE_WEBHOOK_SECRET"


def webhook_addresses(webhook: str, providers: Collection[str]) -> dict[str, str]:
    """Return the webhook URL of each provider.

    Args:
        webhook: The engine's webhook URL, below which each provider has its own; or the URL of one provider.
        providers: The providers' names.

    Returns:
        Provider to URL: all of them, or only the one in which `webhook` ends.

    Raises:
        ConfigurationError: `webhook` is not a URL that the sandbox can call.
    """
    if complaint := valid_base_url(webhook):
        raise ConfigurationError(f"the URL of --webhook {complaint}")
    last = webhook.rpartition("/")[2]
    return {last: webhook} if last in providers else {name: f"{webhook}/{name}" for name in providers}


def _delete_endpoints(sandbox: "Sandbox") -> None:
    for endpoint in sandbox.store.find("webhook_endpoint"):
        sandbox.store.delete("webhook_endpoint", endpoint["id"])


def connect_engine(sandbox: "Sandbox", webhook: str, secret: str = "") -> dict[str, str]:
    """Send a sandbox's webhooks to one engine.

    Args:
        sandbox: The sandbox.
        webhook: The engine's webhook URL, as in `webhook_addresses`.
        secret: Signs Stripe's webhooks; generated if empty.

    Returns:
        The settings that the engine needs for the connected providers.

    Raises:
        ConfigurationError: The URL cannot be called, or there is a secret and Stripe is not connected.
    """
    addresses = webhook_addresses(webhook, sandbox.providers)
    if secret and _TAKES_SECRET not in addresses:
        raise ConfigurationError(
            f"--webhook-secret is for {_TAKES_SECRET} alone, which this --webhook does not connect: leave it out"
        )
    if secret:
        _delete_endpoints(sandbox)  # an earlier run may have left some with another secret
    settings: dict[str, str] = {}
    for name, address in addresses.items():
        settings |= sandbox.providers[name].connect(address)
    if secret:
        _delete_endpoints(sandbox)
        sandbox.stripe.add_webhook_endpoint(addresses[_TAKES_SECRET], secret)
        settings[_SECRET_SETTING] = secret
    return settings
