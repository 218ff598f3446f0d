"""What each endpoint accepts, as data (Stripe: API reference, version 2026-09-30.endive)."""

import re

from lightning_cart_sandbox.stripe.schema import (
    Boolean,
    Either,
    Email,
    Fields,
    FieldType,
    Integer,
    ListOf,
    Metadata,
    OneOf,
    Text,
    Unsupported,
    Url,
)

_LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru "
    "sk sl sv th tr vi zh zh-HK zh-TW"
)
_ENABLED = Fields({"enabled": Boolean()}, required=("enabled",))
NOT: FieldType = Unsupported()
ID = Text(5000)
CURRENCY = Text(3, (re.compile(r"[a-z]{3}").fullmatch, "Invalid currency: use the three-letter code in lower case."))
DESCRIPTOR = Text(
    22,
    (
        lambda text: text.isascii() and re.search("[A-Za-z]", text) and not re.search(r"[<>\\'\"*]", text),
        "The statement descriptor must contain at least one letter, only Latin characters and none of < > \\ ' \" *.",
    ),
)
EXPAND = ListOf(Text(500), 50)

_RECURRING = Fields(
    {"interval": OneOf(("day", "week", "month", "year")), "interval_count": Integer(least=1)}, required=("interval",)
)
_PRODUCT_DATA = Fields(
    {
        "name": Text(5000),
        "description": Text(40000),
        "images": ListOf(Url(), 8),
        "metadata": Metadata(),
        "tax_code": ID,
        "unit_label": Text(12),
    },
    required=("name",),
)
PRICE_DATA = Fields(
    {
        "currency": CURRENCY,
        "unit_amount": Integer(least=0),
        "unit_amount_decimal": NOT,
        "product": ID,
        "product_data": _PRODUCT_DATA,
        "recurring": _RECURRING,
        "tax_behavior": OneOf(("inclusive", "exclusive", "unspecified")),
    },
    required=("currency",),
)
ADJUSTABLE = Fields({"enabled": Boolean(), "minimum": Integer(0, 999999), "maximum": Integer(1, 999999)}, required=("enabled",))
_LINE_ITEM = Fields(
    {
        "price": ID,
        "price_data": PRICE_DATA,
        "quantity": Integer(least=1),
        "adjustable_quantity": ADJUSTABLE,
        "metadata": Metadata(),
        "tax_rates": NOT,
        "dynamic_tax_rates": NOT,
    }
)
_PAYMENT_INTENT_DATA = Fields(
    {
        "description": Text(1000),
        "metadata": Metadata(),
        "receipt_email": Email(),
        "setup_future_usage": OneOf(("on_session", "off_session")),
        "statement_descriptor": DESCRIPTOR,
        "statement_descriptor_suffix": DESCRIPTOR,
        "capture_method": OneOf(("automatic", "automatic_async")),
        "shipping": NOT,
        "application_fee_amount": NOT,
        "on_behalf_of": NOT,
        "transfer_data": NOT,
        "transfer_group": NOT,
    }
)
_SUBSCRIPTION_DATA = Fields(
    {
        "description": Text(500),
        "metadata": Metadata(),
        "trial_period_days": NOT,
        "trial_end": NOT,
        "trial_settings": NOT,
        "billing_cycle_anchor": NOT,
        "proration_behavior": NOT,
        "default_tax_rates": NOT,
        "application_fee_percent": NOT,
        "invoice_settings": NOT,
        "transfer_data": NOT,
        "on_behalf_of": NOT,
    }
)
_CUSTOM_MESSAGE = Fields({"message": Text(1200)}, required=("message",))
CUSTOM_TEXT = Fields(
    {
        "submit": _CUSTOM_MESSAGE,
        "after_submit": _CUSTOM_MESSAGE,
        "shipping_address": _CUSTOM_MESSAGE,
        "terms_of_service_acceptance": _CUSTOM_MESSAGE,
    }
)
# Known to the real API, but with an effect on money, on the page or on the answer that this sandbox has no copy of.
_SESSION_NOT_IMITATED = (
    "adaptive_pricing after_expiration allowed_payment_method_types automatic_tax billing_address_collection "
    "branding_settings consent_collection custom_fields customer_account customer_update excluded_payment_method_types "
    "invoice_creation managed_payments name_collection optional_items payment_method_configuration payment_method_data "
    "payment_method_options permissions phone_number_collection redirect_on_completion saved_payment_method_options "
    "setup_intent_data shipping_address_collection shipping_options tax_id_collection wallet_options"
)

_NOT_IMITATED: dict[str, FieldType] = dict.fromkeys(_SESSION_NOT_IMITATED.split(), NOT)

