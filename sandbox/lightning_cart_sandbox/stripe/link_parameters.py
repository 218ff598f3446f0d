"""What the endpoints of Payment Links accept, as data (Stripe: create a payment link, version 2026-09-30.endive).

A link has no `success_url`, `cancel_url`, `expires_at`, `customer_email` or `client_reference_id`.
"""

from lightning_cart_sandbox.schema import Boolean, Fields, FieldType, Integer, ListOf, OneOf, Text, Unsupported, unsupported
from lightning_cart_sandbox.stripe.collection_parameters import LINK_COLLECTIONS
from lightning_cart_sandbox.stripe.field_types import (
    CAPTURE_METHOD,
    CURRENCY,
    DESCRIPTOR,
    EXPAND,
    FUTURE_USAGE,
    ID,
    METADATA,
    URL,
)
from lightning_cart_sandbox.stripe.link_changes import CHANGEABLE
from lightning_cart_sandbox.stripe.parameters import ADJUSTABLE, PRICE_DATA, listing
from lightning_cart_sandbox.stripe.unsettable import Unsettable

_MAX_LINES = 20

_LINE_ITEM = Fields(
    {"price": ID, "price_data": PRICE_DATA, "quantity": Integer(1), "adjustable_quantity": ADJUSTABLE},
    required=("quantity",),
)
_AFTER_COMPLETION = Fields(
    {
        "type": OneOf(("hosted_confirmation", "redirect")),
        "redirect": Fields({"url": URL}, required=("url",)),
        "hosted_confirmation": Fields({"custom_message": Text(500)}),
    },
    required=("type",),
)
_RESTRICTIONS = Fields(
    {"completed_sessions": Fields({"limit": Integer(1)}, required=("limit",))}, required=("completed_sessions",)
)
_PAYMENT_INTENT_DATA = Fields(
    {
        "description": Text(1000),
        "metadata": METADATA,
        "setup_future_usage": FUTURE_USAGE,
        "statement_descriptor": DESCRIPTOR,
        "statement_descriptor_suffix": DESCRIPTOR,
        "capture_method": CAPTURE_METHOD,
        **unsupported("transfer_group"),
    }
)
_SUBSCRIPTION_DATA = Fields(
    {
        "description": Text(500),
        "metadata": METADATA,
        **unsupported("invoice_settings trial_period_days trial_settings"),
    }
)
# These have an effect on money, on the page or on the response.
_UNSUPPORTED = unsupported(
    "application_fee_amount application_fee_percent on_behalf_of optional_items payment_method_options transfer_data"
)
_CHANGEABLE: dict[str, FieldType] = {
    "after_completion": _AFTER_COMPLETION,
    "inactive_message": Text(500),
    "metadata": METADATA,
    "restrictions": _RESTRICTIONS,
    "expand": EXPAND,
}
_FIXED: dict[str, FieldType] = LINK_COLLECTIONS | {
    "allow_promotion_codes": Boolean(),
    "customer_creation": OneOf(("always", "if_required")),
    "line_items": ListOf(_LINE_ITEM, _MAX_LINES),
    "payment_intent_data": _PAYMENT_INTENT_DATA,
    "payment_method_collection": OneOf(("always", "if_required")),
    "subscription_data": _SUBSCRIPTION_DATA,
}

LINK_CREATE = Fields(_UNSUPPORTED | _CHANGEABLE | _FIXED | {"currency": CURRENCY}, required=("line_items",))
_UNSETTABLE = (
    "custom_fields",
    "inactive_message",
    "name_collection",
    "payment_method_types",
    "restrictions",
    "shipping_address_collection",
    "shipping_options",
)
_UPDATE = _CHANGEABLE | {name: field for name, field in _FIXED.items() if name in CHANGEABLE} | {"active": Boolean()}
LINK_UPDATE = Fields(
    _UNSUPPORTED
    | dict.fromkeys(_FIXED, Unsupported())
    | {name: Unsettable(field) if name in _UNSETTABLE else field for name, field in _UPDATE.items()}
)
LINK_LIST = listing(active=Boolean())
