"""Patches of an order: its amount and some strings of a purchase unit (PayPal: update order; RFC 6902)."""

import re

from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.errors import problem, refusal, refused
from lightning_cart_sandbox.paypal.orders import current_order, normal_unit
from lightning_cart_sandbox.paypal.parameters import AMOUNT, CUSTOM_ID, DESCRIPTION, INVOICE_ID, SOFT_DESCRIPTOR
from lightning_cart_sandbox.paypal.rules import check_units
from lightning_cart_sandbox.paypal.schema import problems
from lightning_cart_sandbox.schema import FieldType
from lightning_cart_sandbox.types import Json

_PATH = re.compile(r"/purchase_units/@reference_id=='([^']+)'/([a-z_]+)")
_FIELDS: dict[str, FieldType] = {
    "amount": AMOUNT,
    "description": DESCRIPTION,
    "custom_id": CUSTOM_ID,
    "invoice_id": INVOICE_ID,
    "soft_descriptor": SOFT_DESCRIPTOR,
}


def patch_order(call: PayPalCall) -> None:
    """Apply patches to a created or approved order, all of them or none.

    Raises:
        PayPalError: The order cannot be patched now, or a patch is wrong.
    """
    account, identifier, patches = call.account, call.identifier, call.params
    order = current_order(account, identifier)
    if order["status"] not in {"CREATED", "APPROVED"}:
        raise refusal("ORDER_ALREADY_COMPLETED" if order["status"] == "COMPLETED" else "NOT_PATCHABLE", "/")
    for index, patch in enumerate(patches):
        _apply(order, patch, index)
    check_units(order["purchase_units"], order["_context"].get("shipping_preference", ""))
    order["purchase_units"] = [normal_unit(unit) for unit in order["purchase_units"]]
    order["update_time"] = account.timestamp()
    account.save("order", order)


def _apply(order: Json, patch: Json, index: int) -> None:
    matched = _PATH.fullmatch(patch["path"])
    if not matched:
        raise refusal("INVALID_JSON_POINTER_FORMAT", f"/{index}/path", patch["path"])
    reference, name = matched.groups()
    unit = next((one for one in order["purchase_units"] if one["reference_id"] == reference), None)
    if unit is None:
        raise refusal("REFERENCE_ID_NOT_FOUND", f"/{index}/path", patch["path"])
    if name not in _FIELDS or (name == "amount" and patch["op"] != "replace"):
        raise refusal("NOT_PATCHABLE", f"/{index}/path", patch["path"])
    if patch["op"] != "add" and name not in unit:
        raise refusal("INVALID_PATCH_OPERATION", f"/{index}/op", patch["op"])
    if patch["op"] == "remove":
        del unit[name]
        return
    if "value" not in patch:
        raise refused([problem("PATCH_VALUE_REQUIRED", f"/{index}/value")])
    if found := problems(_FIELDS[name], patch["value"], (index, "value")):
        raise refused(found)
    unit[name] = patch["value"]
