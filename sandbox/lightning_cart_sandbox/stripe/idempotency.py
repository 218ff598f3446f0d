"""The same key, the same answer (Stripe: idempotent requests)."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.types import Json

LONGEST_KEY = 255
KEPT_SECONDS = 24 * 3600
_KIND = "idempotency"
_UNSTORED = {401, 409, 429}


class Idempotency:
    """The answers that were given, and the requests that still run.

    Args:
        account: Where answers are kept, for 24 hours by its clock.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._running: set[str] = set()

    @contextmanager
    def running(self, slot: str) -> Iterator[None]:
        """Hold a key while its request runs.

        Raises:
            StripeError: 409 `idempotency_key_in_use`, when another request holds it.
        """
        if slot in self._running:
            raise StripeError(
                "There is currently another in-progress request using this Idempotent Key. Please try again later.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        self._running.add(slot)
        try:
            yield
        finally:
            self._running.discard(slot)

    def earlier(self, slot: str, request: str) -> tuple[int, Json] | None:
        """Return the status and body that were given for a key before.

        Args:
            slot: The key's name here, from `slot_name`.
            request: What is asked now, from `fingerprint`.

        Raises:
            StripeError: 400 `idempotency_error`, when something else was asked with the key.
        """
        kept = self._account.store.get(_KIND, slot)
        if kept is None or kept["at"] + KEPT_SECONDS <= self._account.now():
            return None
        if kept["request"] != request:
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                "Try using a key other than the one you sent if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return kept["status"], kept["body"]

    def keep(self, slot: str, request: str, status: int, body: Json) -> None:
        """Remember an answer, unless it is one that a retry may change."""
        if status not in _UNSTORED:
            self._account.store.put(
                _KIND, {"id": slot, "request": request, "status": status, "body": body, "at": self._account.now()}
            )


def slot_name(api_key: str, idempotency_key: str) -> str:
    """Return the name under which a key's answer is kept; keys of different accounts do not meet.

    Raises:
        StripeError: The key is too long.
    """
    if len(idempotency_key) > LONGEST_KEY:
        raise invalid(f"Idempotency keys can be at most {LONGEST_KEY} characters long.")
    return hashlib.sha256(f"{api_key}\0{idempotency_key}".encode()).hexdigest()


def fingerprint(path: str, params: object) -> str:
    """Return what tells one request from another."""
    return hashlib.sha256(json.dumps([path, params], sort_keys=True).encode()).hexdigest()
