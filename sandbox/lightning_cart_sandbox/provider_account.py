"""The merchant's account at any provider: what the provider's operations work on."""

from contextlib import AbstractContextManager
from typing import ClassVar

from lightning_cart_sandbox.provider import SandboxContext
from lightning_cart_sandbox.provider_ports import current_root_url
from lightning_cart_sandbox.types import Json


class ProviderAccount(SandboxContext):
    """The sandbox's context, with methods to store and find a provider's objects.

    A provider adds its formats of ids and times, and its error for an object that does not exist.

    Attributes:
        kind_prefix: What the kinds of stored objects begin with.
        mount: The path that the provider is mounted at, such as `/stripe`.
    """

    kind_prefix: ClassVar[str] = ""
    mount: ClassVar[str] = ""

    def url(self, path: str) -> str:
        """Return the absolute URL of one of the provider's paths, at the base URL that the client of this request used."""
        return f"{current_root_url() or f'{self.base_url}{self.mount}'}{path}"

    def now(self) -> int:
        """Return the time in whole Unix seconds."""
        return int(self.clock())

    def transaction(self) -> AbstractContextManager[None]:
        """Make all saves, events and ledger entries of a block happen, or none of them."""
        return self.store.transaction()

    def save(self, kind: str, document: Json) -> Json:
        """Store an object; return it."""
        self.store.put(f"{self.kind_prefix}{kind}", document)
        return document

    def get(self, kind: str, identifier: str, field: str | None = None) -> Json:
        """Return an object, or raise the provider's error.

        Args:
            kind: The kind of object.
            identifier: Its id.
            field: The field or parameter of the request that has the id, for the error.
        """
        found = self.store.get(f"{self.kind_prefix}{kind}", identifier)
        if found is None:
            raise self.not_found(kind, identifier, field)
        return found

    def not_found(self, kind: str, identifier: str, field: str | None) -> Exception:
        """Return the provider's error for an object that does not exist."""
        raise NotImplementedError


def public(document: Json) -> Json:
    """Return an object without the sandbox's own fields, whose names begin with `_`."""
    return {key: value for key, value in document.items() if not key.startswith("_")}
