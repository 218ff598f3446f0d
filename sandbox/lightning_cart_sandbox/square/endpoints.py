"""The register of Square's endpoints: method, path, parameters and what they do. One row each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from lightning_cart_sandbox.schema import Fields
from lightning_cart_sandbox.square import parameters as p
from lightning_cart_sandbox.square.account import DISPUTE, ORDER, REFUND, SUBSCRIPTION, Account, paged, public
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
from lightning_cart_sandbox.square.orders import batch_orders, search_orders
from lightning_cart_sandbox.square.payments import get_payment
from lightning_cart_sandbox.square.refunds import create_refund
from lightning_cart_sandbox.types import Json

type Handler = Callable[[Account, str, Json], Json]
"""Takes the account, the id from the path (or nothing) and the parameters; gives the answer."""

type Finish = Callable[[Account, Json], Awaitable[Json]]
"""Takes the account and the answer; waits for what belongs into it and gives the whole."""

_ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class Endpoint:
    """One thing the API can do.

    Attributes:
        method: The HTTP method.
        path: Segments below `/v2`; `*` stands for an id.
        parameters: What its body accepts, or its query if the method has no body.
        handler: What it does.
        finish: What is waited for after that, if anything.
    """

    method: str
    path: str
    parameters: Fields
    handler: Handler
    finish: Finish | None = None

    def match(self, segments: Sequence[str]) -> str | None:
        """Return the id in a path (`""` when it has none), or `None` when this is another endpoint."""
        own = self.path.split("/")
        if len(own) != len(segments) or any(mine not in ("*", theirs) for mine, theirs in zip(own, segments, strict=True)):
            return None
        return next((theirs for mine, theirs in zip(own, segments, strict=True) if mine == "*"), "")


def _retrieve(kind: str, name: str) -> Handler:
    return lambda account, identifier, _: {name: public(account.get(kind, identifier))}


def _list_disputes(account: Account, _: str, params: Json) -> Json:
    states = params.get("states", "").split(",") if params.get("states") else None
    found = [
        one
        for one in account.store.find(DISPUTE)
        if params.get("location_id", one["location_id"]) == one["location_id"] and (not states or one["state"] in states)
    ]
    return paged(found, params, "disputes")


def _list_subscriptions(account: Account, _: str, params: Json) -> Json:
    found = list_subscriptions(account, include_disabled=params.get("include_disabled", False))
    if params.get("sort_order") == "DESC":
        found.reverse()
    return paged(found, params, "subscriptions")


async def _test_status(account: Account, answer: Json) -> Json:
    event = answer["payload"]["event_id"]
    await account.deliveries.wait_for_first_attempts(event, _ANSWER_SECONDS)
    attempts = account.store.rows(
        "SELECT a.status FROM delivery_attempts AS a JOIN deliveries AS d ON d.id = a.delivery_id WHERE d.event_id = ?",
        (event,),
    )
    status = {"status_code": attempts[0]["status"]} if attempts and attempts[0]["status"] else {}
    return {**answer, **status, "subscription_test_result": {**answer["subscription_test_result"], **status}}


_LINKS, _HOOKS = "online-checkout/payment-links", "webhooks/subscriptions"
ENDPOINTS = (
    Endpoint("POST", _LINKS, p.LINK_CREATE, lambda a, _, q: create_link(a, q)),
    Endpoint("GET", _LINKS, p.LINK_LIST, lambda a, _, q: list_links(a, q)),
    Endpoint("GET", f"{_LINKS}/*", p.NOTHING, lambda a, i, _: {"payment_link": public(get_link(a, i))}),
    Endpoint("PUT", f"{_LINKS}/*", p.LINK_UPDATE, update_link),
    Endpoint("DELETE", f"{_LINKS}/*", p.NOTHING, lambda a, i, _: delete_link(a, i)),
    Endpoint("POST", "orders/search", p.ORDER_SEARCH, lambda a, _, q: search_orders(a, q)),
    Endpoint("POST", "orders/batch-retrieve", p.ORDER_BATCH, lambda a, _, q: batch_orders(a, q)),
    Endpoint("GET", "orders/*", p.NOTHING, _retrieve(ORDER, "order")),
    Endpoint("GET", "payments/*", p.NOTHING, lambda a, i, _: get_payment(a, i)),
    Endpoint("POST", "refunds", p.REFUND_CREATE, lambda a, _, q: create_refund(a, q)),
    Endpoint("GET", "refunds/*", p.NOTHING, _retrieve(REFUND, "refund")),
    Endpoint("GET", "disputes", p.DISPUTE_LIST, _list_disputes),
    Endpoint("GET", "disputes/*", p.NOTHING, _retrieve(DISPUTE, "dispute")),
    Endpoint("GET", "locations", p.NOTHING, lambda _a, _i, _q: {"locations": list(LOCATIONS.values())}),
    Endpoint("GET", "locations/*", p.NOTHING, lambda _, i, _q: {"location": retrieve_location(i)}),
    Endpoint("POST", _HOOKS, p.SUBSCRIPTION_CREATE, lambda a, _, q: {"subscription": add_subscription(a, q["subscription"])}),
    Endpoint("GET", _HOOKS, p.SUBSCRIPTION_LIST, _list_subscriptions),
    Endpoint("GET", f"{_HOOKS}/*", p.NOTHING, _retrieve(SUBSCRIPTION, "subscription")),
    Endpoint(
        "PUT",
        f"{_HOOKS}/*",
        p.SUBSCRIPTION_UPDATE,
        lambda a, i, q: {"subscription": update_subscription(a, i, q["subscription"])},
    ),
    Endpoint("DELETE", f"{_HOOKS}/*", p.NOTHING, lambda a, i, _: delete_subscription(a, i)),
    Endpoint("POST", f"{_HOOKS}/*/signature-key", p.SUBSCRIPTION_ROTATE, lambda a, i, _: rotate_key(a, i)),
    Endpoint(
        "POST",
        f"{_HOOKS}/*/test",
        p.SUBSCRIPTION_TEST,
        lambda a, i, q: send_test(a, i, q.get("event_type")),
        _test_status,
    ),
)
