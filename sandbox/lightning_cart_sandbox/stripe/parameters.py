"""The parameters of each endpoint (Stripe: API reference, version 2026-09-30.endive)."""

import re

from lightning_cart_sandbox.schema import (
    Boolean,
    Either,
    Fields,
    FieldType,
    Integer,
    ListOf,
    OneOf,
    Text,
    unsupported,
)
from lightning_cart_sandbox.stripe.collection_parameters import SESSION_COLLECTIONS
from lightning_cart_sandbox.stripe.field_types import (
    CAPTURE_METHOD,
    CURRENCY,
    DESCRIPTOR,
    EMAIL,
    EXPAND,
    FUTURE_USAGE,
    ID,
    INTERVAL,
    METADATA,
    SHIPPING,
    TAX_BEHAVIOR,
    URL,
)
from lightning_cart_sandbox.stripe.versions import is_version

_LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru "
    "sk sl sv th tr vi zh zh-HK zh-TW"
)

_RECURRING = Fields({"interval": INTERVAL, "interval_count": Integer(1)}, required=("interval",))
_PRODUCT_DATA = Fields(
    {
        "name": Text(5000),
        "description": Text(40000),
        "images": ListOf(URL, 8),
        "metadata": METADATA,
        "tax_code": ID,
        "unit_label": Text(12),
        **unsupported("tax_details"),
    },
    required=("name",),
)
PRICE_DATA = Fields(
    {
        "currency": CURRENCY,
        "unit_amount": Integer(0),
        **unsupported("unit_amount_decimal"),
        "product": ID,
        "product_data": _PRODUCT_DATA,
        "recurring": _RECURRING,
        "tax_behavior": TAX_BEHAVIOR,
    },
    required=("currency",),
)
ADJUSTABLE = Fields({"enabled": Boolean(), "minimum": Integer(0, 999999), "maximum": Integer(1, 999999)}, required=("enabled",))
_LINE_ITEM = Fields(
    {
        "price": ID,
        "price_data": PRICE_DATA,
        "quantity": Integer(1),
        "adjustable_quantity": ADJUSTABLE,
        "metadata": METADATA,
        **unsupported("tax_rates dynamic_tax_rates"),
    }
)
_PAYMENT_INTENT_DATA = Fields(
    {
        "description": Text(1000),
        "metadata": METADATA,
        "receipt_email": EMAIL,
        "setup_future_usage": FUTURE_USAGE,
        "statement_descriptor": DESCRIPTOR,
        "statement_descriptor_suffix": DESCRIPTOR,
        "capture_method": CAPTURE_METHOD,
        "shipping": SHIPPING,
        **unsupported("application_fee_amount on_behalf_of transfer_data transfer_group"),
    }
)
_SUBSCRIPTION_DATA = Fields(
    {
        "description": Text(500),
        "metadata": METADATA,
        **unsupported(
            "trial_period_days trial_end trial_settings billing_cycle_anchor proration_behavior "
            "default_tax_rates application_fee_percent invoice_settings transfer_data on_behalf_of billing_cycle_anchor_config "
            "billing_mode pending_invoice_item_interval"
        ),
    }
)
# These have an effect on money, on the page or on the response.
_UNSUPPORTED = unsupported(
    "branding_settings customer_account optional_items payment_method_configuration payment_method_data "
    "payment_method_options permissions redirect_on_completion setup_intent_data"
)

SESSION_CREATE = Fields(
    _UNSUPPORTED
    | SESSION_COLLECTIONS
    | {
        "allow_promotion_codes": Boolean(),
        "cancel_url": URL,
        "client_reference_id": Text(200),
        "currency": CURRENCY,
        "customer": ID,
        "customer_creation": OneOf(("always", "if_required")),
        "customer_email": EMAIL,
        "discounts": ListOf(Fields({"coupon": ID, "promotion_code": ID}), 1),
        "expand": EXPAND,
        "expires_at": Integer(),
        "integration_identifier": Text(200),
        "line_items": ListOf(_LINE_ITEM, 100),
        "locale": OneOf(tuple(_LOCALES.split())),
        "metadata": METADATA,
        "mode": OneOf(("payment", "subscription", "setup")),
        "origin_context": OneOf(("web", "mobile_app")),
        "payment_intent_data": _PAYMENT_INTENT_DATA,
        "payment_method_collection": OneOf(("always", "if_required")),
        "return_url": URL,
        "subscription_data": _SUBSCRIPTION_DATA,
        "success_url": URL,
        "ui_mode": OneOf(("hosted_page", "embedded_page", "elements", "form")),
    },
    required=("mode",),
)
SESSION_UPDATE = Fields(
    {
        "metadata": METADATA,
        "expand": EXPAND,
        **unsupported("collected_information line_items payment_intent_data shipping_options"),
    }
)

