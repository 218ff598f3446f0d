"""The parameters of payment intents and payment methods (Stripe: API reference)."""

from lightning_cart_sandbox.schema import Boolean, Either, Fields, FieldType, Integer, OneOf, Text, unsupported
from lightning_cart_sandbox.stripe.catalog_parameters import ADDRESS
from lightning_cart_sandbox.stripe.field_types import (
    AUTOMATIC_METHODS,
    CAPTURE_METHOD,
    CURRENCY,
    DESCRIPTOR,
    EMAIL,
    EXPAND,
    FUTURE_USAGE,
    ID,
    METADATA,
    SHIPPING,
    URL,
)
from lightning_cart_sandbox.stripe.method_types import METHODS
from lightning_cart_sandbox.stripe.money import MAXIMUM
from lightning_cart_sandbox.stripe.parameters import listing
from lightning_cart_sandbox.stripe.unsettable import Unsettable

# What every one of create, update and confirm has at Stripe, without an effect here.
_UNSUPPORTED = (
    "allowed_payment_method_types amount_details excluded_payment_method_types hooks payment_details payment_method_data "
    "payment_method_options"
)
_INTENT: dict[str, FieldType] = {
    "amount": Integer(1, MAXIMUM),
    "capture_method": CAPTURE_METHOD,
    "currency": CURRENCY,
    "customer": ID,
    "description": Unsettable(Text(1000)),
    "expand": EXPAND,
    "metadata": METADATA,
    "payment_method": Unsettable(ID),
    "receipt_email": Unsettable(EMAIL),
    "setup_future_usage": Unsettable(FUTURE_USAGE),
    "shipping": Unsettable(SHIPPING),
    "statement_descriptor": DESCRIPTOR,
    "statement_descriptor_suffix": DESCRIPTOR,
    "transfer_group": Text(500),
    **unsupported(f"{_UNSUPPORTED} application_fee_amount customer_account payment_method_configuration transfer_data"),
}
_CONFIRMATION: dict[str, FieldType] = {
    "error_on_requires_action": Boolean(),
    "off_session": Either(Fields({}), Boolean()),
    "return_url": URL,
    "use_stripe_sdk": Boolean(),
    **unsupported("confirmation_token mandate mandate_data radar_options"),
}
CONFIRMING = tuple(name for name in _CONFIRMATION if name != "use_stripe_sdk")
"""The parameters that make sense only together with a confirmation."""

INTENT_CREATE = Fields(
    _INTENT
    | _CONFIRMATION
    | {
        "automatic_payment_methods": AUTOMATIC_METHODS,
        "confirm": Boolean(),
        "confirmation_method": OneOf(("automatic", "manual")),
        **unsupported("on_behalf_of"),
    },
    required=("amount", "currency"),
)
INTENT_UPDATE = Fields(_INTENT)
INTENT_CONFIRM = Fields(
    _CONFIRMATION
    | {
        name: _INTENT[name]
        for name in ("capture_method", "expand", "payment_method", "receipt_email", "setup_future_usage", "shipping")
    }
    | unsupported(f"{_UNSUPPORTED} amount_to_confirm")
)
INTENT_CAPTURE = Fields(
    {
        "amount_to_capture": Integer(1),
        "expand": EXPAND,
        "final_capture": OneOf(("true",), unsupported=("false",)),
        "metadata": METADATA,
        "statement_descriptor": DESCRIPTOR,
        "statement_descriptor_suffix": DESCRIPTOR,
        **unsupported("amount_details application_fee_amount hooks payment_details transfer_data"),
    }
)
INTENT_CANCEL = Fields(
    {
        "cancellation_reason": OneOf(("duplicate", "fraudulent", "requested_by_customer", "abandoned")),
        "expand": EXPAND,
    }
)
INTENT_RETRIEVE = Fields({"client_secret": Text(5000), "expand": EXPAND})
INTENT_LIST = listing(customer=ID, **unsupported("customer_account"))

_BILLING = Fields(
    {"address": ADDRESS, "email": EMAIL, "name": Text(5000), "phone": Text(50), **unsupported("tax_id")},
)
_OTHER_METHODS = tuple(name for name in METHODS if name != "card")
_METHOD: dict[str, FieldType] = {
    "billing_details": _BILLING,
    "expand": EXPAND,
    "metadata": METADATA,
    **unsupported("allow_redisplay us_bank_account"),
}
METHOD_CREATE = Fields(
    _METHOD
    | {
        "card": Fields({"token": Text(500), **unsupported("cvc exp_month exp_year networks number")}, required=("token",)),
        "type": OneOf(("card",), unsupported=_OTHER_METHODS),
        **unsupported(" ".join(("custom customer interac_present payment_method radar_options", *_OTHER_METHODS))),
    },
    required=("type",),
)
METHOD_UPDATE = Fields(_METHOD | unsupported("card"))
METHOD_ATTACH = Fields({"customer": ID, "expand": EXPAND, **unsupported("customer_account")}, required=("customer",))
METHOD_LIST = listing(customer=ID, type=Text(50), **unsupported("allow_redisplay customer_account"))
CUSTOMER_METHOD_LIST = listing(type=Text(50), **unsupported("allow_redisplay"))
