"""The same key, the same answer (Square: idempotency)."""

import hashlib
import json

from lightning_cart_sandbox.square.account import Account
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.types import Json

_KIND = "square.idempotency"


def earlier(account: Account, operation: str, params: Json) -> Json | None:
    """Return the answer that was given for a request's `idempotency_key` before, if there is one.

    Args:
        account: Where answers are kept; for ever, since Square does not say for how long.
        operation: Keys of different operations do not meet.
        params: What is asked now. An empty key, or none, makes every request its own.

    Raises:
        SquareError: `IDEMPOTENCY_KEY_REUSED`, when something else was asked with the key.
    """
    kept = account.store.get(_KIND, _slot(operation, params)) if params.get("idempotency_key") else None
    if kept is None:
        return None
    if kept["request"] != _fingerprint(params):
        raise SquareError(
            "IDEMPOTENCY_KEY_REUSED",
            "Different request parameters used for the same idempotency_key.",
            "idempotency_key",
        )
    answer: Json = kept["answer"]
    return answer


def keep(account: Account, operation: str, params: Json, answer: Json) -> None:
    """Remember an answer that was a success; a refused request may use its key again."""
    if params.get("idempotency_key"):
        account.save(_KIND, {"id": _slot(operation, params), "request": _fingerprint(params), "answer": answer})


def _slot(operation: str, params: Json) -> str:
    return hashlib.sha256(f"{operation}\0{params['idempotency_key']}".encode()).hexdigest()


def _fingerprint(params: Json) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
