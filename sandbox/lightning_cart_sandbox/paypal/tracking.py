"""Shipments of a captured order, each with a tracking number (PayPal: Orders v2, track and trackers)."""

from urllib.parse import quote

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.errors import problem, refusal, refused
from lightning_cart_sandbox.paypal.orders import current_order, order_view
from lightning_cart_sandbox.paypal.outcomes import Repeated
from lightning_cart_sandbox.paypal.patches import check_patch, path_of
from lightning_cart_sandbox.paypal.tracking_parameters import ITEMS, NOTIFY_PAYER, OTHER_CARRIER
from lightning_cart_sandbox.schema import FieldType, OneOf
from lightning_cart_sandbox.types import Json

_SHOWN, _SHOWN_UNIT = ("id", "status", "purchase_units", "links"), ("reference_id", "items", "shipping")
_PATCHES: dict[str, tuple[str, FieldType]] = {
    "/items": ("replace", ITEMS),
    "/notify_payer": ("add replace", NOTIFY_PAYER),
    "/status": ("replace", OneOf(("CANCELLED",))),
}


def track_order(call: PayPalCall) -> Json | Repeated:
    """Add a shipment to an order; return the order.

    The same tracking number for the same capture is a repeat and adds nothing.

    Raises:
        PayPalError: The capture cannot be tracked, or the parameters contradict each other.
    """
    account, params = call.account, call.params
    order = current_order(account, call.identifier)
    _check_carrier(params)
    _check_capture(account, order, params["capture_id"])
    _check_skus(order, params.get("items", []), "/items")
    # The id is this sandbox's form of it. It is quoted, since a slash in it could not be addressed.
    identifier = f"{params['capture_id']}-{quote(params.get('tracking_number', 'NOTRACKER'), safe='')}"
    if account.store.get("paypal.tracker", identifier) is not None:
        return Repeated(order)
    path = f"/v2/checkout/orders/{order['id']}"
    tracker = {
        "id": identifier,
        "status": "SHIPPED",
        **({"items": params["items"]} if "items" in params else {}),
        "links": [
            account.link(path, "up"),
            account.link(f"{path}/trackers/{quote(identifier, safe='')}", "update", "PATCH"),
        ],
        "create_time": account.timestamp(),
        "update_time": account.timestamp(),
        "_order": order["id"],
        "_carrier": params.get("carrier_name_other", params.get("carrier", "")),
        "_number": params.get("tracking_number", ""),
        "_notify_payer": params.get("notify_payer", False),
    }
    account.save("tracker", tracker)
    return order


def patch_tracker(call: PayPalCall) -> None:
    """Apply patches to a shipment, all of them or none.

    Raises:
        PayPalError: There is no such shipment, or a patch is wrong.
    """
    account = call.account
    order_id, _, tracker_id = call.identifier.partition("/")
    order = current_order(account, order_id)
    tracker = account.store.get("paypal.tracker", tracker_id)
    if tracker is None or tracker["_order"] != order["id"]:
        raise refusal("TRACKER_ID_NOT_FOUND", "tracker_id", tracker_id, location="path")
    for index, patch in enumerate(call.params):
        path = path_of(patch, index)
        if path not in _PATCHES:
            raise refusal("FIELD_NOT_PATCHABLE", f"/{index}/path", path)
        check_patch(patch, index, *_PATCHES[path], present=patch["op"] != "add")
        if path == "/items":
            _check_skus(order, patch["value"], f"/{index}/value")
        tracker["_notify_payer" if path == "/notify_payer" else path[1:]] = patch["value"]
    account.save("tracker", {**tracker, "update_time": account.timestamp()})


def tracked_view(account: Account, order: Json, /, *, full: bool) -> Json:
    """Return an order as the response to a new shipment shows it: items and trackers."""
    del full
    view = order_view(account, order, full=True)
    units = [{name: unit[name] for name in _SHOWN_UNIT if name in unit} for unit in view["purchase_units"]]
    return {name: view[name] for name in _SHOWN} | {"purchase_units": units}


def _check_carrier(params: Json) -> None:
    other, pointer = params.get("carrier") == OTHER_CARRIER, "/carrier_name_other"
    if other and "carrier_name_other" not in params:
        raise refused([problem("MISSING_REQUIRED_PARAMETER", pointer)])
    if "carrier_name_other" in params and not other:
        raise refusal("INVALID_PARAMETER_VALUE", pointer, params["carrier_name_other"])


def _check_capture(account: Account, order: Json, capture_id: str) -> None:
    capture = account.store.get("paypal.capture", capture_id)
    if capture is None or capture["_order"] != order["id"]:
        raise refusal("CAPTURE_ID_NOT_FOUND", "/capture_id", capture_id)
    if len(order["purchase_units"]) > 1:
        raise refusal("MSP_NOT_SUPPORTED")
    if capture["status"] != "COMPLETED":
        raise refusal("CAPTURE_STATUS_NOT_VALID", "/capture_id", capture_id)


def _check_skus(order: Json, items: list[Json], pointer: str) -> None:
    known = {item.get("sku") for unit in order["purchase_units"] for item in unit.get("items", [])}
    for index, item in enumerate(items):
        if "sku" in item and item["sku"] not in known:
            raise refusal("ITEM_SKU_MISMATCH", f"{pointer}/{index}/sku", item["sku"])
