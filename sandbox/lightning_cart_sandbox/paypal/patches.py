"""Patches of an order: its intent, and what PayPal lets a shop change in a purchase unit (PayPal: update order; RFC 6902)."""

import re

from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.errors import PayPalError, problem, refusal, refused
from lightning_cart_sandbox.paypal.money import minor
from lightning_cart_sandbox.paypal.orders import current_order, normal_unit
from lightning_cart_sandbox.paypal.parameters import INTENT
from lightning_cart_sandbox.paypal.rules import check_units, unit_pointer
from lightning_cart_sandbox.paypal.schema import problems
from lightning_cart_sandbox.paypal.unit_parameters import SHIPPING, UNIT
from lightning_cart_sandbox.schema import FieldType
from lightning_cart_sandbox.types import Json

_PATH = re.compile(r"/purchase_units/@reference_id=='([^']+)'/(.+)")
_OPERATIONS = {
    "amount": "replace",
    "custom_id": "add replace remove",
    "description": "add replace remove",
    "invoice_id": "add replace remove",
    "items": "add replace remove",
    "soft_descriptor": "replace remove",
    **{f"shipping/{name}": "add replace" for name in SHIPPING},
}
"""The operations on each attribute of a purchase unit."""
_FIELDS: dict[str, FieldType] = {**UNIT.members, **{f"shipping/{name}": field for name, field in SHIPPING.items()}}
_NOT_IMITATED = re.compile(
    r"/payer(/.+)?|/application_context/client_configuration|/purchase_units"
    r"|/purchase_units/@reference_id=='[^']+'/(payee|payment_instruction|supplementary_data)(/.+)?"
)
_FIXED = {"reference_id", "id", "status", "payments"}
_UNSUPPORTED = "UNSUPPORTED_PATCH_PARAMETER_VALUE"
_INSTEAD = {
    "INVALID_ARRAY_MIN_ITEMS": "INVALID_PARAMETER_VALUE",
    "INVALID_COUNTRY_CODE": "INVALID_PARAMETER_VALUE",
    "MISSING_PICKUP_ADDRESS": _UNSUPPORTED,
    "MULTIPLE_ITEM_CATEGORIES": _UNSUPPORTED,
    "MULTIPLE_SHIPPING_ADDRESS_NOT_SUPPORTED": _UNSUPPORTED,
    "MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED": _UNSUPPORTED,
    "SHIPPING_ADDRESS_INVALID": _UNSUPPORTED,
    "SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT": _UNSUPPORTED,
    "UNSUPPORTED_SHIPPING_TYPE": _UNSUPPORTED,
}
"""For issues that PayPal documents for a new order only, the general ones that it documents for a patch."""


def patch_order(call: PayPalCall) -> None:
    """Apply patches to a created or approved order, all of them or none.

    Raises:
        PayPalError: The order cannot be patched now, or a patch is wrong.
    """
    account, identifier, patches = call.account, call.identifier, call.params
    order = current_order(account, identifier)
    if order["status"] not in {"CREATED", "APPROVED"}:
        raise refusal("ORDER_ALREADY_COMPLETED" if order["status"] == "COMPLETED" else "NOT_PATCHABLE", "/")
    before = _total(order)
    for index, patch in enumerate(patches):
        _apply(order, patch, index)
    units = order["purchase_units"]
    try:
        check_units(units, order["_context"].get("shipping_preference", ""))
    except PayPalError as error:
        raise refused([_as_of_patch(detail) for detail in error.details]) from error
    if order["status"] == "APPROVED" and order["_context"].get("user_action") == "PAY_NOW" and _total(order) > before:
        # The payer pressed a button with the total on it. With `CONTINUE`, PayPal lets a shop find the final amount later.
        value = units[0]["amount"]["value"]
        raise refusal("AMOUNT_CHANGE_NOT_ALLOWED", f"{unit_pointer(units[0], 0, len(units))}/amount/value", value)
    order["purchase_units"] = [normal_unit(unit) for unit in units]
    order["update_time"] = account.timestamp()
    account.save("order", order)


def path_of(patch: Json, index: int) -> str:
    """Return the path of a patch.

    Raises:
        PayPalError: It has none, or it is no JSON pointer.
    """
    if "path" not in patch:
        raise refusal("PATCH_PATH_REQUIRED", f"/{index}/path")
    path: str = patch["path"]
    if not path.startswith("/"):
        raise _wrong_pointer(path, index)
    return path


def check_patch(patch: Json, index: int, operations: str, field: FieldType, *, present: bool) -> None:
    """Check the operation and the value of a patch.

    Args:
        patch: The patch.
        index: Its position in the request.
        operations: The operations that its attribute allows, with spaces between.
        field: What its value may be.
        present: Whether the attribute has a value now.

    Raises:
        PayPalError: The operation is not possible, or the value is missing or wrong.
    """
    if patch["op"] not in operations.split() or (patch["op"] == "add") == present:
        raise refusal("INVALID_PATCH_OPERATION", f"/{index}/op", patch["op"])
    if patch["op"] == "remove":
        return
    if "value" not in patch:
        raise refused([problem("PATCH_VALUE_REQUIRED", f"/{index}/value")])
    if found := problems(field, patch["value"], (index, "value")):
        raise refused([_as_of_patch(detail) for detail in found])


def _apply(order: Json, patch: Json, index: int) -> None:
    path = path_of(patch, index)
    if path == "/intent":
        check_patch(patch, index, "replace", INTENT, present=True)
        return
    if _NOT_IMITATED.fullmatch(path):
        raise refusal("SANDBOX_NOT_IMITATED", f"/{index}/path", path)
    matched = _PATH.fullmatch(path)
    if not matched:
        raise _wrong_pointer(path, index)
    reference, name = matched.groups()
    unit = next((one for one in order["purchase_units"] if one["reference_id"] == reference), None)
    if unit is None:
        raise refusal("REFERENCE_ID_NOT_FOUND", f"/{index}/path", path)
    if name in _FIXED:
        raise refusal("NOT_PATCHABLE", f"/{index}/path", path)
    if name not in _OPERATIONS:
        raise _wrong_pointer(path, index)
    _apply_to_unit(unit, name, patch, index)


def _apply_to_unit(unit: Json, name: str, patch: Json, index: int) -> None:
    group, _, last = name.rpartition("/")
    holder = unit.get(group, {}) if group else unit
    check_patch(patch, index, _OPERATIONS[name], _FIELDS[name], present=last in holder)
    if patch["op"] == "remove":
        del holder[last]
    elif group:
        unit[group] = holder | {last: patch["value"]}
    else:
        unit[last] = patch["value"]


def _as_of_patch(detail: Json) -> Json:
    issue = detail["issue"]
    return problem(_INSTEAD[issue], detail["field"], detail.get("value")) if issue in _INSTEAD else detail


def _total(order: Json) -> int:
    return sum(minor(unit["amount"]) for unit in order["purchase_units"])


def _wrong_pointer(path: str, index: int) -> PayPalError:
    return refusal("INVALID_JSON_POINTER_FORMAT", f"/{index}/path", path)
