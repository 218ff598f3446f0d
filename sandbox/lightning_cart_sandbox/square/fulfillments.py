"""How an order reaches the buyer: by shipment or by pickup (Square: Orders API, fulfillments)."""

from lightning_cart_sandbox.square.account import CUSTOMER, Account
from lightning_cart_sandbox.square.errors import SquareError, missing
from lightning_cart_sandbox.types import Json

_DETAILS = {"SHIPMENT": "shipment_details", "PICKUP": "pickup_details"}


def new_fulfillments(account: Account, wanted: Json, *, asks_address: bool, field: str) -> list[Json] | None:
    """Return the fulfillments of a new order, or `None`.

    Args:
        account: The account.
        wanted: The checked fields of `order`.
        asks_address: Whether the payment page asks for the address, so that the order is a shipment.
        field: The path of the order in the request, for errors.

    Raises:
        SquareError: Details are missing, or do not fit the type.
    """
    given = wanted.get("fulfillments", [])
    if asks_address and any(one["type"] != "SHIPMENT" for one in given):
        detail = "An order whose address is asked for is a shipment."
        raise SquareError("CONFLICTING_PARAMETERS", detail, "checkout_options.ask_for_shipping_address")
    if asks_address and not given:
        given = [{"type": "SHIPMENT", "shipment_details": {}}]
    return [_fulfillment(account, one, asks_address, f"{field}.fulfillments[{n}]") for n, one in enumerate(given)] or None


def details_name(kind: str, given: Json, field: str) -> str:
    """Return the name of the details that a type of fulfillment has.

    Args:
        kind: The type.
        given: The checked fields of the fulfillment.
        field: The path of the fulfillment in the request, for errors.

    Raises:
        SquareError: It has the details of another type.
    """
    for other in _DETAILS.values():
        if other != _DETAILS[kind] and other in given:
            raise SquareError("CONFLICTING_PARAMETERS", f"A {kind} fulfillment has no `{other}`.", f"{field}.{other}")
    return _DETAILS[kind]


def with_recipient(order: Json, recipient: Json) -> list[Json]:
    """Return an order's fulfillments with what the buyer typed on the payment page."""
    return [
        {**one, "shipment_details": {**one["shipment_details"], "recipient": recipient}}
        for one in order.get("fulfillments") or []
    ]


def _fulfillment(account: Account, given: Json, asks_address: bool, field: str) -> Json:
    name = details_name(given["type"], given, field)
    if name not in given:
        raise missing(f"{field}.{name}")
    details = {**given[name], "placed_at": account.instant()}
    if not asks_address:
        details["recipient"] = full_recipient(account, details.get("recipient", {}), f"{field}.{name}.recipient")
    if given["type"] == "PICKUP":
        details = _scheduled(account, details, f"{field}.{name}")
    return {"uid": account.fresh("fulfillment"), "state": "PROPOSED", **given, name: details}


def full_recipient(account: Account, given: Json, field: str) -> Json:
    """Return a recipient, completed from the customer that it names.

    Args:
        account: The account.
        given: The checked fields of the recipient.
        field: The path of the recipient in the request, for errors.

    Raises:
        SquareError: There is no such customer, or the recipient has no name.
    """
    if "customer_id" in given:
        customer = account.get(CUSTOMER, given["customer_id"], f"{field}.customer_id")
        names = (customer.get("given_name"), customer.get("family_name"))
        known = {
            "display_name": " ".join(filter(None, names)),
            "email_address": customer.get("email_address"),
            "phone_number": customer.get("phone_number"),
        }
        given = {name: text for name, text in known.items() if text} | given
    if not given.get("display_name"):
        raise missing(f"{field}.display_name")
    return given


def _scheduled(account: Account, details: Json, field: str) -> Json:
    kind = details.get("schedule_type", "SCHEDULED")
    if kind == "SCHEDULED" and "pickup_at" not in details:
        raise missing(f"{field}.pickup_at")
    return {"pickup_at": account.instant(), **details, "schedule_type": kind}
