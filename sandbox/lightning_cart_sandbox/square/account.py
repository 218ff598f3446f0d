"""The seller's account at Square, and how objects and lists are returned."""

from collections.abc import Callable
from datetime import UTC, datetime

from lightning_cart_sandbox import provider_account
from lightning_cart_sandbox.endpoint import Call
from lightning_cart_sandbox.provider_account import ProviderAccount
from lightning_cart_sandbox.square import errors
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.types import Json

API_VERSION = "2026-09-16"
OLDEST_VERSION = "2025-08-20"
MERCHANT_ID = "MLSANDBOX"

LINK, ORDER, PAYMENT, REFUND, DISPUTE = (f"square.{kind}" for kind in ("payment_link", "order", "payment", "refund", "dispute"))
CUSTOMER, EVENT, SUBSCRIPTION, SETTING = "square.customer", "square.event", "square.webhook_subscription", "square.setting"
_NAMES = {
    LINK: "Payment link",
    ORDER: "Order",
    PAYMENT: "Payment",
    REFUND: "Refund",
    DISPUTE: "Dispute",
    CUSTOMER: "Customer",
    SUBSCRIPTION: "Webhook subscription",
}


class Account(ProviderAccount):
    """The seller's account, with Square's formats of ids and times."""

    mount = "/square"

    def instant(self, seconds_ahead: float = 0) -> str:
        """Return the time in RFC 3339 format with milliseconds."""
        moment = datetime.fromtimestamp(self.clock() + seconds_ahead, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def fresh(self, prefix: str) -> str:
        """Return a new identifier. Square's have no underscore and no meaning."""
        return self.new_id(prefix).replace("_", "", 1)

    def not_found(self, kind: str, identifier: str, field: str | None) -> Exception:
        """Return the error `NOT_FOUND`."""
        return errors.not_found(_NAMES[kind], identifier, field)


SquareCall = Call[Account]


def money(amount: int, currency: str) -> Json:
    """Return Square's money object; `amount` is in minor units."""
    return {"amount": amount, "currency": currency}


def public(document: Json) -> Json:
    """Return an object without the sandbox's own fields, and without empty ones, which Square leaves out."""
    return {key: value for key, value in provider_account.public(document).items() if value is not None}


def paged(found: list[Json], params: Json, name: str, show: Callable[[Json], Json] = public) -> Json:
    """Return one page of a list.

    Args:
        found: All matching objects, in the list's order.
        params: The parameters `limit` and `cursor`; a cursor is the id of the last object of the page before.
        name: The name of the list in the response; an empty list is left out, as Square does.
        show: Returns an object as the response shows it.

    Raises:
        SquareError: `INVALID_CURSOR`.
    """
    start, limit = 0, params.get("limit", 100)
    if params.get("cursor"):
        ids = [one["id"] for one in found]
        if params["cursor"] not in ids:
            raise SquareError("INVALID_CURSOR", "The cursor is not valid.", "cursor")
        start = ids.index(params["cursor"]) + 1
    shown = found[start : start + limit]
    response: Json = {name: [show(one) for one in shown]} if shown else {}
    if start + limit < len(found):
        response["cursor"] = shown[-1]["id"]
    return response
