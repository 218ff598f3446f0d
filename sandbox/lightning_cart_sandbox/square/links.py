"""Payment links: each has one order, is paid once, and never expires (Square: Checkout API)."""

from lightning_cart_sandbox.square.account import LINK, ORDER, Account, SquareCall, paged, public
from lightning_cart_sandbox.square.errors import SquareError, missing, not_found, not_supported, version_conflict
from lightning_cart_sandbox.square.orders import change_order, new_order
from lightning_cart_sandbox.types import Json

_SLUG_CHARACTERS = 16


def create_link(call: SquareCall) -> Json:
    """Create an order and its payment link.

    Raises:
        SquareError: The parameters break a rule.
    """
    account, params = call.account, call.params
    if "order" in params and "quick_pay" in params:
        raise SquareError("CONFLICTING_PARAMETERS", "Only one of `order` and `quick_pay` may be set.", "quick_pay")
    options = params.get("checkout_options")
    if "order" in params:
        order = new_order(account, params["order"], options or {}, "order")
    elif "quick_pay" in params:
        order = _quick_order(account, params["quick_pay"], options or {})
    else:
        raise missing("order")
    slug = account.fresh("u")[-_SLUG_CHARACTERS:]
    link = {
        "id": account.fresh("plink"),
        "version": 1,
        "description": params.get("description"),
        "order_id": order["id"],
        "checkout_options": options,
        "pre_populated_data": params.get("pre_populated_data"),
        "url": account.url(f"/u/{slug}"),
        "long_url": account.url(f"/u/{slug}?src=sheet"),
        "created_at": account.instant(),
        "payment_note": params.get("payment_note"),
        "_slug": slug,
        "_deleted": False,
    }
    account.save(LINK, link)
    return {"payment_link": public(link), "related_resources": {"orders": [public(order)]}}


def _quick_order(account: Account, quick_pay: Json, options: Json) -> Json:
    line = {"name": quick_pay["name"], "quantity": "1", "base_price_money": quick_pay["price_money"]}
    try:
        return new_order(account, {"location_id": quick_pay["location_id"], "line_items": [line]}, options, "quick_pay")
    except SquareError as error:
        # The request has no order, so the error names its own field.
        field = (
            (error.field or "").replace("line_items[0].base_price_money", "price_money").replace("line_items", "price_money")
        )
        raise SquareError(error.code, error.detail, field, status=error.status, category=error.category) from error


def get_link(account: Account, identifier: str) -> Json:
    """Return a link that is not deleted."""
    link = account.get(LINK, identifier)
    if link["_deleted"]:
        raise not_found("Payment link", identifier)
    return link


def list_links(call: SquareCall) -> Json:
    """Return one page of links, newest first."""
    account, params = call.account, call.params
    return paged(account.store.find(LINK, _deleted=False), params, "payment_links")


def update_link(call: SquareCall) -> Json:
    """Change `description`, `checkout_options` (as a whole) or fields of `pre_populated_data`; the order cannot change.

    Raises:
        SquareError: `CONFLICT`, if `version` is not the current one.
    """
    account, identifier, params = call.account, call.identifier, call.params
    link, wanted = get_link(account, identifier), params["payment_link"]
    if wanted["version"] != link["version"]:
        raise version_conflict(link["version"], wanted["version"], "payment_link.version")
    if "checkout_options" in wanted:
        _check_options(link["checkout_options"] or {}, wanted["checkout_options"])
    if "pre_populated_data" in wanted:
        wanted = {**wanted, "pre_populated_data": (link["pre_populated_data"] or {}) | wanted["pre_populated_data"]}
    link.update(wanted, version=link["version"] + 1, updated_at=account.instant())
    return {"payment_link": public(account.save(LINK, link))}


def _check_options(before: Json, after: Json) -> None:
    """Raise if new options would change the order."""
    for name in ("shipping_fee", "ask_for_shipping_address"):
        if before.get(name) != after.get(name):
            raise not_supported(f"payment_link.checkout_options.{name}")


def delete_link(account: Account, identifier: str) -> Json:
    """Delete a link and cancel its order, unless the order is paid."""
    link = get_link(account, identifier)
    account.save(LINK, {**link, "_deleted": True})
    order = account.get(ORDER, link["order_id"])
    if order["state"] != "DRAFT":
        return {"id": identifier}
    change_order(account, order, state="CANCELED", closed_at=account.instant())
    return {"id": identifier, "cancelled_order_id": order["id"]}
