"""The merchant's account at this Stripe: what every operation works on."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.stripe.errors import missing
from lightning_cart_sandbox.types import Clock, Json, NewId
from lightning_cart_sandbox.webhooks.delivery import Deliveries

API_VERSION = "2026-09-30.endive"

_request: ContextVar[tuple[str | None, str | None]] = ContextVar("_request", default=(None, None))


@dataclass(frozen=True)
class Account:
    """The ports and stores of the sandbox, with Stripe's way of naming and finding objects.

    Attributes:
        store: Documents; an object's kind is its `object` field. Fields that begin with `_` are never shown.
        ledger: The books.
        deliveries: The outbox of webhooks.
        clock: Unix seconds.
        new_id: Fresh identifiers.
        base_url: The sandbox's own origin, without a slash at the end.
    """

    store: DocumentStore
    ledger: Ledger
    deliveries: Deliveries
    clock: Clock
    new_id: NewId
    base_url: str

    def now(self) -> int:
        """Return the time in whole Unix seconds."""
        return int(self.clock())

    def transaction(self) -> AbstractContextManager[None]:
        """Make several saves, events and ledger entries happen together or not at all."""
        return self.store.transaction()

    def save(self, document: Json) -> Json:
        """Store an object; return it."""
        self.store.put(document["object"], document)
        return document

    def get(self, kind: str, identifier: str, param: str = "id", status: int = 404) -> Json:
        """Return an object.

        Raises:
            StripeError: `resource_missing`, naming `param`.
        """
        found = self.store.get(kind, identifier)
        if found is None:
            raise missing(kind, identifier, param, status)
        return found


@contextmanager
def caused_by(request_id: str, idempotency_key: str | None) -> Iterator[None]:
    """Mark the events that are made inside as caused by one API request."""
    token = _request.set((request_id, idempotency_key))
    try:
        yield
    finally:
        _request.reset(token)


def cause() -> Json:
    """Return the `request` field of an event made now."""
    request_id, idempotency_key = _request.get()
    return {"id": request_id, "idempotency_key": idempotency_key}


def public(document: Json) -> Json:
    """Return an object without the fields that are the sandbox's own."""
    return {key: value for key, value in document.items() if not key.startswith("_")}
