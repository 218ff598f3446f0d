"""The types of Stripe's endpoints, and the handlers that many of them share."""

from collections.abc import Callable

from lightning_cart_sandbox.endpoint import Endpoint
from lightning_cart_sandbox.schema import Fields
from lightning_cart_sandbox.stripe.account import StripeCall
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json

type Handler = Callable[[StripeCall], Json | StripeError]
"""Returns an object, or the error of a payment that was declined: its traces are saved."""
type StripeEndpoint = Endpoint[Fields, StripeCall, Json | StripeError]

PAGING = {"limit", "starting_after", "ending_before", "created", "expand"}
"""The parameters of a list that are no filters."""


def retrieve(kind: str) -> Handler:
    """Return a handler that returns the object in the path."""
    param = kind if kind in {"payment_link", "price", "promotion_code"} else "id"
    return lambda call: call.account.get(kind, call.identifier, param)


def retrieve_intent(kind: str, name: str) -> Handler:
    """Return a handler that returns the intent in the path, unless the parameter `client_secret` is another one's.

    Args:
        kind: The kind of object.
        name: Its name in the error.
    """

    def handler(call: StripeCall) -> Json:
        intent = call.account.get(kind, call.identifier, "intent")
        if call.params.get("client_secret", intent["client_secret"]) != intent["client_secret"]:
            raise invalid(f"The client_secret provided does not match the client_secret associated with the {name}.")
        return intent

    return handler


def list_of(kind: str, plural: str, **fields: str) -> Handler:
    """Return a handler that lists objects; parameters other than paging are fields that must be equal.

    Args:
        kind: The kind of object.
        plural: The list's path.
        **fields: The fields whose names are not those of their parameters, by parameter.
    """

    def handler(call: StripeCall) -> Json:
        wanted = {fields.get(name, name): value for name, value in call.params.items() if name not in PAGING}
        return page(f"/v1/{plural}", call.account.store.find(kind, **wanted), call.params)

    return handler
