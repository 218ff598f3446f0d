"""Stripe's objects, each with every name that Stripe always sends: one table for each object has the values of an unused one.

A name that Stripe leaves out until it has a value, such as a refund's `failure_reason`, is in no table. Whoever sets it adds
it. The tables are those of version 2026-09-30.endive (Stripe: API reference).
"""

from collections.abc import Sequence
from copy import deepcopy

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.objects.billing import BILLING, BILLING_PARTS
from lightning_cart_sandbox.stripe.objects.catalog import CATALOG
from lightning_cart_sandbox.stripe.objects.checkout import CHECKOUT, CHECKOUT_PARTS
from lightning_cart_sandbox.stripe.objects.payments import PAYMENT_PARTS, PAYMENTS
from lightning_cart_sandbox.stripe.objects.webhooks import WEBHOOKS
from lightning_cart_sandbox.types import Json

__all__ = ["OBJECTS", "PARTS", "new_list", "new_object", "new_part"]

OBJECTS: dict[str, Json] = {**BILLING, **CATALOG, **CHECKOUT, **PAYMENTS, **WEBHOOKS}
"""The values of an unused object, by the object's name."""
PARTS: dict[str, Json] = {**BILLING_PARTS, **CHECKOUT_PARTS, **PAYMENT_PARTS}
"""The values of an unused object within an object."""


def new_object(kind: str, **values: object) -> Json:
    """Return an object; it is not saved.

    Args:
        kind: The object's name, such as `"refund"`.
        **values: The values that differ from the object's table, with its `id` and, if it has one, `created`. Names that begin
            with `_` are the sandbox's own.
    """
    names = deepcopy(OBJECTS[kind]) | values
    return {"id": names.pop("id"), "object": kind, **dict(sorted(names.items()))}


def new_list(url: str, data: Sequence[Json], *, has_more: bool = False) -> Json:
    """Return a list object.

    Args:
        url: The list's path.
        data: The objects, with or without private fields.
        has_more: Whether there are more on the next page.
    """
    return {"object": "list", "data": [public(item) for item in data], "has_more": has_more, "url": url}


def new_part(kind: str, **values: object) -> Json:
    """Return an object that is part of another, such as `"address"` or `"customer_details"`."""
    return deepcopy(PARTS[kind]) | values
