"""Updates of a paid order: its fulfillments move on until they are complete (Square: UpdateOrder).

Everything else of an order stays as it was paid.
"""

from lightning_cart_sandbox.square.account import ORDER, Account, SquareCall, public
from lightning_cart_sandbox.square.errors import SquareError, not_found, version_conflict
from lightning_cart_sandbox.square.events import emit_order
from lightning_cart_sandbox.square.fulfillments import details_name, full_recipient
from lightning_cart_sandbox.square.orders import change_order
from lightning_cart_sandbox.types import Json

_FINAL_STATES = ("COMPLETED", "CANCELED", "FAILED")
_TIMES = {
    "SHIPMENT": {"RESERVED": "in_progress_at", "PREPARED": "packaged_at", "COMPLETED": "shipped_at", "FAILED": "failed_at"},
    "PICKUP": {"RESERVED": "accepted_at", "PREPARED": "ready_at", "COMPLETED": "picked_up_at", "FAILED": "rejected_at"},
}
"""The field that says when a fulfillment reached a state. `CANCELED` has `canceled_at`, whatever the type."""


def update_order(call: SquareCall) -> Json:
    """Change the fulfillments of a paid order. The order is complete when all of them are.

    Raises:
        SquareError: The order is not open, its version is another, or a fulfillment cannot change in this way.
    """
    account, wanted = call.account, call.params["order"]
    order = account.get(ORDER, call.identifier)
    if order["state"] != "OPEN":
        raise SquareError("BAD_REQUEST", f"An order in the state {order['state']} cannot be updated.", "order")
    if wanted.get("location_id", order["location_id"]) != order["location_id"]:
        raise SquareError("LOCATION_MISMATCH", "The order belongs to another location.", "order.location_id")
    if wanted["version"] != order["version"]:
        raise version_conflict(order["version"], wanted["version"], "order.version")
    before = {one["uid"]: one for one in order.get("fulfillments") or []}
    after = dict(before)
    for n, change in enumerate(wanted["fulfillments"]):
        field = f"order.fulfillments[{n}]"
        if change["uid"] not in before:
            raise not_found("Fulfillment", change["uid"], f"{field}.uid")
        after[change["uid"]] = _changed(account, after[change["uid"]], change, field)
    moved = [
        {"fulfillment_uid": uid, "old_state": before[uid]["state"], "new_state": one["state"]}
        for uid, one in after.items()
        if before[uid]["state"] != one["state"]
    ]
    completed = all(one["state"] == "COMPLETED" for one in after.values())
    closing = {"state": "COMPLETED", "closed_at": account.instant()} if completed else {}
    change_order(account, order, fulfillments=list(after.values()), **closing)
    if moved:
        emit_order(account, "order.fulfillment.updated", order, fulfillment_update=moved)
    return {"order": public(order)}


def _changed(account: Account, fulfillment: Json, change: Json, field: str) -> Json:
    """Return a fulfillment after a change."""
    kind = fulfillment["type"]
    if fulfillment["state"] in _FINAL_STATES:
        raise SquareError("BAD_REQUEST", f"A fulfillment that is {fulfillment['state']} cannot be updated.", field)
    name = details_name(kind, change, field)
    details = _merged(fulfillment[name], change.get(name, {}))
    if "recipient" in change.get(name, {}):
        details["recipient"] = full_recipient(account, details["recipient"], f"{field}.{name}.recipient")
    state = str(change.get("state", fulfillment["state"]))
    time = "canceled_at" if state == "CANCELED" else _TIMES[kind].get(state)
    if time and state != fulfillment["state"]:
        details[time] = account.instant()
    return {**fulfillment, "state": state, name: details}


def _merged(before: Json, change: Json) -> Json:
    """Return an object with the members of a change; an object inside keeps what the change does not name."""
    inner = {name: _merged(before[name], value) for name, value in change.items() if isinstance(value, dict) and name in before}
    return {**before, **change, **inner}
