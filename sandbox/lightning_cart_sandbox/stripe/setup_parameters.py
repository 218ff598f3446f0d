"""The parameters of setup intents (Stripe: API reference)."""

from lightning_cart_sandbox.schema import Boolean, Fields, FieldType, OneOf, Text, unsupported
from lightning_cart_sandbox.stripe.field_types import (
    AUTOMATIC_METHODS,
    EXPAND,
    FUTURE_USAGE,
    ID,
    METADATA,
    URL,
)
from lightning_cart_sandbox.stripe.parameters import listing

_UNSUPPORTED = "allowed_payment_method_types payment_method_data payment_method_options"
_SETUP: dict[str, FieldType] = {
    "customer": ID,
    "description": Text(1000),
    "expand": EXPAND,
    "metadata": METADATA,
    "payment_method": ID,
    **unsupported(
        f"{_UNSUPPORTED} attach_to_self customer_account excluded_payment_method_types flow_directions "
        "payment_method_configuration"
    ),
}
_CONFIRMATION: dict[str, FieldType] = {
    "return_url": URL,
    "use_stripe_sdk": Boolean(),
    **unsupported("confirmation_token mandate_data"),
}

SETUP_CREATE = Fields(
    _SETUP
    | _CONFIRMATION
    | {
        "automatic_payment_methods": AUTOMATIC_METHODS,
        "confirm": Boolean(),
        "usage": FUTURE_USAGE,
        **unsupported("on_behalf_of single_use"),
    }
)
SETUP_UPDATE = Fields(_SETUP)
SETUP_CONFIRM = Fields(_CONFIRMATION | {"expand": EXPAND, "payment_method": ID} | unsupported(_UNSUPPORTED))
SETUP_CANCEL = Fields({"cancellation_reason": OneOf(("abandoned", "duplicate", "requested_by_customer")), "expand": EXPAND})
SETUP_RETRIEVE = Fields({"client_secret": Text(5000), "expand": EXPAND})
SETUP_LIST = listing(customer=ID, payment_method=ID, **unsupported("attach_to_self customer_account"))
