"""A repeated `PayPal-Request-Id` returns the same object (PayPal: idempotency).

The response to a repeat has the object's latest state and status 200. PayPal does not document what the same id with another
body does for orders. Here the repeat silently returns the first order, which is the worst case for a client. Payments refuse it
with `DUPLICATE_REQUEST_ID`, and so does every call if the id was used for another operation.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from lightning_cart_sandbox.idempotency import IdempotencyStore
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.errors import PayPalError, refusal
from lightning_cart_sandbox.types import Json

HEADER = "PayPal-Request-Id"
MAX_ID = 108
ORDERS_SECONDS = 6 * 3600
PAYMENTS_SECONDS = 45 * 24 * 3600


class Idempotency:
    """What was done for which request id, and which ids are in use.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._store = IdempotencyStore(account, "paypal.request")

    def running(self, keys: Sequence[str], issue: str) -> AbstractContextManager[None]:
        """Hold keys while a request runs.

        Args:
            keys: The request id, and the id of the object that the request changes.
            issue: The issue of another request for one of them in the meantime.

        Raises:
            PayPalError: Another request holds one of them.
        """
        return self._store.running(keys, refusal(issue))

    def earlier(self, request_id: str, operation: str, asked: str) -> Json | None:
        """Return what is kept for a request id, or `None`.

        Args:
            request_id: The header; may be empty.
            operation: The call and its object.
            asked: The fingerprint of the body, or "" if bodies are not compared.

        Raises:
            PayPalError: The id is too long, or was used for something else.
        """
        if len(request_id) > MAX_ID:
            raise refusal("INVALID_STRING_LENGTH", HEADER, request_id, location="header")
        kept = self._store.find(request_id) if request_id else None
        if kept is None:
            return None
        if kept["operation"] != operation or (asked and kept["asked"] != asked):
            raise PayPalError("DUPLICATE_REQUEST_ID")
        return kept

    def keep(self, request_id: str, seconds: int, outcome: Json | PayPalError, *, operation: str, asked: str) -> None:
        """Keep the outcome of a request: an object, or a declined payment, so that a repeat does not try to pay again."""
        kept: Json = {"operation": operation, "asked": asked}
        if isinstance(outcome, PayPalError):
            kept |= {"object": None, "issue": outcome.issue, "links": outcome.links}
        else:
            kept |= {"object": outcome["id"]}
        self._store.keep(request_id, kept, seconds)
