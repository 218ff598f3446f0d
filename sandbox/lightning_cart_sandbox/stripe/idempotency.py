"""A repeated idempotency key returns the first response again, for 24 hours (Stripe: idempotent requests)."""

from contextlib import AbstractContextManager

from lightning_cart_sandbox.idempotency import IdempotencyStore, fingerprint, hashed_key
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.types import Json

MAX_KEY = 255
KEPT_SECONDS = 24 * 3600
# A retry may get another response than one of these.
_NOT_KEPT = {401, 409, 429}


class IdempotentRequest:
    """One request with an idempotency key.

    Args:
        store: The responses that are kept.
        api_key: The API key; keys of different accounts are separate.
        key: The idempotency key.
        path: The request's path.
        params: The request's parameters.

    Raises:
        StripeError: The key is too long.
    """

    def __init__(self, store: IdempotencyStore, api_key: str, key: str, path: str, params: Json) -> None:
        if len(key) > MAX_KEY:
            raise invalid(f"Idempotency keys can be at most {MAX_KEY} characters long.")
        self._store = store
        self._key = hashed_key(api_key, key)
        self._request = fingerprint([path, params])

    def running(self) -> AbstractContextManager[None]:
        """Hold the key while the request runs.

        Raises:
            StripeError: 409 `idempotency_key_in_use`, if another request holds it.
        """
        busy = StripeError(
            "There is currently another in-progress request using this Idempotent Key. Please try again later.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
        return self._store.running([self._key], busy)

    def earlier(self) -> tuple[int, Json] | None:
        """Return the status and body of the first response, or `None`.

        Raises:
            StripeError: 400 `idempotency_error`, if the first request had other parameters.
        """
        kept = self._store.find(self._key)
        if kept is None:
            return None
        if kept["request"] != self._request:
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                "Try using a key other than the one you sent if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return kept["status"], kept["body"]

    def keep(self, status: int, body: Json) -> None:
        """Keep the response."""
        if status not in _NOT_KEPT:
            self._store.keep(self._key, {"request": self._request, "status": status, "body": body}, KEPT_SECONDS)


def idempotency_store(account: Account) -> IdempotencyStore:
    """Return the store of an account's responses."""
    return IdempotencyStore(account, "idempotency")
