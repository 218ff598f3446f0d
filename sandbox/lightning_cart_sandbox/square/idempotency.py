"""A repeated `idempotency_key` returns the first response again (Square: idempotency).

Responses are kept without an end, since Square does not say how long it keeps them.
"""

from lightning_cart_sandbox.idempotency import IdempotencyStore, fingerprint, hashed_key
from lightning_cart_sandbox.square.account import Account
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.types import Json


class Idempotency:
    """The responses of an account.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._store = IdempotencyStore(account, "square.idempotency")

    def earlier(self, operation: str, params: Json) -> Json | None:
        """Return the response to the first request with a key, or `None`.

        Args:
            operation: The operation; keys of different operations are separate.
            params: The request. Without a key, or with an empty one, it is never a repeat.

        Raises:
            SquareError: `IDEMPOTENCY_KEY_REUSED`, if the first request had other parameters.
        """
        if not params.get("idempotency_key"):
            return None
        kept = self._store.find(hashed_key(operation, params["idempotency_key"]))
        if kept is None:
            return None
        if kept["request"] != fingerprint(params):
            raise SquareError(
                "IDEMPOTENCY_KEY_REUSED",
                "Different request parameters used for the same idempotency_key.",
                "idempotency_key",
            )
        response: Json = kept["answer"]
        return response

    def keep(self, operation: str, params: Json, response: Json) -> None:
        """Keep the response to a request that succeeded; a refused request may use its key again."""
        if params.get("idempotency_key"):
            key = hashed_key(operation, params["idempotency_key"])
            self._store.keep(key, {"request": fingerprint(params), "answer": response})
