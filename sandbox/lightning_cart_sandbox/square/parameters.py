"""The parameters of each endpoint (Square: Checkout API, Orders API, Refunds API, version 2026-09-16)."""

import re

from lightning_cart_sandbox.schema import (
    Boolean,
    Fields,
    FieldType,
    Integer,
    ListOf,
    Metadata,
    OneOf,
    ReadOnly,
    Text,
    is_email,
    is_web_url,
    unsupported,
)

MAX_EMAIL = 256
_MAX_AMOUNT = 2**53 - 1
_MAX_LINES = 500
_NO_EFFECT: tuple[object, ...] = (False, "", [], {})
_METADATA = Metadata(max_entries=10, max_key=60, max_value=255, key_format="[A-Za-z0-9_-]+")
_ID = Text(192)
_URL = Text(2048, accepts=is_web_url, message=("INVALID_VALUE", "Must be an absolute http or https URL."))
_EMAIL = Text(
    MAX_EMAIL,
    accepts=lambda text: is_email(text, MAX_EMAIL),
    message=("INVALID_EMAIL_ADDRESS", "Invalid email address."),
)
_PHONE = Text(
    17, accepts=re.compile(r"\+[1-9][0-9]{6,14}").fullmatch, message=("INVALID_PHONE_NUMBER", "Must be in E.164 form.")
)
_CURRENCY = Text(3, 3, re.compile("[A-Z]{3}").fullmatch, ("INVALID_VALUE", "Must be a currency's three capital letters."))
_QUANTITY = Text(
    12,
    accepts=re.compile(r"[0-9]{1,7}").fullmatch,
    message=("INVALID_VALUE", "Sandbox: a quantity is a whole number, as a string."),
)


def _optional(max_length: int) -> Text:
    return Text(max_length, min_length=0)


def _unsupported(names: str) -> dict[str, FieldType]:
    return unsupported(names, _NO_EFFECT)


_MONEY = Fields({"amount": Integer(0, _MAX_AMOUNT), "currency": _CURRENCY}, required=("amount", "currency"))

_LINE_ITEM = Fields(
    {
        "uid": _optional(60),
        "name": _optional(512),
        "quantity": _QUANTITY,
        "base_price_money": _MONEY,
        "note": _optional(2000),
        "variation_name": _optional(400),
        "item_type": OneOf(("ITEM", "CUSTOM_AMOUNT")),
        "metadata": _METADATA,
        **_unsupported(
            "applied_discounts applied_service_charges applied_taxes catalog_object_id catalog_version "
            "modifiers pricing_blocklists quantity_unit"
        ),
    },
    required=("quantity",),
)
_ORDER = Fields(
    {
        "location_id": _ID,
        "reference_id": _optional(40),
        "customer_id": _optional(191),
        "source": Fields({"name": _optional(255)}),
        "ticket_name": _optional(30),
        "metadata": _METADATA,
        "line_items": ListOf(_LINE_ITEM, _MAX_LINES, 1),
        "pricing_options": Fields(_unsupported("auto_apply_discounts auto_apply_taxes")),
        **_unsupported("discounts fulfillments rewards service_charges taxes"),
    },
    required=("location_id", "line_items"),
)
_CHECKOUT_OPTIONS = Fields(
    {
        "redirect_url": _URL,
        "merchant_support_email": _EMAIL,
        # The payment page accepts only cards, as in Square's sandbox, so these have no effect.
        "accepted_payment_methods": Fields(
            dict.fromkeys(("afterpay_clearpay", "apple_pay", "cash_app_pay", "google_pay"), Boolean())
        ),
        "shipping_fee": Fields({"name": Text(255), "charge": _MONEY}, required=("name", "charge")),
        **_unsupported(
            "allow_tipping app_fee_money ask_for_shipping_address custom_fields enable_coupon "
            "enable_loyalty subscription_plan_id"
        ),
    }
)
_ADDRESS = Fields(
    {
        "address_line_1": _optional(500),
        "address_line_2": _optional(500),
        "address_line_3": _optional(500),
        "locality": _optional(300),
        "sublocality": _optional(300),
        "administrative_district_level_1": _optional(200),
        "administrative_district_level_2": _optional(200),
        "postal_code": _optional(12),
        "country": Text(2, 2),
        "first_name": _optional(300),
        "last_name": _optional(300),
    }
)
_PRE_POPULATED_DATA = Fields({"buyer_email": _EMAIL, "buyer_phone_number": _PHONE, "buyer_address": _ADDRESS})

