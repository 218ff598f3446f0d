"""Idempotency keys: what was done for a key, and which keys are in use, shared by the provider sandboxes.

How keys are scoped, how long they are kept, which errors they have and what a repeated request returns is up to the provider.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from lightning_cart_sandbox.provider_account import ProviderAccount
from lightning_cart_sandbox.types import Json


class IdempotencyStore:
    """The results that are kept for keys, and the keys whose requests are running.

    Args:
        account: The store and the clock.
        kind: The kind of stored object.
    """

    def __init__(self, account: ProviderAccount, kind: str) -> None:
        self._account = account
        self._kind = kind
        self._running: set[str] = set()

    @contextmanager
    def running(self, keys: Collection[str], busy: Exception) -> Iterator[None]:
        """Hold keys while a request runs.

        Args:
            keys: The keys.
            busy: Raised if another request holds one of them.
        """
        if not self._running.isdisjoint(keys):
            raise busy
        self._running.update(keys)
        try:
            yield
        finally:
            self._running.difference_update(keys)

    def find(self, key: str) -> Json | None:
        """Return the result that is kept for a key, or `None` if there is none or it has expired."""
        kept = self._account.store.get(self._kind, key)
        expires_at = kept and kept.get("until")
        return None if expires_at and expires_at <= self._account.now() else kept

    def keep(self, key: str, result: Json, seconds: int | None = None) -> None:
        """Keep a result for some seconds, or without an end."""
        until = None if seconds is None else self._account.now() + seconds
        self._account.store.put(self._kind, {"id": key, **result, "until": until})


def fingerprint(value: object) -> str:
    """Return a digest of a JSON value, to compare values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def hashed_key(*parts: str) -> str:
    """Return one key for an idempotency key and its scope."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
