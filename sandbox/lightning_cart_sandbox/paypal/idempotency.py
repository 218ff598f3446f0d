"""The same `PayPal-Request-Id`, the same object (PayPal: idempotency).

A repeat is answered with the object's latest state and 200. What PayPal does with the same id and another body is not
documented for orders: here the repeat silently gives the *old* order, the worst that a client must survive. Payments refuse it
(`DUPLICATE_REQUEST_ID`), and so does every call when the id was used for another operation.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.errors import PayPalError, refusal
from lightning_cart_sandbox.types import Json

HEADER = "PayPal-Request-Id"
LONGEST_ID = 108
ORDERS_SECONDS = 6 * 3600
PAYMENTS_SECONDS = 45 * 24 * 3600


class Idempotency:
    """What was done for which request id, and what is being done.

    Args:
        account: Where it is kept.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._running: set[str] = set()

    @contextmanager
    def running(self, slots: Sequence[str], issue: str) -> Iterator[None]:
        """Hold some names while a request runs.

        Args:
            slots: The request id's, and that of what is worked on.
            issue: The issue for whoever comes meanwhile.

        Raises:
            PayPalError: Another request holds one of them.
        """
        if not self._running.isdisjoint(slots):
            raise refusal(issue)
        self._running.update(slots)
        try:
            yield
        finally:
            self._running.difference_update(slots)

    def earlier(self, request_id: str, operation: str, asked: str) -> Json | None:
        """Return what was kept for a request id, if it is still kept.

        Args:
            request_id: The header; may be empty.
            operation: Which call, on what.
            asked: The fingerprint of its body, or nothing where bodies are not compared.

        Raises:
            PayPalError: The id is too long, or was used for something else.
        """
        if len(request_id) > LONGEST_ID:
            raise refusal("INVALID_STRING_LENGTH", HEADER, request_id, location="header")
        kept = self._account.store.get("paypal.request", request_id) if request_id else None
        if kept is None or kept["until"] <= self._account.now():
            return None
        if kept["operation"] != operation:
            raise refusal("PAYPAL_REQUEST_ID_PREVIOUSLY_USED", HEADER, request_id, location="header")
        if asked and kept["asked"] != asked:
            raise refusal("DUPLICATE_REQUEST_ID", HEADER, request_id, location="header")
        return kept

    def keep(self, request_id: str, seconds: int, outcome: Json | PayPalError, *, operation: str, asked: str) -> None:
        """Remember what came of a request: an object, or a declined payment, which a repeat must not turn into another try."""
        kept: Json = {"id": request_id, "operation": operation, "asked": asked, "until": self._account.now() + seconds}
        if isinstance(outcome, PayPalError):
            kept |= {"object": None, "issue": outcome.issue, "links": outcome.links}
        else:
            kept |= {"object": outcome["id"]}
        self._account.save("request", kept)


def fingerprint(params: object) -> str:
    """Return what tells one body from another."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