LINK_CREATE = Fields(
    {
        "idempotency_key": _optional(192),
        "description": _optional(4096),
        "quick_pay": Fields(
            {"name": Text(255), "price_money": _MONEY, "location_id": _ID}, required=("name", "price_money", "location_id")
        ),
        "order": _ORDER,
        "checkout_options": _CHECKOUT_OPTIONS,
        "pre_populated_data": _PRE_POPULATED_DATA,
        "payment_note": _optional(500),
    }
)
LINK_UPDATE = Fields(
    {
        "payment_link": Fields(
            {
                "version": Integer(1, 65535),
                "description": _optional(4096),
                "checkout_options": _CHECKOUT_OPTIONS,
                "pre_populated_data": _PRE_POPULATED_DATA,
                **dict.fromkeys(("id", "order_id", "url", "long_url", "created_at", "updated_at", "payment_note"), ReadOnly()),
            },
            required=("version",),
        )
    },
    required=("payment_link",),
)

_CURSOR = _optional(500)
_INSTANT = Text(
    40,
    accepts=re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)").fullmatch,
    message=("INVALID_TIME", "Must be an RFC 3339 timestamp."),
)
_TIME_RANGE = Fields({"start_at": _INSTANT, "end_at": _INSTANT})
_TIMES = ("created_at", "updated_at", "closed_at")
ORDER_SEARCH = Fields(
    {
        "location_ids": ListOf(_ID, 10, 1),
        "cursor": _CURSOR,
        "limit": Integer(1, 1000),
        "return_entries": Boolean(),
        "query": Fields(
            {
                "filter": Fields(
                    {
                        "state_filter": Fields(
                            {"states": ListOf(OneOf(("OPEN", "COMPLETED", "CANCELED", "DRAFT")), 4, 1)}, required=("states",)
                        ),
                        "date_time_filter": Fields(dict.fromkeys(_TIMES, _TIME_RANGE)),
                        **_unsupported("customer_filter fulfillment_filter source_filter"),
                    }
                ),
                "sort": Fields(
                    {
                        "sort_field": OneOf(("CREATED_AT", "UPDATED_AT", "CLOSED_AT")),
                        "sort_order": OneOf(("ASC", "DESC")),
                    },
                    required=("sort_field",),
                ),
            }
        ),
    },
    required=("location_ids",),
)
ORDER_BATCH = Fields({"location_id": _ID, "order_ids": ListOf(_ID, 100, 1)}, required=("order_ids",))

REFUND_CREATE = Fields(
    {
        "idempotency_key": Text(45),
        "amount_money": _MONEY,
        "payment_id": _ID,
        "payment_version_token": _optional(192),
        "reason": _optional(192),
        **_unsupported(
            "app_fee_allocations app_fee_money cash_details customer_id destination_id "
            "external_details location_id team_member_id unlinked"
        ),
    },
    required=("idempotency_key", "amount_money", "payment_id"),
)

_EVENT_TYPE = Text(
    100,
    accepts=re.compile(r"[a-z_]+(\.[a-z_]+)+").fullmatch,
    message=("INVALID_VALUE", "Must be the name of an event type."),
)
_VERSION = Text(10, 10, re.compile(r"\d{4}-\d\d-\d\d").fullmatch, ("INVALID_VALUE", "Must be a Square API version."))
_SUBSCRIPTION: dict[str, FieldType] = {
    "name": Text(64),
    "enabled": Boolean(),
    "event_types": ListOf(_EVENT_TYPE, 500, 1),
    "notification_url": _URL,
    "api_version": _VERSION,
    **dict.fromkeys(("id", "signature_key", "created_at", "updated_at"), ReadOnly()),
}
SUBSCRIPTION_CREATE = Fields(
    {
        "idempotency_key": _optional(45),
        "subscription": Fields(_SUBSCRIPTION, required=("name", "event_types", "notification_url")),
    },
    required=("subscription",),
)
SUBSCRIPTION_UPDATE = Fields({"subscription": Fields(_SUBSCRIPTION)}, required=("subscription",))
SUBSCRIPTION_ROTATE = Fields({"idempotency_key": _optional(45)})
SUBSCRIPTION_TEST = Fields({"event_type": _EVENT_TYPE})

NOTHING = Fields({})
LINK_LIST = Fields({"cursor": _CURSOR, "limit": Integer(1, 1000)})
SUBSCRIPTION_LIST = Fields(
    {"cursor": _CURSOR, "include_disabled": Boolean(), "sort_order": OneOf(("ASC", "DESC")), "limit": Integer(1, 100)}
)
DISPUTE_LIST = Fields({"cursor": _CURSOR, "location_id": _ID, "states": _optional(40)})