SESSION_CREATE = Fields(
    _NOT_IMITATED
    | {
        "allow_promotion_codes": Boolean(),
        "cancel_url": Url(),
        "client_reference_id": Text(200),
        "currency": CURRENCY,
        "custom_text": CUSTOM_TEXT,
        "customer": ID,
        "customer_creation": OneOf(("always", "if_required")),
        "customer_email": Email(),
        "discounts": ListOf(Fields({"coupon": ID, "promotion_code": ID}), 1),
        "expand": EXPAND,
        "expires_at": Integer(),
        "integration_identifier": Text(200),
        "line_items": ListOf(_LINE_ITEM, 100),
        "locale": OneOf(tuple(_LOCALES.split())),
        "metadata": Metadata(),
        "mode": OneOf(("payment", "subscription", "setup")),
        "origin_context": OneOf(("web", "mobile_app")),
        "payment_intent_data": _PAYMENT_INTENT_DATA,
        "payment_method_collection": OneOf(("always", "if_required")),
        "return_url": Url(),
        "submit_type": OneOf(("auto", "book", "donate", "pay", "subscribe")),
        "subscription_data": _SUBSCRIPTION_DATA,
        "success_url": Url(),
        "ui_mode": OneOf(("hosted_page", "embedded_page", "elements", "form")),
    },
    required=("mode",),
)
SESSION_UPDATE = Fields({"metadata": Metadata(), "expand": EXPAND, "collected_information": NOT, "shipping_options": NOT})

_RANGE = Either(Fields(dict.fromkeys(("gt", "gte", "lt", "lte"), Integer())), Integer())


def listing(**filters: FieldType) -> Fields:
    """Return what a list accepts: paging, and these filters."""
    paging: dict[str, FieldType] = {
        "limit": Integer(1, 100),
        "starting_after": ID,
        "ending_before": ID,
        "created": _RANGE,
        "expand": EXPAND,
    }
    return Fields(paging | filters)


RETRIEVE = Fields({"expand": EXPAND})
LINE_ITEMS = Fields({"limit": Integer(1, 100), "starting_after": ID, "ending_before": ID, "expand": EXPAND})
SESSION_LIST = listing(
    payment_intent=ID,
    subscription=ID,
    payment_link=ID,
    customer=ID,
    status=OneOf(("open", "complete", "expired")),
    customer_details=Fields({"email": Email()}, required=("email",)),
)
PAYMENT_INTENT_LIST = listing(customer=ID)
CHARGE_LIST = listing(customer=ID, payment_intent=ID)
REFUND_LIST = listing(charge=ID, payment_intent=ID)
BALANCE_TRANSACTION_LIST = listing(currency=CURRENCY, source=ID, type=Text(100))
EVENT_LIST = listing(type=Text(100), types=ListOf(Text(100), 20), delivery_success=Boolean())
DISPUTE_LIST = listing(charge=ID, payment_intent=ID)
SUBSCRIPTION_LIST = listing(customer=ID, status=Text(30))
INVOICE_LIST = listing(customer=ID, subscription=ID, status=Text(30))
INVOICE_PAYMENT_LIST = listing(
    invoice=ID,
    status=OneOf(("canceled", "open", "paid")),
    payment=Fields(
        {"type": OneOf(("payment_intent", "payment_record")), "payment_intent": ID, "payment_record": NOT}, required=("type",)
    ),
)
PLAIN_LIST = listing()

REFUND_CREATE = Fields(
    {
        "amount": Integer(least=1),
        "charge": ID,
        "payment_intent": ID,
        "reason": OneOf(("duplicate", "fraudulent", "requested_by_customer")),
        "metadata": Metadata(),
        "expand": EXPAND,
        **dict.fromkeys(
            ("instructions_email", "origin", "customer", "currency", "refund_application_fee", "reverse_transfer"), NOT
        ),
    }
)
SUBSCRIPTION_UPDATE = Fields({"cancel_at_period_end": Boolean(), "metadata": Metadata(), "expand": EXPAND})
SUBSCRIPTION_CANCEL = Fields({"invoice_now": Boolean(), "prorate": Boolean(), "cancellation_details": NOT, "expand": EXPAND})
_EVENT_TYPE = Text(100, (re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)+").fullmatch, "Invalid event type."))
_VERSION = Text(40, (re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?").fullmatch, "Invalid Stripe API version."))
ENDPOINT_CREATE = Fields(
    {
        "url": Url(),
        "enabled_events": ListOf(_EVENT_TYPE, 500),
        "api_version": _VERSION,
        "description": Text(5000),
        "metadata": Metadata(),
        "connect": NOT,
        "expand": EXPAND,
    },
    required=("url", "enabled_events"),
)
ENDPOINT_UPDATE = Fields(
    {
        "url": Url(),
        "enabled_events": ListOf(_EVENT_TYPE, 500),
        "description": Text(5000),
        "metadata": Metadata(),
        "disabled": Boolean(),
        "expand": EXPAND,
    }
)
NOTHING = Fields({})
