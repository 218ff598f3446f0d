"""What every provider of the sandbox offers in one shape, so that demos, notebooks and tests need to know none of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from starlette.routing import BaseRoute

from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.types import Clock, Json, NewId
from lightning_cart_sandbox.webhooks.delivery import Deliveries


class SandboxContext(NamedTuple):
    """What the sandbox lends to each provider.

    Attributes:
        store: Documents, by kind and id; a provider's kinds begin with its name, or are its alone.
        ledger: The books.
        deliveries: Webhooks on their way.
        clock: Gives Unix seconds.
        new_id: Takes a prefix and gives a fresh identifier.
        base_url: The sandbox's own origin, without a slash at its end.
    """

    store: DocumentStore
    ledger: Ledger
    deliveries: Deliveries
    clock: Clock
    new_id: NewId
    base_url: str


class SandboxProvider(Protocol):
    """One provider, as somebody needs it who wants to buy there without caring where.

    Attributes:
        name: The provider's name, and the path it is mounted at.
        buyer: What a buyer can do on the hosted page, to the form that does it: `pay`, `decline` and `cancel`, and
            `pending` where a payment may take its time.
    """

    name: str
    buyer_forms: Mapping[str, Mapping[str, str]]

    def routes(self) -> Sequence[BaseRoute]:
        """Return what is mounted below the provider's name: its API and its pages."""
        ...

    def dashboard_items(self) -> Json:
        """Return what the front page shows of it; nothing, if there is no template for it."""
        ...

    def connect(self, webhook_url: str) -> dict[str, str]:
        """Make an engine the only receiver of webhooks, and return the settings it needs to work with this provider.

        The same address gives the same settings, so an engine may be started again.

        Args:
            webhook_url: The engine's address for this provider's webhooks.
        """
        ...

    def refund(self, order_id: str, amount_minor: int) -> None:
        """Give money of a paid order back, as the merchant would in the provider's dashboard.

        Args:
            order_id: The engine's id of the order.
            amount_minor: In minor units of its currency.

        Raises:
            LookupError: Nobody has paid for it.
        """
        ...

    def references(self) -> dict[str, str]:
        """Return the ledger's references to payments and refunds, each with the engine's id of the order it is about."""
        ...


def keep_only_endpoint(store: DocumentStore, kind: str, field: str, url: str) -> Json | None:
    """Forget every registered receiver of webhooks but the one at an address; return that one, if there is one.

    Args:
        store: Where receivers are.
        kind: Of the provider's receivers.
        field: Which of their fields is the address.
        url: The address.
    """
    kept = None
    for receiver in store.find(kind):
        if receiver[field] == url and kept is None:
            kept = receiver
        else:
            store.delete(kind, receiver["id"])
    return kept
