"""The merchant's account at Stripe, and the cause of its events."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lightning_cart_sandbox.endpoint import Call
from lightning_cart_sandbox.provider_account import ProviderAccount
from lightning_cart_sandbox.stripe.errors import missing
from lightning_cart_sandbox.types import Json

API_VERSION = "2026-09-30.endive"

_request: ContextVar[tuple[str | None, str | None]] = ContextVar("_request", default=(None, None))


class Account(ProviderAccount):
    """The merchant's account, with Stripe's way to name and find objects: an object's kind is its `object` field.

    Attributes:
        default_version: The API version of requests and webhook endpoints that name none.
    """

    mount = "/stripe"
    default_version: str = API_VERSION

    def save_object(self, document: Json) -> Json:
        """Store an object; return it."""
        return self.save(document["object"], document)

    def current(self, kind: str, identifier: str, param: str = "id", status: int = 404) -> Json:
        """Return an object that was not deleted.

        Args:
            kind: `customer` or `product`, whose deleted objects can still be read.
            identifier: Its id.
            param: The parameter that names it, for the error.
            status: The HTTP status of the error: 404 for an id in the path, 400 for one in a parameter.

        Raises:
            StripeError: There is no such object, or it was deleted.
        """
        found = self.store.get(kind, identifier)
        if found is None or found.get("deleted"):
            raise missing(kind, identifier, param, status)
        return found

    def not_found(self, kind: str, identifier: str, field: str | None) -> Exception:
        """Return the error `resource_missing`, which names a parameter."""
        return missing(kind, identifier, field or "id")


StripeCall = Call[Account]


@contextmanager
def caused_by(request_id: str, idempotency_key: str | None) -> Iterator[None]:
    """Name one API request as the cause of all events that are created in a block."""
    token = _request.set((request_id, idempotency_key))
    try:
        yield
    finally:
        _request.reset(token)


def cause() -> Json:
    """Return the `request` field of an event that is created now."""
    request_id, idempotency_key = _request.get()
    return {"id": request_id, "idempotency_key": idempotency_key}
