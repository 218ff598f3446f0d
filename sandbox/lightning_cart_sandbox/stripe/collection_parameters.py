"""What a payment page collects, as parameters of Checkout Sessions and Payment Links (Stripe: create a Checkout Session).

Also the switches that an account's default could turn on, so that a shop turns them off. The sandbox's account has no such
default; turning one on is refused, because nothing would happen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lightning_cart_sandbox.schema import (
    Boolean,
    Fields,
    FieldType,
    Integer,
    ListOf,
    OneOf,
    Path,
    Rule,
    Text,
    Violation,
    unsupported,
)
from lightning_cart_sandbox.stripe.countries import COUNTRIES
from lightning_cart_sandbox.stripe.field_types import (
    CURRENCY,
    ID,
    METADATA,
    TAX_BEHAVIOR,
)
from lightning_cart_sandbox.stripe.method_types import EXCLUDABLE_METHODS, LINK_METHODS, METHODS

MAX_TYPED = 255
"""The maximum number of characters in a custom field of type text or numeric (Stripe: custom fields)."""

_CODE = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class Off(Boolean):
    """A switch that may only be off: the sandbox does not imitate what it turns on."""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the type, and refuse `True`."""
        if value is True:
            yield Violation(Rule.UNSUPPORTED, path)
        yield from super().check(value, path)


def _code(max_length: int) -> Text:
    return Text(max_length, accepts=_CODE.fullmatch, message="Invalid string: must contain only letters and digits.")


_OFF = Fields({"enabled": Off(), **unsupported("liability")}, required=("enabled",))
_NO_INVOICE = Fields({"enabled": Off(), **unsupported("invoice_data")}, required=("enabled",))
_MESSAGE = Fields({"message": Text(1200)}, required=("message",))
CUSTOM_TEXT = Fields(
    dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"), _MESSAGE),
)
_TYPED = Fields(
    {
        "default_value": Text(MAX_TYPED),
        "maximum_length": Integer(1, MAX_TYPED),
        "minimum_length": Integer(1, MAX_TYPED),
    }
)
_OPTION = Fields({"label": Text(100), "value": _code(100)}, required=("label", "value"))
_CUSTOM_FIELD = Fields(
    {
        "key": _code(200),
        "label": Fields({"custom": Text(100), "type": OneOf(("custom",))}, required=("custom", "type")),
        "type": OneOf(("dropdown", "numeric", "text")),
        "optional": Boolean(),
        "dropdown": Fields({"default_value": Text(100), "options": ListOf(_OPTION, 200)}, required=("options",)),
        "numeric": _TYPED,
        "text": _TYPED,
    },
    required=("key", "label", "type"),
)
_CONSENT = Fields(
    {
        "payment_method_reuse_agreement": Fields({"position": OneOf(("auto", "hidden"))}, required=("position",)),
        "promotions": OneOf(("none",), unsupported=("auto",)),
        "terms_of_service": OneOf(("none", "required")),
    }
)
_NAME = Fields({"enabled": Boolean(), "optional": Boolean()}, required=("enabled",))

COLLECTIONS: dict[str, FieldType] = {
    "billing_address_collection": OneOf(("auto", "required")),
    "consent_collection": _CONSENT,
    "custom_fields": ListOf(_CUSTOM_FIELD, 3),
    "custom_text": CUSTOM_TEXT,
    "name_collection": Fields({"business": _NAME, "individual": _NAME}),
    "phone_number_collection": Fields({"enabled": Boolean()}, required=("enabled",)),
    "shipping_address_collection": Fields(
        {"allowed_countries": ListOf(OneOf(tuple(COUNTRIES)), len(COUNTRIES))}, required=("allowed_countries",)
    ),
    "submit_type": OneOf(("auto", "book", "donate", "pay", "subscribe")),
    "tax_id_collection": Fields({"enabled": Boolean(), "required": OneOf(("if_supported", "never"))}, required=("enabled",)),
}
"""What both sessions and links accept."""

_BOUND = Fields(
    {"unit": OneOf(("business_day", "day", "hour", "month", "week")), "value": Integer(1)}, required=("unit", "value")
)
RATE = Fields(
    {
        "delivery_estimate": Fields({"maximum": _BOUND, "minimum": _BOUND}),
        "display_name": Text(100),
        "fixed_amount": Fields(
            {"amount": Integer(0), "currency": CURRENCY, **unsupported("currency_options")},
            required=("amount", "currency"),
        ),
        "metadata": METADATA,
        "tax_behavior": TAX_BEHAVIOR,
        "tax_code": ID,
        "type": OneOf(("fixed_amount",)),
    },
    required=("display_name",),
)
MAX_SHIPPING_OPTIONS = 5
SESSION_COLLECTIONS: dict[str, FieldType] = COLLECTIONS | {
    "adaptive_pricing": Fields({"enabled": Off()}),
    "after_expiration": Fields({"recovery": Fields({"enabled": Off(), "allow_promotion_codes": Boolean()}, ("enabled",))}),
    "allowed_payment_method_types": ListOf(OneOf(METHODS), len(METHODS)),
    "automatic_tax": _OFF,
    "customer_update": Fields(dict.fromkeys(("address", "name", "shipping"), OneOf(("auto", "never")))),
    "excluded_payment_method_types": ListOf(OneOf(EXCLUDABLE_METHODS), len(METHODS)),
    "invoice_creation": _NO_INVOICE,
    "managed_payments": Fields({"enabled": Off()}),
    "saved_payment_method_options": Fields(
        {
            "allow_redisplay_filters": ListOf(OneOf(("always", "limited", "unspecified")), 3),
            "payment_method_remove": OneOf(("disabled",), unsupported=("enabled",)),
            "payment_method_save": OneOf(("disabled",), unsupported=("enabled",)),
        }
    ),
    "shipping_options": ListOf(Fields({"shipping_rate": ID, "shipping_rate_data": RATE}), MAX_SHIPPING_OPTIONS),
    "wallet_options": Fields({"link": Fields({"display": OneOf(("auto", "never"))})}),
}
LINK_COLLECTIONS: dict[str, FieldType] = COLLECTIONS | {
    "automatic_tax": _OFF,
    "invoice_creation": _NO_INVOICE,
    "managed_payments": Fields({"enabled": Off()}),
    "payment_method_types": ListOf(OneOf(LINK_METHODS), len(LINK_METHODS)),
    "shipping_options": ListOf(Fields({"shipping_rate": ID}), MAX_SHIPPING_OPTIONS),
}
