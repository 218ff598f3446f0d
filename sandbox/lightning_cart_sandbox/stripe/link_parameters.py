"""What the endpoints of Payment Links accept, as data (Stripe: create a payment link, version 2026-09-30.endive).

A link has no `success_url`, `cancel_url`, `expires_at`, `customer_email` or `client_reference_id`: they are unknown.
"""

from lightning_cart_sandbox.stripe.parameters import (
    ADJUSTABLE,
    CURRENCY,
    CUSTOM_TEXT,
    DESCRIPTOR,
    EXPAND,
    ID,
    NOT,
    PRICE_DATA,
    listing,
)
from lightning_cart_sandbox.stripe.schema import Boolean, Fields, FieldType, Integer, ListOf, Metadata, OneOf, Text, Url

_MOST_LINES = 20

_LINE_ITEM = Fields(
    {"price": ID, "price_data": PRICE_DATA, "quantity": Integer(least=1), "adjustable_quantity": ADJUSTABLE},
    required=("quantity",),
)
_AFTER_COMPLETION = Fields(
    {
        "type": OneOf(("hosted_confirmation", "redirect")),
        "redirect": Fields({"url": Url()}, required=("url",)),
        "hosted_confirmation": Fields({"custom_message": Text(500)}),
    },
    required=("type",),
)
_RESTRICTIONS = Fields(
    {"completed_sessions": Fields({"limit": Integer(least=1)}, required=("limit",))}, required=("completed_sessions",)
)
_PAYMENT_INTENT_DATA = Fields(
    {
        "description": Text(1000),
        "metadata": Metadata(),
        "setup_future_usage": OneOf(("on_session", "off_session")),
        "statement_descriptor": DESCRIPTOR,
        "statement_descriptor_suffix": DESCRIPTOR,
        "capture_method": OneOf(("automatic", "automatic_async")),
        "transfer_group": NOT,
    }
)
_SUBSCRIPTION_DATA = Fields(
    {
        "description": Text(500),
        "metadata": Metadata(),
        "invoice_settings": NOT,
        "trial_period_days": NOT,
        "trial_settings": NOT,
    }
)
# Known to the real API, but with an effect on money, on the page or on the answer that this sandbox has no copy of.
_NOT_IMITATED = (
    "application_fee_amount application_fee_percent automatic_tax billing_address_collection consent_collection "
    "custom_fields invoice_creation managed_payments name_collection on_behalf_of optional_items payment_method_options "
    "payment_method_types phone_number_collection shipping_address_collection shipping_options tax_id_collection "
    "transfer_data"
)
_ALWAYS_NOT: dict[str, FieldType] = dict.fromkeys(_NOT_IMITATED.split(), NOT)
_CHANGEABLE: dict[str, FieldType] = {
    "after_completion": _AFTER_COMPLETION,
    "inactive_message": Text(500),
    "metadata": Metadata(),
    "restrictions": _RESTRICTIONS,
    "expand": EXPAND,
}
_GIVEN_ONCE: dict[str, FieldType] = {
    "allow_promotion_codes": Boolean(),
    "custom_text": CUSTOM_TEXT,
    "customer_creation": OneOf(("always", "if_required")),
    "line_items": ListOf(_LINE_ITEM, _MOST_LINES),
    "payment_intent_data": _PAYMENT_INTENT_DATA,
    "payment_method_collection": OneOf(("always", "if_required")),
    "submit_type": OneOf(("auto", "book", "donate", "pay", "subscribe")),
    "subscription_data": _SUBSCRIPTION_DATA,
}

LINK_CREATE = Fields(_ALWAYS_NOT | _CHANGEABLE | _GIVEN_ONCE | {"currency": CURRENCY}, required=("line_items",))
LINK_UPDATE = Fields(_ALWAYS_NOT | dict.fromkeys(_GIVEN_ONCE, NOT) | _CHANGEABLE | {"active": Boolean()})
LINK_LIST = listing(active=Boolean())
