"""Orders: created with a link, open once paid, with the totals that Square computes (Square: Orders API).

An order is `DRAFT` until it is paid, then `OPEN`, and `COMPLETED` when all of its fulfillments are.
"""

from lightning_cart_sandbox.square.account import CUSTOMER, ORDER, Account, SquareCall, paged, public
from lightning_cart_sandbox.square.adjustments import new_adjustments, refer, shipping_charge
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import emit_order
from lightning_cart_sandbox.square.fulfillments import new_fulfillments
from lightning_cart_sandbox.square.locations import find_currency
from lightning_cart_sandbox.square.order_lines import new_line
from lightning_cart_sandbox.square.pricing import with_amounts
from lightning_cart_sandbox.square.time_range import is_within
from lightning_cart_sandbox.types import Json

MAXIMUM = 99_999_999
"""Maximum total in minor units. Square publishes no limit for links; this one is the sandbox's own."""


def new_order(account: Account, wanted: Json, options: Json, field: str, **changes: object) -> Json:
    """Create an order and its totals.

    Args:
        account: The account.
        wanted: The checked fields of `order`.
        options: The link's `checkout_options`: the shipping fee becomes a service charge, a requested address a shipment.
        field: The path of the order in the request, for errors.
        **changes: Fields that differ from those of a link's order.

    Raises:
        SquareError: The order breaks a rule.
    """
    order = draft_order(account, wanted, options, field) | changes
    emit_order(account, "order.created", account.save(ORDER, order))
    return order


def draft_order(account: Account, wanted: Json, options: Json, field: str) -> Json:
    """Return an order that is not stored, with its totals. The arguments are those of `new_order`."""
    currency = find_currency(wanted["location_id"], f"{field}.location_id")
    if "customer_id" in wanted:
        account.get(CUSTOMER, wanted["customer_id"], f"{field}.customer_id")
    lines = [new_line(account, item, currency, f"{field}.line_items[{n}]") for n, item in enumerate(wanted["line_items"])]
    adjustments = new_adjustments(account, wanted, currency, field)
    if "shipping_fee" in options:
        adjustments["service_charges"].append(shipping_charge(account, options["shipping_fee"], currency))
    asks_address = options.get("ask_for_shipping_address", False)
    now = account.instant()
    order = {
        "id": account.fresh("order"),
        "location_id": wanted["location_id"],
        "reference_id": wanted.get("reference_id"),
        "customer_id": wanted.get("customer_id"),
        "source": {"name": wanted.get("source", {}).get("name", "Sandbox Application")},
        "ticket_name": wanted.get("ticket_name"),
        "line_items": lines,
        **adjustments,
        "fulfillments": new_fulfillments(account, wanted, asks_address=asks_address, field=field),
        "metadata": wanted.get("metadata"),
        "created_at": now,
        "updated_at": now,
        "state": "DRAFT",
        "version": 1,
    }
    refer(account, order, field)
    return check_total(with_amounts(order), f"{field}.line_items")


def check_total(order: Json, field: str) -> Json:
    """Return an order whose total can be paid.

    Raises:
        SquareError: `AMOUNT_TOO_LOW` or `AMOUNT_TOO_HIGH`.
    """
    total = order["total_money"]["amount"]
    if total < 1:
        raise SquareError("AMOUNT_TOO_LOW", "The total of the order must be at least 1.", field)
    if total > MAXIMUM:
        raise SquareError("AMOUNT_TOO_HIGH", f"Sandbox: the total must be at most {MAXIMUM}.", field)
    return order


def calculate_order(call: SquareCall) -> Json:
    """Return an order with its totals, without storing it."""
    order = draft_order(call.account, call.params["order"], {}, "order")
    return {"order": public({name: value for name, value in order.items() if name != "id"})}


def change_order(account: Account, order: Json, **changes: object) -> Json:
    """Change an order, raise its version, and send the event."""
    order.update(changes, version=order["version"] + 1, updated_at=account.instant())
    emit_order(account, "order.updated", account.save(ORDER, order))
    return order


def search_orders(call: SquareCall) -> Json:
    """Return the orders of locations, filtered by state and time, newest first unless sorted otherwise."""
    account, params = call.account, call.params
    query = params.get("query", {})
    wanted = query.get("filter", {})
    found = [order for order in account.store.find(ORDER) if order["location_id"] in params["location_ids"]]
    states = wanted.get("state_filter", {}).get("states")
    if states:
        found = [order for order in found if order["state"] in states]
    for name, bounds in wanted.get("date_time_filter", {}).items():
        found = [order for order in found if is_within(order.get(name), bounds)]
    sort = query.get("sort", {"sort_field": "CREATED_AT"})
    field = sort["sort_field"].lower()
    # The sort is stable, so orders with equal times stay newest first.
    found.sort(key=lambda order: order.get(field) or "", reverse=sort.get("sort_order", "DESC") == "DESC")
    if params.get("return_entries"):
        return paged(found, params, "order_entries", _entry)
    return paged(found, params, "orders")


def batch_orders(call: SquareCall) -> Json:
    """Return those of the named orders that exist."""
    account, params = call.account, call.params
    found = [account.store.get(ORDER, identifier) for identifier in params["order_ids"]]
    orders = [
        public(order) for order in found if order and params.get("location_id", order["location_id"]) == order["location_id"]
    ]
    return {"orders": orders} if orders else {}


def _entry(order: Json) -> Json:
    return {"order_id": order["id"], "version": order["version"], "location_id": order["location_id"]}
