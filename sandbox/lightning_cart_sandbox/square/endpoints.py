"""Square's endpoints: method, path, parameters and handler."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lightning_cart_sandbox.endpoint import Endpoint
from lightning_cart_sandbox.schema import Fields
from lightning_cart_sandbox.square import parameters as p
from lightning_cart_sandbox.square.account import (
    CUSTOMER,
    DISPUTE,
    ORDER,
    PAYMENT,
    REFUND,
    SUBSCRIPTION,
    Account,
    SquareCall,
    paged,
    public,
)
from lightning_cart_sandbox.square.customers import list_customers, search_customers
from lightning_cart_sandbox.square.events import (
    add_subscription,
    delete_subscription,
    list_subscriptions,
    rotate_key,
    send_test,
    update_subscription,
)
from lightning_cart_sandbox.square.links import create_link, delete_link, get_link, list_links, update_link
from lightning_cart_sandbox.square.locations import LOCATIONS, retrieve_location
from lightning_cart_sandbox.square.order_parameters import ORDER_UPDATE
from lightning_cart_sandbox.square.order_updates import update_order
from lightning_cart_sandbox.square.orders import batch_orders, calculate_order, search_orders
from lightning_cart_sandbox.square.refunds import create_refund
from lightning_cart_sandbox.types import Json

type Handler = Callable[[SquareCall], Json]

_ATTEMPT_SECONDS = 10.0


@dataclass(frozen=True)
class SquareEndpoint(Endpoint[Fields, SquareCall, Json]):
    """One operation of the API.

    Attributes:
        finish: Takes the account and the response, and adds what has to be waited for, if anything.
    """

    finish: Callable[[Account, Json], Awaitable[Json]] | None = None


def _retrieve(kind: str, name: str) -> Handler:
    return lambda call: {name: public(call.account.get(kind, call.identifier))}


def _get_link(call: SquareCall) -> Json:
    return {"payment_link": public(get_link(call.account, call.identifier))}


def _list_disputes(call: SquareCall) -> Json:
    account, params = call.account, call.params
    states = params.get("states", "").split(",") if params.get("states") else None
    found = [
        one
        for one in account.store.find(DISPUTE)
        if params.get("location_id", one["location_id"]) == one["location_id"] and (not states or one["state"] in states)
    ]
    return paged(found, params, "disputes")


def _add_subscription(call: SquareCall) -> Json:
    return {"subscription": add_subscription(call.account, call.params["subscription"])}


def _list_subscriptions(call: SquareCall) -> Json:
    account, params = call.account, call.params
    found = list_subscriptions(account, include_disabled=params.get("include_disabled", False))
    if params.get("sort_order") == "DESC":
        found.reverse()
    return paged(found, params, "subscriptions")


async def _test_status(account: Account, response: Json) -> Json:
    event = response["payload"]["event_id"]
    await account.deliveries.wait_for_first_attempts(event, _ATTEMPT_SECONDS)
    attempts = account.store.rows(
        "SELECT a.status FROM delivery_attempts AS a JOIN deliveries AS d ON d.id = a.delivery_id WHERE d.event_id = ?",
        (event,),
    )
    status = {"status_code": attempts[0]["status"]} if attempts and attempts[0]["status"] else {}
    return {**response, **status, "subscription_test_result": {**response["subscription_test_result"], **status}}


_LINKS, _HOOKS = "online-checkout/payment-links", "webhooks/subscriptions"
ENDPOINTS = (
    SquareEndpoint("POST", _LINKS, p.LINK_CREATE, create_link),
    SquareEndpoint("GET", _LINKS, p.LINK_LIST, list_links),
    SquareEndpoint("GET", f"{_LINKS}/*", p.NOTHING, _get_link),
    SquareEndpoint("PUT", f"{_LINKS}/*", p.LINK_UPDATE, update_link),
    SquareEndpoint("DELETE", f"{_LINKS}/*", p.NOTHING, lambda call: delete_link(call.account, call.identifier)),
    SquareEndpoint("POST", "orders/search", p.ORDER_SEARCH, search_orders),
    SquareEndpoint("POST", "orders/batch-retrieve", p.ORDER_BATCH, batch_orders),
    SquareEndpoint("POST", "orders/calculate", p.ORDER_CALCULATE, calculate_order),
    SquareEndpoint("GET", "orders/*", p.NOTHING, _retrieve(ORDER, "order")),
    SquareEndpoint("PUT", "orders/*", ORDER_UPDATE, update_order),
    SquareEndpoint("GET", "payments/*", p.NOTHING, _retrieve(PAYMENT, "payment")),
    SquareEndpoint("POST", "refunds", p.REFUND_CREATE, lambda call: create_refund(call.account, call.params)),
    SquareEndpoint("GET", "refunds/*", p.NOTHING, _retrieve(REFUND, "refund")),
    SquareEndpoint("GET", "customers", p.CUSTOMER_LIST, list_customers),
    SquareEndpoint("POST", "customers/search", p.CUSTOMER_SEARCH, search_customers),
    SquareEndpoint("GET", "customers/*", p.NOTHING, _retrieve(CUSTOMER, "customer")),
    SquareEndpoint("GET", "disputes", p.DISPUTE_LIST, _list_disputes),
    SquareEndpoint("GET", "disputes/*", p.NOTHING, _retrieve(DISPUTE, "dispute")),
    SquareEndpoint("GET", "locations", p.NOTHING, lambda _: {"locations": list(LOCATIONS.values())}),
    SquareEndpoint("GET", "locations/*", p.NOTHING, lambda call: {"location": retrieve_location(call.identifier)}),
    SquareEndpoint("POST", _HOOKS, p.SUBSCRIPTION_CREATE, _add_subscription),
    SquareEndpoint("GET", _HOOKS, p.SUBSCRIPTION_LIST, _list_subscriptions),
    SquareEndpoint("GET", f"{_HOOKS}/*", p.NOTHING, _retrieve(SUBSCRIPTION, "subscription")),
    SquareEndpoint(
        "PUT",
        f"{_HOOKS}/*",
        p.SUBSCRIPTION_UPDATE,
        update_subscription,
    ),
    SquareEndpoint("DELETE", f"{_HOOKS}/*", p.NOTHING, delete_subscription),
    SquareEndpoint("POST", f"{_HOOKS}/*/signature-key", p.SUBSCRIPTION_ROTATE, rotate_key),
    SquareEndpoint(
        "POST",
        f"{_HOOKS}/*/test",
        p.SUBSCRIPTION_TEST,
        send_test,
        _test_status,
    ),
)
