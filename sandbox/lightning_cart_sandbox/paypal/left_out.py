"""Ids that webhooks leave out, so that a shop can be tested without them. PayPal does not promise any of them."""

from collections.abc import Set as AbstractSet

from lightning_cart_sandbox.types import Json

CHOICES = frozenset({"order_id", "up", "custom_id"})
"""The order's id in `supplementary_data`, the link `up` to the parent object, and the shop's own reference."""


def leave_out(resource: Json, names: AbstractSet[str]) -> Json:
    """Return the resource of an event without some ids, at any depth.

    Args:
        resource: The object of the event.
        names: Some of `CHOICES`.
    """
    shown: Json = {}
    for key, value in resource.items():
        if key == "supplementary_data" and "order_id" in names:
            continue
        if key in {"custom_id", "custom"} and "custom_id" in names:
            continue
        shown[key] = _leave_out(value, names)
    return shown


def _leave_out(value: object, names: AbstractSet[str]) -> object:
    if isinstance(value, dict):
        return leave_out(value, names)
    if isinstance(value, list):
        hidden = {"up"} & names
        return [_leave_out(one, names) for one in value if not (isinstance(one, dict) and one.get("rel") in hidden)]
    return value