_RANGE = Either(Fields(dict.fromkeys(("gt", "gte", "lt", "lte"), Integer())), Integer())


def listing(**filters: FieldType) -> Fields:
    """Return the parameters of a list: paging, and filters."""
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
    customer_details=Fields({"email": EMAIL}, required=("email",)),
    **unsupported("customer_account"),
)
CHARGE_LIST = listing(customer=ID, payment_intent=ID, transfer_group=Text(500))
REFUND_LIST = listing(charge=ID, payment_intent=ID)
BALANCE_TRANSACTION_LIST = listing(currency=CURRENCY, source=ID, type=Text(100), **unsupported("payout"))
EVENT_LIST = listing(type=Text(100), types=ListOf(Text(100), 20), delivery_success=Boolean())
DISPUTE_LIST = listing(charge=ID, payment_intent=ID)
_SUBSCRIPTION_STATUSES = "active all canceled ended incomplete incomplete_expired past_due paused trialing unpaid"
SUBSCRIPTION_LIST = listing(
    customer=ID,
    status=OneOf(tuple(_SUBSCRIPTION_STATUSES.split())),
    **unsupported(
        "automatic_tax collection_method current_period_end current_period_start customer_account plan price test_clock"
    ),
)
INVOICE_LIST = listing(
    customer=ID,
    subscription=ID,
    status=OneOf(("draft", "open", "paid", "uncollectible", "void")),
    **unsupported("collection_method customer_account due_date"),
)
INVOICE_PAYMENT_LIST = listing(
    invoice=ID,
    status=OneOf(("canceled", "open", "paid")),
    payment=Fields(
        {
            "type": OneOf(("payment_intent", "payment_record")),
            "payment_intent": ID,
            **unsupported("payment_record"),
        },
        required=("type",),
    ),
)
PLAIN_LIST = listing()

REFUND_CREATE = Fields(
    {
        "amount": Integer(1),
        "charge": ID,
        "payment_intent": ID,
        "reason": OneOf(("duplicate", "fraudulent", "requested_by_customer")),
        "metadata": METADATA,
        "expand": EXPAND,
        **unsupported("instructions_email origin customer currency refund_application_fee reverse_transfer"),
    }
)
SUBSCRIPTION_UPDATE = Fields(
    {
        "cancel_at_period_end": Boolean(),
        "metadata": METADATA,
        "expand": EXPAND,
        **unsupported(
            "add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor billing_schedules billing_thresholds "
            "cancel_at cancellation_details collection_method days_until_due default_payment_method default_source "
            "default_tax_rates description discounts invoice_settings items off_session on_behalf_of pause_collection "
            "payment_behavior payment_settings pending_invoice_item_interval proration_behavior proration_date transfer_data "
            "trial_end trial_from_plan trial_settings"
        ),
    }
)
SUBSCRIPTION_CANCEL = Fields(
    {"invoice_now": Boolean(), "prorate": Boolean(), "expand": EXPAND, **unsupported("cancellation_details")}
)
_EVENT_TYPE = Text(100, accepts=re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)+").fullmatch, message="Invalid event type.")
_VERSION = Text(40, accepts=is_version, message="Invalid Stripe API version.")
ENDPOINT_CREATE = Fields(
    {
        "url": URL,
        "enabled_events": ListOf(_EVENT_TYPE, 500),
        "api_version": _VERSION,
        "description": Text(5000),
        "metadata": METADATA,
        **unsupported("connect"),
        "expand": EXPAND,
    },
    required=("url", "enabled_events"),
)
ENDPOINT_UPDATE = Fields(
    {
        "url": URL,
        "enabled_events": ListOf(_EVENT_TYPE, 500),
        "description": Text(5000),
        "metadata": METADATA,
        "disabled": Boolean(),
        "expand": EXPAND,
    }
)
NOTHING = Fields({})
