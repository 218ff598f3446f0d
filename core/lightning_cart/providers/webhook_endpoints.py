"""The endpoints to which a provider sends its webhooks, as it lists them.

Only an operator's tools need this, so strategies import it late: an engine that starts does not load it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from lightning_cart.flow import Flow


class WebhookEndpoint(NamedTuple):
    """One endpoint.

    Args:
        id: The provider's id.
        url: The URL to which it sends.
        missing: The events that the engine needs and that it does not send.
        is_enabled: Whether it sends at all.
        api_version: The version of the provider's API in which its events are, or empty for the account's default.
        verifies: Whether the settings verify its webhooks, or None if that cannot be compared.
    """

    id: str
    url: str
    missing: tuple[str, ...] = ()
    is_enabled: bool = True
    api_version: str = ""
    verifies: bool | None = None


@runtime_checkable
class ListsWebhookEndpoints(Protocol):
    """A strategy that can list the webhook endpoints of its account."""

    def list_webhook_endpoints(self) -> Flow[Sequence[WebhookEndpoint]]:
        """List the account's endpoints, or the app's.

        Raises:
            ProviderError: The provider refused, as to a key that may not read endpoints, or did not answer.
        """
        ...


def missing_events(needed: Iterable[str], sent: Iterable[object]) -> tuple[str, ...]:
    """Return the needed events that an endpoint does not send; `*` stands for all."""
    known = {name for name in sent if isinstance(name, str)}
    return () if "*" in known else tuple(sorted(set(needed) - known))
