"""Orders: created with a link, open once paid, with the totals that Square computes (Square: Orders API).

An order is `DRAFT` until it is paid, then `OPEN`. This sandbox has no fulfilment, so it completes no order of a link.
"""

from datetime import datetime

from lightning_cart_sandbox.square.account import ORDER, Account, SquareCall, money, paged, public
from lightning_cart_sandbox.square.errors import SquareError, missing
from lightning_cart_sandbox.square.events import emit_order
from lightning_cart_sandbox.square.locations import check_currency, find_currency
from lightning_cart_sandbox.types import Json

MAXIMUM = 99_999_999
"""Maximum total in minor units. Square publishes no limit for links; this one is the sandbox's own."""


def new_order(account: Account, wanted: Json, shipping_fee: Json | None, field: str, **changes: object) -> Json:
    """Create an order and its totals.

    Args:
        account: The account.
        wanted: The checked fields of `order`.
        shipping_fee: `name` and `charge`, which become a service charge.
        field: The path of the order in the request, for errors.
        **changes: Fields that differ from those of a link's order.

    Raises:
        SquareError: The order breaks a rule.
    """
    currency = find_currency(wanted["location_id"], f"{field}.location_id")
    lines = [_line(account, item, currency, f"{field}.line_items[{n}]") for n, item in enumerate(wanted["line_items"])]
    charges = _charges(account, shipping_fee, currency)
    shipping = sum(charge["total_money"]["amount"] for charge in charges)
    total = sum(line["total_money"]["amount"] for line in lines) + shipping
    if total < 1:
        raise SquareError("AMOUNT_TOO_LOW", "The total of the order must be at least 1.", f"{field}.line_items")
    if total > MAXIMUM:
        raise SquareError("AMOUNT_TOO_HIGH", f"Sandbox: the total must be at most {MAXIMUM}.", f"{field}.line_items")
    now, nothing = account.instant(), money(0, currency)
    order = {
        "id": account.fresh("order"),
        "location_id": wanted["location_id"],
        "reference_id": wanted.get("reference_id"),
        "customer_id": wanted.get("customer_id"),
        "source": {"name": wanted.get("source", {}).get("name", "Sandbox Application")},
        "ticket_name": wanted.get("ticket_name"),
        "line_items": lines,
        "service_charges": charges or None,
        "metadata": wanted.get("metadata"),
        "created_at": now,
        "updated_at": now,
        "state": "DRAFT",
        "version": 1,
        "total_money": money(total, currency),
        "total_tax_money": nothing,
        "total_discount_money": nothing,
        "total_tip_money": nothing,
        "total_service_charge_money": money(shipping, currency),
        "net_amounts": {
            "total_money": money(total, currency),
            "tax_money": nothing,
            "discount_money": nothing,
            "tip_money": nothing,
            "service_charge_money": money(shipping, currency),
        },
        "net_amount_due_money": money(total, currency),
        **changes,
    }
    emit_order(account, "order.created", account.save(ORDER, order))
    return order


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
        found = [order for order in found if _within(order.get(name), bounds, f"query.filter.date_time_filter.{name}")]
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


def _within(text: str | None, bounds: Json, field: str) -> bool:
    if text is None:
        return False
    moment = datetime.fromisoformat(text)
    try:
        start = datetime.fromisoformat(bounds["start_at"]) if "start_at" in bounds else moment
        end = datetime.fromisoformat(bounds["end_at"]) if "end_at" in bounds else moment
    except ValueError as error:
        raise SquareError("INVALID_TIME", "Must be an RFC 3339 timestamp.", field) from error
    return start <= moment <= end


def _line(account: Account, item: Json, currency: str, field: str) -> Json:
    if "name" not in item:
        raise missing(f"{field}.name")
    if "base_price_money" not in item:
        raise missing(f"{field}.base_price_money")
    price = item["base_price_money"]
    check_currency(price, currency, f"{field}.base_price_money")
    if int(item["quantity"]) < 1:
        raise SquareError("INVALID_VALUE", "The quantity must be greater than zero.", f"{field}.quantity")
    sum_money, nothing = money(price["amount"] * int(item["quantity"]), currency), money(0, currency)
    return {
        "uid": account.fresh("line"),
        "item_type": "ITEM",
        **item,
        "variation_total_price_money": sum_money,
        "gross_sales_money": sum_money,
        "total_tax_money": nothing,
        "total_discount_money": nothing,
        "total_money": sum_money,
        "total_service_charge_money": nothing,
    }


def _charges(account: Account, fee: Json | None, currency: str) -> list[Json]:
    if fee is None:
        return []
    check_currency(fee["charge"], currency, "checkout_options.shipping_fee.charge")
    return [
        {
            "uid": account.fresh("charge"),
            "name": fee["name"],
            "amount_money": fee["charge"],
            "applied_money": fee["charge"],
            "total_money": fee["charge"],
            "total_tax_money": money(0, currency),
            "calculation_phase": "SUBTOTAL_PHASE",
            "taxable": False,
            "type": "CUSTOM",
        }
    ]
