"""The merchant's account at this PayPal: what every operation works on."""

import hashlib
import string
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.paypal.errors import not_found
from lightning_cart_sandbox.types import Clock, Json, NewId
from lightning_cart_sandbox.webhooks.delivery import Deliveries

ROOT = "/paypal"
"""Where everything of PayPal's is mounted."""

_CHARACTERS = string.digits + string.ascii_uppercase


@dataclass(frozen=True)
class Account:
    """The ports and stores of the sandbox, with PayPal's way of naming, dating and linking objects.

    Attributes:
        store: Documents; kinds begin with `paypal.`. Fields that begin with `_` are never shown.
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

    def timestamp(self) -> str:
        """Return the time as PayPal writes it: `2026-09-21T10:05:00Z`."""
        return timestamp(self.now())

    def identifier(self, kind: str, characters: int = 17) -> str:
        """Return a fresh identifier of digits and capital letters, such as `5O190127TN364715T`."""
        return derived_id(self.new_id(kind), characters)

    def address(self, path: str) -> str:
        """Return the absolute address of a path below PayPal's root."""
        return f"{self.base_url}{ROOT}{path}"

    def link(self, path: str, rel: str, method: str = "GET") -> Json:
        """Return a link as PayPal's answers have them."""
        return {"href": self.address(path), "rel": rel, "method": method}

    def transaction(self) -> AbstractContextManager[None]:
        """Make several saves, events and ledger entries happen together or not at all."""
        return self.store.transaction()

    def save(self, kind: str, document: Json) -> Json:
        """Store an object; return it."""
        self.store.put(f"paypal.{kind}", document)
        return document

    def get(self, kind: str, identifier: str) -> Json:
        """Return an object.

        Raises:
            PayPalError: 404 `INVALID_RESOURCE_ID`.
        """
        found = self.store.get(f"paypal.{kind}", identifier)
        if found is None:
            raise not_found(f"{kind}_id", identifier)
        return found

    def find(self, kind: str, *, limit: int = -1, **equal: object) -> list[Json]:
        """Return objects of a kind, newest first, with some top-level fields equal to what is given."""
        return self.store.find(f"paypal.{kind}", limit=limit, **equal)


def timestamp(seconds: float) -> str:
    """Return Unix seconds as PayPal writes times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def derived_id(seed: str, characters: int = 17) -> str:
    """Return digits and capital letters that follow from a text: the same text gives the same identifier."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    letters = []
    for _ in range(characters):
        number, index = divmod(number, len(_CHARACTERS))
        letters.append(_CHARACTERS[index])
    return "".join(letters)


def public(document: Json) -> Json:
    """Return an object without the fields that are the sandbox's own."""
    return {key: value for key, value in document.items() if not key.startswith("_")}
