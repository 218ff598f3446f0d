"""The interface of a provider sandbox, so that demos, notebooks and tests work with every provider."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from starlette.routing import BaseRoute

from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.keys import KeyRing
from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.types import Clock, Json, NewId
from lightning_cart_sandbox.webhooks.delivery import Deliveries


class SandboxContext(NamedTuple):
    """What the sandbox shares with each provider.

    Attributes:
        store: Documents, by kind and id. A provider uses kinds that begin with its name, or that no other provider has.
        ledger: The ledger.
        deliveries: The outbox of webhooks.
        clock: Returns Unix seconds.
        new_id: Takes a prefix and returns a fresh identifier.
        base_url: The sandbox's own origin, without a slash at the end.
        keys: The keys that the providers know.
    """

    store: DocumentStore
    ledger: Ledger
    deliveries: Deliveries
    clock: Clock
    new_id: NewId
    base_url: str
    keys: KeyRing


class SandboxProvider(Protocol):
    """The sandbox of one provider.

    Attributes:
        name: The provider's name, and the path that it is mounted at.
        buyer_forms: The form fields for each thing that a buyer can do on the payment page: `pay`, `decline` and `cancel`. It
            has `pending` if payments can be pending, `tip` if a page can take one, and `split` if two payments can pay an
            order. They have an address in Spain, which is read only if the page asks for one.
    """

    name: str
    buyer_forms: Mapping[str, Mapping[str, str]]

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes of the API and the pages, below the provider's name."""
        ...

    def dashboard_items(self) -> Json:
        """Return the template values for the dashboard, or an empty object if it has no template for this provider."""
        ...

    def connect(self, webhook_url: str) -> dict[str, str]:
        """Make an engine the only receiver of webhooks, and return the settings that it needs for this provider.

        The same URL returns the same settings, so an engine can restart.

        Args:
            webhook_url: The engine's URL for this provider's webhooks.
        """
        ...

    def refund(self, order_id: str, amount_minor: int) -> None:
        """Refund a paid order, as the merchant does in the provider's dashboard.

        Args:
            order_id: The engine's id of the order.
            amount_minor: The amount in minor units of the order's currency.

        Raises:
            LookupError: The order is not paid.
        """
        ...

    def foreign_sale(self, reference: str = "", amount_minor: int = 500) -> str:
        """Sell something on the same account as another program does, and return the payment's id. The engine made no checkout.

        Args:
            reference: What a buyer or a page could write where the engine sends its order's id.
            amount_minor: The amount in US cents.
        """
        ...

    def references(self) -> dict[str, str]:
        """Return the engine's order id for each payment and refund that the ledger refers to."""
        ...


def keep_only_endpoint(store: DocumentStore, kind: str, field: str, url: str) -> Json | None:
    """Delete every registered webhook endpoint except the one with a URL; return that one, or `None`.

    Args:
        store: The store of the endpoints.
        kind: The kind of the provider's endpoints.
        field: The name of the field with the URL.
        url: The URL.
    """
    kept = None
    for receiver in store.find(kind):
        if receiver[field] == url and kept is None:
            kept = receiver
        else:
            store.delete(kind, receiver["id"])
    return kept
