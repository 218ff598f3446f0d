"""The parameters of shipping rates (Stripe: API reference, version 2026-09-30.endive)."""

from lightning_cart_sandbox.schema import Boolean, Fields, unsupported
from lightning_cart_sandbox.stripe.collection_parameters import RATE
from lightning_cart_sandbox.stripe.field_types import (
    CURRENCY,
    EXPAND,
    METADATA,
    TAX_BEHAVIOR,
)
from lightning_cart_sandbox.stripe.parameters import listing

RATE_CREATE = Fields({**RATE.members, "expand": EXPAND}, RATE.required)
RATE_UPDATE = Fields(
    {
        "active": Boolean(),
        "expand": EXPAND,
        "metadata": METADATA,
        "tax_behavior": TAX_BEHAVIOR,
        **unsupported("fixed_amount"),
    }
)
RATE_LIST = listing(active=Boolean(), currency=CURRENCY)
